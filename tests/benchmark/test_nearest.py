import numpy as np
import pytest

from synthinv.audio.sound_file import Sound
from synthinv.audio.types import Audio
from synthinv.benchmark.nearest import nearest
from synthinv.benchmark.notes import Note, Target, playing_at
from synthinv.benchmark.search import Playing, Recorder
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.engines.base import Engine
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument

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


class Faint(Recorder):
    """An engine that plays one patch 46 dB softer."""

    def __init__(self, engine: Engine, soft: np.ndarray) -> None:
        super().__init__(engine)
        self._soft = soft

    def render(self, patches: np.ndarray, progress: ProgressHook | None = None) -> Audio:
        soft = (patches == self._soft).all(axis=1, keepdims=True)
        return super().render(patches, progress) * np.where(soft, np.float32(0.005), np.float32(1))


def test_what_is_silence_beside_a_sound_does_not_depend_on_the_others() -> None:
    instrument = load_instrument("minimoog-1osc")
    patches = np.stack([instrument.sample(np.random.default_rng(i)) for i in (3, 1)])
    playing, silence = playing_at(PlayingConfig(), NOTE), SilenceConfig(level_dbfs=-100)
    with open_engine(playing, instrument, 1, np.random.SeedSequence(0)) as engine:
        note = engine.render(patches[:1])[0]
        loud, soft = (
            Target(str(level), Sound(np.float32(level) * note, RATE), NOTE) for level in (1, 0.02)
        )
        player = Playing(Faint(engine, patches[0]), instrument, silence, 1)
        alone = nearest(patches, [loud], player, [0])
        together = nearest(patches, [loud, soft], player, [0])
    assert np.array_equal(alone[0][0].patch, patches[1])
    assert np.array_equal(together[0][0].patch, patches[1])
    assert np.array_equal(together[1][0].patch, patches[0])
