"""Measure the built-in voice; write docs/voice.md and its figures (`make voice-figures`)."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthinv.common.files import write_text
from synthinv.engines.built_in import laws, voice
from synthinv.engines.built_in.wavetables import WAVEFORMS
from synthinv.pages.html import fill_markdown
from synthinv.report.docs_pages import voice_measurements as measuring
from synthinv.report.docs_pages.voice_measurements import RATE, decibels
from synthinv.report.figures.style import MEAN, TRUTH, save

Measured = dict[str, Any]

RATES = (8_000, 44_100, 192_000)
RESONANCES = (0, 40, 80, 110)
# Pitches that note 60 reaches with range and tuning, and higher ones.
PITCHES = {
    "0.2 to 0.6 kHz": (262, 392, 523),
    "1 to 2.3 kHz": (1_050, 1_480, 2_090),
    "4 to 7 kHz": (4_190, 5_590, 6_640),
    "7 to 10 kHz": (7_460, 8_370, 9_390),
}
CUTOFFS, FEEDBACKS = (50, 70, 90, 110), (0, 60, 100, 115)
SLOPE_CUTOFF = 64
LIMITS_HZ = (1_000, 5_000, 10_000)
QUIETEST_DB = -60
TIMES = (20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 127)
SHORTEST_CONTOUR = 60  # CC value: the filter itself blurs faster contours
BEATS = (65, 66, 70, 80, 100)
COLOURS = {"white": 0, "pink": 64}
TRACKINGS = (0, 32, 64, 96)
DEPTHS = (1, 32, 64, 96, 127)
CONTOURS = (16, 64, 127)
SLOW = (0, 64, 127)
RELEASES = (40, 70, 90, 110)


def main(folder: Path) -> None:
    """Write `voice.md` and `voice/*.svg` into a folder."""
    write_text(folder / "voice.md", page(measure(folder / "voice")))


def measure(folder: Path) -> Measured:
    """Measure everything, and write the figures into a folder."""
    numbers: Measured = {}
    for name, section in SECTIONS.items():
        figure, numbers[name] = section()
        save(figure, folder / f"{name}.svg")
    return {**numbers, "tracking": tracking(), "extremes": extremes()}


def page(numbers: Measured) -> str:
    """Fill the page with the measured numbers."""
    return fill_markdown("voice.md.j2", numbers)


def harmonics() -> tuple[Figure, Measured]:
    """Compare the harmonics of the six waveforms with their Fourier series."""
    figure, panels = plt.subplots(2, 3, figsize=(9, 4.5), sharex=True, sharey=True)
    rows = []
    for index, (panel, name) in enumerate(zip(panels.flat, WAVEFORMS, strict=True)):
        measured, series = measuring.harmonics(index)
        present = series > 1e-6
        k = np.arange(1, len(series) + 1)[present]
        panel.vlines(k, -60, decibels(series[present]), color=MEAN, linewidth=1)
        panel.plot(k, decibels(measured[present]), ".", color=TRUTH)
        panel.set(title=name, ylim=(-60, 5))
        worst = np.abs(decibels(measured[present] / series[present])).max()
        absent = decibels(measured[~present].max()) if np.any(~present) else None
        rows.append({"name": name, "worst": worst, "absent": absent})
    _label(panels[1, 1], "harmonic", None)
    _label(panels[0, 0], None, "dB of ±1")
    return figure, {"rows": rows}


def aliases() -> tuple[Figure, Measured]:
    """Measure the spectrum of a high note, and the loudest alias against resonance."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
    rows = measuring.controls(osc1_range=127, osc1_waveform=51)
    audio = measuring.sound(rows, 12_000, number=93)[0, 4_000:]
    spectrum = np.abs(np.fft.rfft(audio * np.blackman(len(audio))))
    hz = np.arange(len(spectrum)) * RATE / len(audio)
    # The louder of two neighbouring bins: half the points, and no peak is lost.
    louder = spectrum[: len(spectrum) // 2 * 2].reshape(-1, 2).max(axis=1)
    left.plot(
        hz[: 2 * len(louder) : 2] / 1000,
        decibels(louder / louder.max() + 1e-7),
        color=TRUTH,
        linewidth=0.6,
    )
    _label(left, "kHz", "dB of the fundamental")
    levels = {
        name: [measuring.aliases(pitches, resonance) for resonance in RESONANCES]
        for name, pitches in PITCHES.items()
    }
    for name, values in levels.items():
        right.plot(RESONANCES, values, "o-", label=name)
    right.axhline(-60, color=MEAN, linestyle=":")
    right.legend(title="pitch", fontsize=7)
    _label(right, "resonance (CC)", "loudest alias in dB")
    return figure, {"resonances": RESONANCES, "levels": levels}


def pitch() -> tuple[Figure, Measured]:
    """Measure the deviation of every pitch that the synth can play at three tunings."""
    hz, cents = measuring.pitches()
    figure, panel = plt.subplots(figsize=(9, 2.6))
    shown = slice(None, None, 4)
    panel.semilogx(hz[shown], cents[shown], ".", color=TRUTH, markersize=2)
    panel.set_ylim(-0.1, 0.1)
    _label(panel, "pitch in Hz", "cents")
    audible = hz >= 20
    numbers = {"worst": np.abs(cents).max(), "worst_audible": np.abs(cents[audible]).max()}
    numbers["increments"] = {rate: measuring.increment_cents(rate) for rate in RATES}
    return figure, {**numbers, "count": len(hz), "lowest": hz[0], "highest": hz[-1]}


def ladder() -> tuple[Figure, Measured]:
    """Compare the response of the filter with the analogue ladder's, and measure its slope."""
    figure, panels = plt.subplots(1, 4, figsize=(11, 3), sharey=True)
    digital, analogue = [], {limit: [0.0] for limit in LIMITS_HZ}
    curve = np.geomspace(30, 20_000, 200)
    for panel, resonance in zip(panels, FEEDBACKS, strict=True):
        k = float(laws.feedback(np.array(resonance)))
        for cc in CUTOFFS:
            cutoff = float(laws.cutoff_hz(np.array(cc)))
            wanted = np.append(np.geomspace(33, 20_000, 40), cutoff)
            knobs = {"filter_cutoff": cc, "filter_resonance": resonance}
            hz, gains = measuring.filter_gains(wanted, **knobs)
            hz, gains = (a[decibels(gains) > QUIETEST_DB] for a in (hz, gains))
            panel.semilogx(
                curve, decibels(measuring.analogue_ladder(curve / cutoff, k)), color=MEAN, lw=0.8
            )
            panel.semilogx(hz, decibels(gains), ".", color=TRUTH, markersize=3)
            theory = measuring.ladder(hz, cutoff, RATE, k)
            digital.append(np.abs(decibels(gains / theory)).max())
            warped = np.abs(decibels(gains / measuring.analogue_ladder(hz / cutoff, k)))
            for limit in LIMITS_HZ:
                analogue[limit].append(warped[hz <= limit].max())
        panel.set(title=f"resonance {resonance} (k = {k:.2f})", ylim=(QUIETEST_DB, 30))
        _label(panel, "Hz", "gain in dB" if panel is panels[0] else None)
    worst = {limit: max(values) for limit, values in analogue.items()}
    slope_hz = float(laws.cutoff_hz(np.array(SLOPE_CUTOFF)))
    numbers = {"digital": max(digital), "analogue": worst, "slope_hz": slope_hz}
    return figure, {**numbers, "slope": measuring.filter_slope(SLOPE_CUTOFF)}


def self_oscillation() -> tuple[Figure, Measured]:
    """Compare the pitch of the self-oscillating filter with its cutoff."""
    ccs = np.arange(30, 126, 5)
    cents = np.array([measuring.self_oscillation(int(cc)) for cc in ccs])
    figure, panel = plt.subplots(figsize=(9, 2.6))
    panel.plot(ccs, cents, "o-", color=TRUTH)
    _label(panel, "cutoff (CC)", "cents")
    hz = laws.cutoff_hz(ccs)
    low = hz < 200
    worst = {"low": np.abs(cents[low]).max(), "high": np.abs(cents[~low]).max()}
    return figure, {**worst, "from_hz": hz[0], "to_hz": hz[-1]}


def envelopes() -> tuple[Figure, Measured]:
    """Compare the times of both envelopes with their knobs."""
    figure, panel = plt.subplots(figsize=(9, 3))
    worst = {}
    for name, read, shortest_cc in (
        ("amplifier", measuring.amp_gain, 0),
        ("filter", measuring.filter_contour, SHORTEST_CONTOUR),
    ):
        prefix = "amp" if name == "amplifier" else "filter"
        ccs = [cc for cc in TIMES if cc >= shortest_cc]
        for phase, seconds_of in (
            ("attack", measuring.attack_seconds),
            ("decay", measuring.decay_seconds),
        ):
            errors = []
            for cc in ccs:
                seconds = float(laws.envelope_seconds(np.array(cc)))
                knobs = {f"{prefix}_{phase}": cc}
                if phase == "decay":
                    knobs[f"{prefix}_sustain"] = 0
                values = read(int(1.1 * seconds * RATE) + 3_000, **knobs)
                errors.append(100 * (seconds_of(*values) / seconds - 1))
            panel.plot(ccs, errors, "o-", label=f"{name}, {phase}", markersize=4)
            worst[f"{name}_{phase}"] = np.abs(errors).max()
    panel.set_ylim(-1, 1)
    panel.legend(fontsize=7)
    _label(panel, "time (CC)", "error in %")
    shortest = laws.envelope_seconds(np.array([TIMES[0], SHORTEST_CONTOUR]))
    samples = laws.envelope_seconds(laws.CC) * RATE
    rounding = 100 * np.abs(np.rint(samples) / samples - 1).max()
    return figure, {**worst, "shortest": list(1000 * shortest), "rounding": rounding}


def beats() -> tuple[Figure, Measured]:
    """Compare the beat rates of two detuned oscillators with the expected ones."""
    rows = []
    for cc in BEATS:
        measured, expected = measuring.beat_hz(cc)
        rows.append({"cc": cc, "measured": measured, "expected": expected})
    audio = measuring.sound(measuring.controls(osc2_volume=127, osc2_tuning=66), 8_000, 8_000)[0]
    figure, panel = plt.subplots(figsize=(9, 2.4))
    seconds = np.arange(len(audio)) / 8_000
    panel.plot(seconds[::4], audio[::4], color=TRUTH, linewidth=0.5)
    _label(panel, "seconds", "level")
    return figure, {"rows": rows}


def noise() -> tuple[Figure, Measured]:
    """Measure the spectra of both kinds of noise, and how loud they are beside an oscillator."""
    figure, panel = plt.subplots(figsize=(9, 3))
    rows = []
    for (name, colour), line in zip(COLOURS.items(), (MEAN, TRUTH), strict=True):
        hz, density = measuring.noise_spectrum(colour)
        panel.semilogx(hz, density, "o-", color=line, markersize=3, label=name)
        heard = (hz >= 50) & (hz <= 16_000)
        octaves = np.log2(hz[heard] / 1_000)
        slope, offset = np.polyfit(octaves, density[heard], 1)
        ripple = np.abs(density[heard] - slope * octaves - offset).max()
        knobs = {"osc1_volume": 0, "noise_volume": 127, "noise_colour": colour}
        audio = measuring.sound(measuring.controls(**knobs), 20 * RATE)[0].astype(float)
        mean = audio.mean() / audio.std()
        rows.append({"name": name, "slope": slope, "ripple": ripple, "mean": mean})
    panel.legend(fontsize=7)
    _label(panel, "Hz", "dB")
    triangle = measuring.loudness()
    louder = {
        name: measuring.loudness(osc1_volume=0, noise_volume=127, noise_colour=colour) - triangle
        for name, colour in COLOURS.items()
    }
    for name, cc in (("a sawtooth", 51), ("a square", 77)):
        louder[name] = measuring.loudness(osc1_waveform=cc) - triangle
    return figure, {"rows": rows, "loudness": louder}


def modulation() -> tuple[Figure, Measured]:
    """Measure the pitch as oscillator 3 and the contour move it."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
    slow = {"osc3_control": 127, "osc3_range": 0, "osc3_tuning": 80}
    seconds, cents = measuring.pitch_curve(RATE, pitch_modulation=DEPTHS[2], **slow)
    left.plot(seconds[::4], cents[::4], color=TRUTH, linewidth=0.8)
    knobs = {"filter_attack": 70, "filter_decay": 90, "filter_sustain": 64, "release": 90}
    seconds, cents = measuring.pitch_curve(2 * RATE, held=RATE, contour_to_pitch=64, **knobs)
    right.plot(seconds[::8], cents[::8], color=TRUTH, linewidth=0.8)
    for panel in (left, right):
        _label(panel, "seconds", "cents" if panel is left else None)
    vibrato = 1200 * laws.pitch_modulation_octaves(np.array(DEPTHS))
    contour = 1200 * laws.contour_pitch_octaves(np.array(CONTOURS))
    slow_hz = laws.slow_hz(np.array(SLOW))
    return figure, {
        "vibrato": _beside(DEPTHS, vibrato, measuring.vibrato_cents),
        "contour": _beside(CONTOURS, contour, measuring.contour_pitch_cents),
        "slow": _beside(SLOW, slow_hz, measuring.slow_hz),
        "attack_ms": 1000 * float(laws.envelope_seconds(np.array(knobs["filter_attack"]))),
    }


def release() -> tuple[Figure, Measured]:
    """Compare the times of the release with its knob."""
    figure, panel = plt.subplots(figsize=(9, 3))
    rows = []
    for cc in (0, *RELEASES):
        expected = float(laws.envelope_seconds(np.array(cc)))
        gain, at = measuring.release_gain(int(1.2 * expected * RATE) + 2_000, 9_001, release=cc)
        if cc > 0:
            measured = measuring.decay_seconds(gain, at)
            rows.append({"cc": cc, "expected": expected, "measured": measured})
        shown = (gain > 1e-3) & (np.arange(len(gain)) % max(1, len(gain) // 400) == 0)
        panel.semilogx(at[shown] / RATE, decibels(gain[shown]), label=f"CC {cc}")
    panel.legend(fontsize=7)
    _label(panel, "seconds after note-off", "dB")
    return figure, {"rows": rows}


def tracking() -> Measured:
    """Measure how far the cutoff follows the keyboard."""
    return {"rows": [{"cc": cc, "measured": measuring.tracking_ratio(cc)} for cc in TRACKINGS]}


def extremes(count: int = 2_048) -> Measured:
    """Measure the peak over extreme settings of all knobs, notes and sample rates."""
    peaks = {}
    numbers = np.arange(count) % 128
    for rate in RATES:
        rows = measuring.extreme_controls(count, seed=rate)
        audio = voice.render_voices(rows, numbers, np.full(count, 127), 8_000, rate)
        if not np.isfinite(audio).all():
            raise ArithmeticError(f"the voice is unstable at {rate} Hz")
        peaks[rate] = float(np.abs(audio).max())
    return {"count": count, "peaks": peaks}


def _beside(
    ccs: Sequence[int], expected: npt.NDArray[np.float64], measure: Callable[[int], float]
) -> list[Measured]:
    """List, for each CC value, what is expected and what is measured."""
    return [
        {"cc": cc, "expected": float(value), "measured": measure(cc)}
        for cc, value in zip(ccs, expected, strict=True)
    ]


def _label(panel: Axes, x: str | None, y: str | None) -> None:
    panel.set(xlabel=x or "", ylabel=y or "")


SECTIONS = {
    "harmonics": harmonics,
    "aliases": aliases,
    "pitch": pitch,
    "ladder": ladder,
    "self_oscillation": self_oscillation,
    "envelopes": envelopes,
    "beats": beats,
    "noise": noise,
    "modulation": modulation,
    "release": release,
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
