"""Names that are taken: a configuration must not give them to anything else."""

BASELINES = ("random", "mean", "nearest", "one_step", "oracle")
"""Predictors that need no training, which every network is compared with."""
