import re
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from synthinv.config.sections.engine import (
    BuiltInConfig,
    Dx7Config,
    PlugInConfig,
    VitalConfig,
)
from synthinv.config.sections.playing import (
    AudioConfig,
    NoteConfig,
    PlayingConfig,
    SilenceConfig,
)
from synthinv.evaluate.audibility import Summary
from synthinv.evaluate.verdict import Verdict
from synthinv.instruments.model import Instrument
from synthinv.pages.html import fill
from synthinv.report.page import MainSection, OtherSection, Page, render
from synthinv.report.results import PageFigure
from synthinv.report.sections.ablation import AblationRow, AblationSection, AblationTables
from synthinv.report.sections.audibility import AudibilitySection
from synthinv.report.sections.grid_searches import GridSearchSection
from synthinv.report.sections.overview import Bar, Overview
from synthinv.report.sections.patch_searches import MethodRow, PatchSearchSection, RendersTable
from synthinv.report.sections.predictor import (
    JudgedPredictor,
    ParameterRow,
    ParameterScore,
    PlayedExample,
    PlayedPredictor,
    PredictionFigures,
)
from synthinv.report.sections.published import Comparison
from synthinv.report.sections.readings import FigureCell, ItemRow, ReadingRow, ReadingsSection
from synthinv.report.sections.scores import ScoreRow, ScoreTable
from synthinv.report.sections.settings import SettingsRow, SettingsSection
from synthinv.report.sections.solvers import RefinedSolver, SolverSection
from synthinv.report.sections.sounds import DataSetRow, SoundsSection, instrument_rows
from synthinv.report.sections.training import TrainingEnd, TrainingSection
from tests.browser import Browser


def page_of(text: str, toy: Instrument, spread: float = 0.0, error: float = 0.08) -> Page:
    """Return a page on which every text from outside is the one given."""
    lines = {"random": 2.25, "mean": 2.0, "nearest": 0.25, "one_step": 0.125}
    figure = PageFigure(text, text, "data:,")
    verdict = Verdict(spread, error < 0.1, error, 0.08, 0.5, lines, 1.5, lines)
    judged = JudgedPredictor(text, text, text, 3, text, verdict)
    score = ParameterScore(3, 0.5, float("nan"))
    played = PlayedPredictor(
        [ParameterRow(text, score, score)],
        [PlayedExample(text, 0, 0.1, "data:,", "data:,", [(text, 1, 2)])],
    )
    figures = PredictionFigures(figure, figure, figure)
    scores = ScoreTable(
        text, [ScoreRow(text, text, *[1.0] * (len(fields(ScoreRow)) - 2))], frozenset([text])
    )
    step = AblationRow(text, text, text, 10, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, False, "middle")
    reading = ReadingRow(text, text, 1, [FigureCell(1, 2)], {text: [0.1, 0.2]}, {text: True})
    item = ItemRow(text, "12", text, text, text, text, number=True, agreeing=[text])
    playing = PlayingConfig(
        engine=BuiltInConfig(kind="built-in"),
        note=NoteConfig(),
        audio=AudioConfig(),
        silence=SilenceConfig(),
    )
    training = TrainingSection(
        figure, 0.08, TrainingEnd(0.08, 0.0), TrainingEnd(0.07, 0.3), saturated=False
    )
    return Page(
        title=text,
        overview=Overview([Bar(text, text, 1.5, 100, "works")], [judged], scores),
        published=[Comparison("12", text, 0.1, 0.2, 0.3)],
        sounds=SoundsSection(
            instrument=text,
            playing=playing,
            data_sets=[DataSetRow(text, text, 1, 2, 0, 0)],
            parameters=instrument_rows(toy),
            recapture=["2 notes, 2 of the same patch"],
            tested=3,
        ),
        audibility=AudibilitySection(1, [Summary(text, text, 70, 1.0, 0.5, 1, 2)]),
        windows=figure,
        grid_searches=[GridSearchSection(figure, wide=True, trainings=5, saturated=5)],
        main=MainSection(judged, played, figures, judged, training),
        ablation=AblationSection(
            AblationTables([step, replace(step, works=True)], [replace(step, works=True)]),
            figure,
            figure,
        ),
        readings=ReadingsSection(2, ("12",), [reading], [reading], [item], [item]),
        solver=SolverSection(
            judged=judged,
            played=played,
            figures=figures,
            training=figure,
            notes=text,
            fresh=True,
            scores=scores,
            refined=RefinedSolver(judged, played, renders=77),
        ),
        patch_searches=PatchSearchSection(
            figure, RendersTable(3, [1, 10], [MethodRow(text, text, [0.5, None])])
        ),
        others=[OtherSection(judged, figures, None)],
        other_scores=[scores],
        settings=SettingsSection([SettingsRow(text, {text: text})], text, {"Python": "1"}),
    )


def test_every_section_of_the_page_is_typed() -> None:
    """No section may be a dictionary: the template can name only what the dataclasses have."""
    seen: set[type] = set()
    todo: list[Any] = [Page]
    while todo:
        kind = todo.pop()
        if is_dataclass(kind) and isinstance(kind, type) and kind not in seen:
            seen.add(kind)
            hints = get_type_hints(kind)
            assert Any not in hints.values()
            todo += hints.values()
        else:
            assert kind is not Any
            todo += getattr(kind, "__args__", ())
    assert {SolverSection, AblationRow, ScoreRow, TrainingEnd, JudgedPredictor} <= seen


def test_text_from_outside_is_escaped_wherever_it_appears(toy: Instrument) -> None:
    page = render(page_of('<script>alert("x")</script>', toy))
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(") >= 15
    assert 'alert("x")' not in page


@pytest.mark.parametrize(
    ("spread", "error", "works"), [(0.01, 0.08, False), (0.9, 0.08, False), (0.9, 0.04, True)]
)
def test_only_a_network_that_beats_the_mean_predictor_is_marked_as_working(
    toy: Instrument, spread: float, error: float, works: bool
) -> None:
    page = render(page_of("net", toy, spread, error))
    assert ('<div class="verdict works">' in page) == works


def test_refinement_and_patch_searches_are_described_only_if_there_are_any(
    toy: Instrument,
) -> None:
    full = page_of("net", toy)
    page = render(full)
    assert "until 77 renders are spent" in page
    assert 'after</th><th class="data">trained on</th><th>1 render</th><th>10 renders</th>' in page
    assert full.solver is not None
    bare = replace(full, solver=replace(full.solver, refined=None), patch_searches=None)
    page = render(bare)
    assert "renders are spent" not in page
    assert "mean MSS, × one-step" not in page
    # Patch searches without a solver to compare with are shown too.
    assert "mean MSS, × one-step" in render(replace(full, solver=None))


def test_a_report_on_a_solver_alone_leaves_out_what_is_about_the_thesis(toy: Instrument) -> None:
    full = page_of("net", toy)
    alone = replace(full, main=None, windows=None, ablation=None, readings=None)
    page = render(replace(alone, published=[], grid_searches=[], others=[]))
    heads = re.findall("<h[12]>([^<]+)</h[12]>", page)
    assert heads == ["net", "How the sounds were made", "net", "Settings"]
    assert "predictions for 3 notes" in page
    assert "Another network" not in page
    # The metric is the thesis's.
    assert re.findall(r"\bthesis.{14}", page) == ["thesis's equation 15"]
    assert "Another network" in render(full)


def test_a_report_on_experiments_without_a_pair_lists_them(toy: Instrument) -> None:
    page = render(replace(page_of("net", toy), main=None, solver=None))
    assert "<h2>The experiments</h2>" in page
    assert "<h2>Ablation</h2>" in page
    assert "<h2>Training</h2>" not in page


def test_every_table_that_compares_predictors_says_what_they_were_trained_on(
    toy: Instrument,
) -> None:
    page = page_of("net", toy)
    rows = [replace(page.overview.scores.rows[0], trained_on="6,000 notes")]
    assert render(page).count('<th class="data">trained on</th>') == 2 * 3 + 2
    scores = replace(page.overview.scores, rows=rows)
    changed = render(replace(page, overview=replace(page.overview, scores=scores)))
    assert changed.count('<td class="data">6,000 notes</td>') == 2


def test_a_grid_search_whose_trainings_all_saturated_is_called_meaningless(toy: Instrument) -> None:
    page = render(page_of("net", toy))
    assert "5 of these 5 trainings ended saturated" in page
    assert "Differences between them mean nothing" in page


def test_a_collapse_to_the_ends_of_the_travel_is_not_explained_as_one_to_the_mean(
    toy: Instrument,
) -> None:
    at_the_mean = page_of("net", toy, spread=0.0)
    assert at_the_mean.main is not None
    stuck = replace(at_the_mean.main.training, saturated=True)
    at_the_ends = replace(at_the_mean, main=replace(at_the_mean.main, training=stuck))
    mean, ends = "A loss like the mean predictor's", "stuck at the"
    page = render(at_the_mean)
    assert mean in page
    assert ends not in page
    page = render(at_the_ends)
    assert mean not in page
    assert ends in page


def test_steps_that_are_better_than_the_mean_predictor_stand_out(toy: Instrument) -> None:
    page = render(page_of("net", toy))
    section = page.split("<h3>One change at a time</h3>")[1].split("<h3>Listen</h3>")[0]
    assert section.count("<tr>") - section.count("<tr><th>") == 1
    assert section.count('<tr class="own">') == 2
    without = render(replace(page_of("net", toy), ablation=None))
    assert "One change at a time" not in without


def test_agreement_of_readings_is_marked_by_more_than_colour(toy: Instrument) -> None:
    full = page_of("net", toy)
    assert full.readings is not None
    row = replace(full.readings.readings[0], figures=[FigureCell(1, 2), FigureCell(2, 2)])
    page = render(replace(full, readings=replace(full.readings, readings=[row])))
    assert "<td>✗ 1/2</td><td>✓ 2/2</td>" in page
    assert "No reading explains" in page
    explained = render(replace(full, readings=replace(full.readings, unexplained=[])))
    assert "No reading explains" not in explained
    assert "explained by at least one reading" in explained
    assert "Readings of the thesis" not in render(replace(full, readings=None))


def test_the_parameters_of_a_plug_in_are_not_said_to_be_sent_over_midi(toy: Instrument) -> None:
    page = page_of("net", toy)
    assert "sent as MIDI control changes" in render(page)
    plug_in = PlugInConfig(kind="plug-in", path="synth.so")
    playing = page.sounds.playing.model_copy(update={"engine": plug_in})
    html = render(replace(page, sounds=replace(page.sounds, playing=playing)))
    assert "control changes" not in html
    assert "the plug-in's parameters are set to each patch" in html
    for engine in (Dx7Config(kind="dx7"), VitalConfig(kind="vital")):
        playing = page.sounds.playing.model_copy(update={"engine": engine})
        html = render(replace(page, sounds=replace(page.sounds, playing=playing)))
        assert "control changes" not in html
        assert "the synth's own parameters are set to each patch" in html


def test_a_knob_without_a_controller_has_a_dash_for_its_number(toy: Instrument) -> None:
    page = page_of("words", toy)
    rows = [replace(row, cc=None) for row in page.sounds.parameters]
    summaries = [row._replace(cc=None) for row in page.audibility.rows]
    page = replace(
        page,
        sounds=replace(page.sounds, parameters=rows),
        audibility=replace(page.audibility, rows=summaries),
    )
    html = render(page)
    assert "<td>None</td>" not in html
    assert html.count("<td>–</td>") >= len(rows) + len(summaries)


def test_the_page_can_be_read_without_seeing_it(toy: Instrument) -> None:
    html = render(page_of("words", toy))
    assert all("aria-label=" in player for player in re.findall("<audio[^>]*>", html))
    assert "<th></th>" not in html
    levels = [int(level) for level in re.findall("<h([1-6])", html)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_narrow_window_has_no_table_beyond_its_edge(
    tmp_path: Path, browser: Browser, toy: Instrument
) -> None:
    (tmp_path / "report.html").write_text(render(page_of("a_knob_of_some_name", toy)))
    assert browser.overhang(tmp_path / "report.html", width=360) == 0


def test_a_page_that_lacks_something_is_an_error(toy: Instrument) -> None:
    page = page_of("net", toy)
    sections = {f.name: getattr(page, f.name) for f in fields(page)}
    del sections["settings"]
    with pytest.raises(Exception, match="'settings' is undefined"):
        fill("report.html.j2", sections)


def test_the_page_uses_the_words_of_the_field(toy: Instrument) -> None:
    page = render(page_of("net", toy)).lower()
    for word in ("answer", "prior", "floor", "heard", " view", "learnt"):
        assert word not in page.replace("viewport", "")


def test_the_page_loads_nothing_from_elsewhere(toy: Instrument) -> None:
    page = render(page_of("net", toy))
    assert 'src="http' not in page
    assert "url(" not in page
    assert "@import" not in page
