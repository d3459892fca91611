"""What the rules of the benchmark read, and what is refused before any of them runs."""

from pathlib import Path
from typing import Any

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.common.files import write_manifest
from synthinv.config.benchmark import benchmark_sounds
from synthinv.config.load import load, read_configuration
from synthinv.pipeline.benchmark_inputs import BenchmarkInputs

Mapping = dict[str, Any]

RANDOM = {"family": "any", "source": "random", "split": "test", "programs": 2}
MATCH = {"name": "own", "title": "Own", "kind": "match"}
NEAR = {"name": "near", "title": "Near", "kind": "presets"}


def inputs(*methods: Mapping, synth: str = "dx7", **fields: Any) -> BenchmarkInputs:
    sounds = [RANDOM | {"synth": synth}]
    return BenchmarkInputs(load({"benchmark": {"sounds": sounds, "methods": methods, **fields}}))


@pytest.mark.parametrize("name", ["wild", "human"])
def test_shipped_benchmarks_are_not_refused(name: str, root: Path) -> None:
    BenchmarkInputs(read_configuration(root / "config" / f"{name}.yaml")).check()


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (inputs(synth="dx77"), r"benchmark\.sounds, family any: synth: there is no 'dx77' "),
        (inputs(MATCH | {"synth": "dx77"}), r"benchmark\.methods\.own: synth: there is no 'dx77' "),
        (inputs(MATCH | {"solver": "none"}), r"benchmark\.methods\.own: none: holds no solver "),
        (
            inputs(MATCH | {"synth": "amsynth-16"}),
            r"benchmark\.methods\.own: no solver for 'amsynt",
        ),
        (inputs(NEAR | {"synth": "vital"}), r"benchmark\.methods\.near: presets: is empty, and "),
        (inputs(NEAR), r"benchmark\.methods\.near: presets: is empty, and its synth has no match"),
        (
            inputs(MATCH, note="known", velocities=[100, 64]),
            r"benchmark\.methods\.own: match plays at velocity 100, but .* has 64, and notes",
        ),
    ],
)
def test_what_a_method_lacks_is_a_sentence(refused: BenchmarkInputs, sentence: str) -> None:
    with pytest.raises(SynthinvError, match=sentence) as error:
        refused.check()
    assert "\n" not in str(error.value)


def test_notes_of_another_sample_rate_are_not_compared(tmp_path: Path) -> None:
    slow = tmp_path / "slow.yaml"
    slow.write_text("instrument: dx7\naudio: {sample_rate: 22050}\n")
    search = {"name": "own", "title": "", "kind": "random", "synth": str(slow), "renders": [9]}
    for refused in (inputs(synth=str(slow)), inputs(search)):
        with pytest.raises(SynthinvError, match=r"slow\.yaml is played at 22,050 Hz, but the "):
            refused.check()
    write_manifest(tmp_path / "model.json", {"playing": {"audio": {"sample_rate": 22_050}}}, {})
    with pytest.raises(SynthinvError, match=r"own: the solver in \S+ is played at 22,050 Hz, "):
        inputs(MATCH | {"solver": str(tmp_path)}).check()


def test_methods_that_have_what_they_need_are_not_refused() -> None:
    inputs(
        NEAR | {"synth": "vital", "presets": ["mine"]}, NEAR | {"name": "b", "synth": "dx7"}
    ).check()
    inputs(MATCH, note="known", velocities=[100]).check()
    # One that is not run may lack its solver.
    search = {"name": "random", "title": "", "kind": "random", "synth": "vital", "renders": [9]}
    inputs(MATCH | {"synth": "dx7", "solver": "none"}, search, synths=["vital"]).check()


def test_methods_depend_on_their_presets_and_on_what_reads_them(tmp_path: Path) -> None:
    for name in ("b.syx", "a.syx"):
        (tmp_path / name).touch()
    sources = {"banks": [str(tmp_path)]}
    near = NEAR | {"synth": "dx7", "presets": ["b.syx", "a.syx", "none.syx"]}
    search = {"name": "cma", "title": "CMA", "kind": "cma_es", "synth": "dx7", "renders": [9]}
    some = inputs(near, search, MATCH, sources=sources)
    assert some.preset_files("near") == [str(tmp_path / name) for name in ("a.syx", "b.syx")]
    assert some.preset_modules("near") == ["instruments.native.dx7"]
    assert some.preset_files("cma") == some.preset_modules("cma") == []
    assert [Path(file).name for file in some.preset_files("own")] == ["minimoog.csv"]
    assert some.preset_modules("own") == []


def test_a_match_depends_on_its_synths_instrument_and_settings(tmp_path: Path) -> None:
    (tmp_path / "a.syx").touch()
    synth = tmp_path / "mine.yaml"
    synth.write_text(f"instrument: dx7\nmatch: {{presets: [{tmp_path / 'a.syx'}]}}\n")
    some = inputs(MATCH | {"synth": str(synth)}, MATCH | {"name": "default"})
    assert Path(some.instrument("own")).name == "dx7.yaml"
    assert some.preset_files("own") == [str(tmp_path / "a.syx")]
    assert some.match_settings("own")["presets"] == [str(tmp_path / "a.syx")]
    # Not the configuration's.
    assert Path(some.instrument("default")).name == "minimoog.yaml"


def test_methods_and_sounds_are_played_by_the_engines_of_their_synths(tmp_path: Path) -> None:
    live = tmp_path / "live.yaml"
    live.write_text("instrument: monark\nengine: {kind: live, midi_port: synth}\n")
    search = {"name": "cma", "title": "CMA", "kind": "cma_es", "renders": [9]}
    methods = [MATCH, MATCH | {"name": "live", "synth": str(live)}, search]
    fonts = RANDOM | {"family": "pipe", "source": "soundfont", "programs": [73]}
    config = load(
        {
            "engine": {"kind": "plug-in", "path": "synth.so", "state": "synth.state"},
            "benchmark": {"sounds": [RANDOM | {"synth": "dx7"}, fonts], "methods": methods},
        }
    )
    some, table = BenchmarkInputs(config), benchmark_sounds(config.benchmark)
    # By default a match plays the built-in synth, whatever the configuration plays.
    played = [some.engine(name).kind for name in ("own", "live", "cma")]
    assert played == ["built-in", "live", "plug-in"]
    assert [[e.kind for e in some.sound_engines([sound])] for sound in table] == [
        *(["dx7"], ["dx7"]),
        [],
    ]
    kinds = ("built_in", "dx7", "live", "plug_in")
    assert some.engine_modules() == [f"engines.{kind}.engine" for kind in kinds]


def test_sounds_depend_on_their_bank_and_on_what_reads_it(tmp_path: Path) -> None:
    (tmp_path / "a.syx").touch()
    bank = RANDOM | {"family": "people", "source": "presets", "synth": "dx7", "bank": "a.syx"}
    lost = RANDOM | {"family": "lost", "source": "presets", "synth": "vital", "bank": "none"}
    sounds = [RANDOM | {"synth": "dx7"}, bank, lost]
    benchmark = {"sounds": sounds, "sources": {"banks": [str(tmp_path)]}}
    config = load({"benchmark": benchmark})
    some, table = BenchmarkInputs(config), benchmark_sounds(config.benchmark)
    assert some.sound_banks(table) == [str(tmp_path / "a.syx")]
    formats = ["instruments.native.dx7", "instruments.native.vital"]
    assert some.sound_modules(table) == formats
    assert some.sound_banks(table[:2]) == some.sound_modules(table[:2]) == []
