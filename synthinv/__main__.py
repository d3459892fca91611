"""`python -m synthinv` is the command `synthinv`."""

import sys

from synthinv.cli.main import main

sys.exit(main())
