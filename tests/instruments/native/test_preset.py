import numpy as np
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.preset import Preset, to_patch, to_preset


def toy() -> Instrument:
    return Instrument.model_validate(
        {
            "name": "toy",
            "parameters": [
                {"name": "cutoff", "group": "f", "native": "Cutoff", "range": [-0.5, 1.5]},
                {"name": "wave", "group": "o", "choices": ["sine", "saw", "pulse"]},
                {"name": "level", "group": "o", "native": 7, "highest": 99},
                {"name": "knob", "group": "o", "positions": [0, 64], "range": [0, 1]},
            ],
            "constants": [{"name": "drive", "highest": 10, "value": 5, "range": [0, 1]}],
        }
    )


WHOLE = {"Cutoff": 0.5, "wave": 1.0, "7": 99.0, "knob": 1.0, "drive": 0.5}


def test_own_names_and_values_become_the_nearest_steps() -> None:
    patch, unrepresented = to_patch(toy(), Preset("whole", WHOLE))
    assert patch.tolist() == [64, 1, 99, 64]
    assert patch.dtype == np.uint8
    assert unrepresented == {}


@pytest.mark.parametrize(
    ("own", "value", "step"),
    [("Cutoff", 1.6, 127), ("wave", 1.5, 2), ("wave", 3, 2), ("7", -1, 0), ("drive", 0.7, None)],
)
def test_what_cannot_be_represented_is_named_with_its_value(
    own: str, value: float, step: int | None
) -> None:
    patch, unrepresented = to_patch(toy(), Preset("odd", {**WHOLE, own: value}))
    assert unrepresented == {own: value}
    if step is not None:
        assert patch[["Cutoff", "wave", "7"].index(own)] == step


def test_a_name_that_the_instrument_lacks_is_not_represented() -> None:
    assert to_patch(toy(), Preset("more", {**WHOLE, "chorus": 0})).unrepresented == {"chorus": 0}


def test_rounding_in_a_text_file_is_no_loss() -> None:
    values = {**WHOLE, "Cutoff": 1.5000001, "wave": 0.9999999, "drive": 0.51}
    assert to_patch(toy(), Preset("rounded", values)).unrepresented == {}


def test_a_preset_without_a_parameter_is_a_sentence() -> None:
    values = {own: value for own, value in WHOLE.items() if own != "7"}
    with pytest.raises(SynthinvError, match="toy: the preset 'x' has no value for 7; use a preset"):
        to_patch(toy(), Preset("x", values))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_a_sentence(value: float) -> None:
    with pytest.raises(SynthinvError, match=r"preset 'x': wave is .*, not a finite number"):
        to_patch(toy(), Preset("x", {**WHOLE, "wave": value}))


def test_a_patch_becomes_a_preset_with_the_constants() -> None:
    preset = to_preset(toy(), np.array([0, 2, 50, 64]), "mine")
    assert preset.name == "mine"
    assert preset.values == {
        "drive": 0.5,
        "Cutoff": -0.5,
        "wave": 2.0,
        "7": 50.0,
        "knob": pytest.approx(64 / 127),
    }


@pytest.mark.parametrize("ends", [None, (0, 1)])
def test_every_step_of_a_curve_comes_back_from_its_preset(ends: tuple[int, int] | None) -> None:
    knob = {"name": "detune", "group": "o", "curve": 2, "range": ends}
    curved = Instrument.model_validate({"name": "curved", "parameters": [knob]})
    for step in range(128):
        assert to_patch(curved, to_preset(curved, np.array([step]), "x")).patch == [step]


def test_every_patch_of_amsynth_comes_back_from_its_preset() -> None:
    amsynth = load_instrument("amsynth")
    for seed in range(50):
        patch = amsynth.sample(np.random.default_rng(seed))
        again, unrepresented = to_patch(amsynth, to_preset(amsynth, patch, "x"))
        assert np.array_equal(again, patch)
        assert unrepresented == {}
