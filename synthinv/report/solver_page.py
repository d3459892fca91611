"""Write a page of docs/solvers from the results of a workflow with a solver (`make solve`)."""

import sys
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_table, read_yaml, write_text
from synthinv.common.seeds import seed_sequence
from synthinv.config.names import BASELINES
from synthinv.config.root import Config, load
from synthinv.config.sections.solver import SolverExperimentConfig
from synthinv.pages.html import fill_markdown
from synthinv.pipeline import paths
from synthinv.report.report import metrics_table, renders_table

RESAMPLINGS = 1000
BOUNDS = (0.025, 0.975)


def main(results: Path, page: Path) -> None:
    """Write a page.

    Parameters
    ----------
    results : Path
        Results folder of a finished workflow; the page is about the first solver that is tested on
        what the main experiment is tested on.
    page : Path
        Markdown file to write.
    """
    config = load(read_yaml(results / paths.CONFIG, "run the workflow again"), str(results))
    # What is counted knob by knob and render by render is the main experiment's test set.
    test_set = config.test_set(config.report.main)
    solver = next((solver for solver in config.solvers if solver.test == test_set), None)
    if solver is None:
        raise SynthinvError(
            f"{results / paths.CONFIG}: no solver is tested on '{test_set}', as the experiment "
            "report.main is; name that set in solvers"
        )
    names = [*BASELINES, *(name for name, test in config.predictors.items() if test == test_set)]
    scores = pd.concat(
        read_table(results / paths.SCORES.format(data_set=test_set, predictor=name))
        for name in names
    )
    metrics = metrics_table(read_table(results / paths.METRICS), test_set)
    grid_searches = read_table(results / paths.PATCH_SEARCHES) if config.counts_renders else None
    audibility = read_table(results / paths.AUDIBILITY.format(data_set=test_set))
    content = {
        "title": config.report.title,
        "solver": config.solver_settings(solver.name),
        "sounds": scores["index"].nunique(),
        "test_set": test_set,
        "predictions": [row | intervals(scores)[row["predictor"]] for row in metrics],
        "titles": {tested.name: tested.title for tested in config.presented},
        "learnt_from": learnt_from(config, test_set),
        "renders": None if grid_searches is None else renders_table(grid_searches),
        "train": solver.train,
        "turned": audibility["index"].nunique(),
        "knobs": _knobs(solver, read_table(results / paths.KNOBS)),
    }
    write_text(page, fill_markdown("solver.md.j2", content))


def learnt_from(config: Config, test_set: str) -> dict[str, str]:
    """Say in words what each answer to a test set was learnt from, and for how long.

    Parameters
    ----------
    config : Config
        Configuration.
    test_set : str
        Name of the test set.

    Returns
    -------
    dict of str to str
        Keyed by answer; those that learn nothing are left out.
    """
    networks = [network for network in config.networks if network.test == test_set]
    # The mean of the patches that the first of them learnt from, and the nearest of these, see
    # `Targets.reference`.
    found = dict.fromkeys(("mean", "nearest"), f"{config.patch_count(networks[0]):,} patches")
    for network in networks:
        epochs = f"{network.epochs} epoch{'s' if network.epochs > 1 else ''}"
        found[network.name] = f"{config.patch_count(network):,} patches, {epochs}"
    for solver in (solver for solver in config.solvers if solver.test == test_set):
        found[solver.name] = f"{config.solver_settings(solver.name).notes:,} notes"
        if solver in config.refined:
            found[solver.refined] = (
                f"as `{solver.name}`, and {config.refinement.renders:,} renders a sound"
            )
    return found


def intervals(scores: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Tell how far the mean MSS in floors depends on which sounds were drawn.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns `predictor`, `index` and `mss`.

    Returns
    -------
    dict
        For each answer `lower` and `upper`, between which the mean lies in 95 % of the resamplings
        of the sounds (the bootstrap's percentiles).
    """
    errors = scores.pivot_table(index="index", columns="predictor", values="mss")
    rng = np.random.default_rng(seed_sequence(0, "bootstrap"))
    drawn = rng.integers(0, len(errors), (RESAMPLINGS, len(errors)))
    # How often each sound is in each resampling.
    counts = np.stack([np.bincount(row, minlength=len(errors)) for row in drawn])
    means = pd.DataFrame(counts @ errors.to_numpy(), columns=errors.columns)
    lower, upper = means.div(means["one_step"], axis=0).quantile(list(BOUNDS)).to_numpy()
    return {
        str(name): {"lower": float(low), "upper": float(high)}
        for name, low, high in zip(errors.columns, lower, upper, strict=True)
    }


def _knobs(solver: SolverExperimentConfig, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Lay out a solver's answers knob by knob, the refined ones beside them."""
    predictions = [solver.name, solver.refined]
    scores = table.set_index(["parameter", "predictor", "counted"])
    present = set(table["predictor"])
    return [
        {
            "name": parameter,
            "audible": int(scores["sounds"][parameter, solver.name, "audible"]),
            "scores": _score(scores, parameter, [a for a in predictions if a in present]),
        }
        for parameter in table["parameter"].unique()
    ]


def _score(
    scores: pd.DataFrame, parameter: str, predictions: Sequence[str]
) -> list[dict[Hashable, Any]]:
    return [
        scores.loc[(parameter, prediction, counted), ["accuracy", "steps"]].to_dict()
        for prediction in predictions
        for counted in ("all", "audible")
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
