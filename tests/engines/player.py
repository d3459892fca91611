"""A module that processes run which play notes: what they play is what they are asked to do."""

import os
import time

import numpy as np

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.engines.copies import Loaded, serve


def load(wish: str) -> Loaded:
    """Load what is wished for, and say which process it is."""
    if wish == "refuse":
        raise SynthinvError("there is no such synth")
    if wish == "end":
        os._exit(0)
    print("a library prints this")
    return Loaded(os.getpid(), play)


def play(wish: str, samples: int) -> Audio:
    """Play the number of the process, end, or play no end."""
    if wish == "end":
        os._exit(0)
    if wish == "hang":
        time.sleep(60)
    return np.full(samples, os.getpid(), dtype=np.float32)


if __name__ == "__main__":
    serve(load, seconds=2)
