"""A solver for any note that was trained on nothing."""

import numpy as np

from synthinv.audio.presses import PressedNotes
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.config.sections.varied_notes import VariedNotesConfig
from synthinv.instruments.classes import Logits, class_counts, classes_of
from synthinv.instruments.model import Instrument, Patches
from synthinv.solver.checkpoint import TrainedSolver


class Near:
    """A network that predicts one patch, whose draws lie around it, and remembers its notes."""

    def __init__(self, instrument: Instrument, patch: Patches, sure: float = 0.5) -> None:
        self.notes: list[PressedNotes] = []
        rows = [
            -sure * np.abs(np.arange(count) - chosen)
            for count, chosen in zip(
                class_counts(instrument), classes_of(instrument, patch), strict=True
            )
        ]
        self._logits = np.concatenate(rows).astype(np.float32)

    def __call__(self, note: PressedNotes, uniforms: np.ndarray) -> Logits:
        self.notes.append(note)
        return np.tile(self._logits, (len(uniforms), 1))


def solver_with(network: Near, instrument: Instrument, playing: PlayingConfig) -> TrainedSolver:
    """Return a solver for any note."""
    settings = SolverConfig(architecture="any-note", varied=VariedNotesConfig())
    return TrainedSolver(network, settings, instrument, playing, digest="0" * 64)
