"""What a controller value means: Hz, seconds, octaves, gains.

The ranges are those of thesis section 2.1 as far as it has the knob.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CC = np.arange(128)
CENTRE = 64
POSITION_STARTS = (26, 51, 77, 102, 127)  # thesis, Table 2
TUNING_SEMITONES = 7.0  # thesis, section 2.1.1
LOWEST_CUTOFF_HZ = 20.0
CUTOFF_DECADES = 3.0
CONTOUR_OCTAVES = 6.0
MOST_FEEDBACK = 4.2  # the ladder oscillates from 4 on
SHORTEST_SECONDS, LONGEST_SECONDS = 1e-3, 5.0
TRACKING = (0.0, 1 / 3, 2 / 3, 1.0)
TRACKING_STARTS = (32, 64, 96)
SLOWEST_HZ, FASTEST_HZ = 0.2, 30.0
LEAST_CENTS, MOST_CENTS = 5.0, 1200.0
MODULATION_OCTAVES = 3.0
CONTOUR_PITCH_OCTAVES = 4.0


def position(cc: npt.NDArray[np.integer]) -> npt.NDArray[np.intp]:
    """Return the position of a six-position knob (thesis, Table 2).

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    int array, same shape
        Positions 0 to 5.
    """
    return np.searchsorted(POSITION_STARTS, cc, side="right")


def tuning_semitones(cc: npt.NDArray[np.integer]) -> Floats:
    """Return the detuning of an oscillator: -7 to +7 semitones, 0 at MIDI's centre, 64.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Semitones; of oscillators 2 and 3 relative to oscillator 1.
    """
    offset = np.asarray(cc, dtype=np.float64) - CENTRE
    return TUNING_SEMITONES * np.where(offset < 0, offset / CENTRE, offset / (127 - CENTRE))


def level(value: npt.NDArray[np.integer]) -> Floats:
    """Return the gain of a mixer volume or a note's velocity: 40 log10(value / 127) dB.

    This square law is what General MIDI 2 recommends for channel volume and velocity.

    Parameters
    ----------
    value : int array
        CC values or velocities.

    Returns
    -------
    float64 array, same shape
        Gains, 0 to 1.
    """
    return (np.asarray(value, dtype=np.float64) / 127) ** 2


def cutoff_hz(cc: npt.NDArray[np.integer]) -> Floats:
    """Return the filter's cutoff frequency with the contour at zero: 20 Hz to 20 kHz, exponential.

    The filter itself stops at 0.46 of the sample rate.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Frequencies in Hz.
    """
    return LOWEST_CUTOFF_HZ * 10.0 ** (CUTOFF_DECADES * np.asarray(cc) / 127)


def contour_octaves(cc: npt.NDArray[np.integer]) -> Floats:
    """Return how far the filter envelope's peak raises the cutoff: 0 to 6 octaves, linear.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Octaves.
    """
    return CONTOUR_OCTAVES * np.asarray(cc) / 127


def feedback(cc: npt.NDArray[np.integer]) -> Floats:
    """Return the feedback gain of the ladder for a resonance setting: 0 to 4.2, linear.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Gains; from 4 (CC 121) on the filter oscillates by itself.
    """
    return MOST_FEEDBACK * np.asarray(cc) / 127


def envelope_seconds(cc: npt.NDArray[np.integer]) -> Floats:
    """Return the attack or decay time: 1 ms to 5 s, exponential.

    The attack rises linearly from 0 to 1 in this time; the decay covers 99 % of the way from 1 to
    the sustain level in it.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Seconds.
    """
    span = LONGEST_SECONDS / SHORTEST_SECONDS
    return SHORTEST_SECONDS * span ** (np.asarray(cc) / 127)


def tracking(cc: npt.NDArray[np.integer]) -> Floats:
    """Return how far the cutoff follows the key: 0, 1/3, 2/3 or all the way.

    The hardware has two switches for it, of a third and of two thirds.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Octaves of the cutoff per octave of the keyboard, counted from middle C.
    """
    return np.asarray(TRACKING)[np.searchsorted(TRACKING_STARTS, cc, side="right")]


def slow_hz(cc: npt.NDArray[np.integer]) -> Floats:
    """Return the frequency of a fixed oscillator 3 in its lowest range: 0.2 to 30 Hz, exponential.

    Parameters
    ----------
    cc : int array
        CC values of its tuning.

    Returns
    -------
    float64 array, same shape
        Frequencies in Hz.
    """
    return SLOWEST_HZ * (FASTEST_HZ / SLOWEST_HZ) ** (np.asarray(cc) / 127)


def pitch_modulation_octaves(cc: npt.NDArray[np.integer]) -> Floats:
    """Return how far the modulator moves the pitch up and down: none at 0, then 5 to 1200 cents.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Octaves, exponential from CC 1 on.
    """
    cc = np.asarray(cc)
    cents = LEAST_CENTS * (MOST_CENTS / LEAST_CENTS) ** ((cc - 1) / 126)
    return np.where(cc > 0, cents / 1200, 0.0)


def filter_modulation_octaves(cc: npt.NDArray[np.integer]) -> Floats:
    """Return how far the modulator moves the cutoff up and down: 0 to 3 octaves, linear.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Octaves.
    """
    return MODULATION_OCTAVES * np.asarray(cc) / 127


def contour_pitch_octaves(cc: npt.NDArray[np.integer]) -> Floats:
    """Return how far the filter envelope's peak raises the pitch: 0 to 4 octaves, a square law.

    Parameters
    ----------
    cc : int array
        CC values.

    Returns
    -------
    float64 array, same shape
        Octaves.
    """
    return CONTOUR_PITCH_OCTAVES * (np.asarray(cc) / 127) ** 2


def note_hz(number: npt.NDArray[np.integer]) -> Floats:
    """Return the frequency of MIDI notes in equal temperament, A4 (69) = 440 Hz.

    Parameters
    ----------
    number : int array
        MIDI note numbers.

    Returns
    -------
    float64 array, same shape
        Frequencies in Hz.
    """
    return 440.0 * 2.0 ** ((np.asarray(number, dtype=np.float64) - 69) / 12)
