"""The synth that comes with synthinv: a controller chart around the voice in `voice`."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.engines.built_in.voice import OSCILLATORS, Control, Controls, render_voices
from synthinv.engines.checks import require_steps
from synthinv.engines.configured_note import ConfiguredNote
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import CC_MAX, Constant, Parameter


@dataclass(frozen=True)
class Controller:
    """One line of the MIDI implementation chart; `default` holds until the CC is received."""

    control: Control
    cc: int
    default: int

    @property
    def name(self) -> str:
        """Name in instrument files."""
        return self.control.name.lower()


# By default oscillator 1 sounds alone, the filter open, and nothing modulates.
CHART = (
    Controller(Control.OSC1_RANGE, 20, 77),
    Controller(Control.OSC1_TUNING, 21, 64),
    Controller(Control.OSC1_WAVEFORM, 22, 0),
    Controller(Control.OSC1_VOLUME, 23, 127),
    Controller(Control.OSC2_RANGE, 24, 77),
    Controller(Control.OSC2_TUNING, 25, 64),
    Controller(Control.OSC2_WAVEFORM, 26, 0),
    Controller(Control.OSC2_VOLUME, 27, 0),
    Controller(Control.OSC3_RANGE, 28, 77),
    Controller(Control.OSC3_TUNING, 29, 64),
    Controller(Control.OSC3_WAVEFORM, 30, 0),
    Controller(Control.OSC3_VOLUME, 31, 0),
    Controller(Control.FILTER_CUTOFF, 70, 127),
    Controller(Control.FILTER_RESONANCE, 71, 0),
    Controller(Control.FILTER_CONTOUR, 72, 0),
    Controller(Control.FILTER_ATTACK, 73, 0),
    Controller(Control.FILTER_DECAY, 74, 64),
    Controller(Control.FILTER_SUSTAIN, 75, 127),
    Controller(Control.AMP_ATTACK, 76, 0),
    Controller(Control.AMP_DECAY, 77, 64),
    Controller(Control.AMP_SUSTAIN, 78, 127),
    Controller(Control.NOISE_VOLUME, 14, 0),
    Controller(Control.NOISE_COLOUR, 15, 0),
    Controller(Control.FILTER_TRACKING, 79, 0),
    Controller(Control.OSC3_CONTROL, 16, 0),
    Controller(Control.MODULATION_MIX, 17, 0),
    Controller(Control.PITCH_MODULATION, 18, 0),
    Controller(Control.FILTER_MODULATION, 19, 0),
    Controller(Control.CONTOUR_TO_PITCH, 80, 0),
    Controller(Control.RELEASE, 81, 0),
)
COLUMNS: dict[int | None, Control] = {controller.cc: controller.control for controller in CHART}
DEFAULTS: Controls = np.zeros(len(Control), dtype=np.uint8)
for _controller in CHART:
    DEFAULTS[_controller.control] = _controller.default


def make(
    playing: PlayingConfig, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> "BuiltIn":
    """Create the engine, see `synthinv.engines.opening.open_engine`."""
    assert isinstance(playing.engine, BuiltInConfig)
    phase_seed = seed if playing.engine.phase == "free" else None
    return BuiltIn(instrument, playing.note, playing.audio, threads, phase_seed)


class BuiltIn:
    """The built-in synth, rendered offline.

    Parameters
    ----------
    instrument : Instrument
        The instrument; every CC of it must be in `CHART`.
    note : NoteConfig
        The note played for every patch.
    audio : AudioConfig
        Sample rate and length of a recording.
    threads : int
        CPU threads; the sound does not depend on it.
    phase_seed : numpy.random.SeedSequence, optional
        Seed of the phases at which the oscillators start, drawn anew for every note in the order
        in which notes are played, and with them of the noise; by default every note starts them at
        phase zero and has the same noise.

    Raises
    ------
    SynthinvError
        If the instrument uses a CC that the chart does not have.
    """

    def __init__(
        self,
        instrument: Instrument,
        note: NoteConfig,
        audio: AudioConfig,
        threads: int = 1,
        phase_seed: np.random.SeedSequence | None = None,
    ) -> None:
        knobs: list[Parameter | Constant] = [*instrument.constants, *instrument.parameters]
        for knob in knobs:
            name, cc, highest = knob.name, knob.cc, knob.highest
            if cc is None:
                raise SynthinvError(
                    f"{instrument.name}: {name} has no cc, and the built-in synth is played by "
                    "controllers; give it one"
                )
            if highest != CC_MAX:
                raise SynthinvError(
                    f"{instrument.name}: {name} has the highest step {highest}, but a knob of the "
                    f"built-in synth has {CC_MAX}; leave out highest and choices"
                )
            if knob.curve != 1:
                raise SynthinvError(
                    f"{instrument.name}: {name} has a curve, but a step of a knob of the built-in "
                    "synth is its CC value; leave out curve"
                )
            if cc not in COLUMNS:
                known = ", ".join(str(column) for column in COLUMNS)
                raise SynthinvError(
                    f"{instrument.name}: {name} is on CC {cc}, which the built-in synth does not "
                    f"have (it has {known})"
                )
        self.instrument = instrument
        self.note = note
        self.audio = audio
        self.threads = max(1, threads)
        self._phases = None if phase_seed is None else np.random.default_rng(phase_seed)

    @property
    def latency(self) -> int:
        """Latency in samples: 0, as a note sounds from its first sample on."""
        return 0

    def __enter__(self) -> Self:
        """Load the compiled voice, or compile it, so that no note takes the time of that."""
        one = np.array([60])
        render_voices(DEFAULTS[np.newaxis], one, one, 1, self.audio.sample_rate)
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing: there is nothing to close."""

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play one note per patch.

        Parameters
        ----------
        patches : int array [n, parameters]
            CC values.
        progress : callable, optional
            See `Renderer.render`; called once, at the end.

        Returns
        -------
        float32 array [n, samples]
            The notes, within ±1, each from its note-on.

        Raises
        ------
        SynthinvError
            If a value is not a step of its parameter, or a patch does not have the instrument's
            parameters.
        """
        notes = ConfiguredNote.of(self.note, self.audio, len(patches))
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
        """Play one note per patch, each with its own key and velocity, see `OfflineEngine.play`.

        Where phases are free, they are drawn from `rng`, or else from the engine's own seed.
        """
        notes = render_voices(
            self.controls(patches),
            keys,
            velocities,
            samples,
            self.audio.sample_rate,
            held=held,
            threads=self.threads,
            phases=self._next_phases(len(patches), rng),
        )
        if progress is not None:
            progress(len(patches), len(patches))
        return notes

    def controls(self, patches: npt.NDArray[np.integer]) -> Controls:
        """Lay patches out as the synth's controls, at their defaults where nothing is sent.

        Parameters
        ----------
        patches : int array [n, parameters]
            CC values.

        Returns
        -------
        uint8 array [n, controls]
            Values in the order of `CHART`.

        Raises
        ------
        SynthinvError
            If a value is not a step of its parameter, or a patch does not have the instrument's
            parameters.
        """
        patches = np.asarray(patches)
        require_steps(self.instrument, patches)
        controls = np.tile(DEFAULTS, (len(patches), 1))
        for constant in self.instrument.constants:
            controls[:, COLUMNS[constant.cc]] = constant.value
        controls[:, [COLUMNS[parameter.cc] for parameter in self.instrument.parameters]] = patches
        return controls

    def _next_phases(
        self, notes: int, rng: np.random.Generator | None
    ) -> npt.NDArray[np.uint32] | None:
        # One stream for all notes: how they are split into batches does not matter.
        stream = self._phases if rng is None else rng
        if stream is None:
            return None
        phases = stream.integers(2**32, size=(notes, OSCILLATORS), dtype=np.uint32)
        # From `rng` they are drawn in either case, so that what is drawn from it later does not
        # depend on whether phases are free.
        return None if self._phases is None else phases
