"""What the report calls patch searches."""

METHOD_TITLES = {
    "random": "random search",
    "library": "nearest of a rendered library",
    "hill_climber": "hill climber",
    "genetic": "genetic algorithm",
    "cma_es": "CMA-ES",
}
"""Titles of the methods that `patch_searches.methods` may name."""
