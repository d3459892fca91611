"""Refinement of a solver's predictions."""

from pydantic import Field

from synthinv.common.validation import Section


class RefinementConfig(Section):
    """Refinement of a solver's predictions by rendering them and comparing the sounds."""

    renders: int = Field(200, ge=1, description="Renders per sound.")
    seconds: float | None = Field(
        None,
        gt=0,
        description="Seconds per sound after which no more is rendered; results then depend on the "
        "machine. Null for no limit.",
    )
    candidates: int = Field(
        10,
        ge=1,
        description="How many of these renders try patches drawn from the network's distributions, "
        "its prediction included.",
    )
