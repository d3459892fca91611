"""What the rules of the benchmark read, and what is refused before any of them runs."""

from pathlib import Path
from typing import Any

import pytest

from synthinv.common.errors import SynthinvError
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
        (inputs(NEAR | {"synth": "vital"}), r"benchmark\.methods\.near: presets: is empty, and "),
        (inputs(NEAR), r"benchmark\.methods\.near: presets: is empty, and its synth has no match"),
        (
            inputs(MATCH, note="known", velocities=[100, 64]),
            r"benchmark\.methods\.own: match plays at velocity 100, but .* has 64, and notes are known",
        ),
    ],
)
def test_what_a_method_lacks_is_a_sentence(refused: BenchmarkInputs, sentence: str) -> None:
    with pytest.raises(SynthinvError, match=sentence) as error:
        refused.check()
    assert "\n" not in str(error.value)


def test_methods_that_have_what_they_need_are_not_refused() -> None:
    inputs(
        NEAR | {"synth": "vital", "presets": ["mine"]}, NEAR | {"name": "b", "synth": "dx7"}
    ).check()
    inputs(MATCH, note="known", velocities=[100]).check()
    # One that is not run may lack its solver.
    inputs(MATCH | {"synth": "dx7", "solver": "none"}, synths=["vital"]).check()
