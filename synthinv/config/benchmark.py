"""The benchmark's table of sounds, as its blocks say."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import PurePath
from typing import Any

from synthinv.config.sections.benchmark import (
    BenchmarkConfig,
    MethodConfig,
    SoundBlockConfig,
    Source,
    Split,
)

SAMPLE_RATE = 44_100
"""Sample rate in Hz of the benchmark's sounds."""


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
    bank : str or None
        File of the bank.
    program : int
        Program, or place in the bank.
    key, velocity : int
        MIDI note number and velocity.
    held : float
        Seconds for which the key is held.
    """

    name: str
    family: str
    split: Split
    source: Source
    bank: str | None
    program: int
    key: int
    velocity: int
    held: float

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
        If two sounds have one name, as two notes of one program at one key have.
    """
    sounds: list[BenchmarkSound] = []
    for block in config.sounds:
        for program in block.programs:
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
        bank=block.bank,
        program=program,
        key=key,
        velocity=config.velocities[place % len(config.velocities)],
        held=config.held[place % len(config.held)],
    )


def sounds_of(
    config: BenchmarkConfig, split: str, most: int | None = None
) -> tuple[BenchmarkSound, ...]:
    """List the sounds of one half, or some of them, spread over the families.

    Parameters
    ----------
    config : BenchmarkConfig
        The configuration's section.
    split : str
        Half of the benchmark.
    most : int, optional
        Most sounds. Of each family, the same share is taken as of the whole half, give or take one
        sound, at equal distances in the order of the table.

    Returns
    -------
    tuple of BenchmarkSound
        The sounds, in the order of the table.
    """
    sounds = [sound for sound in benchmark_sounds(config) if sound.split == split]
    if most is None or most >= len(sounds):
        return tuple(sounds)
    # Families lie side by side in this order, so that equal distances take equal shares of each.
    families = list(dict.fromkeys(sound.family for sound in sounds))
    by_family = sorted(sounds, key=lambda sound: families.index(sound.family))
    chosen = {by_family[place] for place in _spread(len(sounds), most)}
    return tuple(sound for sound in sounds if sound in chosen)


def budgets_of(method: MethodConfig) -> tuple[int, ...]:
    """Return the numbers of renders after which a method is scored; 0 stands for its own."""
    return method.renders or (0,)


def benchmark_jobs(
    config: BenchmarkConfig, method: MethodConfig, split: str
) -> dict[str, tuple[BenchmarkSound, ...]]:
    """Share the sounds of a method and a half among jobs; their names are numbers."""
    sounds, size = sounds_of(config, split, method.sounds), config.sounds_per_job
    starts = range(0, len(sounds), size)
    return {f"{i:05}": sounds[start : start + size] for i, start in enumerate(starts)}


def benchmark_job_settings(
    config: BenchmarkConfig, method: MethodConfig, split: str, job: str
) -> list[dict[str, Any]]:
    """Return the sounds of one job, for a rule's parameters."""
    return [sound.settings() for sound in benchmark_jobs(config, method, split)[job]]


def _spread(count: int, most: int) -> Sequence[int]:
    return [(2 * i + 1) * count // (2 * most) for i in range(most)]
