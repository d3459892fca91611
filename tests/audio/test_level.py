import numpy as np
import pytest

from synthinv.audio.level import amplitude_to_db, db_to_amplitude, is_clipped, is_silent, peak

NOTES = np.array([[0.1, -1.0], [0.1, 0.05], [0, 0]], dtype=np.float32)


def test_peaks_are_in_decibels_of_full_scale() -> None:
    assert amplitude_to_db(peak(NOTES)).tolist() == pytest.approx([0, -20, -np.inf], abs=1e-5)


def test_decibels_of_whole_powers_of_ten_are_exact() -> None:
    assert [db_to_amplitude(level) for level in (0, -20, -60, -100)] == [1, 0.1, 1e-3, 1e-5]


def test_a_sound_at_the_level_itself_is_not_silent() -> None:
    level = np.float32(1e-3)
    peaks = np.array([np.nextafter(level, np.float32(0)), level])
    assert is_silent(peaks, db_to_amplitude(-60)).tolist() == [True, False]
    assert is_silent(peak(NOTES), 0.0).tolist() == [False, False, False]


def test_what_is_no_number_is_silent_and_not_clipped() -> None:
    peaks = peak(np.array([[0.5, np.nan]], dtype=np.float32))
    assert is_silent(peaks, 1e-3).tolist() == [True]
    assert is_clipped(peaks).tolist() == [False]


def test_full_scale_is_clipped() -> None:
    below = np.nextafter(np.float32(1), np.float32(0))
    assert is_clipped(np.array([below, 1, 1.5], dtype=np.float32)).tolist() == [False, True, True]


def test_a_single_sound_has_a_single_peak() -> None:
    assert peak(NOTES[1]).shape == ()
    assert bool(is_silent(peak(NOTES[2]), 1e-3))
