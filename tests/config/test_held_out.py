"""The test banks: nothing is learned from them, drawn from them or chosen by them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthinv.config.benchmark import benchmark_sounds, places_of, sounds_of_method
from synthinv.config.load import read_configuration
from synthinv.config.names import SYNTHS, synth_names
from synthinv.config.sections.benchmark import SoundSourcesConfig
from synthinv.config.synth import as_synth
from synthinv.solver.registry import MODEL, SHIPPED

ROOT = Path(__file__).parents[2]
TEST_BANKS = {
    "dx7_roms.dx7",
    "amsynth_factory.bank",
    *(f"BriansBank{n:02}.amSynth.bank" for n in range(3, 22, 3)),
    *(f"PatriksBank{n:02}.bank" for n in (2, 5)),
}
"""Banks that docs/benchmarks/synths.md tests on."""
FOLDERS = {*SoundSourcesConfig().banks, "/usr/share", "/usr/share/amsynth"}
"""Folders that hold them."""
# Of config/wild.yaml, another synth's: the built-in one.
TRAINED = sorted(
    {*(ROOT / "config").glob("*.yaml"), *SYNTHS.glob("*.yaml")} - {ROOT / "config" / "wild.yaml"}
)


def texts(content: Any) -> Iterator[str]:
    """Yield every string of what was read from YAML or JSON."""
    if isinstance(content, dict):
        content = content.values()
    if isinstance(content, str):
        yield content
    elif content is not None and not isinstance(content, int | float):
        for part in content:
            yield from texts(part)


def held_out(content: Any) -> set[str]:
    """Return the test banks, and folders that hold them, that are named."""
    named = {*texts(content)}
    return {name for name in named if Path(name).name in TEST_BANKS or str(Path(name)) in FOLDERS}


def test_what_is_held_out_is_found() -> None:
    assert held_out({"data_sets": [{"presets": ["/usr/share/hexter/dx7_roms.dx7"]}]})
    assert held_out({"match": {"presets": ["/usr/share/hexter/"]}})
    assert not held_out({"match": {"presets": ["/usr/share/hexter/tx7_roms.dx7"]}, "seed": 1})


@pytest.mark.parametrize("file", TRAINED, ids=lambda file: file.name)
def test_no_configuration_reads_a_test_bank_but_for_the_sounds_of_the_test(file: Path) -> None:
    content = yaml.safe_load(file.read_text())
    content.get("benchmark", {}).pop("sounds", None)
    assert held_out(content) == set()


@pytest.mark.parametrize(
    "manifest", sorted(SHIPPED.glob(f"*/{MODEL}")), ids=lambda m: m.parent.name
)
def test_no_solver_that_ships_was_trained_on_a_test_bank(manifest: Path) -> None:
    assert held_out(json.loads(manifest.read_text())) == set()


@pytest.mark.parametrize("name", synth_names())
def test_no_match_starts_from_the_presets_of_a_test_bank(name: str) -> None:
    files = [Path(path) for path in as_synth(name).match.presets]
    assert not {file.name for file in files} & TEST_BANKS
    # A folder could hold them.
    assert all(file.suffix in (".bank", ".dx7", ".syx") for file in files)
    assert len({*files}) == len(files)


def test_the_page_is_of_these_banks_and_of_all_voices_of_the_dx7() -> None:
    benchmark = read_configuration(ROOT / "config" / "human.yaml").benchmark
    assert {b.bank for b in benchmark.sounds if b.source == "presets"} == TEST_BANKS
    assert {sound.split for sound in benchmark_sounds(benchmark)} == {"test"}
    (voices,) = (places_of(b) for b in benchmark.sounds if b.bank == "dx7_roms.dx7")
    assert list(voices) == list(range(128))


def test_every_kind_of_sounds_is_given_to_some_method_and_all_voices_of_the_dx7_to_most() -> None:
    benchmark = read_configuration(ROOT / "config" / "human.yaml").benchmark
    given = {m.name: sounds_of_method(benchmark, m, "test") for m in benchmark.methods}
    families = {sound.family for sounds in given.values() for sound in sounds}
    assert families == {sound.family for sound in benchmark_sounds(benchmark)}
    for name in ("solver", "refined", "library", "one-step", "presets"):
        assert sum(sound.family == "dx7-people" for sound in given[f"dx7-{name}"]) == 128


def test_recordings_are_of_programs_of_the_test_half_of_the_other_benchmark() -> None:
    human, wild = (
        read_configuration(ROOT / "config" / f"{name}.yaml").benchmark for name in ("human", "wild")
    )
    test = {
        program
        for block in wild.sounds
        if block.split == "test" and block.source == "soundfont"
        for program in places_of(block)
    }
    (own,) = (places_of(block) for block in human.sounds if block.source == "soundfont")
    assert {*own} <= test
