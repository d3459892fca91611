"""Bad input ends with one clear sentence and a non-zero status, and spoils nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Project


def _refused(project: Project, *targets: str, configfile: str = "tiny.yaml") -> str:
    """Run, and return the one sentence that says why it failed."""
    status, output = project.snakemake("--cores", "1", *targets, configfile=configfile)
    assert status != 0
    assert "Traceback" not in output
    sentences = [line for line in output.splitlines() if line.startswith("synthinv: ")]
    assert len(sentences) == 1, output
    return sentences[0]


def test_unknown_key(fresh: Project) -> None:
    fresh.configure("speed", 11)
    assert "tiny.yaml: speed: is not a known key" in _refused(fresh)


def test_value_out_of_range(fresh: Project) -> None:
    fresh.configure("network.kernels", 0)
    assert "network.kernels: input should be greater than or equal to 1" in _refused(fresh)


def test_two_parameters_on_one_controller(fresh: Project) -> None:
    fresh.edit("synthinv/instruments/files/minimoog-1osc.yaml", "cc: 71", "cc: 70")
    sentence = _refused(fresh)
    assert "synthinv/instruments/files/minimoog-1osc.yaml" in sentence
    assert "filter_cutoff and filter_resonance share cc 70" in sentence


def test_missing_instrument_file(fresh: Project) -> None:
    fresh.configure("instrument", "synthinv/instruments/files/none.yaml")
    assert "synthinv/instruments/files/none.yaml: cannot be read" in _refused(fresh)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("methods.0.synth", "minimog", "methods.match: synth: there is no 'minimog'"),
        ("methods.0.solver", "nowhere", "methods.match: nowhere: holds no solver"),
        ("sounds.3.synth", "dx77", "sounds, family dx7: synth: there is no 'dx77'"),
    ],
)
def test_a_benchmark_of_what_is_not_there(
    fresh: Project, field: str, value: str, fault: str
) -> None:
    fresh.configure(f"benchmark.{field}", value, "wild.yaml")
    assert f"benchmark.{fault}" in _refused(fresh, configfile="wild.yaml")


@pytest.mark.live
def test_missing_midi_port(fresh: Project) -> None:
    fresh.configure("engine.midi_port", "theremin", "live.yaml")
    sentence = _refused(fresh, "results/capture/test/00000.json", configfile="live.yaml")
    assert "engine.midi_port: there is no MIDI port 'theremin'" in sentence
    assert "amsynth" in sentence


@pytest.mark.live
def test_missing_audio_device(fresh: Project) -> None:
    fresh.configure("engine.audio_device", "gramophone", "live.yaml")
    sentence = _refused(fresh, "results/capture/test/00000.json", configfile="live.yaml")
    assert "engine.audio_device: there is no audio input 'gramophone'" in sentence


@pytest.mark.parametrize("damage", ["flipped", "truncated", "extended"])
def test_damaged_shard_is_named_and_not_used(project: Project, damage: str) -> None:
    shard = project.folder / "results" / "capture" / "final" / "00001.flac"
    _damage(shard, damage)
    sentence = _refused(project, "results/spectrogram/coarse/final/00001.json")
    assert "results/capture/final/00001.flac" in sentence
    assert "delete it and run again" in sentence
    shard.unlink()
    status, output = project.snakemake("--cores", "2")
    assert status == 0, output


def test_damaged_store_is_named_and_not_trained_on(project: Project) -> None:
    store = project.folder / "results" / "spectrogram" / "coarse" / "final" / "00000.zarr.zip"
    _damage(store, "flipped")
    sentence = _refused(project, "results/train/thesis/model.json")
    assert "train_network (experiment thesis)" in sentence
    assert "results/spectrogram/coarse/final/00000.zarr.zip: does not match" in sentence


@pytest.mark.parametrize(
    ("damaged", "made"),
    [
        ("predictions/test/thesis/labels.csv", "predictions/test/thesis/scores.csv"),
        ("predictions/test/thesis/scores.csv", "metrics.csv"),
        ("grid_search/adadelta/winner.json", "train/thesis/model.json"),
    ],
)
def test_a_damaged_table_or_winner_is_named_and_not_used(
    project: Project, damaged: str, made: str
) -> None:
    _damage(project.folder / "results" / damaged, "flipped")
    sentence = _refused(project, f"results/{made}")
    assert f"results/{damaged}: does not match" in sentence
    assert "delete it and run again" in sentence


def test_verify_names_damaged_and_missing_files(project: Project) -> None:
    results = project.folder / "results"
    assert _verify(results).returncode == 0
    _damage(results / "train" / "thesis" / "weights.safetensors", "flipped")
    _damage(results / "metrics.csv", "flipped")
    (results / "capture" / "test" / "00000.csv").unlink()
    for suffix in ("flac", "csv", "json"):
        (results / "capture" / "final" / f"00001.{suffix}").unlink()
    checked = _verify(results)
    assert checked.returncode == 1
    assert "weights.safetensors: does not match the digest" in checked.stderr
    assert "capture/test/00000.csv: is missing" in checked.stderr
    assert "capture/final/00001.json: cannot be read" in checked.stderr
    assert "results/metrics.csv: does not match the digest in metrics.json" in checked.stderr
    assert len(checked.stderr.splitlines()) == 4


def _verify(results: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "synthinv", "verify", str(results)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _damage(file: Path, kind: str) -> None:
    content = bytearray(file.read_bytes())
    if kind == "flipped":
        content[len(content) // 2] ^= 1
    elif kind == "truncated":
        del content[len(content) // 2 :]
    else:
        content.append(0)
    file.write_bytes(content)
