from pathlib import Path

import numpy as np
import pytest

from synthinv.audio.sound_file import Sound
from synthinv.audio.write import write_sound
from synthinv.benchmark.found import Found
from synthinv.benchmark.scores import (
    WHOLE_SOUND_METRICS,
    compared_part,
    last_notes,
    score_table,
    seconds_table,
)
from synthinv.benchmark.sounds import PEAK
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound

SOUNDS = [
    BenchmarkSound(f"pipe-{i}-60", "pipe", "test", "soundfont", None, None, i, 60, 100, 0.5)
    for i in (1, 2)
]
TONE = (0.3 * np.sin(np.arange(8_000) / 20)).astype(np.float32)
PART = Sound(TONE, SAMPLE_RATE)


def found(renders: int, level: float = 1.0) -> Found:
    patch = np.array([1, 2, 3], np.uint8)
    return Found(renders, 0.1 * renders, patch, 60, 0.25, np.float32(level) * TONE)


RESULTS = [[found(10), found(20)], [found(10), found(20, 0.25)]]


def test_a_row_is_a_sound_and_a_budget() -> None:
    table = score_table("cma", (10, 20), SOUNDS, [PART, PART], RESULTS)
    assert table[["sound", "budget"]].to_numpy().tolist() == [
        *(["pipe-1-60", 10], ["pipe-1-60", 20]),
        *(["pipe-2-60", 10], ["pipe-2-60", 20]),
    ]
    assert set(table["method"]) == {"cma"}
    assert set(table["patch"]) == {"1 2 3"}
    assert {"key", "held", "family", "split", "renders", *WHOLE_SOUND_METRICS} <= set(table)
    # Equal but for their level.
    assert table["rms_cosine"].tolist() == pytest.approx(4 * [1])
    assert table["mss_absolute"].tolist() == pytest.approx(4 * [0])


def test_times_are_a_table_of_their_own() -> None:
    times = seconds_table("cma", (10, 20), SOUNDS, RESULTS)
    assert times["seconds"].tolist() == [1, 2, 1, 2]
    assert "seconds" not in score_table("cma", (10, 20), SOUNDS, [PART, PART], RESULTS)


def test_the_notes_of_the_largest_budget_are_joined_at_one_level() -> None:
    joined = last_notes(RESULTS)
    assert len(joined) == 2 * len(TONE)
    for half in np.split(joined, 2):
        assert np.abs(half).max() == pytest.approx(PEAK)
    assert not last_notes([[found(10, 0.0)]]).any()


def test_what_is_compared_starts_at_the_onset_and_has_a_limit(tmp_path: Path) -> None:
    file = tmp_path / "sound.wav"
    silence = np.zeros(SAMPLE_RATE, np.float32)
    write_sound(file, np.concatenate([silence, np.tile(TONE, 20)]), SAMPLE_RATE)
    part = compared_part(file, 2.0)
    assert (len(part.audio), part.sample_rate) == (2 * SAMPLE_RATE, SAMPLE_RATE)
    assert np.abs(part.audio[:2_000]).max() > 0.2
