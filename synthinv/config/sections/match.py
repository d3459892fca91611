"""Sounds to find patches for."""

from pydantic import Field

from synthinv.common.validation import Section
from synthinv.config.sections.types import Name


class MatchConfig(Section):
    """Sounds for which `snakemake match` finds patches."""

    sounds: str | None = Field(
        None, description="Folder of sound files, each of one note; relative to the working folder."
    )
    solver: Name | None = Field(
        None,
        description="Solver of this configuration to predict patches with; null takes the one that "
        "comes with synthinv for the instrument.",
    )
    renders: int = Field(
        200, ge=1, description="Patches played for each sound after the solver's own predictions."
    )
    seconds: float | None = Field(
        None,
        gt=0,
        description="Seconds per sound after which no more is played, for a slow synth; results "
        "then depend on the machine. Null for no limit.",
    )
