"""The quantities of `synthinv.thesis.published`, computed from trainings and predictions.

Each function returns the values of one training, or of one training per optimiser, by the items'
names. Quantities of a training that diverged are NaN.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from synthinv.thesis import published

OPTIMISERS = ("sgd", "adagrad", "adadelta")

History = Mapping[str, Any]


def of_the_optimisers(histories: Mapping[str, History]) -> dict[str, float]:
    """Compute the quantities of Figure 12 from one training of each optimiser.

    Parameters
    ----------
    histories : mapping of str to history
        Optimiser to losses, for all of `OPTIMISERS`.

    Returns
    -------
    dict of str to float
        Name of an item to its value.
    """
    final = {name: histories[name]["validation"][-1] for name in OPTIMISERS}
    gap = {name: abs(loss - histories[name]["train"][-1]) for name, loss in final.items()}
    # NumPy's minimum is NaN if either loss is; Python's may ignore it.
    lowest_other = float(np.min([final["sgd"], final["adagrad"]]))
    return {
        published.ADADELTA_LOSS.name: final["adadelta"],
        published.ADADELTA_LEAD.name: lowest_other - final["adadelta"],
        published.SGD_LOSS_RATIO.name: final["sgd"] / final["adadelta"],
        published.SGD_GAP_EXCESS.name: gap["sgd"] - gap["adadelta"],
    }


def of_the_regularised(history: History) -> dict[str, float]:
    """Compute the quantities of Figure 14 from a training with L2."""
    train, validation = history["train"], np.array(history["validation"])
    return {
        published.L2_DRIFT.name: float(np.abs(validation / validation[0] - 1).max()),
        published.L2_GAP.name: float(abs(train[-1] / validation[-1] - 1)),
    }


def of_the_unregularised(history: History) -> dict[str, float]:
    """Compute the quantities of Figure 14 from a training without L2."""
    train, validation = history["train"], np.array(history["validation"])
    diverged = not np.isfinite(validation).all()
    return {
        published.OVERFIT_GAP.name: float(1 - train[-1] / validation[-1]),
        published.OVERFIT_RISE.name: float(validation[-1] / validation.min() - 1),
        published.OVERFIT_EPOCH.name: np.nan if diverged else float(validation.argmin() + 1),
    }


def of_the_sounds(errors: npt.NDArray[np.float64]) -> dict[str, float]:
    """Compute the quantities of Figures 15 and 16.

    Parameters
    ----------
    errors : float64 array [sounds]
        PSD errors of the predictions for a test set.

    Returns
    -------
    dict of str to float
        Name of an item to its value.
    """
    low, high = np.quantile(errors, (0.1, 0.9))
    return {
        published.BEST_PSD_ERROR.name: float(errors.min()),
        published.PSD_ERROR_WIDTH.name: float(high / low) if low else np.inf,
    }


def greatest_offset(outputs: npt.NDArray[np.floating]) -> float:
    """Return the greatest distance of a knob's mean output [sounds, parameters] from 0.5."""
    return greatest_offset_of_means(outputs.mean(axis=0))


def greatest_offset_of_means(means: npt.ArrayLike) -> float:
    """Return the greatest distance from 0.5 of the knobs' mean outputs [parameters]."""
    return float(np.abs(np.asarray(means) - 0.5).max())
