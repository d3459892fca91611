"""`synthinv solvers`: list the solvers that come with synthinv."""

import argparse
from collections.abc import Iterator

from synthinv.solver.registry import Score, ShippedSolver, registry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no arguments."""


def run(options: argparse.Namespace) -> int:
    """Print what the cards say."""
    for solver in registry():
        print("\n".join(_lines(solver)))
    return 0


def _lines(solver: ShippedSolver) -> Iterator[str]:
    card = solver.card
    synth = solver.manifest["instrument"]["description"]
    yield f"{card.name} {card.version}: {synth}"
    yield f"  {solver.size / 1e6:.1f} MB, {card.licence}, SHA-256 {card.digest[:12]}…"
    yield f"  trained on {card.trained_on}"
    for score in card.scores:
        yield f"  {score.sounds}, {score.method}: {_in_words(score)}"


def _in_words(score: Score) -> str:
    error = f"{score.of} MSS {score.mss:g} dB"
    return error if score.one_step is None else f"{error}, {score.one_step:g} × one-step"
