"""The built-in voice: three oscillators, a four-pole low-pass filter, two envelopes, an amplifier.

Signal chain and knobs are those of thesis section 2.1 (Fig. 2 to 4). The first half of this module
says what each controller value means (Hz, seconds, …); the second half is the compiled kernel,
kept in this one file because numba's cache does not notice changes in other files.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.engines.built_in.compiled import compiled
from synthinv.engines.built_in.wavetables import Wavetables, wavetables

Floats = npt.NDArray[np.float64]
Controls = npt.NDArray[np.uint8]

OSCILLATORS = 3


class Control(IntEnum):
    """The columns of the controls."""

    OSC1_RANGE = 0
    OSC1_TUNING = 1
    OSC1_WAVEFORM = 2
    OSC1_VOLUME = 3
    OSC2_RANGE = 4
    OSC2_TUNING = 5
    OSC2_WAVEFORM = 6
    OSC2_VOLUME = 7
    OSC3_RANGE = 8
    OSC3_TUNING = 9
    OSC3_WAVEFORM = 10
    OSC3_VOLUME = 11
    FILTER_CUTOFF = 12
    FILTER_RESONANCE = 13
    FILTER_CONTOUR = 14
    FILTER_ATTACK = 15
    FILTER_DECAY = 16
    FILTER_SUSTAIN = 17
    AMP_ATTACK = 18
    AMP_DECAY = 19
    AMP_SUSTAIN = 20


# The columns of one knob of all oscillators.
RANGE, TUNING, WAVEFORM, VOLUME = (
    np.array([Control[f"OSC{oscillator + 1}_{knob}"] for oscillator in range(OSCILLATORS)])
    for knob in ("RANGE", "TUNING", "WAVEFORM", "VOLUME")
)

CC = np.arange(128)
CENTRE = 64
POSITION_STARTS = (26, 51, 77, 102, 127)  # thesis, Table 2
NATURAL_RANGE = 3
TUNING_SEMITONES = 7.0  # thesis, section 2.1.1
LOWEST_CUTOFF_HZ = 20.0
CUTOFF_DECADES = 3.0
HIGHEST_CUTOFF = 0.46  # of the sample rate; the bilinear transform ends at 0.5
CONTOUR_OCTAVES = 6.0
MOST_FEEDBACK = 4.2  # the ladder oscillates from 4 on
SHORTEST_SECONDS, LONGEST_SECONDS = 1e-3, 5.0
DECAY_LEFT = 0.01  # what is left of the way to the sustain level after the decay time
RELEASE_SECONDS = 5e-3
OUTPUT_GAIN = 0.4  # the loudest patch found, three pulses in phase, peaks at 0.85


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


# --- The kernel ---------------------------------------------------------------------------------
#
# Voices are rendered in blocks of LANES, side by side in the columns of one small float32 array
# `w`: its rows are the parameters, then the state, then a few buffers of CONTROL samples. The
# innermost loops run over the lanes without a branch, so that LLVM turns them into SIMD
# instructions. It must see that the rows do not overlap; hence one array with constant row numbers
# and every function inlined, instead of an array per quantity.
#
# Every lane does the same operations wherever it sits, and a block is always full: a voice's
# samples depend neither on the other voices of the batch nor on the number of threads.

LANES = 16
CONTROL = 16  # samples between two updates of the cutoff
STEPS_PER_OCTAVE = 64  # of the coefficient table

# The rows are plain integers: numba compiles an IntEnum's members to code that is 2 % slower.
# Parameters: rows of `w`, and of the array that `voice_parameters` makes.
P_VOLUME = 0
P_CUTOFF = 3
P_CONTOUR = 4
P_FEEDBACK = 5
P_LEVEL = 6
P_FILTER_ENVELOPE = 7
P_AMP_ENVELOPE = 11
PARAMETERS = 15
# The four rows of an envelope.
ATTACK, RISE, FALL, SUSTAIN = 0, 1, 2, 3
# State: the four filter stages, the filter coefficient, both envelopes' distance from sustain.
STAGE = 15
COEFFICIENT = 19
SLOPE = 20
FILTER_ABOVE = 21
AMP_ABOVE = 22
# Buffers.
SOUND = 23
FILTER_ENVELOPE = SOUND + CONTROL
AMP_ENVELOPE = FILTER_ENVELOPE + CONTROL
ROWS = AMP_ENVELOPE + CONTROL

ZERO, ONE, THREE = np.float32(0), np.float32(1), np.float32(3)
NINE, TWENTY_SEVEN = np.float32(9), np.float32(27)
TINY = np.float32(1e-12)  # envelopes stop here: denormal numbers are slow
STEP = np.float32(1 / CONTROL)
FRACTION = np.float32(2.0**-24)


# "contract" allows fused multiply-add, the same in every lane; nothing else is relaxed.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}}


def _inlined(function: Callable[..., Any]) -> Any:
    return numba.njit(forceinline=True, **OPTIONS)(function)


@_inlined
def _oscillator(w, volume, phase, step, offset, bits, table):  # type: ignore[no-untyped-def]
    """Add one oscillator to the sound, and advance its phases by CONTROL samples."""
    for v in range(LANES):
        gain = w[volume, v]
        if gain == ZERO:
            continue
        p, dp, start, b = phase[v], step[v], offset[v], bits[v]
        shift = np.uint32(32) - b
        for i in range(CONTROL):
            index = start + (p >> shift)
            fraction = np.float32(np.int32(np.uint32(p << b) >> np.uint32(8))) * FRACTION
            a = table[index]
            w[SOUND + i, v] += gain * (a + fraction * (table[index + np.uint32(1)] - a))
            p = np.uint32(p + dp)
        phase[v] = p


@_inlined
def _envelope(w, parameters, above, buffer, start):  # type: ignore[no-untyped-def]
    """Write CONTROL samples of an envelope: linear attack, then exponential decay."""
    for i in range(CONTROL):
        t = np.float32(start + i)
        for v in range(LANES):
            sustain = w[parameters + SUSTAIN, v]
            rising = t <= w[parameters + ATTACK, v]
            # The distance from the sustain level decays, not the level: its rounding error stays
            # relative, so that even a decay of seconds arrives.
            q = w[above, v]
            q -= q * w[parameters + FALL, v]
            q = q if q > TINY else ZERO
            q = ONE - sustain if rising else q
            w[above, v] = q
            w[buffer + i, v] = t * w[parameters + RISE, v] if rising else sustain + q


@_inlined
def _tune_filter(w, envelope, coefficients):  # type: ignore[no-untyped-def]
    """Set the slope on which the coefficient reaches its value at the end of the block."""
    highest = np.float32(len(coefficients) - 2)
    for v in range(LANES):
        octaves = w[P_CUTOFF, v] + w[P_CONTOUR, v] * w[envelope, v]
        place = min(octaves * np.float32(STEPS_PER_OCTAVE), highest)
        index = np.uint32(np.int32(place))
        a, b = coefficients[index], coefficients[index + np.uint32(1)]
        g = a + (place - np.float32(np.int32(place))) * (b - a)
        w[SLOPE, v] = (g - w[COEFFICIENT, v]) * STEP


@_inlined
def _saturate(x):  # type: ignore[no-untyped-def]
    """Approximate tanh by a rational function, exactly ±1 from ±3 on."""
    x = min(max(x, -THREE), THREE)
    return x * (TWENTY_SEVEN + x * x) / (TWENTY_SEVEN + NINE * x * x)


@_inlined
def _ladder(w):  # type: ignore[no-untyped-def]
    """Filter CONTROL samples in place.

    Four one-pole low-passes with trapezoidal integrators around zero-delay feedback (Zavalishin,
    The Art of VA Filter Design, chapters 3 to 5). The feedback equation is solved for the linear
    ladder, and only the signal fed back saturates: at resonance 0 the filter is exactly linear, and
    self-oscillation stays bounded.
    """
    for i in range(CONTROL):
        for v in range(LANES):
            g = w[COEFFICIENT, v] + w[SLOPE, v]
            w[COEFFICIENT, v] = g
            s1, s2, s3, s4 = w[STAGE, v], w[STAGE + 1, v], w[STAGE + 2, v], w[STAGE + 3, v]
            x, k = w[SOUND + i, v], w[P_FEEDBACK, v]
            held = (ONE - g) * (((g * s1 + s2) * g + s3) * g + s4)
            g4 = (g * g) * (g * g)
            x -= k * _saturate((g4 * x + held) / (ONE + k * g4))
            d = (x - s1) * g
            y = s1 + d
            w[STAGE, v] = y + d
            d = (y - s2) * g
            y = s2 + d
            w[STAGE + 1, v] = y + d
            d = (y - s3) * g
            y = s3 + d
            w[STAGE + 2, v] = y + d
            d = (y - s4) * g
            y = s4 + d
            w[STAGE + 3, v] = y + d
            w[SOUND + i, v] = y


@_inlined
def _amplify(w, start, gate, out):  # type: ignore[no-untyped-def]
    """Apply envelope, level and gate, and write the samples out, a row per voice."""
    for i in range(CONTROL):
        opening = gate[start + i]
        for v in range(LANES):
            w[SOUND + i, v] *= w[AMP_ENVELOPE + i, v] * (w[P_LEVEL, v] * opening)
    length = min(CONTROL, out.shape[1] - start)
    for v in range(out.shape[0]):
        for i in range(length):
            out[v, start + i] = w[SOUND + i, v]


@compiled(nogil=True, **OPTIONS)
def _render(  # type: ignore[no-untyped-def]
    parameters, oscillators, phases, table, coefficients, gate, out
):
    """Render voices in blocks of LANES.

    Parameters
    ----------
    parameters : float32 array [PARAMETERS, n]
        Rows P_*; n is a multiple of LANES.
    oscillators : uint32 array [3 (step, offset, bits), OSCILLATORS, n]
        Phase increment per sample, index of the wavetable and bits of its length.
    phases : uint32 array [OSCILLATORS, n]
        Phases at note-on in units of 2**-32 cycles.
    table : float32 array
        The wavetables.
    coefficients : float32 array
        Filter coefficients, see `filter_coefficients`.
    gate : float32 array [a multiple of CONTROL]
        Gain of the release, one until note-off and zero when it is over.
    out : float32 array [voices <= n, samples]
        Receives the audio; must be zero.
    """
    w = np.empty((ROWS, LANES), dtype=np.float32)
    phase = np.empty((OSCILLATORS, LANES), dtype=np.uint32)
    for first in range(0, out.shape[0], LANES):
        last = first + LANES
        w[:PARAMETERS] = parameters[:, first:last]
        w[PARAMETERS:] = ZERO
        phase[:] = phases[:, first:last]
        _tune_filter(w, FILTER_ENVELOPE, coefficients)  # an envelope of zero
        for v in range(LANES):
            w[COEFFICIENT, v] = w[SLOPE, v] * np.float32(CONTROL)
        for start in range(0, len(gate), CONTROL):
            w[SOUND:FILTER_ENVELOPE] = ZERO
            for o in range(OSCILLATORS):
                step, offset, bits = oscillators[:, o, first:last]
                _oscillator(w, P_VOLUME + o, phase[o], step, offset, bits, table)
            _envelope(w, P_FILTER_ENVELOPE, FILTER_ABOVE, FILTER_ENVELOPE, start)
            _envelope(w, P_AMP_ENVELOPE, AMP_ABOVE, AMP_ENVELOPE, start)
            _tune_filter(w, FILTER_ENVELOPE + CONTROL - 1, coefficients)
            _ladder(w)
            _amplify(w, start, gate, out[first:last])


# --- From controllers to sound ------------------------------------------------------------------


@lru_cache(maxsize=8)
def filter_coefficients(sample_rate: int) -> npt.NDArray[np.float32]:
    """Tabulate the one-pole low-passes' coefficient g / (1 + g), g = tan(π cutoff / sample rate).

    Parameters
    ----------
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    float32 array
        The coefficient at 20 Hz and every 1/64 octave up to 0.46 of the sample rate, then once
        more; interpolating linearly puts the cutoff within 0.1 cent.
    """
    octaves = np.log2(HIGHEST_CUTOFF * sample_rate / LOWEST_CUTOFF_HZ)
    steps = np.arange(int(octaves * STEPS_PER_OCTAVE) + 1)
    g = np.tan(np.pi * LOWEST_CUTOFF_HZ * 2.0 ** (steps / STEPS_PER_OCTAVE) / sample_rate)
    table = (g / (1 + g)).astype(np.float32)
    return np.append(table, table[-1])


def voice_parameters(
    controls: Controls, velocities: npt.NDArray[np.integer], sample_rate: int
) -> npt.NDArray[np.float32]:
    """Translate controllers into the kernel's parameters.

    Every quantity is looked up in a table of 128 entries: fast, and the same bits for a value
    wherever it stands in the batch, which vectorised powers do not promise.

    Parameters
    ----------
    controls : uint8 array [n, controls]
        CC values.
    velocities : int array [n]
        MIDI velocities.
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    float32 array [PARAMETERS, n]
        Rows P_*.
    """
    rows = np.empty((PARAMETERS, len(controls)), dtype=np.float32)
    rows[P_VOLUME : P_VOLUME + OSCILLATORS] = (level(CC) / OSCILLATORS)[controls[:, VOLUME]].T
    rows[P_CUTOFF] = np.log2(cutoff_hz(CC) / LOWEST_CUTOFF_HZ)[controls[:, Control.FILTER_CUTOFF]]
    rows[P_CONTOUR] = contour_octaves(CC)[controls[:, Control.FILTER_CONTOUR]]
    rows[P_FEEDBACK] = feedback(CC)[controls[:, Control.FILTER_RESONANCE]]
    rows[P_LEVEL] = OUTPUT_GAIN * level(velocities)
    samples = np.maximum(1, np.rint(envelope_seconds(CC) * sample_rate))
    fall = -np.expm1(np.log(DECAY_LEFT) / samples)
    for row, knob in (
        (P_FILTER_ENVELOPE, Control.FILTER_ATTACK),
        (P_AMP_ENVELOPE, Control.AMP_ATTACK),
    ):
        attack, decay, sustain = controls[:, knob : knob + 3].T
        rows[row + ATTACK] = samples[attack]
        rows[row + RISE] = (1 / samples)[attack]
        rows[row + FALL] = fall[decay]
        rows[row + SUSTAIN] = (CC / 127)[sustain]
    return rows


def oscillator_parameters(
    controls: Controls, numbers: npt.NDArray[np.integer], sample_rate: int, tables: Wavetables
) -> npt.NDArray[np.uint32]:
    """Compute the pitch and the wavetable of every oscillator.

    Parameters
    ----------
    controls : uint8 array [n, controls]
        CC values.
    numbers : int array [n]
        MIDI note numbers.
    sample_rate : int
        Sample rate in Hz.
    tables : Wavetables
        The wavetables.

    Returns
    -------
    uint32 array [3, OSCILLATORS, n]
        Phase increment per sample in units of 2**-32 cycles, index of the first sample of the
        wavetable, bits of its length.
    """
    ratios = (2.0 ** (tuning_semitones(CC) / 12))[controls[:, TUNING]]
    ratios[:, 1:] *= ratios[:, :1]  # oscillators 2 and 3 are tuned relative to oscillator 1
    octaves = position(controls[:, RANGE]) - NATURAL_RANGE
    cycles = np.ldexp(note_hz(CC)[numbers][:, np.newaxis] * ratios / sample_rate, octaves)
    steps = np.rint(cycles * 2.0**32)
    fitting = 2.0**31 / np.maximum(steps, 1)
    levels = np.searchsorted(tables.harmonics, fitting, side="right") - 1
    offsets = tables.offsets[position(controls[:, WAVEFORM]), levels]
    # A pitch above the sample rate reads the silent table; its increment may wrap.
    wrapped = (steps.astype(np.uint64) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    return np.stack([wrapped.T, offsets.T, tables.bits[levels].T])


def release_gate(samples: int, held: int | None, sample_rate: int) -> npt.NDArray[np.float32]:
    """Compute the gain that ends a note: a linear fade of 5 ms, as there is no release knob.

    The envelopes themselves run on as if the key were held.

    Parameters
    ----------
    samples : int
        Samples to be rendered.
    held : int or None
        Samples from note-on to note-off; None holds the note.
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    float32 array [a multiple of CONTROL]
        The gain, up to the last block that sounds.
    """
    release = round(RELEASE_SECONDS * sample_rate)
    sounding = samples if held is None else min(samples, held + release)
    t = np.arange(-(-sounding // CONTROL) * CONTROL)
    if held is None:
        return np.ones(len(t), dtype=np.float32)
    return np.clip((held + release - t) / release, 0, 1).astype(np.float32)


def render_voices(
    controls: Controls,
    numbers: npt.NDArray[np.integer],
    velocities: npt.NDArray[np.integer],
    samples: int,
    sample_rate: int,
    held: int | None = None,
    threads: int = 1,
    phases: npt.NDArray[np.uint32] | None = None,
) -> Audio:
    """Play one note per row of controls.

    Parameters
    ----------
    controls : uint8 array [n, controls]
        CC values, 0 to 127.
    numbers, velocities : int array [n]
        MIDI note numbers and velocities.
    samples : int
        Samples per note.
    sample_rate : int
        Sample rate in Hz.
    held : int, optional
        Samples from note-on to note-off; by default the notes are held.
    threads : int
        CPU threads; the samples do not depend on it.
    phases : uint32 array [n, OSCILLATORS], optional
        Phases of the oscillators at note-on in units of 2**-32 cycles; by default zero.

    Returns
    -------
    float32 array [n, samples]
        The notes from their note-on, within ±1.
    """
    n = len(controls)
    padding = (0, -n % LANES)
    if phases is None:
        phases = np.zeros((n, OSCILLATORS), dtype=np.uint32)
    if n:
        whole = (padding, (0, 0))
        controls, phases = np.pad(controls, whole, mode="edge"), np.pad(phases, whole, mode="edge")
        numbers, velocities = (np.pad(a, padding, mode="edge") for a in (numbers, velocities))
    tables = wavetables()
    parameters = voice_parameters(controls, velocities, sample_rate)
    oscillators = oscillator_parameters(controls, numbers, sample_rate, tables)
    coefficients = filter_coefficients(sample_rate)
    gate = release_gate(samples, held, sample_rate)
    out = np.zeros((n, samples), dtype=np.float32)

    def work(first: int) -> None:
        part = slice(first, first + share)
        rows = parameters[:, part], oscillators[:, :, part], phases.T[:, part]
        # Contiguous in every case, since arrays that are not have a type of their own, for which
        # the kernel would be compiled once more.
        voices = (np.ascontiguousarray(array) for array in rows)
        _render(*voices, tables.samples, coefficients, gate, out[part])

    share = LANES * max(1, -(-n // (LANES * 4 * threads)))
    # Plain threads around a kernel without the GIL, not prange: numba's own pool belongs to the
    # whole process, does not survive a fork and doubles the time to compile.
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(0, n, share)))
    return out
