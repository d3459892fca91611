"""Write a page of docs/solvers from the results of a workflow with a solver (`make solve`)."""

import sys
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_table, read_yaml, write_text
from synthinv.config import plan
from synthinv.config.load import load
from synthinv.config.names import BASELINES
from synthinv.config.sections.solver import SolverExperimentConfig
from synthinv.evaluate.bootstrap import BOUNDS, resampled_means
from synthinv.pages.html import fill_markdown
from synthinv.pipeline import paths
from synthinv.report.sections.patch_searches import RendersTable, renders_table
from synthinv.report.sections.predictor import ParameterRow, parameter_rows
from synthinv.report.sections.scores import ScoreRow, score_rows
from synthinv.report.trained_on import notes_used, trained_on


@dataclass(frozen=True)
class Interval:
    """An interval of the mean MSS, × one-step."""

    lower: float
    upper: float


@dataclass(frozen=True)
class SolverParameter:
    """The scores of a solver and of its refinement for one parameter.

    Attributes
    ----------
    name : str
        The parameter.
    solver : ParameterRow
        The solver's scores.
    refined : ParameterRow or None
        The scores of its refinement, if there is one.
    """

    name: str
    solver: ParameterRow
    refined: ParameterRow | None


@dataclass(frozen=True)
class SolverPage:
    """The content of a page, as the template `solver.md.j2` shows it.

    Attributes
    ----------
    title : str
        Title of the page.
    notes : str
        What the solver was trained on.
    test_set : str
        Name of its test set.
    sounds : int
        Number of sounds in the test set.
    scores : list of ScoreRow
        All predictors on the test set.
    intervals : dict of str to Interval
        Predictor to the interval of its mean MSS.
    titles : dict of str to str
        Predictor to what the report calls it.
    renders : RendersTable or None
        Error against number of renders.
    turned : int
        Number of sounds in which every knob was turned.
    parameters : list of SolverParameter
        The solver's scores parameter by parameter.
    """

    title: str
    notes: str
    test_set: str
    sounds: int
    scores: list[ScoreRow]
    intervals: dict[str, Interval]
    titles: dict[str, str]
    renders: RendersTable | None
    turned: int
    parameters: list[SolverParameter]


def main(results: Path, page: Path) -> None:
    """Write a page.

    Parameters
    ----------
    results : Path
        Results folder of a finished workflow; the page is about the first solver that is tested on
        the report's main test set.
    page : Path
        Markdown file to write.
    """
    write_text(page, fill_page(gather(results)))


def gather(results: Path) -> SolverPage:
    """Gather what the page shows from a results folder, see `main`."""
    config = load(read_yaml(results / paths.CONFIG, "run the workflow again"), str(results))
    # Scores by parameter and by number of renders are those on the main test set.
    test_set = plan.main_test_set(config)
    solver = next((solver for solver in config.solvers if solver.test == test_set), None)
    if solver is None:
        raise SynthinvError(
            f"{results / paths.CONFIG}: no solver is tested on '{test_set}', the report's main "
            "test set; name that set in solvers"
        )
    names = [
        *BASELINES,
        *(name for name, test in plan.predictors(config).items() if test == test_set),
    ]
    scores = pd.concat(
        read_table(results / paths.SCORES.format(data_set=test_set, predictor=name))
        for name in names
    )
    trained = trained_on(config, test_set)
    searches = (
        read_table(results / paths.PATCH_SEARCHES) if plan.has_render_curves(config) else None
    )
    audibility = read_table(results / paths.AUDIBILITY.format(data_set=test_set))
    return SolverPage(
        title=plan.report(config).title,
        notes=notes_used(plan.solver_settings(config, solver.name), solver.train),
        test_set=test_set,
        sounds=scores["index"].nunique(),
        scores=score_rows(read_table(results / paths.METRICS), test_set, trained),
        intervals=intervals(scores),
        titles={tested.name: tested.title for tested in plan.reported_one_by_one(config)},
        renders=None if searches is None else renders_table(searches, trained),
        turned=audibility["index"].nunique(),
        parameters=solver_parameters(solver, read_table(results / paths.KNOBS)),
    )


def fill_page(page: SolverPage) -> str:
    """Fill in the page.

    Parameters
    ----------
    page : SolverPage
        What it shows.

    Returns
    -------
    str
        Markdown.
    """
    return fill_markdown("solver.md.j2", {f.name: getattr(page, f.name) for f in fields(page)})


def intervals(scores: pd.DataFrame) -> dict[str, Interval]:
    """Estimate how much the mean MSS, × one-step, depends on which sounds were drawn.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns `predictor`, `index` and `mss`.

    Returns
    -------
    dict of str to Interval
        For each predictor, the interval in which the mean lies in 95 % of the resamplings of the
        sounds (the bootstrap's percentiles).
    """
    errors = scores.pivot_table(index="index", columns="predictor", values="mss")
    means = pd.DataFrame(resampled_means(errors.to_numpy()), columns=errors.columns)
    lower, upper = means.div(means["one_step"], axis=0).quantile(list(BOUNDS)).to_numpy()
    return {
        str(name): Interval(float(low), float(high))
        for name, low, high in zip(errors.columns, lower, upper, strict=True)
    }


def solver_parameters(solver: SolverExperimentConfig, table: pd.DataFrame) -> list[SolverParameter]:
    """Arrange the scores of a solver parameter by parameter, its refinement beside it.

    Parameters
    ----------
    solver : SolverExperimentConfig
        The solver.
    table : pandas.DataFrame
        As in `knobs.csv`.

    Returns
    -------
    list of SolverParameter
        One per parameter.
    """
    names = (solver.name, plan.refined_name(solver))
    own, refined = (parameter_rows(table[table["predictor"] == name]) for name in names)
    by_name = {row.name: row for row in refined}
    return [SolverParameter(row.name, row, by_name.get(row.name)) for row in own]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
