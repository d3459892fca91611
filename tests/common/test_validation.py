"""What is said of values that do not fit a model."""

from typing import Any

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.synth import load_synth

ENGINES = "'built-in', 'live', 'plug-in', 'dx7', 'vital'"


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (
            {"match": {"presets": "vp"}},
            "match.presets: should be a list, such as [vp], but is 'vp'",
        ),
        ({"match": {"presets": 3}}, "match.presets: should be a list, such as [3], but is 3"),
        ({"match": {"presets": {"a": 1}}}, "match.presets: should be a list, but is {'a': 1}"),
        ({"match": 3}, "match: should hold keys with values, but is 3"),
        ({"engine": "vital"}, "engine: should hold keys with values, but is 'vital'"),
        ({"engine": {"kind": "vitl"}}, f"engine.kind: 'vitl' is not one of {ENGINES}; correct it"),
        ({"engine": {"path": "a.so"}}, "engine.kind: is missing; add it"),
        ({"match": {"renders": 0}}, "match.renders: input should be greater than or equal to 1, "),
        ({"match": {"rendrs": 9}}, "match.rendrs: is not a known key; remove it or correct its "),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_to_do(
    mapping: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SynthinvError) as caught:
        load_synth(mapping, "v.yaml")
    assert str(caught.value).startswith(f"v.yaml: {sentence}")
