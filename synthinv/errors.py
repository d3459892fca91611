"""The one exception whose message is written for the user."""


class SynthinvError(Exception):
    """Something the user can mend.

    The message is one sentence: what is wrong, in which file and field, and what to do. Every
    entry point (Snakefile, scripts, command line) prints it without a traceback and exits with
    a non-zero status.
    """


class NoteError(SynthinvError):
    """A note that cannot be had for good.

    Parameters
    ----------
    index : int
        Its index among the patches that were to be played.
    fault : str
        What is wrong with it and what to do, to follow "note 17 ".
    """

    def __init__(self, index: int, fault: str) -> None:
        super().__init__(f"note {index} {fault}")
        self.index = index
        self.fault = fault
