"""What every workflow script does first: log to its file, and fail in one sentence."""

import logging
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from synthinv.errors import SynthinvError


@contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Run a script's work.

    Log records and warnings go to the rule's log file. A `SynthinvError` ends the job with its
    sentence, in the log and on standard error; anything else is a bug and keeps its traceback.

    Parameters
    ----------
    snakemake : snakemake.script.Snakemake
        The job, as Snakemake hands it to the script.
    """
    file = logging.FileHandler(str(snakemake.log[0]), mode="w", encoding="utf-8")
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        handlers=[file],
    )
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    started = time.perf_counter()
    try:
        yield
        # Without Python's start and the script's imports, which `make bench` sets against it.
        spent = (time.perf_counter() - started) * snakemake.threads
        logging.info("own work: %.2f core s", spent)
    except SynthinvError as error:
        logging.error("%s", error)
        wildcards = ", ".join(f"{k} {v}" for k, v in snakemake.wildcards.items())
        where = f"{snakemake.rule} ({wildcards})" if wildcards else str(snakemake.rule)
        sys.exit(f"synthinv: {where}: {error}")
    except Exception:
        logging.exception("unexpected error")
        raise
