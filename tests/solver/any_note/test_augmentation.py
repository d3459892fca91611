"""Changes that make training notes sound like recordings."""

from copy import deepcopy

import numpy as np
import pytest

from synthinv.audio.presses import PressedNotes
from synthinv.audio.types import Audio
from synthinv.config.sections.varied_notes import AugmentationConfig
from synthinv.solver.any_note.augmentation import CHANGES, augmented
from tests.solver.any_note.conftest import CLEAN

RATE = 44_100


def notes() -> PressedNotes:
    lengths = np.array([900, 5_000, 20_000, 20_000])
    times = np.arange(lengths.max())
    tone = np.sin(times * 0.05) * np.exp(-times / 8_000) * [[0.1], [0.9], [0.5], [0.01]]
    ends = times < lengths[:, np.newaxis]
    held = np.array([400, 5_000, 9_000, 20_000])
    return PressedNotes((tone * ends).astype(np.float32), lengths, held, np.array([60, 61, 62, 63]))


def changed(seed: int = 0, **shares: float) -> PressedNotes:
    chosen: AugmentationConfig = CLEAN.model_copy(update=shares)
    return augmented(notes(), chosen, RATE, np.random.default_rng(seed))


def test_every_setting_is_a_change() -> None:
    assert set(AugmentationConfig.model_fields) == set(CHANGES)


def test_clean_notes_stay_as_they_are() -> None:
    np.testing.assert_allclose(changed().audio, notes().audio, rtol=1e-6)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_keeps_peaks_and_is_the_same_for_the_same_seed(name: str) -> None:
    first, again, other = (changed(seed, **{name: 1.0}) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.audio, again.audio)
    np.testing.assert_array_equal(first.held, again.held)
    np.testing.assert_allclose(
        np.abs(first.audio).max(axis=1), np.abs(notes().audio).max(axis=1), rtol=1e-5
    )
    assert first.audio.dtype == np.float32
    assert np.isfinite(first.audio).all()
    if name == "held":
        assert not np.array_equal(first.held, notes().held)
        np.testing.assert_allclose(first.audio, notes().audio, rtol=1e-6)
    else:
        assert not np.allclose(first.audio, other.audio)
    for note in (first, other):
        assert (note.lengths <= notes().lengths).all()
        assert ((note.held > 0) & (note.held <= note.lengths)).all()
        beyond = np.arange(note.audio.shape[1]) >= note.lengths[:, np.newaxis]
        assert (note.audio[beyond] == 0).all()
    if name not in ("cut", "shift"):
        np.testing.assert_array_equal(first.lengths, notes().lengths)


def test_the_given_notes_are_not_changed() -> None:
    given = notes()
    before = deepcopy(given)
    everything = AugmentationConfig(**dict.fromkeys(CHANGES, 1.0))
    augmented(given, everything, RATE, np.random.default_rng(0))
    np.testing.assert_array_equal(given.audio, before.audio)
    np.testing.assert_array_equal(given.lengths, before.lengths)


def test_a_change_does_not_depend_on_whether_another_is_made() -> None:
    alone, both = changed(equaliser=1.0), changed(equaliser=1.0, held=1.0)
    np.testing.assert_array_equal(alone.audio, both.audio)


def test_a_room_rings_on_and_hiss_fills_silence() -> None:
    click = np.zeros((1, 20_000), np.float32)
    click[0, :10] = 1
    one = PressedNotes(click, np.array([20_000]), np.array([20_000]), np.array([60]))
    for name, most in (("room", 1.0), ("hiss", 0.2)):
        chosen = CLEAN.model_copy(update={name: 1.0})
        after = augmented(one, chosen, RATE, np.random.default_rng(0)).audio[0, 100:5_000]
        assert 1e-5 < np.sqrt(np.mean(after**2)) < most


def changed_note(note: Audio, name: str, seed: int) -> Audio:
    length = np.array([len(note)])
    one = PressedNotes(note[np.newaxis].astype(np.float32), length, length, np.array([60]))
    shares: AugmentationConfig = CLEAN.model_copy(update={name: 1.0})
    found: Audio = augmented(one, shares, RATE, np.random.default_rng(seed)).audio[0]
    return found


def click_of(samples: int) -> Audio:
    click: Audio = np.zeros(samples, np.float32)
    click[0] = 1
    return click


def test_a_rooms_sound_decays_by_60_db_in_a_tenth_to_eight_tenths_of_a_second() -> None:
    times = []
    for seed in range(30):
        response = changed_note(click_of(RATE), "room", seed)
        # What is still to come, without the direct sound (M. Schroeder).
        left = np.cumsum(response[:0:-1].astype(np.float64) ** 2)[::-1]
        first, last = (np.argmax(left < left[0] * share) for share in (10**-0.5, 10**-2.5))
        times.append(3 * (last - first) / RATE)
    assert 0.09 < min(times) < 0.15
    assert 0.6 < max(times) < 0.85


def test_a_room_is_the_same_however_short_the_note() -> None:
    short, long = (changed_note(click_of(n), "room", seed=3) for n in (RATE // 20, RATE))
    np.testing.assert_allclose(short, long[: len(short)], atol=1e-6)


def test_hiss_is_sometimes_white_and_sometimes_pink() -> None:
    slopes = []
    for seed in range(12):
        hiss = changed_note(click_of(4 * RATE), "hiss", seed)[1:]
        power = np.abs(np.fft.rfft(hiss)) ** 2
        edges = 62.5 * 2.0 ** np.arange(9)
        places = np.searchsorted(np.fft.rfftfreq(len(hiss), 1 / RATE), edges)
        octaves = 10 * np.log10(np.add.reduceat(power, places)[:-1])
        slopes.append(np.polyfit(np.arange(len(octaves)), octaves, 1)[0])
    # In dB per octave: white noise has twice as much power in each, pink noise as much.
    pink, white = (np.abs(np.array(slopes) - slope) < 0.3 for slope in (0, 3))
    assert pink.any()
    assert white.any()
    assert (pink | white).all()


def test_saturation_is_hard_in_a_third_of_the_notes_and_else_soft() -> None:
    sine = np.sin(np.arange(5_000) * 0.01).astype(np.float32)
    # Where no drive reaches the limit, hard clipping is linear.
    low = (np.abs(sine) > 0.01) & (np.abs(sine) < 0.1)
    hard = []
    for seed in range(60):
        gain = changed_note(sine, "saturation", seed)[low] / sine[low]
        hard.append(np.ptp(gain) < 1e-4 * gain.mean())
    assert 0.2 < np.mean(hard) < 0.47


def test_shares_are_of_the_notes() -> None:
    many = PressedNotes(
        np.ones((400, 2_000), np.float32), *(np.full(400, n) for n in (2_000, 1_000, 60))
    )
    chosen = CLEAN.model_copy(update={"held": 0.25})
    found = augmented(many, chosen, RATE, np.random.default_rng(0))
    assert 0.18 < (found.held != many.held).mean() < 0.32


def test_the_longest_notes_of_the_highest_rate_can_hiss() -> None:
    rate = 192_000
    one = np.array([4 * rate])
    note = PressedNotes(np.ones((1, 4 * rate), np.float32), one, one, np.array([60]))
    shares: AugmentationConfig = CLEAN.model_copy(update={"hiss": 1.0})
    for seed in range(2):  # white and pink
        hissing = augmented(note, shares, rate, np.random.default_rng(seed))
        assert np.std(hissing.audio[0, -rate:]) > 0
