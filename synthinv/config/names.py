"""Names that a configuration must not give to anything else."""

BASELINES = ("random", "mean", "nearest", "one_step", "oracle")
"""Answers that need no training, against which every network is judged."""
