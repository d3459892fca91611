from pathlib import Path

import pandas as pd
import pytest

from synthinv.report.docs_pages.growth import COLUMNS, TABLE, main, project

ROWS = [
    ("plan of everything", 1_000, 10, 2.0, 90.0, 0.0),
    ("plan of everything", 1_000_000, 10_000, 14.5, 1_234.0, 0.0),
    ("capture", 1_000, 1, 10.0, 480.0, 35.0),
    ("capture", 10_000, 10, 50.0, 500.0, 350.0),
    ("capture", 100_000, 100, 500.0, 500.0, 3_500.0),
    ("predict", 1_000, 1, 3.0, 400.0, 0.0),
    ("predict", 10_000, 10, 3.0, 400.0, 0.0),
    ("predict", 100_000, 100, 3.0, 400.0, 0.0),
]


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=COLUMNS)


def test_a_projection_is_the_line_through_the_two_largest_measurements(table: pd.DataFrame) -> None:
    projected = project(table[table["stage"] == "capture"])
    assert projected == pytest.approx({"seconds": 5_000, "peak_mib": 500, "disk_mb": 35_000})


def test_the_page_has_every_stage_and_every_plan(table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv(tmp_path / TABLE, index=False)
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "growth.md").read_text()
    assert "| stage | 1,000 | 10,000 | 100,000 | 1,000,000, projected |" in page
    assert "| capture | 10 | 50 | 500 | 5,000 |" in page
    assert "| capture | 35 | 350 | 3,500 | 35,000 |" in page
    assert "| predict | 3.0 | 3.0 | 3.0 | 3.0 |" in page
    assert "| predict | –" not in page  # what writes nothing worth counting has no row
    assert "| 10,000 | 14.5 | 1,234 |" in page
    copy = tmp_path / "docs" / "growth" / TABLE
    assert copy.read_bytes() == (tmp_path / TABLE).read_bytes()
