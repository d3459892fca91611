import numpy as np
import pytest
import torch

from synthinv.audio.bands import band_weights
from synthinv.config.sections.solver import SolverConfig
from synthinv.solver.network import FrontEnd, Inputs, LogSpectrogram, SolverNetwork

SMALL = SolverConfig(
    channels=(8, 16), bottleneck=8, hidden_units=32, bands=32, long_window=4096, long_bands=64
)
RATE, SAMPLES = 44_100, 20_000
T = torch.arange(SAMPLES) / RATE


def front_end(notes: torch.Tensor) -> Inputs:
    result: Inputs = FrontEnd(SMALL, RATE)(notes)
    return result


def sawtooth(hz: float) -> torch.Tensor:
    return sum(torch.sin(2 * torch.pi * hz * k * T) / k for k in range(1, 20))[None]  # type: ignore


@pytest.mark.parametrize("samples", [SAMPLES, 3_000])
def test_every_note_gets_a_logit_per_class(samples: int) -> None:
    network = SolverNetwork(SMALL, (6, 128, 128), (False, True, True), samples, RATE)
    logits = network(torch.rand(3, samples))
    assert logits.shape == (3, 6 + 128 + 128)
    assert logits.dtype == torch.float32


def test_a_sine_is_brightest_in_its_band() -> None:
    window = 2048
    sine = torch.sin(2 * torch.pi * 1_000 * T)[None]
    levels = LogSpectrogram(window, 512, 32, RATE)(sine)[0, 10]
    weights = band_weights(window, 32, RATE)
    assert levels.argmax() == weights[round(1_000 * window / RATE)].argmax()


@pytest.mark.parametrize(("window", "hop", "bands"), [(2048, 512, 96), (16_384, 8192, 500)])
def test_blocks_of_bands_are_the_product_with_all_weights(
    window: int, hop: int, bands: int
) -> None:
    note = sawtooth(220)
    frames = torch.nn.functional.pad(note, (window // 2, window // 2)).unfold(1, window, hop)
    hann = torch.hann_window(window)
    power = torch.fft.rfft(frames * 2 * hann / hann.sum()).abs().square()
    levels = 10 * torch.log10(power @ torch.from_numpy(band_weights(window, bands, RATE)) + 1e-10)
    expected = 3 * (levels / 100 + 0.7)
    torch.testing.assert_close(LogSpectrogram(window, hop, bands, RATE)(note), expected)


def test_levels_are_in_decibels() -> None:
    spectrogram = LogSpectrogram(2048, 512, 32, RATE)
    sine = torch.sin(2 * torch.pi * 1_000 * T)[None]
    loud, soft = spectrogram(sine)[0, 10].max(), spectrogram(sine / 10)[0, 10].max()
    # The range of 100 dB is three units wide.
    assert (loud - soft).item() == pytest.approx(3 * 20 / 100, abs=1e-3)


def test_bands_cover_every_bin_between_the_ends() -> None:
    weights = band_weights(2048, 96, RATE)
    hz = np.arange(len(weights)) * RATE / 2048
    assert (weights[(hz > 40) & (hz < 17_000)].max(axis=1) > 0.2).all()
    np.testing.assert_array_equal(weights[hz > 19_000], 0)


def test_the_level_of_a_note_does_not_matter() -> None:
    note = sawtooth(110)
    for loud, soft in zip(front_end(note), front_end(0.01 * note), strict=True):
        torch.testing.assert_close(loud, soft, rtol=1e-3, atol=1e-3)


def test_silence_gives_finite_inputs() -> None:
    for inputs in front_end(torch.zeros(1, SAMPLES)):
        assert inputs.isfinite().all()


def test_only_the_waveform_distinguishes_a_sawtooth_from_its_reverse() -> None:
    forth, back = front_end(sawtooth(220)), front_end(-sawtooth(220))
    torch.testing.assert_close(forth.spectrogram, back.spectrogram)
    torch.testing.assert_close(forth.spectrum, back.spectrum)
    assert (forth.wave - back.wave).abs().max() > 0.5


def test_a_step_of_tuning_moves_the_spectrum() -> None:
    in_tune, turned = front_end(sawtooth(220)), front_end(sawtooth(220 * 2 ** (7 / 64 / 12)))
    assert (in_tune.spectrum - turned.spectrum).abs().max() > 0.1


def test_a_note_depends_on_itself_alone() -> None:
    torch.manual_seed(0)
    network = SolverNetwork(SMALL, (6, 128), (False, True), SAMPLES, RATE)
    notes = torch.rand(20, SAMPLES) - 0.5
    torch.testing.assert_close(network(notes)[17:], network(notes[17:]), rtol=1e-4, atol=1e-5)


def test_the_shipped_network_fits_into_ten_megabytes_in_half_precision() -> None:
    classes = (6, 128, 6, *[128] * 9)
    network = SolverNetwork(SolverConfig(), classes, [c == 128 for c in classes], 40_000, RATE)
    assert 2 * sum(p.numel() for p in network.parameters()) < 10e6
    assert sum(t.numel() for t in network.state_dict().values()) == sum(
        p.numel() for p in network.parameters()
    )
