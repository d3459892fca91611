import numpy as np
import numpy.typing as npt
import pytest

from synthinv.capture.shards import Shard
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.config.sections.solver import RefinementConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.classes import Logits, predicted_labels
from synthinv.instruments.load import hold, load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.metrics.audio import SpectralReference
from synthinv.search.gauss_newton import (
    GaussNewton,
    candidates,
    least_absolute_deviations,
    refine,
    refine_predictions,
    standard_deviations,
)
from synthinv.search.objective import Objective
from tests.search.heard_knobs import HeardKnobs, panel

AUDIO = AudioConfig(samples=8_000)
TRUTH = np.array([77, 64, 26, 60, 40, 30, 5, 70, 40, 3, 70, 60], dtype=np.uint8)


@pytest.fixture(scope="module")
def minimoog() -> Instrument:
    return load_instrument("minimoog-1osc")


@pytest.fixture(scope="module")
def engine(minimoog: Instrument) -> BuiltIn:
    return BuiltIn(minimoog, NoteConfig(), AUDIO)


def logits_around(instrument: Instrument, patch: Patches, sd: float = 6.0) -> Logits:
    """Return logits of normal distributions around a patch's values."""
    parts = []
    for knob, value in zip(instrument.parameters, patch.astype(float), strict=True):
        parts.append(-0.5 * ((knob.steps - value) / sd) ** 2)
    return np.concatenate(parts).astype(np.float32)[np.newaxis]


def objective(engine: BuiltIn, renders: int) -> Objective:
    note = engine.render(TRUTH[np.newaxis])[0]
    return Objective(engine, SpectralReference(note, AUDIO.sample_rate), renders)


def off(offset: int) -> Patches:
    """Return the truth with its continuous knobs moved up and down."""
    patch = TRUTH.astype(int)
    patch[3:] += offset * np.array([1, -1, 1, -1, 1, -1, 1, -1, 1])
    return patch.clip(0, 127).astype(np.uint8)


def test_refinement_improves_a_near_prediction(minimoog: Instrument, engine: BuiltIn) -> None:
    logits = logits_around(minimoog, off(4))
    result = refine(
        objective(engine, 150), minimoog, logits, RefinementConfig(), np.random.SeedSequence(1)
    )
    assert result.error < result.curve[0] / 5


def test_the_result_has_the_error_that_was_measured(minimoog: Instrument, engine: BuiltIn) -> None:
    logits = logits_around(minimoog, off(4))
    result = refine(
        objective(engine, 40), minimoog, logits, RefinementConfig(), np.random.SeedSequence(1)
    )
    assert objective(engine, 1)(result.patch[np.newaxis])[0] == pytest.approx(result.error)
    assert result.error == result.curve[-1]


@pytest.mark.parametrize("renders", [1, 3, 10, 15, 33])
def test_the_budget_is_spent_to_the_last_render(
    minimoog: Instrument, engine: BuiltIn, renders: int
) -> None:
    logits = logits_around(minimoog, off(30))
    result = refine(
        objective(engine, renders), minimoog, logits, RefinementConfig(), np.random.SeedSequence(1)
    )
    assert len(result.curve) == renders
    assert (np.diff(result.curve) <= 0).all()


def test_refinement_never_worsens_a_prediction(minimoog: Instrument, engine: BuiltIn) -> None:
    for seed in range(3):
        logits = np.random.default_rng(seed).normal(0, 3, (1, 1292)).astype(np.float32)
        prediction = minimoog.decode(predicted_labels(minimoog, logits))
        result = refine(
            objective(engine, 25),
            minimoog,
            logits,
            RefinementConfig(),
            np.random.SeedSequence(seed),
        )
        before = objective(engine, 1)(prediction)[0]
        assert result.curve[0] == pytest.approx(before)
        assert result.error <= before


def test_the_seed_decides(minimoog: Instrument, engine: BuiltIn) -> None:
    logits = logits_around(minimoog, off(9))
    first, again, other = (
        refine(
            objective(engine, 60), minimoog, logits, RefinementConfig(), np.random.SeedSequence(s)
        )
        for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.curve, again.curve)
    np.testing.assert_array_equal(first.patch, again.patch)
    assert not np.array_equal(first.curve, other.curve)


def test_renders_are_counted(minimoog: Instrument, engine: BuiltIn) -> None:
    told: list[tuple[int, int]] = []
    counted = objective(engine, 60)
    counted.progress = lambda *counts: told.append(counts)
    logits = logits_around(minimoog, off(9))
    refine(counted, minimoog, logits, RefinementConfig(), np.random.SeedSequence(1))
    assert len(told) > 3
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1] == (60, 60)
    assert {total for _, total in told} == {60}


def test_positions_stay_positions(minimoog: Instrument, engine: BuiltIn) -> None:
    played: list[Patches] = []

    class Recording(BuiltIn):
        def render(
            self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
        ) -> npt.NDArray[np.float32]:
            played.append(patches.astype(np.uint8))
            return super().render(patches, progress)

    recording = Recording(minimoog, NoteConfig(), AUDIO)
    refine(
        objective(recording, 80),
        minimoog,
        logits_around(minimoog, off(9), sd=30),
        RefinementConfig(),
        np.random.SeedSequence(1),
    )
    everything = np.concatenate(played)
    assert len(np.unique(everything[:, 2])) > 1
    np.testing.assert_array_equal(minimoog.decode(minimoog.encode(everything)), everything)


def test_a_wrong_position_is_corrected_if_it_is_not_certain(
    minimoog: Instrument, engine: BuiltIn
) -> None:
    wrong = off(3)
    wrong[2] = 77
    logits = np.maximum(logits_around(minimoog, wrong), -100)
    # Classes of range, tuning, then waveform: 77 is its position 3, 26 position 1.
    logits[0, 6 + 128 + 1] = logits[0, 6 + 128 + 3] - 0.5
    result = refine(
        objective(engine, 150),
        minimoog,
        logits,
        RefinementConfig(candidates=1),
        np.random.SeedSequence(1),
    )
    assert result.patch[2] == TRUTH[2]


def test_a_perfect_prediction_needs_no_more_renders(minimoog: Instrument, engine: BuiltIn) -> None:
    result = refine(
        objective(engine, 200),
        minimoog,
        logits_around(minimoog, TRUTH, sd=1),
        RefinementConfig(candidates=4),
        np.random.SeedSequence(1),
    )
    assert result.error == 0
    assert len(result.curve) == 4
    np.testing.assert_array_equal(result.patch, TRUTH)


def test_without_time_only_the_candidates_are_rendered(
    minimoog: Instrument, engine: BuiltIn
) -> None:
    note = engine.render(TRUTH[np.newaxis])[0]
    hurried = Objective(engine, SpectralReference(note, AUDIO.sample_rate), 200, seconds=1e-9)
    logits = logits_around(minimoog, off(30))
    result = refine(
        hurried, minimoog, logits, RefinementConfig(candidates=6), np.random.SeedSequence(1)
    )
    assert len(result.curve) == 6


def test_instruments_of_positions_only_can_be_refined(engine: BuiltIn) -> None:
    full = engine.instrument
    held = {n: int(v) for n, v in zip(full.names, TRUTH, strict=True) if "_wave" not in n}
    instrument = hold(full, held)
    own = BuiltIn(instrument, NoteConfig(), AUDIO)
    note = engine.render(TRUTH[np.newaxis])[0]
    result = refine(
        Objective(own, SpectralReference(note, AUDIO.sample_rate), 200),
        instrument,
        np.zeros((1, 6), dtype=np.float32),
        RefinementConfig(candidates=2),
        np.random.SeedSequence(1),
    )
    assert result.patch == TRUTH[2]


def test_candidates_begin_with_the_prediction_and_differ(minimoog: Instrument) -> None:
    logits = logits_around(minimoog, off(4))
    drawn = candidates(minimoog, logits, 10, np.random.default_rng(1))
    prediction = minimoog.decode(predicted_labels(minimoog, logits))
    np.testing.assert_array_equal(drawn[:1], prediction)
    assert len(np.unique(drawn, axis=0)) == 10


def test_narrow_distributions_give_one_candidate(minimoog: Instrument) -> None:
    drawn = candidates(minimoog, logits_around(minimoog, TRUTH, 0.1), 10, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn, TRUTH[np.newaxis])


def test_standard_deviations_are_one_step_at_least(minimoog: Instrument) -> None:
    wide, narrow = (
        standard_deviations(minimoog, logits_around(minimoog, TRUTH, sd)) for sd in (3.0, 0.1)
    )
    assert wide[3] == pytest.approx(3, rel=1e-3)
    np.testing.assert_array_equal(narrow, 1)


def test_knobs_are_moved_by_the_root_of_their_spread_and_within_their_travel() -> None:
    instrument = panel(sections=1, knobs=6)
    start = np.array([64, 64, 64, 64, 0, 127])
    # Of a spread of 100, a travel of 127 steps leaves 36.
    spreads = np.array([16, 9, 4, 0.1, 100, 100])
    logits = np.concatenate([-0.5 * ((np.arange(128) - 64) / sd) ** 2 for sd in spreads])
    synth = HeardKnobs(sound=[60, 70, 66, 63, 5, 120])
    steps = GaussNewton(synth.objective(100), instrument, logits[np.newaxis].astype(np.float32))
    steps.play(start[np.newaxis])
    steps.iterate(np.random.default_rng(1))
    _, neighbours, _ = synth.played
    moves = neighbours - start
    np.testing.assert_array_equal(np.abs(moves), np.diag([4, 3, 2, 1, 6, 6]))
    assert moves[4, 4] > 0 > moves[5, 5]
    # What is heard depends linearly on the knobs, so that a single step leads to the patch.
    assert steps.best.patch.tolist() == [60, 70, 66, 63, 5, 120]


def test_least_absolute_deviations_ignore_a_few_outliers() -> None:
    rng = np.random.default_rng(1)
    jacobian = rng.normal(size=(400, 3))
    step = np.array([2.0, -1.0, 5.0])
    differences = -jacobian @ step
    differences[:20] += 100
    found = least_absolute_deviations(jacobian, differences, np.full(3, 10.0), 1e-4)
    np.testing.assert_allclose(found, step, atol=0.02)


def test_damping_keeps_inaudible_knobs_still() -> None:
    jacobian = np.zeros((50, 2))
    jacobian[:, 0] = 1
    found = least_absolute_deviations(jacobian, np.full(50, -3.0), np.ones(2), 1e-3)
    np.testing.assert_allclose(found, [3, 0], atol=0.01)


def test_sounds_are_refined_one_by_one(minimoog: Instrument, engine: BuiltIn) -> None:
    patches = np.stack([TRUTH, off(20)])
    shard = Shard(
        minimoog.names, patches, engine.render(patches), {"sample_rate": AUDIO.sample_rate}
    )
    logits = np.concatenate([logits_around(minimoog, off(4)), logits_around(minimoog, off(16))])
    seeds = [np.random.SeedSequence(i) for i in (1, 2)]
    budget = RefinementConfig(renders=60)
    both = refine_predictions(engine, minimoog, shard, logits, budget, seeds, -60)
    alone = refine(objective(engine, 60), minimoog, logits[:1], budget, seeds[0])
    np.testing.assert_array_equal(both[0].curve, alone.curve)
    assert [len(result.curve) for result in both] == [60, 60]
    assert both[1].error < both[1].curve[0]
