"""Digests of the code that makes a file: they change when that code does, and only then.

Snakemake does not see a change in an imported module. Every rule therefore carries the digest of
the modules it runs as a parameter; a changed parameter re-runs the rule.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]

# The values that a rule uses are its parameters, so the models that validate them do not count: a
# clearer message, or an option of another rule, re-runs nothing. These modules hold declarations
# only (`tests/pipeline/test_provenance.py` sees to it); behaviour lives elsewhere.
DECLARATIONS = (
    "common/errors.py",
    "common/validation.py",
    "config/sections/*.py",
)
# What shows how far a job has come is in no file that it makes.
NOT_COUNTED = (*DECLARATIONS, "common/durations.py", "common/progress.py")
# What a package's `__init__` loads lazily does not count either: it is for users, and no module of
# the package uses it.
LAZY = ("__all__", "__getattr__", "__dir__")

DATA = re.compile(r"\w+\.json")
"""Names of files of data that lie beside the modules that read them."""


def modules(patterns: Iterable[str]) -> frozenset[Path]:
    """Return the files of the package whose names fit one of some patterns."""
    return frozenset(file for pattern in patterns for file in PACKAGE.glob(pattern))


def code_digest(*files: str | Path) -> str:
    """Digest the code of some files and of all package modules they import.

    Comments, docstrings, other bare strings and layout do not count; a file of data counts where a
    module of its own folder names it. Imports inside functions are not followed: they leave a
    choice open, such as that of an engine, and the caller that makes the choice passes the chosen
    module as well.

    Parameters
    ----------
    *files : str or Path
        A module of the package by its dotted name below it ("engines.built_in.engine"), or the
        path of a script.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    todo = [f if isinstance(f, Path) else _module_file(f) for f in files]
    ignored = modules(NOT_COUNTED)
    seen: set[Path] = set()
    while todo:
        file = todo.pop()
        if file not in seen | ignored:
            seen.add(file)
            todo.extend(_imports(file))
    # Sorted by digest, not by path: the result must not depend on where the checkout lies.
    digests = sorted(
        digest for file in seen for digest in (_file_digest(file), *_data_digests(file))
    )
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:16]


def rule_digest(scripts: Path, script: str, *modules: str) -> str:
    """Digest a rule's code.

    Parameters
    ----------
    scripts : Path
        Folder of the scripts.
    script : str
        The rule's script.
    *modules : str
        Modules that it imports inside functions, see `code_digest`.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return code_digest(scripts / script, *modules)


def _module_file(name: str) -> Path:
    stem = PACKAGE.joinpath(*name.split("."))
    file = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
    if not file.is_file():
        raise ValueError(f"synthinv has no module {name}")
    return file


@cache
def _tree(file: Path) -> ast.Module:
    tree: ast.Module = _WithoutBareStrings().visit(ast.parse(file.read_bytes()))
    if file.name == "__init__.py":
        tree.body = [node for node in tree.body if not _is_lazy(node)]
    return tree


def _is_lazy(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in LAZY
    targets = node.targets if isinstance(node, ast.Assign) else []
    return bool(targets) and all(isinstance(t, ast.Name) and t.id in LAZY for t in targets)


class _WithoutBareStrings(ast.NodeTransformer):
    """Removal of statements that are only a string: docstrings, and texts below a constant."""

    def visit_Expr(self, node: ast.Expr) -> Any:
        bare = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if bare else node


@cache
def _imports(file: Path) -> tuple[Path, ...]:
    found: list[Path] = []
    for node in _outside_functions(_tree(file)):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{file}: use absolute imports, for code digests to follow them")
            found.extend(_package_files(str(node.module), [alias.name for alias in node.names]))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found.extend(_package_files(alias.name, []))
    return tuple(found)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _outside_functions(child)


def _package_files(module: str, names: list[str]) -> Iterator[Path]:
    """List the files that `from module import names` runs, those of its packages included."""
    package, *parts = module.split(".")
    if package != PACKAGE.name:
        return
    for depth in range(1, len(parts) + 1):
        yield from _module_files(PACKAGE.joinpath(*parts[:depth]))
    for name in names:
        yield from _module_files(PACKAGE.joinpath(*parts, name))


def _module_files(stem: Path) -> Iterator[Path]:
    candidates = (stem.with_suffix(".py"), stem / "__init__.py")
    yield from (file for file in candidates if file.is_file())


@cache
def _file_digest(file: Path) -> str:
    return hashlib.sha256(ast.dump(_tree(file)).encode()).hexdigest()


@cache
def _data_digests(file: Path) -> tuple[str, ...]:
    """Digest the files beside a module that it names, such as a synth's initial patch."""
    texts = (node.value for node in ast.walk(_tree(file)) if isinstance(node, ast.Constant))
    named = {
        file.with_name(text) for text in texts if isinstance(text, str) and DATA.fullmatch(text)
    }
    return tuple(hashlib.sha256(f.read_bytes()).hexdigest() for f in named if f.is_file())
