"""The library's functions: arguments of every kind, and what they refuse."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import yaml

import synthinv
from synthinv.audio.sound_file import Sound
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_yaml
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.match import MatchConfig
from synthinv.config.synth import SynthConfig, as_synth
from synthinv.instruments.registry import instrument_file
from synthinv.matching.files import write_matches

RATE = 44_100
INSTRUMENT = "minimoog-1osc"
PATCH = np.array([77, 64, 51, 60, 60, 70, 20, 80, 40, 10, 90, 100])
SHIPPED = "synthinv/solver/models/minimoog-1osc"

Notes = npt.NDArray[np.float32]

match_one = partial(synthinv.match, synth=INSTRUMENT)
render_one = partial(synthinv.render, synth=INSTRUMENT)
"""Play one oscillator, unless another synth is named."""


@pytest.fixture(scope="module")
def note() -> Notes:
    """Render a note at F#3."""
    return np.squeeze(render_one(PATCH, key=54, seconds=0.9, held=0.8), axis=0)


@pytest.fixture(scope="module")
def plucked() -> Notes:
    """Make a string at D3, which the built-in synth cannot make."""
    times = np.arange(RATE) / RATE
    partials = [np.sin(2 * np.pi * 147.5 * k * times - k * times) / k for k in range(1, 12)]
    decays = [np.exp(-k * times) for k in range(1, 12)]
    return np.asarray(0.3 * np.sum(np.multiply(partials, decays), axis=0), np.float32)


@pytest.fixture
def file(note: Notes, tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "sound.wav", note, RATE, subtype="FLOAT")
    return tmp_path / "sound.wav"


def found(match: synthinv.Match) -> tuple[Any, ...]:
    return match.key, match.mss, match.patch.tolist(), match.knobs, match.played.tobytes()


@pytest.fixture(scope="module")
def expected(note: Notes) -> tuple[Any, ...]:
    (match,) = match_one(note, RATE, renders=12, threads=1)
    return found(match)


def test_a_file_and_an_array_are_matched_alike(
    file: Path, note: Notes, expected: tuple[Any, ...]
) -> None:
    assert expected[0] == 54
    stereo = np.stack([note, note], axis=1).astype(np.float64)
    for arguments in ((file,), (str(file),), (stereo, RATE)):
        (match,) = match_one(*arguments, renders=12, threads=1)
        assert found(match) == expected
        assert match.name == ("the sound" if len(arguments) == 2 else "sound.wav")


def test_the_synth_is_a_name_a_file_or_an_object(
    note: Notes, expected: tuple[Any, ...], tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(instrument_file(INSTRUMENT).read_text())
    config = tmp_path / "mine.yaml"
    config.write_text(yaml.safe_dump({"instrument": "own.yaml", "engine": {"kind": "built-in"}}))
    limits = MatchConfig(renders=12)
    object_ = SynthConfig(instrument=INSTRUMENT, engine=BuiltInConfig(), match=limits)
    for synth in (INSTRUMENT, own, str(config), object_):
        renders = None if synth is object_ else 12
        (match,) = match_one(note, RATE, synth=synth, renders=renders, threads=1)
        assert found(match) == expected


def test_the_solver_is_a_folder_or_a_solver(
    note: Notes, expected: tuple[Any, ...], root: Path
) -> None:
    for solver in (root / SHIPPED, str(root / SHIPPED), synthinv.load_solver(root / SHIPPED)):
        (match,) = synthinv.match(note, RATE, solver=solver, renders=12, threads=1)
        assert found(match) == expected


def test_a_solver_that_comes_along_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert synthinv.load_solver("dx7").instrument.name == "dx7"
    # A folder of that name is the user's own.
    (tmp_path / "dx7").mkdir()
    with pytest.raises(synthinv.SynthinvError, match=r"^dx7: holds no solver"):
        synthinv.load_solver("dx7")


def test_the_seed_and_the_budget_are_the_callers(plucked: Notes) -> None:
    (plain,) = match_one(plucked, RATE, renders=60, threads=1)
    (again,) = match_one(plucked, RATE, renders=60, seed=2020, threads=1)
    (other,) = match_one(plucked, RATE, renders=60, seed=1, threads=1)
    (less,) = match_one(plucked, RATE, renders=1, threads=1)
    assert found(again) == found(plain) != found(other)
    assert less.mss > plain.mss


def test_a_little_time_is_enough_for_a_match(note: Notes) -> None:
    (match,) = match_one(note, RATE, renders=10_000, seconds=0.01)
    assert match.key == 54
    assert match.mss < 40
    assert match.peak_dbfs > -40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sample_rate": None}, "sample_rate: is missing"),
        ({"renders": 0}, "match: renders: input should be greater than or equal to 1"),
        ({"seconds": -1.0}, "match: seconds: input should be greater than 0"),
        ({"candidates": 0}, "match: candidates: input should be greater than or equal to 1"),
        ({"seconds": np.nan}, "match: seconds: input should be a finite number"),
        ({"key": 128}, "match: key: input should be less than or equal to 127, but is 128"),
        ({"key": 60.5}, "match: key: input should be a valid integer, but is 60.5"),
        ({"key": "60"}, "match: key: input should be a valid integer, but is '60'"),
        ({"seed": -1}, "match: seed: input should be greater than or equal to 0, but is -1"),
        ({"seed": 1.5}, "match: seed: input should be a valid integer, but is 1.5"),
        ({"threads": -2}, "match: threads: input should be greater than or equal to 1"),
        ({"sample_rate": "44100"}, "sample_rate: is '44100', not a whole number from 4000 to"),
        ({"synth": "moog"}, "synth: there is no 'moog' \\(known: amsynth.* dx7, .*minimoog"),
        ({"synth": "nowhere.yaml"}, "nowhere.yaml: cannot be read .* name an instrument file or"),
        ({"synth": "minimoog-3osc"}, "no solver for 'minimoog-3osc' comes .* --solver DIR"),
        ({"synth": "minimoog-3osc", "solver": SHIPPED}, "not for 'minimoog-3osc'; .* --solver D"),
        (
            {"synth": SynthConfig(match=MatchConfig(solver="mine"))},
            "match.solver: 'mine' is a solver of the workflow; .* --solver results/train/mine",
        ),
        ({"solver": "tests"}, "tests: holds no solver"),
        ({"solver": 3}, "solver: is of type int; give the folder of a solver's training, or"),
        ({"progress": 3}, "progress: is of type int; give a function of two numbers"),
        ({"synth": 3}, "synth: is of type int; give a name, a file or a SynthConfig"),
    ],
)
def test_wrong_arguments_are_one_sentence(
    note: Notes, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(synthinv.SynthinvError, match=message):
        match_one(note, **{"sample_rate": RATE, **arguments})


def test_a_folder_of_a_solver_stands_above_the_configurations(
    note: Notes, expected: tuple[Any, ...]
) -> None:
    """As in the workflow, which finds the folder itself."""
    synth = SynthConfig(match=MatchConfig(solver="mine"))
    (match,) = match_one(note, RATE, synth=synth, solver=SHIPPED, renders=12, threads=1)
    assert found(match) == expected


def test_the_configuration_says_how_many_candidates(plucked: Notes) -> None:
    for limits, count in ((MatchConfig(renders=12, candidates=3), 3), (MatchConfig(renders=12), 1)):
        synth = SynthConfig(match=limits)
        assert len(match_one(plucked, RATE, synth=synth, threads=1)) == count
    synth = SynthConfig(match=MatchConfig(renders=12, candidates=3))
    assert len(match_one(plucked, RATE, synth=synth, candidates=2, threads=1)) == 2


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        ([[0.1], [0.1, 0.2]], "sound: its rows differ in length"),
        ([0.1, np.inf], "sound: holds samples that are not numbers"),
        ([np.nan, 0.1], "sound: holds samples that are not numbers"),
        ([np.inf, 3_000.0], "sound: reaches far beyond ±1"),
    ],
)
def test_an_array_that_is_no_sound_is_one_sentence(sound: Any, message: str) -> None:
    with pytest.raises(synthinv.SynthinvError, match=message):
        match_one(sound, RATE)


def test_a_file_and_a_sound_have_their_own_sample_rate(file: Path, note: Notes) -> None:
    for sound in (file, Sound(note, RATE)):
        with pytest.raises(synthinv.SynthinvError, match="a sound file and a Sound have their own"):
            match_one(sound, RATE)


def test_progress_goes_up_to_the_end(plucked: Notes) -> None:
    calls: list[tuple[int, int]] = []
    match_one(plucked, RATE, candidates=2, renders=15, progress=lambda *call: calls.append(call))
    done, totals = zip(*calls, strict=True)
    assert list(done) == sorted(done)
    assert done[0] == 1
    assert done[-1] == totals[-1] == 15
    assert all(call <= total for call, total in calls)


def test_candidates_sound_different_and_none_is_worse_for_others(plucked: Notes) -> None:
    (alone,) = match_one(plucked, RATE, renders=40, threads=1)
    several = match_one(plucked, RATE, renders=40, candidates=4, threads=1)
    assert 1 < len(several) <= 4
    # The best does not depend on how many are wanted.
    assert found(alone) == found(several[0])
    for number, match in enumerate(several):
        for other in several[:number]:
            samples = min(len(match.played), len(other.played), 40_000)
            first, second = match.played[:samples], other.played[:samples]
            assert synthinv.metrics.mss(first, second, RATE) > 0.9


def test_what_can_hardly_be_told_apart_from_the_sound_is_enough(note: Notes) -> None:
    matches = match_one(note, RATE, candidates=5, renders=400, threads=1)
    assert matches[0].mss < 1


def test_all_candidates_are_written_and_those_of_a_former_match_deleted(
    plucked: Notes, tmp_path: Path
) -> None:
    matches = match_one(plucked, RATE, renders=12, candidates=3)
    assert len(matches) == 3
    write_matches(tmp_path, matches)
    numbered = ["match-2.wav", "match-3.wav", "match.html", "match.wav"]
    numbered += ["patch-2.json", "patch-2.mid", "patch-3.json", "patch-3.mid"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [*numbered, "patch.json", "patch.mid"]
    for suffix, match in zip(("", "-2", "-3"), matches, strict=True):
        content = json.loads((tmp_path / f"patch{suffix}.json").read_text())
        assert content == json.loads(json.dumps(match.to_dict()))
        assert content["mss"] == round(match.mss, 4)
    page = (tmp_path / "match.html").read_text()
    for number, match in enumerate(matches, start=1):
        assert f"{match.mss:.2f} dB apart" in page
        assert page.count(f'download="patch{f"-{number}" if number > 1 else ""}.mid"') == 1
    write_matches(tmp_path, matches[:1])
    left = ["match.html", "match.wav", "patch.json", "patch.mid"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_files_that_no_match_has_written_are_kept(plucked: Notes, tmp_path: Path) -> None:
    (match,) = match_one(plucked, RATE, renders=1)
    own = [tmp_path / name for name in ("patches.syx", "patch.vital", "patch-2.mid")]
    for file in own:
        file.touch()
    write_matches(tmp_path, [match])
    assert all(file.exists() for file in own)


def test_what_a_former_match_has_left_and_cannot_be_deleted_is_one_sentence(
    plucked: Notes, tmp_path: Path
) -> None:
    (match,) = match_one(plucked, RATE, renders=1)
    write_matches(tmp_path, [match])
    (tmp_path / "match-2.wav").mkdir()
    with pytest.raises(SynthinvError, match=r"match-2\.wav: is not of this match and cannot be"):
        write_matches(tmp_path, [match])


def test_a_key_that_is_given_replaces_the_pitch(note: Notes) -> None:
    """As of a synth that sounds four semitones higher than its keys."""
    by_key, transposed = (
        match_one(note, RATE, renders=1, **options)[0]
        for options in (
            {"key": 50},
            {
                "synth": SynthConfig(
                    instrument=INSTRUMENT,
                    engine=BuiltInConfig(),
                    match=MatchConfig(transposition=4),
                )
            },
        )
    )
    assert by_key.key % 12 == 50 % 12
    assert found(transposed) == found(by_key)
    page = "\n".join(str(by_key).splitlines())
    assert f"(MIDI {by_key.key})" in page


def test_a_hold_that_is_known_is_taken_as_it_is(note: Notes) -> None:
    """And a sound that is an object is not trimmed."""
    late = np.concatenate([np.zeros(4_410, np.float32), note])
    for held in (0.3, 0.8):
        best = match_one(Sound(late, RATE), key=54, held=held, renders=30)[0]
        assert best.held == held
        assert len(best.sound.audio) == len(late)
    assert len(match_one(late, RATE, key=54, renders=30)[0].sound.audio) < len(note) + 100


@pytest.mark.parametrize("rate", [48_000, "44100", None])
def test_a_sound_of_another_sample_rate_than_the_synths_is_one_sentence(
    note: Notes, rate: Any
) -> None:
    with pytest.raises(SynthinvError, match=f"its sample_rate is {rate!r}, and the synth is play"):
        match_one(Sound(note, rate))


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.zeros(8_000, np.float32), "sound: is silent; choose"),
        (
            np.pad(np.ones(9, np.float32), (4 * RATE, 0)),
            "sound: is silent for its first 4 s, which alone are compared; cut off that silence",
        ),
        (np.full(8_000, 1e-30, np.float32), "sound: is silent; choose"),
        (np.full(8_000, 1e25, np.float32), "sound: reaches far beyond ±1; divide its audio"),
        (np.zeros(0, np.float32), "sound: holds no samples; correct"),
        (np.full(8_000, np.nan, np.float32), "sound: holds samples that are not numbers; correct"),
        (np.ones((8_000, 2), np.float32), "sound: its audio is no float array \\[samples\\]; give"),
        (np.ones(8_000, np.int16), "sound: its audio is no float array \\[samples\\]; give"),
        ([0.1, 0.2], "sound: its audio is no float array \\[samples\\]; give"),
    ],
)
def test_a_sound_without_samples_to_compare_is_one_sentence(audio: Any, message: str) -> None:
    with pytest.raises(SynthinvError, match=message):
        match_one(Sound(audio, RATE), renders=1)


def test_an_array_without_channels_is_one_sentence() -> None:
    with pytest.raises(SynthinvError, match="sound: holds no samples; correct the array"):
        match_one(np.zeros((5, 0)), RATE)


def test_a_sound_without_pitch_is_played_at_the_key_that_is_given() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE // 2)
    assumed, given = (match_one(noise, RATE, renders=1, key=key)[0] for key in (None, 48))
    assert (assumed.key, assumed.key_assumed) == (60, True)
    assert (given.key % 12, given.key_assumed) == (0, False)


@pytest.mark.parametrize("folder", [3, None])
def test_a_folder_that_is_no_path_is_one_sentence(note: Notes, folder: Any) -> None:
    (match,) = match_one(note, RATE, renders=1)
    with pytest.raises(SynthinvError, match=r"^folder: is of type .*; give the folder to"):
        match.save(folder)


def test_a_match_prints_what_to_play(note: Notes) -> None:
    (match,) = match_one(note, RATE, renders=12)
    first, *groups = str(match).splitlines()
    assert first.startswith(
        "the sound: play F#3 (MIDI 54) at velocity 100 for 0.80 s, "
        f"hard to tell apart ({match.mss:.1f} dB)"
    )
    assert len(groups) == 4
    assert groups[0] == "  oscillator 1: osc1 range 8', osc1 tuning 64, osc1 waveform sawtooth"
    assert groups[1].startswith("  filter: filter cutoff ")
    assert repr(match).startswith("<Match of 'the sound': minimoog-1osc at MIDI 54, ")


def test_a_render_is_what_an_open_engine_renders() -> None:
    patches = np.stack([PATCH, PATCH[::-1] // 2])
    with synthinv.open_engine(
        INSTRUMENT, key=40, velocity=80, seconds=0.3, sample_rate=48_000
    ) as engine:
        expected = engine.render(patches)
    rendered = render_one(patches, key=40, velocity=80, seconds=0.3, sample_rate=48_000)
    assert rendered.shape == (2, 14_400)
    np.testing.assert_array_equal(rendered, expected)
    louder = render_one(patches, key=40, seconds=0.3, sample_rate=48_000)
    assert np.abs(louder).max() > np.abs(rendered).max()


@pytest.mark.parametrize(
    ("patches", "options", "message"),
    [
        (PATCH / 127, {}, "patches: are of float64; give whole numbers"),
        (PATCH[:3], {}, r"minimoog-1osc: patches must be \[n, 12\], not \[1, 3\]"),
        ([[1, 2], [3]], {}, "patches: differ in length"),
        (PATCH, {"key": 200}, "render: key: input should be less than or equal to 127"),
        (PATCH, {"key": True}, "render: key: input should be a valid integer"),
        (PATCH, {"velocity": 0}, "render: velocity: input should be greater than or equal to 1"),
        (PATCH, {"held": -1}, "render: held: input should be greater than 0, but is -1"),
        (PATCH, {"seconds": 0.01}, "render: seconds: 0.01 s at 44,100 Hz: .* 1000, but is 441"),
        (PATCH, {"seconds": np.nan}, "render: seconds: input should be a finite number"),
        (PATCH, {"seconds": np.inf}, "render: seconds: input should be a finite number"),
        (PATCH, {"seconds": 1e300}, "render: seconds: input should be less than or equal to 3600"),
        (PATCH, {"sample_rate": 1}, "render: sample_rate: input should be greater than or equal"),
        (PATCH, {"seed": 1.5}, "render: seed: input should be a valid integer"),
        (PATCH, {"threads": 0}, "render: threads: input should be greater than or equal to 1"),
        (PATCH, {"synth": "moog"}, "synth: there is no 'moog'"),
    ],
)
def test_what_cannot_be_rendered_is_one_sentence(
    patches: npt.ArrayLike, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(synthinv.SynthinvError, match=message):
        render_one(patches, **options)


def test_an_engine_names_itself_and_takes_numbers_of_numpy() -> None:
    with pytest.raises(synthinv.SynthinvError, match="open_engine: key: "):
        synthinv.open_engine(key=-1)
    numbers: dict[str, Any] = {"key": np.int64(60), "seed": np.uint8(3), "held": np.float32(0.25)}
    plain = {name: number.item() for name, number in numbers.items()}
    np.testing.assert_array_equal(render_one(PATCH, **numbers), render_one(PATCH, **plain))


@pytest.mark.parametrize("synth", ["dx7", "vital", "amsynth"])
def test_an_engine_that_is_not_open_is_one_sentence(synth: str) -> None:
    patch = np.zeros((1, len(synthinv.load_instrument(synth).names)), int)
    engine = synthinv.open_engine(synth, seconds=0.1)
    with pytest.raises(SynthinvError, match=r"^the engine is not open; play within a with st"):
        engine.render(patch)


def test_a_configuration_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []

    def read(path: Path, remedy: str) -> dict[str, Any]:
        reads.append(path)
        return read_yaml(path, remedy)

    monkeypatch.setattr("synthinv.config.synth.read_yaml", read)
    file = tmp_path / "mine.yaml"
    file.write_text("seed: 3\n")
    assert as_synth(file).seed == 3
    assert reads == [file]


def test_an_instrument_file_is_told_from_a_configuration(tmp_path: Path) -> None:
    file = tmp_path / "draft.yaml"
    file.write_text("name: draft\nparameters:\n")
    assert as_synth(file).instrument == str(file)
    file.write_text("instrument: minimoog-3osc\nengine: {kind: built-in}\nseed: 3\n")
    assert (as_synth(file).instrument, as_synth(file).seed) == ("minimoog-3osc", 3)
