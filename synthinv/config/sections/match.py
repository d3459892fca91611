"""Sounds to find patches for: one's own, and those of the documentation's gallery."""

from typing import Annotated, Literal

from pydantic import Field

from synthinv.common.validation import Section
from synthinv.config.sections.types import FileName, Name

Key = Annotated[int, Field(ge=0, le=127)]


class MatchConfig(Section):
    """Sounds for which `snakemake match` finds patches."""

    sounds: FileName | None = Field(
        None, description="Folder of sound files, each of one note; relative to the working folder."
    )
    solver: Name | None = Field(
        None,
        description="Solver of this configuration to predict patches with; null takes the one that "
        "comes with synthinv for the instrument.",
    )
    candidates: int = Field(
        1, ge=1, description="Most patches to find for each sound, all of which sound different."
    )
    renders: int | None = Field(
        None,
        ge=1,
        description="Patches played for each sound; null for as many as two cores play and compare "
        "in about ten seconds; 200 on a synth that is played live, and on a plug-in without "
        "`new_instance: copy`.",
    )
    seconds: float | None = Field(
        None,
        gt=0,
        description="Seconds after which no more patches are played for a sound, for a slow synth; "
        "results then depend on the machine. Null for no limit.",
    )
    presets: tuple[FileName, ...] = Field(
        (),
        description="Files and folders of presets in the synth's own format, from which a match "
        "also starts, if the network finds them likely.",
    )
    transposition: int = Field(
        0,
        ge=-60,
        le=60,
        description="Semitones by which the synth sounds higher than the key that is played, as "
        "`synthinv check` measures.",
    )


class GallerySoundConfig(Section):
    """One sound of the gallery."""

    name: Name = Field(description="Its name, in file names.")
    title: str = Field(description="Its title on the page.")
    source: Literal["program", "drum", "built-in"] = Field(
        "program",
        description="What plays it: a program of the SoundFont, the SoundFont's drums, or the "
        "built-in synth with a random patch that no network was trained on.",
    )
    program: int = Field(
        0, ge=0, le=127, description="Program of General MIDI, counted from 0; for programs only."
    )
    keys: tuple[Key, ...] = Field(
        (60,),
        min_length=1,
        description="MIDI note numbers, played together; the built-in synth plays the first.",
    )


class GalleryConfig(Section):
    """Sounds that `snakemake gallery` renders, matches and gives to a network of the thesis."""

    experiment: Name = Field(
        "thesis-l2", description="Experiment whose network predicts the knobs of every sound."
    )
    instrument: str = Field(
        "minimoog",
        description="Instrument that matches are found with, by name or file. A solver for it must "
        "come with synthinv.",
    )
    soundfont: str = Field(
        "/usr/share/sounds/sf2/FluidR3_GM.sf2",
        description="SoundFont that FluidSynth plays; Debian's package fluid-soundfont-gm has it.",
    )
    seconds: float = Field(1.4, gt=0, le=2, description="Length of a sound.")
    sounds: tuple[GallerySoundConfig, ...] = Field((), description="The sounds, in order.")
