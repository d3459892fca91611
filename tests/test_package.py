"""What is in the package that pip builds."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    # A copy, for a build leaves a folder behind.
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "synthinv", folder / "synthinv", ignore=ignored)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    options = ["--no-build-isolation", "--wheel-dir", "."]
    subprocess.run([*pip, *options, "."], cwd=folder, check=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_it_holds_every_file_that_is_no_bytecode(wheel: zipfile.ZipFile, root: Path) -> None:
    files = {
        str(file.relative_to(root))
        for file in (root / "synthinv").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == files
    assert {name for name in files if "/models/" in name} == {
        f"synthinv/solver/models/minimoog-1osc/{name}"
        for name in ("model.json", "weights.safetensors")
    }


def test_the_solver_in_it_takes_ten_megabytes_at_most(wheel: zipfile.ZipFile) -> None:
    sizes = [entry.file_size for entry in wheel.infolist() if "/models/" in entry.filename]
    assert 1e6 < sum(sizes) <= 10e6
