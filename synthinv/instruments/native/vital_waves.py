"""What Vital's oscillators, sampler and LFOs play in our presets: made here, in Vital's JSON.

Vital's own tables may not be passed on, so one table with the basic shapes is computed, and noise
from a fixed generator. All three oscillators have the same table.
"""

import base64
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

CYCLE = 2048
"""Samples of a frame, as Vital wants it."""
HARMONICS = CYCLE // 2 - 1
SPACING = 32
"""Frames from one shape to the next; Vital fades from one to the other in between."""
NOISE_SAMPLES = 44_100
NOISE_RATE = 44_100
NAME = "synthinv"

Cycle = npt.NDArray[np.float64]


def wavetables() -> list[dict[str, Any]]:
    """Return the tables of the three oscillators.

    Returns
    -------
    list of dict
        As they stand under `settings.wavetables` of a .vital file.
    """
    keyframes = [
        {"position": SPACING * i, "wave_data": _encoded(shape.astype("<f4"))}
        for i, shape in enumerate(shapes())
    ]
    source = {
        "interpolation": 1,
        "interpolation_style": 1,
        "keyframes": keyframes,
        "type": "Wave Source",
    }
    table = {
        "author": NAME,
        "full_normalize": True,
        "groups": [{"components": [source]}],
        "name": NAME,
        "remove_all_dc": True,
        "version": "1.0.7",
    }
    return [table] * 3


def noise() -> dict[str, Any]:
    """Return a second of white noise.

    Returns
    -------
    dict
        As it stands under `settings.sample` of a .vital file.
    """
    drawn = np.random.Generator(np.random.PCG64(0)).integers(-29_000, 29_000, NOISE_SAMPLES)
    return {
        "length": NOISE_SAMPLES,
        "name": NAME,
        "sample_rate": NOISE_RATE,
        "samples": _encoded(drawn.astype("<i2")),
    }


def lfos() -> list[dict[str, Any]]:
    """Return the shape of the eight LFOs: triangles, rising first.

    Returns
    -------
    list of dict
        As they stand under `settings.lfos` of a .vital file.
    """
    triangle = {
        "name": "Triangle",
        "num_points": 3,
        "points": [0.0, 1.0, 0.5, 0.0, 1.0, 1.0],
        "powers": [0.0, 0.0, 0.0],
        "smooth": False,
    }
    return [triangle] * 8


@cache
def shapes() -> tuple[Cycle, ...]:
    """Return the shapes of the table, from round to bright to vowels.

    Returns
    -------
    tuple of float64 arrays [CYCLE]
        Sine, triangle, saw, square, pulses of a quarter and a tenth, two spectra with formants,
        and octaves as of an organ; band-limited, without offset, and starting in phase.
    """
    n = np.arange(1, HARMONICS + 1)
    odd = n % 2 == 1
    saw = 1 / n
    formants = [
        _amplitudes_at(n, [(4, 1.5, 1.0), (11, 2.0, 0.6), (24, 4.0, 0.25)]),
        _amplitudes_at(n, [(2, 1.0, 1.0), (19, 3.0, 0.5), (31, 5.0, 0.35)]),
    ]
    return (
        _cycle(n == 1),
        _cycle(odd * (-1.0) ** ((n - 1) // 2) / n**2),
        _cycle(saw),
        _cycle(odd * saw),
        _cycle(saw * np.sin(np.pi * n * 0.25), np.pi / 2),
        _cycle(saw * np.sin(np.pi * n * 0.1), np.pi / 2),
        *(_cycle(amplitudes) for amplitudes in formants),
        _cycle(np.isin(n, [1, 2, 4, 8, 16]) / np.sqrt(n) + 0.1 / n),
    )


def _amplitudes_at(n: npt.NDArray[np.int64], formants: list[tuple[float, float, float]]) -> Cycle:
    """Draw a spectrum with humps: each has a harmonic in the middle, a width and a height."""
    humps = [height * np.exp(-(((n - at) / width) ** 2)) for at, width, height in formants]
    amplitudes: Cycle = np.sum(humps, axis=0) + 0.3 / n**1.5
    return amplitudes


def _cycle(amplitudes: npt.NDArray[Any], phase: float = 0.0) -> Cycle:
    """Add up harmonics; 0 makes them sines, a quarter of a turn cosines."""
    spectrum = np.zeros(CYCLE // 2 + 1, dtype=complex)
    spectrum[1 : HARMONICS + 1] = np.asarray(amplitudes, dtype=float) * np.exp(
        1j * (phase - np.pi / 2)
    )
    cycle = np.fft.irfft(spectrum, CYCLE)
    scaled: Cycle = cycle / np.abs(cycle).max()
    return scaled


def _encoded(samples: npt.NDArray[Any]) -> str:
    return base64.b64encode(samples.tobytes()).decode("ascii")
