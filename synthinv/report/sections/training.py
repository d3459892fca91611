"""The final trainings with and without L2, and why the first one collapsed."""

from dataclasses import dataclass

from synthinv.common.files import Manifest
from synthinv.evaluate.verdict import SATURATED_ABOVE
from synthinv.pipeline import paths
from synthinv.report.results import PageFigure, Results


@dataclass(frozen=True)
class TrainingEnd:
    """The end of a training.

    Attributes
    ----------
    loss : float
        Validation loss of the last epoch.
    spread : float
        Spread of the outputs over the validation sounds, as a share of the labels'.
    """

    loss: float
    spread: float


@dataclass(frozen=True)
class TrainingSection:
    """The final trainings with and without L2.

    Attributes
    ----------
    figure : PageFigure
        Their losses (Figure 14).
    mean_predictor : float
        Loss of the mean predictor on the validation sounds.
    regularised, unregularised : TrainingEnd
        The ends of the trainings with and without L2.
    saturated : bool
        Whether the training with L2 ended far above the mean predictor.
    """

    figure: PageFigure
    mean_predictor: float
    regularised: TrainingEnd
    unregularised: TrainingEnd
    saturated: bool


def training_section(results: Results, main_name: str, other_name: str) -> TrainingSection:
    """Gather the final trainings with and without L2."""
    main, other = (
        results.manifest(paths.HISTORY, predictor=name) for name in (main_name, other_name)
    )
    return TrainingSection(
        figure=results.figure(
            "Figure 14: training with and without L2", "training", paths.TRAINING_FIGURE
        ),
        mean_predictor=main["mean_predictor"],
        regularised=_end(main),
        unregularised=_end(other),
        saturated=main["validation"][-1] > SATURATED_ABOVE * main["mean_predictor"],
    )


def _end(history: Manifest) -> TrainingEnd:
    return TrainingEnd(history["validation"][-1], history["spread"][-1])
