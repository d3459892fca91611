"""The benchmark's table of sounds, as its blocks say."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path, PurePath
from typing import Any

from synthinv.config.names import SHARED
from synthinv.config.sections.benchmark import (
    BenchmarkConfig,
    MethodConfig,
    SoundBlockConfig,
    Source,
    Split,
)

SAMPLE_RATE = 44_100
"""Sample rate in Hz of the benchmark's sounds."""
GOLDEN = 0.6180339887
"""Places sorted by their multiples of this, modulo 1, are spread evenly, however few are taken."""


@dataclass(frozen=True)
class BenchmarkSound:
    """A sound of the benchmark.

    Attributes
    ----------
    name : str
        Its name, in file names.
    family : str
        Its family.
    split : str
        Half of the benchmark, `development` or `test`.
    source : str
        What plays it, as in `SoundBlockConfig`.
    synth, bank : str or None
        The synth, and the file of the bank or the folder of one's own presets.
    program : int
        Program, place in the bank, or number of the random patch.
    key, velocity : int
        MIDI note number and velocity.
    held : float
        Seconds for which the key is held.
    """

    name: str
    family: str
    split: Split
    source: Source
    synth: str | None
    bank: str | None
    program: int
    key: int
    velocity: int
    held: float

    @property
    def note(self) -> tuple[int, int, float]:
        """Its key, velocity and seconds held."""
        return self.key, self.velocity, self.held

    def settings(self) -> dict[str, Any]:
        """Return the attributes by name, for a rule's parameters."""
        return asdict(self)


def benchmark_sounds(config: BenchmarkConfig) -> tuple[BenchmarkSound, ...]:
    """List the sounds of the table, in its order.

    The n-th sound takes the n-th velocity and holding time of the configuration and the n-th key of
    its block, each list being repeated. Lists of lengths without a common divisor thus meet in all
    combinations.

    Parameters
    ----------
    config : BenchmarkConfig
        The configuration's section.

    Returns
    -------
    tuple of BenchmarkSound
        The sounds.

    Raises
    ------
    ValueError
        If two sounds have the same name, such as two notes of one program at one key.
    """
    sounds: list[BenchmarkSound] = []
    for block in config.sounds:
        if block.source == "own" and block.synth not in config.sources.own:
            continue
        for program in places_of(block):
            for _ in range(block.notes):
                sounds.append(_sound(config, block, program, len(sounds)))
    name, count = max(
        Counter(sound.name for sound in sounds).items(), key=itemgetter(1), default=("", 0)
    )
    if count > 1:
        raise ValueError(
            f"benchmark.sounds: there are {count} sounds '{name}'; give the block more keys, or "
            "rename its family"
        )
    return tuple(sounds)


def places_of(block: SoundBlockConfig) -> Sequence[int]:
    """Return the programs of a block, one by one."""
    return range(block.programs) if isinstance(block.programs, int) else block.programs


def bank_path(bank: str, folders: Sequence[str]) -> str:
    """Return the path of a bank, or its name if there is none: the error that follows has it."""
    paths = (Path(folder, bank) for folder in folders)
    return next((str(path) for path in paths if path.exists()), bank)


def chosen_methods(config: BenchmarkConfig) -> tuple[MethodConfig, ...]:
    """Return the methods that are run."""
    return tuple(
        method
        for method in config.methods
        if (not config.synths or method.synth in config.synths)
        and (not config.kinds or method.kind in config.kinds)
    )


def _sound(
    config: BenchmarkConfig, block: SoundBlockConfig, program: int, place: int
) -> BenchmarkSound:
    key = program if block.source == "drums" else block.keys[place % len(block.keys)]
    group = block.family if block.bank is None else PurePath(block.bank).name.partition(".")[0]
    numbers = [key] if block.source == "drums" else [program, key]
    slug = re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")
    return BenchmarkSound(
        name="-".join([slug, *map(str, numbers)]),
        family=block.family,
        split=block.split,
        source=block.source,
        synth=block.synth,
        bank=config.sources.own[str(block.synth)] if block.source == "own" else block.bank,
        program=program,
        key=key,
        velocity=config.velocities[place % len(config.velocities)],
        held=config.held[place % len(config.held)],
    )


def sounds_of(
    config: BenchmarkConfig, split: str, most: int | Mapping[str, int] | None = None
) -> tuple[BenchmarkSound, ...]:
    """List the sounds of one half, or some of them.

    Parameters
    ----------
    config : BenchmarkConfig
        The configuration's section.
    split : str
        Half of the benchmark.
    most : int or mapping of str to int, optional
        Most sounds. A number takes the same share of each family as of the whole half, give or take
        one sound, at equal distances in the order of the table; the sounds of a number are among
        those of three times that number. A mapping takes so many of each family that it names,
        spread over the family; a smaller number takes some of those that a larger one takes.

    Returns
    -------
    tuple of BenchmarkSound
        The sounds, in the order of the table.
    """
    sounds = [sound for sound in benchmark_sounds(config) if sound.split == split]
    if most is None:
        return tuple(sounds)
    chosen = _of_families(sounds, most) if isinstance(most, Mapping) else _of_all(sounds, most)
    return tuple(sound for sound in sounds if sound in chosen)


def _of_families(sounds: Sequence[BenchmarkSound], most: Mapping[str, int]) -> set[BenchmarkSound]:
    chosen: list[BenchmarkSound] = []
    for family, count in most.items():
        own = [sound for sound in sounds if sound.family == family]
        places = sorted(range(len(own)), key=lambda place: place * GOLDEN % 1)
        chosen += [own[place] for place in places[:count]]
    return set(chosen)


def _of_all(sounds: Sequence[BenchmarkSound], most: int) -> set[BenchmarkSound]:
    # Families lie side by side in this order, so that equal distances take equal shares of each.
    families = list(dict.fromkeys(sound.family for sound in sounds))
    by_family = sorted(sounds, key=lambda sound: families.index(sound.family))
    most = min(most, len(sounds))
    return {by_family[(2 * i + 1) * len(sounds) // (2 * most)] for i in range(most)}


def sounds_of_method(
    config: BenchmarkConfig, method: MethodConfig, split: str
) -> tuple[BenchmarkSound, ...]:
    """List the sounds of one half for which a method finds patches."""
    most, limit = method.sounds, config.most_sounds
    if limit is None:
        return sounds_of(config, split, most)
    if isinstance(most, dict):
        fewer = {family: min(count, limit) for family, count in most.items()}
        return sounds_of(config, split, fewer)
    return sounds_of(config, split, min(limit, most or limit))


def budgets_of(method: MethodConfig) -> tuple[int, ...]:
    """Return the numbers of renders after which a method is scored; 0 stands for its own."""
    return method.renders or (0,)


def benchmark_jobs(
    config: BenchmarkConfig, method: MethodConfig, split: str
) -> dict[str, tuple[BenchmarkSound, ...]]:
    """Share the sounds of a method and a half among jobs, whose names are numbers.

    Where patches are played once for all sounds of one note, those sounds are one job.
    """
    sounds = sounds_of_method(config, method, split)
    if config.note == "known" and method.kind in SHARED:
        notes = dict.fromkeys(sound.note for sound in sounds)
        parts = [tuple(s for s in sounds if s.note == note) for note in notes]
    else:
        starts = range(0, len(sounds), config.sounds_per_job)
        parts = [sounds[start : start + config.sounds_per_job] for start in starts]
    return {f"{i:05}": part for i, part in enumerate(parts)}


def benchmark_job_settings(
    config: BenchmarkConfig, method: MethodConfig, split: str, job: str
) -> list[dict[str, Any]]:
    """Return the sounds of one job, for a rule's parameters."""
    return [sound.settings() for sound in benchmark_jobs(config, method, split)[job]]
