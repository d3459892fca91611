"""A plug-in hosted by DawDreamer: any VST or Audio Unit, rendered offline.

The knobs are those of the same instrument files that live capture uses, found by name instead of by
CC: step v is v / highest of the parameter's range.
"""

import difflib
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.errors import NoteError, SynthinvError
from synthinv.common.extras import extras_explained
from synthinv.common.progress import ProgressHook, progress_shown, shifted
from synthinv.config.sections.engine import PlugInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.engines.checks import finite_or_silent, not_open, require_midi, require_steps
from synthinv.engines.configured_note import ConfiguredNote
from synthinv.engines.environment import environment
from synthinv.engines.plug_in import player
from synthinv.engines.plug_in.host import HOSTED, Facts, Host, Note, PlugInKnob, Take
from synthinv.engines.plug_in.proof import (
    NEW_NOTES,
    OTHER_NOTES,
    deviation,
    identity,
    is_proven,
    patches_to_prove,
    remember,
)
from synthinv.engines.processes import PlayerError, Players
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.preset import Preset, own_name, own_share, to_patch
from synthinv.instruments.parameters import Constant, Parameter

log = logging.getLogger(__name__)


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
        Processes in whose copies notes are played at once, with `new_instance: copy`.
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
        self._players: Players | None = None
        self._latency = 0
        self._open = False
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
            if self._copies and not hasattr(os, "fork"):
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
            facts = self._load_players(stack) if self._copies else self._load().facts()
            self._latency = facts.latency
            self._indices = find_knobs(self._instrument.name, self._knobs, facts.knobs)
            if self._engine.channel > facts.channels:
                raise SynthinvError(
                    f"engine.channel is {self._engine.channel}, but {self._engine.path} has "
                    f"{facts.channels} output channels; name one from 1 to {facts.channels}"
                )
            self._stack = stack.pop_all()
        self._open = True
        return self

    @property
    def _copies(self) -> bool:
        return self._engine.new_instance == "copy"

    def _load_players(self, stack: ExitStack) -> Facts:
        """Load the plug-in in processes of its own, which a stack ends."""
        players = Players(player.__name__, self._loaded, self._threads)
        try:
            self._players = stack.enter_context(players)
        except PlayerError:
            raise SynthinvError(
                f"engine.path: the process that loads '{self._engine.path}' ends at once; check "
                f"that it is an instrument for this system and processor ({HOSTED})"
            ) from None
        latency, channels, knobs = players.facts
        return Facts(latency, channels, [PlugInKnob(*knob) for knob in knobs])

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
        self._host = self._players = None
        self._open = False
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
            See `Renderer.render`.

        Returns
        -------
        float32 array [n, samples]
            One channel of the notes, full scale ±1, each from its note-on.

        Raises
        ------
        NoteError
            If a note of an instance that is kept holds values that are not finite; those after it
            might, too. Of a new instance or a copy, such a note is silence.
        SynthinvError
            If a value is not a step of its parameter, a patch does not have the instrument's
            parameters, or a copy of the process cannot play.
        """
        return self._play_note(self._settings(patches), progress)

    def render_presets(
        self, presets: Sequence[Preset], progress: ProgressHook | None = None
    ) -> Audio:
        """Play one note per preset, with the preset's own values of the instrument's knobs.

        Parameters
        ----------
        presets : sequence of Preset
            Presets of the synth. What the instrument has no knob for stays as it is.
        progress : callable, optional
            See `Renderer.render`.

        Returns
        -------
        float32 array [n, samples]
            As of `render`.

        Raises
        ------
        NoteError, SynthinvError
            As `render`.
        """
        return self._play_note([self._preset_setting(preset) for preset in presets], progress)

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
        """Play each patch at a key and velocity of its own, see `OfflineEngine.play`.

        A plug-in brings its own chance, so `rng` is not used.
        """
        require_midi(keys, velocities, softest=1)
        settings = self._settings(patches)
        return self._play_all(settings, keys, velocities, samples, held, progress)

    @property
    def _knobs(self) -> list[Parameter | Constant]:
        return [*self._instrument.constants, *self._instrument.parameters]

    def _settings(self, patches: npt.NDArray[np.integer]) -> list[Setting]:
        patches = np.asarray(patches)
        require_steps(self._instrument, patches)
        return [self._setting(patch) for patch in patches]

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

    def _play_note(self, settings: Sequence[Setting], progress: ProgressHook | None) -> Audio:
        """Play the configured note once per setting."""
        notes = ConfiguredNote.of(self._note, self._audio, len(settings))
        return self._play_all(settings, *notes, progress)

    def _play_all(
        self,
        settings: Sequence[Setting],
        keys: npt.NDArray[np.integer],
        velocities: npt.NDArray[np.integer],
        samples: int,
        held: int,
        progress: ProgressHook | None,
    ) -> Audio:
        if not self._open:
            raise not_open()
        notes = [
            Note(int(key), int(velocity)) for key, velocity in zip(keys, velocities, strict=True)
        ]

        def take(index: int) -> Take:
            return self._take(settings[index].knobs, notes[index], samples, min(samples, held))

        if self._players is not None:
            sounds = self._players.play(take, len(settings), samples)
        else:
            sounds = (self._play(take(i), settings[i].resting) for i in range(len(settings)))
        audio = np.empty((len(settings), samples), dtype=np.float32)
        try:
            for index, sound in enumerate(sounds):
                audio[index] = self._sound(sound, index)
                if progress is not None:
                    progress(index + 1, len(settings))
        except PlayerError:
            raise SynthinvError(
                f"engine.new_instance: a copy of {self._engine.path} does not play; write true "
                "instead of copy"
            ) from None
        return audio

    def _sound(self, sound: Audio, index: int) -> Audio:
        """Take a note that is no sound for silence, unless those after it may be spoilt as well."""
        path = str(self._engine.path)
        if self._engine.new_instance:
            return finite_or_silent(sound, index, path)
        if not np.isfinite(sound).all():
            raise NoteError(index, f"is not finite as {path} renders it")
        return sound

    def _take(self, knobs: Sequence[float], note: Note, samples: int, held: int) -> Take:
        engine = self._engine
        primer, faded = self._primer(self._in_samples(engine.settle))
        start = -(-faded // engine.block) * engine.block
        first = start + self._latency
        length = first + samples
        if not engine.new_instance:
            # To the end of its tail, for the next note on the same instance.
            length += self._in_samples(engine.release)
        presses = [*primer, (start, start + held)]
        turned = list(zip(self._indices, knobs, strict=True))
        return Take(turned, *note, presses, length, engine.channel - 1, first, samples)

    def _play(self, take: Take, resting: Sequence[float]) -> Audio:
        if self._engine.new_instance is True:
            # Not two at a time: some synths keep state, such as that of their noise, in their
            # library, which is unloaded with the last instance only.
            self._host = None
        host = self._host or self._load()
        if self._instrument.rest and self._engine.primer > 0 and not self._engine.new_instance:
            for index, share in zip(self._indices, resting, strict=True):
                host.turn(index, share)
            host.render(Note(take.key, take.velocity), *self._primer(0))
        return host.play(take)

    def _primer(self, start: int) -> tuple[list[tuple[int, int]], int]:
        """Place the unrecorded press; return it and the sample by which it has faded."""
        end = start + self._in_samples(self._engine.primer)
        if end == start:
            return [], start
        return [(start, end)], end + self._in_samples(self._engine.release)

    @property
    def _loaded(self) -> tuple[str, str | None, int, int]:
        """What a `Host` needs."""
        engine = self._engine
        return engine.path, engine.state, self._audio.sample_rate, engine.block

    def _load(self) -> Host:
        self._host = Host(*self._loaded)
        return self._host

    def _in_samples(self, seconds: float) -> int:
        return round(seconds * self._audio.sample_rate)


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
        If a knob is not there, more than one parameter has its name, or two knobs are the same
        parameter.
    """
    names = [knob.name for knob in found]
    indices: list[int] = []
    for knob in wanted:
        name = knob.name if knob.native is None else knob.native
        matches = [k.number for k in found if name in (k.number, k.name)]
        if len(matches) == 1:
            if matches[0] in indices:
                other = wanted[indices.index(matches[0])].name
                raise SynthinvError(
                    f"{instrument}: {other} and {knob.name} are the same parameter of the plug-in, "
                    f"'{name}'; take one of them out"
                )
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


@contextmanager
def private_settings() -> Iterator[None]:
    """Give plug-ins that are loaded in this block empty settings folders instead of the user's."""
    with tempfile.TemporaryDirectory(prefix="synthinv-plug-in-") as folder:
        config, data = Path(folder, "config"), Path(folder, "data")
        config.mkdir()
        data.mkdir()
        with environment({"XDG_CONFIG_HOME": str(config), "XDG_DATA_HOME": str(data)}):
            yield
