"""The benchmark of sounds that the synth did not make: its sounds, and the methods compared."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from synthinv.common.validation import Section
from synthinv.config.sections.types import MOST_FILES, Name

Split = Literal["development", "test"]
Source = Literal["soundfont", "drums", "amsynth", "dx7"]
MethodKind = Literal["match", "cma_es", "random", "library"]
MethodObjective = Literal["mss", "match"]

MidiNumber = Annotated[int, Field(ge=0, le=127)]
Velocity = Annotated[int, Field(ge=1, le=127)]


class SoundBlockConfig(Section):
    """Sounds of one family, from one bank, for one half of the benchmark."""

    family: Name = Field(description="Family of sounds, by which the page groups them.")
    source: Source = Field(
        "soundfont",
        description="soundfont: programs of the SoundFont; drums: its drum kit; amsynth: presets "
        "of one of amsynth's banks; dx7: voices of a bank of the DX7.",
    )
    split: Split = Field(
        description="development: for choosing methods; test: for the page, and for nothing else."
    )
    bank: str | None = Field(None, description="File of the bank; for amsynth and dx7 only.")
    programs: tuple[Annotated[int, Field(ge=0, le=999)], ...] = Field(
        min_length=1,
        description="Programs of General MIDI, keys of the drum kit, or places in the bank, "
        "counted from 0.",
    )
    notes: int = Field(1, ge=1, le=100, description="Sounds of each program.")
    keys: tuple[MidiNumber, ...] = Field(
        (60,),
        min_length=1,
        description="MIDI note numbers, taken in turn; of drums, the programs are the keys.",
    )

    @model_validator(mode="after")
    def _bank_belongs_to_its_source(self) -> Self:
        has_banks = self.source in ("amsynth", "dx7")
        if has_banks and self.bank is None:
            raise ValueError(f"bank: is missing; name a bank of {self.source}")
        if not has_banks and self.bank is not None:
            raise ValueError(f"bank: '{self.bank}' has no meaning for {self.source}; leave it out")
        if not has_banks and max(self.programs) > 127:
            raise ValueError(f"programs: {max(self.programs)} is above 127, the last of MIDI")
        return self


class MethodConfig(Section):
    """One of the methods that the benchmark compares."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the page calls it.")
    kind: MethodKind = Field(
        description="match: `synthinv.match`; cma_es: CMA-ES from the middle of every "
        "knob; random: random patches; library: the nearest of a rendered library."
    )
    instrument: str | None = Field(
        None,
        description="Instrument that the built-in synth plays, by name or as a file; null takes, "
        "for match, its default, and for the others the configuration's.",
    )
    objective: MethodObjective = Field(
        "mss",
        description="What a search minimises; mss: the MSS of the whole sound; match: what match "
        "itself minimises.",
    )
    renders: tuple[Annotated[int, Field(ge=1, le=10**6)], ...] = Field(
        (),
        description="Numbers of renders after which the best patch is scored: those of one run of "
        "the largest number. Empty for match, which takes `match.renders`.",
    )
    sounds: int | None = Field(
        None,
        ge=1,
        description="Sounds of each half, spread over the families; null takes all of them.",
    )

    @model_validator(mode="after")
    def _renders_belong_to_searches(self) -> Self:
        if self.kind == "match" and self.renders:
            raise ValueError("renders: match takes match.renders; leave it out")
        if self.kind != "match" and not self.renders:
            raise ValueError("renders: is empty; give at least one number of renders")
        if list(self.renders) != sorted(set(self.renders)):
            raise ValueError("renders: must increase; put them in order")
        return self


class SoundSourcesConfig(Section):
    """What plays the sounds: programs and files that Debian's packages install."""

    soundfont: str = Field(
        "/usr/share/sounds/sf2/FluidR3_GM.sf2",
        description="SoundFont that FluidSynth plays; Debian's package fluid-soundfont-gm has it.",
    )
    amsynth: str = Field(
        "/usr/lib/vst/amsynth_vst.so",
        description="amsynth as a plug-in; Debian's package amsynth has it.",
    )
    amsynth_banks: str = Field(
        "/usr/share/amsynth/banks", description="Folder of amsynth's banks, from the same package."
    )
    dx7_banks: str = Field(
        "/usr/share/hexter",
        description="Folder of banks of packed DX7 voices; Debian's package hexter has it.",
    )


class BenchmarkConfig(Section):
    """Sounds that the benchmark renders, and methods that find patches for them."""

    sources: SoundSourcesConfig = Field(
        SoundSourcesConfig(), description="What plays the sounds, and where its banks lie."
    )
    seconds: float = Field(
        4.0, gt=0, le=10, description="Longest sound, and the longest part that is compared."
    )
    velocities: tuple[Velocity, ...] = Field(
        (50, 64, 78, 92, 106, 120), min_length=1, description="MIDI velocities, taken in turn."
    )
    held: tuple[Annotated[float, Field(gt=0, le=10)], ...] = Field(
        (0.2, 0.35, 0.6, 1.0, 1.6, 2.3, 3.0),
        min_length=1,
        description="Seconds for which keys are held, taken in turn.",
    )
    sounds: tuple[SoundBlockConfig, ...] = Field(
        (), description="Blocks of sounds, which together are the table of sounds."
    )
    splits: tuple[Split, ...] = Field(
        ("test",), min_length=1, description="Halves for which patches are found."
    )
    methods: tuple[MethodConfig, ...] = Field((), description="Methods compared, in order.")
    sounds_per_job: int = Field(
        4, ge=1, description="Sounds for which one job finds patches, with one method."
    )
    threads: int = Field(
        2, ge=1, description="CPU threads of every method; times are measured with them."
    )

    @model_validator(mode="after")
    def _sounds_can_be_planned(self) -> Self:
        sounds = sum(len(block.programs) * block.notes for block in self.sounds)
        if sounds > MOST_FILES:
            raise ValueError(f"sounds: are {sounds:,}, but at most {MOST_FILES:,} can be planned")
        return self
