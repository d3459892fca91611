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
    candidates: int = Field(
        1, ge=1, description="Most patches found for each sound, which differ by ear."
    )
    renders: int = Field(
        200,
        ge=1,
        description="Patches played to refine each candidate, after the solver's own predictions.",
    )
    seconds: float | None = Field(
        None,
        gt=0,
        description="Seconds after which the refinement of each candidate ends, for a slow synth; "
        "results then depend on the machine. Null for no limit.",
    )
    transposition: int = Field(
        0,
        ge=-60,
        le=60,
        description="Semitones by which the synth sounds higher than the key that is played, as "
        "`synthinv check` measures.",
    )
