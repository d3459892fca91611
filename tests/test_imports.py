"""What imports what: nothing slow that is not used, and no package one that stands above it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


# PyTorch's compiler takes as long to import as PyTorch itself, and nothing here is compiled by it.
@pytest.mark.parametrize(
    ("code", "slow"),
    [
        ("import synthinv.cli.main", ("torch", "numba", "scipy.signal", "matplotlib")),
        ("from synthinv.common.compute import use_threads; use_threads(2)", ("torch._dynamo",)),
        (
            "import synthinv.solver.checkpoint",
            ("torch", "onnx", "pandas", "zarr", "scipy", "numba"),
        ),
        ("import synthinv.solver.training", ("onnx", "onnxscript", "onnxruntime")),
    ],
)
def test_nothing_slow_is_imported_that_is_not_used(code: str, slow: tuple[str, ...]) -> None:
    listing = f"{code}; import sys; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", listing], check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"


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
