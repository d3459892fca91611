from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.instruments.load import hold, load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.registry import FILES


def test_a_held_parameter_becomes_a_constant(toy: Instrument) -> None:
    held = hold(toy, {"range": 51})
    assert held.names == ("cutoff", "decay")
    sent = held.controllers(np.array([1, 3], dtype=np.uint8))
    assert list(sent.items()) == [(7, 100), (20, 51), (70, 1), (74, 3)]
    assert toy.names == ("cutoff", "range", "decay")


@pytest.mark.parametrize(
    ("fixed", "sentence"),
    [
        ({"volume": 3}, "toy has no parameter 'volume' to fix (it has cutoff, range, decay)"),
        ({"cutoff": 128}, "toy: fixed cutoff is 128, not one of its steps 0 to 127"),
        ({"cutoff": -1}, "toy: fixed cutoff is -1, not one of its steps 0 to 127"),
        ({"cutoff": "3"}, "toy: fixed cutoff is '3', not one of its steps 0 to 127"),
        ({"cutoff": 3.5}, "toy: fixed cutoff is 3.5, not one of its steps 0 to 127"),
        (["cutoff"], "fixed: is of type list; give a dictionary of parameters and the steps"),
        ({"cutoff": 1, "range": 0, "decay": 2}, "toy: parameters: "),
    ],
)
def test_what_cannot_be_held_is_refused(toy: Instrument, fixed: Any, sentence: str) -> None:
    with pytest.raises(SynthinvError) as caught:
        hold(toy, fixed)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: [1, 2", "is not valid YAML"),
        ("- 1\n- 2\n", "holds no keys with values"),
        ("", "holds no keys with values"),
        (b"name: \xff\xfe", "cannot be read"),
        ("name: x\n", "parameters: is missing; add it"),
    ],
)
def test_a_file_that_is_no_instrument_is_refused(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    file = tmp_path / "i.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SynthinvError) as caught:
        load_instrument(file)
    assert str(caught.value).startswith(f"{file}: {sentence}")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=r"none\.yaml: cannot be read"):
        load_instrument(tmp_path / "none.yaml")


def test_an_instrument_is_loaded_with_parameters_held(root: Path) -> None:
    path = FILES / "minimoog-1osc.yaml"
    held = load_instrument(path, {"osc1_range": 77})
    assert len(held.names) == 11
    assert "osc1_range" not in held.names


def test_what_a_held_switch_needs_is_still_needed() -> None:
    held = load_instrument("vital", {"osc_2_unison_voices": 2})
    detune = held.parameters[held.names.index("osc_2_unison_detune")]
    assert detune.active_if == {"osc_2_on": 1}
    with pytest.raises(SynthinvError, match=r"fixed osc_2_on is 0, where .* has no effect"):
        load_instrument("vital", {"osc_2_unison_voices": 2, "osc_2_on": 0})
