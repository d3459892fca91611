"""Which code made a file: a digest that changes when that code does, and only then.

Snakemake does not see a change in an imported module. Every rule therefore carries the digest of
the modules it runs as a parameter; a changed parameter re-runs the rule.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

# A rule carries the values it uses as parameters; the models that validated them do not count,
# so that a clearer message, or an option of another rule, re-runs nothing.
NOT_COUNTED = {
    PACKAGE / "config/root.py",
    PACKAGE / "common/errors.py",
    PACKAGE / "common/validation.py",
    *(PACKAGE / "config/sections").glob("*.py"),
}


def code_digest(*files: str | Path) -> str:
    """Digest the code of some files and of all package modules they import.

    Comments, docstrings and layout do not count. Imports inside functions are not followed:
    they are how a module leaves a choice open (which engine, say), and whoever makes the choice
    names the chosen module here as well.

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
    seen: set[Path] = set()
    while todo:
        file = todo.pop()
        if file not in seen | NOT_COUNTED:
            seen.add(file)
            todo.extend(_imports(file))
    # By digest, not by path: the result must not depend on where the checkout lies.
    digests = sorted(_file_digest(file) for file in seen)
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
        Modules that it imports by choice, see `code_digest`.

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
    return ast.parse(file.read_bytes())


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
    """List the files that importing `names` from a module runs: its folders' too."""
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
    tree = _tree(file)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
