"""The instruments of the thesis keep every sample, whatever the voice learns to do beside."""

import hashlib

import numpy as np
import pytest

from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.engines.built_in.voice import OSCILLATORS, render_voices
from synthinv.instruments.model import load_instrument

NOTES = 203
# SHA-256 of random notes, from before the voice had noise, a release and modulation. They were
# found on x86-64 with AVX2; `test_whole_panel.py` compares the samples on any processor.
DIGESTS = {
    ("minimoog-1osc", None, 44_100, False): "5fb09e4050493809",
    ("minimoog-1osc", 3_001, 44_100, True): "1870bc74fe8a7136",
    ("minimoog-1osc", 0, 22_050, False): "03b252ddce8891b7",
    ("minimoog-3osc", None, 44_100, False): "dc57d521c67226f6",
    ("minimoog-3osc", 3_001, 44_100, True): "57144bcdc4b011fe",
    ("minimoog-3osc", 0, 22_050, False): "2e14c10d85ceeec7",
}


@pytest.mark.parametrize(("name", "held", "rate", "free"), DIGESTS)
def test_every_sample_is_what_it_was(name: str, held: int | None, rate: int, free: bool) -> None:
    instrument, rng = load_instrument(name), np.random.default_rng(19)
    patches = np.stack([instrument.sample(rng) for _ in range(NOTES)])
    extreme = rng.random(patches.shape) < 0.1
    patches = np.where(extreme, rng.choice([0, 127], patches.shape), patches)
    controls = BuiltIn(instrument, NoteConfig(), AudioConfig()).controls(patches)
    keys, velocities = rng.integers(0, 128, NOTES), rng.integers(1, 128, NOTES)
    phases = rng.integers(2**32, size=(NOTES, OSCILLATORS), dtype=np.uint32) if free else None
    audio = render_voices(controls, keys, velocities, 6_001, rate, held, 2, phases)
    digest = hashlib.sha256(audio.tobytes()).hexdigest()
    assert digest.startswith(DIGESTS[name, held, rate, free])
