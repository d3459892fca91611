"""Files that are either whole or absent, and manifests that list them with their digests."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from synthinv.common.errors import SynthinvError, in_brief

if TYPE_CHECKING:
    # Most of what reads and writes files handles no tables.
    import pandas as pd

Manifest = dict[str, Any]

FIELDS = (LookupError, TypeError, ValueError, OverflowError)
"""Exceptions that are raised when a field that is missing or of a wrong type is converted."""

_SELF = "manifest_sha256"
_NO_OBJECT = "is damaged (no JSON object); delete it and run again"
# Aliases let a few bytes of YAML stand for any number of values.
_MOST_VALUES = 100_000
# Besides its own errors, PyYAML passes on Python's, for numbers, truth values, dates and nesting
# that it cannot convert.
_YAML_ERRORS = (
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

# PyTorch raises RuntimeErrors with these texts when no memory is left.
_NO_MEMORY = ("can't allocate memory", "out of memory")
# PyTorch's and NumPy's messages for a size that no memory could have.
_TOO_LARGE = (
    "Maximum allowed size exceeded",
    "Overflow when unpacking long",
    "Storage size calculation overflowed",
)


class _UniqueKeys(yaml.SafeLoader):
    """A loader that refuses a key given twice, of which PyYAML takes the last."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if (key.tag, key.value) in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key.value}' is given twice", problem_mark=key.start_mark
                )
            seen.add((key.tag, key.value))
        return node


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file under a temporary name and rename it when it is complete.

    Parameters
    ----------
    path : Path
        Final name; its folder is created.

    Yields
    ------
    Path
        Name to write to: in the same folder, with the same suffixes.

    Raises
    ------
    SynthinvError
        If the disk is full or the folder cannot be written to; nothing is left behind.
    """
    # A fixed temporary name: a run after a kill overwrites what the killed one left behind.
    partial = path.with_name(f".partial-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, path)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError):
            raise cannot_write(path, error.strerror) from None
        raise


def cannot_write(path: Path, reason: object) -> SynthinvError:
    """Return the error for a file that cannot be written."""
    return SynthinvError(
        f"{path}: cannot be written ({reason}); make sure that the disk is not full and the folder "
        "can be written to, then run again"
    )


def require_writable(folder: Path) -> None:
    """Check that files can be written to a folder, whether it exists yet or not.

    Parameters
    ----------
    folder : Path
        The folder.

    Raises
    ------
    SynthinvError
        If they cannot.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise SynthinvError(
            f"{folder}: cannot be written to; make {there} writable, or name another folder in "
            "the field results"
        )


def write_text(path: Path, text: str) -> None:
    """Write a text file in one piece."""
    with replacing(path) as partial:
        # The same bytes on every system, since digests are taken of them.
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV in one piece, without its index, and its manifest."""
    with replacing(path) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")
    seal(path)


def read_table(path: Path, **options: Any) -> "pd.DataFrame":
    """Read a table that `write_table` wrote, after checking its digest.

    Parameters
    ----------
    path : Path
        CSV file; its manifest lies beside it.
    **options
        Options of `pandas.read_csv`.

    Returns
    -------
    pandas.DataFrame
        The table.

    Raises
    ------
    SynthinvError
        If it is missing or damaged, or is not a table.
    """
    import pandas as pd

    intact(path)
    # pandas's own errors of parsing are ValueErrors, too.
    with understood(path, ValueError, OverflowError):
        table: pd.DataFrame = pd.read_csv(path, **options)
    return table


def seal(path: Path) -> None:
    """Write the manifest of a single file, under the same name with the suffix `.json`."""
    write_manifest(path.with_suffix(".json"), {}, {"content": path})


def intact(path: Path) -> Path:
    """Check a file against the manifest that `seal` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Path
        The file, unchanged since it was written.

    Raises
    ------
    SynthinvError
        If its digest differs, or it has no manifest.
    """
    manifest = path.with_suffix(".json")
    # Deleting the file is enough: Snakemake then makes both again.
    if not manifest.is_file():
        raise SynthinvError(f"{path}: has no manifest {manifest.name}; delete it and run again")
    return verified(manifest, read_manifest(manifest), "content")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file in one piece, keys in the order given."""
    write_text(path, _json(content))


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file.

    Parameters
    ----------
    path : Path
        A file holding one JSON object.

    Returns
    -------
    dict
        The object.

    Raises
    ------
    SynthinvError
        If it is missing, or is not a JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SynthinvError(f"{path}: cannot be read ({error.strerror}); run again") from error
    # RecursionError: nested too deeply.
    except (ValueError, RecursionError) as error:
        raise SynthinvError(f"{path}: {_NO_OBJECT}") from error
    if not isinstance(content, dict):
        raise SynthinvError(f"{path}: {_NO_OBJECT}")
    return content


def read_yaml(path: Path, remedy: str = "correct it") -> dict[str, Any]:
    """Read a YAML file that a user has written.

    Parameters
    ----------
    path : Path
        A file holding one mapping.
    remedy : str
        What to do if it cannot be read, worded to end the sentence.

    Returns
    -------
    dict
        The mapping, of plain values only.

    Raises
    ------
    SynthinvError
        If it cannot be read, or is not a mapping of a reasonable size.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)
        values = _values(content, {})
    except (OSError, UnicodeDecodeError) as error:
        raise SynthinvError(f"{path}: cannot be read ({in_brief(error)}); {remedy}") from error
    except _YAML_ERRORS as error:
        raise SynthinvError(f"{path}: is not valid YAML ({in_brief(error)}); {remedy}") from error
    if not isinstance(content, dict):
        raise SynthinvError(f"{path}: holds no keys with values; {remedy}")
    if values > _MOST_VALUES:
        raise SynthinvError(
            f"{path}: stands for more than {_MOST_VALUES:,} values; use fewer aliases"
        )
    return content


def _values(node: Any, known: dict[int, float]) -> float:
    """Count the values of a tree, aliases expanded; infinitely many if it contains itself."""
    if not isinstance(node, dict | list):
        return 1
    if id(node) not in known:
        known[id(node)] = float("inf")
        children = node.values() if isinstance(node, dict) else node
        known[id(node)] = 1 + sum(_values(child, known) for child in children)
    return known[id(node)]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def named_digest(path: Path) -> dict[str, str]:
    """Return a file's name, without its folder, and its digest, as manifests hold them."""
    return {"name": path.name, "sha256": sha256_of(path)}


def write_manifest(
    path: Path, fields: Mapping[str, Any], files: Mapping[str, Path] = MappingProxyType({})
) -> None:
    """Write a manifest: fields that describe files, the files' digests, and its own digest.

    Parameters
    ----------
    path : Path
        The manifest.
    fields : mapping
        Contents of the files: counts, shapes, origin.
    files : mapping of str to Path
        Role to file, in the manifest's own folder; none if the fields are the whole result.
    """
    digests = {role: named_digest(file) for role, file in files.items()}
    content = {**fields, "files": digests}
    write_json(path, {**content, _SELF: _digest(content)})


def read_manifest(path: Path) -> Manifest:
    """Read a manifest and check it against its own digest.

    Parameters
    ----------
    path : Path
        The manifest.

    Returns
    -------
    dict
        Its fields.

    Raises
    ------
    SynthinvError
        If it is missing or has been changed.
    """
    content = read_json(path)
    # The digest covers the values; white space and escapes must be unchanged, too.
    as_written = path.read_bytes() == _json(content).encode()
    if content.pop(_SELF, None) != _digest(content) or not as_written:
        raise SynthinvError(f"{path}: does not match its own digest; delete it and run again")
    return content


def verified(path: Path, manifest: Manifest, role: str) -> Path:
    """Check a file against the manifest beside it.

    Parameters
    ----------
    path : Path
        The manifest.
    manifest : dict
        Its fields, from `read_manifest`.
    role : str
        Role of the file in the manifest.

    Returns
    -------
    Path
        The file, unchanged since it was written.

    Raises
    ------
    SynthinvError
        If the file is missing, or its digest differs.
    """
    with understood(path, *FIELDS):
        entry = manifest["files"][role]
        file, digest = path.with_name(str(entry["name"])), entry["sha256"]
        # ValueError: a null character in the name.
        there = file.is_file()
    if not there:
        raise SynthinvError(f"{file}: is missing, but {path} lists it; run again to make it")
    if sha256_of(file) != digest:
        raise SynthinvError(
            f"{file}: does not match the digest in {path.name}; delete it and run again"
        )
    return file


@contextmanager
def understood(path: Path, *damage: type[Exception]) -> Iterator[None]:
    """Turn exceptions of a file's parser into one sentence that names the file.

    A matching digest shows that a file is as it was written, not that synthinv wrote it. Only the
    parsing belongs in the block: an exception of any other type is a bug and keeps its traceback.

    Parameters
    ----------
    path : Path
        The file.
    *damage : type
        Exceptions that the parser raises for a damaged file; `FIELDS` for a manifest's fields.

    Raises
    ------
    SynthinvError
        If the block raises one of these exceptions, or the file cannot be read, or does not fit
        into memory.
    """
    try:
        with within_memory(path):
            yield
    except OSError as error:
        raise SynthinvError(f"{path}: cannot be read ({in_brief(error)}); run again") from error
    except damage as error:
        raise SynthinvError(
            f"{path}: does not hold what it should ({in_brief(error)}); delete it and run again"
        ) from error


@contextmanager
def within_memory(path: Path) -> Iterator[None]:
    """Turn a lack of memory into one sentence that names the file that needs it.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    SynthinvError
        If there is too little memory.
    """
    try:
        yield
    except Exception as error:
        if not is_memory_error(error) and not any(text in str(error) for text in _TOO_LARGE):
            raise
        raise SynthinvError(
            f"{path}: needs more memory than there is; free some and run again, or, if it should "
            "not be that large, delete it"
        ) from error


def is_memory_error(error: Exception) -> bool:
    """Return whether an exception says that no memory is left, PyTorch's included."""
    return isinstance(error, MemoryError) or any(text in str(error) for text in _NO_MEMORY)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
