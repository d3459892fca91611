"""Names that are taken: those of baselines, and of the synths that come with synthinv."""

from pathlib import Path

BASELINES = ("random", "mean", "nearest", "one_step", "oracle")
"""Predictors that need no training, which every network is compared with."""
MATCHED = "minimoog"
"""Instrument that a match plays unless a synth or a solver is named; its solver comes along."""
SYNTHS = Path(__file__).parent / "synths"
"""Folder of the synths that come with synthinv, each a configuration in a file named after it."""


def synth_names() -> list[str]:
    """List the synths that come with synthinv besides the built-in one."""
    return sorted(file.stem for file in SYNTHS.glob("*.yaml"))
