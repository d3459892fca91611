"""Why a synth, its server or its player is given up: errors, and how a process ended, in words."""

import signal
from contextlib import suppress

from synthinv.common.errors import SynthinvError

SHELL_SIGNALS = 128
"""A shell's exit status is this more than the signal that ended its command."""


class HostLostError(SynthinvError):
    """An error for a synth or server that has ended, hangs or stays silent.

    Started again, it may work.
    """


class NotInstalledError(SynthinvError):
    """An error for a program or a library that is missing.

    Nothing that is started again would find it.
    """


def how_it_ended(status: int) -> str:
    """Word a process's exit status, to follow the process's name.

    Parameters
    ----------
    status : int
        Its return code, as `subprocess` gives it: negative for a signal.

    Returns
    -------
    str
        Such as "ended with status 3" or "was ended by signal 11 (SIGSEGV)".
    """
    if status < 0:
        name = _signal_name(-status)
        return f"was ended by signal {-status}" + (f" ({name})" if name else "")
    name = _signal_name(status - SHELL_SIGNALS)
    return f"ended with status {status}" + (f", as a shell reports {name}" if name else "")


def _signal_name(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return ""
