"""Patch searches, which solvers are compared with."""

from typing import Literal, get_args

from pydantic import Field

from synthinv.common.validation import Section

PatchSearchMethod = Literal["random", "library", "hill_climber", "genetic", "cma_es"]


class PatchSearchConfig(Section):
    """Patch searches that use no network, for comparison with the solvers."""

    methods: tuple[PatchSearchMethod, ...] = Field(
        get_args(PatchSearchMethod),
        description="Random patches; the nearest of a rendered library; hill climber and genetic "
        "algorithm as in Yee-King et al. (2018); CMA-ES. None on an engine played live.",
    )
    renders: int = Field(500, ge=1, description="Renders per sound; the library's size.")
    sounds: int = Field(
        10, ge=1, description="Sounds of the main experiment's test set, at most all of them."
    )
    sounds_per_job: int = Field(5, ge=1, description="Sounds that one job searches patches for.")
