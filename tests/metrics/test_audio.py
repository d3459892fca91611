from collections.abc import Callable
from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
import ot
import pytest

from synthinv.audio.types import Audio
from synthinv.metrics.audio import (
    METRICS,
    SpectralReference,
    mss,
    mss_absolute,
    peak_normalised,
    rms_cosine,
    sot,
    warped_distance,
    wmfcc,
)
from synthinv.metrics.perceptual import zimtohrli

RATE = 44_100
Metric = Callable[[Audio, Audio, int], float]
ALL = {**METRICS, "mss_absolute": mss_absolute, "zimtohrli": zimtohrli}
BEST = {**dict.fromkeys(ALL, 0.0), "rms_cosine": 1.0}

pytestmark = pytest.mark.filterwarnings("ignore:n_fft=.* is too large:UserWarning")


def plucked(hertz: float, seconds: float, samples: int = 40_000, rate: int = RATE) -> Audio:
    """Return a decaying sawtooth with a little noise."""
    time = np.arange(samples) / rate
    noise = 1e-4 * np.random.default_rng(0).normal(size=samples)
    return (0.3 * np.exp(-time / seconds) * (2 * (hertz * time % 1) - 1) + noise).astype(np.float32)


def burst(at: int) -> Audio:
    note = np.zeros(40_000, np.float32)
    note[at : at + 4_000] = plucked(440, 1)[:4_000]
    return note


PAIRS = {
    "two pitches": (plucked(220, 0.2), plucked(331, 0.5)),
    "a slow attack": (plucked(220, 0.2), plucked(220, 0.2)[::-1].copy()),
    "a gap": (burst(0), burst(30_000)),
    "short": (plucked(220, 0.2)[:1_000], plucked(900, 0.2)[:1_000]),
    "one sample": (plucked(220, 0.2)[:1], plucked(331, 0.2)[:1]),
}


def published_mss(
    first: Audio, second: Audio, reference: Callable[[Audio], float] | float = np.max
) -> float:
    distances = []
    for window, hop, mels in ((441, 220, 32), (1_102, 441, 64), (4_410, 2_205, 128)):
        one, other = (
            librosa.power_to_db(
                librosa.feature.melspectrogram(
                    y=note, sr=RATE, n_fft=window, hop_length=hop, n_mels=mels
                ),
                ref=reference,
            )
            for note in (first, second)
        )
        distances.append(np.abs(one - other).mean())
    return float(np.mean(distances))


def published_wmfcc(first: Audio, second: Audio) -> float:
    one, other = (
        librosa.feature.mfcc(y=note, sr=RATE, n_mfcc=20, n_fft=2_205, hop_length=441, n_mels=128)
        for note in (first, second)
    )
    costs = np.abs(one[:, :, np.newaxis] - other[:, np.newaxis]).mean(axis=0)
    return warped_by_librosa(costs)


def warped_by_librosa(costs: npt.NDArray[np.floating]) -> float:
    total = librosa.sequence.dtw(
        C=costs,
        step_sizes_sigma=np.array([[1, 1], [0, 1], [1, 0]]),
        weights_add=np.zeros(3),
        weights_mul=np.array([2.0, 1.0, 1.0]),
        backtrack=False,
    )
    return float(total[-1, -1] / sum(costs.shape))


def published_sot(first: Audio, second: Audio) -> float:
    one, other = (
        np.abs(librosa.stft(note, n_fft=2_205, hop_length=882)).astype(np.float64)
        for note in (first, second)
    )
    places = np.arange(len(one)) / len(one)
    return float(
        np.mean(
            [
                ot.wasserstein_1d(places, places, a / a.sum(), b / b.sum(), p=1)
                for a, b in zip(one.T, other.T, strict=True)
            ]
        )
    )


def published_rms_cosine(first: Audio, second: Audio) -> float:
    one, other = (
        librosa.feature.rms(y=note, frame_length=2_205, hop_length=1_102)[0]
        for note in (first, second)
    )
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def published_mss_absolute(first: Audio, second: Audio) -> float:
    return published_mss(first, second, 1.0)


PUBLISHED: dict[str, Callable[[Audio, Audio], float]] = {
    "mss": published_mss,
    "mss_absolute": published_mss_absolute,
    "wmfcc": published_wmfcc,
    "sot": published_sot,
    "rms_cosine": published_rms_cosine,
}


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("pair", ["two pitches", "a slow attack", "short", "one sample"])
def test_metrics_are_those_of_librosa_and_pot(name: str, pair: str) -> None:
    first, second = (note / np.abs(note).max() for note in PAIRS[pair])
    expected = PUBLISHED[name](first, second)
    assert ALL[name](*PAIRS[pair], RATE) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", ["mss", "mss_absolute", "wmfcc", "rms_cosine"])
def test_digital_silence_within_a_note_is_measured_like_librosa(name: str) -> None:
    first, second = (note / np.abs(note).max() for note in PAIRS["a gap"])
    expected = PUBLISHED[name](first, second)
    assert ALL[name](*PAIRS["a gap"], RATE) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (20, 30), (91, 91)])
def test_warping_is_librosas_with_twice_the_diagonal(shape: tuple[int, int]) -> None:
    costs = np.random.default_rng(1).random(shape) ** 3
    assert warped_distance(costs) == pytest.approx(warped_by_librosa(costs), rel=1e-12)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("pair", PAIRS)
def test_metrics_are_finite_and_symmetric(name: str, pair: str) -> None:
    first, second = PAIRS[pair]
    found = ALL[name](first, second, RATE)
    assert np.isfinite(found)
    assert ALL[name](second, first, RATE) == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("samples", [1, 100, 2_000, 40_000])
@pytest.mark.parametrize("rate", [8_000, RATE])
@pytest.mark.filterwarnings("error")
def test_silence_and_short_notes_have_finite_metrics(name: str, samples: int, rate: int) -> None:
    metric, silence = ALL[name], np.zeros(samples, np.float32)
    note = plucked(100, 0.3, samples, rate)
    assert metric(silence, silence, rate) == BEST[name]
    assert metric(note, note, rate) == pytest.approx(BEST[name], abs=1e-9)
    for first, second in ((silence, note), (note, silence)):
        assert np.isfinite(metric(first, second, rate))
        assert metric(first, second, rate) != pytest.approx(BEST[name], abs=1e-3)


@pytest.mark.parametrize("metric", ALL.values())
@pytest.mark.parametrize("level", [-1.0, 2.0**-10, 2.0**-100])
def test_level_and_polarity_do_not_matter(metric: Metric, level: float) -> None:
    first, second = PAIRS["two pitches"]
    quiet = second * np.float32(level)
    assert metric(first, quiet, RATE) == pytest.approx(metric(first, second, RATE), rel=1e-6)


@pytest.mark.parametrize("metric", ALL.values())
def test_notes_of_different_lengths_are_an_error(metric: Metric) -> None:
    with pytest.raises(ValueError, match=r"shape|samples"):
        metric(plucked(220, 1), plucked(220, 1)[:1_000], RATE)


def test_a_worse_mistuning_moves_the_spectrum_further() -> None:
    note = plucked(220, 0.5)
    further = [sot(note, plucked(220 * factor, 0.5), RATE) for factor in (1.01, 1.1, 2)]
    assert sorted(further) == further


def test_sot_is_the_share_of_the_band_by_which_a_sine_moves() -> None:
    time = np.arange(40_000) / RATE
    low, high = (
        np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (2_000.0, 13_025.0)
    )
    assert sot(low, high, RATE) == pytest.approx(0.5, abs=0.02)


def test_warping_forgives_a_delay_and_the_spectral_distance_does_not() -> None:
    early, late = burst(5_000), burst(6_764)
    assert wmfcc(early, late, RATE) < 0.2 * wmfcc(early, plucked(440, 1), RATE)
    assert mss(early, late, RATE) > 1


def test_absolute_decibels_tell_a_click_before_a_note_from_the_note_alone() -> None:
    note = plucked(220, 2)
    clicked = note.copy()
    clicked[:40] += 3 * np.hanning(40).astype(np.float32)
    assert mss_absolute(note, clicked, RATE) > 1.5 * mss(note, clicked, RATE)


def test_the_perceptual_distance_forgives_what_is_not_heard() -> None:
    note = plucked(220, 0.5)
    noise = 1e-3 * np.random.default_rng(1).normal(size=len(note)).astype(np.float32)
    distances = [zimtohrli(note, other, RATE) for other in (note + noise, plucked(330, 0.5))]
    assert 0 < 20 * distances[0] < distances[1]


def test_envelopes_that_never_sound_together_have_no_similarity() -> None:
    assert rms_cosine(burst(0), burst(30_000), RATE) == 0
    assert rms_cosine(burst(0), burst(1_000), RATE) > 0.9


def test_peaks_become_one_and_silence_stays() -> None:
    notes = np.array([[0, 0.25, -0.5], [0, 0, 0]], np.float32)
    assert peak_normalised(notes).tolist() == [[0, 0.5, -1], [0, 0, 0]]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 20])
def test_candidates_are_scored_at_once_as_one_by_one(threads: int, count: int) -> None:
    first, _ = PAIRS["two pitches"]
    candidates = np.stack([first, *(plucked(200 + i, 0.1 + i / 50) for i in range(20))])[:count]
    found = SpectralReference(first, RATE).mss(candidates, threads)
    assert found.dtype == np.float64
    assert found.tolist() == [mss(first, candidate, RATE) for candidate in candidates]


@pytest.mark.parametrize("other", [{"absolute_share": 0.25}, {"scales": ((441, 220, 32),)}])
def test_an_error_of_another_kind_is_not_called_mss(other: dict[str, Any]) -> None:
    note = burst(0)
    with pytest.raises(ValueError, match="differences do not sum to the MSS"):
        SpectralReference(note, RATE, **other).mss(note[np.newaxis])


def test_candidates_of_another_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="notes of 1 samples, not 40000"):
        SpectralReference(burst(0), RATE).mss(np.ones((2, 1), np.float32))
