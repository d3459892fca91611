"""Names that a configuration must not give to anything else."""

BASELINES = ("random", "prior", "nearest", "floor", "oracle")
"""Answers that need no training, against which every network is judged."""
