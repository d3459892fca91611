"""Notes that are kept and trained on again."""

import numpy as np

from synthinv.audio.presses import PressedNotes
from synthinv.config.sections.varied_notes import AugmentationConfig
from synthinv.solver.any_note.notes import VariedNotes
from synthinv.solver.any_note.stored import StoredNotes
from tests.solver.any_note.conftest import INSTRUMENT, PLAYING, SOLVER, VARIED


def test_notes_come_back_to_within_ninety_decibels_of_their_peaks() -> None:
    rng = np.random.default_rng(0)
    lengths = np.array([500, 1_000, 2])
    audio = (rng.uniform(-1, 1, (3, 1_000)) * [[1.0], [1e-3], [0.0]]).astype(np.float32)
    audio *= np.arange(1_000) < lengths[:, np.newaxis]
    keys = np.array([36, 60, 84])
    patches = rng.integers(0, 128, (3, 2)).astype(np.uint8)
    notes, same = StoredNotes(PressedNotes(audio, lengths, lengths // 2, keys), patches).restored()
    np.testing.assert_array_equal(same, patches)
    np.testing.assert_array_equal(notes.lengths, lengths)
    np.testing.assert_array_equal(notes.held, lengths // 2)
    np.testing.assert_array_equal(notes.keys, keys)
    peaks = np.abs(audio).max(axis=1, keepdims=True)
    assert (np.abs(notes.audio - audio) <= 10 ** (-90 / 20) * peaks).all()


def test_distinct_notes_are_rendered_once_and_recorded_anew_each_time() -> None:
    varied = VARIED.model_copy(
        update={"distinct": 2 * SOLVER.batch_size, "augmentation": AugmentationConfig(hiss=1)}
    )
    solver = SOLVER.model_copy(update={"varied": varied})
    source = VariedNotes(PLAYING, INSTRUMENT, solver, 1)
    first, other, again = (source.batch(index) for index in (0, 1, 2))
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])
    assert not np.array_equal(first[0].audio, again[0].audio)
    # A training that is resumed renders what it needs.
    resumed = VariedNotes(PLAYING, INSTRUMENT, solver, 1).batch(2)
    np.testing.assert_array_equal(resumed[0].audio, again[0].audio)
    source.close()
