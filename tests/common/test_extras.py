"""Packages of extras, and what a user is told where they are missing."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from synthinv.common.errors import SynthinvError
from synthinv.common.extras import EXTRAS, extras_explained

SOURCE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]
    return project


# Modules of packages that others bring.
BROUGHT = {"llvmlite": "numba", "nbformat": "nbclient", "pydantic_core": "pydantic"}


def distributions(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(requirement).name) for requirement in requirements}


def distribution_of(module: str) -> str:
    return canonicalize_name(packages_distributions()[BROUGHT.get(module, module)][0])


def imported() -> set[str]:
    """Name what the package imports that is not Python's own, inside functions included."""
    found = set()
    for file in (SOURCE / "synthinv").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                found.add(node.module.partition(".")[0])
    return {name for name in found if name in packages_distributions()} - {"synthinv"}


def test_every_import_is_installed_by_default_or_with_an_extra(project: dict[str, Any]) -> None:
    light = distributions(project["dependencies"])
    extras = {module for modules in EXTRAS.values() for module in modules}
    for module in imported():
        assert (distribution_of(module) in light) != (module in extras), module


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_brings_what_it_should(extra: str, project: dict[str, Any]) -> None:
    listed = distributions(project["optional-dependencies"][extra])
    assert {distribution_of(module) for module in EXTRAS[extra]} <= listed


@pytest.mark.parametrize(
    ("error", "extra"),
    [
        (ModuleNotFoundError("No module named 'pandas'", name="pandas"), "workflow"),
        (ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn"), "workflow"),
        (ImportError("libGL.so.1: cannot open", name="dawdreamer.dawdreamer"), "plug-in"),
    ],
)
def test_a_missing_extra_is_one_sentence(error: ImportError, extra: str) -> None:
    with pytest.raises(SynthinvError) as caught, extras_explained():
        raise error
    pattern = rf"this needs \w+, which cannot be imported \(.*\); .* 'synthinv\[{extra}\]'"
    assert re.fullmatch(pattern, str(caught.value))


def test_what_is_in_no_extra_keeps_its_traceback() -> None:
    for error in (ModuleNotFoundError("No module named 'numpy'", name="numpy"), ImportError("bug")):
        with pytest.raises(type(error)), extras_explained():
            raise error
