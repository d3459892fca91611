"""The sounds of the documentation's gallery."""

from typing import Annotated, Literal

from pydantic import Field

from synthinv.common.validation import Section
from synthinv.config.sections.types import Name

Key = Annotated[int, Field(ge=0, le=127)]


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
    soundfont: str = Field(
        "/usr/share/sounds/sf2/FluidR3_GM.sf2",
        description="SoundFont that FluidSynth plays; Debian's package fluid-soundfont-gm has it.",
    )
    seconds: float = Field(1.4, gt=0, le=2, description="Length of a sound.")
    sounds: tuple[GallerySoundConfig, ...] = Field((), description="The sounds, in order.")
