import numpy as np
import pytest

from synthinv.audio.sound_file import Sound
from synthinv.audio.types import Audio
from synthinv.benchmark.objectives import OBJECTIVES
from synthinv.benchmark.search import SEARCHES, Found, search, seed_keys
from synthinv.config.sections.benchmark import MethodKind
from synthinv.config.sections.playing import PlayingConfig
from synthinv.engines.base import Engine
from synthinv.instruments.model import Instrument, load_instrument
from synthinv.matching.keyboard import Keyboard
from synthinv.matching.matcher import QUIETER
from synthinv.metrics.audio import SpectralReference, mss

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


def keyboard(instrument: Instrument) -> Keyboard:
    return Keyboard(PlayingConfig(), instrument, 1, np.random.SeedSequence(0))


def found(kind: MethodKind, sound: Sound, instrument: Instrument) -> list[Found]:
    with keyboard(instrument) as played:
        seed = np.random.SeedSequence(1)
        return search(kind, OBJECTIVES["mss"], sound, played, BUDGETS, seed)


@pytest.mark.parametrize("kind", SEARCHES)
def test_the_best_patch_after_each_budget_is_that_of_a_search_that_ends_there(
    kind: MethodKind, sound: Sound, instrument: Instrument
) -> None:
    results = found(kind, sound, instrument)
    assert [one.renders for one in results] == list(BUDGETS)
    assert {(one.key, one.held) for one in results} == {(57, sound.seconds)}
    reference = SpectralReference(sound.audio, RATE)
    quietest = QUIETER * float(np.abs(sound.audio).max())
    for one in results:
        with keyboard(instrument) as played:
            engine: Engine = played.engine(57, len(sound.audio), sound.seconds)
            shorter = SEARCHES[kind](
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


def test_a_library_has_the_same_patches_for_every_sound() -> None:
    assert seed_keys("library", "near", "one") == seed_keys("library", "near", "two")
    assert seed_keys("random", "any", "one") != seed_keys("random", "any", "two")


def test_silence_is_not_the_best_patch(instrument: Instrument) -> None:
    """Faint sounds are compared relative to their peaks, and nearly silent patches do not count."""
    time = np.arange(RATE // 10) / RATE
    tone: Audio = (1e-2 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    best = found("random", Sound(tone, RATE), instrument)[-1]
    assert np.abs(best.note).max() >= 1e-3
