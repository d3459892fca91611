"""Plug-ins that have something to hide, and the library that hosts them.

Which one it is, is in the environment, so that processes that the tests start host the same one.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 44_100
KIND, FREE, LOADS = "SYNTHINV_TEST_KIND", "SYNTHINV_TEST_FREE", "SYNTHINV_TEST_LOADS"
"""Class of the plug-in, whether its phases are free, and a file that counts its instances."""


def loaded() -> int:
    """Return how many instances have been loaded, in all processes."""
    return Path(os.environ[LOADS]).stat().st_size


class Synth:
    """A plug-in that plays sines, with phases as free as the test wants."""

    def __init__(self) -> None:
        with open(os.environ[LOADS], "ab") as file:
            file.write(b".")
        self.process = os.getpid()
        self.value = self.played = 0.5
        self.rng = np.random.default_rng(loaded() if os.environ[FREE] else 0)

    def get_latency_samples(self) -> int:
        return 0

    def get_num_output_channels(self) -> int:
        return 1

    def get_parameters_description(self) -> list[dict[str, Any]]:
        return [{"index": 0, "name": "Pitch"}]

    def get_parameter(self, index: int) -> float:
        return self.value

    def get_parameter_text(self, index: int) -> str:
        return "some"

    def set_parameter(self, index: int, value: float) -> None:
        self.value = value

    def clear_midi(self) -> None:
        pass

    def add_midi_note(self, *note: float) -> None:
        pass

    def note(self, seconds: float) -> npt.NDArray[np.float32]:
        time = np.arange(int(seconds * RATE)) / RATE
        phase = self.rng.random()
        return np.sin(2 * np.pi * ((200 + 2_000 * self.value) * time + phase), dtype=np.float32)


class Threaded(Synth):
    """One whose knobs are turned by a thread of its own, which no copy of the process has."""

    def set_parameter(self, index: int, value: float) -> None:
        if os.getpid() == self.process:
            self.value = value


class Gliding(Synth):
    """One that plays every note halfway from the pitch of the note before."""

    def note(self, seconds: float) -> npt.NDArray[np.float32]:
        self.value = self.played = (self.value + self.played) / 2
        return super().note(seconds)


class Skipping(Synth):
    """One that is silent on every second note."""

    def note(self, seconds: float) -> npt.NDArray[np.float32]:
        self.silent = not getattr(self, "silent", True)
        return super().note(seconds) * np.float32(not self.silent)


class DyingCopy(Synth):
    """One whose copies end when they play."""

    def note(self, seconds: float) -> npt.NDArray[np.float32]:
        if os.getpid() != self.process:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().note(seconds)


class Dying(Synth):
    """One that ends the processes in which it is to be copied."""

    def __init__(self) -> None:
        super().__init__()
        if "pytest" not in sys.modules:
            os.kill(os.getpid(), signal.SIGKILL)


class RenderEngine:
    """What the library calls so."""

    def __init__(self, sample_rate: int, block: int) -> None:
        pass

    def make_plugin_processor(self, name: str, path: str) -> Synth:
        kind: type[Synth] = globals()[os.environ[KIND]]
        self.synth = kind()
        return self.synth

    def load_graph(self, graph: Any) -> None:
        pass

    def render(self, seconds: float) -> None:
        self.audio = self.synth.note(seconds)[np.newaxis]

    def get_audio(self) -> npt.NDArray[np.float32]:
        return self.audio
