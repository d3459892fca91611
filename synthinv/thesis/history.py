"""The losses of a training of the thesis's network."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class History:
    """The losses of a training; every list has one entry per epoch.

    Attributes
    ----------
    train : list of float
        Mean squared error of the mini-batches' predictions during the epoch, whatever the loss that
        is minimised. With `flatten: each`, the mean over all rows of every sound's outputs.
    validation : list of float
        The same error for the validation set, after the epoch.
    spread : list of float
        Spread of the sounds' predictions for the validation set, with `flatten: each` of the means
        of their rows, see `synthinv.metrics.parameters.spread`: 0 if every sound has the same.
    mean_predictor : float
        Mean squared error of the best constant prediction, the mean of the training labels.
    """

    train: list[float]
    validation: list[float]
    spread: list[float]
    mean_predictor: float

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(self.train)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for a JSON file."""
        return asdict(self)

    def latest(self) -> str:
        """Return the latest epoch's entries as text for a log."""
        return (
            f"squared error {self.train[-1]:.4f}, validation {self.validation[-1]:.4f} "
            f"(mean predictor {self.mean_predictor:.4f}), spread {100 * self.spread[-1]:.0f} %"
        )
