"""The DX7, rendered offline by any number of threads."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.engine import Dx7Config
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.engines.checks import not_open, require_midi, require_steps
from synthinv.engines.configured_note import ConfiguredNote
from synthinv.engines.dx7.player import ALL_OPERATORS, Player, Voice
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.dx7 import INIT, ROUNDING, VALUES, single_voice
from synthinv.instruments.native.preset import native_value, own_name
from synthinv.instruments.parameters import Constant, Parameter

BATCH = 256
"""Notes between two reports of progress."""
LOWEST_RATE = 16_000
"""Lowest sample rate in Hz. Below 12,725 Hz, Dexed is silent."""


def make(
    playing: PlayingConfig, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> "Dx7":
    """Create the engine, see `synthinv.engines.opening.open_engine`."""
    assert isinstance(playing.engine, Dx7Config)
    return Dx7(instrument, playing.note, playing.audio, threads)


class Dx7:
    """The DX7, rendered offline.

    What the instrument does not name is as in the DX7's own initial voice. A note depends neither
    on those before it nor on the number of threads: Dexed starts each from the beginning, whether
    or not a voice synchronises its oscillators to the key.

    Parameters
    ----------
    instrument : Instrument
        The instrument; each of its knobs must be one of the DX7's values, see
        `synthinv.instruments.native.dx7.VALUES`.
    note : NoteConfig
        The note that `render` plays for every patch.
    audio : AudioConfig
        Sample rate in Hz and length of a recording in samples.
    threads : int
        CPU threads that render at once.

    Raises
    ------
    SynthinvError
        If the instrument has a knob, or a knob values, that the DX7 does not have, or Dexed is
        silent at the sample rate.
    """

    def __init__(
        self, instrument: Instrument, note: NoteConfig, audio: AudioConfig, threads: int = 1
    ) -> None:
        if audio.sample_rate < LOWEST_RATE:
            raise SynthinvError(
                f"audio.sample_rate: is {audio.sample_rate:,}, but the DX7 is played at "
                f"{LOWEST_RATE:,} Hz or more; raise it"
            )
        self._instrument = instrument
        self._note = note
        self._audio = audio
        self._threads = max(1, threads)
        self._places = [_place(instrument, knob) for knob in instrument.parameters]
        self._own = [_own_values(instrument, knob) for knob in instrument.parameters]
        base = np.frombuffer(single_voice(INIT) + bytes([ALL_OPERATORS]), dtype=np.uint8).copy()
        for constant in instrument.constants:
            own = _own_values(instrument, constant)
            base[_place(instrument, constant)] = own[constant.value]
        self._base = base
        self._players: list[Player] = []
        self._pool: ThreadPoolExecutor | None = None

    @property
    def latency(self) -> int:
        """Latency in samples: 0, as a note sounds from its first sample on."""
        return 0

    def __enter__(self) -> Self:
        """Make a synth per thread.

        Raises
        ------
        SynthinvError
            If dexed-py is not installed.
        """
        self._players = [Player(self._audio.sample_rate) for _ in range(self._threads)]
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="dx7")
        return self

    def __exit__(self, *exception: object) -> None:
        """End the threads, and free the synths."""
        if self._pool is not None:
            self._pool.shutdown()
        self._players, self._pool = [], None

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play the configured note once per patch.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        progress : callable, optional
            See `Renderer.render`; called every `BATCH` notes.

        Returns
        -------
        float32 array [n, samples]
            The notes, each from its note-on; six carriers together reach 0.75.

        Raises
        ------
        SynthinvError
            If a value is not a step of its parameter, or a patch does not have the instrument's
            parameters.
        """
        notes = ConfiguredNote.of(self._note, self._audio, len(patches))
        return self.play(patches, *notes, progress=progress)

    def play(
        self,
        patches: npt.NDArray[np.integer],
        keys: npt.NDArray[np.integer],
        velocities: npt.NDArray[np.integer],
        samples: int,
        held: int,
        rng: np.random.Generator | None = None,
        progress: ProgressHook | None = None,
    ) -> Audio:
        """Play each patch at a key and a velocity of its own, see `OfflineEngine.play`.

        A note always sounds the same, so `rng` is not used. Six carriers together reach 0.75.
        """
        if self._pool is None:
            raise not_open()
        voices = self.voices(patches)
        require_midi(keys, velocities)
        audio = np.empty((len(voices), samples), dtype=np.float32)

        def play_some(player: Player, notes: Sequence[int]) -> None:
            for i in notes:
                audio[i] = player.play(voices[i], int(keys[i]), int(velocities[i]), held, samples)

        for start in range(0, len(voices), BATCH):
            end = min(start + BATCH, len(voices))
            shares = [range(start + i, end, self._threads) for i in range(self._threads)]
            # Exhausted, so that an error in a thread is raised here.
            list(self._pool.map(play_some, self._players, shares))
            if progress is not None:
                progress(end, len(voices))
        return audio

    def voices(self, patches: npt.NDArray[np.integer]) -> list[Voice]:
        """Lay patches out as voices.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.

        Returns
        -------
        list of Voice
            A voice per patch.

        Raises
        ------
        SynthinvError
            If a value is not a step of its parameter, or a patch does not have the instrument's
            parameters.
        """
        patches = np.asarray(patches)
        require_steps(self._instrument, patches)
        voices = np.tile(self._base, (len(patches), 1))
        for column, (place, own) in enumerate(zip(self._places, self._own, strict=True)):
            voices[:, place] = own[patches[:, column]]
        return [Voice(voice.tobytes()) for voice in voices]


def _place(instrument: Instrument, knob: Parameter | Constant) -> int:
    name = own_name(knob)
    if name not in VALUES:
        raise SynthinvError(
            f"{instrument.name}: {knob.name}: the DX7 has no value '{name}'; give one as native, "
            "such as op1_output_level or algorithm"
        )
    return VALUES[name].place


def _own_values(instrument: Instrument, knob: Parameter | Constant) -> Patches:
    """Return the DX7's values at a knob's steps."""
    name = own_name(knob)
    low, high = knob.range or (0, knob.highest)
    highest = VALUES[name].highest
    if not (0 <= low <= highest and 0 <= high <= highest):
        raise SynthinvError(
            f"{instrument.name}: {knob.name}: goes from {low:g} to {high:g}, but the DX7's {name} "
            f"from 0 to {highest}; correct its range or highest"
        )
    values = np.array([native_value(knob, step) for step in range(knob.highest + 1)])
    # Rounded, they would sound, but no file could hold what was played.
    if np.abs(values - np.rint(values)).max() > ROUNDING:
        raise SynthinvError(
            f"{instrument.name}: {knob.name}: has steps between the whole numbers that the DX7's "
            f"{name} can be; correct its range, highest or curve"
        )
    rounded: Patches = np.rint(values).astype(np.uint8)
    return rounded
