import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given, settings

from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.sound_file import KEPT_SECONDS, fit, read_sound, sound_of, trim
from synthinv.common.errors import SynthinvError
from tests.damage import Damage, damages

RATE = 44_100
Samples = npt.NDArray[np.float64]


def tone(seconds: float = 0.5, rate: int = RATE, hertz: float = 220.0) -> Samples:
    """Return three harmonics at half of full scale, which sound from end to end."""
    phase = 2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate
    tone: Samples = 0.25 * (np.cos(phase) + np.cos(2 * phase) / 2 + np.cos(3 * phase) / 4)
    return tone


def silence(seconds: float, rate: int = RATE) -> Samples:
    return np.zeros(round(seconds * rate))


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_any_rate_and_depth_is_the_same_sound(tmp_path: Path, rate: int, subtype: str) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate=rate), rate, subtype=subtype)
    sound = read_sound(tmp_path / "a.wav", RATE)
    assert sound.audio.dtype == np.float32
    assert sound.sample_rate == RATE
    assert sound.seconds == pytest.approx(0.5, abs=0.002)
    pitch = estimate_pitch(sound.audio, RATE).frequency
    assert pitch == pytest.approx(220, rel=1e-3)


@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac", "ogg", "mp3", "w64", "caf"])
def test_common_formats_are_read(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a.{suffix}"
    soundfile.write(file, tone(), RATE)
    assert read_sound(file, RATE).seconds == pytest.approx(0.5, abs=0.1)


def test_channels_are_averaged_and_opposite_ones_are_not(tmp_path: Path) -> None:
    left, right = tone(hertz=220), tone(hertz=330)
    for other, expected in ((right, (left + right) / 2), (-left, left), (0 * left, left / 2)):
        soundfile.write(tmp_path / "a.wav", np.stack([left, other], 1), RATE, subtype="FLOAT")
        np.testing.assert_allclose(read_sound(tmp_path / "a.wav", RATE).audio, expected, atol=1e-6)
    soundfile.write(tmp_path / "a.wav", np.stack([left] * 6, 1), RATE, subtype="FLOAT")
    np.testing.assert_allclose(read_sound(tmp_path / "a.wav", RATE).audio, left, atol=1e-6)


def test_silence_around_it_is_cut_off() -> None:
    around = np.concatenate([silence(0.3), tone(), silence(0.7)]).astype(np.float32)
    np.testing.assert_array_equal(trim(around, RATE), tone().astype(np.float32))


def test_hiss_around_it_is_cut_off() -> None:
    rng = np.random.default_rng(0)
    around = np.concatenate([silence(0.3), tone(), silence(0.7)])
    hissing = (around + rng.normal(0, 5e-4, len(around))).astype(np.float32)
    assert len(trim(hissing, RATE)) == pytest.approx(0.5 * RATE, abs=0.002 * RATE)


@pytest.mark.parametrize(("before", "after"), [(0.3, 0.7), (0.3, 0.0), (0.0, 0.7)])
def test_silence_that_is_not_at_zero_is_cut_off(
    tmp_path: Path, before: float, after: float
) -> None:
    around = np.concatenate([silence(before), tone(), silence(after)]) + 0.01
    soundfile.write(tmp_path / "a.wav", around, RATE)
    sound = read_sound(tmp_path / "a.wav", RATE)
    assert sound.seconds == pytest.approx(0.5, abs=0.002)
    assert abs(sound.audio.mean()) < 1e-4


def test_a_sound_without_silence_is_left_as_it_is(tmp_path: Path) -> None:
    # A quarter of a pulse wave is high, so its mean is far from 0.
    pulse = np.where(np.arange(RATE) % 200 < 50, 0.5, -0.5)
    soundfile.write(tmp_path / "a.wav", pulse, RATE, subtype="FLOAT")
    np.testing.assert_array_equal(read_sound(tmp_path / "a.wav", RATE).audio, pulse)


def test_noise_from_the_start_is_no_hiss() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert len(trim(noise, RATE)) > 0.99 * RATE


@pytest.mark.parametrize("seconds", [0.2, 1.0, 3.0])
def test_a_slow_attack_is_no_hiss(seconds: float) -> None:
    rising = np.minimum(1, np.arange(round((seconds + 0.5) * RATE)) / (seconds * RATE))
    falling = np.exp(-5 * np.arange(round(1.5 * RATE)) / RATE)
    level = np.concatenate([rising, falling])
    swell = (np.sin(2 * np.pi * 220 * np.arange(len(level)) / RATE) * level).astype(np.float32)
    # From where it is 50 dB below its peak to where it is 60 dB below.
    start, end = seconds * 10 ** (-50 / 20), np.log(1_000) / 5
    expected = seconds + 0.5 - start + end
    assert len(trim(swell, RATE)) / RATE == pytest.approx(expected, abs=0.01)


def test_ten_seconds_are_kept(tmp_path: Path) -> None:
    long = np.concatenate([silence(3), tone(KEPT_SECONDS + 5)])
    soundfile.write(tmp_path / "a.wav", long, RATE)
    sound = read_sound(tmp_path / "a.wav", RATE)
    assert sound.seconds == KEPT_SECONDS
    assert sound.cut
    assert abs(sound.audio[0]) > 0.1
    soundfile.write(tmp_path / "a.wav", tone(KEPT_SECONDS), RATE)
    assert not read_sound(tmp_path / "a.wav", RATE).cut


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("channels", [None, 1, 2])
def test_samples_in_memory_are_the_sound_of_a_file(
    tmp_path: Path, dtype: type, channels: int | None
) -> None:
    note: npt.NDArray[Any] = np.concatenate([silence(0.1), tone(rate=48_000)]).astype(dtype)
    samples = note if channels is None else np.stack([note] * channels, axis=1)
    soundfile.write(tmp_path / "a.wav", samples, 48_000, subtype="FLOAT")
    read, given = read_sound(tmp_path / "a.wav", RATE), sound_of(samples, 48_000, RATE)
    np.testing.assert_array_equal(given.audio, read.audio)
    assert given.sample_rate == RATE


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (tone(), None, "sample_rate: is missing; say how many"),
        (tone(), 44_100.5, "sample_rate: is 44100.5, not a whole number from 4000"),
        (tone(), -1, "sample_rate: is -1, not"),
        (np.zeros(0), RATE, "sound: holds no samples; correct the array"),
        (np.zeros(RATE), RATE, "sound: is silent; choose"),
        (np.append(tone(), np.nan), RATE, r"sound: holds samples that are not numbers \(the first"),
        ((32_767 * tone()).astype(np.int16), RATE, "sound: is an array of int16; convert"),
        (None, RATE, "sound: is of type NoneType and holds no real numbers; give a sound file"),
        (["a.wav"], RATE, "sound: is of type list and holds no real numbers; give a sound file"),
        (1j * tone(), RATE, "sound: is of type ndarray and holds no real numbers; give a sound"),
        (32_767 * tone(), RATE, "sound: reaches far beyond ±1; divide"),
        (np.zeros((2, 2, 2)), RATE, "sound: is an array of 3 dimensions; give it as"),
        (np.stack([tone()] * 2), RATE, "of 2 samples and 22050 channels; transpose it"),
    ],
)
def test_samples_that_are_no_sound_are_refused(
    samples: Any, rate: float | None, message: str
) -> None:
    with pytest.raises(SynthinvError, match=message):
        sound_of(samples, rate, RATE)


def test_a_sound_is_cut_or_padded() -> None:
    sound = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(fit(sound, 2), np.ones((2, 2)))
    np.testing.assert_array_equal(fit(sound, 5), [[1, 1, 1, 0, 0]] * 2)


def no_numbers(file: Path) -> None:
    sound = tone()
    sound[11_025] = np.nan
    soundfile.write(file, sound, RATE, subtype="FLOAT")


def no_level(file: Path) -> None:
    soundfile.write(file, 1e30 * tone(), RATE, subtype="FLOAT")


def long_silence(file: Path) -> None:
    # Its note begins after the minute that is read.
    soundfile.write(file, np.concatenate([silence(61, 8_000), tone(rate=8_000)]), 8_000)


def standing_voltage(file: Path) -> None:
    soundfile.write(file, np.full(RATE, 0.3), RATE)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a text file": (lambda file: file.write_text("hello\n"), "cannot be read as a sound; export"),
    "an empty file": (lambda file: file.touch(), "cannot be read as a sound; export it as WAV"),
    "a cut header": (lambda file: file.write_bytes(b"RIFF\0\0"), "cannot be read as a sound"),
    "random bytes": (
        lambda file: file.write_bytes(np.random.default_rng(0).bytes(5_000)),
        "cannot be read as a sound",
    ),
    "a folder": (Path.mkdir, "is a folder; name a sound file"),
    "nothing": (lambda file: None, "there is no such file; correct the path"),
    "no samples": (lambda file: soundfile.write(file, [], RATE), "holds no samples"),
    "no numbers": (no_numbers, r"samples that are not numbers \(the first at 0.250 s\)"),
    "no level": (no_level, "holds samples far beyond full scale; export the sound again"),
    "silence": (lambda file: soundfile.write(file, silence(1), RATE), "is silent; choose a sound"),
    "a standing voltage": (standing_voltage, "is silent; choose a sound"),
    "a minute's silence": (long_silence, "is silent in its first minute; choose"),
    "a slow rate": (lambda file: soundfile.write(file, tone(), 100), "a sample rate of 100 Hz"),
    # Its conversion to any other rate would take hours.
    "a fast rate": (lambda file: soundfile.write(file, tone(), 10**9), "too high for a sound"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_sound_is_one_sentence(tmp_path: Path, kind: str) -> None:
    make, message = BAD[kind]
    file = tmp_path / "sound.wav"
    make(file)
    with pytest.raises(SynthinvError, match=message) as caught:
        read_sound(file, RATE)
    assert str(caught.value).startswith(f"{file}: ")


def test_a_name_that_is_too_long_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / f"{'x' * 300}.wav"
    with pytest.raises(
        SynthinvError, match=r"cannot be opened \(File name too long\); name a file"
    ):
        read_sound(file, RATE)


@pytest.mark.parametrize("closed", ["folder", "folder/sound.wav"])
def test_what_may_not_be_opened_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    file = tmp_path / "folder" / "sound.wav"
    file.parent.mkdir()
    soundfile.write(file, tone(), RATE)
    # Tests may run as root, who may open everything.
    for name in ("stat", "open"):
        monkeypatch.setattr(Path, name, refusing(tmp_path / closed, getattr(Path, name)))
    with pytest.raises(SynthinvError, match=r"cannot be opened \(Permission denied\); name a file"):
        read_sound(file, RATE)


def refusing(closed: Path, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of paths that fails for what lies in a closed folder, or is closed itself."""

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if closed in path.parents or (path == closed and method.__name__ == "open"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return method(path, *arguments, **options)

    return refuse


def test_a_file_of_any_name_is_opened_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On Windows, libsndfile cannot read from a file that Python has opened.
    soundfile.write(tmp_path / "sound.wav", tone(), RATE)
    names: list[object] = []

    class Named(soundfile.SoundFile):  # type: ignore[misc]
        def __init__(self, name: object) -> None:
            names.append(name)
            super().__init__(name)

    monkeypatch.setattr(soundfile, "SoundFile", Named)
    read_sound(tmp_path / "sound.wav", RATE)
    (tmp_path / "sound.wav").rename(tmp_path / "s\udcff.wav")
    read_sound(tmp_path / "s\udcff.wav", RATE)
    assert [type(name) for name in names] == [bytes] * 2


def test_frames_that_cannot_be_decoded_are_no_samples(tmp_path: Path) -> None:
    # libsndfile opens it and reads none of them, without an error.
    file = tmp_path / "a.flac"
    soundfile.write(file, tone(), RATE)
    content = bytearray(file.read_bytes())
    content[7] += 1  # the length of the first header
    file.write_bytes(content)
    with pytest.raises(SynthinvError, match="holds no samples"):
        read_sound(file, RATE)


def test_a_headerless_file_is_no_sound(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(bytes(5_000))
    with pytest.raises(SynthinvError, match="cannot be read as a sound"):
        read_sound(tmp_path / "a.raw", RATE)


@settings(max_examples=60)
@given(damage=damages(60))
def test_a_damaged_file_is_a_sound_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory,
    damage: Damage,
) -> None:
    file = tmp_path_factory.mktemp("damaged") / "a.wav"
    soundfile.write(file, tone(0.05), RATE)
    file.write_bytes(damage.of(file.read_bytes()))
    try:
        sound = read_sound(file, RATE)
    except SynthinvError as error:
        named, whole = str(file) in str(error), True
    else:
        named, whole = True, bool(len(sound.audio) and np.isfinite(sound.audio).all())
    assert named
    assert whole
