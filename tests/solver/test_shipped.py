"""The solver that comes with synthinv, on notes of a seed of their own."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.audio.types import Audio
from synthinv.common.seeds import seed_sequence
from synthinv.engines.opening import open_engine
from synthinv.evaluate.baselines import one_step
from synthinv.instruments.classes import classes_of
from synthinv.instruments.model import Patches
from synthinv.matching.result import knobs
from synthinv.metrics.audio import SpectralReference
from synthinv.solver.checkpoint import TrainedSolver, load_solver
from synthinv.solver.registry import shipped_solver

NOTES = 300
SEED = seed_sequence(0, "shipped-solver-test")


class Solved(NamedTuple):
    """Notes, their patches, the solver's predictions, their errors and the one-step errors."""

    solver: TrainedSolver
    notes: Audio
    truth: Patches
    predictions: Patches
    errors: npt.NDArray[np.float64]
    one_step: npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def solved() -> Solved:
    solver = load_solver(shipped_solver("minimoog-1osc"))
    instrument, rate = solver.instrument, solver.playing.audio.sample_rate
    rng = np.random.default_rng(SEED)
    patches = np.stack([instrument.sample(rng) for _ in range(NOTES)])
    with open_engine(solver.playing, instrument, 1, SEED) as engine:
        notes = engine.render(patches)
        audible = np.abs(notes).max(axis=1) > 1e-3
        notes, patches = notes[audible], patches[audible]
        predictions = instrument.decode(solver.predict(notes))
        stepped = instrument.decode(one_step(instrument, patches, SEED))
        played = np.stack([engine.render(predictions), engine.render(stepped)], axis=1)
    errors = [
        SpectralReference(note, rate).mss(pair) for note, pair in zip(notes, played, strict=True)
    ]
    return Solved(solver, notes, patches, predictions, *np.transpose(errors))


def test_its_error_is_less_than_half_the_one_step_error(solved: Solved) -> None:
    assert solved.errors.mean() < 0.5 * solved.one_step.mean()


def test_it_is_not_overconfident_in_any_knob(solved: Solved) -> None:
    """Conditioned on predictions, without marginals, attack is overconfident by 0.07."""
    instrument = solved.solver.instrument
    marginals = solved.solver.predict_marginals(solved.notes)
    truth = classes_of(instrument, solved.truth)
    chosen = classes_of(instrument, solved.predictions)
    confidences = [
        [knob.confidence for knob in knobs(instrument, classes, own)]
        for classes, own in zip(chosen, marginals[:, np.newaxis], strict=True)
    ]
    near = [4 if parameter.positions is None else 0 for parameter in instrument.parameters]
    right = np.abs(chosen - truth) <= near
    surplus = np.mean(confidences, axis=0) - right.mean(axis=0)
    # Rather underconfident, since targets are smoothed.
    assert surplus.max() < 0.05, dict(zip(instrument.names, surplus, strict=True))
    assert -0.06 < surplus.mean() < 0.01
