from pathlib import Path
from types import SimpleNamespace
from typing import Self

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from synthinv.audio.pitch import estimate_pitch
from synthinv.capture import check
from synthinv.capture.check import (
    Trial,
    judge_level,
    judge_pitch,
    least_seconds,
    middle,
    play_audible,
    report,
)
from synthinv.cli.main import main
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.engine import BuiltInConfig, LiveConfig
from synthinv.config.sections.playing import AudioConfig, PlayingConfig, SilenceConfig
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter

RATE = 44_100
PLAYING = PlayingConfig(engine=BuiltInConfig())


class FakeEngine:
    """An engine whose notes are as loud as the first knob says."""

    latency = 0

    def __init__(self) -> None:
        self.patches: list[list[int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> npt.NDArray[np.float32]:
        self.patches += patches.tolist()
        levels = np.where(patches[:, 0] < 100, 0, patches[:, 0] / 128)
        return np.repeat(levels[:, None], 1_000, axis=1).astype(np.float32)


VOLUME = Instrument(name="volume", parameters=(Parameter(name="volume", group="mixer", cc=7),))


def test_every_knob_is_put_in_the_middle_of_its_draws() -> None:
    instrument = load_instrument("amsynth-16")
    patch = dict(zip(instrument.names, middle(instrument), strict=True))
    assert patch["filter_cutoff"] == 64
    assert patch["amp_decay"] == round(0.25 * 127)
    assert patch["osc1_waveform"] == 48
    minimoog = load_instrument("minimoog-1osc")
    assert dict(zip(minimoog.names, middle(minimoog), strict=True))["osc1_range"] == 77


def test_if_the_middle_is_silent_the_loudest_of_some_random_patches_is_reported() -> None:
    engine = FakeEngine()
    trial = play_audible(engine, VOLUME, np.random.SeedSequence(1), SilenceConfig(), random=False)
    assert engine.patches[0] == [64]
    loudest = max(engine.patches)[0]
    assert len(engine.patches) == 6
    assert trial.sound.max() == pytest.approx(loudest / 128)
    assert loudest >= 100
    again = FakeEngine()
    play_audible(again, VOLUME, np.random.SeedSequence(1), SilenceConfig(), random=True)
    assert again.patches == engine.patches[1:]


@pytest.mark.parametrize(
    ("peak", "rms", "start"),
    [
        (0.0, -10.0, "The note clips, as its peak is full scale: "),
        (
            -1.0,
            -10.0,
            "The level leaves no room for louder patches, as the peak is above -3 ",
        ),
        (-20.0, -30.0, "The level is good: the peak is between -40 and -3 dBFS, the RMS above -50"),
        (-50.0, -60.0, "The level is low, as the peak is below -40 dBFS: "),
        (-20.0, -57.0, "The level is low, as the RMS of the whole note is below -50 dBFS"),
    ],
)
def test_the_level_is_judged_with_a_reason(peak: float, rms: float, start: str) -> None:
    assert judge_level(peak, rms).startswith(start)


def test_a_click_has_no_good_level() -> None:
    click = np.zeros(40_000, np.float32)
    click[:20] = 0.06
    lines = report(Trial("click", click, 0), PLAYING, 0)
    assert "level    peak -24.4 dBFS, RMS -57.4 dBFS" in lines
    assert "The level is low, as the RMS" in lines[-2]


def test_a_note_takes_as_long_as_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(FakeEngine):
        def render(
            self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
        ) -> npt.NDArray[np.float32]:
            clock[0] += 2.8 * len(patches)
            return super().render(patches)

    clock = [0.0]
    monkeypatch.setattr(check, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    for random in (False, True):
        trial = play_audible(Slow(), VOLUME, np.random.SeedSequence(1), SilenceConfig(), random)
        assert trial.seconds == pytest.approx(2.8)
        line = "time     2.8 s a note, with all pauses: 1,000 notes one after the other take 46 min"
        assert line in report(trial, PLAYING, 0)[4]


def test_a_live_note_takes_its_length_and_the_pauses_before_it_at_least() -> None:
    live = LiveConfig(kind="live", midi_port="port", settle=0.5, primer=0.25)
    audio = AudioConfig(samples=44_100)
    assert least_seconds(PlayingConfig(engine=live, audio=audio)) == pytest.approx(1.75)
    assert least_seconds(PLAYING) == 0


@pytest.mark.parametrize(
    ("number", "frequency", "start"),
    [
        (69, 440.0, "It is the note that was played, in tune."),
        (69, 446.0, "It is the note that was played, 23 cents sharp"),
        (69, 434.0, "It is the note that was played, 24 cents flat"),
        (69, 220.0, "It sounds an octave low: A3 instead of A4"),
        (69, 1_760.0, "It sounds 2 octaves high: A6 instead of A4"),
        (60, 246.94, "It sounds a semitone low: B3 instead of C4"),
        (60, 392.0, "It sounds 7 semitones high: G4 instead of C4"),
    ],
)
def test_the_pitch_is_compared_with_the_note(number: int, frequency: float, start: str) -> None:
    assert judge_pitch(number, frequency).startswith(start)


def test_a_transposed_synth_is_told_what_to_write_and_then_agrees() -> None:
    high = judge_pitch(60, 329.63)
    assert high.startswith("It sounds 4 semitones high: E4 instead of C4; ")
    assert high.endswith("write match: {transposition: 4} into its configuration.")
    assert "{transposition: -12}" in judge_pitch(60, 130.81)
    told = "It sounds 4 semitones high, as match.transposition says, in tune."
    assert judge_pitch(60, 329.63, 4) == told
    assert judge_pitch(60, 333.6, 4).startswith(told.replace("in tune.", "21 cents sharp: "))
    unlike = judge_pitch(60, 261.63, 4)
    assert unlike.startswith("It is the note that was played, though match.transposition is 4; ")
    assert "{transposition: 0}" in unlike


def test_noise_is_reported_without_a_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 20_000).astype(np.float32)
    lines = report(Trial("noise", noise, 0), PLAYING, 0.0125)
    assert "latency  12.5 ms, cut off" in lines
    assert any(line.startswith("pitch    none (clarity 0.") for line in lines)
    assert lines[-1].startswith("The sound has no clear pitch")


def test_a_pitch_beyond_the_range_is_not_called_noise() -> None:
    whistle = np.sin(2 * np.pi * 7_000 / RATE * np.arange(20_000)).astype(np.float32) / 2
    assert report(Trial("whistle", whistle, 0), PLAYING, 0)[-1].startswith("The pitch lies beyond")


def test_a_note_of_the_built_in_synth_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wav = tmp_path / "note.wav"
    assert main(["check", "config/config.yaml", "--key", "A2", "--wav", str(wav)]) == 0
    output = capsys.readouterr().out
    assert "note     A2 (MIDI 45), velocity 100\n" in output
    assert "pitch    110.0 Hz, A2 " in output
    assert "latency  0.0 ms, cut off\n" in output
    assert "\nThe level is good: " in output
    assert output.endswith(" dBFS.\nIt is the note that was played, in tune.\n")
    sound, rate = soundfile.read(wav)
    frequency = estimate_pitch(sound, rate).frequency
    assert frequency == pytest.approx(110, abs=0.1)


def test_a_recording_that_cannot_be_written_costs_no_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "config/config.yaml", "--wav", "/dev/null/note.wav"]) == 1
    assert "\nThe level is good: " in capsys.readouterr().out


def test_random_patches_are_played_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "config/config.yaml", "--patch", "random"]) == 0
    assert "patch    the loudest of 5 random ones\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.yaml"], "absent.yaml: cannot be read"),
        (["config/config.yaml", "--key", "128"], "--key: '128' is no note; give one"),
        (["config/config.yaml", "--wav", "/dev/null/note.wav"], "note.wav: cannot be written"),
        (["config/config.yaml", "--wav", "note.mp3"], "note.mp3: ends neither in .wav nor in"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("synthinv: ")
    assert message in error
    assert len(error.splitlines()) == 1
