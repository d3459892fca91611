"""`synthinv match`: the time that it takes, and the error by its budget of renders.

Sounds are random patches of the built-in synth at several keys, each held for a second; errors are
MSS, a mean and a median over all of them. The command is run in processes of its own, start-up
included, on sounds of one second and five: for one patch, for as many as by default, and for one
with a single render, which is what it takes beyond its search.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from synthinv.audio.sound_file import Sound, trim
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import SilenceConfig
from synthinv.matching.keyboard import Keyboard, played_for
from synthinv.matching.matcher import Matcher
from synthinv.solver.checkpoint import TrainedSolver, load_solver
from synthinv.solver.registry import shipped_solver

KEYS = (60, 55, 48, 67, 36, 81)
PATCHES = 8  # per key
AUDIBLE = 1e-3
BUDGETS = (1, 20, 200, 2_000)
COMMANDS = {
    "one patch": ("--candidates", "1"),
    "patches by default": (),
    "one render": ("--candidates", "1", "--renders", "1"),
}
RUNS = 5


def rows() -> Iterator[tuple[str, ...]]:
    """Measure."""
    solver = load_solver(shipped_solver("minimoog-1osc"))
    playing = played_for(solver, BuiltInConfig(), SilenceConfig())
    with Keyboard(playing, solver.instrument, 1, seed_sequence(0, "benchmark")) as keyboard:
        errors = np.array(list(_errors(solver, keyboard)))
        patch = solver.instrument.sample(np.random.default_rng(0))
        rate = playing.audio.sample_rate
        sounds = {
            seconds: keyboard.engine(50, seconds * rate, seconds).render(patch[np.newaxis])[0]
            for seconds in (1, 5)
        }
    for renders, column in zip(BUDGETS, errors.T, strict=True):
        for name, value in (("mean", column.mean()), ("median", np.median(column))):
            yield "match", f"renders: {renders:,}, {name}", f"{value:.2f}", "dB"
    for seconds, sound in sounds.items():
        for name, options in COMMANDS.items():
            spent = _seconds(sound, rate, options)
            yield "match", f"whole command, {seconds} s of sound, {name}", f"{spent:.1f}", "s"


def _errors(solver: TrainedSolver, keyboard: Keyboard) -> Iterator[list[float]]:
    patches = np.random.default_rng(seed_sequence(7, "match-validation"))
    rate = keyboard.playing.audio.sample_rate
    for key in KEYS:
        found = 0
        while found < PATCHES:
            patch = solver.instrument.sample(patches)
            note = keyboard.engine(key, 60_000, 1.0).render(patch[np.newaxis])[0]
            if np.abs(note).max() < AUDIBLE:
                continue
            found += 1
            matcher = Matcher(solver, keyboard, Sound(trim(note, rate), rate))
            draws = [np.random.default_rng(seed_sequence(0, "match")) for _ in BUDGETS]
            yield [
                matcher.matches(renders, None, rng)[0].mss
                for renders, rng in zip(BUDGETS, draws, strict=True)
            ]


def _seconds(sound: np.ndarray, rate: int, options: tuple[str, ...]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "sound.wav")
        soundfile.write(file, sound, rate)
        command = [sys.executable, "-m", "synthinv", "match", str(file), "--out", folder, *options]
        times = []
        for _ in range(RUNS):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - start)
    return float(np.median(times))
