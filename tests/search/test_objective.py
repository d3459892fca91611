from collections.abc import Iterator
from itertools import chain
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest

from synthinv.audio.types import Audio
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Patches
from synthinv.metrics.audio import SpectralReference
from synthinv.search import objective as module
from synthinv.search.objective import (
    APART,
    BudgetSpentError,
    Differences,
    Objective,
    Played,
    match_reference,
    silenced,
    spread,
    total,
)

AUDIO = AudioConfig(samples=8_000)
TRUTH = np.array([77, 64, 26, 60, 40, 30, 5, 70, 40, 3, 70, 60], dtype=np.uint8)


@pytest.fixture(scope="module")
def engine() -> BuiltIn:
    minimoog = load_instrument("minimoog-1osc")
    return BuiltIn(minimoog, NoteConfig(), AUDIO)


def test_notes_with_a_low_peak_become_silence(engine: BuiltIn) -> None:
    notes = engine.render(TRUTH[np.newaxis])
    peak = np.abs(notes).max()
    soft = np.concatenate([notes, 0.1 * notes])
    np.testing.assert_array_equal(silenced(soft, 0.05 * peak), soft)
    kept, removed = silenced(soft, 0.5 * peak)
    np.testing.assert_array_equal(kept, notes[0])
    assert not removed.any()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that an objective's clock shows, in a list of one number."""
    shown = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: shown[0]))
    return shown


def test_where_time_is_short_the_renders_in_it_are_counted(
    engine: BuiltIn, clock: list[float]
) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    objective = Objective(engine, SpectralReference(note, AUDIO.sample_rate), 200, seconds=60)
    told: list[tuple[int, int]] = []
    objective.progress = lambda *counts: told.append(counts)
    for seconds in (10, 30, 58):
        objective(np.tile(TRUTH, (4, 1)))
        clock[0] = seconds
    objective(TRUTH[np.newaxis])
    # 8 notes in 10 s are 48 in a minute, 12 in 30 s are 24.
    assert told == [(4, 200), (8, 48), (12, 24), (13, 13)]
    assert not objective.late
    clock[0] = 61
    with pytest.raises(BudgetSpentError):
        objective(TRUTH[np.newaxis])
    assert objective.late


def test_a_batch_for_which_time_is_short_is_not_finished(
    engine: BuiltIn, clock: list[float]
) -> None:
    """Every note takes a second, as on a synth that is played live."""
    note = engine.render(TRUTH[np.newaxis])[0]
    objective = Objective(None, SpectralReference(note, AUDIO.sample_rate), 200, seconds=20)

    def render(patches: Patches, progress: ProgressHook | None) -> Audio:
        clock[0] += len(patches)
        return engine.render(patches, progress)

    objective.engine = SimpleNamespace(render=render)
    objective(np.tile(TRUTH, (8, 1)))
    with pytest.raises(BudgetSpentError):
        objective(np.tile(TRUTH, (90, 1)))
    assert objective.late
    assert len(objective.result().curve) == 21


def test_the_first_batch_says_how_few_renders_there_will_be(
    engine: BuiltIn, clock: list[float]
) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    objective = Objective(engine, SpectralReference(note, AUDIO.sample_rate), 200, seconds=60)
    told: list[tuple[int, int]] = []
    objective.progress = lambda *counts: told.append(counts)
    clock[0] = 30
    objective(np.tile(TRUTH, (4, 1)))
    assert told == [(4, 8)]


def test_a_spent_budget_is_not_late(engine: BuiltIn) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    objective = Objective(engine, SpectralReference(note, AUDIO.sample_rate), 1, seconds=60)
    with pytest.raises(BudgetSpentError):
        objective(np.tile(TRUTH, (2, 1)))
    assert not objective.late


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_batches_played_ahead_come_out_as_each_by_itself(engine: BuiltIn, threads: int) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    reference = SpectralReference(note, AUDIO.sample_rate)
    patches = np.tile(TRUTH, (10, 1))
    patches[:, 3] = np.arange(10, 110, 10)
    batches = [patches[:4], patches[4:7], patches[7:]]
    by_itself = Objective(engine, reference, 9)
    expected = [
        by_itself.play(batch[:size]) for batch, size in zip(batches, (4, 3, 2), strict=True)
    ]
    objective = Objective(engine, reference, 9, threads=threads)
    # The budget ends within the third batch, and there is no fourth.
    found = list(objective.play_ahead([*batches, *batches]))
    assert [len(played) for played in found] == [4, 3, 2]
    for one, other in zip(chain(*found), chain(*expected), strict=True):
        np.testing.assert_array_equal(one.patch, other.patch)
        assert one.error == other.error
    assert objective.left == 0
    np.testing.assert_array_equal(objective.result().curve, by_itself.result().curve)
    np.testing.assert_array_equal(objective.result().patch, by_itself.result().patch)


def test_with_one_thread_nothing_is_compared_while_the_engine_plays(engine: BuiltIn) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    events: list[str] = []

    def render(patches: Patches, progress: ProgressHook | None) -> Audio:
        events.append("play")
        return engine.render(patches, progress)

    class Slow(SpectralReference):
        def differences(self, candidates: Audio, threads: int = 1) -> Differences:
            sleep(0.05)
            events.append("compared")
            return super().differences(candidates, threads)

    slow = Slow(note, AUDIO.sample_rate)
    objective = Objective(SimpleNamespace(render=render), slow, 200)
    list(objective.play_ahead([np.tile(TRUTH, (2, 1))] * 3))
    assert events == ["play", "compared"] * 3


def test_a_batch_is_taken_before_the_one_before_it_is_known(engine: BuiltIn) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    objective = Objective(engine, SpectralReference(note, AUDIO.sample_rate), 200)
    events: list[str] = []

    def batches() -> Iterator[Patches]:
        for number in range(3):
            events.append(f"asked {number}")
            yield np.tile(TRUTH, (2, 1))

    for number, played in enumerate(objective.play_ahead(batches())):
        assert len(played) == 2
        events.append(f"told {number}")
    assert events == ["asked 0", "asked 1", "told 0", "asked 2", "told 1", "told 2"]


def test_no_batch_is_played_after_the_time(engine: BuiltIn, clock: list[float]) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    reference = SpectralReference(note, AUDIO.sample_rate)
    objective = Objective(None, reference, 2_000, seconds=20)

    def render(patches: Patches, progress: ProgressHook | None) -> Audio:
        clock[0] += len(patches)
        return engine.render(patches, progress)

    objective.engine = SimpleNamespace(render=render)
    found = list(objective.play_ahead(np.tile(TRUTH, (8, 1)) for _ in range(100)))
    assert [len(played) for played in found] == [8, 8, 4, 1]
    assert objective.late


def test_a_silent_patch_is_far_from_any_sound(engine: BuiltIn) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    reference = SpectralReference(note, AUDIO.sample_rate)
    strict = Objective(engine, reference, 10, quietest=2 * float(np.abs(note).max()))
    assert Objective(engine, reference, 10)(TRUTH[np.newaxis])[0] == 0
    assert strict(TRUTH[np.newaxis])[0] > 20


def played(*errors: float) -> list[Played]:
    """Return patches whose notes differ from the sound in one point."""
    return [Played(np.array([0]), np.array([e], np.float32), abs(e)) for e in errors]


def test_starts_that_sound_alike_count_once() -> None:
    starts = played(5.0, 2.0, 2.0 + APART / 2, -3.0, 5.0 + 2 * APART)
    assert [start.error for start in spread(starts, 10)] == [2.0, 3.0, 5.0, 5.0 + 2 * APART]
    assert [start.error for start in spread(starts, 2)] == [2.0, 3.0]
    assert [start.error for start in spread(starts, 1)] == [2.0]


def test_a_match_compares_fewer_of_the_short_windows_with_nearly_the_same_error(
    engine: BuiltIn,
) -> None:
    patches = np.tile(TRUTH, (4, 1))
    patches[1:, 3] = (40, 80, 120)
    notes = engine.render(patches)
    full = SpectralReference(notes[0], AUDIO.sample_rate, module.ABSOLUTE_SHARE)
    matching = match_reference(notes[0], AUDIO.sample_rate)
    differences, all_differences = matching.differences(notes), full.differences(notes)
    assert differences.shape[1] < 0.7 * all_differences.shape[1]
    np.testing.assert_allclose(total(differences), total(all_differences), rtol=0.1)
