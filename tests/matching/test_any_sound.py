"""Sounds of every kind: each has a patch of its whole length, or one clear sentence."""

import json
from collections.abc import Callable
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

import synthinv
from synthinv.matching.words import part_compared

RATE = 44_100
RENDERS = 60
TAIL = 0.05

Sound = npt.NDArray[np.float64]


def times(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE)) / RATE


def noise(seconds: float) -> Sound:
    return np.random.default_rng(0).normal(0, 0.2, round(seconds * RATE))


def tone(frequency: float, seconds: float) -> Sound:
    waves = [np.sin(2 * np.pi * k * frequency * times(seconds) + k * k) / k for k in range(1, 16)]
    return np.asarray(0.2 * np.sum(waves, axis=0))


def pad() -> Sound:
    swell = np.minimum(times(3) / 0.8, 1) * np.minimum((3 - times(3)) / 0.8, 1)
    return np.asarray((tone(130.0, 3) + tone(131.1, 3)) * swell)


def click() -> Sound:
    return noise(0.05) * np.exp(-times(0.05) * 100)


def kick() -> Sound:
    sweep = 2 * np.pi * (50 * times(0.4) + 6 * (1 - np.exp(-25 * times(0.4))))
    return np.asarray(np.sin(sweep) * np.exp(-9 * times(0.4)))


def snare() -> Sound:
    drum = np.sin(2 * np.pi * 190 * times(0.3)) * np.exp(-20 * times(0.3))
    return 0.5 * drum + noise(0.3) * np.exp(-14 * times(0.3))


def flute() -> Sound:
    blown = np.sin(2 * np.pi * 587 * times(1)) + 0.2 * np.sin(2 * np.pi * 1_174 * times(1))
    return (0.3 * blown + 0.1 * noise(1)) * np.minimum(times(1) / 0.08, 1)


def chord() -> Sound:
    return tone(220, 1) + tone(277, 1) + tone(330, 1)


def speech() -> Sound:
    syllables = np.clip(np.sin(2 * np.pi * 4 * times(1.5)), 0, 1)
    voiced = np.sin(2 * np.pi * 0.9 * times(1.5)) > 0
    return syllables * np.where(voiced, tone(120, 1.5), 0.5 * noise(1.5))


@pytest.mark.parametrize("make", [pad, click, kick, snare, flute, chord, speech])
def test_a_sound_of_any_kind_has_a_patch_of_its_whole_length(
    make: Callable[[], Sound], tmp_path: Path
) -> None:
    sound = make()
    (match,) = synthinv.match(sound, RATE, renders=RENDERS)
    assert len(match.played) / RATE == pytest.approx(match.sound.seconds + TAIL, abs=0.001)
    assert match.sound.seconds == pytest.approx(len(sound) / RATE, rel=0.25)
    assert match.compared == pytest.approx(match.sound.seconds + TAIL, abs=0.001)
    assert np.isfinite(match.mss)
    assert match.peak_dbfs > -50
    assert 0 < match.held <= match.sound.seconds
    match.save(tmp_path)
    (off,) = (m for m in mido.MidiFile(tmp_path / "patch.mid").tracks[0] if m.type == "note_off")
    held = mido.tick2second(off.time, 480, mido.bpm2tempo(120))
    assert held == pytest.approx(match.held, abs=0.002)


@pytest.mark.parametrize("samples", [1, 60])
def test_a_click_is_played_by_a_press_that_a_hand_can_make(samples: int, tmp_path: Path) -> None:
    sound = np.zeros(2_000)
    sound[1_000 : 1_000 + samples] = 0.5
    (match,) = synthinv.match(sound, RATE, renders=20)
    match.save(tmp_path)
    patch = json.loads((tmp_path / "patch.json").read_text())
    assert match.held == patch["held"] == 0.01
    assert "for 10 ms" in str(match)
    assert patch["sound"]["seconds"] == pytest.approx(samples / RATE, abs=1e-6)
    (off,) = (m for m in mido.MidiFile(tmp_path / "patch.mid").tracks[0] if m.type == "note_off")
    assert mido.tick2second(off.time, 480, mido.bpm2tempo(120)) == pytest.approx(0.01, abs=0.001)


def test_of_ten_minutes_of_noise_the_beginning_is_matched(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.flac", noise(60), RATE)
    file = tmp_path / "ten-minutes.wav"
    with soundfile.SoundFile(file, "w", RATE, 1, "PCM_16") as written:
        for _ in range(10):
            written.write(noise(60))
    (match,) = synthinv.match(file, renders=20)
    assert match.compared == 4.0
    assert match.sound.seconds > 4
    told = part_compared(match.compared, match.sound)
    assert told == "only the first 4.0 s of more than 10 s are compared"
    assert len(match.played) / RATE == pytest.approx(match.sound.seconds + TAIL, abs=0.001)


@pytest.mark.parametrize("share", [0.5, 0.01])
@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_file_cut_off_in_the_middle_is_matched_as_far_as_it_goes_or_refused(
    tmp_path: Path, suffix: str, share: float
) -> None:
    file = tmp_path / f"cut.{suffix}"
    soundfile.write(file, flute(), RATE)
    whole = file.read_bytes()
    file.write_bytes(whole[: round(share * len(whole))])
    if suffix == "flac":
        with pytest.raises(synthinv.SynthinvError, match=r"cannot be read as a sound; export it"):
            synthinv.match(file, renders=20)
        return
    (match,) = synthinv.match(file, renders=20)
    assert 0 < match.sound.seconds < 0.8
    assert np.isfinite(match.mss)


def test_silence_is_refused_in_one_sentence() -> None:
    with pytest.raises(synthinv.SynthinvError, match="sound: is silent; choose a sound in which"):
        synthinv.match(np.zeros(RATE), RATE)
