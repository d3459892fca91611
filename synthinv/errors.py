"""The one exception whose message is written for the user."""


class SynthinvError(Exception):
    """Something the user can mend.

    The message is one sentence: what is wrong, in which file and field, and what to do. Every
    entry point (Snakefile, scripts, command line) prints it without a traceback and exits with
    a non-zero status.
    """
