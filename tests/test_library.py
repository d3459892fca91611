"""What `import synthinv` gives, and that the examples in its docstrings work."""

import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import synthinv

NAMES = {
    *("Match", "SynthinvError", "__version__", "load_instrument", "load_solver", "match"),
    *("metrics", "open_engine", "render"),
}


def test_importing_the_library_imports_nothing_else(root: Path) -> None:
    code = """
import sys
before = set(sys.modules)
import synthinv
dir(synthinv), synthinv.__version__
print(sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['synthinv']\n"


def test_distances_do_not_wait_for_a_synth(root: Path) -> None:
    code = """
import sys
import synthinv
assert synthinv.metrics.mss
assert not {"numba", "torch", "scipy.signal", "scipy.spatial", "pandas"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_public_names_are_listed_for_people_and_for_type_checkers(root: Path) -> None:
    assert set(synthinv.__all__) == NAMES
    assert set(dir(synthinv)) >= NAMES
    stub = (root / "synthinv" / "__init__.pyi").read_text()
    assert all(f" as {name}\n" in stub or f"{name}: " in stub for name in NAMES)
    assert all(getattr(synthinv, name) is not None for name in NAMES)
    distances = set(synthinv.metrics.__all__)
    assert set(dir(synthinv.metrics)) >= distances
    assert all(callable(getattr(synthinv.metrics, name)) for name in distances)
    stub = (root / "synthinv" / "metrics" / "__init__.pyi").read_text()
    assert all(f" as {name}\n" in stub for name in distances)


@pytest.mark.parametrize("module", [synthinv, synthinv.metrics])
def test_a_name_that_does_not_exist_is_an_attribute_error(module: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'macth'"):
        module.macth  # type: ignore[attr-defined] # noqa: B018


@pytest.mark.parametrize("name", ["load_solver", "match", "open_engine", "render"])
def test_the_examples_of_a_function_work(name: str) -> None:
    function = getattr(synthinv, name)
    (example,) = doctest.DocTestFinder(recurse=False).find(function, name, globs={})
    assert example.examples
    report: list[str] = []
    doctest.DocTestRunner().run(example, out=report.append)
    assert report == []


def test_a_functions_signature_names_every_argument() -> None:
    for name in ("load_solver", "match", "open_engine", "render"):
        parameters = inspect.signature(getattr(synthinv, name)).parameters.values()
        assert not {p.kind for p in parameters} & {p.VAR_KEYWORD for p in parameters}, name


def test_every_argument_of_a_function_is_described() -> None:
    for name in ("load_solver", "match", "open_engine", "render"):
        function = getattr(synthinv, name)
        described = str(inspect.getdoc(function))
        for argument in inspect.signature(function).parameters:
            assert f"{argument}" in described.partition("Returns")[0], (name, argument)
