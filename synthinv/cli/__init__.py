"""The command line `synthinv`.

Arguments come in; a command of `synthinv.cli.commands` runs, and an exit status goes out. Errors
are one sentence on standard error.
"""
