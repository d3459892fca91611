import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

import mido
import numpy as np
import pytest

from synthinv.audio.pitch import Pitch
from synthinv.audio.presses import KeyPress
from synthinv.audio.sound_file import Sound, fit, trim
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.progress import ProgressHook
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.engine import BuiltInConfig, LiveConfig
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.engines.base import Engine, OfflineEngine, Renderer
from synthinv.engines.opening import open_engine, open_offline_engine
from synthinv.instruments.classes import Logits, class_counts, classes_of
from synthinv.instruments.load import hold, load_instrument
from synthinv.instruments.model import Instrument, Labels, Patches
from synthinv.matching.keyboard import Keyboard, as_trained, played_for, playing_at
from synthinv.matching.matcher import Matcher, require_same_knobs
from synthinv.matching.player import Player
from synthinv.matching.proposals import Proposer, keys_to_try, octaves_from, own_key
from synthinv.matching.result import Match, knobs
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import match_reference, total
from synthinv.solver.checkpoint import TrainedSolver, load_solver
from synthinv.solver.registry import shipped_solver

SAMPLES = 40_000
SEED = seed_sequence(1, "match-test")
# A sawtooth with a short filter sweep; 8' is its key's own register.
PATCH = (77, 64, 51, 60, 60, 70, 20, 80, 40, 10, 90, 100)
RANGE, CUTOFF, DECAY = 0, 3, 7


@pytest.fixture(scope="module")
def solver() -> TrainedSolver:
    return load_solver(shipped_solver("minimoog-1osc"))


@pytest.fixture(scope="module")
def keyboard(solver: TrainedSolver) -> Iterator[Keyboard]:
    playing = played_for(solver, BuiltInConfig(), SilenceConfig())
    with Keyboard(playing, solver.instrument, 1, SEED) as keyboard:
        yield keyboard


def draws() -> np.random.Generator:
    return np.random.default_rng(SEED)


def play(keyboard: Keyboard, key: int, patches: Patches) -> Sound:
    sound = keyboard.engine(key, SAMPLES, 1.0).render(patches[np.newaxis])[0]
    return Sound(trim(sound, 44_100), 44_100)


def patch(**values: int) -> Patches:
    settings = dict(zip(("range", "cutoff", "decay"), (RANGE, CUTOFF, DECAY), strict=True))
    changed = list(PATCH)
    for name, value in values.items():
        changed[settings[name]] = value
    return np.array(changed, dtype=np.uint8)


@pytest.mark.parametrize("key", [36, 55, 60, 81])
def test_a_sound_of_the_synth_is_found_at_any_key(
    solver: TrainedSolver, keyboard: Keyboard, key: int
) -> None:
    true = patch()
    sound = play(keyboard, key, true)
    (match,) = Matcher(solver, keyboard, sound).matches(100, None, draws())
    # Every continuous knob off by one step, and every knob in its middle.
    continuous = [knob.positions is None for knob in solver.instrument.parameters]
    off = (true + np.array(continuous)).astype(np.uint8)
    middle = solver.instrument.decode(np.full(len(true), 0.5))
    notes = keyboard.engine(key, len(sound.audio), sound.seconds).render(np.stack([off, middle]))
    one_step, mean_predictor = SpectralReference(sound.audio, 44_100).mss(notes)
    assert match.mss < one_step < mean_predictor / 3
    assert (match.key - key) % 12 == 0
    assert match.key == key or match.patch[RANGE] != true[RANGE]
    # The patch is played for as long as the sound.
    assert abs(len(match.played) - len(sound.audio)) <= 2_205
    np.testing.assert_array_equal([knob.value for knob in match.knobs], match.patch)


def test_the_same_sound_is_matched_in_the_same_way(
    solver: TrainedSolver, keyboard: Keyboard
) -> None:
    sound = play(keyboard, 57, patch(cutoff=90, decay=40))
    first, second = (
        Matcher(solver, keyboard, sound).matches(30, None, draws())[0] for _ in range(2)
    )
    np.testing.assert_array_equal(first.patch, second.patch)
    np.testing.assert_array_equal(first.played, second.played)
    assert (first.key, first.mss, first.knobs) == (second.key, second.mss, second.knobs)


class Slow:
    """An engine that takes 20 ms for every patch."""

    def __init__(self, engine: Renderer) -> None:
        self.engine = engine

    def render(self, patches: Patches, progress: ProgressHook | None = None) -> Audio:
        time.sleep(0.02 * len(patches))
        return self.engine.render(patches, progress)


def test_a_slow_synth_is_stopped_by_the_clock_and_has_a_match(
    solver: TrainedSolver, keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = play(keyboard, 60, patch())
    open_engine = keyboard.engine
    monkeypatch.setattr(keyboard, "engine", lambda *settings: Slow(open_engine(*settings)))
    calls: list[tuple[int, int]] = []
    matcher = Matcher(solver, keyboard, sound, progress=lambda *call: calls.append(call))
    started = time.monotonic()
    matches = matcher.matches(10_000, 0.5, draws(), count=3)
    assert time.monotonic() - started < 5
    assert np.isfinite(matches[0].mss)
    # What was reported ends at its total, which is what was played.
    assert calls[-1][0] == calls[-1][1] < 100


def test_two_patches_name_the_knobs_that_are_turned_furthest(
    solver: TrainedSolver, keyboard: Keyboard
) -> None:
    sound = play(keyboard, 60, patch())
    (match,) = Matcher(solver, keyboard, sound).matches(1, None, draws())
    turned = match.patch.copy()
    turned[[CUTOFF, DECAY]] = (turned[[CUTOFF, DECAY]].astype(int) + np.array([70, 30])) % 128
    (tuning,) = (i for i, knob in enumerate(match.knobs) if knob.name == "osc1_tuning")
    # As good as nothing of the travel of any other knob, but much of what tunings are drawn from.
    turned[tuning] += 3
    other = replace(match, patch=turned, played=match.played * np.float32(0.5))
    assert match.apart(other) == pytest.approx(0, abs=1e-3)
    assert [knob.name for knob in match.turned(match)] == []
    names = {"filter_cutoff", "filter_decay", "osc1_tuning"}
    assert {knob.name for knob in other.turned(match)} == names


def test_a_part_that_is_compared_ends_before_the_sound_does(
    solver: TrainedSolver, keyboard: Keyboard
) -> None:
    sound = play(keyboard, 60, patch())
    (match,) = Matcher(solver, keyboard, sound).matches(1, None, draws())
    steady = np.sin(np.arange(44_100) / 10).astype(np.float32)
    softer = steady * np.where(np.arange(44_100) < 30_000, 1, 0.1).astype(np.float32)
    whole = Sound(steady, 44_100)
    apart = replace(match, sound=whole, played=softer, mss=9.0, compared=1.0)
    assert any(sentence.startswith("The end is too soft by ") for sentence in apart.differs)
    part = replace(apart, compared=0.8)
    assert any(sentence.startswith("From ") for sentence in part.differs)
    assert not any("end" in sentence for sentence in part.differs)


def error(match: Match) -> float:
    """Return what a search minimises, in decibels."""
    compared = round(match.compared * match.sound.sample_rate)
    sound, played = (fit(audio, compared) for audio in (match.sound.audio, match.played))
    reference = match_reference(sound, match.sound.sample_rate)
    return float(total(reference.differences(played[np.newaxis]))[0])


def test_more_renders_never_make_a_match_worse(solver: TrainedSolver, keyboard: Keyboard) -> None:
    sound = play(keyboard, 60, patch(cutoff=30))
    errors = [
        error(Matcher(solver, keyboard, sound).matches(renders, None, draws())[0])
        for renders in (1, 40, 120)
    ]
    assert errors == sorted(errors, reverse=True)


def test_a_patch_that_hardly_sounds_is_no_match(solver: TrainedSolver, keyboard: Keyboard) -> None:
    """The sound is a low sine, which a filter that passes almost nothing of a note resembles."""
    wave = 0.5 * np.sin(2 * np.pi * 55 * np.arange(44_100) / 44_100)
    sound = Sound(wave.astype(np.float32), 44_100)
    (match,) = Matcher(solver, keyboard, sound).matches(120, None, draws())
    assert match.peak_dbfs > -6 - 40
    assert match.mss < 5


def test_a_key_is_held_no_longer_than_the_solver_knows(
    solver: TrainedSolver, keyboard: Keyboard
) -> None:
    brief = solver.playing.note.model_copy(update={"seconds": 0.3})
    pressed = replace(solver, playing=solver.playing.model_copy(update={"note": brief}))
    sound = play(keyboard, 60, patch())
    (match,) = Matcher(pressed, keyboard, sound).matches(1, None, draws())
    assert match.held == 0.3
    off = [message for message in match.midi_file().tracks[0] if message.type == "note_off"]
    assert mido.tick2second(off[0].time, 480, mido.bpm2tempo(120)) == pytest.approx(0.3, abs=0.002)


def test_knobs_held_in_training_are_held_in_a_match(solver: TrainedSolver) -> None:
    whole = solver.instrument
    trained = replace(solver, instrument=hold(whole, {"osc1_range": 77}))
    held = as_trained(whole, trained)
    assert held.names == trained.instrument.names
    assert {c.name: c.value for c in held.constants}["osc1_range"] == 77
    assert as_trained(whole, solver) == whole


class Live:
    """An engine that stands for one that plays in real time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


def test_a_live_engine_that_was_closed_is_not_used_again(
    solver: TrainedSolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> Engine:
        raise SynthinvError("the synth is gone")

    monkeypatch.setattr("synthinv.matching.keyboard.open_engine", lambda *arguments: Live())
    playing = played_for(solver, LiveConfig(kind="live", midi_port="none"), SilenceConfig())
    keyboard = Keyboard(playing, solver.instrument, 1, SEED)
    with keyboard:
        first = keyboard.engine(60, SAMPLES, 1.0)
        assert keyboard.engine(60, SAMPLES, 1.0) is first
        with monkeypatch.context() as patched:
            patched.setattr("synthinv.matching.keyboard.open_engine", fail)
            with pytest.raises(SynthinvError, match="gone"):
                keyboard.engine(61, SAMPLES, 1.0)
        second = keyboard.engine(60, SAMPLES, 1.0)
        assert second is not first
    with keyboard:
        assert keyboard.engine(60, SAMPLES, 1.0) is not second


@pytest.mark.parametrize("length", [1, 2, 50, 500])
def test_a_click_has_a_match(solver: TrainedSolver, keyboard: Keyboard, length: int) -> None:
    sound = Sound(np.full(length, 0.5, np.float32), 44_100)
    (match,) = Matcher(solver, keyboard, sound).matches(20, None, draws())
    assert match.key == 60
    assert np.isfinite(match.mss)
    assert np.isfinite(match.played).all()


def test_other_knobs_than_the_solvers_are_refused(solver: TrainedSolver, toy: Instrument) -> None:
    playing = played_for(solver, BuiltInConfig(), SilenceConfig())
    sound = Sound(np.ones(5_000, np.float32), 44_100)
    message = "the solver is for 'minimoog-1osc', not for 'toy'; choose one that was trained for 't"
    with (
        Keyboard(playing, toy, 1, SEED) as keyboard,
        pytest.raises(SynthinvError, match=message),
    ):
        Matcher(solver, keyboard, sound)


def test_a_solver_for_another_synth_is_left_out_where_one_comes_along() -> None:
    message = (
        "^the solver is for 'vital', not for 'dx7'; leave it out, as one that fits comes with "
    )
    with pytest.raises(SynthinvError, match=message) as caught:
        require_same_knobs(load_instrument("vital"), load_instrument("dx7"))
    assert len(str(caught.value)) < 250


def test_a_knob_with_fewer_steps_or_other_choices_is_another_knob() -> None:
    known = load_instrument("dx7")
    require_same_knobs(known, known)
    steps = next(i for i, p in enumerate(known.parameters) if p.highest == 99)
    named = next(i for i, p in enumerate(known.parameters) if p.choices is not None)
    changes: dict[int, dict[str, Any]]
    changes = {steps: {"highest": 49}, named: {"choices": ("a", "b"), "highest": 1}}
    for place, change in changes.items():
        knobs = list(known.parameters)
        knobs[place] = knobs[place].model_copy(update=change)
        other = known.model_copy(update={"parameters": tuple(knobs)})
        with pytest.raises(SynthinvError, match=rf"'{known.name}' \({knobs[place].name}\)"):
            require_same_knobs(known, other)


def test_names_of_positions_may_differ_from_the_solvers() -> None:
    """A solver that was trained before they had names, or had others, still fits."""
    own = load_instrument("minimoog")
    knobs = tuple(p.model_copy(update={"position_names": None}) for p in own.parameters)
    require_same_knobs(own.model_copy(update={"parameters": knobs}), own)


class Certain:
    """A network that predicts one patch for the first note, and an equivalent for all others."""

    def __init__(self, instrument: Instrument, first: Patches, others: Patches) -> None:
        self.instrument, self.first, self.others = instrument, first, others
        self.notes: set[bytes] = set()

    def __call__(self, note: Audio, uniforms: Labels) -> Logits:
        self.notes.add(note.tobytes())
        patch = self.first if len(self.notes) == 1 else self.others
        chosen = classes_of(self.instrument, patch)
        rows = [
            10 * np.eye(n, dtype=np.float32)[c]
            for n, c in zip(class_counts(self.instrument), chosen, strict=True)
        ]
        return np.tile(np.concatenate(rows), (len(uniforms), 1))


def test_a_prediction_with_oscillators_in_another_order_corrects_nothing() -> None:
    instrument = load_instrument("minimoog-3osc")
    true = instrument.sample(np.random.default_rng(3))
    others = instrument.equivalents(true[np.newaxis])[:, 0]
    swapped = others[np.abs(others.astype(int) - true).sum(axis=1).argmax()]
    network = Certain(instrument, true, swapped)
    solver = TrainedSolver(
        network, SolverConfig(), instrument, PlayingConfig(engine=BuiltInConfig()), digest=""
    )
    sound = Sound(np.random.default_rng(0).normal(0, 0.1, SAMPLES).astype(np.float32), 44_100)
    with Keyboard(solver.playing, instrument, 1, SEED) as keyboard:
        player = Player(keyboard, sound, solver.playing)
        predictions = list(Proposer(solver, player).predictions(60))
    assert len(network.notes) == 2
    assert not np.array_equal(swapped, true)
    tunings = [instrument.names.index(f"osc{i}_tuning") for i in (2, 3)]
    for prediction in predictions:
        moved = prediction.classes - classes_of(instrument, true)
        # Tunings are relative to another oscillator then, which may round them.
        assert np.abs(np.delete(moved, tunings)).max() == 0
        assert np.abs(moved[tunings]).max() <= 1


def test_an_offline_engine_is_opened_once_for_all_notes(
    solver: TrainedSolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing = played_for(solver, BuiltInConfig(), SilenceConfig())
    opened = []

    def counted(*arguments: Any) -> OfflineEngine:
        opened.append(open_offline_engine(*arguments))
        return opened[-1]

    monkeypatch.setattr("synthinv.matching.keyboard.open_offline_engine", counted)
    notes = [(60, 10_000, 0.1), (61, 5_000, 1.0)]
    rows = patch()[np.newaxis]
    with Keyboard(playing, solver.instrument, 1, SEED) as keyboard:
        played = [keyboard.engine(*note).render(rows) for note in notes]
    assert len(opened) == 1
    for audio, note in zip(played, notes, strict=True):
        with open_engine(playing_at(playing, *note), solver.instrument, 1, SEED) as engine:
            np.testing.assert_array_equal(audio, engine.render(rows))


def test_a_solver_for_any_note_does_not_limit_how_long_a_key_is_held(keyboard: Keyboard) -> None:
    sound = Sound(np.ones(3 * 44_100, np.float32), 44_100)
    note = keyboard.playing.note.model_copy(update={"seconds": 2.0})
    one_note = keyboard.playing.model_copy(update={"note": note})
    limited, free = Player(keyboard, sound, one_note), Player(keyboard, sound, None)
    assert limited.held(KeyPress(60)) == 2
    assert free.held(KeyPress(60)) == 3
    assert Player(keyboard, sound, None, 2.5).held(KeyPress(60, 2.5)) == 2.5


def test_a_hold_that_is_known_is_not_cut_to_that_of_the_solvers_note(keyboard: Keyboard) -> None:
    sound = Sound(np.ones(3 * 44_100, np.float32), 44_100)
    note = keyboard.playing.note.model_copy(update={"seconds": 2.0})
    known = Player(keyboard, sound, keyboard.playing.model_copy(update={"note": note}), 2.5)
    # A solver for one note is told nothing of it.
    assert {known.held(KeyPress(60)), known.held(KeyPress(60, 2.5))} == {2.5}


@pytest.mark.parametrize(("released", "tried"), [(2.0, 2), (6.0, 1)])
def test_a_release_after_the_compared_part_is_taken_as_the_level_shows_it(
    keyboard: Keyboard, released: float, tried: int
) -> None:
    """Held to the end of the sound, a patch would sound the same as far as it is compared."""
    times = np.arange(8 * 44_100) / 44_100
    level = np.exp(-0.1 * times - 4 * np.maximum(times - released, 0))
    tone = np.sin(2 * np.pi * 220 * times) * level
    player = Player(keyboard, Sound(trim(tone.astype(np.float32), 44_100), 44_100), None)
    holds = [player.held(KeyPress(57, held)) for held in player.holds]
    assert len(holds) == tried
    assert holds[-1] == pytest.approx(released, abs=0.05)


def test_keys_are_octaves_from_the_sounds_own() -> None:
    assert keys_to_try(60, 60) == [60, 48, 72]
    assert keys_to_try(62, 60) == [62, 50]
    assert keys_to_try(30, 60) == [54, 66, 30]
    # Too far away to be transposed.
    assert keys_to_try(20, 60) == [56, 68]
    assert keys_to_try(127, 60) == [55, 67]


def test_a_solver_for_any_note_tries_its_keys_octaves_from_the_sounds_own() -> None:
    assert octaves_from(60, (28, 88)) == [60, 72, 48, 84, 36]
    assert octaves_from(30, (28, 88)) == [30, 42, 54]
    # Its own key is tried wherever it is.
    assert octaves_from(100, (28, 88)) == [100, 88, 76]


def test_a_sound_without_pitch_is_played_at_the_solvers_note() -> None:
    assert own_key(Pitch(None, 0.1), 60) == 60
    assert own_key(Pitch(440.0, 1.0), 60) == 69
    assert own_key(Pitch(4.0, 1.0), 60) == 0


def test_confidence_is_the_probability_of_what_was_chosen(toy: Instrument) -> None:
    chances = [np.full(count, 1e-9) for count in class_counts(toy)]
    chances[0][[50, 52, 60]] = 0.5, 0.3, 0.2
    chances[1][:] = 0.1, 0.2, 0.7
    chances[2][:] = 1 / 128
    logits = np.log(np.concatenate(chances))[np.newaxis].astype(np.float32)
    cutoff, position, decay = knobs(toy, np.array([51, 2, 0]), logits)
    assert (cutoff.value, cutoff.position, cutoff.parameter.cc) == (51, None, 70)
    assert cutoff.confidence == pytest.approx(0.8, abs=1e-4)
    assert cutoff.span == (50, 60)
    assert (position.value, position.position) == (102, 3)
    assert position.confidence == pytest.approx(0.7, abs=1e-4)
    # At the end of the travel, only values above it are near.
    assert decay.confidence == pytest.approx(5 / 128, abs=1e-4)
