"""One predictor on its test set: the verdict, its figures, its parameters, and sounds to play."""

from dataclasses import dataclass, replace

import pandas as pd

from synthinv.capture.shards import Shard
from synthinv.config.names import BASELINES
from synthinv.evaluate.verdict import Verdict, judge
from synthinv.pages.html import audio_uri
from synthinv.pipeline import paths
from synthinv.report.results import PageFigure, Results
from synthinv.report.sections.scores import NOT_TRAINED
from synthinv.report.trained_on import trained_on


@dataclass(frozen=True)
class JudgedPredictor:
    """A predictor and the verdict on it.

    Attributes
    ----------
    name, title : str
        Its name and what the report calls it.
    test_set : str
        Name of its test set.
    sounds : int
        Number of sounds in the test set.
    trained_on : str
        Its training data.
    verdict : Verdict
        The verdict.
    """

    name: str
    title: str
    test_set: str
    sounds: int
    trained_on: str
    verdict: Verdict


@dataclass(frozen=True)
class PredictionFigures:
    """Figures 15 to 17 for one predictor."""

    example: PageFigure
    errors: PageFigure
    parameters: PageFigure


@dataclass(frozen=True)
class ParameterScore:
    """The score of one parameter over some sounds.

    Attributes
    ----------
    sounds : int
        Number of sounds that were counted.
    accuracy : float
        Share of right positions; NaN for a continuous parameter.
    steps : float
        Mean distance in steps; NaN for a parameter with positions.
    """

    sounds: int
    accuracy: float
    steps: float


@dataclass(frozen=True)
class ParameterRow:
    """The scores of one parameter: in all sounds, and in those in which it is audible."""

    name: str
    everywhere: ParameterScore
    audible: ParameterScore


@dataclass(frozen=True)
class PlayedExample:
    """A test sound and the prediction for it, to be played on the page.

    Attributes
    ----------
    title : str
        Best, median or worst.
    index : int
        Index in the test set.
    psd_error : float
        PSD error of the prediction.
    original, prediction : str
        Data URIs of both notes.
    parameters : list of (str, int, int)
        Parameter, true and predicted step.
    """

    title: str
    index: int
    psd_error: float
    original: str
    prediction: str
    parameters: list[tuple[str, int, int]]


@dataclass(frozen=True)
class PlayedPredictor:
    """A predictor whose notes are played on the page.

    Attributes
    ----------
    parameters : list of ParameterRow
        Its scores parameter by parameter; empty unless it is tested on the main test set.
    examples : list of PlayedExample
        The best, the median and the worst prediction.
    """

    parameters: list[ParameterRow]
    examples: list[PlayedExample]


def judged_predictor(results: Results, name: str, title: str, test_set: str) -> JudgedPredictor:
    """Judge a predictor by its labels and its scores, beside the baselines."""
    truth = results.truth(test_set)
    scores = results.scores(test_set, (name, *BASELINES))
    labels = results.labels(test_set, name)
    highest = results.instrument(test_set).highest
    return JudgedPredictor(
        name=name,
        title=title,
        test_set=test_set,
        sounds=len(truth.patches),
        trained_on=trained_on(results.config, test_set).get(name, NOT_TRAINED),
        verdict=judge(test_set, truth.patches / highest, labels, scores, name, BASELINES),
    )


def prediction_figures(results: Results, name: str) -> PredictionFigures:
    """Load Figures 15 to 17 of an experiment or a solver."""
    return PredictionFigures(
        example=results.figure(
            "Figure 15: the best prediction", "example", paths.EXAMPLE_FIGURE, predictor=name
        ),
        errors=results.figure(
            "Figure 16: PSD errors", "errors", paths.ERRORS_FIGURE, predictor=name
        ),
        parameters=results.figure(
            "Figure 17: labels and outputs", "knobs", paths.KNOBS_FIGURE, predictor=name
        ),
    )


def played_predictor(results: Results, name: str, test_set: str) -> PlayedPredictor:
    """Read the parameter scores of a predictor, and choose predictions to play."""
    truth, played = results.truth(test_set), results.played(test_set, name)
    # The nearest to the truth of those that sound like the prediction, to compare knob by knob.
    instrument = results.instrument(test_set)
    patches = instrument.closest_equivalents(played.patches, truth.patches / instrument.highest)
    errors = results.scores(test_set, [name]).set_index("index")["psd_error"]
    table = results.table(paths.KNOBS)
    own = table[(table["predictor"] == name) & (table["data_set"] == test_set)]
    return PlayedPredictor(
        parameters=parameter_rows(own),
        examples=played_examples(truth, replace(played, patches=patches), errors),
    )


def parameter_rows(scores: pd.DataFrame) -> list[ParameterRow]:
    """Arrange the parameter scores of one predictor in rows.

    Parameters
    ----------
    scores : pandas.DataFrame
        Its rows of `knobs.csv`.

    Returns
    -------
    list of ParameterRow
        One per parameter, in the order of the table.
    """
    columns = ["counted", "sounds", "accuracy", "steps"]
    rows = []
    for name, own in scores.groupby("parameter", sort=False):
        counted = {
            str(where): ParameterScore(int(sounds), float(accuracy), float(steps))
            for where, sounds, accuracy, steps in own[columns].itertuples(index=False, name=None)
        }
        rows.append(ParameterRow(str(name), counted["all"], counted["audible"]))
    return rows


def played_examples(truth: Shard, prediction: Shard, errors: pd.Series) -> list[PlayedExample]:
    """Choose the best, the median and the worst prediction.

    Parameters
    ----------
    truth, prediction : Shard
        The test set and the predictions for it.
    errors : pandas.Series
        PSD error by index.

    Returns
    -------
    list of PlayedExample
        Three of them.
    """
    ranked = [int(i) for i in errors.sort_values(kind="stable").index]
    chosen = {"Best": ranked[0], "Median": ranked[len(ranked) // 2], "Worst": ranked[-1]}
    return [
        PlayedExample(
            title=title,
            index=index,
            psd_error=float(errors[index]),
            original=audio_uri(truth.audio[index], truth.sample_rate),
            prediction=audio_uri(prediction.audio[index], prediction.sample_rate),
            parameters=list(
                zip(
                    truth.names,
                    truth.patches[index].tolist(),
                    prediction.patches[index].tolist(),
                    strict=True,
                )
            ),
        )
        for title, index in chosen.items()
    ]
