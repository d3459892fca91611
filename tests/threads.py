"""Calls that must not change the state of the tests' own thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_a_thread(function: Callable[..., T], *arguments: object) -> T:
    """Call a function in a thread of its own.

    Vital's library makes the thread that renders take the smallest numbers for zero, for good.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()
