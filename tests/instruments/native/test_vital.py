"""Vital's files, beside `vita`'s own reader and writer of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vita

from synthinv.common.errors import SynthinvError
from synthinv.instruments.load import load_instrument
from synthinv.instruments.native import vital_waves
from synthinv.instruments.native.preset import Preset, to_patch, to_preset
from synthinv.instruments.native.vital import (
    LARGEST,
    SLOTS,
    initial_values,
    read_presets,
    vital_json,
    write_presets,
)

INSTRUMENT = load_instrument("vital")


def drawn(seed: int) -> Preset:
    patch = INSTRUMENT.sample(np.random.default_rng(seed))
    return to_preset(INSTRUMENT, patch, f"drawn {seed}")


def state(**settings: Any) -> dict[str, Any]:
    """Return the content of a file of ours, with some settings changed."""
    content: dict[str, Any] = json.loads(vital_json(drawn(0)))
    content["settings"] |= settings
    return content


def read(path: Path, content: Any) -> Preset:
    path.write_text(json.dumps(content), encoding="utf-8")
    (preset,) = read_presets(path)
    return preset


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "one.vital"


def test_the_initial_patch_is_vitals() -> None:
    synth = vita.Synth()
    controls = {name for name in synth.get_controls() if not name.startswith("modulation_")}
    assert initial_values().keys() == controls
    for name, value in initial_values().items():
        assert value == synth.get_control_details(name).default_value


@pytest.mark.parametrize("seed", range(5))
def test_a_preset_comes_back_as_it_was_written(file: Path, seed: int) -> None:
    preset = drawn(seed)
    write_presets(file, [preset])
    (back,) = read_presets(file)
    assert back.name == f"drawn {seed}"
    converted = to_patch(INSTRUMENT, back)
    np.testing.assert_array_equal(converted.patch, to_patch(INSTRUMENT, preset).patch)
    assert converted.unrepresented == {}


def test_vita_reads_what_is_written_and_writes_what_is_read(file: Path) -> None:
    preset = drawn(1)
    write_presets(file, [preset])
    synth = vita.Synth()
    assert synth.load_preset(str(file))
    controls = synth.get_controls()
    for name, value in preset.values.items():
        if name in controls:
            assert controls[name].value() == pytest.approx(value, abs=1e-6)
    again = json.loads(synth.to_json())
    again["preset_name"] = preset.name
    (ours,) = read_presets(file)
    theirs = read(file, again)
    assert theirs.values.keys() >= ours.values.keys()
    for name, value in ours.values.items():
        assert theirs.values[name] == pytest.approx(value, abs=1e-5)
    # `vita` writes waves in its own numbers.
    assert theirs.values.keys() - ours.values.keys() <= {
        "osc_1_wavetable",
        "osc_2_wavetable",
        "osc_3_wavetable",
        "sample_content",
    }


def test_vitals_own_initial_patch_differs_in_what_it_says(file: Path) -> None:
    file.write_text(vita.Synth().to_json(), encoding="utf-8")
    (preset,) = read_presets(file)
    unrepresented = to_patch(INSTRUMENT, preset).unrepresented
    assert unrepresented.keys() == {
        "osc_1_random_phase",
        "osc_1_wavetable",
        "oversampling",
        "volume",
    }


def test_foreign_features_are_named_where_they_can_be_heard(file: Path) -> None:
    preset = read(
        file,
        state(
            osc_1_pan=0.5,
            osc_3_on=0.0,
            osc_3_pan=0.5,
            delay_on=1.0,
            delay_feedback=0.9,
            flanger_feedback=0.9,
            env_4_attack=0.9,
            beats_per_minute=3.0,
            modulations=[
                {"source": "random_1", "destination": "osc_1_pan"},
                {"source": "env_2", "destination": "filter_1_cutoff"},
                {"source": "env_2", "destination": "filter_1_cutoff"},
                {"source": "lfo_5", "destination": "osc_1_tune"},
                {"source": "env_3", "destination": "voice_transpose", "line_mapping": {"x": 1}},
            ],
            modulation_1_amount=0.25,
            modulation_1_stereo=1.0,
            modulation_2_amount=0.5,
            modulation_3_amount=0.75,
            modulation_4_amount=0.0,
            modulation_5_amount=0.125,
            modulation_5_bipolar=0.0,
            random_1_frequency=3.0,
            lfo_5_frequency=3.0,
        ),
    )
    converted = to_patch(INSTRUMENT, preset)
    assert preset.values["env_2 > filter_1_cutoff"] == 0.5
    assert preset.values["env_3 > voice_transpose"] == 0.125
    assert converted.unrepresented == {
        "osc_1_pan": 0.5,
        "delay_on": 1.0,
        "delay_feedback": 0.9,
        "random_1 > osc_1_pan": 0.25,
        "random_1 > osc_1_pan stereo": 1.0,
        "random_1_frequency": 3.0,
        "env_2 > filter_1_cutoff 3": 0.75,
        "env_3 > voice_transpose line_mapping": 1.0,
    }


def test_foreign_waves_are_named_where_they_can_be_heard(file: Path) -> None:
    table = {**vital_waves.wavetables()[0], "name": "other"}
    shape = {**vital_waves.lfos()[0], "name": "other"}
    content = state(wavetables=[table] * 3, lfos=[shape] * 8, osc_2_on=1.0, osc_3_on=0.0)
    content["settings"] |= {"sample": {"samples": "AAAA"}, "sample_on": 1.0}
    content["settings"]["modulations"] = [{"source": "lfo_2", "destination": "osc_1_pan"}]
    foreign = to_patch(INSTRUMENT, read(file, content)).unrepresented
    assert {name for name in foreign if name not in initial_values() and " " not in name} == {
        "osc_1_wavetable",
        "osc_2_wavetable",
        "sample_content",
        "lfo_2_shape",
    }


def test_a_file_without_a_name_has_its_files(file: Path) -> None:
    content = state()
    del content["preset_name"]
    assert read(file, content).name == "one"


def test_a_name_is_kept_whatever_it_is(file: Path) -> None:
    preset = Preset("<script>alert('\"')</script>\n\0", drawn(0).values)
    write_presets(file, [preset])
    assert read_presets(file)[0].name == preset.name


def test_what_a_file_lacks_is_as_in_the_initial_patch(file: Path) -> None:
    preset = read(file, {"synth_version": "1.0.7", "settings": {}})
    assert preset.values["osc_1_level"] == initial_values()["osc_1_level"]
    assert preset.values["env_2 > filter_1_cutoff"] == 0


def nested() -> bytes:
    return b'{"settings": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: bytes(10_000_000), "is not a preset of Vital, or is damaged"),
        (lambda: vital_json(drawn(0)).encode()[:5_000], "is not a preset of Vital, or is damaged"),
        (nested, "is not a preset of Vital, or is damaged"),
        (lambda: b"\xff\xfe\x00", "is not a preset of Vital, or is damaged"),
        (lambda: b'{"settings": {"osc_1_level": NaN}}', "is not a preset of Vital"),
        (lambda: b'{"settings": {"osc_1_level": 1e999}}', "settings.osc_1_level is not a number"),
        (
            lambda: b'{"settings": {"osc_1_level": 1' + b"0" * 400 + b"}}",
            "settings.osc_1_level is not a number",
        ),
        (lambda: b'{"settings": {"osc_1_level": "<b>"}}', "settings.osc_1_level is not a number"),
        (lambda: b"[]", "has no settings"),
        (lambda: b'{"settings": 3}', "has no settings"),
        (
            lambda: b'{"settings": {"modulations": 3}}',
            "settings.modulations is not a list of at most 64",
        ),
        (lambda: b'{"settings": {"modulations": [3]}}', "settings.modulations: 1 has no source"),
        (
            lambda: b'{"settings": {"modulations": [{"source": 1}]}}',
            "settings.modulations: 1 has no source",
        ),
        (
            lambda: b'{"settings": {"modulations": [{"source": "lfo_1\\ud800"}]}}',
            "settings.modulations: 1 has no source",
        ),
        (
            lambda: b'{"settings": {"modulations": [{"destination": "a\\r"}]}}',
            "settings.modulations: 1 has no source",
        ),
        (
            lambda: b'{"settings": {"modulations": [' + b"3," * 64 + b"3]}}",
            "settings.modulations is not a list of at most 64",
        ),
    ],
)
def test_a_hostile_file_gets_a_sentence(
    file: Path, content: Callable[[], bytes], message: str
) -> None:
    file.write_bytes(content())
    with pytest.raises(SynthinvError, match=message) as error:
        read_presets(file)
    assert str(file) in str(error.value)


def test_waves_of_any_size_are_only_compared(file: Path) -> None:
    huge = {"groups": [{"components": [{"keyframes": [{"wave_data": "A" * 20_000_000}]}]}]}
    assert "osc_1_wavetable" in read(file, state(wavetables=[huge, 7, None], lfos=3)).values


def test_a_file_beyond_any_preset_is_not_read(file: Path) -> None:
    with file.open("wb") as content:
        content.truncate(LARGEST + 1)
    with pytest.raises(SynthinvError, match="is too large for a preset of Vital"):
        read_presets(file)


def test_a_folder_is_no_preset(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="cannot be read"):
        read_presets(tmp_path)


def test_what_cannot_be_written_is_a_sentence(file: Path) -> None:
    with pytest.raises(SynthinvError, match="holds one preset, not 2"):
        write_presets(file, [drawn(0), drawn(1)])
    with pytest.raises(SynthinvError, match="Vital has no control crunch"):
        write_presets(file, [Preset("one", {"crunch": 1.0})])
    many = {f"env_2 > osc_{slot}_pan": 1.0 for slot in range(SLOTS + 1)}
    with pytest.raises(SynthinvError, match=f"has {SLOTS + 1} modulations"):
        write_presets(file, [Preset("one", many)])


def test_the_wavetable_is_full_scale_without_offset_and_in_phase() -> None:
    for shape in vital_waves.shapes():
        assert np.abs(shape).max() == pytest.approx(1)
        assert shape.mean() == pytest.approx(0, abs=1e-12)
    sine, triangle, saw, square, *_ = vital_waves.shapes()
    for shape in (triangle, saw, square):
        assert np.angle(np.fft.rfft(shape)[1]) == pytest.approx(np.angle(np.fft.rfft(sine)[1]))
