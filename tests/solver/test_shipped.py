"""The solver that comes with synthinv, on notes of a seed of their own."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.audio.types import Audio
from synthinv.common.compute import use_threads
from synthinv.common.seeds import seed_sequence
from synthinv.engines.opening import open_engine
from synthinv.evaluate.baselines import one_step
from synthinv.instruments.classes import classes_of, predicted_labels
from synthinv.instruments.model import Patches
from synthinv.match.matcher import Candidate, knobs
from synthinv.metrics.audio import SpectralReference
from synthinv.solver.base import predict_marginals, solve
from synthinv.solver.checkpoint import TrainedSolver, load_solver
from synthinv.solver.registry import shipped_solver

NOTES = 300
SEED = seed_sequence(0, "shipped-solver-test")


class Answered(NamedTuple):
    """Notes, their patches, the solver's answers, and how far these and the floor are off."""

    solver: TrainedSolver
    notes: Audio
    truth: Patches
    predictions: Patches
    errors: npt.NDArray[np.float64]
    floors: npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def answered() -> Answered:
    use_threads(1)
    solver = load_solver(shipped_solver("minimoog-1osc"))
    instrument, rate = solver.instrument, solver.playing.audio.sample_rate
    rng = np.random.default_rng(SEED)
    patches = np.stack([instrument.sample(rng) for _ in range(NOTES)])
    with open_engine(solver.playing, instrument, 1, SEED) as engine:
        notes = engine.render(patches)
        heard = np.abs(notes).max(axis=1) > 1e-3
        notes, patches = notes[heard], patches[heard]
        predictions = instrument.decode(predicted_labels(instrument, solve(solver.network, notes)))
        stepped = instrument.decode(one_step(instrument, patches, SEED))
        played = np.stack([engine.render(predictions), engine.render(stepped)], axis=1)
    errors = [
        SpectralReference(note, rate).mss(pair) for note, pair in zip(notes, played, strict=True)
    ]
    return Answered(solver, notes, patches, predictions, *np.transpose(errors))


def test_its_answers_sound_less_than_half_a_step_off(answered: Answered) -> None:
    assert answered.errors.mean() < 0.5 * answered.floors.mean()


def test_it_is_not_surer_of_any_knob_than_it_is_right(answered: Answered) -> None:
    """Told the answers before it, attack would be too sure by 0.07."""
    instrument = answered.solver.instrument
    marginals = np.concatenate(
        [
            predict_marginals(answered.solver.network, part)
            for part in np.array_split(answered.notes, 10)
        ]
    )
    truth = classes_of(instrument, answered.truth)
    chosen = classes_of(instrument, answered.predictions)
    said = [
        [knob.confidence for knob in knobs(instrument, Candidate(60, classes, 0.0, own, own))]
        for classes, own in zip(chosen, marginals[:, np.newaxis], strict=True)
    ]
    near = [4 if parameter.positions is None else 0 for parameter in instrument.parameters]
    right = np.abs(chosen - truth) <= near
    surplus = np.mean(said, axis=0) - right.mean(axis=0)
    # Rather modest, since its targets are spread to neighbouring values.
    assert surplus.max() < 0.05, dict(zip(instrument.names, surplus, strict=True))
    assert -0.06 < surplus.mean() < 0.01
