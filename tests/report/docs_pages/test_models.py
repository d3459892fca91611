from pathlib import Path
from typing import Any

import pytest

from synthinv.common.files import sha256_of, write_manifest
from synthinv.config.playing import playing_params
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.config.sections.varied_notes import KindConfig, VariedNotesConfig
from synthinv.instruments.load import load_instrument
from synthinv.instruments.parameters import Normal, Parameter
from synthinv.pages.html import fill_markdown
from synthinv.report.docs_pages.models import (
    PAGE,
    card,
    drawn,
    main,
    percent,
    score_table,
    varied_notes,
)
from synthinv.solver.registry import CARD, SHIPPED, registered, registry


def test_the_page_is_what_the_shipped_solvers_say(root: Path, tmp_path: Path) -> None:
    (tmp_path / "solvers").symlink_to(root / "docs" / "solvers")
    main(tmp_path)
    committed = (root / "docs" / PAGE).read_text("utf-8")
    assert (tmp_path / PAGE).read_text("utf-8") == committed, "run make docs"


def test_the_scores_of_a_card_are_those_of_its_page(root: Path) -> None:
    for solver in registry():
        if solver.card.page is None:
            continue
        page = (root / "docs" / "solvers" / solver.card.page).read_text("utf-8")
        assert all(f" {score.mss:g} " in page for score in solver.card.scores)


def test_a_card_says_what_a_solver_for_any_note_takes_in(tmp_path: Path) -> None:
    varied = VariedNotesConfig(
        keys=(36, 84), kinds=(KindConfig(name="a", weight=3), KindConfig(name="b", weight=1))
    )
    solver = SolverConfig(architecture="any-note", varied=varied)
    (tmp_path / "solvers").mkdir()
    (tmp_path / "solvers" / "any-note.md").write_text("| predictor |\n| --- |\n\n")
    folder = tmp_path / "minimoog"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"")
    fields = {
        "solver": solver.model_dump(mode="json"),
        "instrument": load_instrument("minimoog").model_dump(mode="json"),
        "playing": playing_params(PlayingConfig()),
        "seed": 1,
        "train": None,
    }
    write_manifest(folder / "model.json", fields, {"network": folder / "model.onnx"})
    own = (SHIPPED / "minimoog" / CARD).read_text().splitlines()
    digest = f"digest: {sha256_of(folder / 'model.onnx')}"
    lines = [digest if line.startswith("digest:") else line for line in own]
    (folder / CARD).write_text("\n".join(lines))
    context = {"cards": [card(registered(folder), tmp_path)], "percent": percent}
    context["most_listed"] = 40
    page = fill_markdown("models.md.j2", context)
    assert "one note of up to 4 s from its onset" in page
    assert "trained on the keys C2 to C6" in page
    assert "| kinds of patches | a in 75 %, b in 25 %;" in page
    assert "room in 20 %" in page
    assert "`make solve-any-note`" in page


def test_a_card_tells_of_the_kinds_that_were_drawn_alone() -> None:
    near = {"files": ["banks"]}
    kinds = [{"name": "a", "weight": 3}, {"name": "b", "weight": 1, "presets": near}]
    mapping = {"architecture": "any-note", "varied": {"kinds": kinds}}
    every = varied_notes(SolverConfig.model_validate(mapping))
    assert (every["weight"], every["near_presets"]) == (4, True)
    some = varied_notes(SolverConfig.model_validate({**mapping, "kinds": ["a"]}))
    assert (some["weight"], some["near_presets"]) == (3, False)
    assert [kind["name"] for kind in some["varied"]["kinds"]] == ["a"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"positions": [0, 64]}, "2 positions, equally likely"),
        ({}, "uniform, 0 to 127"),
        (
            {"sample": Normal(distribution="normal", mean=0.5, sd=0.03)},
            "normal, mean 63.5, standard deviation 3.8, within 0 to 127",
        ),
    ],
)
def test_how_values_are_drawn_is_said_in_a_few_words(fields: dict[str, Any], words: str) -> None:
    assert drawn(Parameter(name="knob", group="", cc=70, **fields)) == words


def test_the_scores_are_those_of_the_page() -> None:
    page = (
        "x\n\n| predictor | MSS |\n| --- | --- |\n| oracle | 0 |\n| Mine (`solver`) | 0.5 |\n\ny\n"
    )
    assert score_table(page) == [
        "| predictor | MSS |",
        "| --- | --- |",
        "| Mine (`solver`) | 0.5 |",
    ]
