"""The output of libraries that print on their own account."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def output_captured() -> Iterator[Callable[[], str]]:
    """Keep what is printed in a block, by libraries of C too, from the terminal.

    Yields
    ------
    callable
        Returns, after the block, what was printed, on one line.
    """
    with tempfile.TemporaryFile() as file:
        sys.stdout.flush()
        sys.stderr.flush()
        kept = [os.dup(1), os.dup(2)]
        text = ""
        try:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield lambda: text
        finally:
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)
            file.seek(0)
            text = " | ".join(file.read().decode(errors="replace").split("\n"))
