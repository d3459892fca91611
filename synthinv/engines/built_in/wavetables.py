"""Band-limited single-cycle wavetables, built from the Fourier series of the ideal waveforms.

Each oscillator reads a table whose harmonics all lie below the Nyquist frequency at its pitch, one
for the whole note unless the pitch moves: nothing aliases. The tables depend on neither note nor
sample rate.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

# In the order of the waveform knob's positions (thesis, section 2.1.1).
WAVEFORMS = (
    "triangle",
    "reverse sawtooth",
    "sawtooth",
    "square",
    "narrow pulse",
    "very narrow pulse",
)
DUTY = {"square": 0.5, "narrow pulse": 0.25, "very narrow pulse": 0.1}

# 4,096 harmonics of 5 Hz reach 20 kHz; below 5 Hz the ear hears the edges, not their bandwidth.
MOST_HARMONICS = 4096
LEVELS_PER_OCTAVE = 6
SHORTEST_TABLE = 2048


@dataclass(frozen=True)
class Wavetables:
    """All tables, end to end, with the place of each.

    Attributes
    ----------
    samples : float32 array
        The tables; each ends with a copy of its first sample for the interpolation.
    harmonics : int64 array [levels]
        Harmonics of each level, ascending from 0 (silence).
    bits : uint32 array [levels]
        Base-2 logarithm of the table length of each level.
    offsets : uint32 array [waveforms, levels]
        Index in `samples` of each table's first sample.
    """

    samples: npt.NDArray[np.float32]
    harmonics: npt.NDArray[np.int64]
    bits: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.uint32]


def fourier_series(waveform: str, harmonics: int) -> npt.NDArray[np.complex128]:
    """Compute the Fourier coefficients of an ideal waveform of amplitude ±1 without its mean.

    Triangle and sawtooths start at their zero crossing, pulses at their rising edge.

    Parameters
    ----------
    waveform : str
        One of `WAVEFORMS`.
    harmonics : int
        Highest harmonic.

    Returns
    -------
    complex128 array [harmonics + 1]
        Coefficient c[k] of harmonic k; the wave is the sum of Re(c[k] exp(2πik phase)).
    """
    k = np.arange(1, harmonics + 1)
    series: npt.NDArray[np.complexfloating]
    if waveform == "triangle":
        series = -8j / np.pi**2 * np.sin(np.pi * k / 2) / k**2
    elif waveform == "sawtooth":
        series = 2j / np.pi * (-1.0) ** k / k
    elif waveform == "reverse sawtooth":
        series = -2j / np.pi * (-1.0) ** k / k
    else:
        series = 2j / np.pi * (np.exp(-2j * np.pi * DUTY[waveform] * k) - 1) / k
    return np.concatenate([[0j], series])


def harmonic_levels() -> npt.NDArray[np.int64]:
    """List the harmonic counts that have a table, a sixth of an octave apart at most.

    A note takes the most harmonics that fit below Nyquist, so its highest one lies between 0.89
    and 1.0 of it.

    Returns
    -------
    int64 array [levels]
        Ascending from 0.
    """
    levels = [0]
    while levels[-1] < MOST_HARMONICS:
        levels.append(max(levels[-1] + 1, int(levels[-1] * 2 ** (1 / LEVELS_PER_OCTAVE))))
    return np.array(levels)


def table_bits(harmonics: int) -> int:
    """Return the base-2 logarithm of a table's length.

    Linear interpolation in a table of N samples leaves images of harmonic k at (k / N)² of its
    amplitude. With amplitudes falling as 1 / k, N² > 10⁵ k keeps every image under -100 dB.

    Parameters
    ----------
    harmonics : int
        Harmonics in the table.

    Returns
    -------
    int
        Bits of a table index.
    """
    length = max(SHORTEST_TABLE, 8 * harmonics, np.sqrt(1e5 * harmonics))
    return int(np.ceil(np.log2(length)))


def single_cycle(waveform: str, harmonics: int) -> npt.NDArray[np.float32]:
    """Compute one band-limited cycle of a waveform.

    Parameters
    ----------
    waveform : str
        One of `WAVEFORMS`.
    harmonics : int
        Highest harmonic.

    Returns
    -------
    float32 array [2 ** bits + 1]
        The cycle, its first sample repeated at the end.
    """
    length = 2 ** table_bits(harmonics)
    spectrum = np.zeros(length // 2 + 1, dtype=np.complex128)
    # Linear interpolation damps harmonic k by sinc²(k / length); the table makes up for it.
    droop = np.sinc(np.arange(harmonics + 1) / length) ** 2
    spectrum[: harmonics + 1] = fourier_series(waveform, harmonics) / droop * (length / 2)
    cycle = np.fft.irfft(spectrum, length)
    return np.append(cycle, cycle[0]).astype(np.float32)


@lru_cache(maxsize=1)
def wavetables() -> Wavetables:
    """Build every table, once per process (15 MB).

    Returns
    -------
    Wavetables
        The tables of every waveform and level.
    """
    levels = harmonic_levels()
    cycles = [single_cycle(waveform, int(n)) for waveform in WAVEFORMS for n in levels]
    offsets = np.cumsum([0] + [len(cycle) for cycle in cycles[:-1]])
    return Wavetables(
        samples=np.concatenate(cycles),
        harmonics=levels,
        bits=np.array([table_bits(int(n)) for n in levels], dtype=np.uint32),
        offsets=offsets.reshape(len(WAVEFORMS), len(levels)).astype(np.uint32),
    )
