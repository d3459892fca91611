"""A few of the inputs of `make fuzz`, the same ones every time."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_every_input_is_accepted_or_refused_with_a_sentence() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "450", "--processes", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}
    inputs, accepted, refused, failed = kinds["all"]
    assert (inputs, failed) == ("450", "0")
    assert int(accepted) > 30
    assert int(refused) > 200
