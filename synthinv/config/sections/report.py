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
    """Contents of the report, which needs an experiment or a solver."""

    title: str = Field("synthinv", description="Title of the page.")
    main: Name | None = Field(
        None,
        description="Experiment with L2, whose verdict heads the page; null for none. Its test set "
        "is the report's main one. With null, the main one is that of the first solver, or else of "
        "the first experiment.",
    )
    unregularised: Name | None = Field(
        None,
        description="Counterpart of main without L2 (Figure 14); both are given, or neither is.",
    )
    windows: WindowFigureConfig | None = Field(None, description="Figure 11; null leaves it out.")
    audible_sounds: int = Field(
        8,
        ge=1,
        description="Number of sounds of the main test set on which every knob is turned, to "
        "measure which are audible; each takes three notes more than there are knobs.",
    )
