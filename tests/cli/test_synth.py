"""The commands beside the workflow, which need a synth and a note of a configuration, no more."""

import errno
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthinv.cli.main import main
from synthinv.common.errors import SynthinvError
from synthinv.config.load import read_configuration
from synthinv.config.root import Config
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.synth import SynthConfig, read_synth
from synthinv.instruments.registry import instrument_file

SYNTH: dict[str, Any] = {"instrument": "own.yaml", "engine": {"kind": "built-in"}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a configuration of a synth alone, in a folder with its instrument file."""
    folder = tmp_path / "synth"
    folder.mkdir()
    own = yaml.safe_load(instrument_file("minimoog-1osc").read_text())
    # The knob that the built-in synth's data sets hold still does not exist.
    range_ = own["parameters"].pop(0)
    own["constants"].append({"name": "range", "cc": range_["cc"], "value": 77})
    (folder / "own.yaml").write_text(yaml.safe_dump(own | {"name": "own"}))
    return configure(folder / "mine.yaml")


@pytest.fixture(params=["project", "elsewhere"])
def anywhere(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    if request.param == "elsewhere":
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
    return str(request.param)


def configure(file: Path, **sections: Any) -> Path:
    file.write_text(yaml.safe_dump(SYNTH | sections))
    return file


@pytest.mark.usefixtures("anywhere")
def test_a_note_of_a_synth_alone_is_checked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(file)]) == 0
    assert "It is the note that was played, in tune." in capsys.readouterr().out


@pytest.mark.usefixtures("anywhere")
def test_the_knobs_of_a_synth_alone_are_listened_to(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["audible", str(file), "--patches", "1"])
    assert "osc1_tuning" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        (1, r"not audible in 1 patch: .*; 1 patch can miss .* so try --patches 24$"),
        (23, r"not audible in any of 23 patches: .*; 23 patches can miss .* try --patches 24$"),
        (24, r"not audible in any of 24 patches: .*release; check their cc or native in the"),
    ],
)
def test_a_knob_is_blamed_only_after_enough_patches(
    file: Path, patches: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # The key is held to the end, so the knob of the release is never audible.
    configure(file, instrument="minimoog", audio={"samples": 4_000})
    assert main(["audible", str(file), "--patches", str(patches)]) == 1
    assert re.match(message, capsys.readouterr().out.splitlines()[-1])


@pytest.mark.usefixtures("anywhere")
def test_midi_learn_asks_for_nothing_but_a_live_synth(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["midi-learn", str(file)]) == 1
    assert "engine: MIDI learn needs a synth that you started yourself" in capsys.readouterr().err


@pytest.mark.usefixtures("anywhere")
def test_a_match_asks_for_nothing_but_a_solver_of_the_synth(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["match", "sound.wav", "--synth", str(file)]) == 1
    assert "no solver for 'own' comes with synthinv" in capsys.readouterr().err


def test_sections_that_a_command_does_not_need_are_not_looked_at(file: Path) -> None:
    unfit = {"experiments": 3, "solvers": [{"train": "none"}], "ablation": {"variants": "x"}}
    config = read_synth(configure(file, **unfit, note={"number": 61}, seed=7))
    assert (config.note.number, config.seed) == (61, 7)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"note": {"number": 128}}, r"mine\.yaml: note\.number: input should be less than"),
        ({"enigne": {}}, r"mine\.yaml: enigne: is not a known key; remove it or correct"),
        ({"match": {"renders": 0}}, r"mine\.yaml: match\.renders: "),
    ],
)
def test_what_a_command_needs_must_be_right(
    file: Path, sections: dict[str, Any], message: str
) -> None:
    with pytest.raises(SynthinvError, match=message):
        read_synth(configure(file, **sections))


def test_what_a_configuration_leaves_out_has_the_defaults_of_the_models(file: Path) -> None:
    file.write_text("instrument: own.yaml\n")
    config = read_synth(file)
    assert config.instrument == str(file.parent / "own.yaml")
    left_out = {"instrument": config.instrument}
    assert config == SynthConfig(**left_out)
    whole = read_configuration(file)
    assert config.playing == whole.playing == PlayingConfig()


@pytest.mark.parametrize("engine", ["live", "plug-in"])
def test_a_solver_section_is_of_no_concern_to_the_commands(file: Path, engine: str) -> None:
    needed = {"live": {"midi_port": "synth"}, "plug-in": {"path": "synth.so"}}[engine]
    solvers = [{"name": "solver", "title": "Mine", "test": "test"}]
    configure(file, engine={"kind": engine, **needed}, solvers=solvers)
    assert read_synth(file).engine.kind == engine


def test_the_defaults_are_the_same_in_a_project_and_elsewhere(
    root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project's own `config/config.yaml` is below no other configuration."""
    project = file.parent / "config"
    project.mkdir()
    (project / "config.yaml").write_text("seed: 7\nengine: {kind: live, midi_port: synth}\n")
    mine = project / "mine.yaml"
    mine.write_text("note: {number: 61}\n")
    monkeypatch.chdir(file.parent)
    here = read_synth(Path("config/mine.yaml"))
    assert (here.seed, here.engine.kind) == (Config().seed, "built-in")
    monkeypatch.chdir(root)
    assert read_synth(mine) == here


def test_a_plug_in_and_its_state_are_found_beside_the_configuration(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("synth.so", "state.fxb"):
        (file.parent / name).touch()
    engine = {"kind": "plug-in", "path": "synth.so", "state": "state.fxb"}
    configure(file, engine=engine)
    monkeypatch.chdir(tmp_path)
    found = read_synth(file).engine.model_dump()
    assert found["path"] == str(file.parent / "synth.so")
    assert found["state"] == str(file.parent / "state.fxb")


def test_presets_are_found_beside_the_configuration(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file.parent / "my-presets").mkdir()
    configure(file, match={"presets": ["my-presets"]})
    monkeypatch.chdir(tmp_path)
    assert read_synth(file).match.presets == (str(file.parent / "my-presets"),)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"match": {"presets": ["nothere"]}}, "match.presets: there is no 'nothere'; correct"),
        ({"match": {"presets": ["a/b.syx"]}}, "match.presets: there is no 'a/b.syx'; correct"),
        ({"instrument": "nothere.yaml"}, "instrument: there is no 'nothere.yaml'; correct"),
        ({"instrument": "minimog"}, r"instrument: there is no 'minimog' \(known: amsynth, "),
    ],
)
def test_a_file_that_is_not_there_is_named_with_its_field(
    file: Path, sections: dict[str, Any], message: str
) -> None:
    with pytest.raises(SynthinvError, match=f"{file}: {message}"):
        read_synth(configure(file, **sections))


def test_a_synths_sections_are_those_of_the_whole_configuration() -> None:
    for name, field in SynthConfig.model_fields.items():
        whole = Config.model_fields[name]
        assert (field.annotation, field.default) == (whole.annotation, whole.default)


def test_presets_that_may_not_be_looked_at_are_left_to_what_reads_them(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists = Path.exists

    def refuse(path: Path) -> bool:
        if "closed" in path.parts:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(Path, "exists", refuse)
    configure(file, match={"presets": ["closed/mine.syx"]})
    assert read_synth(file).match.presets == ("closed/mine.syx",)
