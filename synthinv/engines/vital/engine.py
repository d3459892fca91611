"""Vital, rendered offline by as many processes as are asked for."""

from contextlib import ExitStack
from types import ModuleType
from typing import Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.extras import extras_explained
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.engine import VitalConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.engines.checks import finite_or_silent, not_open, require_midi, require_steps
from synthinv.engines.configured_note import ConfiguredNote
from synthinv.engines.processes import PlayerError, Players
from synthinv.engines.vital import player
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.preset import native_value, own_name, to_preset
from synthinv.instruments.native.vital import ROUTE, vital_json, vital_settings
from synthinv.instruments.parameters import Constant, Parameter

AMOUNTS = (-10.0, 10.0)
"""Least and largest value of a modulation's amount, or of another setting of it."""


def make(
    playing: PlayingConfig, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> "Vital":
    """Create the engine, see `synthinv.engines.opening.open_engine`."""
    assert isinstance(playing.engine, VitalConfig)
    return Vital(playing.engine, instrument, playing.note, playing.audio, threads)


class Vital:
    """Vital, rendered offline.

    A note depends neither on those before it nor on the number of processes: each is played by an
    instance of the synth that has played nothing before, see `synthinv.engines.vital.player`.
    Vital itself plays the same from the .vital file that is written for a patch.

    Parameters
    ----------
    engine : VitalConfig
        The `engine` section.
    instrument : Instrument
        What is played; every knob of it must be one of Vital's controls, or a modulation.
    note : NoteConfig
        The note that `render` plays for every patch.
    audio : AudioConfig
        Sample rate in Hz and length of a recording in samples.
    threads : int
        Processes that render at once.
    """

    def __init__(
        self,
        engine: VitalConfig,
        instrument: Instrument,
        note: NoteConfig,
        audio: AudioConfig,
        threads: int = 1,
    ) -> None:
        self._engine = engine
        self._instrument = instrument
        self._note = note
        self._audio = audio
        self._threads = threads
        self._players: Players | None = None
        self._stack = ExitStack()

    @property
    def latency(self) -> int:
        """Latency in samples: 0, as a note sounds from its first sample on."""
        return 0

    def __enter__(self) -> Self:
        """Start the processes.

        Raises
        ------
        SynthinvError
            If `vita` is not installed, the instrument has a knob that Vital does not have, or
            Vital fails.
        """
        with extras_explained():
            import vita
        _require_knobs(self._instrument, vita)
        lowest = np.zeros_like(self._instrument.highest)
        text = vital_json(to_preset(self._instrument, lowest, self._instrument.name))
        arguments = [self._audio.sample_rate, self._engine.settle, text]
        try:
            self._players = self._stack.enter_context(
                Players(player.__name__, arguments, self._threads)
            )
        except PlayerError:
            raise _ended() from None
        return self

    def __exit__(self, *exception: object) -> None:
        """End the processes."""
        self._stack.close()
        self._players = None

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play the configured note once per patch.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        progress : callable, optional
            See `Renderer.render`.

        Returns
        -------
        float32 array [n, samples]
            The mean of both channels, each note from its note-on; silence in place of a note that
            holds values that are not finite.

        Raises
        ------
        SynthinvError
            If a value is not a step of its parameter, a patch does not have the instrument's
            parameters, or Vital fails.
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

        A note always sounds the same, so `rng` is not used. Both channels are averaged, and the key
        is released at the end of a block of 64 samples.
        """
        if self._players is None:
            raise not_open()
        patches = np.asarray(patches)
        require_steps(self._instrument, patches)
        require_midi(keys, velocities, softest=1)
        audio = np.empty((len(patches), samples), dtype=np.float32)

        def request(index: int) -> list[object]:
            preset = to_preset(self._instrument, patches[index], self._instrument.name)
            settings = vital_settings(preset)
            return [settings, int(keys[index]), int(velocities[index]), samples, held]

        try:
            for done, sound in enumerate(self._players.play(request, len(patches), samples)):
                audio[done] = finite_or_silent(sound, done, "Vital")
                if progress is not None:
                    progress(done + 1, len(patches))
        except PlayerError:
            raise _ended() from None
        return audio


def _ended() -> SynthinvError:
    return SynthinvError(
        "Vital's process ended while it played, perhaps for lack of memory; try again with fewer "
        "threads, or install another version of vita"
    )


def _require_knobs(instrument: Instrument, vita: ModuleType) -> None:
    """Refuse what Vital does not have, and values at which it may fail."""
    vital_settings(to_preset(instrument, instrument.highest, instrument.name))
    synth = vita.Synth()
    sources, destinations = vita.get_modulation_sources(), vita.get_modulation_destinations()
    knobs: list[Parameter | Constant] = [*instrument.parameters, *instrument.constants]
    for knob in knobs:
        own = own_name(knob)
        source, route, rest = own.partition(ROUTE)
        if route and (source not in sources or rest.partition(" ")[0] not in destinations):
            raise SynthinvError(
                f"{instrument.name}: {knob.name}: Vital has no modulation '{own}'; correct its name"
            )
        lowest, highest = AMOUNTS
        if not route:
            control = synth.get_control_details(own)
            lowest, highest = control.min, control.max
        ends = native_value(knob, 0), native_value(knob, knob.highest)
        if min(ends) < lowest or max(ends) > highest:
            raise SynthinvError(
                f"{instrument.name}: {knob.name} goes from {min(ends):g} to {max(ends):g}, but in "
                f"Vital from {lowest:g} to {highest:g}; correct its range"
            )
