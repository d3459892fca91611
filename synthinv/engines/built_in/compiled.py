"""Compilation of the voice: once for a machine, where its result can be kept, and announced."""

import logging
from collections.abc import Callable
from typing import Any

import numba
from numba.core import event

log = logging.getLogger(__name__)

KEPT = "Compiling the built-in voice, once: about ten seconds"
NOT_KEPT = (
    "Compiling the built-in voice: about ten seconds at every start, since its result cannot be "
    "kept; name a folder for it in the environment variable NUMBA_CACHE_DIR"
)


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function when it is first called, and say so before it is.

    numba keeps the result beside the module, or in the user's cache folder where the module's
    cannot be written to, as after an installation for all users.

    Parameters
    ----------
    **options
        Options of `numba.njit`.

    Returns
    -------
    callable
        A decorator of a function that is called with arguments of the same types each time.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        try:
            dispatcher, message = numba.njit(cache=True, **options)(function), KEPT
        except RuntimeError:
            # What numba raises where it finds no folder for its cache.
            dispatcher, message = numba.njit(**options)(function), NOT_KEPT
        event.register("numba:compile", _Announcement(dispatcher, message))
        return dispatcher

    return decorate


class _Announcement(event.Listener):  # type: ignore[misc]
    """The message that a function is being compiled.

    numba starts this event only where it has not found the function in its cache.
    """

    def __init__(self, dispatcher: Any, message: str) -> None:
        self._dispatcher, self._message = dispatcher, message

    def on_start(self, event: Any) -> None:
        """Log the message; as a warning, which is printed where nothing else is set up."""
        if event.data["dispatcher"] is self._dispatcher:
            log.warning(self._message)

    def on_end(self, event: Any) -> None:
        """Do nothing."""
