"""Measurements of the built-in voice from its sound, and the theory that they are compared with.

Imported by the tests and by `synthinv/report/docs_pages/voice.py`, which writes a page of figures,
and by nothing else.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.signal import hilbert, lfilter, welch
from scipy.signal.windows import blackmanharris

from synthinv.audio.types import Audio
from synthinv.engines.built_in import laws, voice
from synthinv.engines.built_in.engine import DEFAULTS
from synthinv.engines.built_in.wavetables import WAVEFORMS, fourier_series, wavetables

Floats = npt.NDArray[np.float64]

RATE = 44_100
POSITIONS = (0, 26, 51, 77, 102, 127)
MIDDLE_C = float(laws.note_hz(np.array(60)))
LOWEST_C = MIDDLE_C / 8  # middle C at range LO
# Volume at which the saturation of the feedback does not matter.
SOFT = 8
MAIN_LOBE = 8  # bins to either side of a sinusoid that the Blackman-Harris window fills


# --- Playing ------------------------------------------------------------------------------------


def controls(**knobs: int) -> voice.Controls:
    """Return one row of controls: the given knobs, and the synth's defaults for the others."""
    row = DEFAULTS.copy()
    for name, value in knobs.items():
        row[voice.Control[name.upper()]] = value
    return row[np.newaxis]


def sound(
    rows: voice.Controls,
    samples: int,
    rate: int = RATE,
    number: int = 60,
    velocity: int = 127,
    held: int | None = None,
    threads: int = 1,
) -> Audio:
    """Render one note for every row of controls."""
    n = len(rows)
    numbers, velocities = np.full(n, number), np.full(n, velocity)
    return voice.render_voices(rows, numbers, velocities, samples, rate, held, threads)


# --- Reading a sound ----------------------------------------------------------------------------


def decibels(ratio: npt.ArrayLike) -> Floats:
    """Return ratios of amplitudes in dB."""
    return np.asarray(20 * np.log10(np.abs(ratio)))


def phasor(audio: npt.NDArray[np.floating], hz: float, rate: int = RATE) -> complex:
    """Return the complex amplitude of a sinusoid (Blackman-Harris window, side lobes at -92 dB)."""
    window = blackmanharris(len(audio), sym=False)
    turn = np.exp(-2j * np.pi * hz / rate * np.arange(len(audio)))
    return complex(2 * np.sum(window * turn * audio) / window.sum())


def cents_near(audio: npt.NDArray[np.floating], hz: float, rate: int = RATE) -> float:
    """Return the deviation in cents from `hz` of the sinusoid next to it, from its phase.

    Its phase relative to `hz` must change by less than half a turn in half of the recording.
    """
    half = len(audio) // 2
    turned = phasor(audio[half : 2 * half], hz, rate) / phasor(audio[:half], hz, rate)
    drift = np.angle(turned * np.exp(-2j * np.pi * hz / rate * half))
    return float(1200 * np.log2(1 + drift / (2 * np.pi) * rate / half / hz))


def cents_off(audio: npt.NDArray[np.floating], hz: float, rate: int = RATE) -> float:
    """Return the deviation in cents of the strongest sinusoid from `hz`.

    The spectral peak, refined by its phase.
    """
    bins = 2**19
    spectrum = np.abs(np.fft.rfft(audio * blackmanharris(len(audio), sym=False), bins))
    peak = float(np.argmax(spectrum)) * rate / bins
    return float(1200 * np.log2(peak / hz)) + cents_near(audio, peak, rate)


def alias_decibels(audio: Audio, pitch: float, below: float = 10_000, rate: int = RATE) -> float:
    """Return the loudest component below a frequency that is not a harmonic.

    In dB relative to the fundamental.
    """
    spectrum = np.abs(np.fft.rfft(audio * blackmanharris(len(audio), sym=False)))
    hz = np.arange(len(spectrum)) * rate / len(audio)
    lobe = MAIN_LOBE * rate / len(audio)
    harmonic = np.abs(hz - np.rint(hz / pitch) * pitch) < lobe
    fundamental = spectrum[np.abs(hz - pitch) < lobe].max()
    return float(decibels(spectrum[~harmonic & (hz < below)].max() / fundamental))


# --- Theory -------------------------------------------------------------------------------------


def analogue_ladder(ratio: npt.ArrayLike, feedback: float = 0.0) -> Floats:
    """Return the magnitude of the four-pole ladder 1 / ((1 + s / ωc)⁴ + k).

    Parameters
    ----------
    ratio : array
        Frequency divided by cutoff.
    feedback : float
        Feedback gain k, below 4.

    Returns
    -------
    float64 array, same shape
        Gains.
    """
    return np.asarray(np.abs(1 / ((1 + 1j * np.asarray(ratio)) ** 4 + feedback)))


def ladder(hz: npt.ArrayLike, cutoff: float, rate: int, feedback: float = 0.0) -> Floats:
    """Return the magnitude of the ladder after a bilinear transform that keeps the cutoff."""
    warped = np.tan(np.pi * np.asarray(hz) / rate) / np.tan(np.pi * cutoff / rate)
    return analogue_ladder(warped, feedback)


# --- Measurements -------------------------------------------------------------------------------


def harmonics(waveform: int, count: int = 20, rate: int = 96_000) -> tuple[Floats, Floats]:
    """Measure the harmonics of a waveform at middle C; return them and its Fourier series.

    The open filter's response is divided out.

    Parameters
    ----------
    waveform : int
        Position of the waveform knob.
    count : int
        Harmonics to measure.
    rate : int
        Sample rate in Hz.

    Returns
    -------
    measured, series : float64 arrays [count]
        Amplitudes, of a wave of amplitude ±1.
    """
    hz = MIDDLE_C * np.arange(1, count + 1)
    audio = sound(controls(osc1_waveform=POSITIONS[waveform]), 40_000, rate)[0, 4_000:]
    gain = voice.OUTPUT_GAIN / voice.OSCILLATORS * ladder(hz, 20_000, rate)
    measured = np.array([abs(phasor(audio, f, rate)) for f in hz]) / gain
    return measured, np.abs(fourier_series(WAVEFORMS[waveform], count)[1:])


def pitches(
    notes: Iterable[int] = range(128), tunings: Iterable[int] = (0, 64, 127), rate: int = RATE
) -> tuple[Floats, Floats]:
    """Measure the deviation from equal temperament of every note in every range.

    Parameters
    ----------
    notes : iterable of int
        MIDI note numbers.
    tunings : iterable of int
        CC values of the tuning knob.
    rate : int
        Sample rate in Hz.

    Returns
    -------
    hz, cents : float64 arrays [pitches below Nyquist]
        The expected pitches, ascending, and the deviations from them.
    """
    wanted = {}
    for number in notes:
        for octave, cc in enumerate(POSITIONS):
            for tuning in tunings:
                semitones = 12.0 * (octave - voice.NATURAL_RANGE)
                semitones += float(laws.tuning_semitones(np.array(tuning)))
                hz = 440 * 2 ** ((number - 69 + semitones) / 12)
                if hz < 0.499 * rate:
                    wanted[hz] = number, controls(osc1_range=cc, osc1_tuning=tuning)
    # Forty cycles; a filter at rest after the first thousand samples.
    off = [
        cents_near(
            sound(rows, 1_000 + max(8_000, int(40 * rate / hz)), rate, n)[0, 1_000:], hz, rate
        )
        for hz, (n, rows) in sorted(wanted.items())
    ]
    return np.array(sorted(wanted)), np.array(off)


def increment_cents(rate: int) -> float:
    """Return the largest rounding error of a phase increment in cents.

    Over all notes, ranges and tunings.
    """
    notes, ranges, tunings = np.meshgrid(np.arange(128), POSITIONS, np.arange(128))
    rows = np.repeat(controls(), notes.size, axis=0)
    rows[:, voice.RANGE[0]], rows[:, voice.TUNING[0]] = ranges.ravel(), tunings.ravel()
    increments = voice.phase_increments(rows, notes.ravel(), rate)
    steps = voice.oscillator_parameters(rows, increments, wavetables())[0, 0]
    octaves = laws.position(ranges.ravel()) - voice.NATURAL_RANGE
    semitones = 12 * octaves + laws.tuning_semitones(tunings.ravel())
    hz = 440 * 2 ** ((notes.ravel() - 69 + semitones) / 12)
    sounding = hz < rate / 2
    return float(np.abs(1200 * np.log2(steps * (rate / 2**32) / hz)[sounding]).max())


def aliases(
    pitches_hz: Iterable[float],
    resonance: int,
    cutoffs: Iterable[int] = (105, 110, 115, 118, 121, 124, 127),
    waveforms: Iterable[int] = (51, 77, 127),
) -> float:
    """Measure the loudest alias below 10 kHz of some pitches, over cutoffs and waveforms.

    Parameters
    ----------
    pitches_hz : iterable of float
        Pitches to be played, each by the nearest note at range 2'.
    resonance : int
        CC value below 121, from which on the filter self-oscillates.
    cutoffs, waveforms : iterable of int
        CC values.

    Returns
    -------
    float
        dB relative to the fundamental.
    """
    knobs = [(c, w) for c in cutoffs for w in waveforms]
    rows = np.concatenate(
        [
            controls(osc1_range=127, osc1_waveform=w, filter_cutoff=c, filter_resonance=resonance)
            for c, w in knobs
        ]
    )
    worst = []
    for hz in pitches_hz:
        number = round(69 + 12 * np.log2(hz / 4 / 440))
        pitch = 4 * float(laws.note_hz(np.array(number)))
        worst += [alias_decibels(a, pitch) for a in sound(rows, 20_000, number=number)[:, 4_000:]]
    return max(worst)


def filter_gains(hz: npt.ArrayLike, rate: int = RATE, **knobs: int) -> tuple[Floats, Floats]:
    """Measure the gain of the filter for a soft sound, from the harmonics of a sawtooth.

    Parameters
    ----------
    hz : array [n]
        Frequencies in Hz; the harmonics of a 32.7 Hz tone nearest to them are taken.
    rate : int
        Sample rate in Hz.
    **knobs : int
        CC values of the filter.

    Returns
    -------
    hz, gains : float64 arrays [n]
        The harmonics' frequencies, and the gains there.
    """
    numbers = np.unique(np.maximum(1, np.rint(np.asarray(hz) / LOWEST_C)))
    rows = controls(osc1_range=0, osc1_waveform=51, osc1_volume=SOFT, **knobs)
    audio = sound(rows, 2 * rate, rate)[0, rate:]
    level = voice.OUTPUT_GAIN * float(laws.level(np.array(SOFT))) / voice.OSCILLATORS
    sawtooth = level * 2 / np.pi / numbers
    measured = [abs(phasor(audio, n * LOWEST_C, rate)) for n in numbers]
    return numbers * LOWEST_C, np.array(measured) / sawtooth


def filter_slope(cutoff: int = 64, rate: int = 192_000) -> float:
    """Measure the slope of the filter between three and four octaves above its cutoff.

    Parameters
    ----------
    cutoff : int
        CC value.
    rate : int
        Sample rate in Hz.

    Returns
    -------
    float
        dB per octave.
    """
    hz = 8 * float(laws.cutoff_hz(np.array(cutoff)))
    number = round(69 + 12 * np.log2(hz / 4 / 440))
    rows = controls(osc1_range=127, filter_cutoff=cutoff)
    one, two = (
        abs(
            phasor(
                sound(rows, rate, rate, n)[0, rate // 4 :],
                4 * float(laws.note_hz(np.array(n))),
                rate,
            )
        )
        for n in (number, number + 12)
    )
    return float(decibels(two / one))


def self_oscillation(cutoff: int) -> float:
    """Measure the deviation of the self-oscillating filter from its cutoff frequency.

    Parameters
    ----------
    cutoff : int
        CC value; the cutoff must be above the 32.7 Hz of the oscillator that excites it.

    Returns
    -------
    float
        Cents.
    """
    knobs = {"osc1_volume": 4, "osc1_range": 0, "filter_resonance": 127}
    audio = sound(controls(filter_cutoff=cutoff, **knobs), 90_000)[0, 40_000:]
    return cents_off(audio, float(laws.cutoff_hz(np.array(cutoff))))


def amp_gain(samples: int, **knobs: int) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Measure the amplitude envelope.

    Parameters
    ----------
    samples : int
        Length to render.
    **knobs : int
        CC values of the envelope.

    Returns
    -------
    gain : float64 array
        The envelope where the sound is not near zero.
    at : int array
        The samples at which it was measured.
    """
    square = {"osc1_waveform": 77}
    shaped, held = (sound(controls(**square, **k), samples)[0] for k in (knobs, {}))
    loud = np.flatnonzero((np.abs(held) > 0.05) & (np.arange(samples) > 0.001 * RATE))
    return (shaped[loud] / held[loud]).astype(np.float64), loud


def filter_contour(samples: int, **knobs: int) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Measure the filter envelope, from the damping of a tone above the cutoff.

    Parameters
    ----------
    samples : int
        Length to render.
    **knobs : int
        CC values of the envelope.

    Returns
    -------
    contour : float64 array
        The envelope, 0 to 1.
    at : int array
        The samples at which it was measured.
    """
    number, base, depth = 84, 55, 64
    tone = float(laws.note_hz(np.array(number))) * 4
    rows = controls(osc1_range=127, filter_cutoff=base, filter_contour=depth, **knobs)
    audio = sound(rows, samples, number=number)[0]
    # The fundamental's amplitude in steps of some four periods.
    step = round(4 * RATE / tone)
    turned = audio * np.exp(-2j * np.pi * tone / RATE * np.arange(samples))
    window = blackmanharris(4 * step, sym=False)
    amplitude = 2 * np.abs(np.convolve(turned, window / window.sum(), mode="valid"))[::step]
    triangle = abs(fourier_series("triangle", 1)[1])
    gain = amplitude * voice.OSCILLATORS / voice.OUTPUT_GAIN / triangle
    octaves = np.linspace(-1, laws.CONTOUR_OCTAVES, 4_000)
    cutoff = float(laws.cutoff_hz(np.array(base)))
    gains = [float(ladder(tone, cutoff * 2**octave, RATE)) for octave in octaves]
    contour = np.interp(gain, gains, octaves) / float(laws.contour_octaves(np.array(depth)))
    return contour, np.arange(len(contour)) * step + 2 * step


def attack_seconds(values: Floats, at: npt.NDArray[np.intp]) -> float:
    """Return the time of a linear attack, from its slope between a tenth and nine tenths."""
    rising = np.arange(len(values)) < np.argmax(values > 0.9)
    chosen = rising & (values > 0.1)
    return float(1 / np.polyfit(at[chosen] / RATE, values[chosen], 1)[0])


def decay_seconds(values: Floats, at: npt.NDArray[np.intp]) -> float:
    """Return the time in which a decay to zero covers 99 %, from its slope on a log scale."""
    falling = np.arange(len(values)) > np.argmax(values)
    chosen = falling & (values < 0.9) & (values > 0.1)
    slope = np.polyfit(at[chosen] / RATE, np.log(values[chosen]), 1)[0]
    return float(np.log(voice.DECAY_LEFT) / slope)


def beat_hz(tuning: int, rate: int = 8_000, seconds: int = 16) -> tuple[float, float]:
    """Measure the beat rate of oscillators 1 and 2 at middle C; return it and the expected one.

    Parameters
    ----------
    tuning : int
        CC value of oscillator 2's tuning.
    rate : int
        Sample rate in Hz.
    seconds : int
        Length of the sound.

    Returns
    -------
    measured, expected : float
        Rates in Hz.
    """
    rows = controls(osc2_volume=127, osc2_tuning=tuning)
    audio = sound(rows, rate * seconds, rate)[0]
    # The power of two equal sinusoids goes up and down as the cosine of their phase difference.
    power = np.abs(hilbert(audio))[rate // 8 : -rate // 8] ** 2
    semitones = float(laws.tuning_semitones(np.array(tuning)))
    expected = MIDDLE_C * (2 ** (semitones / 12) - 1)
    return expected * 2 ** (cents_off(power - power.mean(), expected, rate) / 1200), expected


def noise_spectrum(colour: int, rate: int = RATE, seconds: int = 20) -> tuple[Floats, Floats]:
    """Measure the spectrum of the noise in thirds of an octave.

    Parameters
    ----------
    colour : int
        CC value of the noise's colour.
    rate : int
        Sample rate in Hz.
    seconds : int
        Length of the sound.

    Returns
    -------
    hz : float64 array [bands]
        Centres of the bands, from 30 Hz to 0.4 of the sample rate.
    density : float64 array [bands]
        Power per Hz in dB relative to that of the band at 1 kHz, the open filter's damping undone.
    """
    rows = controls(osc1_volume=0, noise_volume=127, noise_colour=colour)
    audio = sound(rows, rate * seconds, rate)
    hz, power = welch(audio[0].astype(np.float64), rate, nperseg=2**14)
    open_hz = min(float(laws.cutoff_hz(np.array(127))), voice.HIGHEST_CUTOFF * rate)
    power /= ladder(hz, open_hz, rate) ** 2
    centres = 1_000 * 2.0 ** (np.arange(-15, np.log2(0.4 * rate / 1_000) * 3) / 3)
    density = np.array(
        [power[(hz > c / 2 ** (1 / 6)) & (hz <= c * 2 ** (1 / 6))].mean() for c in centres]
    )
    return centres, 10 * np.log10(density / density[15])


def loudness(rate: int = 48_000, **knobs: int) -> float:
    """Measure how loud a sound is, by the weighting of ITU-R BS.1770 without its gate.

    Parameters
    ----------
    rate : int
        Sample rate in Hz; the weighting's coefficients are those for 48 kHz.
    **knobs : int
        CC values.

    Returns
    -------
    float
        dB relative to a full-scale square wave.
    """
    audio = sound(controls(**knobs), 5 * rate, rate)[0].astype(np.float64)
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285]
    audio = lfilter(shelf, [1, -1.69065929318241, 0.73248077421585], audio)
    audio = lfilter([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], audio)
    return float(10 * np.log10(np.mean(audio[rate // 2 :] ** 2)))


def pitch_curve(
    samples: int, number: int = 84, held: int | None = None, **knobs: int
) -> tuple[Floats, Floats]:
    """Measure the pitch of oscillator 1's triangle, from each of its rising zero crossings.

    Parameters
    ----------
    samples : int
        Length to render.
    number : int
        MIDI note.
    held : int, optional
        Samples to note-off.
    **knobs : int
        CC values.

    Returns
    -------
    seconds : float64 array
        The middle of each period.
    cents : float64 array
        Its pitch relative to the note's.
    """
    audio = sound(controls(**knobs), samples, number=number, held=held)[0].astype(np.float64)
    before = np.flatnonzero((audio[:-1] < 0) & (audio[1:] >= 0))
    crossings = (before + audio[before] / (audio[before] - audio[before + 1])) / RATE
    cents = -1200 * np.log2(np.diff(crossings) * float(laws.note_hz(np.array(number))))
    return (crossings[:-1] + crossings[1:]) / 2, cents


def vibrato_cents(cc: int) -> float:
    """Measure how far a slow triangle of oscillator 3 moves the pitch to either side.

    Parameters
    ----------
    cc : int
        CC value of the pitch modulation.

    Returns
    -------
    float
        Cents.
    """
    slow = {"osc3_control": 127, "osc3_range": 0, "osc3_tuning": 50}
    _, cents = pitch_curve(2 * RATE, pitch_modulation=cc, **slow)
    return float(np.ptp(cents) / 2)


def slow_hz(tuning: int, number: int = 60, rate: int = 8_000) -> float:
    """Measure the frequency of the fixed oscillator 3 in its lowest range, from its own sound.

    Parameters
    ----------
    tuning : int
        CC value.
    number : int
        MIDI note, which must not matter.
    rate : int
        Sample rate in Hz.

    Returns
    -------
    float
        Hz.
    """
    knobs = {"osc1_volume": 0, "osc3_volume": 127, "osc3_control": 127, "osc3_range": 0}
    audio = sound(controls(osc3_tuning=tuning, **knobs), 24 * rate, rate, number)[0]
    before = np.flatnonzero((audio[1:-1] < 0) & (audio[2:] >= 0)) + 1
    crossings = before + audio[before] / (audio[before] - audio[before + 1])
    return float(rate / np.diff(crossings).mean())


def contour_pitch_cents(cc: int) -> float:
    """Measure how far the filter envelope, held at its peak, raises the pitch, in cents."""
    audio = sound(controls(contour_to_pitch=cc, filter_sustain=127), RATE)[0, 4_000:]
    raised = float(laws.contour_pitch_octaves(np.array(cc)))
    return 1200 * raised + cents_off(audio, MIDDLE_C * 2**raised)


def tracking_ratio(cc: int, numbers: tuple[int, int] = (48, 72)) -> float:
    """Measure how many octaves the cutoff moves per octave of the keyboard.

    From the tone of the self-oscillating filter at two keys.

    Parameters
    ----------
    cc : int
        CC value of the tracking.
    numbers : (int, int)
        MIDI notes.

    Returns
    -------
    float
        Octaves per octave.
    """
    # The faint tone that excites the filter stays far below it.
    knobs = {"osc1_volume": 4, "osc1_range": 0, "filter_resonance": 127, "filter_cutoff": 90}
    hz = []
    for number in numbers:
        follows = float(laws.tracking(np.array(cc))) * (number - 60) / 12
        expected = float(laws.cutoff_hz(np.array(90))) * 2**follows
        audio = sound(controls(filter_tracking=cc, **knobs), 90_000, number=number)[0, 40_000:]
        hz.append(expected * 2 ** (cents_off(audio, expected) / 1200))
    return float(np.log2(hz[1] / hz[0]) * 12 / (numbers[1] - numbers[0]))


def release_gain(samples: int, held: int, **knobs: int) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Measure the amplitude from note-off on, relative to the same note held.

    Parameters
    ----------
    samples : int
        Length to render after note-off.
    held : int
        Samples to note-off.
    **knobs : int
        CC values.

    Returns
    -------
    gain : float64 array
        The gain where the sound is not near zero.
    at : int array
        The samples after note-off at which it was measured.
    """
    rows = controls(osc1_waveform=77, **knobs)
    released, flat = (sound(rows, held + samples, held=h)[0, held:] for h in (held, None))
    loud = np.flatnonzero(np.abs(flat) > 0.05)
    return (released[loud] / flat[loud]).astype(np.float64), loud


def extreme_controls(count: int, seed: int = 0) -> voice.Controls:
    """Draw controls from the ends, the middle and anywhere, in equal parts."""
    rng = np.random.default_rng(seed)
    anywhere = rng.integers(0, 128, (count, len(voice.Control)))
    ends = rng.choice([0, 127], anywhere.shape)
    edges = rng.choice([0, 1, 63, 64, 126, 127], anywhere.shape)
    drawn = np.choose(rng.integers(3, size=(count, 1)), [anywhere, ends, edges])
    return drawn.astype(np.uint8)
