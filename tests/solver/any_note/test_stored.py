"""Notes that are kept and trained on again."""

from collections import defaultdict

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


USES, KEPT = 3, 5


def source(seed: int = 1) -> VariedNotes:
    """Notes that are used three times, of which at most five batches are kept."""
    varied = VARIED.model_copy(
        update={
            "uses": USES,
            "kept": KEPT * SOLVER.batch_size,
            "augmentation": AugmentationConfig(hiss=1),
        }
    )
    return VariedNotes(PLAYING, INSTRUMENT, SOLVER.model_copy(update={"varied": varied}), seed)


def test_each_note_is_rendered_once_and_recorded_anew_each_time() -> None:
    notes, batches = source(), 12 * USES
    uses: dict[bytes, list[bytes]] = defaultdict(list)
    kept = 0
    for index in range(batches):
        pressed, patches = notes.batch(index)
        uses[patches.tobytes()].append(pressed.audio.tobytes())
        kept = max(kept, len(notes._stored))
    notes.close()
    assert 1 < kept <= KEPT
    assert all(len(set(recordings)) == len(recordings) for recordings in uses.values())
    # The first few are used less often, since the training starts amid their uses, and the last
    # few have uses left.
    often = [len(recordings) for recordings in uses.values()]
    assert max(often) == USES
    assert often.count(USES) >= batches / USES - KEPT


def test_a_training_that_is_resumed_renders_the_same_notes() -> None:
    whole, resumed = source(), source()
    batches = [whole.batch(index) for index in range(8)]
    for index in (4, 5, 6, 7):
        notes, patches = resumed.batch(index)
        np.testing.assert_array_equal(notes.audio, batches[index][0].audio)
        np.testing.assert_array_equal(patches, batches[index][1])
    whole.close()
    resumed.close()
