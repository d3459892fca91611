"""Peak resident memory of rendering more and more patches in shards, as a capture does.

Every row is a process of its own that draws and renders one shard after the other and keeps
nothing but the latest. Linux only.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from memory import peak_mib

from synthinv.capture.capture import capture_shard
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.playing import AudioConfig, NoteConfig, SilenceConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument

SHARD = 1_000
PATCHES = (1_000, 10_000, 100_000)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the peak for each number of patches."""
    spawn = multiprocessing.get_context("spawn")
    for patches in PATCHES:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            peak = pool.submit(_peak_mib, patches // SHARD).result()
        yield "voice-memory-1osc", f"{patches} patches", f"{peak:.0f}", "MiB"


def _peak_mib(shards: int) -> float:
    instrument = load_instrument("minimoog-1osc")
    synth = BuiltIn(instrument, NoteConfig(), AudioConfig())
    for shard in range(shards):
        seed = seed_sequence(0, "capture", "bench", shard)
        capture_shard(synth, instrument, seed, SHARD, SilenceConfig())
    return peak_mib()
