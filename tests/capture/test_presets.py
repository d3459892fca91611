from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from synthinv.audio.types import Audio
from synthinv.capture.presets import (
    BankPreset,
    Sounds,
    bank_presets,
    capture_presets,
    duplicates,
    read_presets_table,
    require_samples,
    sounds_used,
    summary,
    tabulate,
    used,
    write_presets_table,
)
from synthinv.common.errors import NoteError, SynthinvError
from synthinv.common.files import read_manifest, sha256_of
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.playing import SilenceConfig
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.preset import Preset
from synthinv.metrics.audio import mss

RATE, SAMPLES = 8_000, 1_600
SILENCE = SilenceConfig(level_dbfs=-60)
NOTHING = Sounds([], np.zeros((0, 3), dtype=np.uint8))


def tone(pitch: float, level: float) -> npt.NDArray[np.float32]:
    seconds = np.arange(SAMPLES) / RATE
    return (level * np.sin(2 * np.pi * (200 + 20 * pitch) * seconds)).astype(np.float32)


class Tones:
    """An engine of sine tones that plays the values of presets, too."""

    latency = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def render(self, patches: Any, progress: ProgressHook | None = None) -> Audio:
        return np.stack([tone(pitch, level / 10) for pitch, level, _ in patches.tolist()])

    def render_presets(
        self, presets: Sequence[Preset], progress: ProgressHook | None = None
    ) -> Audio:
        values = [preset.values for preset in presets]  # noqa: PD011
        return np.stack([tone(each["Pitch"], each["level"] / 10) for each in values])


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return Instrument.model_validate(
        {
            "name": "tones",
            "parameters": [
                {"name": "pitch", "group": "g", "native": "Pitch", "highest": 20},
                {"name": "level", "group": "g", "highest": 10},
                {"name": "tail", "group": "g", "highest": 5, "active_if": {"pitch": 20}},
            ],
        }
    )


def preset(name: str, pitch: float, level: float, tail: float = 0, **more: float) -> Preset:
    return Preset(name, {"Pitch": pitch, "level": level, "tail": tail, **more})


BANK = [
    preset("first", 5, 5),
    preset("between", 7.4, 5),
    preset("quiet\nfirst", 5, 3),
    preset("no effect", 9, 9, tail=2),
    preset("nothing", 5, 0),
    preset("too loud", 3, 10),
    preset("more", 12, 5, chorus=0.5),
]


@pytest.fixture(scope="module")
def table(instrument: Instrument) -> pd.DataFrame:
    presets = [BankPreset("a.bank", place, preset) for place, preset in enumerate(BANK)]
    return tabulate(Tones(), instrument, presets, NOTHING, SILENCE, RATE)


def test_presets_become_patches_in_order(table: pd.DataFrame) -> None:
    assert table["place"].tolist() == list(range(7))
    assert table["name"][2] == "quiet first"
    patches = table[["pitch", "level", "tail"]].to_numpy().tolist()
    # A tail has no effect at this pitch.
    assert patches[:4] == [[5, 5, 0], [7, 5, 0], [5, 3, 0], [9, 9, 0]]


def test_a_sound_that_was_there_before_and_what_is_silent_or_clipped_is_not_used(
    table: pd.DataFrame,
) -> None:
    # Notes are compared whatever their level.
    assert table["duplicate_of"].tolist() == ["", "", "a.bank:0", "", "", "", ""]
    assert table["fault"].tolist() == ["", "", "", "", "silent", "clipped", ""]
    assert used(table)["name"].tolist() == ["first", "between", "no effect", "more"]


def test_what_a_patch_lacks_and_loses_is_measured(table: pd.DataFrame) -> None:
    assert table["unrepresented"].tolist() == [""] * 6 + ["chorus=0.5"]
    away = mss(tone(7.4, 0.5), tone(7, 0.5), RATE)
    assert away > 1
    assert table["loss"].tolist() == [0, pytest.approx(away, abs=1e-3), 0, 0, 0, 0, 0]


def test_the_loss_is_unknown_where_the_engine_plays_no_presets(instrument: Instrument) -> None:
    class Plain:
        """An engine without the method."""

        latency = 0
        __enter__, __exit__, render = Tones.__enter__, Tones.__exit__, Tones.render

    presets = [BankPreset("a.bank", place, preset) for place, preset in enumerate(BANK[:2])]
    found = tabulate(Plain(), instrument, presets, NOTHING, SILENCE, RATE)
    assert found["loss"].isna().tolist() == [False, True]


def test_what_another_data_set_has_is_a_duplicate_too(
    instrument: Instrument, table: pd.DataFrame
) -> None:
    others = sounds_used([table], instrument)
    assert others.labels == ["a.bank:0", "a.bank:1", "a.bank:3", "a.bank:6"]
    presets = [
        BankPreset("b.bank", 0, preset("x", 5, 7)),
        BankPreset("b.bank", 1, preset("y", 1, 7)),
    ]
    found = tabulate(Tones(), instrument, presets, others, SILENCE, RATE)
    assert found["duplicate_of"].tolist() == ["a.bank:0", ""]


def test_equal_patches_are_duplicates_however_free_their_sound() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (4, SAMPLES))
    notes: Audio = noise.astype(np.float32)
    patches = np.array([[1], [2], [1], [1]], dtype=np.uint8)
    usable = np.array([True, True, True, False])
    assert duplicates(patches, notes, RATE, usable) == [None, None, 0, None]


def test_a_small_difference_is_none_and_a_larger_one_is_one() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLES)
    echo = np.roll(noise, 9)
    notes = np.stack([noise, noise + 1e-3 * echo, noise + 0.3 * echo]).astype(np.float32)
    assert 0 < mss(notes[0], notes[1], RATE) < 0.1 < mss(notes[0], notes[2], RATE)
    patches = np.arange(3, dtype=np.uint8)[:, np.newaxis]
    assert duplicates(patches, notes, RATE, np.ones(3, dtype=bool)) == [None, 0, None]


def test_a_table_is_read_as_it_was_written_and_names_its_banks(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    bank = tmp_path / "a.bank"
    bank.write_text("presets")
    named = table.assign(name=["NA", "<b>", 'a "b", c', "", "1", "null", "x"])
    write_presets_table(tmp_path / "table.csv", named, [bank])
    pd.testing.assert_frame_equal(
        read_presets_table(tmp_path / "table.csv"), named, check_dtype=False
    )
    manifest = read_manifest(tmp_path / "table.json")
    assert manifest["banks"] == {bank.as_posix(): sha256_of(bank)}
    assert manifest["used"] == 4
    assert manifest["duplicates"] == 1


def test_the_summary_counts_what_is_lost(table: pd.DataFrame) -> None:
    counts = summary(table)
    assert counts["presets"] == 7
    assert (counts["used"], counts["silent"], counts["clipped"]) == (4, 1, 1)
    assert counts["not_represented"] == 1
    assert counts["largest_loss_db"] == pytest.approx(table["loss"].max(), abs=1e-3)


def test_another_number_of_samples_is_a_sentence(table: pd.DataFrame) -> None:
    require_samples(table, "people", 4)
    message = (
        r"data_sets\.people\.samples: is 7, but 4 of the 7 presets are used \(1 sound like others, "
        r"1 are silent, 1 clipped\); write 4"
    )
    with pytest.raises(SynthinvError, match=message):
        require_samples(table, "people", 7)


def test_shards_record_the_patches_that_are_used(
    instrument: Instrument, table: pd.DataFrame
) -> None:
    patches = sounds_used([table], instrument).patches
    capture = capture_presets(Tones(), patches[1:3], SILENCE)
    assert np.array_equal(capture.patches, patches[1:3])
    assert np.array_equal(capture.audio[0], tone(7, 0.5))
    with pytest.raises(NoteError, match="note 0 is silent, unlike when its bank was read"):
        capture_presets(Tones(), np.zeros((1, 3), dtype=np.uint8), SILENCE)


def test_banks_are_read_in_order(tmp_path: Path) -> None:
    for name in ("b", "a"):
        text = f"amSynth\n<preset> <name> {name}0\n<preset> <name> {name}1\nEOF\n"
        (tmp_path / f"{name}.bank").write_text(text)
    found = bank_presets([tmp_path / "b.bank", tmp_path / "a.bank"], "amsynth")
    assert [(each.place, each.preset.name) for each in found] == [
        (0, "b0"),
        (1, "b1"),
        (0, "a0"),
        (1, "a1"),
    ]
