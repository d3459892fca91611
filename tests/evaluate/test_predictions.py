from pathlib import Path

import numpy as np
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.common.files import seal
from synthinv.evaluate.predictions import read_predictions, write_predictions

NAMES = ("cutoff", "decay")


def test_labels_come_back_exactly(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).random((200, 2), dtype=np.float32)
    labels[0] = [0, 1]
    write_predictions(tmp_path / "a.csv", NAMES, labels)
    found = read_predictions(tmp_path / "a.csv", NAMES, 200)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, labels)


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    write_predictions(tmp_path / "a.csv", NAMES, np.array([[0.25, 0.75]], np.float32))
    assert read_predictions(tmp_path / "a.csv", ("decay", "cutoff"), 1).tolist() == [[0.75, 0.25]]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_outputs_of_a_diverged_network_are_refused(tmp_path: Path, bad: float) -> None:
    with pytest.raises(SynthinvError, match=r"a\.csv: the network's outputs are not numbers"):
        write_predictions(tmp_path / "a.csv", NAMES, np.array([[0.5, bad]], np.float32))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "does not hold what it should"),
        ("index,cutoff\n0,0.5\n", "does not hold what it should"),
        ("index,cutoff,decay\n0,0.5,loud\n", "does not hold what it should"),
        ("cutoff,decay\n0.5,0.5\n", "does not hold what it should"),
        ("index,cutoff,decay\n0,0.5,1.5\n", "holds labels outside 0 to 1"),
        ("index,cutoff,decay\n0,-0.1,0.5\n", "holds labels outside 0 to 1"),
        ("index,cutoff,decay\n0,,0.5\n", "holds labels outside 0 to 1"),
        ("index,cutoff,decay\n0,0.5,0.5\n1,0.5,0.5\n", "has predictions for 2 sounds, not for 1"),
    ],
)
def test_a_table_without_predictions_is_refused(
    tmp_path: Path, content: str, sentence: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    seal(path)
    with pytest.raises(SynthinvError) as caught:
        read_predictions(path, NAMES, 1)
    assert str(caught.value).startswith(f"{path}: {sentence}")


def test_missing_predictions_are_named(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=r"none\.csv: has no manifest none\.json; delete"):
        read_predictions(tmp_path / "none.csv", NAMES, 1)
