from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from synthinv.audio.sound_file import Sound, fit
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig, SilenceConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.matching.keyboard import Keyboard
from synthinv.report.gallery.prediction import played_prediction, predicted_patch
from synthinv.spectrogram.store import SpectrogramData
from synthinv.spectrogram.transform import spectrogram
from synthinv.thesis.checkpoint import save_network
from synthinv.thesis.losses import make_loss
from synthinv.thesis.network import build_network
from synthinv.thesis.training import predict

SAMPLES, RATE = 2_000, 44_100
IMAGES = SpectrogramConfig(name="small", nperseg=256, nfft=256)
NETWORK = NetworkConfig(convolutions=1, kernels=2, hidden_layers=1, hidden_units=3)
# A sawtooth whose own register is its key's.
PATCH = np.array([77, 64, 51, 60, 60, 70, 20, 80, 40, 10, 90, 100], np.uint8)


@pytest.fixture(scope="module")
def minimoog() -> Instrument:
    return load_instrument("minimoog-1osc")


@pytest.mark.parametrize("samples", [SAMPLES + 500, SAMPLES - 500])
def test_a_sound_is_predicted_as_a_note_of_its_start(
    samples: int, tmp_path: Path, minimoog: Instrument, data: Callable[..., SpectrogramData]
) -> None:
    audio = np.random.default_rng(0).standard_normal(samples).astype(np.float32)
    image = spectrogram(fit(audio, SAMPLES), RATE, IMAGES)
    sounds = data(image[np.newaxis], PATCH[np.newaxis], minimoog.names)
    torch.manual_seed(1)
    network = build_network(NETWORK, image.shape, len(minimoog.names))
    files = tmp_path / "w.safetensors", tmp_path / "m.json"
    save_network(*files, network, NETWORK, TrainingConfig(), sounds, {"epochs": 1})
    labels = make_loss(NETWORK, minimoog).labels(predict(network, sounds))
    found = predicted_patch(files[1], Sound(audio, RATE), SAMPLES, IMAGES, minimoog)
    assert np.array_equal(found, minimoog.decode(labels)[0])


def test_a_prediction_is_played_at_the_sounds_own_pitch(minimoog: Instrument) -> None:
    playing = PlayingConfig(
        engine=BuiltInConfig(), note=NoteConfig(), audio=AudioConfig(), silence=SilenceConfig()
    )
    with Keyboard(playing, minimoog, 1, seed_sequence(1, "gallery-test")) as keyboard:
        note = keyboard.engine(54, 40_000, 0.8).render(PATCH[np.newaxis])[0]
        sound = Sound(note[: round(0.8 * RATE)], RATE)
        found = played_prediction(PATCH, sound, keyboard)
        other = np.where(minimoog.continuous, 64, PATCH).astype(np.uint8)
        assert played_prediction(other, sound, keyboard).mss > 1
    assert found.key == 54
    assert found.mss < 0.5
    assert len(sound.audio) <= len(found.played) < 1.1 * len(sound.audio)
