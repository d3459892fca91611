"""How good a match sounds by its error: what the words for a distance rest on.

No listener is asked. Zimtohrli models the ear, and its authors fitted listeners' mean opinion score
to its distance: 5 is imperceptibly different, 4 perceptible but not annoying, 3 slightly annoying,
2 annoying (ITU-T P.800). Its median is shown for pairs of sounds by their MSS, for

- `own`: patches of the built-in synth, and the same with its knobs turned a little;
- `match`: sounds of the development half of `config/wild.yaml`, and the patches that matches with
  few renders find for them.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from zimtohrli import mos_from_zimtohrli

import synthinv
from synthinv.audio.sound_file import fit
from synthinv.audio.types import Audio
from synthinv.benchmark.sounds import rendered
from synthinv.common.files import read_yaml
from synthinv.config.benchmark import SAMPLE_RATE, benchmark_sounds
from synthinv.config.load import load
from synthinv.instruments.parameters import CC_MAX
from synthinv.metrics.audio import mss
from synthinv.metrics.perceptual import zimtohrli

WILD = Path("config/wild.yaml")
EVERY, RENDERS, SECONDS, CANDIDATES = 3, 300, 2.0, 5
PATCHES, TURNS = 60, (0.5, 1.0, 2.0, 4.0)
AUDIBLE = 1e-3
EDGES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 100.0)

Pair = tuple[float, float]


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the mean opinion scores of every range of distances."""
    for name, pairs in {"own": list(_own()), "match": list(_matched())}.items():
        distances, scores = np.transpose(pairs)
        for least, most in pairwise(EDGES):
            those = scores[(distances > least) & (distances <= most)]
            if len(those):
                low, median, high = np.quantile(those, [0.25, 0.5, 0.75])
                shown = f"{median:.2f} ({low:.2f} to {high:.2f}), {len(those)} pairs"
                yield f"words-{name}", f"{least:g} to {most:g} dB", shown, "MOS"


def _own() -> Iterator[Pair]:
    instrument, rng = synthinv.load_instrument("minimoog"), np.random.default_rng(0)
    for _ in range(PATCHES):
        patch, key = instrument.sample(rng), int(rng.integers(36, 84))
        for turn in TURNS:
            turned = patch.astype(float)
            for i, parameter in enumerate(instrument.parameters):
                if parameter.continuous:
                    turned[i] += rng.normal(0, turn)
            nearby = np.clip(np.rint(turned), 0, CC_MAX).astype(np.uint8)
            notes = [
                synthinv.render(p, synth="minimoog", key=key, seconds=1.0, held=0.7)[0]
                for p in (patch, nearby)
            ]
            if min(np.abs(note).max() for note in notes) > AUDIBLE:
                yield _pair(*notes)


def _matched() -> Iterator[Pair]:
    benchmark = load(read_yaml(WILD, ""), str(WILD)).benchmark
    sounds = [sound for sound in benchmark_sounds(benchmark) if sound.split == "development"]
    for sound in sounds[::EVERY]:
        audio = rendered(sound, benchmark.sources, SECONDS, 0)
        for match in synthinv.match(audio, SAMPLE_RATE, renders=RENDERS, candidates=CANDIDATES):
            part = match.sound.audio[: len(match.played)]
            yield _pair(part, fit(match.played, len(part)))


def _pair(first: Audio, second: Audio) -> Pair:
    return mss(first, second, SAMPLE_RATE), mos_from_zimtohrli(
        zimtohrli(first, second, SAMPLE_RATE)
    )
