"""Patch searches, which solvers are compared with."""

from typing import Literal

from pydantic import Field

from synthinv.common.validation import Section

PatchSearchMethod = Literal["random", "library", "hill_climber", "genetic", "cma_es"]


class PatchSearchConfig(Section):
    """Patch searches that use no network, for comparison with the solvers."""

    methods: tuple[PatchSearchMethod, ...] = Field(
        (),
        description="random: random patches; library: the nearest of a rendered library; "
        "hill_climber and genetic: as in Yee-King et al. (2018); cma_es: CMA-ES. None is run on an "
        "engine played live.",
    )
    renders: int = Field(500, ge=1, description="Renders per sound; the library's size.")
    sounds: int = Field(
        10, ge=1, description="Sounds of the report's main test set, at most all of them."
    )
    sounds_per_job: int = Field(5, ge=1, description="Sounds that one job searches patches for.")
