"""Benchmarks: their sounds, and the methods that are compared on them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from synthinv.common.validation import Section
from synthinv.config.names import BY_SOLVERS, OF_SYNTHS, SEARCHES, WITHOUT_RENDERS
from synthinv.config.sections.types import MOST_FILES, FileName, Name

Split = Literal["development", "test"]
Source = Literal["soundfont", "drums", "presets", "own", "random"]
MethodKind = Literal[
    "match",
    "solver",
    "one_step",
    "presets",
    "library",
    "random",
    "hill_climber",
    "genetic",
    "cma_es",
]
MethodObjective = Literal["mss", "match"]

MidiNumber = Annotated[int, Field(ge=0, le=127)]
Velocity = Annotated[int, Field(ge=1, le=127)]
Count = Annotated[int, Field(ge=1)]
Programs = Annotated[tuple[Annotated[int, Field(ge=0, le=999)], ...], Field(min_length=1)]


class SoundBlockConfig(Section):
    """Sounds of one family, from one bank, for one half of the benchmark."""

    family: Name = Field(description="Family of sounds, by which the page groups them.")
    source: Source = Field(
        "soundfont",
        description="soundfont: programs of the SoundFont; drums: its drum kit; presets: presets "
        "in a synth's bank; own: presets in a folder of your own, if `sources.own` names it; "
        "random: random patches of a synth.",
    )
    split: Split = Field(
        description="development: for choosing methods; test: for the page, and for nothing else."
    )
    synth: str | None = Field(
        None,
        description="Synth that plays presets and random patches: its name, or its configuration "
        "file.",
    )
    bank: FileName | None = Field(
        None, description="File of the bank, below one of `sources.banks`; for presets only."
    )
    programs: Programs | Annotated[int, Field(ge=1, le=1000)] = Field(
        description="Programs of General MIDI, keys of the drum kit, places in the bank or folder, "
        "counted from 0, or numbers of random patches; a single number stands for the first n.",
    )
    notes: int = Field(1, ge=1, le=100, description="Sounds of each program.")
    keys: tuple[MidiNumber, ...] = Field(
        (60,),
        min_length=1,
        description="MIDI note numbers, taken in turn; of drums, the programs are the keys.",
    )

    @model_validator(mode="after")
    def _synth_and_bank_belong_to_the_source(self) -> Self:
        played = self.source in OF_SYNTHS
        for field, wanted in (("bank", self.source == "presets"), ("synth", played)):
            value = getattr(self, field)
            if wanted and value is None:
                raise ValueError(
                    f"{field}: is missing; give it, as the source {self.source} needs it"
                )
            if value is not None and not wanted:
                raise ValueError(
                    f"{field}: '{value}' has no meaning for {self.source}; leave it out"
                )
        return self

    @model_validator(mode="after")
    def _programs_are_numbers_of_midi(self) -> Self:
        last = self.programs - 1 if isinstance(self.programs, int) else max(self.programs)
        if self.source not in OF_SYNTHS and last > 127:
            raise ValueError(f"programs: {last} is above 127, the last of MIDI; lower it")
        return self


class MethodConfig(Section):
    """One of the methods that the benchmark compares."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the page calls it.")
    kind: MethodKind = Field(
        description="match: `synthinv.match`; solver: its solver's prediction, and no more; "
        "one_step: the sound's own patch, every continuous knob a step off, for sounds of the "
        "method's synth; presets: the nearest of the presets in some files; library: the nearest "
        "of random patches that are the same for every sound; random: random patches; "
        "hill_climber, genetic and cma_es: the searches of `synthinv.search.blackbox`, which "
        "start without a solver."
    )
    synth: str | None = Field(
        None,
        description="Synth: its name, the name of an instrument that the built-in synth plays, or "
        "a file of either; null takes, for match and solver, the default of match, and for the "
        "others the configuration's instrument and engine.",
    )
    solver: FileName | None = Field(
        None,
        description="Folder of a solver's training; for match and solver only. Null takes the "
        "solver that comes with synthinv for the synth.",
    )
    presets: tuple[FileName, ...] = Field(
        (),
        description="Preset files below one of `sources.banks`, for presets only; empty takes the "
        "synth's own `match.presets`.",
    )
    objective: MethodObjective = Field(
        "mss",
        description="What a search minimises; mss: the MSS of the whole sound; match: what match "
        "itself minimises.",
    )
    renders: tuple[Annotated[int, Field(ge=1, le=10**6)], ...] = Field(
        (),
        description="Numbers of renders after which the best patch is scored, all in one run of "
        "the largest number; match, whose plan depends on the number, has a run for each. Empty "
        "for solver, one_step and presets, and for a match with `match.renders` or its default.",
    )
    sounds: Count | dict[Name, Count] | None = Field(
        None,
        description="Number of sounds of each half, spread over the families; or the number for "
        "each family that is named, without the other families. Null takes all sounds.",
    )

    @model_validator(mode="after")
    def _fields_belong_to_the_kind(self) -> Self:
        if self.solver is not None and self.kind not in BY_SOLVERS:
            raise ValueError(f"solver: has no meaning for {self.kind}; leave it out")
        if self.presets and self.kind != "presets":
            raise ValueError(f"presets: have no meaning for {self.kind}; leave them out")
        if self.kind not in SEARCHES and self.objective != "mss":
            raise ValueError(f"objective: has no meaning for {self.kind}; leave it out")
        return self

    @model_validator(mode="after")
    def _renders_belong_to_the_kind(self) -> Self:
        if self.kind in WITHOUT_RENDERS and self.renders:
            raise ValueError(f"renders: {self.kind} has no such number; leave it out")
        if self.kind not in ("match", *WITHOUT_RENDERS) and not self.renders:
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
    banks: tuple[FileName, ...] = Field(
        ("/usr/share/amsynth/banks", "/usr/share/hexter"),
        description="Folders in which banks are looked for, in turn: by default those of Debian's "
        "packages amsynth and hexter.",
    )
    own: dict[str, FileName] = Field(
        {},
        description="Folders of presets of your own, such as `.vital` files, by their synth. For "
        "a synth that is not named, sounds of the source `own` are left out.",
    )


class BenchmarkConfig(Section):
    """Sounds that the benchmark renders, and methods that find patches for them."""

    sources: SoundSourcesConfig = Field(
        SoundSourcesConfig(), description="What plays the sounds, and where its banks lie."
    )
    note: Literal["heard", "known"] = Field(
        "heard",
        description="What methods know of a sound's note. heard: nothing; sounds begin at their "
        "onset, end where they have faded, and are brought to one level; a method takes the key "
        "that is nearest to the pitch, and holds it as long as the sound. known: the key and how "
        "long it is held; sounds are `seconds` long from the note-on, as loud as they are played.",
    )
    seconds: float = Field(
        4.0, gt=0, le=10, description="Longest sound, and the longest part that is compared."
    )
    velocities: tuple[Velocity, ...] = Field(
        (50, 64, 78, 92, 106, 120),
        min_length=1,
        description="MIDI velocities, taken in turn. Match plays only at its solver's velocity, so "
        "where notes are known, all must be that one.",
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
    synths: tuple[str, ...] = Field(
        (),
        description="Synths of the methods that are run, for a part of the benchmark; empty for "
        "all.",
    )
    kinds: tuple[MethodKind, ...] = Field(
        (),
        description="Kinds of the methods that are run, for a part of the benchmark; empty for "
        "all.",
    )
    most_sounds: int | None = Field(
        None,
        ge=1,
        description="Most sounds of a method, or of each of the families that it names, for a part "
        "of the benchmark; null for no limit.",
    )

    @model_validator(mode="after")
    def _sounds_can_be_planned(self) -> Self:
        sounds = sum(
            (b.programs if isinstance(b.programs, int) else len(b.programs)) * b.notes
            for b in self.sounds
        )
        if sounds > MOST_FILES:
            raise ValueError(
                f"sounds: are {sounds:,}, but at most {MOST_FILES:,} can be planned; list fewer"
            )
        return self
