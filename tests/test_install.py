"""The distributions, and what works in an environment with nothing but the wheel.

There are two environments: one with the versions of the lock, one with the lowest that are allowed.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from packaging.requirements import Requirement

from synthinv.audio.write import write_sound

MOST_MEGABYTES = 700
SYNTH = "instrument: minimoog-1osc\nengine: {kind: built-in}\n"
LIVE = "instrument: monark\nengine: {kind: live, midi_port: nowhere, midi_api: UNIX_JACK}\n"


class Distributions(NamedTuple):
    """The files that are uploaded for a release."""

    sdist: Path
    wheel: Path


def environment() -> dict[str, str]:
    """Return the environment's variables without those that lead to another installation."""
    others = ("PYTHONPATH", "NUMBA_CACHE_DIR")
    return {name: text for name, text in os.environ.items() if name not in others}


class Installation(NamedTuple):
    """A fresh environment, and a folder with a sound and two configurations."""

    python: Path
    folder: Path

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the environment in the folder."""
        program = str(self.python.with_name(command[0]))
        done = subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env={**environment(), "JACK_NO_START_SERVER": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[str]:
    """The files of the repository, by their paths in it."""
    # The tests of a source distribution have no repository to compare it with.
    if not (root / ".git").exists():
        pytest.skip("this is no clone")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=root, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if (root / name).is_file()]


@pytest.fixture(scope="module")
def distributions(
    root: Path, tracked: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Distributions:
    # A copy, for a build leaves a folder behind. The wheel is built from what the sdist holds.
    folder = tmp_path_factory.mktemp("source")
    for name in tracked:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, folder / name)
    build = [sys.executable, "-m", "build", "--no-isolation"]
    done = subprocess.run(build, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,), (wheel,) = (folder / "dist").glob("*.tar.gz"), (folder / "dist").glob("*.whl")
    return Distributions(sdist, wheel)


def lowest_versions(root: Path) -> list[str]:
    """Pin what the light installation requires to the lowest version that it allows."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    requirements = [Requirement(text) for text in project["dependencies"]]
    return [
        f"{requirement.name}=={limit.version}"
        for requirement in requirements
        for limit in requirement.specifier
        if limit.operator == ">="
    ]


@pytest.fixture(scope="module", params=["lock", "lowest"])
def installation(
    request: pytest.FixtureRequest,
    root: Path,
    distributions: Distributions,
    tmp_path_factory: pytest.TempPathFactory,
) -> Installation:
    folder = tmp_path_factory.mktemp("installation")
    lock = root / "constraints.txt"
    if request.param == "lowest":
        lock = folder / "constraints.txt"
        lock.write_text("\n".join(lowest_versions(root)))
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "-c", str(lock), str(distributions.wheel)]
    subprocess.run(command, cwd=folder, env=environment(), check=True)
    work = folder / "work"
    work.mkdir()
    (work / "synth.yaml").write_text(SYNTH)
    (work / "live.yaml").write_text(LIVE)
    (work / "synth.so").touch()
    note = np.sin(2 * np.pi * 220 * np.arange(44_100) / 44_100).astype(np.float32)
    write_sound(work / "sound.wav", note, 44_100)
    return Installation(python, work)


def test_the_source_distribution_holds_the_whole_repository(
    distributions: Distributions, tracked: list[str]
) -> None:
    with tarfile.open(distributions.sdist) as archive:
        names = {m.name.partition("/")[2] for m in archive.getmembers() if m.isfile()}
    made = {"PKG-INFO", "setup.cfg"}
    assert {name for name in names - made if ".egg-info/" not in name} == set(tracked)


def test_it_takes_700_megabytes_at_most(installation: Installation) -> None:
    files = (installation.folder.parent / "venv").rglob("*")
    size = sum(512 * file.lstat().st_blocks for file in files) / 1e6
    print(f"the environment takes {size:.0f} MB")
    assert size <= MOST_MEGABYTES


@pytest.mark.parametrize("module", ["torch", "pandas", "snakemake", "zarr", "matplotlib"])
def test_nothing_of_the_workflow_is_installed(installation: Installation, module: str) -> None:
    assert "No module named" in installation.run("python", "-m", module).stderr


def test_a_sound_is_matched(installation: Installation) -> None:
    done = installation.run("synthinv", "match", "sound.wav")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sound.wav: A3 ")
    written = {file.name for file in (installation.folder / "sound-patch").iterdir()}
    assert written >= {"match.html", "match.wav", "patch.json", "patch.mid"}


def test_the_library_matches_a_sound(installation: Installation) -> None:
    code = "import synthinv; print(synthinv.match('sound.wav')[0])"
    done = installation.run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_synth_is_checked(installation: Installation) -> None:
    done = installation.run("synthinv", "check", "synth.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("It is the note that was played, in tune.\n")


def test_knobs_are_checked(installation: Installation) -> None:
    done = installation.run("synthinv", "audible", "synth.yaml", "--patches", "2")
    assert "filter_cutoff" in done.stdout, done.stderr


def test_devices_are_listed_or_their_absence_is_explained(installation: Installation) -> None:
    done = installation.run("synthinv", "devices")
    assert done.stdout.startswith("MIDI outputs") or done.stderr.startswith("synthinv: ")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("midi-learn live.yaml", "nowhere"),
        ("verify nowhere", "holds no results"),
        ("plug-in synth.so", "pip install 'synthinv[plug-in]'"),
        ("compare one other", "pip install 'synthinv[workflow]'"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    installation: Installation, command: str, sentence: str
) -> None:
    done = installation.run("synthinv", *command.split())
    assert done.returncode == 1
    assert done.stderr.startswith("synthinv: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr


def test_every_command_says_what_it_takes(installation: Installation) -> None:
    listing = installation.run("synthinv", "--help").stdout
    assert "midi-learn" in listing
    for command in ("devices", "midi-learn", "check", "audible", "match", "plug-in", "verify"):
        done = installation.run("synthinv", command, "--help")
        assert done.stdout.startswith(f"usage: synthinv {command}")
