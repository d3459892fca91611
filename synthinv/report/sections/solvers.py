"""A solver, its refinement, and both beside the baselines."""

from dataclasses import dataclass

from synthinv.config import plan
from synthinv.config.sections.solver import SolverExperimentConfig
from synthinv.pipeline import paths
from synthinv.report.results import PageFigure, Results
from synthinv.report.sections.overview import BASELINES_SHOWN
from synthinv.report.sections.predictor import (
    JudgedPredictor,
    PlayedPredictor,
    PredictionFigures,
    judged_predictor,
    played_predictor,
    prediction_figures,
)
from synthinv.report.sections.scores import ScoreTable
from synthinv.report.trained_on import notes_used


@dataclass(frozen=True)
class RefinedSolver:
    """The refined predictions of a solver.

    Attributes
    ----------
    judged : JudgedPredictor
        The verdict.
    played : PlayedPredictor
        Parameter by parameter, and examples to play.
    renders : int
        Renders spent on a sound.
    """

    judged: JudgedPredictor
    played: PlayedPredictor
    renders: int


@dataclass(frozen=True)
class SolverSection:
    """A solver.

    Attributes
    ----------
    judged : JudgedPredictor
        The verdict.
    played : PlayedPredictor
        Parameter by parameter, and examples to play.
    figures : PredictionFigures
        Figures 15 to 17.
    training : PageFigure
        Its losses.
    notes : str
        What it was trained on.
    fresh : bool
        Whether these notes were rendered during the training.
    scores : ScoreTable
        It and its refinement beside the baselines.
    refined : RefinedSolver or None
        Its refinement, if there is one.
    """

    judged: JudgedPredictor
    played: PlayedPredictor
    figures: PredictionFigures
    training: PageFigure
    notes: str
    fresh: bool
    scores: ScoreTable
    refined: RefinedSolver | None


def solver_section(
    results: Results, solver: SolverExperimentConfig, scores: ScoreTable
) -> SolverSection:
    """Gather a solver.

    Parameters
    ----------
    results : Results
        The results.
    solver : SolverExperimentConfig
        The solver.
    scores : ScoreTable
        All predictors on its test set.

    Returns
    -------
    SolverSection
        What the page shows of it.
    """
    return SolverSection(
        judged=judged_predictor(results, solver.name, solver.title, solver.test),
        played=played_predictor(results, solver.name, solver.test),
        figures=prediction_figures(results, solver.name),
        training=solver_training(results, solver.name),
        notes=notes_used(plan.solver_settings(results.config, solver.name), solver.train),
        fresh=solver.train is None,
        scores=scores.only([solver.name, plan.refined_name(solver), *BASELINES_SHOWN]),
        refined=_refined(results, solver),
    )


def solver_training(results: Results, name: str) -> PageFigure:
    """Load the figure of a solver's losses."""
    return results.figure("The solver's training", "solver", paths.SOLVER_FIGURE, solver=name)


def _refined(results: Results, solver: SolverExperimentConfig) -> RefinedSolver | None:
    if solver not in plan.refined_solvers(results.config):
        return None
    title = f"{solver.title}, refined"
    return RefinedSolver(
        judged=judged_predictor(results, plan.refined_name(solver), title, solver.test),
        played=played_predictor(results, plan.refined_name(solver), solver.test),
        renders=results.config.refinement.renders,
    )
