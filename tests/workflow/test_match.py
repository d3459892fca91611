"""Patches for a folder of sounds."""

import json

import numpy as np
import soundfile

from .conftest import Project

FILES = ["match.html", "match.wav", "patch.json", "patch.mid"]


def test_every_sound_of_a_folder_is_matched(fresh: Project) -> None:
    sounds = fresh.folder / "my sounds"
    sounds.mkdir()
    tone = np.sin(2 * np.pi * 220 * np.arange(20_000) / 48_000)
    soundfile.write(sounds / "a 'tone', $(high).wav", np.stack([tone, tone], 1), 48_000)
    (sounds / "text.wav").write_text("no sound\n")
    fresh.configure("match", {"sounds": "my sounds", "renders": 5})

    status, output = fresh.snakemake("--cores", "2", "match")
    assert status != 0
    sentence = "match_sound (sound text): my sounds/text.wav: cannot be read as a sound; export it"
    assert f"synthinv: {sentence}" in output
    assert "Traceback" not in output
    match = fresh.folder / "results" / "match"
    # One that cannot be read does not keep the others from being matched.
    assert [folder.name for folder in match.iterdir()] == ["a-tone-high"]
    assert sorted(file.name for file in (match / "a-tone-high").iterdir()) == FILES
    patch = json.loads((match / "a-tone-high" / "patch.json").read_text())
    assert patch["sound"]["name"] == "a 'tone', $(high).wav"
    assert patch["sound"]["note"] == "A3"

    (sounds / "text.wav").unlink()
    assert fresh.planned("match") == {}
    soundfile.write(sounds / "a 'tone', $(high).wav", tone[::2], 48_000)
    assert fresh.planned("match") == {"match": 1, "match_sound": 1}
    # With a solver of its own, that is trained first.
    fresh.configure("match.solver", "solver")
    assert fresh.planned("match")["train_solver"] == 1


def test_no_folder_is_a_sentence(fresh: Project) -> None:
    status, output = fresh.snakemake("-n", "--cores", "1", "match")
    assert status != 0
    assert "match.sounds: names no folder; give it one with sounds" in output
    fresh.configure("match", {"sounds": "nowhere"})
    status, output = fresh.snakemake("-n", "--cores", "1")
    assert status != 0
    assert "synthinv: match.sounds: there is no folder 'nowhere'" in output
