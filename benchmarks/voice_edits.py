"""The built-in voice with properties taken away, for `voice_steps.py`.

There is no second copy of the voice: an edit replaces some text of its source, and is refused once
that text is gone.
"""

import importlib.util
import re
from collections.abc import Set
from pathlib import Path
from types import ModuleType

import numpy as np

from synthinv.config.sections.playing import AudioConfig
from synthinv.engines.built_in import laws, voice

RATE = AudioConfig().sample_rate
OMEGA = np.pi * laws.LOWEST_CUTOFF_HZ / RATE
HIGHEST_OCTAVE = np.log2(voice.HIGHEST_CUTOFF * RATE / laws.LOWEST_CUTOFF_HZ)

GLIDE = """
            g = w[COEFFICIENT, v] + w[SLOPE, v]
            w[COEFFICIENT, v] = g
"""
OCTAVES = """
            octaves = w[P_CUTOFF, v] + w[P_CONTOUR, v] * w[FILTER_ENVELOPE + i, v]"""
NOT_TUNED = ("            _tune_filter(w, FILTER_ENVELOPE + CONTROL - 1, coefficients)\n", "")

# Text of the source and what takes its place.
EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    "1 lane": (("LANES = 16\n", "LANES = 1\n"),),
    "8 lanes": (("LANES = 16\n", "LANES = 8\n"),),
    "32 lanes": (("LANES = 16\n", "LANES = 32\n"),),
    "control period 1": (("CONTROL = 16 ", "CONTROL = 1 "),),
    "control period 8": (("CONTROL = 16 ", "CONTROL = 8 "),),
    "control period 32": (("CONTROL = 16 ", "CONTROL = 32 "),),
    "not fused": (('"fastmath": {"contract"}', '"fastmath": False'),),
    "all of fastmath": (('"fastmath": {"contract"}', '"fastmath": True'),),
    "silent oscillators run": (("        if gain == ZERO:\n            continue\n", ""),),
    "no oscillators": (("for o in range(OSCILLATORS):", "for o in range(0):"),),
    "no envelopes": (
        ("            _envelope(w, P_FILTER_ENVELOPE, FILTER_ABOVE, FILTER_ENVELOPE, start)\n", ""),
        ("            _envelope(w, P_AMP_ENVELOPE, AMP_ABOVE, AMP_ENVELOPE, start)\n", ""),
    ),
    "no ladder": (("            _ladder(w)\n", ""),),
    "no amplifier": (
        (
            "            if start + CONTROL > held:\n"
            "                _amplify_after_note_off(w, start, gate)\n"
            "            else:\n                _amplify(w)\n"
            "            _write(w, start, out[first:last])\n",
            "",
        ),
    ),
    "exact tanh": (
        (
            "    return x * (TWENTY_SEVEN + x * x) / (TWENTY_SEVEN + NINE * x * x)\n",
            "    return np.tanh(x)\n",
        ),
        ("    x = min(max(x, -THREE), THREE)\n", ""),
    ),
    "wrapping phases": (
        (
            "        shift = np.uint32(32) - b\n",
            "        size = 2.0 ** np.float64(b)\n"
            "        p, dp = np.float64(p) * 2.0**-32, np.float64(dp) * 2.0**-32\n",
        ),
        (
            "            index = start + (p >> shift)\n",
            "            place = p * size\n            index = start + np.uint32(place)\n",
        ),
        (
            "np.float32(np.int32(np.uint32(p << b) >> np.uint32(8))) * FRACTION\n",
            "np.float32(place - np.floor(place))\n",
        ),
        (
            "            p = np.uint32(p + dp)\n        phase[v] = p\n",
            "            p += dp\n"
            "            if p >= 1.0:\n"
            "                p -= 1.0\n"
            "        phase[v] = np.uint32(p * 2.0**32)\n",
        ),
    ),
    "branches": (
        (
            """
            q = ONE - sustain if rising else q
            w[above, v] = q
            w[buffer + i, v] = t * w[parameters + RISE, v] if rising else sustain + q
""",
            """
            if rising:
                w[above, v] = ONE - sustain
                w[buffer + i, v] = t * w[parameters + RISE, v]
            else:
                w[above, v] = q
                w[buffer + i, v] = sustain + q
""",
        ),
        (
            "            x -= k * _saturate((g4 * x + held) / (ONE + k * g4))\n",
            "            if k > ZERO:\n"
            "                x -= k * _saturate((g4 * x + held) / (ONE + k * g4))\n",
        ),
    ),
    "cutoff looked up at every sample": (
        ("def _ladder(w):", "def _ladder(w, coefficients):"),
        ("            _ladder(w)\n", "            _ladder(w, coefficients)\n"),
        (
            GLIDE,
            f"""{OCTAVES}
            highest = np.float32(len(coefficients) - 2)
            place = min(octaves * np.float32(STEPS_PER_OCTAVE), highest)
            index = np.uint32(np.int32(place))
            a, b = coefficients[index], coefficients[index + np.uint32(1)]
            g = a + (place - np.float32(np.int32(place))) * (b - a)
""",
        ),
        NOT_TUNED,
    ),
    "cutoff computed at every sample": (
        (
            GLIDE,
            f"""{OCTAVES}
            octaves = min(octaves, np.float32({HIGHEST_OCTAVE}))
            g = np.tan(np.float32({OMEGA}) * np.exp2(octaves))
            g = g / (ONE + g)
""",
        ),
        NOT_TUNED,
    ),
}
# The same with regular expressions, for edits of the whole kernel; they come after the others.
REWRITES: dict[str, tuple[tuple[str, str], ...]] = {
    "double precision": ((r"np\.float32", "np.float64"),),
    "voice by voice in memory": (
        (r"\bw\[([^],]+), v\]", r"w[v, \1]"),
        (r"np\.empty\(\(ROWS, LANES\)", "np.empty((LANES, ROWS)"),
        (r"\bw\[:PARAMETERS\] = (.*)", r"w[:, :PARAMETERS] = \1.T"),
        (r"\bw\[PARAMETERS:\]", "w[:, PARAMETERS:]"),
        (r"\bw\[(SOUND:FILTER_ENVELOPE|RATIO : .*?|P_WHITE : .*?|P_MOVES : .*?)\]", r"w[:, \1]"),
        (r"\bw\[P_MODULATED\]", "w[:, P_MODULATED]"),
    ),
}


def edited_source(edits: Set[str]) -> str:
    """Apply edits to the voice's source.

    Parameters
    ----------
    edits : set of str
        Keys of `EDITS` and `REWRITES`.

    Returns
    -------
    str
        The source.

    Raises
    ------
    ValueError
        If the source no longer has the text that an edit replaces.
    """
    text = Path(voice.__file__).read_text(encoding="utf-8")
    parts = re.split(r"(?m)^(?=# --- )", text)
    if len(parts) != 3:
        raise ValueError("voice.py no longer has its kernel between two headings")
    patterns = [
        (name, re.escape(old), new.replace("\\", r"\\"))
        for name in EDITS
        for old, new in EDITS[name]
    ] + [(name, old, new) for name in REWRITES for old, new in REWRITES[name]]
    for name, old, new in patterns:
        if name in edits:
            parts[1], found = re.subn(old, new, parts[1])
            if not found:
                raise ValueError(f"{name}: voice.py no longer has {old}")
    return "".join(parts)


def edited_voice(edits: Set[str], folder: Path) -> ModuleType:
    """Import the voice with edits.

    Parameters
    ----------
    edits : set of str
        Keys of `EDITS` and `REWRITES`.
    folder : Path
        Where its source and its compiled kernel are kept; must be new.

    Returns
    -------
    module
        The voice; its kernel is compiled when it first renders.
    """
    folder.mkdir()
    file = folder / "edited_voice.py"
    file.write_text(edited_source(edits), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("edited_voice", file)
    if spec is None or spec.loader is None:
        raise ValueError(f"{file} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
