"""What every job and every command waits for before it begins."""

import subprocess
import sys

import pytest


# PyTorch's compiler takes as long to import as PyTorch itself, and nothing here is compiled by it.
@pytest.mark.parametrize(
    ("code", "slow"),
    [
        ("import synthinv.cli.main", ("torch", "numba", "scipy.signal", "matplotlib")),
        ("from synthinv.common.compute import use_threads; use_threads(2)", ("torch._dynamo",)),
    ],
)
def test_nothing_slow_is_imported_that_is_not_used(code: str, slow: tuple[str, ...]) -> None:
    listing = f"{code}; import sys; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", listing], check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
