"""The frame of every workflow script: it logs to the rule's file, and fails in one sentence."""

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
"""Environment variable with the process ID of the Snakemake that waits for this machine's jobs."""
POLL_SECONDS = 0.2
"""Time between two looks at that process; a new Snakemake takes longer to start."""
UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
"""Error numbers of a file that cannot be written."""
REFUSED = {errno.EACCES, errno.EPERM}
"""Error numbers of a file that the user may not write, or not read."""


@contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Run a script's work.

    Log records and warnings go to the rule's log file. A `SynthinvError` ends the job with its
    sentence, in the log and on standard error, and so do a full disk and a lack of memory; any
    other exception is a bug and keeps its traceback. A job whose Snakemake has been killed ends,
    too: its files are no longer needed, and a new run may be writing the same ones.

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
        # Excludes Python's start and the script's imports, which `make bench` compares with it.
        spent = (time.perf_counter() - started) * snakemake.threads
        logging.info("own work: %.2f core s", spent)
    except Exception as error:
        sentence = _user_error(error)
        if sentence is None:
            logging.exception("unexpected error")
            raise
        logging.error("%s", sentence)
        if error.__cause__ is not None:
            logging.info("its cause: %r", error.__cause__)
        wildcards = ", ".join(f"{k} {v}" for k, v in snakemake.wildcards.items())
        where = f"{snakemake.rule} ({wildcards})" if wildcards else str(snakemake.rule)
        sys.exit(f"synthinv: {where}: {sentence}")


def _log_to(file: str) -> None:
    # Failing to write the log must not hide the error that the log is about.
    logging.raiseExceptions = False
    logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
    handler = logging.FileHandler(file, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.captureWarnings(True)
    warnings.simplefilter("default")


def _user_error(error: Exception) -> SynthinvError | None:
    """Return what the user can do about an exception; None for a bug."""
    if isinstance(error, SynthinvError):
        return error
    if isinstance(error, OSError) and error.errno in UNWRITABLE | REFUSED:
        file = Path(error.filename or "the results folder")
        if error.errno in UNWRITABLE:
            return cannot_write(file, error.strerror)
        return SynthinvError(
            f"{file}: access is refused ({error.strerror}); make sure that you may read it and "
            "write to its folder, then run again"
        )
    if is_memory_error(error):
        return SynthinvError(
            "there is too little memory for this job; run fewer at a time (a lower --cores), or "
            "lower the shard_size of its data set or the batch_size of training or solver in the "
            "configuration, then run again"
        )
    return None


def _end_with_workflow() -> None:
    """End this process when the one that `WORKFLOW` names ends, even if that is killed."""
    if WORKFLOW not in os.environ:
        return
    try:
        workflow = psutil.Process(int(os.environ[WORKFLOW]))
    except psutil.NoSuchProcess:
        raise SynthinvError(
            "the Snakemake that started this job has ended; run Snakemake again"
        ) from None
    Thread(target=_end_after, args=(workflow,), daemon=True).start()


def _end_after(workflow: psutil.Process) -> None:
    # Not `wait`, to which a zombie is still alive.
    with suppress(psutil.NoSuchProcess):
        while workflow.status() != psutil.STATUS_ZOMBIE:
            time.sleep(POLL_SECONDS)
    os._exit(1)
