"""What a solver predicts for a sound of the benchmark."""

import numpy as np
import pytest

from synthinv.audio.sound_file import Sound
from synthinv.benchmark.match import predicted
from synthinv.benchmark.notes import Note, Target
from synthinv.benchmark.search import at_each_note
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import PlayingConfig
from synthinv.instruments.load import load_instrument
from tests.matching.near import Near, solver_with

RATE = 44_100


@pytest.mark.parametrize("seconds", [0.5, 5.0])
def test_of_a_sound_of_any_length_a_solver_is_given_what_it_takes_in(seconds: float) -> None:
    instrument = load_instrument("minimoog")
    true = instrument.sample(np.random.default_rng(1))
    playing, samples = PlayingConfig(engine=BuiltInConfig()), round(seconds * RATE)
    network = Near(instrument, true)
    solver = solver_with(network, instrument, playing)
    audio = np.random.default_rng(0).normal(0, 0.1, samples).astype(np.float32)
    target = Target("noise", Sound(audio, RATE), Note(50, 100, 0.3, samples))
    notes = at_each_note([target], playing, instrument, 1, np.random.SeedSequence(0))
    ((found, _),) = ((predicted(target, player, solver), places) for player, places in notes)
    (note,) = network.notes
    assert note.audio.shape[1] == round(min(seconds, 4) * RATE)
    np.testing.assert_allclose(found.patch, true, atol=1)
    assert len(found.note) == samples
