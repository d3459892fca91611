"""A small solver for any note, of two knobs, and its notes."""

import pytest

from synthinv.common.compute import use_threads
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.config.sections.varied_notes import AugmentationConfig, VariedNotesConfig
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Normal, Parameter

CLEAN = AugmentationConfig(saturation=0, equaliser=0, room=0, shift=0, hiss=0, cut=0, held=0)
VARIED = VariedNotesConfig(keys=(48, 72), seconds=(0.05, 0.2), group=8, augmentation=CLEAN)
SOLVER = SolverConfig(
    architecture="any-note",
    varied=VARIED,
    bands=32,
    window=1024,
    long_window=4096,
    long_bands=64,
    channels=(16, 32),
    bottleneck=8,
    hidden_units=64,
    notes=1_920,
    batch_size=32,
    learning_rate_muon=0.05,
    ema=0.9,
    threads=1,
)
INSTRUMENT = Instrument(
    name="range and cutoff",
    parameters=(
        Parameter(name="range", group="", cc=20, positions=(0, 26, 51, 77, 102, 127)),
        Parameter(name="cutoff", group="", cc=70, sample=Normal(distribution="normal", sd=0.15)),
    ),
)
PLAYING = PlayingConfig()


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> None:
    use_threads(1)
