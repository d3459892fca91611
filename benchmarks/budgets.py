"""The error of a match by its budget of renders, and the CPU time that it takes.

The sounds are ones that the built-in synth with one oscillator did not make: twelve synthetic ones
and notes of the voice with three oscillators. Errors are MSS.
"""

import time
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

import synthinv

RATE = 44_100
TIMES = np.arange(RATE) / RATE
NOTES = 8
AUDIBLE = 1e-3
LIMITS = {
    "200 renders": {"renders": 200},
    "1,000 renders": {"renders": 1_000},
    "as many as by default": {},
}

Samples = npt.NDArray[np.floating]


def rows() -> Iterator[tuple[str, ...]]:
    """Measure."""
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in LIMITS}
    for sound in [*synthetic().values(), *three_oscillators()]:
        note = (0.5 * sound / np.abs(sound).max()).astype(np.float32)
        for name, limits in LIMITS.items():
            start = time.process_time()
            best = synthinv.match(note, RATE, threads=1, **limits)[0]
            measured[name].append((best.mss, time.process_time() - start))
    for name, pairs in measured.items():
        errors, seconds = np.transpose(pairs)
        yield "budgets", f"{name}, mean", f"{errors.mean():.2f}", "dB"
        yield "budgets", f"{name}, median", f"{np.median(errors):.2f}", "dB"
        yield "budgets", f"{name}, CPU time", f"{seconds.mean():.1f}", "s"


def synthetic() -> dict[str, Samples]:
    """Make sounds of one second."""
    t, rng = TIMES, np.random.default_rng(0)
    turns, saw = 2 * np.pi * t, [1 / k for k in range(1, 20)]
    vibrato = 1.2 * np.sin(6 * turns)
    bell = 3 * np.exp(-3 * t) * np.sin(1.41 * 440 * turns)
    brass = 4 * np.minimum(10 * t, 1) * np.sin(174.6 * turns)
    return {
        "plucked string": partials(147.5, saw[:11], range(1, 12)),
        "organ": partials(220, [1, 0.5, 0.3, 0.2, 0, 0.1, 0, 0.1]),
        "bell": np.sin(440 * turns + bell) * np.exp(-2 * t),
        "brass": np.sin(174.6 * turns + brass) * np.minimum(15 * t, 1),
        "clarinet": partials(262, [1, 0, 0.7, 0, 0.4, 0, 0.3, 0, 0.1]) * np.minimum(20 * t, 1),
        "chord": np.sum([partials(f, saw[:9]) for f in (220, 277, 330)], 0) * np.exp(-t),
        "noise": rng.normal(0, 0.1, RATE) * np.exp(-5 * t),
        "kick": np.sin(2 * np.pi * (50 * t + 7.5 * (1 - np.exp(-20 * t)))) * np.exp(-6 * t),
        "pad": np.sum([partials(110 * f, saw) for f in (0.995, 1, 1.006)], 0)
        * np.minimum(2 * t, 1),
        "vibrato": np.sin(330 * turns + vibrato) + 0.4 * np.sin(660 * turns + 2 * vibrato),
        "square": np.sign(np.sin(196 * turns)) * np.exp(-t),
        "ring": np.sin(500 * turns) * np.sin(130 * turns) * np.exp(-3 * t),
    }


def partials(
    hertz: float, levels: Sequence[float], decays: Sequence[float] | None = None
) -> Samples:
    """Add up harmonics, each with its level and its decay per second."""
    rates = [0.0] * len(levels) if decays is None else decays
    waves = [
        level * np.sin(2 * np.pi * hertz * number * TIMES) * np.exp(-rate * TIMES)
        for number, (level, rate) in enumerate(zip(levels, rates, strict=True), start=1)
    ]
    summed: Samples = np.sum(waves, axis=0)
    return summed


def three_oscillators() -> Iterator[Samples]:
    """Render random patches of the voice with three oscillators, those that can be heard."""
    instrument, rng = synthinv.load_instrument("minimoog-3osc"), np.random.default_rng(5)
    for _ in range(NOTES):
        key, patch = int(rng.integers(40, 80)), instrument.sample(rng)
        note = synthinv.render(patch, synth="minimoog-3osc", key=key, seconds=1.0, held=0.9)[0]
        if np.abs(note).max() > AUDIBLE:
            yield note
