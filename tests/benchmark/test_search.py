import numpy as np
import pytest

from synthinv.audio.sound_file import Sound
from synthinv.audio.types import Audio
from synthinv.benchmark.found import Found
from synthinv.benchmark.notes import playing_at, target_of
from synthinv.benchmark.objectives import OBJECTIVES
from synthinv.benchmark.search import at_each_note, search
from synthinv.config import names
from synthinv.config.benchmark import BenchmarkSound
from synthinv.config.sections.benchmark import MethodKind
from synthinv.config.sections.playing import PlayingConfig
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.metrics.audio import SpectralReference, mss
from synthinv.search.blackbox import METHODS
from synthinv.search.objective import QUIETER

RATE = 44_100
BUDGETS = (3, 40, 70)


@pytest.fixture(scope="module")
def sound() -> Sound:
    """Return a decaying A3 of 0.2 s."""
    time = np.arange(RATE // 5) / RATE
    saw = 2 * (220 * time % 1) - 1
    return Sound((0.4 * saw * np.exp(-time / 0.1)).astype(np.float32), RATE)


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument("minimoog-1osc")


SOUND = BenchmarkSound("pipe-0-60", "pipe", "test", "soundfont", None, None, 0, 60, 90, 0.1)


def found(
    kind: MethodKind, sound: Sound, instrument: Instrument, known: bool = False
) -> list[Found]:
    target, seed = target_of(SOUND, sound, known, velocity=100), np.random.SeedSequence(1)
    notes = at_each_note([target], PlayingConfig(), instrument, 1, np.random.SeedSequence(0))
    ((results, places),) = (
        (search(kind, OBJECTIVES["mss"], target, playing, BUDGETS, seed), places)
        for playing, places in notes
    )
    assert places == [0]
    return results


def test_every_search_of_the_configuration_is_there() -> None:
    assert tuple(METHODS) == names.SEARCHES


@pytest.mark.parametrize("kind", METHODS)
def test_the_best_patch_after_each_budget_is_that_of_a_search_that_ends_there(
    kind: MethodKind, sound: Sound, instrument: Instrument
) -> None:
    results = found(kind, sound, instrument)
    assert [one.renders for one in results] == list(BUDGETS)
    assert {(one.key, one.held) for one in results} == {(57, sound.seconds)}
    reference = SpectralReference(sound.audio, RATE)
    quietest = QUIETER * float(np.abs(sound.audio).max())
    for one in results:
        note = target_of(SOUND, sound, False, velocity=100).note
        playing = playing_at(PlayingConfig(), note)
        with open_engine(playing, instrument, 1, np.random.SeedSequence(0)) as engine:
            shorter = METHODS[kind](
                OBJECTIVES["mss"](engine, sound.audio, RATE, one.renders, 1, quietest),
                instrument,
                np.random.default_rng(np.random.SeedSequence(1)),
            )
        assert np.array_equal(one.patch, shorter.patch)
        assert float(reference.mss(one.note[np.newaxis])[0]) == pytest.approx(shorter.error)
    errors = [mss(sound.audio, one.note, RATE) for one in results]
    assert sorted(errors, reverse=True) == errors
    times = [one.seconds for one in results]
    assert times == sorted(times)


def test_the_same_seed_finds_the_same_patches(sound: Sound, instrument: Instrument) -> None:
    one, other = (found("cma_es", sound, instrument) for _ in range(2))
    assert [a.patch.tolist() for a in one] == [b.patch.tolist() for b in other]


def test_a_sound_without_pitch_is_played_at_middle_c(instrument: Instrument) -> None:
    noise = np.random.default_rng(0).normal(size=RATE // 10).astype(np.float32)
    assert {one.key for one in found("random", Sound(noise, RATE), instrument)} == {60}


def test_a_known_note_is_played_as_it_is(sound: Sound, instrument: Instrument) -> None:
    assert {(o.key, o.held) for o in found("random", sound, instrument, known=True)} == {(60, 0.1)}
    note = target_of(SOUND, sound, True, velocity=100).note
    playing = playing_at(PlayingConfig(), note)
    assert (playing.note.velocity, playing.note.seconds) == (90, 0.1)
    assert playing.audio.samples == len(sound.audio)


def test_silence_is_not_the_best_patch(instrument: Instrument) -> None:
    """Faint sounds are compared relative to their peaks, and nearly silent patches do not count."""
    time = np.arange(RATE // 10) / RATE
    tone: Audio = (1e-2 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    best = found("random", Sound(tone, RATE), instrument)[-1]
    assert np.abs(best.note).max() >= 1e-3
