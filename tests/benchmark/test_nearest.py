import numpy as np
import pytest

from synthinv.audio.sound_file import Sound
from synthinv.benchmark.nearest import nearest
from synthinv.benchmark.notes import Note, Target, playing_at
from synthinv.benchmark.search import Playing, Recorder
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.engines.opening import open_engine
from synthinv.instruments.model import load_instrument

RATE = 44_100
NOTE = Note(57, 100, 0.1, RATE // 5)


def test_the_nearest_of_patches_that_are_played_once_for_all_sounds() -> None:
    instrument = load_instrument("minimoog-1osc")
    patches = np.stack([instrument.sample(np.random.default_rng(i)) for i in range(30)])
    playing = playing_at(PlayingConfig(), NOTE)
    with open_engine(playing, instrument, 1, np.random.SeedSequence(0)) as engine:
        recorder = Recorder(engine)
        own = [Target(str(i), Sound(engine.render(patches[[i]])[0], RATE), NOTE) for i in (3, 20)]
        player = Playing(recorder, instrument, SilenceConfig(), 1)
        progress: list[tuple[int, int]] = []
        found = nearest(patches, own, player, (10, 0), lambda *done: progress.append(done))
    assert len(recorder.patches) == 30 + 2 * 2
    assert progress[-1] == (30, 30)
    # The first is among the first ten, the second is not.
    assert [one.renders for one in found[0]] == [10, 30]
    assert np.array_equal(found[0][0].patch, patches[3])
    assert np.array_equal(found[1][1].patch, patches[20])
    assert not np.array_equal(found[1][0].patch, patches[20])
    assert found[1][1].note == pytest.approx(own[1].sound.audio)
    assert {(one.key, one.held) for results in found for one in results} == {(57, 0.1)}
    # Both have the same share of the time.
    assert found[0][1].seconds == found[1][1].seconds > 0
