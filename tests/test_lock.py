"""The lock: exact versions, within the ranges of pyproject.toml, of all that is installed."""

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = {
    canonicalize_name(name): Version(version)
    for name, version in (
        line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    )
}
REQUIREMENTS = [
    Requirement(text)
    for texts in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for text in texts
    if Requirement(text).name != "synthinv"
]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_the_lock_is_within_the_ranges(requirement: Requirement) -> None:
    assert LOCK[canonicalize_name(requirement.name)] in requirement.specifier
    assert any(limit.operator == ">=" for limit in requirement.specifier)


def test_the_lock_names_what_the_dependencies_need() -> None:
    """Follow what is installed here, as far as it is: the extras of one environment."""
    waiting = [(requirement, frozenset(requirement.extras)) for requirement in REQUIREMENTS]
    seen = set()
    while waiting:
        requirement, extras = waiting.pop()
        name = canonicalize_name(requirement.name)
        assert name in LOCK, f"{name} is missing from constraints.txt; run make lock"
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            needed = distribution(requirement.name).requires or []
        except PackageNotFoundError:
            continue
        for child in map(Requirement, needed):
            wanted = child.marker is None or any(
                child.marker.evaluate({"extra": extra}) for extra in ("", *extras)
            )
            if wanted:
                waiting.append((child, frozenset(child.extras)))
    assert len(seen) > len(PROJECT["dependencies"])


def test_every_version_is_exact_and_named_once() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert len(lines) == len(LOCK)
    assert sorted(lines, key=lambda line: line.split("==")[0]) == lines
