from pathlib import Path
from typing import Any

import pandas as pd

from synthinv.common.files import seal, write_table
from synthinv.config.load import load
from synthinv.config.shapes import spectrogram_shape
from synthinv.report.docs_pages.readings import main
from tests.report.sections.test_readings import ALL, tables

Mapping = dict[str, Any]


def test_the_page_compares_every_reading_with_every_figure(read: Mapping, tmp_path: Path) -> None:
    results = tmp_path / "results"
    (results / "readings").mkdir(parents=True)
    for name, table in zip(
        ("readings", "agreement"),
        tables({"all": {"adadelta_loss"}, "one": ALL - {"tuned_loss"}}),
        strict=True,
    ):
        write_table(results / "readings" / f"{name}.csv", table)
    file = results / "config.yaml"
    file.write_text(load(read).model_dump_json(), encoding="utf-8")
    seal(file)
    main(results, tmp_path / "docs")
    page = (tmp_path / "docs" / "readings.md").read_text(encoding="utf-8")
    assert "with 2 seeds" in page
    config = load(read)
    shapes = (
        spectrogram_shape(config.spectrogram(s), config.audio.samples) for s in ("small", "fewer")
    )
    small, fewer = (f"{bands} × {frames} pixels" for bands, frames in shapes)
    assert f"on images of\n{small} (the thesis's have 5001 × 30):" in page
    assert f"with λ 0.0005, on images of {fewer} and a synth whose" in page
    assert "1. One (`one`): 17.\n1. All (`all`): 1.\n" in page
    assert "No reading explains:\n\n- Figure 13b: The least validation loss" in page
    assert "| reading | 12 | 13a | 13b | 14 | 16 | 17 | ablation | all |" in page
    assert "| One (`one`) | ✓ 4/4 | ✓ 2/2 | ✗ 0/1 | ✓ 5/5 | ✓ 2/2 | ✓ 2/2 | ✓ 2/2 | 17/18 |" in page
    assert "| `all` | ✓ 0, 0.1 | ✗ 0, 0.1 | ✗ 0, 0.1 | ✗ 0, 0.1 | ✗ 0, 0.1 |" in page
    assert "`final` (20 samples, epochs: 2)" in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)
    copy = pd.read_csv(tmp_path / "docs" / "readings" / "agreement.csv")
    assert len(copy) == 2 * len(ALL)
