"""Refinement of a solver's predictions."""

from pydantic import Field

from synthinv.common.validation import Section


class RefinementConfig(Section):
    """Refinement: the solver's answer polished by rendering and comparing."""

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
        description="Renders, of those, for patches drawn from the network's distributions, its "
        "answer included.",
    )
