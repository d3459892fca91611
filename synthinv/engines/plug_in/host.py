"""One instance of a plug-in, hosted by DawDreamer.

This module imports little, since the small process that is copied for every note imports it.
"""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.extras import extras_explained
from synthinv.engines.output import output_captured

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
PACKAGES = {"amsynth_vst.so": "Debian's package amsynth"}
"""File names of plug-ins that synths name which come with synthinv, and what installs each."""
STEPS = 128
"""Values of a MIDI controller."""


class Note(NamedTuple):
    """A key that is pressed.

    Attributes
    ----------
    key, velocity : int
        MIDI note number and velocity.
    """

    key: int
    velocity: int


TRIAL_NOTE = Note(60, 100)
"""What tells an instrument from an effect."""
TRIAL_SECONDS = 1.0
"""How long it is held."""


class Called(NamedTuple):
    """What messages call the files of a plug-in.

    Attributes
    ----------
    path, state : str
        The field or argument that names the plug-in, and the one that names its state.
    place : str
        Where both are, to follow "correct the path"; empty on the command line.
    """

    path: str
    state: str
    place: str


IN_CONFIGURATION = Called("engine.path", "engine.state", " in the configuration file")


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


class Facts(NamedTuple):
    """Facts about a plug-in that has been loaded.

    Attributes
    ----------
    latency : int
        Latency that it reports, in samples.
    channels : int
        Output channels.
    knobs : list of PlugInKnob
        Its parameters with their current values.
    """

    latency: int
    channels: int
    knobs: list[PlugInKnob]


class Take(NamedTuple):
    """A note to be played, and what of it is kept.

    Attributes
    ----------
    knobs : sequence of (int, float)
        Numbers of the parameters that are set first, and their values from 0 to 1.
    key, velocity : int
        MIDI note number and velocity.
    presses : sequence of (int, int)
        When it is pressed and released, in samples.
    length : int
        Samples to render.
    channel : int
        Output channel that is kept, from 0.
    first, samples : int
        The first sample that is kept, and how many are.
    """

    knobs: Sequence[tuple[int, float]]
    key: int
    velocity: int
    presses: Sequence[tuple[int, int]]
    length: int
    channel: int
    first: int
    samples: int


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
    called : Called
        What messages call the files.

    Raises
    ------
    SynthinvError
        If DawDreamer is not installed, or the plug-in or its state cannot be loaded.
    """

    def __init__(
        self,
        path: str,
        state: str | None,
        sample_rate: int,
        block: int,
        called: Called = IN_CONFIGURATION,
    ) -> None:
        dawdreamer = _dawdreamer()
        _refuse_other_formats(path, called)
        for field, file in ((called.path, path), (called.state, state)):
            if file is not None and not Path(file).exists():
                package = PACKAGES.get(Path(file).name)
                install = f"install {package}, or " if package else ""
                raise SynthinvError(
                    f"{field}: there is no '{file}'; {install}correct the path{called.place}"
                )
        self._path, self._called = path, called
        self._sample_rate = sample_rate
        self._engine = dawdreamer.RenderEngine(sample_rate, block)
        with output_captured() as output:
            try:
                self._plug_in = self._engine.make_plugin_processor(PROCESSOR, str(Path(path)))
            except RuntimeError as error:
                raise SynthinvError(
                    f"{called.path}: '{path}' cannot be loaded as a plug-in ({error}); check that "
                    f"it is an instrument for this system and processor ({HOSTED})"
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

    def facts(self) -> Facts:
        """Return the facts about the plug-in."""
        return Facts(self.latency, self.channels, self.knobs())

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
        for value in range(STEPS):
            self._plug_in.set_parameter(index, value / (STEPS - 1))
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
                f"{self._called.path}: '{self._path}' is an effect, as it takes audio in and does "
                f"not sound when a key is pressed; name an instrument ({HOSTED}), or, if it is one "
                "that is silent at first, the state that makes it sound (--state, engine.state)"
            )

    def _load_state(self, state: str) -> None:
        suffix = Path(state).suffix.lower()
        if suffix in (".fxp", ".fxb"):
            loaded = self._plug_in.load_preset(str(Path(state).absolute()))
        elif suffix == ".vstpreset":
            loaded = self._plug_in.load_vst3_preset(str(Path(state).absolute()))
        else:
            # This opens the plug-in's window for a moment.
            self._require_display(f"loading '{state}'")
            loaded = self._plug_in.load_state(state)
        if loaded is False:
            raise SynthinvError(
                f"{self._called.state}: '{state}' cannot be loaded; check that this plug-in "
                "wrote it"
            )

    def turn(self, index: int, value: float) -> None:
        """Set a parameter to a value from 0 to 1."""
        self._plug_in.set_parameter(index, value)

    def play(self, take: Take) -> Audio:
        """Set knobs and play a note.

        Parameters
        ----------
        take : Take
            The note.

        Returns
        -------
        float32 array [samples]
            What is kept of it.
        """
        for index, value in take.knobs:
            self.turn(index, value)
        sound = self.render(Note(take.key, take.velocity), take.presses, take.length)
        return sound[take.channel, take.first : take.first + take.samples]

    def render(self, note: Note, presses: Sequence[tuple[int, int]], samples: int) -> Audio:
        """Press the note once or several times, and render.

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
        """Show the plug-in's window until it is closed.

        Raises
        ------
        SynthinvError
            If there is no display.
        """
        self._require_display("showing its window")
        self._plug_in.open_editor()

    def save_state(self, path: Path) -> None:
        """Write the plug-in's state, for `engine.state`; a VST2's may be named .fxb.

        DawDreamer does not say where it cannot write: nothing is written then.
        """
        self._plug_in.save_state(str(path.absolute()))

    def _require_display(self, what: str) -> None:
        """Refuse what opens a window where there is no display: some plug-ins end the process."""
        if sys.platform == "linux" and not os.environ.get("DISPLAY"):
            raise SynthinvError(
                f"{self._called.path}: '{self._path}': {what} needs a display, and DISPLAY names "
                "none; run it on a desktop, or load a VST2's state from a file named .fxb"
            )


def _refuse_other_formats(path: str, called: Called) -> None:
    """Refuse a plug-in that by its name, or by what lies beside it, has another format."""
    place = Path(path)
    suffixes = {part.suffix.lower() for part in (place, *place.parents)}
    suffixes |= {FOLDERS_OF_FORMATS.get(part.name.lower(), "") for part in place.parents}
    if "://" in path or (place / "manifest.ttl").exists():
        suffixes.add(".lv2")
    for suffix, kind in OTHER_FORMATS.items():
        if suffix in suffixes:
            raise SynthinvError(
                f"{called.path}: '{path}' is {kind}, which cannot be hosted; name this synth's VST "
                f"or VST3 ({HOSTED}), or play it live in a host of its own"
            )


def _dawdreamer() -> Any:
    with extras_explained():
        import dawdreamer
    return dawdreamer
