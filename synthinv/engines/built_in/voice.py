"""The built-in voice: three oscillators, noise, a four-pole low-pass filter, two envelopes.

Signal chain and knobs are those of thesis section 2.1 (Fig. 2 to 4), and the rest of the panel of
the synth that it models. The compiled kernel comes first, kept in this one file because numba's
cache does not notice changes in other files; then what turns controls into its parameters, by the
laws in `laws`.
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
from synthinv.engines.built_in.laws import (
    CC,
    LOWEST_CUTOFF_HZ,
    Floats,
    contour_octaves,
    contour_pitch_octaves,
    cutoff_hz,
    envelope_seconds,
    feedback,
    filter_modulation_octaves,
    level,
    note_hz,
    pitch_modulation_octaves,
    position,
    slow_hz,
    tracking,
    tuning_semitones,
)
from synthinv.engines.built_in.wavetables import DUTY, WAVEFORMS, Wavetables, wavetables

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
    NOISE_VOLUME = 21
    NOISE_COLOUR = 22
    FILTER_TRACKING = 23
    OSC3_CONTROL = 24
    MODULATION_MIX = 25
    PITCH_MODULATION = 26
    FILTER_MODULATION = 27
    CONTOUR_TO_PITCH = 28
    RELEASE = 29


# The columns of one knob of all oscillators.
RANGE, TUNING, WAVEFORM, VOLUME = (
    np.array([Control[f"OSC{oscillator + 1}_{knob}"] for oscillator in range(OSCILLATORS)])
    for knob in ("RANGE", "TUNING", "WAVEFORM", "VOLUME")
)

NATURAL_RANGE = 3
MIDDLE_C = 60
SWITCH = 64  # the second position of a switch starts here
HIGHEST_CUTOFF = 0.46  # of the sample rate; the bilinear transform ends at 0.5
DECAY_LEFT = 0.01  # what is left of the way to the sustain level after the decay time
FADE_SECONDS = 5e-3  # without a release
RELEASE_TIMES = 3  # a note ends after so many times its release, at -120 dB
# Both kinds of noise are as loud as a triangle at middle C, by the weighting of ITU-R BS.1770.
WHITE_RMS, PINK_RMS = 0.475, 3**-0.5
UNIFORM_RMS = 3**-0.5  # of values spread evenly over ±1
# P. Kellet's filter, see `pink_filter`.
PINK_RATE = 44_100
PINK_POLES = (0.99765, 0.96300, 0.57000)
PINK_GAINS = (0.0990460, 0.2965164, 1.0526913)
PINK_DIRECT = 0.1848
MODULATION_NOISE_HZ = 20.0  # corner of the modulator's noise
MODULATION_NOISE_RMS = 1 / 3  # it is clipped at ±1
# What makes a waveform without a mean swing between -1 and 1, by position.
OFFSETS = np.array([2 * DUTY[name] - 1 if name in DUTY else 0.0 for name in WAVEFORMS])
OUTPUT_GAIN = 0.4  # the loudest patch found without noise peaks at 0.92


# --- The kernel ---------------------------------------------------------------------------------
#
# Voices are rendered in blocks of LANES, side by side in the columns of one small float32 array
# `w`: its rows are the parameters, then the state, then a few buffers of CONTROL samples. The
# innermost loops run over the lanes without a branch, so that LLVM turns them into SIMD
# instructions. It must see that the rows do not overlap; hence one array with constant row numbers
# and every function inlined, instead of an array per quantity.
#
# Every lane does the same operations wherever it sits, and a block is always full: a voice's
# samples depend neither on the other voices of the batch nor on the number of threads. What no lane
# of a block needs (noise, pitches that move, a release) is skipped; a lane that does not need what
# its neighbours do either skips it alone or adds exact zeros.

LANES = 16
CONTROL = 16  # samples between two updates of the cutoff and of pitches that move
STEPS_PER_OCTAVE = 64  # of the tables of filter coefficients and pitch ratios

# The rows are plain integers: numba compiles an IntEnum's members to code that is 2 % slower.
# Parameters: rows of `w`, and of the array that `voice_parameters` makes.
P_VOLUME = 0
P_CUTOFF = 3
P_CONTOUR = 4
P_FEEDBACK = 5
P_LEVEL = 6
P_FILTER_ENVELOPE = 7
P_AMP_ENVELOPE = 11
P_FILTER_MODULATION = 15
P_WHITE = 16
P_PINK = 17
P_RELEASE = 18
P_STAYS_OPEN = 19  # 1 where the release, not the gate, ends the note
# The modulator: 1 where there is one, its waveform's offset, its noise's share.
P_MODULATED = 20
P_OFFSET = 21
P_MIX = 22
# Three rows each, one for each oscillator: 1 where its pitch moves, or where it is the modulator;
# its volume, zero in P_VOLUME then; how many octaves the modulator and the contour move it.
P_MOVES = 23
P_MOVING_VOLUME = 26
P_PITCH_MODULATION = 29
P_PITCH_CONTOUR = 32
PARAMETERS = 35
# The four rows of an envelope.
ATTACK, RISE, FALL, SUSTAIN = 0, 1, 2, 3
# State: the four filter stages, the filter coefficient, both envelopes' distance from sustain.
STAGE = 35
COEFFICIENT = 39
SLOPE = 40
FILTER_ABOVE = 41
AMP_ABOVE = 42
# ... both envelopes since note-off, the modulator, its noise, the oscillators' pitch ratios and the
# next one, the pink filter's three stages.
FILTER_RELEASED = 43
AMP_RELEASED = 44
MODULATION = 45
MODULATION_NOISE = 46
RATIO = 47
NEXT_RATIO = 50
PINK = 51
# Buffers.
SOUND = 54
FILTER_ENVELOPE = SOUND + CONTROL
AMP_ENVELOPE = FILTER_ENVELOPE + CONTROL
ROWS = AMP_ENVELOPE + CONTROL

ZERO, ONE, THREE = np.float32(0), np.float32(1), np.float32(3)
NINE, TWENTY_SEVEN = np.float32(9), np.float32(27)
TINY = np.float32(1e-12)  # envelopes stop here: denormal numbers are slow
STEP = np.float32(1 / CONTROL)
FRACTION = np.float32(2.0**-24)
SIGNED = np.float32(2.0**-31)
LOWEST_BEND, HIGHEST_BEND = -1, 5  # octaves; the ends of the table of pitch ratios
HIGHEST_STEP = np.float64(2**32 - 1)
HALF_TURN = np.float64(2**31)
MODULATION_STREAM = np.uint32(0x9E3779B9)  # the modulator's noise is not the mixer's


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
def _moving_oscillator(  # type: ignore[no-untyped-def]
    w, o, phase, increment, waveform, level, ratios, tables
):
    """Do the same in lanes where its pitch moves, or where it is the modulator.

    The pitch moves on a straight line to where modulator and contour put it at the end of the
    block. The wavetable is that for the higher end of this line, so that nothing aliases.
    """
    table, harmonics, offsets, table_bits = tables
    most = np.float32(len(ratios) - 2)
    for v in range(LANES):
        octaves = w[P_PITCH_MODULATION + o, v] * w[MODULATION, v]
        octaves += w[P_PITCH_CONTOUR + o, v] * w[FILTER_ENVELOPE + CONTROL - 1, v]
        place = (octaves - np.float32(LOWEST_BEND)) * np.float32(STEPS_PER_OCTAVE)
        place = min(max(place, ZERO), most)
        at = np.uint32(np.int32(place))
        a, b = ratios[at], ratios[at + np.uint32(1)]
        w[NEXT_RATIO, v] = a + (place - np.float32(np.int32(place))) * (b - a)
    for v in range(LANES):
        if w[P_MOVES + o, v] == ZERO:
            continue
        first = increment[v] * np.float64(w[RATIO + o, v])
        last = increment[v] * np.float64(w[NEXT_RATIO, v])
        w[RATIO + o, v] = w[NEXT_RATIO, v]
        dp = np.uint32(min(first, HIGHEST_STEP))
        end = np.uint32(min(last, HIGHEST_STEP))
        slope = np.uint32(np.int32((np.int64(end) - np.int64(dp)) // CONTROL))
        p, gain = phase[v], w[P_MOVING_VOLUME + o, v]
        if gain == ZERO:  # it only modulates
            phase[v] = np.uint32(p + CONTROL * dp + (CONTROL * (CONTROL - 1) // 2) * slope)
            continue
        highest = max(first, last)
        chosen = level[v]
        while harmonics[chosen] * highest > HALF_TURN:
            chosen -= 1
        while chosen + 1 < len(harmonics) and harmonics[chosen + 1] * highest <= HALF_TURN:
            chosen += 1
        level[v] = chosen
        offset, bits = offsets[waveform[v], chosen], table_bits[chosen]
        shift = np.uint32(32) - bits
        for i in range(CONTROL):
            index = offset + (p >> shift)
            fraction = np.float32(np.int32(np.uint32(p << bits) >> np.uint32(8))) * FRACTION
            a = table[index]
            w[SOUND + i, v] += gain * (a + fraction * (table[index + np.uint32(1)] - a))
            p = np.uint32(p + dp)
            dp = np.uint32(dp + slope)
        phase[v] = p


@_inlined
def _random(place):  # type: ignore[no-untyped-def]
    """Return white noise, evenly spread over ±1: a hash of the place in its stream.

    The hash is "lowbias32" of C. Wellons, Prospecting for hash functions (2018).
    """
    x = np.uint32(place)
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    x = np.uint32(x ^ (x >> np.uint32(16)))
    return np.float32(np.int32(x)) * SIGNED


@_inlined
def _noise(w, streams, start, pink):  # type: ignore[no-untyped-def]
    """Add CONTROL samples of white and pink noise to the sound."""
    for i in range(CONTROL):
        for v in range(LANES):
            white = _random(np.uint32(streams[v] + np.uint32(start + i)))
            p1 = pink[0] * w[PINK, v] + pink[3] * white
            p2 = pink[1] * w[PINK + 1, v] + pink[4] * white
            p3 = pink[2] * w[PINK + 2, v] + pink[5] * white
            w[PINK, v], w[PINK + 1, v], w[PINK + 2, v] = p1, p2, p3
            pinked = p1 + p2 + p3 + pink[6] * white
            w[SOUND + i, v] += w[P_WHITE, v] * white + w[P_PINK, v] * pinked


@_inlined
def _modulate(w, phase, offset, bits, streams, start, smoothing, table):  # type: ignore[no-untyped-def]
    """Set the modulator, within ±1: oscillator 3 at full level, slow noise, or some of both."""
    for v in range(LANES):
        if w[P_MODULATED, v] == ZERO:
            continue
        index = offset[v] + (phase[v] >> (np.uint32(32) - bits[v]))
        wave = min(max(table[index] + w[P_OFFSET, v], -ONE), ONE)
        white = _random(np.uint32(streams[v] + MODULATION_STREAM + np.uint32(start)))
        noise = w[MODULATION_NOISE, v]
        noise += smoothing[0] * (white - noise)
        w[MODULATION_NOISE, v] = noise
        noise = min(max(smoothing[1] * noise, -ONE), ONE)
        w[MODULATION, v] = wave + w[P_MIX, v] * (noise - wave)


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
def _release(w, buffer, released, start, held):  # type: ignore[no-untyped-def]
    """Let an envelope fall from where it is at note-off, in lanes with a release."""
    for v in range(LANES):
        fall = w[P_RELEASE, v]
        if fall == ZERO:
            continue
        q = w[released, v]
        for i in range(max(0, held - start), CONTROL):
            if start + i == held:
                q = w[buffer + i, v]
            else:
                q -= q * fall
                q = q if q > TINY else ZERO
            w[buffer + i, v] = q
        w[released, v] = q


@_inlined
def _tune_filter(w, envelope, coefficients):  # type: ignore[no-untyped-def]
    """Set the slope on which the coefficient reaches its value at the end of the block."""
    highest = np.float32(len(coefficients) - 2)
    for v in range(LANES):
        octaves = w[P_CUTOFF, v] + w[P_CONTOUR, v] * w[envelope, v]
        octaves += w[P_FILTER_MODULATION, v] * w[MODULATION, v]
        place = min(max(octaves * np.float32(STEPS_PER_OCTAVE), ZERO), highest)
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
def _amplify(w):  # type: ignore[no-untyped-def]
    """Apply envelope and level; clip, which takes loud noise beside loud oscillators."""
    for i in range(CONTROL):
        for v in range(LANES):
            y = w[SOUND + i, v] * (w[AMP_ENVELOPE + i, v] * w[P_LEVEL, v])
            w[SOUND + i, v] = min(max(y, -ONE), ONE)


@_inlined
def _amplify_after_note_off(w, start, gate):  # type: ignore[no-untyped-def]
    """Do the same, and fade out what has no release."""
    for i in range(CONTROL):
        opening = gate[start + i]
        for v in range(LANES):
            opened = max(opening, w[P_STAYS_OPEN, v])
            y = w[SOUND + i, v] * (w[AMP_ENVELOPE + i, v] * (w[P_LEVEL, v] * opened))
            w[SOUND + i, v] = min(max(y, -ONE), ONE)


@_inlined
def _write(w, start, out):  # type: ignore[no-untyped-def]
    """Write the samples out, a row per voice."""
    length = min(CONTROL, out.shape[1] - start)
    for v in range(out.shape[0]):
        for i in range(length):
            out[v, start + i] = w[SOUND + i, v]


@compiled(nogil=True, **OPTIONS)
def _render(  # type: ignore[no-untyped-def]
    parameters, oscillators, increments, phases, ends, held, tables, curves, gate, out
):
    """Render voices in blocks of LANES.

    Parameters
    ----------
    parameters : float32 array [PARAMETERS, n]
        Rows P_*; n is a multiple of LANES.
    oscillators : uint32 array [5 (step, offset, bits, waveform, level), OSCILLATORS, n]
        Phase increment per sample, index of the wavetable's first sample, bits of its length,
        position of the waveform, level of the wavetable.
    increments : float64 array [OSCILLATORS, n]
        Phase increments that are not rounded, for pitches that move.
    phases : uint32 array [OSCILLATORS, n]
        Phases at note-on in units of 2**-32 cycles.
    ends : int64 array [n]
        Samples after which each voice is silent, at most those of `out`.
    held : int
        Samples from note-on to note-off; those of `out` if it does not come.
    tables : tuple of arrays
        The wavetables and their places, see `Wavetables`: samples, harmonics, offsets, bits.
    curves : tuple of float32 arrays
        See `filter_coefficients`, `pitch_ratios`, `pink_filter` and `noise_smoothing`.
    gate : float32 array [samples + CONTROL]
        See `fade`.
    out : float32 array [voices <= n, samples]
        Receives the audio; must be zero.
    """
    table = tables[0]
    coefficients, ratios, pink, smoothing = curves
    w = np.empty((ROWS, LANES), dtype=np.float32)
    phase = np.empty((OSCILLATORS, LANES), dtype=np.uint32)
    level = np.empty((OSCILLATORS, LANES), dtype=np.int64)
    streams = np.empty(LANES, dtype=np.uint32)
    for first in range(0, out.shape[0], LANES):
        last = first + LANES
        w[:PARAMETERS] = parameters[:, first:last]
        w[PARAMETERS:] = ZERO
        w[RATIO : RATIO + OSCILLATORS] = ONE
        phase[:] = phases[:, first:last]
        level[:] = oscillators[4, :, first:last]
        streams[:] = phase[0] ^ phase[1] ^ phase[2]
        noisy = np.any(w[P_WHITE : P_PINK + 1] > ZERO)
        moving = np.any(w[P_MOVES : P_MOVES + OSCILLATORS] > ZERO)
        modulated = np.any(w[P_MODULATED] > ZERO)
        offset3, bits3 = oscillators[1:3, OSCILLATORS - 1, first:last]
        _tune_filter(w, FILTER_ENVELOPE, coefficients)  # an envelope of zero
        for v in range(LANES):
            w[COEFFICIENT, v] = w[SLOPE, v] * np.float32(CONTROL)
        end = ends[first:last].max()
        for start in range(0, end, CONTROL):
            w[SOUND:FILTER_ENVELOPE] = ZERO
            _envelope(w, P_FILTER_ENVELOPE, FILTER_ABOVE, FILTER_ENVELOPE, start)
            _envelope(w, P_AMP_ENVELOPE, AMP_ABOVE, AMP_ENVELOPE, start)
            if start + CONTROL > held:
                _release(w, FILTER_ENVELOPE, FILTER_RELEASED, start, held)
                _release(w, AMP_ENVELOPE, AMP_RELEASED, start, held)
            for o in range(OSCILLATORS):
                step, offset, bits = oscillators[:3, o, first:last]
                _oscillator(w, P_VOLUME + o, phase[o], step, offset, bits, table)
            if moving:
                # Oscillator 3 first, as it modulates the others.
                for o in range(OSCILLATORS - 1, -1, -1):
                    increment, waveform = increments[o, first:last], oscillators[3, o, first:last]
                    _moving_oscillator(
                        w, o, phase[o], increment, waveform, level[o], ratios, tables
                    )
                    if o == OSCILLATORS - 1 and modulated:
                        _modulate(w, phase[o], offset3, bits3, streams, start, smoothing, table)
            if noisy:
                _noise(w, streams, start, pink)
            _tune_filter(w, FILTER_ENVELOPE + CONTROL - 1, coefficients)
            _ladder(w)
            if start + CONTROL > held:
                _amplify_after_note_off(w, start, gate)
            else:
                _amplify(w)
            _write(w, start, out[first:last])
        # Voices that end before their neighbours.
        for v in range(first, min(last, out.shape[0])):
            out[v, ends[v] : end] = ZERO


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


@lru_cache(maxsize=1)
def pitch_ratios() -> npt.NDArray[np.float32]:
    """Tabulate the ratios of pitches from one octave below to five above, then once more.

    Returns
    -------
    float32 array
        The ratio every 1/64 octave; interpolating linearly is within 0.03 cent.
    """
    steps = np.arange((HIGHEST_BEND - LOWEST_BEND) * STEPS_PER_OCTAVE + 1)
    table = (2.0 ** (LOWEST_BEND + steps / STEPS_PER_OCTAVE)).astype(np.float32)
    return np.append(table, table[-1])


@lru_cache(maxsize=8)
def pink_filter(sample_rate: int) -> npt.NDArray[np.float32]:
    """Compute the filter that makes white noise pink.

    P. Kellet's "economy" filter (musicdsp.org, 1999): three one-pole low-passes side by side, and
    some of the white noise itself. It was made for 44.1 kHz; at another rate the poles keep their
    frequencies and their gains at 0 Hz.

    Parameters
    ----------
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    float32 array [7]
        Three poles, three gains, the gain of the white noise; the result has an RMS of PINK_RMS.
    """
    poles, gains, direct = np.array(PINK_POLES), np.array(PINK_GAINS), PINK_DIRECT
    moved = poles ** (PINK_RATE / sample_rate)
    gains = gains / (1 - poles) * (1 - moved)
    # The power of a sum of one-poles is that of every pair: g1 g2 / (1 - p1 p2).
    pairs = np.outer(gains, gains) / (1 - np.outer(moved, moved))
    power = pairs.sum() + 2 * direct * gains.sum() + direct**2
    scale = PINK_RMS / (np.sqrt(power) * UNIFORM_RMS)
    return np.concatenate([moved, scale * gains, [scale * direct]]).astype(np.float32)


@lru_cache(maxsize=8)
def noise_smoothing(sample_rate: int) -> npt.NDArray[np.float32]:
    """Compute the low-pass of the modulator's noise, a step every CONTROL samples.

    Parameters
    ----------
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    float32 array [2]
        The low-pass's coefficient, and the gain that brings the noise to MODULATION_NOISE_RMS.
    """
    coefficient = -np.expm1(-2 * np.pi * MODULATION_NOISE_HZ * CONTROL / sample_rate)
    rms = UNIFORM_RMS * np.sqrt(coefficient / (2 - coefficient))
    return np.array([coefficient, MODULATION_NOISE_RMS / rms], dtype=np.float32)


def voice_parameters(
    controls: Controls,
    numbers: npt.NDArray[np.integer],
    velocities: npt.NDArray[np.integer],
    sample_rate: int,
) -> npt.NDArray[np.float32]:
    """Translate controllers into the kernel's parameters.

    Every quantity is looked up in a table of 128 entries: fast, and the same bits for a value
    wherever it stands in the batch, which vectorised powers do not promise.

    Parameters
    ----------
    controls : uint8 array [n, controls]
        CC values.
    numbers, velocities : int array [n]
        MIDI note numbers and velocities.
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    float32 array [PARAMETERS, n]
        Rows P_*.
    """
    rows = np.empty((PARAMETERS, len(controls)), dtype=np.float32)
    cutoff = np.log2(cutoff_hz(CC) / LOWEST_CUTOFF_HZ)[controls[:, Control.FILTER_CUTOFF]]
    followed = tracking(controls[:, Control.FILTER_TRACKING]) * ((numbers - MIDDLE_C) / 12)
    rows[P_CUTOFF] = cutoff + followed
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
    released = controls[:, Control.RELEASE] > 0
    rows[P_STAYS_OPEN] = released
    rows[P_RELEASE] = np.where(released, fall[controls[:, Control.RELEASE]], 0)
    noise = (level(CC) / OSCILLATORS)[controls[:, Control.NOISE_VOLUME]]
    pink = controls[:, Control.NOISE_COLOUR] >= SWITCH
    rows[P_WHITE] = np.where(pink, 0, WHITE_RMS / UNIFORM_RMS * noise)
    rows[P_PINK] = np.where(pink, noise, 0)
    _oscillator_rows(controls, rows)
    return rows


def _oscillator_rows(controls: Controls, rows: npt.NDArray[np.float32]) -> None:
    """Fill in the rows of the oscillators, of the modulator and of what it moves."""
    to_filter = filter_modulation_octaves(CC)[controls[:, Control.FILTER_MODULATION]]
    to_pitch = pitch_modulation_octaves(CC)[controls[:, Control.PITCH_MODULATION]]
    modulated = (to_filter > 0) | (to_pitch > 0)
    rows[P_FILTER_MODULATION] = to_filter
    rows[P_MODULATED] = modulated
    rows[P_OFFSET] = OFFSETS[position(controls[:, Control.OSC3_WAVEFORM])]
    rows[P_MIX] = (CC / 127)[controls[:, Control.MODULATION_MIX]]

    contour = contour_pitch_octaves(CC)[controls[:, Control.CONTOUR_TO_PITCH]]
    on_keyboard = controls[:, Control.OSC3_CONTROL] < SWITCH
    by_modulator = np.stack([to_pitch, to_pitch, np.zeros_like(to_pitch)])
    by_contour = np.stack([contour, contour, np.where(on_keyboard, contour, 0)])
    volumes = (level(CC) / OSCILLATORS)[controls[:, VOLUME]].T
    moves = ((by_modulator > 0) | (by_contour > 0)) & (volumes > 0)
    moves[-1] |= modulated
    for row, values in (
        (P_VOLUME, np.where(moves, 0, volumes)),
        (P_MOVES, moves),
        (P_MOVING_VOLUME, np.where(moves, volumes, 0)),
        (P_PITCH_MODULATION, by_modulator),
        (P_PITCH_CONTOUR, by_contour),
    ):
        rows[row : row + OSCILLATORS] = values


def phase_increments(
    controls: Controls, numbers: npt.NDArray[np.integer], sample_rate: int
) -> Floats:
    """Compute the pitch of every oscillator.

    Parameters
    ----------
    controls : uint8 array [n, controls]
        CC values.
    numbers : int array [n]
        MIDI note numbers.
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    float64 array [n, OSCILLATORS]
        Phase increments per sample in units of 2**-32 cycles, not rounded.
    """
    ratios = (2.0 ** (tuning_semitones(CC) / 12))[controls[:, TUNING]]
    octaves = position(controls[:, RANGE]) - NATURAL_RANGE
    # Off the keyboard, oscillator 3 plays middle C, and is slow in its lowest range.
    middle = np.ldexp(note_hz(CC)[MIDDLE_C] * ratios[:, 2], octaves[:, 2])
    slow = slow_hz(CC)[controls[:, Control.OSC3_TUNING]]
    lowest = position(controls[:, Control.OSC3_RANGE]) == 0
    fixed = controls[:, Control.OSC3_CONTROL] >= SWITCH

    ratios[:, 1:] *= ratios[:, :1]  # oscillators 2 and 3 are tuned relative to oscillator 1
    cycles = np.ldexp(note_hz(CC)[numbers][:, np.newaxis] * ratios / sample_rate, octaves)
    cycles[fixed, 2] = np.where(lowest, slow, middle)[fixed] / sample_rate
    increments: Floats = cycles * 2.0**32
    return increments


def oscillator_parameters(
    controls: Controls, increments: Floats, tables: Wavetables
) -> npt.NDArray[np.uint32]:
    """Choose the wavetable of every oscillator.

    Parameters
    ----------
    controls : uint8 array [n, controls]
        CC values.
    increments : float64 array [n, OSCILLATORS]
        See `phase_increments`.
    tables : Wavetables
        The wavetables.

    Returns
    -------
    uint32 array [5, OSCILLATORS, n]
        Phase increment per sample in units of 2**-32 cycles, index of the first sample of the
        wavetable, bits of its length, waveform, level of the wavetable.
    """
    steps = np.rint(increments)
    fitting = 2.0**31 / np.maximum(steps, 1)
    levels = np.searchsorted(tables.harmonics, fitting, side="right") - 1
    waveforms = position(controls[:, WAVEFORM])
    offsets = tables.offsets[waveforms, levels]
    # A pitch above the sample rate reads the silent table; its increment may wrap.
    wrapped = (steps.astype(np.uint64) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    rows: list[npt.NDArray[Any]] = [wrapped, offsets, tables.bits[levels], waveforms, levels]
    return np.stack([row.T.astype(np.uint32) for row in rows])


def fade(samples: int, held: int, sample_rate: int) -> npt.NDArray[np.float32]:
    """Compute the gain that ends a note whose release is at 0: a linear fade of 5 ms.

    Its envelopes run on as if the key were held.

    Parameters
    ----------
    samples : int
        Samples to be rendered.
    held : int
        Samples from note-on to note-off.
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    float32 array [samples + CONTROL]
        The gain, one until note-off.
    """
    release = round(FADE_SECONDS * sample_rate)
    t = np.arange(samples + CONTROL)  # the last block may be longer than the recording
    return np.clip((held + release - t) / release, 0, 1).astype(np.float32)


def note_ends(
    controls: Controls, samples: int, held: int, sample_rate: int
) -> npt.NDArray[np.int64]:
    """Compute when each note is silent.

    Parameters
    ----------
    controls : uint8 array [n, controls]
        CC values.
    samples : int
        Samples to be rendered.
    held : int
        Samples from note-on to note-off.
    sample_rate : int
        Sample rate in Hz.

    Returns
    -------
    int64 array [n]
        Samples from note-on, at most `samples`.
    """
    released = RELEASE_TIMES * envelope_seconds(CC)
    released[0] = FADE_SECONDS
    ends = held + np.rint(released * sample_rate).astype(np.int64)
    blocks = -(-ends // CONTROL)
    return np.minimum(samples, blocks * CONTROL)[controls[:, Control.RELEASE]]


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
        Phases of the oscillators at note-on in units of 2**-32 cycles; by default zero. They also
        decide the noise, which is otherwise the same for every note.

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
    held = samples if held is None else min(held, samples)
    tables = wavetables()
    increments = phase_increments(controls, numbers, sample_rate)
    parameters = voice_parameters(controls, numbers, velocities, sample_rate)
    oscillators = oscillator_parameters(controls, increments, tables)
    ends = note_ends(controls, samples, held, sample_rate)
    gate = fade(samples, held, sample_rate)
    places = tables.samples, tables.harmonics, tables.offsets, tables.bits
    curves = (
        filter_coefficients(sample_rate),
        pitch_ratios(),
        pink_filter(sample_rate),
        noise_smoothing(sample_rate),
    )
    out = np.zeros((n, samples), dtype=np.float32)

    def work(first: int) -> None:
        part = slice(first, first + share)
        rows = (
            parameters[:, part],
            oscillators[:, :, part],
            increments.T[:, part],
            phases.T[:, part],
            ends[part],
        )
        # Contiguous in every case, since arrays that are not have a type of their own, for which
        # the kernel would be compiled once more.
        voices = (np.ascontiguousarray(array) for array in rows)
        _render(*voices, held, places, curves, gate, out[part])

    share = LANES * max(1, -(-n // (LANES * 4 * threads)))
    # Plain threads around a kernel without the GIL, not prange: numba's own pool belongs to the
    # whole process, does not survive a fork and doubles the time to compile.
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(0, n, share)))
    return out
