"""A plug-in hosted by DawDreamer: any VST or Audio Unit, rendered offline.

The knobs are those of the same instrument files that live capture uses, found by name instead of by
CC: step v is v / highest of the parameter's range.
"""

import difflib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.errors import NoteError, SynthinvError
from synthinv.common.extras import extras_explained
from synthinv.common.progress import ProgressHook, progress_shown, shifted
from synthinv.config.sections.engine import PlugInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.engines.environment import environment
from synthinv.engines.output import output_captured
from synthinv.engines.plug_in.copies import CopyError, play_in_copies
from synthinv.engines.plug_in.proof import (
    NEW_NOTES,
    OTHER_NOTES,
    deviation,
    identity,
    is_proven,
    patches_to_prove,
    remember,
)
from synthinv.instruments.model import CC_MAX, Constant, Instrument, Parameter, Patches
from synthinv.instruments.native.preset import Preset, own_name, own_share, to_patch

log = logging.getLogger(__name__)

PROCESSOR = "synth"
HOSTED = (
    "instruments are hosted as VST, VST3 and, on macOS, Audio Unit; LV2, CLAP, DSSI and LADSPA are "
    "not, nor are effects"
)
"""What DawDreamer can load and synthinv can play."""
OTHER_FORMATS = {
    ".lv2": "an LV2 plug-in",
    ".ttl": "a part of an LV2 plug-in",
    ".clap": "a CLAP plug-in",
    ".dssi": "a DSSI plug-in",
}
FOLDERS_OF_FORMATS = {"lv2": ".lv2", "clap": ".clap", "dssi": ".dssi"}


class Note(NamedTuple):
    """A key that is pressed.

    Attributes
    ----------
    key, velocity : int
        MIDI note number and velocity.
    """

    key: int
    velocity: int


class Setting(NamedTuple):
    """Where the knobs of a plug-in stand, from 0 to 1: constants, then parameters.

    Attributes
    ----------
    knobs : list of float
        For the note.
    resting : list of float
        For the press before it, see `Instrument.rest`.
    """

    knobs: list[float]
    resting: list[float]


TRIAL_NOTE = Note(60, 100)
"""What tells an instrument from an effect."""
TRIAL_SECONDS = 1.0
"""How long it is held."""


class PlugInKnob(NamedTuple):
    """A parameter of a plug-in, as the plug-in describes it.

    Attributes
    ----------
    number : int
        Number by which the plug-in knows it.
    name : str
        Its name, not always unique.
    value : float
        Where it stands now, 0 to 1.
    text : str
        What the plug-in shows for that value.
    """

    number: int
    name: str
    value: float
    text: str


def make(
    playing: PlayingConfig, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> "PlugIn":
    """Create the engine, see `synthinv.engines.opening.open_engine`."""
    assert isinstance(playing.engine, PlugInConfig)
    return PlugIn(playing.engine, instrument, playing.note, playing.audio, threads)


class PlugIn:
    """A plug-in, rendered offline.

    For each patch the knobs are set, left to settle, the note is pressed once unrecorded (for
    glides that move only while a note sounds), and then recorded from its note-on, which falls on
    the start of a block. The plug-in's own latency is cut off. With `new_instance` each note has a
    plug-in that has played nothing before, so the sound depends on the patch alone; without, what
    runs freely in the synth (noise, say) differs from note to note.

    Parameters
    ----------
    engine : PlugInConfig
        The `engine` section.
    instrument : Instrument
        What is played; every parameter and constant must be one of the plug-in.
    note : NoteConfig
        The note played for every patch.
    audio : AudioConfig
        Sample rate in Hz and length of a recording in samples.
    threads : int
        Copies of the process that may play at a time, with `new_instance: copy`.
    proven : bool
        Do without the proof that notes sound as on new instances.
    """

    def __init__(
        self,
        engine: PlugInConfig,
        instrument: Instrument,
        note: NoteConfig,
        audio: AudioConfig,
        threads: int = 1,
        proven: bool = False,
    ) -> None:
        self._proven = proven or engine.new_instance is True
        self._engine = engine
        self._instrument = instrument
        self._note = note
        self._audio = audio
        self._threads = threads
        self._host: Host | None = None
        self._latency = 0
        self._stack = ExitStack()

    @property
    def latency(self) -> int:
        """Latency in samples that the plug-in reports once it is loaded."""
        return self._latency

    def __enter__(self) -> Self:
        """Load the plug-in and find the instrument's knobs in it.

        Raises
        ------
        SynthinvError
            If DawDreamer is not installed, the plug-in or its state cannot be loaded, it lacks a
            knob or the channel, the system cannot copy processes, or copies do not sound as new
            instances do.
        """
        with ExitStack() as stack:
            if self._engine.new_instance == "copy" and not hasattr(os, "fork"):
                raise SynthinvError(
                    "engine.new_instance: this system cannot copy processes; write true instead of "
                    "copy"
                )
            if self._engine.private_settings:
                stack.enter_context(private_settings())
            if not self._proven:
                # Before it is loaded: some synths keep state in their library, which is unloaded
                # with the last instance only.
                self._prove()
            host = self._load()
            self._latency = host.latency
            self._indices = find_knobs(self._instrument.name, self._knobs, host.knobs())
            if self._engine.channel > host.channels:
                raise SynthinvError(
                    f"engine.channel is {self._engine.channel}, but {self._engine.path} has "
                    f"{host.channels} output channels; name one from 1 to {host.channels}"
                )
            self._stack = stack.pop_all()
        return self

    def _prove(self) -> None:
        """Compare some notes with those of new instances, unless that has been done.

        Raises
        ------
        SynthinvError
            If copies sound different.
        """
        engine, files = self._engine, (self._engine.path, self._engine.state)
        with extras_explained():
            host = version("dawdreamer")
        proof = identity(
            host,
            engine.model_dump(mode="json"),
            self._instrument.model_dump(mode="json"),
            self._audio.sample_rate,
            *(Path(file).absolute() for file in files if file is not None and Path(file).exists()),
        )
        if is_proven(proof):
            return

        def notes(patches: Patches, new_instance: bool | Literal["copy"], before: int) -> Audio:
            # This one's settings folders are theirs, too.
            fields = {"new_instance": new_instance, "private_settings": False}
            setting = engine.model_copy(update=fields)
            with PlugIn(
                setting, self._instrument, self._note, self._audio, self._threads, proven=True
            ) as plug_in:
                return plug_in.render(patches, shifted(progress, before, NEW_NOTES + OTHER_NOTES))

        log.info("notes of %s are compared with those of new instances, once", engine.path)
        with progress_shown("comparing with new instances, once") as progress:
            found = deviation(
                patches_to_prove(self._instrument),
                lambda patches: notes(patches, True, 0),
                lambda patches: notes(patches, engine.new_instance, NEW_NOTES),
                self._audio.sample_rate,
            )
        if found.is_wrong:
            away = (
                f"up to {found.db:.1f} dB different (where two notes of that patch on new "
                f"instances are {found.own_db:.1f} dB apart)"
            )
            if engine.new_instance == "copy":
                raise SynthinvError(
                    f"engine.new_instance: copies of {engine.path} sound {away}, as of a plug-in "
                    "that needs threads of its own; write true instead of copy"
                )
            log.warning(
                "engine.new_instance: one instance of %s for all notes sounds %s than new ones, as "
                "where something carries over; switch off effects and long releases, lengthen "
                "engine.release, or write true or copy instead of false",
                engine.path,
                away,
            )
        remember(proof, lasting=not found.is_wrong)

    def __exit__(self, *exception: object) -> None:
        """Unload the plug-in."""
        self._host = None
        self._stack.close()

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play one note per patch, faster than real time.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        progress : callable, optional
            See `Engine.render`.

        Returns
        -------
        float32 array [n, samples]
            One channel of the notes, full scale ±1, each from its note-on.

        Raises
        ------
        NoteError
            If a note is not a sound: it holds values that are not finite.
        SynthinvError
            If a copy of the process cannot play.
        """
        note, samples = self._note, self._audio.samples
        held = samples if note.seconds is None else self._in_samples(note.seconds)
        notes = [Note(note.number, note.velocity)] * len(patches)
        settings = [self._setting(patch) for patch in patches]
        return self._play_all(settings, notes, samples, held, progress)

    def render_presets(
        self, presets: Sequence[Preset], progress: ProgressHook | None = None
    ) -> Audio:
        """Play one note per preset, with the preset's own values of the instrument's knobs.

        Parameters
        ----------
        presets : sequence of Preset
            Presets of the synth. What the instrument has no knob for stays as it is.
        progress : callable, optional
            See `Engine.render`.

        Returns
        -------
        float32 array [n, samples]
            As of `render`.

        Raises
        ------
        NoteError, SynthinvError
            As `render`.
        """
        note, samples = self._note, self._audio.samples
        held = samples if note.seconds is None else self._in_samples(note.seconds)
        notes = [Note(note.number, note.velocity)] * len(presets)
        settings = [self._preset_setting(preset) for preset in presets]
        return self._play_all(settings, notes, samples, held, progress)

    def play(
        self,
        patches: npt.NDArray[np.integer],
        keys: npt.NDArray[np.integer],
        velocities: npt.NDArray[np.integer],
        samples: int,
        held: int,
        rng: np.random.Generator | None = None,
    ) -> Audio:
        """Play each patch at a key and velocity of its own, faster than real time.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        keys, velocities : int array [n]
            MIDI note numbers and velocities.
        samples : int
            Length of a note.
        held : int
            Samples for which its key is held.
        rng : numpy.random.Generator, optional
            Not used: a plug-in brings its own chance.

        Returns
        -------
        float32 array [n, samples]
            As of `render`.

        Raises
        ------
        NoteError, SynthinvError
            As `render`.
        """
        notes = [
            Note(int(key), int(velocity)) for key, velocity in zip(keys, velocities, strict=True)
        ]
        settings = [self._setting(patch) for patch in patches]
        return self._play_all(settings, notes, samples, held)

    @property
    def _knobs(self) -> list[Parameter | Constant]:
        return [*self._instrument.constants, *self._instrument.parameters]

    def _setting(self, patch: npt.NDArray[np.integer]) -> Setting:
        return Setting(self._shares(patch), self._shares(self._instrument.resting(patch)))

    def _shares(self, patch: npt.NDArray[np.integer]) -> list[float]:
        steps = [*(constant.value for constant in self._instrument.constants), *map(int, patch)]
        return [knob.share(step) for knob, step in zip(self._knobs, steps, strict=True)]

    def _preset_setting(self, preset: Preset) -> Setting:
        nearest = self._setting(to_patch(self._instrument, preset).patch)
        shares = [
            own_share(knob, preset.values[own_name(knob)])
            if own_name(knob) in preset.values
            else share
            for knob, share in zip(self._knobs, nearest.knobs, strict=True)
        ]
        return nearest._replace(knobs=shares)

    def _play_all(
        self,
        settings: Sequence[Setting],
        notes: Sequence[Note],
        samples: int,
        held: int,
        progress: ProgressHook | None = None,
    ) -> Audio:
        def play(index: int) -> Audio:
            return self._play(settings[index], notes[index], samples, min(samples, held))

        audio = np.zeros((len(settings), samples), dtype=np.float32)
        for played, (index, sound) in enumerate(self._played(play, len(settings), samples), 1):
            audio[index] = sound
            if not np.isfinite(sound).all():
                raise NoteError(index, f"is not finite as {self._engine.path} renders it")
            if progress is not None:
                progress(played, len(settings))
        return audio

    def _played(
        self, play: Callable[[int], Audio], count: int, samples: int
    ) -> Iterator[tuple[int, Audio]]:
        if self._engine.new_instance != "copy":
            yield from ((index, play(index)) for index in range(count))
            return
        try:
            yield from play_in_copies(play, count, samples, self._threads)
        except CopyError:
            raise SynthinvError(
                f"engine.new_instance: a copy of {self._engine.path} does not play; write true "
                "instead of copy"
            ) from None

    def _play(self, setting: Setting, note: Note, samples: int, held: int) -> Audio:
        if self._engine.new_instance is True:
            # Not two at a time: some synths keep state, such as that of their noise, in their
            # library, which is unloaded with the last instance only.
            self._host = None
        host = self._host or self._load()
        engine = self._engine
        if self._instrument.rest and engine.primer > 0 and not engine.new_instance:
            self._turn(host, setting.resting)
            host.render(note, *self._primer(0))
        self._turn(host, setting.knobs)
        settled = self._in_samples(self._engine.settle)
        primer, faded = self._primer(settled)
        block = self._engine.block
        start = -(-faded // block) * block
        first = start + host.latency
        end = first + samples
        if not engine.new_instance:
            # To the end of its tail, for the next note on the same instance.
            end += self._in_samples(engine.release)
        sound = host.render(note, [*primer, (start, start + held)], end)
        return sound[self._engine.channel - 1, first : first + samples]

    def _turn(self, host: "Host", shares: Sequence[float]) -> None:
        for index, share in zip(self._indices, shares, strict=True):
            host.turn(index, share)

    def _primer(self, start: int) -> tuple[list[tuple[int, int]], int]:
        """Place the unrecorded press; return it and the sample by which it has faded."""
        end = start + self._in_samples(self._engine.primer)
        if end == start:
            return [], start
        return [(start, end)], end + self._in_samples(self._engine.release)

    def _load(self) -> "Host":
        self._host = Host(
            self._engine.path, self._engine.state, self._audio.sample_rate, self._engine.block
        )
        return self._host

    def _in_samples(self, seconds: float) -> int:
        return round(seconds * self._audio.sample_rate)


class Host:
    """One instance of a plug-in.

    Parameters
    ----------
    path : str
        The plug-in's file or bundle.
    state : str or None
        File with a state to load.
    sample_rate : int
        In Hz.
    block : int
        Samples rendered at a time.

    Raises
    ------
    SynthinvError
        If DawDreamer is not installed, or the plug-in or its state cannot be loaded.
    """

    def __init__(self, path: str, state: str | None, sample_rate: int, block: int) -> None:
        dawdreamer = _dawdreamer()
        _refuse_other_formats(path)
        for field, file in (("path", path), ("state", state)):
            if file is not None and not Path(file).exists():
                raise SynthinvError(f"engine.{field}: there is no '{file}'; correct the path")
        self._path = path
        self._sample_rate = sample_rate
        self._engine = dawdreamer.RenderEngine(sample_rate, block)
        with output_captured() as output:
            try:
                self._plug_in = self._engine.make_plugin_processor(PROCESSOR, str(Path(path)))
            except RuntimeError as error:
                raise SynthinvError(
                    f"engine.path: '{path}' cannot be loaded as a plug-in ({error}); check that it "
                    f"is an instrument for this system and processor ({HOSTED})"
                ) from None
            if state is not None:
                self._load_state(state)
            self._engine.load_graph([(self._plug_in, [])])
        log.debug("%s printed: %s", path, output())

    @property
    def latency(self) -> int:
        """Latency that the plug-in reports, in samples."""
        return int(self._plug_in.get_latency_samples())

    @property
    def channels(self) -> int:
        """Output channels."""
        return int(self._plug_in.get_num_output_channels())

    def knobs(self) -> list[PlugInKnob]:
        """List the plug-in's parameters with their current values."""
        plug_in = self._plug_in
        return [
            PlugInKnob(
                description["index"],
                description["name"],
                plug_in.get_parameter(description["index"]),
                plug_in.get_parameter_text(description["index"]),
            )
            for description in plug_in.get_parameters_description()
        ]

    def texts(self, index: int) -> list[str]:
        """List what the plug-in shows for each CC value of a parameter, which stays as it was."""
        before = self._plug_in.get_parameter(index)
        texts = []
        for value in range(CC_MAX + 1):
            self._plug_in.set_parameter(index, value / CC_MAX)
            texts.append(str(self._plug_in.get_parameter_text(index)))
        self._plug_in.set_parameter(index, before)
        return texts

    def require_instrument(self) -> None:
        """Refuse an effect, which takes audio in and does not sound when a key is pressed.

        Some instruments take audio in as well, such as vocoders, so a note decides.

        Raises
        ------
        SynthinvError
            If the plug-in is not an instrument.
        """
        if self.channels > 0 and self._plug_in.get_num_input_channels() == 0:
            return
        samples = round(TRIAL_SECONDS * self._sample_rate)
        if self.channels == 0 or not self.render(TRIAL_NOTE, [(0, samples)], samples).any():
            raise SynthinvError(
                f"engine.path: '{self._path}' is an effect, as it takes audio in and does not "
                f"sound when a key is pressed; name an instrument ({HOSTED}), or, if it is one "
                "that is silent at first, the state that makes it sound (--state, engine.state)"
            )

    def _load_state(self, state: str) -> None:
        suffix = Path(state).suffix.lower()
        if suffix in (".fxp", ".fxb"):
            loaded = self._plug_in.load_preset(str(Path(state).absolute()))
        elif suffix == ".vstpreset":
            loaded = self._plug_in.load_vst3_preset(str(Path(state).absolute()))
        else:
            # This opens the plug-in's window for a moment, so it needs a display.
            loaded = self._plug_in.load_state(state)
        if loaded is False:
            raise SynthinvError(
                f"engine.state: '{state}' cannot be loaded; check that this plug-in wrote it"
            )

    def turn(self, index: int, value: float) -> None:
        """Set a parameter to a value from 0 to 1."""
        self._plug_in.set_parameter(index, value)

    def render(self, note: Note, presses: Sequence[tuple[int, int]], samples: int) -> Audio:
        """Press the note some times and render.

        Parameters
        ----------
        note : Note
            The key.
        presses : sequence of (int, int)
            When it is pressed and released, in samples.
        samples : int
            Samples to render.

        Returns
        -------
        float32 array [channels, samples]
            What the plug-in plays.
        """
        rate = self._sample_rate
        self._plug_in.clear_midi()
        for start, end in presses:
            self._plug_in.add_midi_note(note.key, note.velocity, start / rate, (end - start) / rate)
        self._engine.render((samples + 1) / rate)
        sound: Audio = self._engine.get_audio()[:, :samples]
        return sound

    def edit(self) -> None:
        """Show the plug-in's window until it is closed."""
        self._plug_in.open_editor()

    def save_state(self, path: Path) -> None:
        """Write the plug-in's state, for `engine.state`; a VST2's may be named .fxb."""
        self._plug_in.save_state(str(path))


def find_knobs(
    instrument: str, wanted: Sequence[Parameter | Constant], found: Sequence[PlugInKnob]
) -> list[int]:
    """Find the knobs of an instrument among the parameters of a plug-in.

    Parameters
    ----------
    instrument : str
        What messages call the instrument.
    wanted : sequence of Parameter or Constant
        The instrument's knobs.
    found : sequence of PlugInKnob
        The plug-in's parameters.

    Returns
    -------
    list of int
        The index of each knob.

    Raises
    ------
    SynthinvError
        If a knob is not there, or more than one parameter has its name.
    """
    names = [knob.name for knob in found]
    indices = []
    for knob in wanted:
        name = knob.name if knob.native is None else knob.native
        matches = [k.number for k in found if name in (k.number, k.name)]
        if len(matches) == 1:
            indices.append(matches[0])
            continue
        if matches:
            raise SynthinvError(
                f"{instrument}: {knob.name}: the plug-in has several parameters named '{name}'; "
                f"give the index of the one that is meant as native ({_listed(matches)})"
            )
        near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.4)
        raise SynthinvError(
            f"{instrument}: {knob.name}: the plug-in has no parameter '{name}'; give its name as "
            f"native ({'near: ' + _listed(near) if near else '`synthinv plug-in` lists them'})"
        )
    return indices


def _listed(items: Sequence[object]) -> str:
    return ", ".join(str(item) for item in items)


def _refuse_other_formats(path: str) -> None:
    """Refuse a plug-in that by its name, or by what lies beside it, has another format."""
    place = Path(path)
    suffixes = {part.suffix.lower() for part in (place, *place.parents)}
    suffixes |= {FOLDERS_OF_FORMATS.get(part.name.lower(), "") for part in place.parents}
    if "://" in path or (place / "manifest.ttl").exists():
        suffixes.add(".lv2")
    for suffix, kind in OTHER_FORMATS.items():
        if suffix in suffixes:
            raise SynthinvError(
                f"engine.path: '{path}' is {kind}, which cannot be hosted; name this synth's VST "
                f"or VST3 ({HOSTED}), or play it live in a host of its own"
            )


def _dawdreamer() -> Any:
    with extras_explained():
        import dawdreamer
    return dawdreamer


@contextmanager
def private_settings() -> Iterator[None]:
    """Give plug-ins that are loaded in this block empty settings folders instead of the user's."""
    with tempfile.TemporaryDirectory(prefix="synthinv-plug-in-") as folder:
        config, data = Path(folder, "config"), Path(folder, "data")
        config.mkdir()
        data.mkdir()
        with environment({"XDG_CONFIG_HOME": str(config), "XDG_DATA_HOME": str(data)}):
            yield
