"""Exceptions whose messages are written for users."""

# Maximum numbers of characters: of another library's message, and of a whole sentence.
BRIEF, LONGEST = 200, 1_000


class SynthinvError(Exception):
    """An error that the user can correct.

    The message is one sentence: what is wrong, in which file and field, and what to do. Every
    entry point (Snakefile, scripts, command line) prints it without a traceback and exits with
    a non-zero status.

    Parameters
    ----------
    message : str
        The sentence. It may quote any file's name or content: characters that cannot be printed
        are escaped, so that it stays one line, and the middle of a very long one is left out.
    """

    def __init__(self, message: str) -> None:
        shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
        half = LONGEST // 2
        super().__init__(shown if len(shown) <= LONGEST else f"{shown[:half]} … {shown[-half:]}")


def in_brief(error: Exception) -> str:
    """Return the message of another library's exception, on one line of limited length."""
    # Without the system's error number, and the path, which the sentence names anyway.
    reason = isinstance(error, OSError) and error.strerror
    message = " ".join((reason or str(error)).split()) or type(error).__name__
    return message if len(message) <= BRIEF else f"{message[:BRIEF]}…"


class NoteError(SynthinvError):
    """An error for a note that cannot be recorded, or is faulty however often it is played.

    Parameters
    ----------
    index : int
        Its index among the patches that were to be played.
    fault : str
        Its fault and the remedy, worded to follow "note 17 ".
    """

    def __init__(self, index: int, fault: str) -> None:
        super().__init__(f"note {index} {fault}")
        self.index = index
        self.fault = fault
