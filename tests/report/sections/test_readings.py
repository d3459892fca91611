import pandas as pd
import pytest

from synthinv.report.sections.readings import FigureCell, ReadingsSection, arranged
from synthinv.thesis.published import FIGURES, PUBLISHED


def tables(agreeing: dict[str, set[str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the tables of readings with two seeds that agree with some items."""
    names = [item.name for item in PUBLISHED]
    values = [(r, i, name, i / 10) for r in agreeing for i in (1, 0) for name in names]
    agreement = [
        (r, r.title(), item.figure, item.name, 0.0, 0.05, 0.1, item.name in agrees)
        for r, agrees in agreeing.items()
        for item in PUBLISHED
    ]
    return (
        pd.DataFrame(values, columns=["reading", "repeat", "quantity", "value"]),
        pd.DataFrame(
            agreement,
            columns=[
                *("reading", "title", "figure", "quantity"),
                *("least", "mean", "greatest", "agrees"),
            ],
        ),
    )


ALL = {item.name for item in PUBLISHED}


@pytest.fixture
def section() -> ReadingsSection:
    return arranged(*tables({"none": set(), "most": ALL - {"tuned_loss"}, "some": {"l2_gap"}}))


def test_readings_are_sorted_by_their_agreements(section: ReadingsSection) -> None:
    assert [row.name for row in section.readings] == ["most", "some", "none"]
    assert [row.count for row in section.readings] == [len(ALL) - 1, 1, 0]
    assert section.readings[0].title == "Most"
    assert section.figures == FIGURES
    cells = dict(zip(FIGURES, section.readings[0].figures, strict=True))
    assert cells["13b"] == FigureCell(0, 1)
    assert cells["12"] == FigureCell(4, 4)
    assert cells["12"].agrees
    assert not cells["13b"].agrees


def test_all_seeds_are_shown_in_order(section: ReadingsSection) -> None:
    assert section.seeds == 2
    assert section.readings[0].seeds["l2_gap"] == [0.0, 0.1]


def test_what_none_explains_is_listed(section: ReadingsSection) -> None:
    assert [item.name for item in section.unexplained] == ["tuned_loss"]
    items = {item.name: item for item in section.items}
    assert items["l2_gap"].agreeing == ["most", "some"]
    assert items["tuned_loss"].number
    assert not items["l2_gap"].number


def test_the_best_are_a_few_and_those_as_good_as_the_last_of_them() -> None:
    found = arranged(*tables({str(i): {"l2_gap"} if i < 8 else set() for i in range(10)}))
    assert len(found.best) == 8
