from itertools import repeat

import numpy as np
import pytest
import torch

from synthinv.config.sections.playing import AudioConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.model import Instrument
from synthinv.solver.inversynth import CLASSES, InverSynthNetwork, LinearSpectrogram
from synthinv.solver.network import SolverNetwork
from synthinv.solver.training import build_solver, train_solver

RATE = 44_100


@pytest.mark.parametrize("samples", [40_000, 4_000])
def test_every_cc_value_gets_the_logit_of_its_class(samples: int) -> None:
    network = InverSynthNetwork((6, 128, 3), samples, RATE)
    logits = network(torch.rand(2, samples))
    assert logits.shape == (2, 6 + 128 + 3)
    assert logits.dtype == torch.float32
    knob = logits[:, 6:134].reshape(2, CLASSES, 8)
    # Eight neighbouring CC values are one class, and neighbouring classes are not.
    torch.testing.assert_close(knob, knob[:, :, :1].expand_as(knob), rtol=0, atol=0)
    assert (knob[:, 1:, 0] != knob[:, :-1, 0]).all()
    # Knobs with positions keep a class for each.
    assert len(logits[0, :6].unique()) == 6
    assert len(logits[0, 134:].unique()) == 3


def test_a_sine_is_brightest_in_its_bin() -> None:
    time = torch.arange(20_000) / RATE
    spectrogram = LinearSpectrogram(RATE)
    image = spectrogram(torch.sin(2 * torch.pi * 1_000 * time)[None])
    assert image.shape[:3] == (1, 1, 257)
    assert image[0, 0, :, 5].argmax() == round(1_000 * spectrogram.fourier.window / RATE)


def test_silence_has_an_image() -> None:
    assert LinearSpectrogram(RATE)(torch.zeros(1, 4_000)).isfinite().all()


def test_the_architecture_is_chosen_by_its_name(toy: Instrument) -> None:
    audio = AudioConfig(samples=4_000)
    assert isinstance(
        build_solver(SolverConfig(architecture="inversynth"), toy, audio), InverSynthNetwork
    )
    small = SolverConfig(channels=(8,), bands=32, long_window=2048, long_bands=64)
    assert isinstance(build_solver(small, toy, audio), SolverNetwork)


def test_it_memorises_a_few_notes(toy: Instrument) -> None:
    solver = SolverConfig(
        architecture="inversynth",
        label_smoothing=0,
        batch_size=8,
        notes=8 * 60,
        threads=1,
        ema=0,
    )
    audio = AudioConfig(samples=4_000)
    hertz = np.linspace(200, 4_000, 8)[:, np.newaxis]
    notes = np.sin(2 * np.pi * hertz * np.arange(audio.samples) / RATE).astype(np.float32)
    patches = np.stack([[16 * i, 51 * (i % 3), 127 - 16 * i] for i in range(8)]).astype(np.uint8)
    _, losses = train_solver(
        repeat((notes, patches)), toy, solver, audio, np.random.SeedSequence(1)
    )
    # What is left is that eight CC values share a class.
    assert losses[-1] < (2 * np.log(8) + losses[0]) / 3
