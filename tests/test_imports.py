"""What imports what: nothing slow that is not used, and no package one that stands above it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from synthinv.audio.write import write_sound
from synthinv.common.extras import EXTRAS

ROOT = Path(__file__).parents[1]

SYNTH = "instrument: minimoog-1osc\nengine: {kind: built-in}\n"
LIVE = "instrument: monark\nengine: {kind: live, midi_port: nowhere, midi_api: UNIX_JACK}\n"
# What no user of these commands should wait for, or have to install.
WORKFLOW = EXTRAS["workflow"]
SLOW = ("scipy.signal", "scipy.stats")
HEAVY = ("torch", "scipy", "numba", "pydantic", "yaml", "synthinv.config", "synthinv.instruments")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a sound, and two configurations of three lines at most."""
    (tmp_path / "synth.yaml").write_text(SYNTH)
    (tmp_path / "live.yaml").write_text(LIVE)
    note = np.sin(2 * np.pi * 220 * np.arange(22_050) / 44_100).astype(np.float32)
    write_sound(tmp_path / "sound.wav", note, 44_100)
    return tmp_path


def modules_after(code: str, folder: Path) -> set[str]:
    """Name the modules that are imported once some code has run in a process of its own."""
    listing = "import sys; print(*sys.modules, file=open('modules', 'w'))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JACK_NO_START_SERVER": "1"}
    subprocess.run(
        [sys.executable, "-c", f"{code}; {listing}"], cwd=folder, env=environment, check=True
    )
    return set((folder / "modules").read_text().split())


@pytest.mark.parametrize(
    ("command", "slow"),
    [
        ("devices", ("numba", "scipy", "soundfile")),
        ("midi-learn live.yaml", ("numba", "scipy", "soundfile")),
        ("check synth.yaml", SLOW),
        ("audible synth.yaml --patches 1", ()),
        ("match sound.wav --renders 1", ("scipy.signal", "scipy.spatial", "scipy.stats")),
        ("plug-in nowhere.so", ("numba", "scipy", "soundfile")),
        ("verify nowhere", ("numba", "scipy", "soundfile")),
    ],
)
def test_a_command_imports_nothing_that_it_does_not_use(
    command: str, slow: tuple[str, ...], folder: Path
) -> None:
    found = modules_after(f"from synthinv.cli.main import main; main({command.split()})", folder)
    assert not found & {*WORKFLOW, *slow}


def test_the_commands_are_listed_without_any_library(folder: Path) -> None:
    code = "from synthinv.cli.main import _parser; _parser('').format_help()"
    assert not modules_after(code, folder) & {*WORKFLOW, "numpy", "pydantic", "scipy", "yaml"}


@pytest.mark.parametrize(
    ("code", "slow"),
    [
        # PyTorch's compiler takes as long to import as PyTorch, and nothing here is compiled by it.
        ("from synthinv.common.compute import use_threads; use_threads(2)", ("torch._dynamo",)),
        (
            "import synthinv.solver.checkpoint",
            ("torch", "onnx", "pandas", "zarr", "scipy", "numba"),
        ),
        ("import synthinv.solver.training", ("onnx", "onnxscript", "onnxruntime")),
        # A process that is copied for every note has to be small.
        ("import synthinv.engines.plug_in.player", HEAVY),
        ("import synthinv.engines.vital.player", HEAVY),
    ],
)
def test_a_module_imports_nothing_slow_that_it_does_not_use(
    code: str, slow: tuple[str, ...], folder: Path
) -> None:
    assert not modules_after(code, folder) & {*slow}


def lint_imports(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Check the contracts of pyproject.toml in a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def package(root: Path, tmp_path: Path) -> Path:
    """A copy of the package, with the contracts, that a test may change."""
    shutil.copy(root / "pyproject.toml", tmp_path)
    ignored = shutil.ignore_patterns("__pycache__", "models")
    shutil.copytree(root / "synthinv", tmp_path / "synthinv", ignore=ignored)
    return tmp_path / "synthinv"


def test_every_package_imports_only_what_stands_below_it(root: Path) -> None:
    done = lint_imports(root)
    assert done.returncode == 0, done.stdout


IN_FUNCTION = "\n\ndef late():\n    import {}\n"
FOR_TYPES = "\n\nif TYPE_CHECKING:\n    import {}\n"


LAYERS = "A package imports only what stands below it"
METRICS = "Metrics compare sounds and patches, whatever made them"
PAGES = "Pages know HTML, pictures and sounds only"
CYCLES = "No modules of a package import each other in a circle"


@pytest.mark.parametrize(
    ("module", "code", "imported", "broken"),
    [
        ("common/seeds", "\nimport {}\n", "synthinv.cli.main", LAYERS),
        ("common/seeds", IN_FUNCTION, "synthinv.audio.mel", LAYERS),
        ("common/files", FOR_TYPES, "synthinv.config.root", LAYERS),
        ("thesis/losses", IN_FUNCTION, "synthinv.solver.loss", LAYERS),
        ("metrics/psd", IN_FUNCTION, "synthinv.config.root", METRICS),
        ("pages/html", IN_FUNCTION, "synthinv.instruments.model", PAGES),
        ("solver/base", IN_FUNCTION, "synthinv.solver.network", CYCLES),
    ],
    ids=["top", "in a function", "for types", "sibling", "metrics", "pages", "circle"],
)
def test_an_import_in_another_direction_is_found(
    package: Path, module: str, code: str, imported: str, broken: str
) -> None:
    file = package / f"{module}.py"
    file.write_text(file.read_text() + code.format(imported))
    done = lint_imports(package.parent)
    assert done.returncode == 1, done.stdout
    assert f"{broken} BROKEN" in done.stdout


def test_a_new_package_needs_a_place_among_the_others(package: Path) -> None:
    (package / "shelf").mkdir()
    (package / "shelf" / "__init__.py").touch()
    assert lint_imports(package.parent).returncode == 1
