"""How the package is laid out, and what is in the wheel that pip builds."""

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from synthinv.solver.registry import shipped_names

SOURCE = Path(__file__).parents[1] / "synthinv"
PACKAGES = sorted(file.parent for file in SOURCE.rglob("__init__.py"))
MOST_MODULES = 14
"""In one package; those of its sub-packages are theirs."""


def test_the_top_level_holds_packages_only() -> None:
    files = {file.name for file in SOURCE.iterdir() if file.is_file()}
    assert files == {"__init__.py", "__init__.pyi", "__main__.py", "py.typed"}


def test_every_folder_with_modules_is_a_package() -> None:
    assert {file.parent for file in SOURCE.rglob("*.py")} == set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: str(folder.relative_to(SOURCE)))
def test_a_package_says_what_it_is_for_imports_nothing_and_is_not_too_large(package: Path) -> None:
    tree = ast.parse((package / "__init__.py").read_text("utf-8"))
    assert ast.get_docstring(tree)
    assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body)
    assert len(list(package.glob("*.py"))) - 1 <= MOST_MODULES


def test_the_packages_are_listed_in_the_order_in_which_data_flows() -> None:
    docstring = str(ast.get_docstring(ast.parse((SOURCE / "__init__.py").read_text("utf-8"))))
    docstring = docstring.partition("in the order in which data flows")[2]
    listed = [line for line in docstring.splitlines() if line.isidentifier()]
    assert sorted(listed) == [folder.name for folder in PACKAGES if folder.parent == SOURCE]


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
        f"synthinv/solver/models/{synth}/{name}"
        for synth in shipped_names()
        for name in ("card.yaml", "model.json", "model.onnx")
    }


@pytest.mark.parametrize("synth", shipped_names())
def test_a_solver_in_it_takes_ten_megabytes_at_most(wheel: zipfile.ZipFile, synth: str) -> None:
    sizes = [e.file_size for e in wheel.infolist() if f"/models/{synth}/" in e.filename]
    assert 1e6 < sum(sizes) <= 10e6
