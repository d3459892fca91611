"""A small solver, trained on nothing and exported once for all tests of the package."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import AudioConfig, PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.model import Instrument
from synthinv.solver.autoregressive_heads import AutoregressiveHeads
from synthinv.solver.base import NoteNetwork
from synthinv.solver.export import save_solver
from synthinv.solver.training import build_solver

SMALL = SolverConfig(
    window=512, hop=256, bands=16, long_window=1024, long_bands=64, channels=(4,), hidden_units=8
)
PLAYING = PlayingConfig(
    engine=BuiltInConfig(), audio=AudioConfig(samples=3_000, sample_rate=22_050)
)


@dataclass(frozen=True)
class Small:
    """A network and the folder that it was saved in."""

    network: NoteNetwork
    instrument: Instrument
    folder: Path

    @property
    def manifest(self) -> Path:
        return self.folder / "model.json"

    @property
    def onnx(self) -> Path:
        return self.folder / "model.onnx"


def made(instrument: Instrument, solver: SolverConfig = SMALL) -> NoteNetwork:
    """Build a network whose heads condition knobs on each other, as those of new ones do not."""
    torch.manual_seed(1)
    network = build_solver(solver, instrument, PLAYING.audio).requires_grad_(False)
    if isinstance(network.heads, AutoregressiveHeads):
        torch.nn.init.normal_(network.heads.output_weights)
    return network


def save(folder: Path, network: NoteNetwork, instrument: Instrument) -> None:
    """Save a small network."""
    onnx, manifest = folder / "model.onnx", folder / "model.json"
    save_solver(onnx, manifest, network, SMALL, instrument, PLAYING, {"seed": 1})


@pytest.fixture(scope="session")
def small(toy: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Small:
    solver = Small(made(toy), toy, tmp_path_factory.mktemp("solver"))
    save(solver.folder, solver.network, toy)
    return solver
