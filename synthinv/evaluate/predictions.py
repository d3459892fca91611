"""Predictions on disk: one row of labels per sound of a test set."""

from pathlib import Path

import numpy as np
import pandas as pd

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_table, understood, write_table
from synthinv.instruments.model import Labels


def write_predictions(path: Path, names: tuple[str, ...], labels: Labels) -> None:
    """Write predictions as CSV.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        Parameter names.
    labels : float32 array [sounds, parameters]
        Labels in [0, 1].

    Raises
    ------
    SynthinvError
        If a label is not a number, as after a training that diverged.
    """
    if not np.isfinite(labels).all():
        raise SynthinvError(
            f"{path}: the network's outputs are not numbers, so its training diverged; "
            "lower the learning rate in the section training or the experiment's settings"
        )
    table = pd.DataFrame(labels, columns=list(names)).rename_axis("index")
    write_table(path, table.reset_index())


def read_predictions(path: Path, names: tuple[str, ...], sounds: int) -> Labels:
    """Read predictions.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        Parameter names that it must have.
    sounds : int
        Number of rows that it must have.

    Returns
    -------
    float32 array [sounds, parameters]
        Labels in [0, 1].

    Raises
    ------
    SynthinvError
        If the file is not a table of numbers in [0, 1] with these columns and as many rows.
    """
    table = read_table(path, dtype=dict.fromkeys(names, "float32"))
    with understood(path, LookupError, ValueError):
        labels: Labels = table.set_index("index")[list(names)].to_numpy(dtype=np.float32)
    if len(labels) != sounds:
        raise SynthinvError(
            f"{path}: has predictions for {len(labels)} sounds, not for {sounds}; delete it and "
            "run again"
        )
    if not ((labels >= 0) & (labels <= 1)).all():
        raise SynthinvError(f"{path}: holds labels outside 0 to 1; delete it and run again")
    return labels
