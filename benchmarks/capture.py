"""Speed of live capture, in times real time, by the number of sessions at a time.

Every session has a JACK server and an amsynth of its own, as the workflow's jobs have. Where the
machine is overloaded, buffers are dropped and notes are played again: those are counted as well.
"""

import logging
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from synthinv.common.seeds import seed_sequence
from synthinv.config.load import read_configuration
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument

SESSIONS = (1, 2, 4, 8)  # a machine has room for eight JACK servers
NOTES = 20


class Dropouts(logging.Handler):
    """A log handler that counts the notes that the engine plays again."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        self.count += "dropped buffer" in record.getMessage()


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the speed and the notes played again, for each number of sessions."""
    spawn = multiprocessing.get_context("spawn")
    for sessions in SESSIONS:
        barrier, results = spawn.Barrier(sessions), spawn.Queue()
        jobs = [spawn.Process(target=_session, args=(i, barrier, results)) for i in range(sessions)]
        for job in jobs:
            job.start()
        ended = [results.get(timeout=600) for _ in jobs]
        for job in jobs:
            job.join()
        seconds = max(end for _, end, _, _ in ended) - min(start for start, _, _, _ in ended)
        recorded = sum(length for _, _, length, _ in ended)
        subject = f"{sessions} sessions" if sessions > 1 else "1 session"
        yield "capture-amsynth", subject, f"{recorded / seconds:.2f}", "x real time"
        again = sum(dropouts for _, _, _, dropouts in ended)
        yield "capture-amsynth-replayed", subject, f"{again / sessions / NOTES:.3f}", "of notes"


def _session(index: int, barrier: Any, results: Any) -> None:
    dropouts = Dropouts()
    logging.basicConfig(level=logging.INFO, handlers=[dropouts])
    config = read_configuration(Path("config/amsynth.yaml"))
    instrument = load_instrument(config.instrument)
    seed = seed_sequence(config.seed, "bench", index)
    rng = np.random.default_rng(seed)
    patches = np.stack([instrument.sample(rng) for _ in range(NOTES)])
    with open_engine(config.playing, instrument, 1, seed) as engine:
        barrier.wait(300)
        start = time.monotonic()
        audio = engine.render(patches)
        end = time.monotonic()
    results.put((start, end, audio.size / config.audio.sample_rate, dropouts.count))
