from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.capture.capture import Capture, capture_shard, render_shuffled
from synthinv.common.errors import NoteError, SynthinvError
from synthinv.common.progress import ProgressHook
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.playing import SilenceConfig
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument

Patch = tuple[int, ...]
SILENCE = SilenceConfig(level_dbfs=-60, draws=5)


class FakeEngine:
    """An engine that gives every patch its own sound, at a level that the test decides."""

    latency = 0

    def __init__(self, level: Callable[[Patch], float] = lambda _: 0.5) -> None:
        self.level = level
        self.rendered = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def render(self, patches: Any, progress: ProgressHook | None = None) -> npt.NDArray[np.float32]:
        self.rendered += len(patches)
        notes = []
        for patch in patches.tolist():
            note = np.random.default_rng(patch).uniform(-0.9, 0.9, 100)
            note[0] = 1
            notes.append(note * self.level(tuple(patch)))
        return np.array(notes, dtype=np.float32)


def capture(
    engine: FakeEngine, instrument: Instrument, *keys: str | int, count: int = 8
) -> Capture:
    return capture_shard(engine, instrument, seed_sequence(1, "capture", *keys), count, SILENCE)


def draws(instrument: Instrument, note: int, *keys: str | int) -> list[Patch]:
    rng = np.random.default_rng(seed_sequence(1, "capture", *keys).spawn(8)[note])
    return [tuple(instrument.sample(rng).tolist()) for _ in range(6)]


def test_a_sounding_shard_is_captured_in_one_go(toy: Instrument) -> None:
    engine = FakeEngine()
    found = capture(engine, toy, "a", 0)
    assert (found.silent, found.clipped, engine.rendered) == (0, 0, 8)
    assert found.patches.shape == (8, 3)
    np.testing.assert_array_equal(found.audio, engine.render(found.patches))


@pytest.mark.parametrize(
    ("level", "silent", "clipped"),
    [(0.0, 2, 0), (0.0009, 2, 0), (1.0, 0, 2)],
    ids=["digital silence", "too quiet", "clipped"],
)
def test_an_unusable_patch_is_replaced_by_its_own_seeds_next_draw(
    toy: Instrument, level: float, silent: int, clipped: int
) -> None:
    bad = draws(toy, 3, "a", 0)[:2]
    plain = capture(FakeEngine(), toy, "a", 0)
    assert tuple(plain.patches[3].tolist()) == bad[0]

    engine = FakeEngine(lambda patch: level if patch in bad else 0.5)
    found = capture(engine, toy, "a", 0)
    assert tuple(found.patches[3].tolist()) == draws(toy, 3, "a", 0)[2]
    others = [0, 1, 2, 4, 5, 6, 7]
    np.testing.assert_array_equal(found.patches[others], plain.patches[others])
    np.testing.assert_array_equal(found.audio[others], plain.audio[others])
    np.testing.assert_array_equal(found.audio[3], engine.render(found.patches[[3]])[0])
    assert (found.silent, found.clipped) == (silent, clipped)


def test_only_the_unusable_notes_are_played_again(toy: Instrument) -> None:
    bad = [draws(toy, note, "a", 0)[0] for note in (1, 6)]
    engine = FakeEngine(lambda patch: 0.0 if patch in bad else 0.5)
    capture(engine, toy, "a", 0)
    assert engine.rendered == 8 + 2


def test_silent_and_clipped_draws_are_counted_apart(toy: Instrument) -> None:
    quiet, loud = draws(toy, 1, "a", 0)[0], draws(toy, 6, "a", 0)[0]
    found = capture(FakeEngine(lambda p: {quiet: 0.0, loud: 1.0}.get(p, 0.5)), toy, "a", 0)
    assert (found.silent, found.clipped) == (1, 1)


def test_a_level_just_above_the_threshold_is_kept(toy: Instrument) -> None:
    assert capture(FakeEngine(lambda _: 0.00101), toy, "a", 0).silent == 0
    assert capture(FakeEngine(lambda _: 0.999), toy, "a", 0).clipped == 0


@pytest.mark.parametrize(("level", "fault"), [(0.0, "stayed below -60 dBFS"), (1.0, "clipped")])
def test_a_note_that_never_sounds_is_named(toy: Instrument, level: float, fault: str) -> None:
    bad = draws(toy, 5, "a", 0)
    engine = FakeEngine(lambda patch: level if patch in bad else 0.5)
    with pytest.raises(SynthinvError, match=f"note 5 {fault} in each of 5 draws"):
        capture(engine, toy, "a", 0)
    assert engine.rendered == 8 + 4


def test_the_last_draw_allowed_is_used(toy: Instrument) -> None:
    bad = draws(toy, 5, "a", 0)[:4]
    found = capture(FakeEngine(lambda patch: 0.0 if patch in bad else 0.5), toy, "a", 0)
    assert found.silent == 4


def test_a_shard_does_not_depend_on_the_order_of_shards(toy: Instrument) -> None:
    forwards = {i: capture(FakeEngine(), toy, "a", i) for i in range(4)}
    backwards = {i: capture(FakeEngine(), toy, "a", i) for i in reversed(range(4))}
    for i in range(4):
        assert forwards[i].patches.tobytes() == backwards[i].patches.tobytes()
        assert forwards[i].audio.tobytes() == backwards[i].audio.tobytes()


def test_a_patch_does_not_depend_on_the_shards_size(toy: Instrument) -> None:
    short, long = (capture(FakeEngine(), toy, "a", 0, count=n).patches for n in (3, 8))
    np.testing.assert_array_equal(short, long[:3])


def test_data_sets_and_shards_are_disjoint(root: Path) -> None:
    instrument = load_instrument("minimoog-1osc")
    patches = [
        tuple(patch)
        for name in ("search", "final", "test")
        for shard in range(3)
        for patch in capture(FakeEngine(), instrument, name, shard, count=50).patches.tolist()
    ]
    assert len(set(patches)) == 450


def test_every_draw_is_counted(toy: Instrument) -> None:
    class Counting(FakeEngine):
        def render(
            self, patches: Any, progress: ProgressHook | None = None
        ) -> npt.NDArray[np.float32]:
            assert progress is not None
            progress(len(patches), len(patches))
            return super().render(patches)

    bad = draws(toy, 6, "a", 0)[0]
    told: list[tuple[int, int]] = []
    capture_shard(
        Counting(lambda patch: 0.0 if patch == bad else 0.5),
        toy,
        seed_sequence(1, "capture", "a", 0),
        8,
        SILENCE,
        lambda *counts: told.append(counts),
    )
    assert told == [(8, 8), (9, 9)]


def test_a_fault_in_a_replacement_names_the_note_in_its_shard(toy: Instrument) -> None:
    class Failing(FakeEngine):
        def render(
            self, patches: Any, progress: ProgressHook | None = None
        ) -> npt.NDArray[np.float32]:
            if len(patches) < 8:
                raise NoteError(0, "was cut short")
            return super().render(patches, progress)

    bad = draws(toy, 6, "a", 0)[0]
    engine = Failing(lambda patch: 0.0 if patch == bad else 0.5)
    with pytest.raises(NoteError, match="note 6 was cut short"):
        capture(engine, toy, "a", 0)


def test_shuffled_notes_come_back_in_the_order_of_the_patches(toy: Instrument) -> None:
    class Recording(FakeEngine):
        def render(
            self, patches: Any, progress: ProgressHook | None = None
        ) -> npt.NDArray[np.float32]:
            self.played = patches
            return super().render(patches, progress)

    patches = capture(FakeEngine(), toy, "a", 0).patches
    engine = Recording()
    audio = render_shuffled(engine, patches, seed_sequence(1, "play"))
    np.testing.assert_array_equal(audio, FakeEngine().render(patches))
    assert (engine.played != patches).any()
    assert sorted(engine.played.tolist()) == sorted(patches.tolist())
