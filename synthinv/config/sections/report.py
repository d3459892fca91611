"""What the report shows."""

from typing import Annotated

from pydantic import Field

from synthinv.common.validation import Section
from synthinv.config.sections.types import Name


class WindowFigureConfig(Section):
    """Figure 11: spectrograms of one sound with windows of several lengths."""

    data_set: Name = Field(description="Data set of the sound.")
    index: int = Field(0, ge=0, description="Index of the sound in the data set's first shard.")
    windows: tuple[Annotated[int, Field(ge=16)], ...] = Field(
        (100, 500, 1500, 10_000), min_length=1, description="Window lengths n1."
    )


class ReportConfig(Section):
    """Contents of the report."""

    title: str = Field("synthinv", description="Title of the page.")
    main: Name = Field(description="Experiment with L2, whose verdict heads the page.")
    unregularised: Name = Field(description="Its counterpart without L2 (Figure 14).")
    windows: WindowFigureConfig = Field(description="Figure 11.")
    audible_sounds: int = Field(
        8,
        ge=1,
        description="Number of sounds of the main experiment's test set on which every knob is "
        "turned, to measure which are audible; each takes three notes more than there are knobs.",
    )
