"""The numbers and statements that the thesis published on its network, and when ours agree.

Each is about one quantity, of which every seed gives one value. Agreement is judged from all seeds,
never from the best one. The NaN of a training that diverged never agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# The tolerances, and the reason for each.

SAME_WITHIN = 1.05
"""Factor by which the seeds' range is widened for a published loss, which had a seed of its own."""
SAME_MEAN_WITHIN = 0.10
"""Share by which two means over three trainings may differ: some of either may have been stuck."""
EPOCH_WITHIN = 1.25
"""Factor by which the seeds' range is widened for an epoch, which the thesis reads off a curve."""
PSD_ERROR_WITHIN = 3.0
"""Factor by which the seeds' range is widened for the least PSD error: that of one sound, played
on another synth."""
SIMILAR_WITHIN = 0.25
"""Greatest difference, as a share, of losses that the thesis calls similar without giving both."""
FITS_WITHIN = 0.10
"""Share of the validation loss up to which the training loss may differ from it without
over-fitting."""
FLAT_WITHIN = 0.03
"""Greatest change, as a share, of a validation loss that looks flat in a plot whose axis starts at
0."""
RISES_BY = 0.01
"""Share of its minimum by which a validation loss must rise above it, or it may be noise."""
WIDE_FROM = 10.0
"""Least ratio of the ninetieth to the tenth percentile of a distribution called very wide."""
CONSTANT_BELOW = 0.01
"""Greatest spread, as a share of the labels', of outputs that look constant in a box plot."""
MIDDLE_WITHIN = 0.2
"""Greatest distance from 0.5 that counts as the middle of a knob's travel from 0 to 1."""


@dataclass(frozen=True)
class WithinRange:
    """A published number lies within the range of the seeds' values, or just beyond.

    Attributes
    ----------
    value : float
        The number.
    factor : float
        The range is widened at both ends by this factor.
    """

    value: float
    factor: float

    def agrees(self, seeds: Sequence[float]) -> bool:
        """Return whether it lies there."""
        return bool(np.min(seeds) / self.factor <= self.value <= np.max(seeds) * self.factor)

    @property
    def rule(self) -> str:
        """The rule in words."""
        if self.factor < 2:
            widened = f"{100 * (self.factor - 1):.0f} %"
        else:
            widened = f"a factor of {self.factor:g}"
        return f"it lies within the seeds' range, widened by {widened}"


@dataclass(frozen=True)
class NearMean:
    """A published mean over repeats is close to the mean over the seeds.

    Attributes
    ----------
    value : float
        The published mean.
    margin : float
        Greatest difference, as a share of it.
    """

    value: float
    margin: float

    def agrees(self, seeds: Sequence[float]) -> bool:
        """Return whether it is close."""
        return bool(abs(np.mean(seeds) - self.value) <= self.margin * self.value)

    @property
    def rule(self) -> str:
        """The rule in words."""
        return f"the seeds' mean is within {100 * self.margin:.0f} % of it"


@dataclass(frozen=True)
class _Bounds:
    """Two bounds of a quantity, themselves excluded.

    Attributes
    ----------
    above, below : float, optional
        The bounds; None for none.
    """

    above: float | None = None
    below: float | None = None

    def contain(self, value: float) -> bool:
        """Return whether a value lies between them; NaN never does."""
        return (
            not np.isnan(value)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        if self.above is None:
            return f"below {self.below:g}"
        if self.below is None:
            return f"above {self.above:g}"
        return f"between {self.above:g} and {self.below:g}"


@dataclass(frozen=True)
class InMostSeeds(_Bounds):
    """A statement holds in more than half of the seeds: a quantity lies between two bounds."""

    def agrees(self, seeds: Sequence[float]) -> bool:
        """Return whether it holds."""
        return bool(np.mean([self.contain(seed) for seed in seeds]) > 0.5)

    @property
    def rule(self) -> str:
        """The rule in words."""
        return f"{self} in more than half of the seeds"


@dataclass(frozen=True)
class OnAverage(_Bounds):
    """A statement on a mean over repeats: the seeds' mean lies between two bounds."""

    def agrees(self, seeds: Sequence[float]) -> bool:
        """Return whether it lies there."""
        return self.contain(float(np.mean(seeds)))

    @property
    def rule(self) -> str:
        """The rule in words."""
        return f"{self} in the seeds' mean"


@dataclass(frozen=True)
class Published:
    """One published number or statement.

    Attributes
    ----------
    name : str
        Name of the quantity that it is about.
    figure : str
        Number of the thesis's figure that shows it; `ablation` for the last paragraph of section 5.
    statement : str
        The claim of the thesis, in a few words.
    quantity : str
        The quantity in words.
    criterion : WithinRange, NearMean, InMostSeeds or OnAverage
        The rule by which ours agrees.
    """

    name: str
    figure: str
    statement: str
    quantity: str
    criterion: WithinRange | NearMean | InMostSeeds | OnAverage

    @property
    def place(self) -> str:
        """The place in the thesis, in words."""
        return "Section 5" if self.figure == "ablation" else f"Figure {self.figure}"

    @property
    def value(self) -> float | None:
        """The published number; None for a statement."""
        return None


@dataclass(frozen=True)
class PublishedNumber(Published):
    """One published number."""

    criterion: WithinRange | NearMean

    @property
    def value(self) -> float:
        """The number."""
        return self.criterion.value


# Losses are mean squared errors over the knobs. Trainings are those of Figure 12 (500 samples,
# 4 × 800) for SGD, AdaGrad and AdaDelta, and of Figure 14 (10,000 samples) with and without L2.

ADADELTA_LOSS = PublishedNumber(
    name="adadelta_loss",
    figure="12",
    statement="AdaDelta's final loss is 0.0842",
    quantity="final validation loss of AdaDelta",
    criterion=WithinRange(0.0842, SAME_WITHIN),
)
ADADELTA_LEAD = Published(
    name="adadelta_lead",
    figure="12",
    statement="AdaDelta's final loss is the lowest of the three",
    quantity="smaller of SGD's and AdaGrad's final validation losses, minus AdaDelta's",
    criterion=InMostSeeds(above=0),
)
SGD_LOSS_RATIO = Published(
    name="sgd_loss_ratio",
    figure="12",
    statement="SGD's loss is similarly low",
    quantity="final validation loss of SGD / AdaDelta's",
    criterion=InMostSeeds(1 - SIMILAR_WITHIN, 1 + SIMILAR_WITHIN),
)
SGD_GAP_EXCESS = Published(
    name="sgd_gap_excess",
    figure="12",
    statement="AdaDelta's training and validation loss are closer than SGD's",
    quantity="final distance between SGD's training and validation losses, minus AdaDelta's",
    criterion=InMostSeeds(above=0),
)
LAYERS_LOSS = PublishedNumber(
    name="layers_loss",
    figure="13a",
    statement="The least validation loss of 4 layers of 800 is 0.1345, a mean over three trainings",
    quantity="least validation loss of the search of layers, mean over repeats",
    criterion=NearMean(0.1345, SAME_MEAN_WITHIN),
)
LAYERS_LEAD = Published(
    name="layers_lead",
    figure="13a",
    statement="4 layers of 800 are better than smaller networks",
    quantity="least validation loss of 2 layers of 200, minus that of 4 layers of 800",
    criterion=OnAverage(above=0),
)
TUNED_LOSS = PublishedNumber(
    name="tuned_loss",
    figure="13b",
    statement="The least validation loss with ρ 0.45 and λ 0.0005 is 0.1219, a mean over three "
    "trainings",
    quantity="least validation loss of the search of ρ and λ, mean over repeats",
    criterion=NearMean(0.1219, SAME_MEAN_WITHIN),
)
L2_DRIFT = Published(
    name="l2_drift",
    figure="14",
    statement="With L2, the loss has saturated after one epoch",
    quantity="greatest change of the validation loss after the first epoch, as a share of it",
    criterion=InMostSeeds(below=FLAT_WITHIN),
)
L2_GAP = Published(
    name="l2_gap",
    figure="14",
    statement="With L2, training and validation loss are similar",
    quantity="final distance of the training loss from the validation loss with L2, as a share of "
    "the latter",
    criterion=InMostSeeds(below=FITS_WITHIN),
)
OVERFIT_GAP = Published(
    name="overfit_gap",
    figure="14",
    statement="Without L2, the validation loss becomes larger than the training loss",
    quantity="final validation loss minus training loss without L2, as a share of the former",
    criterion=InMostSeeds(above=FITS_WITHIN),
)
OVERFIT_RISE = Published(
    name="overfit_rise",
    figure="14",
    statement="Without L2, over-fitting increases with each epoch in the end",
    quantity="rise of the validation loss without L2 from its minimum to its end, as a share of "
    "the minimum",
    criterion=InMostSeeds(above=RISES_BY),
)
OVERFIT_EPOCH = PublishedNumber(
    name="overfit_epoch",
    figure="14",
    statement="Without L2, over-fitting increases from epoch 13",
    quantity="epoch of the least validation loss without L2",
    criterion=WithinRange(13, EPOCH_WITHIN),
)
BEST_PSD_ERROR = PublishedNumber(
    name="best_psd_error",
    figure="16",
    statement="The best of 100 test sounds has a PSD error of 0.0112 (Figure 15)",
    quantity="least PSD error of the test sounds",
    criterion=WithinRange(0.0112, PSD_ERROR_WITHIN),
)
PSD_ERROR_WIDTH = Published(
    name="psd_error_width",
    figure="16",
    statement="The PSD errors of the test sounds have a very wide distribution",
    quantity="ninetieth percentile of the PSD errors / tenth percentile",
    criterion=InMostSeeds(above=WIDE_FROM),
)
OUTPUT_SPREAD = Published(
    name="output_spread",
    figure="17",
    statement="The outputs are constant over the test sounds",
    quantity="spread of the outputs, as a share of the labels'",
    criterion=InMostSeeds(below=CONSTANT_BELOW),
)
OUTPUT_OFFSET = Published(
    name="output_offset",
    figure="17",
    statement="The outputs are in the middle of every knob's travel",
    quantity="greatest distance of a knob's mean output from 0.5",
    criterion=InMostSeeds(below=MIDDLE_WITHIN),
)
SIMPLER_SPREAD = Published(
    name="simpler_spread",
    figure="ablation",
    statement="With 500 bands and no range, the outputs are constant, too",
    quantity="spread of the outputs with fewer bands and no range, as a share of the labels'",
    criterion=InMostSeeds(below=CONSTANT_BELOW),
)
SIMPLER_OFFSET = Published(
    name="simpler_offset",
    figure="ablation",
    statement="With 500 bands and no range, the outputs are in the middle, too",
    quantity="greatest distance of a knob's mean output from 0.5, with fewer bands and no range",
    criterion=InMostSeeds(below=MIDDLE_WITHIN),
)

PUBLISHED = (
    *(ADADELTA_LOSS, ADADELTA_LEAD, SGD_LOSS_RATIO, SGD_GAP_EXCESS),
    *(LAYERS_LOSS, LAYERS_LEAD, TUNED_LOSS),
    *(L2_DRIFT, L2_GAP, OVERFIT_GAP, OVERFIT_RISE, OVERFIT_EPOCH),
    *(BEST_PSD_ERROR, PSD_ERROR_WIDTH),
    *(OUTPUT_SPREAD, OUTPUT_OFFSET),
    *(SIMPLER_SPREAD, SIMPLER_OFFSET),
)
"""All published items, in the order of the thesis."""
FIGURES = tuple(dict.fromkeys(item.figure for item in PUBLISHED))
"""The figures of the published items, in order."""
