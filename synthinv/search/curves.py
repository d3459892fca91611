"""Tables of error against number of renders, for patch searches and refinement."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd


def curve_table(indices: Sequence[int], curves: Sequence[npt.NDArray[np.floating]]) -> pd.DataFrame:
    """Tabulate the points at which curves fall; between them, they are constant.

    Parameters
    ----------
    indices : sequence of int
        Indices of the sounds.
    curves : sequence of float array [renders]
        Least MSS after each render, in decibels, one curve per sound.

    Returns
    -------
    pandas.DataFrame
        Columns `index`, `renders`, `mss`: for each sound, a row for its first render, for each
        that was better than all before it, and for its last.
    """
    parts = []
    for index, curve in zip(indices, curves, strict=True):
        falls = np.flatnonzero(np.diff(curve) < 0) + 1
        rows = np.unique([0, *falls, len(curve) - 1])
        parts.append(pd.DataFrame({"index": index, "renders": rows + 1, "mss": curve[rows]}))
    return pd.concat(parts, ignore_index=True)


def one_render(scores: pd.DataFrame, predictors: Sequence[str]) -> pd.DataFrame:
    """Tabulate predictions as curves that end with their first render.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns `predictor`, `index` and `mss`.
    predictors : sequence of str
        Predictors to include.

    Returns
    -------
    pandas.DataFrame
        Columns `method`, `index`, `renders`, `mss`.
    """
    chosen = scores.loc[scores["predictor"].isin(predictors), ["predictor", "index", "mss"]]
    table = chosen.rename(columns={"predictor": "method"})
    table.insert(2, "renders", 1)
    return table


def errors_after(table: pd.DataFrame, renders: Sequence[int]) -> pd.DataFrame:
    """Look up the least error after given numbers of renders.

    Parameters
    ----------
    table : pandas.DataFrame
        Curves of one method.
    renders : sequence of int
        Numbers of renders, at least 1, ascending.

    Returns
    -------
    pandas.DataFrame
        MSS in decibels: one row per sound, one column per number of renders. A curve that ends
        earlier keeps its last error.
    """
    errors = table.pivot_table(index="index", columns="renders", values="mss")
    known = errors.columns.union(list(renders))
    return errors.reindex(columns=known).ffill(axis=1)[list(renders)]


def relative_to_one_step(table: pd.DataFrame, renders: Sequence[int]) -> pd.DataFrame:
    """Summarise every method's errors in units of the mean one-step error.

    Parameters
    ----------
    table : pandas.DataFrame
        Curves of all methods, `one_step` included: columns `method`, `index`, `renders`, `mss`.
    renders : sequence of int
        Numbers of renders, ascending.

    Returns
    -------
    pandas.DataFrame
        Columns `method`, `renders`, `mean`, `lower`, `median` and `upper` (quartiles over the
        sounds), up to the last render of each method.
    """
    unit = table.loc[table["method"] == "one_step", "mss"].mean()
    parts = []
    for method, own in table.groupby("method", sort=False):
        reached = [r for r in renders if r <= own["renders"].max()]
        errors = errors_after(own, reached) / unit
        quartiles = errors.quantile([0.25, 0.5, 0.75])
        parts.append(
            pd.DataFrame(
                {
                    "method": method,
                    "renders": reached,
                    "mean": errors.mean().to_numpy(),
                    "lower": quartiles.loc[0.25].to_numpy(),
                    "median": quartiles.loc[0.5].to_numpy(),
                    "upper": quartiles.loc[0.75].to_numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
