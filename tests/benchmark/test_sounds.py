import numpy as np
import pytest

from synthinv.audio.types import Audio
from synthinv.benchmark import sounds
from synthinv.benchmark.sounds import PEAK, rendered
from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.config.sections.benchmark import SoundSourcesConfig

SOUND = BenchmarkSound("pipe-73-60", "pipe", "test", "soundfont", None, None, 73, 60, 100, 0.5)


@pytest.fixture
def plays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what plays: a tone that is as loud as a velocity of 100 in the first half second."""

    def played(*_: object) -> Audio:
        tone = 0.1 * np.sin(np.arange(4 * SAMPLE_RATE) / 20)
        tone[SAMPLE_RATE // 2 :] *= 1e-5
        return tone.astype(np.float32)

    monkeypatch.setattr(sounds, "played_by_fluidsynth", played)


@pytest.mark.usefixtures("plays")
def test_a_sound_is_brought_to_the_common_peak_and_ends_where_it_has_faded() -> None:
    audio = rendered(SOUND, SoundSourcesConfig(), 2.0, seed=0)
    assert np.abs(audio).max() == pytest.approx(PEAK)
    assert len(audio) == pytest.approx(SAMPLE_RATE / 2, abs=100)


@pytest.mark.usefixtures("plays")
def test_a_recording_is_cut_at_the_longest() -> None:
    assert len(rendered(SOUND, SoundSourcesConfig(), 0.25, seed=0)) == pytest.approx(
        SAMPLE_RATE / 4, abs=100
    )


@pytest.mark.usefixtures("plays")
def test_a_whole_recording_is_as_long_and_as_loud_as_it_is_played() -> None:
    audio = rendered(SOUND, SoundSourcesConfig(), 2.0, seed=0, whole=True)
    assert len(audio) == 2 * SAMPLE_RATE
    assert np.abs(audio).max() == pytest.approx(0.1)


@pytest.mark.parametrize("sample", [0.0, 1e-6, np.nan])
def test_a_silent_sound_is_a_sentence(sample: float, monkeypatch: pytest.MonkeyPatch) -> None:
    silence = np.full(1_000, sample, np.float32)
    monkeypatch.setattr(sounds, "played_by_fluidsynth", lambda *_: silence)
    with pytest.raises(SynthinvError, match="'pipe-73-60' is silent; choose another program"):
        rendered(SOUND, SoundSourcesConfig(), 1.0, seed=0)
