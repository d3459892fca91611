"""Names of baselines, of synths that come with synthinv, and of kinds in the benchmark."""

from pathlib import Path

BASELINES = ("random", "mean", "nearest", "one_step", "oracle")
"""Predictors that need no training, which every network is compared with."""
OF_SYNTHS = ("presets", "own", "random")
"""Sources of the benchmark whose sounds a synth plays."""
BY_SOLVERS = ("match", "solver")
"""Kinds of its methods that need a solver."""
SHARED = ("presets", "library")
"""Kinds of its methods that play the same patches for all sounds of one note."""
WITHOUT_RENDERS = ("solver", "one_step", "presets")
"""Kinds of its methods that take no number of renders."""
SEARCHES = ("random", "hill_climber", "genetic", "cma_es")
"""Kinds of its methods that search for each sound by itself."""
MATCHED = "minimoog"
"""Instrument that a match plays unless a synth or a solver is named; its solver comes along."""
SYNTHS = Path(__file__).parent / "synths"
"""Folder of the synths that come with synthinv, each a configuration in a file named after it."""


def synth_names() -> list[str]:
    """List the synths that come with synthinv besides the built-in one."""
    return sorted(file.stem for file in SYNTHS.glob("*.yaml"))
