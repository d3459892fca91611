"""The benchmark's table of sounds: its blocks, its halves, and what is refused."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

from synthinv.benchmark.banks import preset_at
from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import (
    BenchmarkSound,
    benchmark_jobs,
    benchmark_sounds,
    chosen_methods,
    sounds_of,
    sounds_of_method,
)
from synthinv.config.load import load, read_configuration
from synthinv.config.root import Config
from synthinv.config.sections.benchmark import BenchmarkConfig, MethodConfig, SoundBlockConfig
from synthinv.config.synth import as_synth
from synthinv.instruments.load import load_instrument
from synthinv.instruments.native.preset import to_patch

from .mappings import Mapping

BLOCKS = (
    SoundBlockConfig(family="organ", split="test", programs=(16, 18), notes=2, keys=(40, 52, 64)),
    SoundBlockConfig(family="drums", source="drums", split="development", programs=(38, 42)),
    SoundBlockConfig(
        family="amsynth",
        source="presets",
        split="test",
        synth="amsynth",
        bank="BriansBank01.amSynth.bank",
        programs=(7,),
    ),
)
TABLE = BenchmarkConfig(sounds=BLOCKS, velocities=(50, 100), held=(0.2, 0.5, 1.0))


@pytest.fixture(scope="module")
def shipped(root: Path) -> Config:
    return read_configuration(root / "config" / "wild.yaml")


def test_sounds_take_keys_velocities_and_times_in_turn() -> None:
    sounds = benchmark_sounds(TABLE)
    assert [(s.name, s.key, s.velocity, s.held) for s in sounds] == [
        ("organ-16-40", 40, 50, 0.2),
        ("organ-16-52", 52, 100, 0.5),
        ("organ-18-64", 64, 50, 1.0),
        ("organ-18-40", 40, 100, 0.2),
        ("drums-38", 38, 50, 0.5),
        ("drums-42", 42, 100, 1.0),
        ("briansbank01-7-60", 60, 50, 0.2),
    ]
    assert BenchmarkSound(**sounds[0].settings()) == sounds[0]


def test_two_sounds_of_one_name_are_refused() -> None:
    block = {"family": "organ", "split": "test", "programs": [16], "notes": 2}
    with pytest.raises(SynthinvError, match=r"there are 2 sounds 'organ-16-60'; give the block"):
        load({"benchmark": {"sounds": [block]}})


def where(sound: BenchmarkSound) -> str:
    """Name what the halves must not share: a program, a drum, or a bank of 32 or 128 patches."""
    if sound.synth == "dx7":
        return f"{sound.bank} {sound.program // 32}"
    return f"{sound.source} {sound.bank or sound.program}"


def test_no_program_drum_or_bank_is_in_both_halves(shipped: Config) -> None:
    halves: dict[str, set[str]] = {"development": set(), "test": set()}
    for sound in benchmark_sounds(shipped.benchmark):
        halves[sound.split].add(where(sound))
    assert not halves["development"] & halves["test"]


@pytest.mark.parametrize("synth", ["amsynth", "dx7"])
def test_no_preset_is_in_both_halves_under_another_name_or_in_another_bank(
    shipped: Config, synth: str
) -> None:
    instrument = load_instrument(as_synth(synth).instrument)
    halves: dict[str, set[bytes]] = {"development": set(), "test": set()}
    for sound in benchmark_sounds(shipped.benchmark):
        if sound.synth == synth:
            folders = shipped.benchmark.sources.banks
            preset = preset_at(instrument, str(sound.bank), sound.program, folders)
            patch = to_patch(instrument, preset).patch
            halves[sound.split].add(instrument.canonical(patch[np.newaxis]).tobytes())
    assert len(halves["development"]) == len(halves["test"]) == 20
    assert not halves["development"] & halves["test"]


def test_the_halves_are_alike_and_large_enough(shipped: Config) -> None:
    development, test = (sounds_of(shipped.benchmark, split) for split in ("development", "test"))
    assert len(development) + len(test) >= 300
    families = [Counter(sound.family for sound in half) for half in (development, test)]
    assert families[0].keys() == families[1].keys()
    assert all(abs(families[0][f] - families[1][f]) <= 1 for f in families[0])
    for half in (development, test):
        pitched = [sound for sound in half if sound.source != "drums"]
        assert (min(s.key for s in pitched), max(s.key for s in pitched)) == (36, 84)
        assert {s.velocity for s in half} == set(shipped.benchmark.velocities)
        assert {s.held for s in half} == set(shipped.benchmark.held)


def test_some_sounds_are_spread_over_the_families(shipped: Config) -> None:
    every, some = sounds_of(shipped.benchmark, "test"), sounds_of(shipped.benchmark, "test", 36)
    assert len(some) == 36
    assert [sound for sound in every if sound in some] == list(some)
    share = 36 / len(every)
    counts = Counter(sound.family for sound in some)
    for family, count in Counter(sound.family for sound in every).items():
        assert abs(counts[family] - share * count) <= 1
    assert sounds_of(shipped.benchmark, "test", 10_000) == every


def test_methods_of_make_wild_share_their_sounds(shipped: Config) -> None:
    chosen = sorted(
        (
            set(sounds_of_method(shipped.benchmark, method, "test"))
            for method in shipped.benchmark.methods
        ),
        key=len,
    )
    assert all(few <= more for few, more in pairwise(chosen))


def test_jobs_have_every_sound_once(shipped: Config) -> None:
    for method in shipped.benchmark.methods:
        jobs = benchmark_jobs(shipped.benchmark, method, "test")
        assert list(jobs) == [f"{i:05}" for i in range(len(jobs))]
        shared = tuple(sound for sounds in jobs.values() for sound in sounds)
        assert shared == sounds_of(shipped.benchmark, "test", method.sounds)
        assert max(map(len, jobs.values())) <= shipped.benchmark.sounds_per_job


def test_sounds_of_one_note_are_one_job_where_patches_are_shared() -> None:
    blocks = (SoundBlockConfig(family="organ", split="test", programs=6, keys=(60, 67)),)
    config = BenchmarkConfig(sounds=blocks, note="known", held=(1.0,), velocities=(100,))
    shared = MethodConfig(name="near", title="", kind="library", renders=(9,))
    assert [
        [sound.program for sound in sounds]
        for sounds in benchmark_jobs(config, shared, "test").values()
    ] == [[0, 2, 4], [1, 3, 5]]
    single = MethodConfig(name="cma", title="", kind="cma_es", renders=(9,))
    assert [len(j) for j in benchmark_jobs(config, single, "test").values()] == [4, 2]


def test_fewer_sounds_of_a_family_are_among_more() -> None:
    block = SoundBlockConfig(family="organ", split="test", programs=100)
    config = BenchmarkConfig(sounds=(block,))
    chosen = [
        {sound.program for sound in sounds_of(config, "test", {"organ": count})}
        for count in (4, 12, 40, 200)
    ]
    assert [len(programs) for programs in chosen] == [4, 12, 40, 100]
    assert all(fewer < more for fewer, more in pairwise(chosen))
    # In every quarter of the family.
    assert {program // 25 for program in chosen[0]} == {0, 1, 2, 3}


def test_a_part_of_the_benchmark_has_some_synths_and_few_sounds() -> None:
    block = SoundBlockConfig(family="organ", split="test", programs=9)
    methods = tuple(
        MethodConfig(name=name, title="", kind="random", synth=name, renders=(9,), sounds=sounds)
        for name, sounds in (("dx7", {"organ": 5}), ("vital", None))
    )
    config = BenchmarkConfig(sounds=(block,), methods=methods, synths=("vital",), most_sounds=2)
    assert chosen_methods(config) == methods[1:]
    assert [len(sounds_of_method(config, method, "test")) for method in methods] == [2, 2]


def test_presets_of_ones_own_are_left_out_unless_their_folder_is_named() -> None:
    block = SoundBlockConfig(family="people", source="own", synth="vital", split="test", programs=2)
    assert benchmark_sounds(BenchmarkConfig(sounds=(block,))) == ()
    named = BenchmarkConfig(sounds=(block,), sources={"own": {"vital": "my/presets"}})
    assert [(s.name, s.bank) for s in benchmark_sounds(named)] == [
        ("people-0-60", "my/presets"),
        ("people-1-60", "my/presets"),
    ]


SOUND = {"family": "organ", "split": "test", "programs": [16]}
OWN = SOUND | {"family": "people", "source": "own", "synth": "vital"}
SEARCH = {"name": "random", "title": "Random", "kind": "random", "renders": [10]}


@pytest.mark.parametrize(
    ("benchmark", "fault"),
    [
        (
            {"sounds": [SOUND | {"source": "presets"}]},
            "bank: is missing; give it, as the source presets",
        ),
        ({"sounds": [SOUND | {"bank": "a.bank"}]}, "'a.bank' has no meaning for soundfont"),
        ({"sounds": [SOUND | {"programs": [128]}]}, "128 is above 127, the last of MIDI"),
        (
            {"sounds": [SOUND, SOUND | {"split": "development", "keys": [61]}]},
            "program 16 of soundfont is in 2 blocks",
        ),
        (
            {"sounds": [SOUND], "methods": [SEARCH, SEARCH]},
            r"benchmark\.methods: the name 'random' is given twice",
        ),
        ({"sounds": [SOUND], "methods": [SEARCH | {"renders": []}]}, "renders: is empty"),
        ({"sounds": [SOUND], "methods": [SEARCH | {"renders": [9, 5]}]}, "renders: must increase"),
        (
            {"sounds": [SOUND | {"source": "random"}]},
            "synth: is missing; give it, as the source random",
        ),
        ({"sounds": [SOUND | {"synth": "dx7"}]}, "synth: 'dx7' has no meaning for soundfont"),
        (
            {"sounds": [SOUND], "methods": [SEARCH | {"kind": "solver"}]},
            "solver has no such number",
        ),
        (
            {"sounds": [SOUND], "methods": [SEARCH | {"solver": "results/train/own"}]},
            "solver: has no meaning for random",
        ),
        (
            {"sounds": [SOUND], "methods": [SEARCH | {"presets": ["a.bank"]}]},
            "presets: have no meaning for random",
        ),
        (
            {"sounds": [SOUND], "methods": [SEARCH | {"kind": "library", "objective": "match"}]},
            "objective: has no meaning for library",
        ),
        (
            {"sounds": [SOUND], "methods": [SEARCH | {"kind": "one_step", "renders": []}]},
            "'organ-16-60' is not of the synth 'None', and so has no patch",
        ),
        (
            {"sounds": [SOUND], "methods": [SEARCH | {"sounds": {"brass": 2}}]},
            r"methods\.random\.sounds: there is no 'brass' \(known: organ\)",
        ),
        ({"methods": [SEARCH]}, r"benchmark\.sounds: none are for 'test'"),
        (
            {"sounds": [SOUND], "methods": [SEARCH | {"synth": "dx7"}], "synths": ["dx8"]},
            r"benchmark\.synths: there is no 'dx8' \(known: dx7\); correct it",
        ),
        (
            {"sounds": [SOUND], "methods": [SEARCH], "kinds": ["match"]},
            r"benchmark\.kinds: none of the methods is of these kinds",
        ),
        (
            {"sounds": [SOUND, OWN], "methods": [SEARCH | {"sounds": {"people": 2}}]},
            r"benchmark\.methods: none of those that are run has sounds; name families",
        ),
        (
            {"sounds": [SOUND], "methods": [SEARCH], "splits": ["development"]},
            r"benchmark\.sounds: none are for 'development'",
        ),
    ],
)
def test_what_does_not_fit_is_a_sentence(benchmark: Mapping, fault: str) -> None:
    with pytest.raises(SynthinvError, match=fault):
        load({"benchmark": benchmark})


def test_another_sample_rate_is_refused() -> None:
    with pytest.raises(SynthinvError, match=r"sample_rate: is 48,000, but the sounds of benchmark"):
        load({"audio": {"sample_rate": 48_000}, "benchmark": {"sounds": [SOUND]}})


def test_the_configuration_of_the_workflows_test_loads(root: Path) -> None:
    written = yaml.safe_load((root / "tests" / "workflow" / "wild.yaml").read_text())
    assert {method.kind for method in load(written).benchmark.methods} == {
        *("match", "cma_es", "random", "library"),
    }
