"""What every workflow script does first: log to its file, and fail in one sentence."""

import errno
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import psutil

from synthinv.common.errors import SynthinvError
from synthinv.common.files import cannot_write, is_memory_error

WORKFLOW = "SYNTHINV_WORKFLOW"
"""Environment variable: the process that waits for the jobs of this machine, a Snakemake."""
SECONDS_BETWEEN_LOOKS = 0.2
"""A new Snakemake needs longer to start."""
NO_PLACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}
"""What the system says when a file cannot be written."""


@contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Run a script's work.

    Log records and warnings go to the rule's log file. A `SynthinvError` ends the job with its
    sentence, in the log and on standard error, and so do a full disk and too little memory;
    anything else is a bug and keeps its traceback. A job whose Snakemake has been killed ends too:
    nobody waits for its files, and a new run may be writing them.

    Parameters
    ----------
    snakemake : snakemake.script.Snakemake
        The job, as Snakemake hands it to the script.
    """
    started = time.perf_counter()
    try:
        _log_to(str(snakemake.log[0]))
        _end_with_workflow()
        yield
        # Without Python's start and the script's imports, which `make bench` sets against it.
        spent = (time.perf_counter() - started) * snakemake.threads
        logging.info("own work: %.2f core s", spent)
    except Exception as error:
        mendable = _mendable(error)
        if mendable is None:
            logging.exception("unexpected error")
            raise
        logging.error("%s", mendable)
        if error.__cause__ is not None:
            logging.info("its cause: %r", error.__cause__)
        wildcards = ", ".join(f"{k} {v}" for k, v in snakemake.wildcards.items())
        where = f"{snakemake.rule} ({wildcards})" if wildcards else str(snakemake.rule)
        sys.exit(f"synthinv: {where}: {mendable}")


def _log_to(file: str) -> None:
    # A log that cannot be written, or not even opened, must not be the loudest complaint.
    logging.raiseExceptions = False
    logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
    handler = logging.FileHandler(file, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.captureWarnings(True)
    warnings.simplefilter("default")


def _mendable(error: Exception) -> SynthinvError | None:
    """Say what the user can do about an error, if anything."""
    if isinstance(error, SynthinvError):
        return error
    if isinstance(error, OSError) and error.errno in NO_PLACE:
        return cannot_write(Path(error.filename or "the results folder"), error.strerror)
    if is_memory_error(error):
        return SynthinvError(
            "there is too little memory for this job; run fewer at a time (--cores), or make "
            "shard_size or batch_size smaller, then run again"
        )
    return None


def _end_with_workflow() -> None:
    """End this process when the one that `WORKFLOW` names ends, however that may be killed."""
    if WORKFLOW not in os.environ:
        return
    try:
        workflow = psutil.Process(int(os.environ[WORKFLOW]))
    except psutil.NoSuchProcess:
        raise SynthinvError("the Snakemake that started it is gone; run it again") from None
    Thread(target=_end_after, args=(workflow,), daemon=True).start()


def _end_after(workflow: psutil.Process) -> None:
    # Not `wait`, which takes one that nobody has buried for alive.
    with suppress(psutil.NoSuchProcess):
        while workflow.status() != psutil.STATUS_ZOMBIE:
            time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)
