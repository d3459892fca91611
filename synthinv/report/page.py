"""The HTML report: one self-contained page, with figures and sounds inside."""

from dataclasses import dataclass, fields

from synthinv.config import plan
from synthinv.config.ablation import ablation_experiments
from synthinv.config.sections.experiment import ExperimentConfig
from synthinv.config.sections.solver import SolverExperimentConfig
from synthinv.pages.html import fill
from synthinv.pipeline import paths
from synthinv.report.results import PageFigure, Results
from synthinv.report.sections.ablation import AblationSection, ablation_section
from synthinv.report.sections.audibility import AudibilitySection, audibility_section
from synthinv.report.sections.grid_searches import (
    GridSearchSection,
    grid_search_section,
    trainings,
)
from synthinv.report.sections.overview import Overview, overview
from synthinv.report.sections.patch_searches import PatchSearchSection, patch_search_section
from synthinv.report.sections.predictor import (
    JudgedPredictor,
    PlayedPredictor,
    PredictionFigures,
    judged_predictor,
    played_predictor,
    prediction_figures,
)
from synthinv.report.sections.published import Comparison, compare_best, compare_grid_search
from synthinv.report.sections.readings import ReadingsSection, readings_section
from synthinv.report.sections.scores import ScoreTable, score_rows
from synthinv.report.sections.settings import SettingsSection, settings_section
from synthinv.report.sections.solvers import SolverSection, solver_section, solver_training
from synthinv.report.sections.sounds import SoundsSection, sounds_section
from synthinv.report.sections.training import TrainingSection, training_section
from synthinv.report.trained_on import trained_on


@dataclass(frozen=True)
class MainSection:
    """The main experiment: the thesis's network with L2, and its counterpart without.

    Attributes
    ----------
    judged : JudgedPredictor
        The verdict.
    played : PlayedPredictor
        Parameter by parameter, and examples to play.
    figures : PredictionFigures
        Figures 15 to 17.
    unregularised : JudgedPredictor
        The same network without L2.
    training : TrainingSection
        Figure 14.
    """

    judged: JudgedPredictor
    played: PlayedPredictor
    figures: PredictionFigures
    unregularised: JudgedPredictor
    training: TrainingSection


@dataclass(frozen=True)
class OtherSection:
    """An experiment or a solver that has no section of its own.

    Attributes
    ----------
    judged : JudgedPredictor
        The verdict.
    figures : PredictionFigures
        Figures 15 to 17.
    training : PageFigure or None
        The losses of a solver.
    """

    judged: JudgedPredictor
    figures: PredictionFigures
    training: PageFigure | None


@dataclass(frozen=True)
class Page:
    """The content of the page, section by section, as the template `report.html.j2` shows it.

    Attributes
    ----------
    title : str
        Title of the page.
    overview : Overview
        The predictors at a glance, verdicts, and scores.
    published : list of Comparison
        Our figures beside the thesis's.
    sounds : SoundsSection
        How the sounds were made.
    audibility : AudibilitySection
        Which parameters are audible.
    windows : PageFigure or None
        Figure 11.
    grid_searches : list of GridSearchSection
        Figures 12 and 13.
    main : MainSection or None
        The main experiment.
    ablation : AblationSection or None
        The ablation.
    readings : ReadingsSection or None
        Readings of the thesis.
    solver : SolverSection or None
        The first solver.
    patch_searches : PatchSearchSection or None
        Error against number of renders.
    others : list of OtherSection
        The other experiments and solvers.
    other_scores : list of ScoreTable
        Scores on the test sets other than the main one.
    settings : SettingsSection
        Settings, configuration and versions.
    """

    title: str
    overview: Overview
    published: list[Comparison]
    sounds: SoundsSection
    audibility: AudibilitySection
    windows: PageFigure | None
    grid_searches: list[GridSearchSection]
    main: MainSection | None
    ablation: AblationSection | None
    readings: ReadingsSection | None
    solver: SolverSection | None
    patch_searches: PatchSearchSection | None
    others: list[OtherSection]
    other_scores: list[ScoreTable]
    settings: SettingsSection


def gather(results: Results) -> Page:
    """Gather every section of the page from the results folder.

    Parameters
    ----------
    results : Results
        Of a finished workflow.

    Returns
    -------
    Page
        Everything that the template shows.
    """
    config = results.config
    main_set = plan.main_test_set(config)
    main = _main(results)
    tables = _score_tables(results)
    scores = tables.pop(main_set)
    solver = None
    if config.solvers:
        first = config.solvers[0]
        solver = solver_section(results, first, {main_set: scores, **tables}[first.test])
    return Page(
        title=plan.report(config).title,
        overview=overview(_heads(main, solver), scores),
        published=_published(results, main_set),
        sounds=sounds_section(results, main_set),
        audibility=audibility_section(results, main_set),
        windows=_windows(results),
        grid_searches=[grid_search_section(results, g) for g in config.grid_searches],
        main=main,
        ablation=ablation_section(results),
        readings=readings_section(results),
        solver=solver,
        patch_searches=patch_search_section(results, main_set),
        others=_others(results),
        other_scores=list(tables.values()),
        settings=settings_section(results),
    )


def _heads(main: MainSection | None, solver: SolverSection | None) -> list[JudgedPredictor]:
    heads = [] if main is None else [main.judged]
    if solver is not None:
        heads += [solver.judged, *([solver.refined.judged] if solver.refined else [])]
    return heads


def _windows(results: Results) -> PageFigure | None:
    if plan.report(results.config).windows is None:
        return None
    title = "Figure 11: one sound, several windows"
    return results.figure(title, "windows", paths.WINDOWS_FIGURE)


def _main(results: Results) -> MainSection | None:
    pair = plan.main_experiments(results.config)
    if pair is None:
        return None
    main, other = pair
    return MainSection(
        judged=judged_predictor(results, main.name, main.title, main.test),
        played=played_predictor(results, main.name, main.test),
        figures=prediction_figures(results, main.name),
        unregularised=judged_predictor(results, other.name, other.title, other.test),
        training=training_section(results, main.name, other.name),
    )


def _score_tables(results: Results) -> dict[str, ScoreTable]:
    """Return the scores on every test set, without the ablation's, which has a table of its own."""
    config = results.config
    studied = {experiment.name for experiment in ablation_experiments(config)}
    trained = frozenset(plan.predictors(config)) - studied
    metrics = results.table(paths.METRICS)
    metrics = metrics[~metrics["predictor"].isin(studied)]
    return {
        name: ScoreTable(name, score_rows(metrics, name, trained_on(config, name)), trained)
        for name in dict.fromkeys(shown.test for shown in plan.reported_one_by_one(config))
    }


def _published(results: Results, main_set: str) -> list[Comparison]:
    compared = [
        compare_grid_search(
            tuple(grid_search.axes),
            results.manifest(paths.WINNER, grid_search=grid_search.name)["cells"],
            trainings(results, grid_search),
        )
        for grid_search in results.config.grid_searches
    ]
    pair = plan.main_experiments(results.config)
    best = None if pair is None else compare_best(results, pair[0].name, main_set)
    return [found for found in (*compared, best) if found is not None]


def _others(results: Results) -> list[OtherSection]:
    config = results.config
    main = plan.report(config).main
    others: list[ExperimentConfig | SolverExperimentConfig] = [
        e for e in config.experiments if e.name != main
    ]
    others += config.solvers[1:]
    return [_other(results, shown) for shown in others]


def _other(results: Results, shown: ExperimentConfig | SolverExperimentConfig) -> OtherSection:
    training = None
    if isinstance(shown, SolverExperimentConfig):
        training = solver_training(results, shown.name)
    return OtherSection(
        judged=judged_predictor(results, shown.name, shown.title, shown.test),
        figures=prediction_figures(results, shown.name),
        training=training,
    )


def render(page: Page) -> str:
    """Fill in the page.

    Parameters
    ----------
    page : Page
        What it shows.

    Returns
    -------
    str
        HTML; every text from outside is escaped.
    """
    return fill("report.html.j2", {f.name: getattr(page, f.name) for f in fields(page)})
