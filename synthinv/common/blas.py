"""Threads of NumPy's matrix operations."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Multiply and decompose matrices on one thread, in a block or in a decorated function.

    The matrices of a search are small: threads that wait for one another take up to twenty times as
    long. The last digits of a result would depend on their number, too.
    """
    with threadpool_limits(1, user_api="blas"):
        yield
