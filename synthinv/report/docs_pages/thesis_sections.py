"""The figures of the thesis beside ours, one section each, as far as the results are there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthinv.common.files import Manifest
from synthinv.config import readings
from synthinv.config.sections.experiment import ExperimentConfig
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.types import Setting
from synthinv.evaluate import published_quantities as quantities
from synthinv.evaluate.verdict import SATURATED_ABOVE
from synthinv.metrics.parameters import spread
from synthinv.pipeline import paths
from synthinv.pipeline.progress import Step
from synthinv.report.docs_pages.figure_section import (
    FigureSection,
    Item,
    Picture,
    Pictures,
    Table,
)
from synthinv.report.docs_pages.thesis_results import Tested, ThesisResults
from synthinv.report.figures.grid_search import curves, distribution, heatmap
from synthinv.report.figures.training import training_curves
from synthinv.thesis import published
from synthinv.thesis.grid import cells
from synthinv.thesis.grid_results import tabulate
from synthinv.thesis.published import PUBLISHED, Published

GRIDS: dict[str, tuple[str, Published, Mapping[str, Setting]]] = {
    "13a": ("layers", published.LAYERS_LOSS, readings.LAYERS),
    "13b": ("ρ and λ", published.TUNED_LOSS, {"rho": readings.TUNED["rho"], **readings.L2}),
}
"""What is searched by the grids of Figure 13, and the thesis's best loss and cell."""
TRAININGS = {"train_network": "experiment"}
"""Rule of the final trainings, and its wildcard that names the network."""
PREDICTIONS = {
    **TRAININGS,
    **dict.fromkeys(
        ("predict", "play_predictions", "score_predictions", "prediction_figures"), "predictor"
    ),
}
"""The same with all rules of what a network predicts."""
AT_MEAN_PREDICTOR = 0.05
"""Share by which a loss may differ from the mean predictor's and count as equal to it."""


def figure_sections(found: ThesisResults, pictures: Pictures) -> list[FigureSection]:
    """Compare every figure of the thesis, in order."""
    return [
        _windows(found, pictures),
        _optimisers(found, pictures),
        _grid(found, pictures, "13a"),
        _grid(found, pictures, "13b"),
        _final_trainings(found, pictures),
        _sounds(found, pictures),
        _outputs(found, pictures),
        _simpler(found),
    ]


# Figure 11.


def _windows(found: ThesisResults, pictures: Pictures) -> FigureSection:
    file = found.file(paths.WINDOWS_FIGURE)
    return FigureSection(
        title="Figure 11: windows of several lengths",
        step=found.progress.of(lambda job: job.rule == "windows_figure"),
        remarks=[
            "The thesis shows a sound of three oscillators and publishes no number. Short windows "
            "smear its harmonics into bands, long ones blur changes within the note; it settled on "
            "1500 samples."
        ],
        pictures=pictures.copy("windows", "One sound through windows of several lengths", file),
    )


# Figure 12.


def _optimisers(found: ThesisResults, pictures: Pictures) -> FigureSection:
    search = found.grid_search("optimiser")
    trainings = {} if search is None else found.cells(search)
    by_optimiser = {
        str(settings["optimiser"]): trainings[cell]
        for cell, settings in (cells(search).items() if search else ())
        if cell in trainings
    }
    # A repeat counts where all three optimisers have it, so that they can be compared.
    of_all = set.intersection(*(set(by_optimiser.get(o, {})) for o in quantities.OPTIMISERS))
    values = [
        quantities.of_the_optimisers({o: by_optimiser[o][repeat] for o in quantities.OPTIMISERS})
        for repeat in sorted(of_all)
    ]
    histories = {optimiser: list(repeats.values()) for optimiser, repeats in by_optimiser.items()}
    drawn = []
    if histories:
        shows = "Losses of every repeat of the three optimisers"
        drawn = [pictures.draw("optimisers", shows, curves(histories, {}))]
    step = _grid_step(found, search)
    return FigureSection(
        title="Figure 12: three optimisers",
        step=step,
        items=_items("12", values, step.finished),
        table=_history_table("optimiser", histories),
        remarks=_mean_predictor_remark(histories),
        pictures=drawn,
    )


# Figures 13a and 13b.


def _grid(found: ThesisResults, pictures: Pictures, number: str) -> FigureSection:
    of, loss, optimum = GRIDS[number]
    search = found.grid_search(*optimum)
    trainings = {} if search is None else found.cells(search)
    step = _grid_step(found, search)
    title = f"Figure {number}: the grid of {of}"
    if search is None or not trainings:
        return FigureSection(title, step, _items(number, [], complete=False))
    histories = {
        (cell, repeat): history
        for cell, repeats in trainings.items()
        for repeat, history in repeats.items()
    }
    table = tabulate(search, histories)
    least = {
        cell: [float(np.min(history["validation"])) for history in repeats.values()]
        for cell, repeats in trainings.items()
    }
    best = str(table["mean"].idxmin()) if table["mean"].notna().any() else None
    theirs = _cell(search, optimum)
    values: list[dict[str, float]] = [{loss.name: x} for x in least.get(best or "", [])]
    if number == "13a":
        values += _leads(search, trainings, theirs)
    mean_predictor = float(np.mean([h["mean_predictor"] for h in histories.values()]))
    ratios = [np.min(h["validation"]) / h["mean_predictor"] for h in histories.values()]
    return FigureSection(
        title=title,
        step=step,
        items=_items(number, values, step.finished),
        table=_cells_table(search, table, least, best, theirs),
        remarks=[
            f"The mean predictor's loss is {mean_predictor:.4f}, the mean over the repeats' "
            "validation sets.",
            ends_in_words(ratios),
        ],
        pictures=_grid_pictures(pictures, number, search, table, least, mean_predictor),
    )


def _grid_pictures(
    pictures: Pictures,
    number: str,
    search: GridSearchConfig,
    table: pd.DataFrame,
    least: Mapping[str, Sequence[float]],
    mean_predictor: float,
) -> list[Picture]:
    """Draw the cells of a grid, and how the losses of its trainings are distributed."""
    losses = [loss for repeats in least.values() for loss in repeats]
    return [
        pictures.draw(
            f"grid-{number}",
            f"Least validation loss over the grid of {GRIDS[number][0]}, a mean over the repeats",
            heatmap(table, list(search.axes), {"mean": mean_predictor}),
        ),
        pictures.draw(
            f"grid-{number}-trainings",
            f"Least validation losses of the {len(losses)} trainings",
            distribution(losses, mean_predictor),
        ),
    ]


def ends_in_words(ratios: Sequence[float]) -> str:
    """Count in words where the trainings of a grid ended.

    Parameters
    ----------
    ratios : sequence of float
        Least validation loss of every training, × mean predictor; NaN if it diverged.

    Returns
    -------
    str
        One sentence.
    """
    values = np.array(ratios)
    near = np.abs(values - 1) <= AT_MEAN_PREDICTOR
    counts = {
        f"within {100 * AT_MEAN_PREDICTOR:.0f} % of the mean predictor's loss": near,
        "lower": (values < 1) & ~near,
        f"stuck above {SATURATED_ABOVE:g} × it": values > SATURATED_ABOVE,
        "between": (values > 1) & ~near & (values <= SATURATED_ABOVE),
        "diverged": np.isnan(values),
    }
    listed = [f"{int(found.sum())} {name}" for name, found in counts.items() if found.any()]
    return f"Of {len(values)} trainings, {', '.join(listed)}."


def _cell(search: GridSearchConfig, settings: Mapping[str, Setting]) -> str | None:
    """Return the name of a grid's cell with these settings, None if there is none."""
    return next((cell for cell, own in cells(search).items() if own == settings), None)


def _leads(
    search: GridSearchConfig, trainings: Mapping[str, Mapping[int, Manifest]], best: str | None
) -> list[dict[str, float]]:
    """Compare the smaller networks of `LAYERS_LEAD` with the thesis's best, repeat by repeat."""
    fewer = trainings.get(_cell(search, readings.FEWER_LAYERS) or "", {})
    theirs = trainings.get(best or "", {})
    return [
        {
            published.LAYERS_LEAD.name: float(
                np.min(fewer[repeat]["validation"]) - np.min(theirs[repeat]["validation"])
            )
        }
        for repeat in sorted(fewer.keys() & theirs.keys())
    ]


def _cells_table(
    search: GridSearchConfig,
    table: pd.DataFrame,
    least: Mapping[str, Sequence[float]],
    best: str | None,
    theirs: str | None,
) -> Table:
    """Tabulate the best cell and the thesis's."""
    ranks = table["mean"].rank(method="min")
    rows = []
    for title, cell in (("our best cell", best), ("the thesis's cell", theirs)):
        if cell is not None and cell in least:
            values = ", ".join(f"{axis} {value}" for axis, value in cells(search)[cell].items())
            # A cell of which a training diverged has no place.
            place = f"{ranks[cell]:.0f} of {len(table)}" if np.isfinite(ranks[cell]) else "–"
            rows.append([title, values.replace("_", " "), place, *_statistics(least[cell])])
    return Table(["", "cell", "place", "mean", "least", "greatest", "every seed"], rows)


# Figure 14.


def _final_trainings(found: ThesisResults, pictures: Pictures) -> FigureSection:
    groups = {
        "without L2": found.repeats(found.unregularised.name),
        "with L2": found.repeats(found.main.name),
    }
    histories = {title: list(found.histories(group).values()) for title, group in groups.items()}
    there = {title: group for title, group in histories.items() if group}
    values = [quantities.of_the_regularised(h) for h in histories["with L2"]]
    values += [quantities.of_the_unregularised(h) for h in histories["without L2"]]
    step = _step(found, TRAININGS, [e for group in groups.values() for e in group])
    drawn = []
    if there:
        shows = "Losses and spread of the final trainings, every repeat"
        drawn = [pictures.draw("training", shows, training_curves(there, {}))]
    return FigureSection(
        title="Figure 14: the final trainings, with and without L2",
        step=step,
        items=_items("14", values, step.finished),
        table=_history_table("training", there),
        remarks=_mean_predictor_remark(there),
        pictures=drawn,
    )


# Figures 15 to 17, and the simpler network.


def _sounds(found: ThesisResults, pictures: Pictures) -> FigureSection:
    main = found.main.name
    group = found.repeats(main)
    tested = found.tested(group)
    step = _step(found, PREDICTIONS, group)
    drawn = [
        *pictures.copy(
            "example",
            "The test sound with the best prediction, and the prediction",
            found.file(paths.EXAMPLE_FIGURE, predictor=main),
        ),
        *pictures.copy(
            "errors",
            "PSD errors of the test sounds, beside the baselines",
            found.file(paths.ERRORS_FIGURE, predictor=main),
        ),
    ]
    rows = [
        [name, *(f"{x:.4g}" for x in np.quantile(t.psd_errors, (0, 0.1, 0.5, 0.9, 1)))]
        for name, t in tested.items()
    ]
    return FigureSection(
        title="Figures 15 and 16: the best prediction, and all PSD errors",
        step=step,
        items=_items(
            "16", [quantities.of_the_sounds(t.psd_errors) for t in tested.values()], step.finished
        ),
        table=Table(["training", "least", "10 %", "median", "90 %", "greatest"], rows),
        remarks=[f"The pictures are those of `{main}`."] if drawn else [],
        pictures=drawn,
    )


def _outputs(found: ThesisResults, pictures: Pictures) -> FigureSection:
    main = found.main.name
    group = found.repeats(main)
    tested = found.tested(group)
    step = _step(found, PREDICTIONS, group)
    values = [
        _output_quantities(t, published.OUTPUT_SPREAD, published.OUTPUT_OFFSET)
        for t in tested.values()
    ]
    drawn = pictures.copy(
        "knobs",
        "Labels and outputs of every knob",
        found.file(paths.KNOBS_FIGURE, predictor=main),
    )
    return FigureSection(
        title="Figure 17: labels and outputs",
        step=step,
        items=_items("17", values, step.finished),
        table=_outputs_table(group, tested, {}),
        remarks=[f"The picture is that of `{main}`."] if drawn else [],
        pictures=drawn,
    )


def _simpler(found: ThesisResults) -> FigureSection:
    pair = (found.main, found.unregularised)
    final = {repeat.name for e in pair for repeat in found.repeats(e.name)}
    experiments = [e for e in found.config.experiments if e.name not in final]
    tested, histories = found.tested(experiments), found.histories(experiments)
    simplest = [e for e in experiments if _is_simpler(found, e)]
    values = [
        _output_quantities(tested[e.name], published.SIMPLER_SPREAD, published.SIMPLER_OFFSET)
        for e in simplest
        if e.name in tested
    ]
    return FigureSection(
        title="The simpler network: 500 bands and no range",
        step=_step(found, PREDICTIONS, experiments),
        items=_items("ablation", values, _step(found, PREDICTIONS, simplest).finished),
        table=_outputs_table(experiments, tested, histories),
        remarks=[
            "The thesis made both simplifications at once; each is a training of its own here, too."
        ],
    )


def _is_simpler(found: ThesisResults, experiment: ExperimentConfig) -> bool:
    """Return whether a parameter is held for an experiment, and its spectrogram is another one."""
    held = found.config.data_set(experiment.test).fixed
    return bool(held) and experiment.spectrogram != found.main.spectrogram


def _output_quantities(
    tested: Tested, of_spread: Published, of_offset: Published
) -> dict[str, float]:
    return {
        of_spread.name: spread(tested.outputs, tested.labels),
        of_offset.name: quantities.greatest_offset(tested.outputs),
    }


def _outputs_table(
    experiments: Sequence[ExperimentConfig],
    tested: Mapping[str, Tested],
    histories: Mapping[str, Manifest],
) -> Table:
    """Tabulate the outputs of those that are tested, and their losses if they are given."""
    rows = []
    for experiment in (e for e in experiments if e.name in tested):
        labels, outputs = tested[experiment.name].labels, tested[experiment.name].outputs
        means = 127 * outputs.mean(axis=0)
        row = [
            f"{experiment.title} (`{experiment.name}`)",
            f"{100 * spread(outputs, labels):.2f} %",
            f"{127 * outputs.std(axis=0).max():.2f}",
            f"{means.min():.0f} to {means.max():.0f}",
        ]
        if histories:
            history = histories[experiment.name]
            row += [f"{history['validation'][-1]:.4f}", f"{history['mean_predictor']:.4f}"]
        rows.append(row)
    columns = [
        "training",
        "spread of the outputs, as a share of the labels'",
        "greatest standard deviation of a knob's output, of 127",
        "mean outputs, of 127",
    ]
    columns += ["final validation loss", "mean predictor"] if histories else []
    return Table(columns, rows)


# Steps.


def _grid_step(found: ThesisResults, search: GridSearchConfig | None) -> Step:
    """Return how far the trainings of a grid search have come."""
    return found.progress.of(
        lambda job: (
            search is not None
            and job.rule == "grid_search_cell"
            and job.wildcards["grid_search"] == search.name
        )
    )


def _step(
    found: ThesisResults, rules: Mapping[str, str], experiments: Sequence[ExperimentConfig]
) -> Step:
    """Return how far the jobs of some rules have come for these experiments."""
    names = {experiment.name for experiment in experiments}
    return found.progress.of(
        lambda job: job.rule in rules and job.wildcards[rules[job.rule]] in names
    )


# Tables and items.


def _items(figure: str, values: Iterable[Mapping[str, float]], complete: bool) -> list[Item]:
    """Pair the published items of a figure with ours, seed by seed."""
    found = list(values)
    return [
        Item(item, [value[item.name] for value in found if item.name in value], complete)
        for item in PUBLISHED
        if item.figure == figure
    ]


def _history_table(heading: str, histories: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    """Tabulate the losses of some trainings, their repeats together."""
    losses: dict[str, Callable[[Mapping[str, Any]], float]] = {
        "training loss, last epoch": lambda history: history["train"][-1],
        "validation loss, first epoch": lambda history: history["validation"][0],
        "validation loss, least": lambda history: float(np.min(history["validation"])),
        "validation loss, last epoch": lambda history: history["validation"][-1],
    }
    rows = [
        [name, title, *_statistics([loss(history) for history in repeats])]
        for name, repeats in histories.items()
        for title, loss in losses.items()
    ]
    return Table([heading, "", "mean", "least", "greatest", "every seed"], rows)


def _statistics(values: Sequence[float]) -> list[str]:
    """Write mean, least and greatest value, and all of them."""
    # NumPy's: NaN if one is.
    shown = [f"{float(f(values)):.4f}" for f in (np.mean, np.min, np.max)]
    return [*shown, ", ".join(f"{value:.4f}" for value in values)]


def _mean_predictor_remark(histories: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    losses = [history["mean_predictor"] for repeats in histories.values() for history in repeats]
    if not losses:
        return []
    low, high = (f"{loss:.4f}" for loss in (min(losses), max(losses)))
    range_of = low if low == high else f"{low} to {high}, depending on the validation set"
    return [
        f"The mean predictor's loss is {range_of}. The picture shows the first seed with dots and "
        "the others as thin lines."
    ]
