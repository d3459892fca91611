"""Resampling by a rational factor, with a low-pass against aliases.

The samples are those of SciPy's `signal.resample_poly`, bit for bit. It is written out here because
`scipy.signal` takes longer to import than all else that a match needs.
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

from synthinv.audio.types import Audio

LARGEST_FACTOR = 1_000
"""Largest denominator of the fraction by which rates are converted: between common rates it is
exact, and where a rate is within 0.1 % of a multiple of the other it is up to 0.9 cents off."""
ZEROS = 10
"""Zero crossings of the low-pass on either side of its middle."""
KAISER_BETA = 5.0
"""Shape of the low-pass's window."""


def resample(audio: Audio, ratio: float) -> Audio:
    """Change the number of samples per second, and with it the pitch at a fixed sample rate.

    Parameters
    ----------
    audio : float32 array [..., samples]
        Sounds.
    ratio : float
        New rate to old.

    Returns
    -------
    float32 array [..., about ratio · samples]
        The sounds, without what the new rate cannot hold.
    """
    # The denominator of a small ratio would have to be large: approximate the larger of the two.
    fraction = Fraction(max(ratio, 1 / ratio)).limit_denominator(LARGEST_FACTOR)
    up, down = fraction.numerator, fraction.denominator
    if ratio < 1:
        up, down = down, up
    return audio if up == down else _resample(audio, up, down)


def _resample(audio: Audio, up: int, down: int) -> Audio:
    taps = _low_pass(up, down)
    samples = -(-audio.shape[-1] * up // down)
    # Output n lies at input (n · down) / up; the filter's middle is placed there.
    newest, phase = np.divmod(np.arange(samples) * down + ZEROS * max(up, down), up)
    before = len(taps) - 1
    after = max(0, int(newest[-1]) + 1 - audio.shape[-1])
    padded = np.pad(audio, [(0, 0)] * (audio.ndim - 1) + [(before, after)])
    resampled = np.zeros((*audio.shape[:-1], samples), dtype=np.float32)
    # From the oldest sample to the newest, since the order decides how the sums are rounded.
    for age in reversed(range(len(taps))):
        resampled += taps[age][phase] * padded[..., newest + (before - age)]
    return resampled


@lru_cache(maxsize=64)
def _low_pass(up: int, down: int) -> npt.NDArray[np.float32]:
    """Design the filter: float32 [taps, up], tap by tap for each of the phases."""
    widest = max(up, down)
    middle = ZEROS * widest
    steps = np.arange(-middle, middle + 1, dtype=np.float64)
    window = special.i0(KAISER_BETA * np.sqrt(1 - (steps / middle) ** 2)) / special.i0(KAISER_BETA)
    cutoff = 1 / widest
    response = cutoff * np.sinc(cutoff * steps) * window
    response /= response.sum()
    taps = response.astype(np.float32) * np.float32(up)
    return np.pad(taps, (0, -len(taps) % up)).reshape(-1, up)
