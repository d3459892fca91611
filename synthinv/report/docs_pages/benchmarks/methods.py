"""What the pages of the benchmarks say of the methods that search for each sound by itself."""

from synthinv.config.sections.benchmark import MethodKind

SEARCH_MEANINGS: dict[MethodKind, str] = {
    "random": "the best of random patches",
    "hill_climber": "Yee-King's hill climber, from the middle of every knob",
    "genetic": "Yee-King's genetic algorithm, from random patches",
    "cma_es": "CMA-ES from the middle of every knob, restarted with twice the population when it "
    "converges",
}
