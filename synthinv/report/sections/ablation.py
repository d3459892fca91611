"""The ablation: every step and every point of its learning curves."""

from dataclasses import dataclass, fields

import pandas as pd

from synthinv.evaluate.ablation import Ablation, read_results
from synthinv.pipeline import paths
from synthinv.report.results import PageFigure, Results


@dataclass(frozen=True)
class AblationRow:
    """One network of the ablation.

    Attributes
    ----------
    experiment, title : str
        Its name and what the report calls it.
    base : str
        The experiment that it changes; empty for none.
    samples, epochs : int
        Patches and epochs that it was trained for.
    spread : float
        Spread of its predictions as a share of the labels'.
    relative_parameter_mse, relative_psd_error : float
        Its squared error in the parameters and its median PSD error, × mean predictor.
    relative_mss, mean_relative_mss, nearest_relative_mss : float
        Mean MSS of the network, the mean predictor and the nearest neighbour, × one-step.
    works : bool
        Whether it works, see `synthinv.evaluate.verdict`.
    state : str
        The outcome of its training, a key of `synthinv.evaluate.ablation.STATES`.
    """

    experiment: str
    title: str
    base: str
    samples: int
    epochs: int
    spread: float
    relative_parameter_mse: float
    relative_psd_error: float
    relative_mss: float
    mean_relative_mss: float
    nearest_relative_mss: float
    works: bool
    state: str


@dataclass(frozen=True)
class AblationTables:
    """The steps of the ablation, and the points of its learning curves."""

    steps: list[AblationRow]
    points: list[AblationRow]


@dataclass(frozen=True)
class AblationSection:
    """The ablation.

    Attributes
    ----------
    tables : AblationTables
        Its steps and points.
    steps_figure : PageFigure
        All steps side by side.
    curves_figure : PageFigure or None
        The learning curves, if there are any.
    """

    tables: AblationTables
    steps_figure: PageFigure
    curves_figure: PageFigure | None


def ablation_section(results: Results) -> AblationSection | None:
    """Gather the ablation, if there is one."""
    if results.config.ablation is None:
        return None
    tables = ablation_tables(read_results(results.file(paths.ABLATION)))
    curves = None
    if tables.points:
        curves = results.figure("Learning curves", "learning_curves", paths.CURVES_FIGURE)
    return AblationSection(
        tables=tables,
        steps_figure=results.figure("One change at a time", "ablation", paths.ABLATION_FIGURE),
        curves_figure=curves,
    )


def ablation_tables(found: Ablation) -> AblationTables:
    """Arrange the results of an ablation in rows."""
    return AblationTables(_rows(found.steps), _rows(found.points))


def _rows(table: pd.DataFrame) -> list[AblationRow]:
    columns = [field.name for field in fields(AblationRow)]
    return [AblationRow(*row) for row in table[columns].itertuples(index=False, name=None)]
