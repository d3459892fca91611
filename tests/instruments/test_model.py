import pickle
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from synthinv.common.errors import SynthinvError
from synthinv.common.validation import validated
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.evaluate.baselines import one_step
from synthinv.instruments.classes import class_counts
from synthinv.instruments.load import hold, load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.registry import FILES
from synthinv.metrics.audio import SpectralReference

SHIPPED = sorted(FILES.glob("*.yaml"))
INSTRUMENTS = {file.stem: load_instrument(file) for file in SHIPPED}
TABLE_2 = (0, 26, 51, 77, 102, 127)


@st.composite
def instruments_and_patches(draw: st.DrawFn) -> tuple[Instrument, list[int]]:
    instrument = INSTRUMENTS[draw(st.sampled_from(sorted(INSTRUMENTS)))]
    values = [draw(st.sampled_from(p.steps.tolist())) for p in instrument.parameters]
    return instrument, values


@given(instruments_and_patches())
def test_decoding_an_encoded_patch_gives_the_patch(case: tuple[Instrument, list[int]]) -> None:
    instrument, values = case
    patch = np.array([values], dtype=np.uint8)
    labels = instrument.encode(patch)
    assert labels.dtype == np.float32
    assert 0 <= labels.min() <= labels.max() <= 1
    decoded = instrument.decode(labels)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, patch)


@given(instruments_and_patches(), st.floats(-0.4, 0.4))
def test_a_continuous_label_off_by_less_than_half_a_step_decodes_the_same(
    case: tuple[Instrument, list[int]], steps: float
) -> None:
    instrument, values = case
    continuous = instrument.continuous
    decoded = instrument.decode(instrument.encode(np.array(values)) + steps / instrument.highest)
    np.testing.assert_array_equal(decoded[continuous], np.array(values)[continuous])


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_samples_are_patches_of_the_instrument(name: str) -> None:
    instrument = INSTRUMENTS[name]
    rng = np.random.default_rng(0)
    patches = np.stack([instrument.sample(rng) for _ in range(200)])
    assert patches.dtype == np.uint8
    assert patches.shape == (200, len(instrument.names))
    np.testing.assert_array_equal(instrument.decode(instrument.encode(patches)), patches)


def test_a_knob_is_continuous_unless_it_has_positions() -> None:
    minimoog = load_instrument("minimoog-1osc")
    stepped = [n for n, c in zip(minimoog.names, minimoog.continuous, strict=True) if not c]
    assert stepped == ["osc1_range", "osc1_waveform"]


def test_labels_outside_the_range_are_clipped(toy: Instrument) -> None:
    assert toy.decode(np.array([-0.4, 1.7, 1.01])).tolist() == [0, 102, 127]


@pytest.mark.parametrize(
    ("name", "count"),
    [("minimoog-1osc", 12), ("monark", 12), ("minimoog-3osc", 21), ("minimoog", 30)],
)
def test_the_thesiss_instruments_have_its_numbers_of_parameters(name: str, count: int) -> None:
    assert len(INSTRUMENTS[name].parameters) == count


@pytest.mark.parametrize("name", ["minimoog-1osc", "minimoog-3osc", "monark"])
def test_range_waveform_and_tuning_are_drawn_as_the_thesis_says(name: str) -> None:
    for knob in INSTRUMENTS[name].parameters:
        switch = knob.name.endswith(("_range", "_waveform"))
        assert knob.positions == (TABLE_2 if switch else None)
        tuned = knob.name.endswith("_tuning")
        assert knob.sample.distribution == ("normal" if tuned else "uniform")


def test_constants_are_sent_first_then_the_knobs_in_order(toy: Instrument) -> None:
    sent = toy.controllers(np.array([1, 51, 3], dtype=np.uint8))
    assert list(sent.items()) == [(7, 100), (70, 1), (20, 51), (74, 3)]


def refusal(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SynthinvError) as caught:
        load_instrument(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


KNOBS = [{"name": "cutoff", "group": "f", "cc": 70}, {"name": "decay", "group": "e", "cc": 71}]


def test_two_knobs_on_one_controller_are_both_named(tmp_path: Path) -> None:
    knobs = [KNOBS[0], KNOBS[1] | {"cc": 70}]
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump({"name": "x", "parameters": knobs}))
    assert "cutoff and decay share cc 70; give each its own" in message


def test_a_constant_on_a_knobs_controller_is_refused(tmp_path: Path) -> None:
    constants = [{"name": "volume", "cc": 71, "value": 1}]
    content = {"name": "x", "parameters": KNOBS, "constants": constants}
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump(content))
    assert "decay and volume share cc 71" in message


def test_two_knobs_of_one_name_are_refused(tmp_path: Path) -> None:
    knobs = [KNOBS[0], KNOBS[1] | {"name": "cutoff"}]
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump({"name": "x", "parameters": knobs}))
    assert "cutoff and cutoff share name cutoff" in message


def test_two_knobs_of_one_name_of_the_synths_own_are_refused(tmp_path: Path) -> None:
    knobs = [knob | {"native": "Cutoff"} for knob in KNOBS]
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump({"name": "x", "parameters": knobs}))
    assert "cutoff and decay share native Cutoff; give each its own" in message


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    text = "name: x\nparameters:\n  - {name: cutoff, group: f, cc: 70, cc: 71}\n"
    message = refusal(tmp_path / "i.yaml", text)
    assert "is not valid YAML (the key 'cc' is given twice in" in message


@pytest.mark.parametrize("place", ["parameters", "constants"])
def test_a_range_without_travel_is_refused(tmp_path: Path, place: str) -> None:
    knob = {"name": "volume", "cc": 7, "range": [2, 2]}
    knob |= {"group": "out"} if place == "parameters" else {"value": 1}
    content = {"name": "x", "parameters": KNOBS, "constants": []}
    content[place] = [*content[place], knob]
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump(content))
    assert "range: starts and ends at 2; give two values that differ" in message


def test_a_rest_above_a_knobs_highest_step_is_refused(tmp_path: Path) -> None:
    content = {"name": "x", "parameters": KNOBS, "rest": {"cutoff": 128}}
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump(content))
    assert "rest.cutoff: is 128, above 127, its highest step; lower it" in message


RESERVED = [0, 6, 32, 38, 64, *range(96, 102), *range(120, 128)]


@pytest.mark.parametrize("cc", RESERVED)
def test_a_reserved_controller_is_refused(tmp_path: Path, cc: int) -> None:
    knob, constant = KNOBS[0] | {"cc": cc}, {"name": "volume", "cc": cc, "value": 1}
    for field, content in (
        ("parameters: cutoff", {"parameters": [knob]}),
        ("constants: volume", {"parameters": KNOBS, "constants": [constant]}),
    ):
        message = refusal(tmp_path / "i.yaml", yaml.safe_dump({"name": "x", **content}))
        assert f"{field}: cc is {cc}, which MIDI reserves for " in message
        assert ("reserved_controllers" in message) == (cc < 120)


@pytest.mark.parametrize("cc", RESERVED)
def test_a_synth_may_use_a_reserved_controller_for_a_knob_but_for_all_notes_off(
    tmp_path: Path, cc: int
) -> None:
    knobs = [KNOBS[0] | {"cc": cc}, KNOBS[1]]
    content = {"name": "x", "parameters": knobs, "reserved_controllers": [cc]}
    if cc >= 120:
        message = refusal(tmp_path / "i.yaml", yaml.safe_dump(content))
        assert f"reserved_controllers: CC {cc} is never a knob" in message
    else:
        held = hold(Instrument.model_validate(content), {"cutoff": 3})
        assert held.constants[0].cc == cc


def test_every_other_controller_may_be_a_knobs(tmp_path: Path) -> None:
    knobs = [KNOBS[0] | {"name": f"k{cc}", "cc": cc} for cc in range(128) if cc not in RESERVED]
    Instrument.model_validate({"name": "x", "parameters": knobs})
    content = {"name": "x", "parameters": knobs, "reserved_controllers": [20]}
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump(content))
    assert "reserved_controllers: MIDI does not reserve CC 20; take it out" in message


@pytest.mark.parametrize("positions", [[0, 51, 51], [0, 102, 51], [26, 51]])
def test_positions_must_ascend_from_zero(tmp_path: Path, positions: list[int]) -> None:
    content = {"name": "x", "parameters": [KNOBS[0] | {"positions": positions}]}
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump(content))
    assert "cutoff: positions must ascend from 0, each given once" in message


def test_positions_cannot_be_drawn_from_a_normal_distribution(tmp_path: Path) -> None:
    knob = KNOBS[0] | {"positions": [0, 64], "sample": {"distribution": "normal"}}
    message = refusal(tmp_path / "i.yaml", yaml.safe_dump({"name": "x", "parameters": [knob]}))
    assert "cutoff: positions are sampled uniformly" in message


OSCILLATORS = [
    {"name": f"{knob}{i}", "group": "o", "cc": 10 * i + j, **({"positions": [0, 64]} if j else {})}
    for i in (1, 2, 3)
    for j, knob in enumerate(("tuning", "wave"))
]
GROUPS = [["tuning1", "wave1"], ["tuning2", "wave2"], ["tuning3", "wave3"]]


def mixer(**fields: Any) -> Instrument:
    relative = {"tuning2": "tuning1", "tuning3": "tuning1"}
    mapping = {"parameters": OSCILLATORS, "interchangeable": GROUPS, "relative": relative}
    return Instrument.model_validate({"name": "mixer", **mapping, **fields})


def test_without_interchangeable_groups_a_patch_is_its_only_equivalent(toy: Instrument) -> None:
    patches = np.array([[0, 51, 127], [3, 0, 9]], np.uint8)
    np.testing.assert_array_equal(toy.equivalents(patches), patches[np.newaxis])


def test_groups_change_places_in_every_way() -> None:
    patch = np.array([[1, 0, 2, 64, 3, 0]], np.uint8)
    found = mixer(relative={}).equivalents(patch)
    assert found.dtype == np.uint8
    assert found[:, 0].tolist() == [
        [1, 0, 2, 64, 3, 0],
        [1, 0, 3, 0, 2, 64],
        [2, 64, 1, 0, 3, 0],
        [2, 64, 3, 0, 1, 0],
        [3, 0, 1, 0, 2, 64],
        [3, 0, 2, 64, 1, 0],
    ]


def test_relative_knobs_that_change_places_keep_their_sound() -> None:
    # They sound at 60, 60 + 6 and 60 - 10; a knob stays at the end of its travel.
    patches = np.array([[60, 0, 70, 64, 54, 0], [127, 0, 0, 64, 127, 0]], np.uint8)
    second_first = mixer().equivalents(patches)[2]
    assert second_first.tolist() == [[66, 64, 58, 0, 48, 0], [63, 64, 127, 0, 127, 0]]


def switched() -> Instrument:
    """Two oscillators that change places; a third counts from the first if the switch is off."""
    switch = {"name": "switch", "group": "o", "cc": 90, "positions": [0, 64]}
    return mixer(
        parameters=[*OSCILLATORS, switch],
        interchangeable=GROUPS[:2],
        relative_unless={"tuning3": "switch"},
    )


def test_a_knob_that_a_switch_makes_absolute_keeps_its_value() -> None:
    patches = np.array([[60, 0, 70, 64, 54, 0, s] for s in (0, 63, 64, 127)], np.uint8)
    exchanged = switched().equivalents(patches)[1].tolist()
    assert [patch[:4] for patch in exchanged] == [[66, 64, 58, 0]] * 4
    assert [patch[4] for patch in exchanged] == [48, 48, 54, 54]


@pytest.mark.parametrize(
    ("fixed", "relative", "unless", "groups"),
    [
        ({"switch": 0}, ["tuning2", "tuning3"], {}, 2),
        ({"switch": 127}, ["tuning2"], {}, 2),
        ({"tuning3": 64}, ["tuning2"], {}, 0),
        ({"tuning3": 64, "switch": 127}, ["tuning2"], {}, 2),
        ({"wave1": 0}, ["tuning2", "tuning3"], {"tuning3": "switch"}, 0),
    ],
)
def test_a_held_switch_decides_for_good(
    fixed: dict[str, int], relative: list[str], unless: dict[str, str], groups: int
) -> None:
    held = hold(switched(), fixed)
    assert (list(held.relative), held.relative_unless) == (relative, unless)
    assert len(held.interchangeable) == groups


@given(st.lists(st.integers(54, 74), min_size=6, max_size=6))
def test_equivalents_have_the_same_equivalents(values: list[int]) -> None:
    instrument = mixer(parameters=[{**p, "positions": None} for p in OSCILLATORS])
    patches = np.array([values], np.uint8)
    expected = np.unique(instrument.equivalents(patches)[:, 0], axis=0)
    for patch in instrument.equivalents(patches):
        found = np.unique(instrument.equivalents(patch)[:, 0], axis=0)
        np.testing.assert_array_equal(found, expected)


def test_the_closest_equivalent_is_found_patch_by_patch() -> None:
    instrument = mixer()
    rng = np.random.default_rng(1)
    patches = instrument.decode(rng.uniform(0.45, 0.55, (20, 6)))
    which = rng.integers(6, size=20)
    chosen = instrument.equivalents(patches)[which, np.arange(20)]
    found = instrument.closest_equivalents(patches, instrument.encode(chosen))
    np.testing.assert_array_equal(found, chosen)


@pytest.mark.parametrize("name", [n for n, i in INSTRUMENTS.items() if i.interchangeable])
def test_equivalents_on_the_built_in_synth_differ_by_far_less_than_one_step(name: str) -> None:
    instrument, audio = INSTRUMENTS[name], AudioConfig()
    rng = np.random.default_rng(1)
    patches = np.stack([instrument.sample(rng) for _ in range(20)])
    one_off = instrument.decode(one_step(instrument, patches, np.random.SeedSequence(1)))
    engine = BuiltIn(instrument, NoteConfig(), audio)
    references = [SpectralReference(note, audio.sample_rate) for note in engine.render(patches)]

    def error(others: Any) -> float:
        pairs = zip(references, engine.render(others), strict=True)
        return float(np.mean([r.mss(note[np.newaxis])[0] for r, note in pairs]))

    # Tunings to either side of the centre have steps of their own; an oscillator that modulates at
    # audio rate shows the cents.
    limit = error(one_off) / 3
    for equivalent in instrument.equivalents(patches)[1:]:
        assert (equivalent != patches).any(axis=1).all()
        assert error(equivalent) < limit


@pytest.mark.parametrize(
    ("fixed", "groups", "relative"),
    [
        ({"wave1": 0}, GROUPS[1:], {"tuning2": "tuning1", "tuning3": "tuning1"}),
        ({"tuning1": 64}, GROUPS[1:], {}),
        # A held knob that is tuned relative to oscillator 1 would change its pitch.
        ({"tuning3": 64}, [], {"tuning2": "tuning1"}),
        ({"wave3": 0}, GROUPS[:2], {"tuning2": "tuning1", "tuning3": "tuning1"}),
    ],
)
def test_a_group_with_a_held_knob_keeps_its_place(
    fixed: dict[str, int], groups: list[list[str]], relative: dict[str, str]
) -> None:
    held = hold(mixer(), fixed)
    assert [list(group) for group in held.interchangeable] == groups
    assert held.relative == relative


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"interchangeable": [["tuning1"], ["pitch"]]},
            "interchangeable: pitch is not a parameter",
        ),
        ({"interchangeable": [["tuning1"], ["tuning1"]]}, "tuning1 is given twice"),
        ({"interchangeable": [["tuning1"]]}, "must list two or more groups"),
        ({"interchangeable": [GROUPS[0], GROUPS[1][:1]]}, "of equally many parameters"),
        ({"interchangeable": [GROUPS[0], GROUPS[1][::-1]]}, "tuning1 and wave2 take each other's"),
        ({"relative": {"pitch": "tuning1"}}, "relative.pitch: pitch is not a parameter"),
        ({"relative": {"tuning1": "wave1"}}, "relative.tuning1: wave1 has positions"),
        (
            {"relative": {"tuning2": "tuning1", "tuning3": "tuning2"}},
            "relative.tuning3: tuning2 is itself relative",
        ),
        (
            {"relative_unless": {"tuning2": "wave3"}},
            "relative_unless.tuning2: tuning2 is not listed under relative; list it there, too",
        ),
        (
            {"relative": {"tuning2": "tuning1"}, "relative_unless": {"tuning2": "tuning3"}},
            "relative_unless.tuning2: tuning3 is not a parameter with positions; name one of wave1",
        ),
        (
            {
                "interchangeable": GROUPS[:2],
                "relative": {"tuning2": "tuning1"},
                "relative_unless": {"tuning2": "wave1"},
            },
            "relative_unless.tuning2: wave1 is in a group under interchangeable; name a switch",
        ),
    ],
)
def test_groups_that_cannot_change_places_are_refused(
    tmp_path: Path, fields: dict[str, Any], sentence: str
) -> None:
    content = {"name": "x", "parameters": OSCILLATORS, **fields}
    assert sentence in refusal(tmp_path / "i.yaml", yaml.safe_dump(content))


def fm() -> Instrument:
    """Return an instrument whose parameters have the synth's own ranges."""
    return Instrument.model_validate(
        {
            "name": "fm",
            "parameters": [
                {"name": "algorithm", "group": "all", "choices": ["stack", "pair", "organ"]},
                {"name": "level", "group": "operator", "highest": 99},
                {"name": "coarse", "group": "operator", "highest": 31, "active_if": {"level": 1}},
                {"name": "detune", "group": "operator", "highest": 14, "active_if": {"coarse": 2}},
            ],
        }
    )


def test_patches_are_drawn_encoded_and_decoded_in_each_parameters_own_steps() -> None:
    instrument = fm()
    rng = np.random.default_rng(0)
    patches = np.stack([instrument.sample(rng) for _ in range(2_000)])
    assert patches.max(axis=0).tolist() == [2, 99, 31, 14]
    assert patches.min(axis=0).tolist() == [0, 0, 0, 0]
    assert np.bincount(patches[:, 0]).min() > 600
    labels = instrument.encode(patches)
    assert labels.max(axis=0).tolist() == [1, 1, 1, 1]
    assert np.array_equal(instrument.decode(labels), patches)
    assert class_counts(instrument) == (3, 100, 32, 15)
    assert instrument.continuous.tolist() == [False, True, True, True]


def test_a_controller_takes_the_value_nearest_to_a_step() -> None:
    knobs = [
        {"name": "wave", "group": "g", "cc": 14, "choices": ["sine", "saw", "pulse"]},
        {"name": "tune", "group": "g", "cc": 15, "highest": 254},
        {"name": "level", "group": "g", "cc": 16, "highest": 99},
    ]
    held = [{"name": "drive", "cc": 17, "highest": 4, "value": 3}]
    content = {"name": "toy", "parameters": knobs, "constants": held}
    instrument = Instrument.model_validate(content)
    assert instrument.controllers(np.array([2, 127, 99])) == {17: 95, 14: 127, 15: 64, 16: 127}
    assert instrument.controllers(np.array([1, 0, 50])) == {17: 95, 14: 64, 15: 0, 16: 64}


def test_what_another_parameter_switches_off_is_inactive_and_so_is_what_that_one_switches() -> None:
    patches = np.array([[0, 1, 5, 7], [1, 0, 5, 7], [2, 50, 1, 7]])
    active = [[True] * 4, [True, True, False, False], [True, True, True, False]]
    assert fm().active(patches).tolist() == active
    assert fm().canonical(patches).tolist() == [[0, 1, 5, 7], [1, 0, 0, 0], [2, 50, 1, 0]]


@pytest.mark.parametrize("name", ["amsynth", "dx7", "vital"])
def test_parameters_are_active_as_their_conditions_say_one_by_one(name: str) -> None:
    instrument = load_instrument(name)
    rng = np.random.default_rng(0)
    patches = np.stack([instrument.sample(rng) for _ in range(50)])
    patches[rng.random(patches.shape) < 0.3] = 0
    for patch, active in zip(patches.tolist(), instrument.active(patches).tolist(), strict=True):
        on: dict[str, bool] = {}
        steps = dict(zip(instrument.names, patch, strict=True))
        for knob in instrument.parameters:
            on[knob.name] = all(
                step == 0 or (on[switch] and steps[switch] >= step)
                for switch, step in knob.active_if.items()
            )
        assert active == list(on.values())
        assert active == instrument.active(np.array(patch)).tolist()


def test_instruments_are_equal_whether_or_not_they_have_been_used() -> None:
    one, other = load_instrument("dx7"), load_instrument("dx7")
    patch = np.zeros((1, len(one.names)), dtype=np.uint8)
    for copy in (other, deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert one == copy
        assert one.active(patch).tolist() == copy.active(patch).tolist()
        assert one == copy
    assert one != one.model_copy(update={"parameters": one.parameters[:2]})


def test_a_copy_with_other_parameters_has_names_and_switches_of_its_own() -> None:
    whole = fm()
    patches = np.array([[2, 50, 1, 7]])
    assert whole.active(patches).shape == (1, 4)
    part = whole.model_copy(update={"parameters": whole.parameters[:2]})
    assert part.names == whole.names[:2]
    assert part.active(patches[:, :2]).tolist() == [[True, True]]
    assert len(whole.names) == 4


def test_a_switch_that_is_held_where_it_is_on_is_forgotten_and_where_it_is_off_refused() -> None:
    assert hold(fm(), {"level": 9}).parameters[1].active_if == {}
    with pytest.raises(SynthinvError, match="fixed level is 0, where coarse has no effect; fix"):
        hold(fm(), {"level": 0})
    assert hold(fm(), {"level": 0, "coarse": 0, "detune": 0}).names == ("algorithm",)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"highest": 300}, "highest: input should be less than or equal to 255"),
        ({"highest": 99, "positions": [0, 64]}, "highest is 99, but positions are CC values"),
        ({"choices": ["a", "b"], "highest": 5}, "highest is 5, but there are 2 choices"),
        ({"choices": ["a", "b"], "positions": [0, 64]}, "has positions and choices; give one"),
        ({"active_if": {"b": 1}}, "active_if: b is not a parameter before it"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(
    fields: dict[str, object], sentence: str
) -> None:
    parameter = {"name": "a", "group": "all", **fields}
    with pytest.raises(SynthinvError, match=sentence):
        validated(Instrument, {"name": "toy", "parameters": [parameter]}, "toy.yaml")
