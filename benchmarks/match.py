"""`synthinv match`: the time that it takes, and the error after each of its steps.

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
from itertools import chain
from pathlib import Path

import numpy as np
import soundfile

from synthinv.audio.sound_file import Sound, trim
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import SilenceConfig
from synthinv.config.sections.solver import RefinementConfig
from synthinv.matching.keyboard import Keyboard, played_for
from synthinv.matching.matcher import Matcher
from synthinv.solver.checkpoint import TrainedSolver, load_solver
from synthinv.solver.registry import shipped_solver

KEYS = (60, 55, 48, 67, 36, 81)
PATCHES = 8  # per key
AUDIBLE = 1e-3
STEPS = (
    *("own or nearest key", "corrected", "other octaves", "at the own key", "refined"),
    "best of five refined",
)
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
    for step, column in zip(STEPS, errors.T, strict=True):
        for name, value in (("mean", column.mean()), ("median", np.median(column))):
            yield "match", f"{step}, {name}", f"{value:.2f}", "dB"
    for seconds, sound in sounds.items():
        for name, options in COMMANDS.items():
            spent = _seconds(sound, rate, options)
            yield "match", f"whole command, {seconds} s of sound, {name}", f"{spent:.1f}", "s"


def _errors(solver: TrainedSolver, keyboard: Keyboard) -> Iterator[list[float]]:
    rng = np.random.default_rng(seed_sequence(7, "match-validation"))
    rate = keyboard.playing.audio.sample_rate
    for key in KEYS:
        found = 0
        while found < PATCHES:
            patch = solver.instrument.sample(rng)
            note = keyboard.engine(key, 60_000, 1.0).render(patch[np.newaxis])[0]
            if np.abs(note).max() < AUDIBLE:
                continue
            found += 1
            matcher = Matcher(solver, keyboard, Sound(trim(note, rate), rate))
            predictions = [list(matcher.predictions(k)) for k in matcher.keys]
            best = min(chain.from_iterable(predictions), key=lambda candidate: candidate.error)
            home = matcher.at_own_key(best)
            refined = matcher.refined(home, RefinementConfig(), seed_sequence(0, "match"))
            corrected = min(candidate.error for candidate in predictions[0])
            several = matcher.matches(RefinementConfig(), seed_sequence(0, "match"), count=5)
            errors = [best.error, home.error, refined.error, several[0].mss]
            yield [predictions[0][0].error, corrected, *errors]


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
