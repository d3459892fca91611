"""Fresh notes of random keys and lengths."""

from itertools import islice

import numpy as np
import pytest

from synthinv.audio.presses import PressedNotes
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.playing import NoteConfig, PlayingConfig, SilenceConfig
from synthinv.config.sections.varied_notes import AugmentationConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.model import Patches
from synthinv.solver.any_note.notes import VariedNotes
from synthinv.solver.data import skipped, training_notes
from tests.solver.any_note.conftest import INSTRUMENT, PLAYING, SOLVER, VARIED


def batches(count: int, seed: int = 1, threads: int = 1) -> list[tuple[PressedNotes, Patches]]:
    varied = VARIED.model_copy(update={"augmentation": AugmentationConfig()})
    solver = SOLVER.model_copy(update={"threads": threads, "varied": varied})
    with training_notes([], PLAYING, INSTRUMENT, solver, seed) as source:
        return list(islice(source, count))  # type: ignore[arg-type]


def assert_equal(first: tuple[PressedNotes, Patches], other: tuple[PressedNotes, Patches]) -> None:
    np.testing.assert_array_equal(first[1], other[1])
    for field in ("audio", "lengths", "held", "keys"):
        np.testing.assert_array_equal(getattr(first[0], field), getattr(other[0], field))


def test_notes_are_the_same_for_the_same_seed_whatever_the_threads() -> None:
    first, again, other = batches(3), batches(3, threads=3), batches(1, seed=2)
    for one, two in zip(first, again, strict=True):
        assert_equal(one, two)
    assert not np.array_equal(first[0][1], first[1][1])
    assert not np.array_equal(first[0][1], other[0][1])


def test_batches_are_skipped_without_being_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = batches(3)[2]
    rendered: list[int] = []
    batch = VariedNotes.batch

    def recorded(self: VariedNotes, index: int) -> tuple[PressedNotes, Patches]:
        rendered.append(index)
        return batch(self, index)

    monkeypatch.setattr(VariedNotes, "batch", recorded)
    varied = VARIED.model_copy(update={"augmentation": AugmentationConfig()})
    solver = SOLVER.model_copy(update={"varied": varied})
    with training_notes([], PLAYING, INSTRUMENT, solver, 1) as source:
        assert_equal(next(skipped(source, 2)), expected)  # type: ignore[arg-type]
    assert min(rendered) == 2


def test_a_note_is_what_the_engine_plays_with_its_key_and_length() -> None:
    # One velocity and key, as the engine plays one note.
    varied = VARIED.model_copy(update={"keys": (57, 57), "velocities": (80, 80)})
    solver = SOLVER.model_copy(update={"varied": varied})
    notes, patches = VariedNotes(PLAYING, INSTRUMENT, solver, 1).batch(0)
    assert len(set(notes.lengths.tolist())) == 4
    assert (notes.keys == 57).all()
    for note, patch in zip(notes, patches, strict=True):
        rate = PLAYING.audio.sample_rate
        played = NoteConfig(number=57, velocity=80, seconds=note.held[0] / rate)
        audio = PLAYING.audio.model_copy(update={"samples": int(note.lengths[0])})
        expected = BuiltIn(INSTRUMENT, played, audio).render(patch[np.newaxis])
        np.testing.assert_allclose(note.audio, expected, atol=1e-6)


def test_keys_lengths_and_releases_are_as_configured() -> None:
    varied = VARIED.model_copy(update={"group": 1})
    source = VariedNotes(PLAYING, INSTRUMENT, SOLVER.model_copy(update={"varied": varied}), 1)
    found = [source.batch(index)[0] for index in range(4)]
    keys, lengths, held = (
        np.concatenate([getattr(notes, name) for notes in found])
        for name in ("keys", "lengths", "held")
    )
    rate = PLAYING.audio.sample_rate
    assert 48 <= keys.min() < 52 < 68 < keys.max() <= 72
    assert 0.05 * rate - 1 <= lengths.min() < 0.06 * rate < 0.17 * rate < lengths.max()
    assert lengths.max() <= 0.2 * rate + 1
    assert 0.25 < (held == lengths).mean() < 0.6
    assert (held <= lengths).all()


def test_silence_and_other_engines_are_refused() -> None:
    silence = PlayingConfig(silence=SilenceConfig(level_dbfs=-1e-6))
    with pytest.raises(SynthinvError, match="32 random patches of range and cutoff in a row"):
        VariedNotes(silence, INSTRUMENT, SOLVER, 1).batch(0)
    live = PlayingConfig.model_validate({"engine": {"kind": "live", "midi_port": "nowhere"}})
    with pytest.raises(SynthinvError, match=r"engine\.kind is live, which plays in real time"):
        VariedNotes(live, INSTRUMENT, SOLVER, 1)
