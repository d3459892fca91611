"""The DX7, beside Dexed as its own package plays it."""

import sys
from pathlib import Path

import dexed
import numpy as np
import numpy.typing as npt
import pytest

from synthinv.audio.level import is_clipped, peak
from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import Dx7Config
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.engines.dx7.engine import BATCH, Dx7
from synthinv.engines.dx7.player import LEVEL, Player, Voice
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.dx7 import INIT, VALUES, read_presets, write_presets
from synthinv.instruments.native.preset import Preset, to_preset
from synthinv.instruments.parameters import Constant, Parameter

RATE, SAMPLES, HELD = 44_100, 8_000, 4_000
INSTRUMENT = load_instrument("dx7")


def drawn(number: int, seed: int = 0) -> Patches:
    rng = np.random.default_rng(seed)
    return np.stack([INSTRUMENT.sample(rng) for _ in range(number)])


def engine(threads: int = 1, held: float | None = HELD / RATE) -> Dx7:
    note = NoteConfig(seconds=held)
    return Dx7(INSTRUMENT, note, AudioConfig(sample_rate=RATE, samples=SAMPLES), threads)


def preset(patch: npt.NDArray[np.integer]) -> Preset:
    return Preset("OWN", dict(zip(INSTRUMENT.names, patch.tolist(), strict=True)))


def played_by_dexed(file: Path, key: int = 60, velocity: int = 100) -> Audio:
    """Play the first voice of a bank with Dexed's own loader, at the engine's level."""
    synth = dexed.DexedSynth(RATE)
    synth.load_patch(dexed.Patch.load_bank(str(file))[0])
    sound = synth.render(key, velocity, HELD / RATE, SAMPLES / RATE)
    return np.asarray(sound, dtype=np.float32) * LEVEL


@pytest.fixture(scope="module")
def patches() -> Patches:
    return drawn(40)


@pytest.fixture(scope="module")
def notes(patches: Patches) -> Audio:
    with engine() as dx7:
        return dx7.render(patches)


def test_the_instrument_has_all_values_of_a_voice() -> None:
    assert {p.name: p.highest for p in INSTRUMENT.parameters} == {
        name: value.highest for name, value in VALUES.items()
    }
    assert INSTRUMENT.format == "dx7"


def test_a_file_is_played_by_dexed_as_its_patch_is(
    patches: Patches, notes: Audio, tmp_path: Path
) -> None:
    file = tmp_path / "own.syx"
    for patch, note in zip(patches, notes, strict=True):
        write_presets(file, [preset(patch), INIT])
        assert played_by_dexed(file).tobytes() == note.tobytes()


def test_a_note_depends_on_its_patch_alone(patches: Patches, notes: Audio) -> None:
    order = np.random.default_rng(1).permutation(len(patches))
    with engine(threads=3) as dx7:
        shuffled = dx7.render(patches[order])
        again = dx7.render(patches[order])
    assert np.array_equal(shuffled, notes[order])
    assert np.array_equal(again, shuffled)
    with engine(threads=64) as dx7:
        assert np.array_equal(dx7.render(patches[:2]), notes[:2])
        assert dx7.render(patches[:0]).shape == (0, SAMPLES)


def test_a_player_that_has_played_at_another_rate_is_as_new() -> None:
    voice = Voice.of(INIT)
    first = Player(RATE).play(voice, 60, 100, HELD, SAMPLES)
    other = Player(16_000).play(voice, 60, 100, HELD, SAMPLES)
    assert np.array_equal(Player(RATE).play(voice, 60, 100, HELD, SAMPLES), first)
    assert not np.array_equal(other, first)


def test_render_is_play_at_the_configured_note(patches: Patches, notes: Audio) -> None:
    keys, velocities = np.full(len(patches), 60), np.full(len(patches), 100)
    with engine(threads=2) as dx7:
        assert np.array_equal(dx7.play(patches, keys, velocities, SAMPLES, HELD), notes)
        longer = dx7.play(patches, keys, velocities, 2 * SAMPLES, HELD)
    assert np.array_equal(longer[:, :SAMPLES], notes)
    with engine(held=None) as dx7:
        held = dx7.render(patches)
    assert np.array_equal(held[:, :HELD], notes[:, :HELD])
    assert not np.array_equal(held, notes)


def test_each_patch_has_its_own_key_and_velocity(tmp_path: Path) -> None:
    sine = preset_patch(INIT)
    keys, velocities = np.array([45, 69, 69]), np.array([100, 100, 30])
    sine[:, INSTRUMENT.names.index("op1_velocity_sensitivity")] = 7
    with engine() as dx7:
        low, high, soft = dx7.play(sine.repeat(3, axis=0), keys, velocities, SAMPLES, HELD)
    assert estimate_pitch(low[:HELD], RATE).frequency == pytest.approx(110, rel=0.02)
    assert estimate_pitch(high[:HELD], RATE).frequency == pytest.approx(440, rel=0.02)
    assert peak(soft) < 0.5 * peak(high)


def preset_patch(voice: Preset) -> Patches:
    return np.array([[voice.values[name] for name in INSTRUMENT.names]], dtype=np.uint8)


def test_a_key_is_released_where_it_should_be() -> None:
    with engine() as dx7:
        note = dx7.render(preset_patch(INIT))[0]
    # Dexed releases at the end of a block of 64 samples; the initial voice stops within some ms.
    assert peak(note[HELD - 200 : HELD]) == pytest.approx(LEVEL, rel=0.01)
    assert peak(note[HELD + 64 + 1_000 :]) < 1e-3


def test_switched_off_parameters_change_nothing_that_is_heard() -> None:
    """Except where level scaling raises an operator from level 0, which no patch here has."""
    patches = drawn(60, seed=2)
    columns = {name: column for column, name in enumerate(INSTRUMENT.names)}
    patches[:, [columns[name] for name in columns if name.endswith("_curve")]] %= 2
    canonical = INSTRUMENT.canonical(patches)
    assert (canonical != patches).any(axis=1).mean() > 0.9
    with engine(threads=2) as dx7:
        notes, others = dx7.render(patches), dx7.render(canonical)
    # Level 0 is not quite silent to Dexed: it shows in loops of feedback over several operators.
    assert (peak(notes - others) <= 0.01 * peak(notes)).all()


def test_random_voices_mostly_sound_and_do_not_clip(notes: Audio) -> None:
    assert (peak(notes) > 1e-3).mean() > 0.85
    assert not is_clipped(peak(notes)).any()


def test_progress_is_reported_by_the_batch() -> None:
    told: list[tuple[int, int]] = []
    short = Dx7(INSTRUMENT, NoteConfig(), AudioConfig(samples=1_000), 2)
    with short as dx7:
        dx7.render(drawn(1).repeat(BATCH + 1, axis=0), lambda *done: told.append(done))
    assert told == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)]


def small(**knob: object) -> Instrument:
    fields = {"name": "algorithm", "group": "voice", "highest": 31, **knob}
    return Instrument(name="own", parameters=(Parameter.model_validate(fields),))


def test_what_an_instrument_does_not_name_is_as_in_the_initial_voice() -> None:
    level = Constant(name="level", native="op2_output_level", value=1, highest=1, range=(0, 99))
    own = small(native="op1_coarse", highest=2, range=(1, 5)).model_copy(
        update={"constants": (level,)}
    )
    voices = Dx7(own, NoteConfig(), AudioConfig()).voices(np.array([[0], [1], [2]]))
    expected = [
        Voice.of(Preset("INIT VOICE", {**INIT.values, "op1_coarse": c, "op2_output_level": 99}))
        for c in (1, 3, 5)
    ]
    assert voices == expected


@pytest.mark.parametrize(
    ("knob", "fault"),
    [
        ({"name": "cutoff"}, "own: cutoff: the DX7 has no value 'cutoff'; give one as native"),
        ({"native": 3}, "own: algorithm: the DX7 has no value '3'; give one as native"),
        ({"highest": 32}, "goes from 0 to 32, but the DX7's algorithm from 0 to 31; correct its"),
        ({"range": (-1, 31)}, "goes from -1 to 31, but the DX7's algorithm from 0 to 31"),
        ({"highest": 20, "range": (0, 31)}, "algorithm: has steps between the whole numbers that"),
        ({"curve": 2}, "algorithm: has steps between the whole numbers that the DX7's algorithm"),
    ],
)
def test_a_knob_that_the_dx7_does_not_have_is_a_sentence(
    knob: dict[str, object], fault: str
) -> None:
    with pytest.raises(SynthinvError, match=fault):
        Dx7(small(**knob), NoteConfig(), AudioConfig())


def test_a_rate_at_which_dexed_is_silent_is_a_sentence() -> None:
    with pytest.raises(
        SynthinvError, match=r"audio\.sample_rate: is 8,000, but the DX7 is played at"
    ):
        Dx7(small(), NoteConfig(), AudioConfig(sample_rate=8_000))
    with Dx7(small(), NoteConfig(), AudioConfig(sample_rate=16_000, samples=1_000)) as dx7:
        assert dx7.render(np.array([[0]])).any()


@pytest.mark.parametrize(("highest", "top"), [(33, 99), (14, 98), (11, 99)])
def test_a_knob_of_few_steps_is_written_as_it_is_played(
    highest: int, top: int, tmp_path: Path
) -> None:
    own = small(native="op1_fine", highest=highest, range=(0, top))
    patches = np.arange(highest + 1)[:, np.newaxis]
    for patch, voice in zip(
        patches, Dx7(own, NoteConfig(), AudioConfig()).voices(patches), strict=True
    ):
        write_presets(tmp_path / "own.syx", [to_preset(own, patch, "INIT VOICE")])
        assert Voice.of(read_presets(tmp_path / "own.syx")[0]) == voice


def test_what_cannot_be_played_is_a_sentence() -> None:
    with Dx7(small(), NoteConfig(), AudioConfig(samples=1_000)) as dx7:
        with pytest.raises(SynthinvError, match=r"own: patches must be \[n, 1\], not \[1, 2\]"):
            dx7.render(np.zeros((1, 2), dtype=np.uint8))
        with pytest.raises(SynthinvError, match="own: note 1: algorithm is 32, not a step 0 to 31"):
            dx7.render(np.array([[31], [32]]))
        for notes, fault in (((128, 100), "key is 128"), ((60, -1), "velocity is -1")):
            key, velocity = (np.array([number]) for number in notes)
            with pytest.raises(SynthinvError, match=f"note 0: its {fault}, not 0 to 127"):
                dx7.play(np.zeros((1, 1), dtype=np.uint8), key, velocity, 1_000, 500)


def test_the_configuration_opens_it() -> None:
    playing = PlayingConfig(engine=Dx7Config(kind="dx7"), audio=AudioConfig(samples=SAMPLES))
    with open_engine(playing, INSTRUMENT, 2, np.random.SeedSequence(0)) as dx7:
        assert dx7.latency == 0
        assert dx7.render(drawn(3)).shape == (3, SAMPLES)


def test_without_the_extra_a_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dexed", None)
    message = r"this needs dexed, .*; install it with pip install 'synthinv\[dx7\]'"
    with pytest.raises(SynthinvError, match=message), engine():
        pass
