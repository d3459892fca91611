"""Draw random patches and record their notes (thesis, section 3.2, Algorithm 2)."""

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import db_to_amplitude, is_clipped, is_silent, peak
from synthinv.audio.types import Audio
from synthinv.common.errors import NoteError
from synthinv.common.progress import ProgressHook, shifted
from synthinv.config.sections.playing import SilenceConfig
from synthinv.engines.base import Engine
from synthinv.instruments.model import Instrument, Patches

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Capture:
    """The notes of one shard.

    Attributes
    ----------
    patches : uint8 array [n, parameters]
        Steps.
    audio : float32 array [n, samples]
        Notes, full scale ±1.
    silent, clipped : int
        Draws that were replaced because their note was silent, or clipped.
    """

    patches: Patches
    audio: Audio
    silent: int
    clipped: int


def capture_shard(
    engine: Engine,
    instrument: Instrument,
    seed: np.random.SeedSequence,
    count: int,
    silence: SilenceConfig,
    progress: ProgressHook | None = None,
) -> Capture:
    """Record random patches; replace one that is silent or clipped by its seed's next draw.

    Every patch has a seed of its own, so a replacement changes no other patch.

    Parameters
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        What is played.
    seed : numpy.random.SeedSequence
        The shard's seed.
    count : int
        Number of patches.
    silence : SilenceConfig
        When a note counts as silent, and how many draws a patch gets.
    progress : callable, optional
        See `Renderer.render`; every draw counts.

    Returns
    -------
    Capture
        Patches and notes.

    Raises
    ------
    NoteError
        If a patch yields no usable note in all its draws, or the engine cannot play it.
    """
    # Not seed.spawn(), which would change the caller's seed.
    children = (
        np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, i)) for i in range(count)
    )
    rngs = [np.random.default_rng(child) for child in children]
    patches = np.stack([instrument.sample(rng) for rng in rngs])
    audio = engine.render(patches, progress)
    silent = clipped = 0
    played = count
    quietest = db_to_amplitude(silence.level_dbfs)
    for draw in range(1, silence.draws + 1):
        peaks = peak(audio)
        quiet, loud = is_silent(peaks, quietest), is_clipped(peaks)
        pending = np.flatnonzero(quiet | loud)
        if not len(pending):
            return Capture(patches, audio, silent, clipped)
        if draw == silence.draws:
            break
        silent += int(quiet.sum())
        clipped += int(loud.sum())
        for i in pending:
            log.info("note %d, draw %d: %s", i, draw, "clipped" if loud[i] else "silent")
            patches[i] = instrument.sample(rngs[i])
        further = shifted(progress, played, played + len(pending))
        audio[pending] = _render_some(engine, patches, pending, further)
        played += len(pending)
    fault = "clipped" if loud[pending[0]] else f"stayed below {silence.level_dbfs:g} dBFS"
    raise NoteError(
        int(pending[0]),
        f"{fault} in each of {silence.draws} draws; check that the synth sounds and its level, "
        "or change silence.level_dbfs",
    )


def render_shuffled(
    engine: Engine,
    patches: Patches,
    seed: np.random.SeedSequence,
    progress: ProgressHook | None = None,
) -> Audio:
    """Play given patches in a random order.

    A synth that is started afresh and plays the same patches in the same order may repeat even
    its noise to the bit. In another order, whatever is left to chance in a patch's sound, or leaks
    into it from the note before, shows as a difference between two captures.

    Parameters
    ----------
    engine : Engine
        An open engine.
    patches : uint8 array [n, parameters]
        Steps.
    seed : numpy.random.SeedSequence
        Seed of the order.
    progress : callable, optional
        See `Renderer.render`.

    Returns
    -------
    float32 array [n, samples]
        The notes, in the order of the patches.

    Raises
    ------
    NoteError
        If the engine cannot play a note; it names its index in `patches`.
    """
    order = np.random.default_rng(seed).permutation(len(patches))
    return _render_some(engine, patches, order, progress)[np.argsort(order)]


def _render_some(
    engine: Engine,
    patches: Patches,
    chosen: npt.NDArray[np.intp],
    progress: ProgressHook | None,
) -> Audio:
    try:
        return engine.render(patches[chosen], progress)
    except NoteError as error:
        # The engine counts the patches it was given; the user counts those of the shard.
        raise NoteError(int(chosen[error.index]), error.fault) from None
