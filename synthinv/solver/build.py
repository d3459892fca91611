"""The choice of a solver's network by its architecture."""

from synthinv.config.sections.playing import AudioConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.classes import class_counts
from synthinv.instruments.model import Instrument
from synthinv.solver.base import NoteNetwork
from synthinv.solver.inversynth import InverSynthNetwork
from synthinv.solver.network import SolverNetwork


def build_solver(solver: SolverConfig, instrument: Instrument, audio: AudioConfig) -> NoteNetwork:
    """Build a solver's network, its weights drawn from PyTorch's global generator.

    Parameters
    ----------
    solver : SolverConfig
        Architecture and sizes.
    instrument : Instrument
        The instrument whose knobs it predicts.
    audio : AudioConfig
        Length and sample rate of its input notes.

    Returns
    -------
    NoteNetwork
        The network.
    """
    classes = class_counts(instrument)
    if solver.architecture == "inversynth":
        return InverSynthNetwork(classes, audio.samples, audio.sample_rate)
    continuous = instrument.continuous.tolist()
    return SolverNetwork(solver, classes, continuous, audio.samples, audio.sample_rate)
