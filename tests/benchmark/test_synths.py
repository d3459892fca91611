import logging
from pathlib import Path

import numpy as np
import pytest

from synthinv.benchmark import synths
from synthinv.benchmark.banks import preset_at, preset_patches
from synthinv.benchmark.synths import one_step_off, played_by_synth
from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.config.sections.benchmark import SoundSourcesConfig
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.dx7 import write_presets
from synthinv.instruments.native.preset import Preset, to_patch, to_preset

SECONDS = 0.3


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument("dx7")


@pytest.fixture(scope="module")
def patches(instrument: Instrument) -> np.ndarray:
    return np.stack([instrument.sample(np.random.default_rng(i)) for i in range(3)])


@pytest.fixture
def folder(tmp_path: Path, instrument: Instrument, patches: np.ndarray) -> str:
    for number, patch in enumerate(patches):
        write_presets(tmp_path / f"{number}.syx", [to_preset(instrument, patch, f"N {number}")])
    return str(tmp_path)


def sound(source: str, program: int, bank: str | None = None, key: int = 60) -> BenchmarkSound:
    return BenchmarkSound("x", "x", "test", source, "dx7", bank, program, key, 100, 0.2)  # type: ignore[arg-type]


def test_a_preset_is_found_by_its_place_below_one_of_the_folders(
    instrument: Instrument, patches: np.ndarray, folder: str
) -> None:
    preset = preset_at(instrument, "1.syx", 0, ("elsewhere", folder))
    assert preset.name == "N 1"
    assert np.array_equal(to_patch(instrument, preset).patch, patches[1])
    # The files of a folder are counted through.
    third = preset_at(instrument, folder, 2, ())
    assert np.array_equal(to_patch(instrument, third).patch, patches[2])
    with pytest.raises(SynthinvError, match="has 1 presets, none at place 1"):
        preset_at(instrument, "1.syx", 1, (folder,))


def test_presets_that_sound_alike_are_one(
    instrument: Instrument, patches: np.ndarray, folder: str
) -> None:
    found = preset_patches(instrument, ["2.syx", "0.syx", "2.syx"], (folder,))
    assert np.array_equal(found, instrument.canonical(patches[[2, 0]]))
    with pytest.raises(SynthinvError, match=r"9\.syx: there is no such file"):
        preset_patches(instrument, ["9.syx"], (folder,))


def test_a_synth_plays_presets_and_random_patches_at_the_note(folder: str) -> None:
    sources = SoundSourcesConfig(banks=(folder,))
    preset, random, other, higher = (
        played_by_synth(one, sources, SECONDS, seed=1)
        for one in (
            sound("presets", 0, "1.syx"),
            sound("random", 0),
            sound("random", 1),
            sound("random", 0, key=72),
        )
    )
    assert len(preset) == round(SECONDS * SAMPLE_RATE)
    # The patch is its number's, whatever the key; what is heard is another note of it.
    assert not np.array_equal(random, other)
    assert not np.array_equal(random, higher)
    again = played_by_synth(sound("random", 0), sources, SECONDS, seed=1)
    assert np.array_equal(random, again)
    for note in (preset, random, other):
        assert np.abs(note).max() > 1e-3


def test_a_step_off_is_off_the_sounds_own_patch(
    folder: str, instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = SoundSourcesConfig(banks=(folder,))
    for one in (sound("presets", 2, folder), sound("random", 3)):
        played = played_by_synth(one, sources, SECONDS, seed=1)
        off = one_step_off(one, sources, SECONDS, seed=1)
        assert (off.key, off.held, off.renders) == (60, 0.2, 1)
        assert not np.array_equal(off.note, played)
        with monkeypatch.context() as patch:
            patch.setattr(synths, "one_step", lambda own, truth, _: own.encode(truth))
            own = one_step_off(one, sources, SECONDS, seed=1)
        assert np.array_equal(own.note, played)
        steps = np.abs(own.patch.astype(int) - off.patch)[instrument.continuous]
        assert set(steps) == {1}


def test_what_a_patch_lacks_of_a_preset_is_said(
    instrument: Instrument,
    patches: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    preset = to_preset(instrument, patches[0], "OUT")
    lacking = Preset("OUT", {**preset.values, "feedback": 9.0})
    monkeypatch.setattr(synths, "preset_at", lambda *_: lacking)
    with caplog.at_level(logging.WARNING):
        played_by_synth(sound("presets", 0, "out.syx"), SoundSourcesConfig(), SECONDS, seed=1)
    assert "out.syx, preset 'OUT': 'dx7' lacks feedback = 9" in caplog.text
