"""Sounds that lack one thing, and the sentences about it."""

import numpy as np
import pytest

from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.types import Audio
from synthinv.matching.missing import what_differs

RATE, A3 = 44_100, 220.0
TIMES = np.arange(2 * RATE) / RATE


def tone(highest: float = 15_000, lowest: float = 0, pitch: float = A3) -> Audio:
    """Return two seconds of a sawtooth, with the harmonics between two frequencies."""
    harmonics = [k for k in range(1, 200) if lowest < pitch * k < highest]
    waves = [np.sin(2 * np.pi * pitch * k * TIMES + k * k) / k for k in harmonics]
    return np.asarray(0.1 * np.sum(waves, axis=0), dtype=np.float32)


def shaped(*points: tuple[float, float]) -> Audio:
    """Return the tone with a level in dB that goes from point to point in time."""
    places, decibels = np.transpose(points)
    levels = np.interp(TIMES, places, decibels)
    return np.asarray(tone() * 10 ** (levels / 20), dtype=np.float32)


def noise() -> Audio:
    return np.random.default_rng(0).normal(0, 0.03, len(TIMES)).astype(np.float32)


def test_nothing_is_said_of_what_is_alike() -> None:
    assert what_differs(tone(), tone(), RATE, A3) == ()
    assert what_differs(tone(), tone(pitch=1.01 * A3), RATE, A3) == ()
    assert what_differs(tone(), tone() * np.float32(0.1), RATE) == ()
    assert what_differs(noise(), noise()[::-1].copy(), RATE) == ()
    assert what_differs(shaped((0, 0), (2, -3)), tone(), RATE) == ()


@pytest.mark.parametrize(
    ("sound", "played", "expected"),
    [
        (tone(), tone(highest=4_000), "The highs above 4 kHz are too soft by "),
        (tone(highest=4_000), tone(), "The highs above 4 kHz are too loud by "),
        (tone(), tone(lowest=500), "The lows below 500 Hz are too soft by "),
        (
            tone(),
            tone(highest=2_000) + tone(lowest=4_000),
            "What lies between 2 kHz and 4 kHz is too soft by ",
        ),
        (tone(), shaped((0, -40), (0.3, 0)), "The attack is too soft by "),
        (shaped((0, -30), (0.5, 0)), tone(), "The attack is too loud by "),
        (shaped((1.19, 0), (1.2, -20)), tone(), "The end is too loud by 20 dB, from 1.20 s on."),
        (tone(), shaped((1.49, 0), (1.5, -20)), "The end is too soft by "),
        (
            tone(),
            shaped((0.5, 0), (0.51, -18), (1, -18), (1.01, 0)),
            "From 0.51 s to 1.01 s, it is too soft by ",
        ),
        (
            np.asarray(tone() * (np.sin(8 * np.pi * TIMES) > 0), np.float32) + noise() / 1_000,
            tone(),
            "The sound grows louder and softer in ways that the patch does not follow.",
        ),
        (tone() + noise(), tone(), "The noise between its harmonics is missing."),
        (tone(), tone() + noise(), "The patch is noisier than the sound."),
        (tone(), tone(pitch=A3 / 2), "It sounds an octave too low."),
        (tone(), tone(pitch=4 * A3), "It sounds 2 octaves too high."),
        (tone(), tone(pitch=1.06 * A3), "It sounds 1.0 semitones too high."),
        (tone(), np.zeros_like(tone()), "The patch is silent."),
    ],
)
def test_what_a_patch_lacks_is_said_first(sound: Audio, played: Audio, expected: str) -> None:
    first, *others = what_differs(sound, played, RATE, A3)
    assert first.startswith(expected)
    assert len(others) < 3
    assert first not in others


def test_a_sound_without_pitch_has_no_harmonics() -> None:
    assert "Its noise is missing." in what_differs(noise(), tone(), RATE)


@pytest.mark.parametrize("length", [1, 2, 50, 500, 2_255])
def test_a_click_is_described(length: int) -> None:
    click = np.zeros(length, np.float32)
    click[0] = 1
    assert what_differs(click, click, RATE) == ()
    assert len(what_differs(click, noise()[:length], RATE)) <= 3
    assert len(what_differs(click, click, 8_000)) == 0


def test_a_sound_that_goes_on_has_no_end() -> None:
    softer = shaped((1.49, 0), (1.5, -20))
    (ended,) = what_differs(softer, tone(), RATE, A3)
    assert ended == "The end is too loud by 20 dB, from 1.50 s on."
    (cut,) = what_differs(softer, tone(), RATE, A3, cut=True)
    assert cut == "From 1.50 s to 2.00 s, it is too loud by 20 dB."


@pytest.mark.parametrize("level", [0, 1e-9, 1e-5])
def test_a_patch_that_nobody_hears_is_silent(level: float) -> None:
    told = what_differs(tone(), (level * tone()).astype(np.float32), RATE, A3)
    assert told == ("The patch is silent.",)
    hiss = (level * noise()).astype(np.float32)
    assert what_differs(tone(), hiss, RATE, A3) == ("The patch is silent.",)


def soft(sound: Audio, seconds: float) -> Audio:
    """Return a sound that is faded in and out."""
    from_end = np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / RATE
    return np.asarray(sound * np.minimum(1, from_end / seconds), np.float32)


@pytest.mark.parametrize("pitch", [80.0, 150.0, 220.0, 440.0])
@pytest.mark.parametrize("seconds", [0.3, 0.8])
def test_a_hard_start_and_end_are_no_band_of_a_tone(pitch: float, seconds: float) -> None:
    times = TIMES[: round(seconds * RATE)]
    sine = np.cos(2 * np.pi * pitch * times).astype(np.float32)
    tail = np.zeros(RATE // 20, np.float32)
    hard, gentle = (np.concatenate([audio, tail]) for audio in (sine, soft(sine, 0.05)))
    for pair in ((hard, gentle), (gentle, hard)):
        told = what_differs(*pair, RATE, pitch)
        assert not any(
            each.startswith(("The lows", "The highs", "What lies between")) for each in told
        )


def test_the_highs_of_a_drum_may_be_in_its_first_moment() -> None:
    boom = np.sin(2 * np.pi * 60 * TIMES[:RATE]) * np.exp(-8 * TIMES[:RATE])
    hit = 15 * noise()[:RATE] * np.exp(-200 * TIMES[:RATE])
    told = what_differs((boom + hit).astype(np.float32), boom.astype(np.float32), RATE)
    assert any(sentence.startswith("The highs above ") for sentence in told)


def test_what_nobody_hears_is_not_compared() -> None:
    rumble = 0.05 * np.sin(2 * np.pi * 8 * TIMES)
    for low in (rumble, np.full_like(rumble, 0.3)):
        told = what_differs((tone() + low).astype(np.float32), tone(), RATE, A3)
        assert not any("lows" in sentence for sentence in told)


@pytest.mark.parametrize("pitch", [30.0, 45.0, 80.0])
def test_noise_that_a_bass_masks_is_not_compared(pitch: float) -> None:
    boom = np.sin(2 * np.pi * pitch * TIMES) * np.exp(-4 * TIMES)
    hissing = (boom + noise() / 60).astype(np.float32)
    for pair in ((boom.astype(np.float32), hissing), (hissing, boom.astype(np.float32))):
        assert not any("nois" in sentence for sentence in what_differs(*pair, RATE, pitch))


@pytest.mark.parametrize("pitch", [20.6, 24.5, 27.5])
def test_the_close_harmonics_of_the_lowest_notes_are_not_noise(pitch: float) -> None:
    bright, dull = tone(pitch=pitch), tone(highest=400, pitch=pitch)
    for pair in ((bright, dull), (dull, bright)):
        assert not any("nois" in sentence for sentence in what_differs(*pair, RATE, pitch))


def click() -> Audio:
    click = np.zeros(2_255, np.float32)
    click[0] = 1
    return click


def test_a_click_has_no_noise() -> None:
    told = what_differs(click(), tone()[: len(click())], RATE)
    assert not any("noise" in sentence for sentence in told)
    assert "The patch is noisier than the sound." in what_differs(
        click(), noise()[: len(click())], RATE
    )


@pytest.mark.parametrize("pitch", [31.0, 41.2, 55.0])
def test_the_close_harmonics_of_a_bass_are_no_noise(pitch: float) -> None:
    low, high = tone(pitch=pitch), tone(pitch=4 * pitch)
    for sound, played in ((low, high), (high, low)):
        told = what_differs(sound, played, RATE, estimate_pitch(sound, RATE).frequency)
        assert any("octaves too" in sentence for sentence in told)
        assert not any("nois" in sentence for sentence in told)
