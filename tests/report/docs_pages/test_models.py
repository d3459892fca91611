from pathlib import Path
from typing import Any

import pytest

from synthinv.instruments.model import Normal, Parameter
from synthinv.report.docs_pages.models import PAGE, SCORES, drawn, main, score_table
from synthinv.solver.registry import SHIPPED


def test_the_page_is_what_the_shipped_solvers_say(root: Path, tmp_path: Path) -> None:
    (tmp_path / "solvers").symlink_to(root / "docs" / "solvers")
    main(tmp_path)
    committed = (root / "docs" / PAGE).read_text("utf-8")
    assert (tmp_path / PAGE).read_text("utf-8") == committed, "run make docs"


def test_every_shipped_solver_has_a_page_of_scores(root: Path) -> None:
    shipped = {folder.name for folder in SHIPPED.iterdir() if folder.is_dir()}
    assert shipped <= SCORES.keys()
    assert all((root / "docs" / "solvers" / SCORES[name]).is_file() for name in shipped)


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
