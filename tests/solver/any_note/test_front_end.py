"""The inputs of the any-note solver's layers, in NumPy and in PyTorch."""

import numpy as np
import pytest

from synthinv.audio.presses import KeyPress, PressedNotes, pressed
from synthinv.audio.types import Audio
from synthinv.config.sections.solver import SolverConfig
from synthinv.config.sections.varied_notes import VariedNotesConfig
from synthinv.solver.any_note.front_end import SILENCE, AnyNoteFrontEnd
from synthinv.solver.any_note.layout import FRAMES, layout_of
from synthinv.solver.any_note.spectra import AnyNoteSpectra
from synthinv.solver.front_ends import Inputs

RATE = 44_100
FULL = SolverConfig(architecture="any-note", varied=VariedNotesConfig(), long_bands=384)


def saw(hz: float, seconds: float) -> Audio:
    """Return a decaying sawtooth without aliases."""
    times = np.arange(round(seconds * RATE)) / RATE
    partials = [np.sin(2 * np.pi * k * hz * times) / k for k in range(1, int(15_000 / hz))]
    note: Audio = (np.sum(partials, axis=0) * np.exp(-times)).astype(np.float32)
    return note


def inputs(note: Audio, key: int, held: float | None = None, rate: int = RATE) -> Inputs:
    return AnyNoteFrontEnd(FULL, rate)(pressed(note[np.newaxis], KeyPress(key, held), rate))


@pytest.mark.parametrize("rate", [44_100, 22_050])
def test_numpy_and_pytorch_agree(rate: int) -> None:
    rng = np.random.default_rng(0)
    lengths = np.array([1, 2_000, 30_000, 4 * rate, 12_345])
    ends = np.arange(lengths.max()) < lengths[:, np.newaxis]
    audio = (rng.uniform(-0.2, 0.2, ends.shape) * ends).astype(np.float32)
    audio[4] = 0
    notes = PressedNotes(audio, lengths, (lengths + 1) // 2, np.array([0, 28, 60, 100, 127]))
    batch = AnyNoteSpectra(FULL, rate)(notes)._asdict()
    one_by_one = [AnyNoteFrontEnd(FULL, rate)(note) for note in notes]
    for name, tensor in batch.items():
        expected = np.concatenate([note[name] for note in one_by_one])
        assert expected.dtype == np.float32
        np.testing.assert_allclose(tensor.numpy(), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.3, 1.1, 4.0])
def test_frames_after_the_end_are_silent(seconds: float) -> None:
    image = inputs(saw(220, seconds), 57, held=seconds / 2)["image"][0]
    edges = layout_of(FULL, RATE).edges[:FRAMES] / RATE
    # A window reaches 1024 samples beyond its middle, which lies within the frame.
    assert (image[0][:, edges > seconds + 0.05] == np.float32(SILENCE)).all()
    loud = image[0].max(axis=0) > SILENCE + 1
    assert loud[edges < seconds - 0.03].all()
    marks = np.select([edges < seconds / 2, edges < seconds], [1, 0], -1)
    np.testing.assert_array_equal(image[1][0], marks)


def test_a_note_an_octave_higher_with_its_key_looks_nearly_the_same() -> None:
    low, high, unmoved = inputs(saw(440, 1), 69), inputs(saw(880, 1), 81), inputs(saw(880, 1), 69)

    def difference(other: Inputs, name: str, bands: slice) -> float:
        # The last but one axis of the image, the last of the spectrum.
        levels = [i[name][0, 0].T if name == "image" else i[name][0] for i in (low, other)]
        return float(np.abs(levels[0][..., bands] - levels[1][..., bands])[:60].mean())

    # Between partials, windows of one length for all keys make some difference.
    for name, bands, most in (("image", slice(36, 70), 0.6), ("spectrum", slice(100, 300), 0.4)):
        assert difference(high, name, bands) < most * difference(unmoved, name, bands)


def test_levels_are_those_of_the_peak_normalised_note() -> None:
    note = saw(220, 0.5)
    for name, values in inputs(note, 57).items():
        np.testing.assert_allclose(inputs(note * np.float32(0.01), 57)[name], values, atol=1e-3)


def test_key_and_times_are_told_apart() -> None:
    note = saw(220, 0.5)
    first = inputs(note, 57, held=0.1)["press"]
    for key, held in ((58, 0.1), (57, 0.2), (57, None)):
        assert np.abs(inputs(note, key, held)["press"] - first).max() > 0.01
