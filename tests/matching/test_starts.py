"""Where a match starts with a solver for any note."""

from collections.abc import Iterator

import numpy as np
import pytest

from synthinv.audio.presses import KeyPress, PressedNotes
from synthinv.audio.sound_file import Sound, trim
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import PlayingConfig
from synthinv.engines.base import Renderer
from synthinv.instruments.classes import Logits
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.matching import player, starts
from synthinv.matching.keyboard import Keyboard
from synthinv.matching.matcher import Matcher
from synthinv.matching.player import Player
from synthinv.matching.starts import StartFinder
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import Objective, Played
from synthinv.solver.inference import PREDICTION
from tests.matching.near import Near, solver_with

RATE = 44_100
SEED = seed_sequence(1, "starts-test")
HELD = 0.5


@pytest.fixture(scope="module")
def minimoog() -> Instrument:
    return load_instrument("minimoog")


@pytest.fixture(scope="module")
def true(minimoog: Instrument) -> Patches:
    values = dict.fromkeys(minimoog.names, 0) | {
        "osc1_range": 77,
        "osc1_tuning": 64,
        "osc2_tuning": 64,
        "osc3_tuning": 64,
        "osc1_waveform": 51,
        "osc1_volume": 110,
        "filter_cutoff": 90,
        "amp_decay": 40,
        "amp_sustain": 100,
        "release": 90,
    }
    return np.array([values[name] for name in minimoog.names], dtype=np.uint8)


@pytest.fixture(scope="module")
def keyboard(minimoog: Instrument) -> Iterator[Keyboard]:
    with Keyboard(PlayingConfig(engine=BuiltInConfig()), minimoog, 1, SEED) as keyboard:
        yield keyboard


@pytest.fixture(scope="module")
def sound(keyboard: Keyboard, true: Patches) -> Sound:
    note = keyboard.engine(50, 2 * RATE, HELD).render(true[np.newaxis])[0]
    return Sound(trim(note, RATE), RATE)


def matcher(
    network: Near, keyboard: Keyboard, sound: Sound, presets: Patches | None = None
) -> Matcher:
    solver = solver_with(network, keyboard.instrument, keyboard.playing)
    return Matcher(solver, keyboard, sound, presets=presets)


def test_a_note_is_given_with_its_key_and_how_long_it_is_held(
    keyboard: Keyboard, sound: Sound, true: Patches
) -> None:
    network = Near(keyboard.instrument, true)
    (match,) = matcher(network, keyboard, sound).matches(80, None, np.random.default_rng(0))
    assert {int(key) for note in network.notes for key in note.keys} == {50}
    # Held to the end of the sound, and as long as its level says.
    held = sorted({float(note.held[0]) / RATE for note in network.notes})
    assert held == pytest.approx([HELD, sound.seconds], abs=0.05)
    assert match.held == pytest.approx(HELD, abs=0.05)
    assert match.key == 50
    assert match.mss < 1


def test_half_of_the_knobs_of_a_draw_are_predicted(
    keyboard: Keyboard, sound: Sound, true: Patches, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[np.ndarray] = []

    class Asked(Near):
        def __call__(self, note: PressedNotes, uniforms: np.ndarray) -> Logits:
            asked.append(uniforms)
            return super().__call__(note, uniforms)

    monkeypatch.setattr("synthinv.solver.checkpoint.MARGINAL_DRAWS", 2)
    found = matcher(Asked(keyboard.instrument, true), keyboard, sound)
    found.matches(400, None, np.random.default_rng(0))
    drawn = [uniforms for uniforms in asked if len(uniforms) > 2]
    assert drawn
    for first, *others in drawn:
        assert (first == PREDICTION).all()
        shares = (np.array(others) == PREDICTION).mean(axis=0)
        assert 0.4 < shares.mean() < 0.6
        assert 0.1 < shares.min() < shares.max() < 0.9


@pytest.mark.parametrize("renders", [1, 2, 3])
def test_the_smallest_budget_has_a_match(
    keyboard: Keyboard, sound: Sound, true: Patches, renders: int
) -> None:
    network = Near(keyboard.instrument, true)
    (match,) = matcher(network, keyboard, sound).matches(renders, None, np.random.default_rng(0))
    assert np.isfinite(match.mss)
    # A single render is of the prediction, the medians of the distributions.
    if renders == 1:
        np.testing.assert_allclose(match.patch, true, atol=1)


def test_a_preset_that_is_closer_than_the_prediction_is_found(
    keyboard: Keyboard, sound: Sound, true: Patches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "PRESET_SHARE", 1)
    middle = keyboard.instrument.decode(np.full(len(true), 0.5))
    network = Near(keyboard.instrument, middle.astype(np.uint8))
    found = matcher(network, keyboard, sound, true[np.newaxis])
    (match,) = found.matches(5, None, np.random.default_rng(0))
    np.testing.assert_array_equal(match.patch, true)


def test_the_search_goes_on_with_the_key_held_as_for_the_best_start(
    keyboard: Keyboard, true: Patches, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = keyboard.engine(50, RATE, 1.0).render(true[np.newaxis])[0]
    # A release that the sound does not have; it is tried last.
    monkeypatch.setattr(player, "estimate_release", lambda *_: 0.1)
    solver = solver_with(Near(keyboard.instrument, true), keyboard.instrument, keyboard.playing)
    own_player = Player(keyboard, Sound(note, RATE), keyboard.playing)
    objective = Objective(None, SpectralReference(own_player.compared_sound(), RATE), 80)
    none = np.zeros((0, len(true)), dtype=np.uint8)
    rng = np.random.default_rng(0)
    best = StartFinder(solver, own_player, objective, [], 50, none, rng).find().best
    assert best.proposal.press.held is None
    (again,) = objective.play(best.played.patch[np.newaxis])
    assert again.error == best.error


def octave_lower(true: Patches, instrument: Instrument) -> Patches:
    """Return the patch with its oscillator an octave lower."""
    lower = true.copy()
    lower[instrument.names.index("osc1_range")] = 51
    return lower


def test_a_sound_is_played_an_octave_from_its_pitch_where_that_comes_closer(
    keyboard: Keyboard, sound: Sound, true: Patches
) -> None:
    # At the sound's own key what the solver draws is an octave too low.
    network = Near(keyboard.instrument, octave_lower(true, keyboard.instrument), sure=20)
    match = matcher(network, keyboard, sound).matches(1_500, None, np.random.default_rng(0))[0]
    assert match.key == 62
    assert match.mss < 1


class OtherKey(Player):
    """A player that knows whether it plays another key than 50."""

    other = False

    def compared_engine(self, press: KeyPress) -> Renderer:
        self.other = press.key != 50
        return super().compared_engine(press)


@pytest.mark.parametrize(("share", "key"), [(0.95, 50), (0.75, 62)])
def test_another_key_has_to_come_much_closer_than_the_sounds_own(
    keyboard: Keyboard,
    sound: Sound,
    true: Patches,
    share: float,
    key: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for draws in ("DRAWS", "DRAWS_ELSEWHERE"):
        monkeypatch.setattr(starts, draws, 2)
    solver = solver_with(Near(keyboard.instrument, true), keyboard.instrument, keyboard.playing)
    own_player = OtherKey(keyboard, sound, keyboard.playing, HELD)

    class Shared(Objective):
        """Errors of 10 dB at the sound's own key, and a share of that at the other one."""

        def play(self, patches: np.ndarray) -> list[Played]:
            error = 10 * share if own_player.other else 10
            return [played._replace(error=error) for played in super().play(patches)]

    objective = Shared(None, SpectralReference(own_player.compared_sound(), RATE), 1_600)
    none = np.zeros((0, len(true)), dtype=np.uint8)
    rng = np.random.default_rng(0)
    found = StartFinder(solver, own_player, objective, [50, 62], 50, none, rng).find()
    assert found.best.proposal.press.key == key


@pytest.mark.parametrize(("key", "renders"), [(50, 1_500), (None, 400)])
def test_a_key_that_is_given_and_a_small_budget_leave_no_choice_of_keys(
    keyboard: Keyboard, sound: Sound, true: Patches, key: int | None, renders: int
) -> None:
    network = Near(keyboard.instrument, octave_lower(true, keyboard.instrument))
    solver = solver_with(network, keyboard.instrument, keyboard.playing)
    found = Matcher(solver, keyboard, sound, key).matches(renders, None, np.random.default_rng(0))
    assert found[0].key == 50
    assert {int(key) for note in network.notes for key in note.keys} == {50}
