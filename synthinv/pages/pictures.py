"""Pictures for pages, drawn without a plotting library: spectrograms and knobs."""

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthinv.audio.bands import HIGHEST_HZ, LOWEST_HZ, band_weights
from synthinv.audio.spectra import power, spectra
from synthinv.pages.html import data_uri

BANDS = 240
MOST_FRAMES = 640
WINDOW_SECONDS = 0.08
RANGE_DB = 80.0
TICKS_HZ = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
# From the page's white over the report's blue to nearly black.
RAMP = np.array([(252, 253, 255), (205, 219, 240), (76, 114, 176), (14, 26, 58)], dtype=float)
RAMP_AT = (0.0, 0.3, 0.65, 1.0)
SWEEP = 270.0
"""Travel of a knob in degrees, from the lower left over the top to the lower right."""

Indices = npt.NDArray[np.uint8]


class Spectrogram(NamedTuple):
    """A picture of a sound.

    Attributes
    ----------
    uri : str
        PNG, time from left to right, frequency from bottom to top, logarithmic.
    heights : list of (str, float)
        Labels of the frequencies and their places: 0 at the bottom, 1 at the top.
    """

    uri: str
    heights: list[tuple[str, float]]


def spectrogram(sound: npt.NDArray[np.float32], sample_rate: int) -> Spectrogram:
    """Draw a spectrogram of a sound [samples], 25 Hz to 18 kHz, 80 dB down from its loudest point.

    Parameters
    ----------
    sound : float32 array [samples]
        The sound.
    sample_rate : int
        In Hz.

    Returns
    -------
    Spectrogram
        The picture and its scale.
    """
    window = 2 * round(WINDOW_SECONDS * sample_rate / 2)
    hop = max(window // 16, -(-len(sound) // MOST_FRAMES))
    squares = power(spectra(sound, window, hop))
    bands = (squares @ band_weights(window, BANDS, sample_rate)).T[::-1]
    quietest = max(float(bands.max()), 1e-20) * 10 ** (-RANGE_DB / 10)
    levels = 10 * np.log10(np.maximum(bands, quietest) / quietest) / RANGE_DB
    highest = min(HIGHEST_HZ, 0.48 * sample_rate)
    octaves = np.log(highest / LOWEST_HZ)
    heights = [
        (f"{hertz // 1000}k" if hertz >= 1000 else str(hertz), np.log(hertz / LOWEST_HZ) / octaves)
        for hertz in TICKS_HZ
        if hertz < highest
    ]
    return Spectrogram(data_uri(png(np.rint(255 * levels).astype(np.uint8)), "image/png"), heights)


def png(image: Indices) -> bytes:
    """Write uint8 [rows, columns] as a PNG, 0 white and 255 dark."""
    places = np.linspace(0, 1, 256)
    palette = np.stack([np.interp(places, RAMP_AT, channel) for channel in RAMP.T], axis=1)
    rows, columns = image.shape
    # Each row is preceded by the number of its filter: 0, none.
    lines = np.pad(image, ((0, 0), (1, 0))).tobytes()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
            (b"PLTE", np.rint(palette).astype(np.uint8).tobytes()),
            (b"IDAT", zlib.compress(lines, 6)),
            (b"IEND", b""),
        )
    )


def time_ticks(seconds: float) -> list[tuple[str, float]]:
    """Return at most eight labels of a time axis, in seconds, and their places from 0 to 1."""
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10) if seconds / s <= 7)
    return [(f"{i * step:g}", i * step / seconds) for i in range(int(seconds / step + 1e-9) + 1)]


def point(share: float, radius: float) -> tuple[float, float]:
    """Place a share of a knob's travel on a circle around (0, 0), in SVG's coordinates."""
    angle = np.deg2rad(SWEEP * (share - 0.5))
    return round(radius * float(np.sin(angle)), 2), round(-radius * float(np.cos(angle)), 2)


def arc(start: float, end: float, radius: float) -> str:
    """Draw an SVG path from one share of a knob's travel to another."""
    (x1, y1), (x2, y2) = point(start, radius), point(end, radius)
    large = int(SWEEP * (end - start) > 180)
    return f"M{x1} {y1}A{radius:g} {radius:g} 0 {large} 1 {x2} {y2}"


def step_shares(positions: Sequence[int]) -> list[float]:
    """Spread a knob's positions evenly over its travel, 0 to 1."""
    return [i / (len(positions) - 1) for i in range(len(positions))]


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
