"""The formats of preset files, by the name that an instrument gives its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol

from synthinv.common.errors import SynthinvError, in_brief
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.preset import Preset


class Format(Protocol):
    """A module that reads and writes one format."""

    def read_presets(self, path: Path) -> list[Preset]:
        """Read a file's presets, in order."""

    def write_presets(self, path: Path, presets: Sequence[Preset]) -> None:
        """Write a file with some presets."""


class FormatFiles(NamedTuple):
    """How a format's files are named, and where they come from.

    Attributes
    ----------
    suffixes : tuple of str
        Suffixes of the files that are read; the first is that of those that are written.
    remedy : str
        Where to get some, worded to end a sentence.
    """

    suffixes: tuple[str, ...]
    remedy: str


FORMATS = MappingProxyType(
    {
        "amsynth": FormatFiles((".bank",), "install Debian's package amsynth"),
        "dx7": FormatFiles((".syx", ".dx7"), "install Debian's package hexter"),
        "vital": FormatFiles((".vital",), "name a folder of your own"),
    }
)
"""By the name of the format, which is that of its module."""


def format_of(name: str) -> Format:
    """Return the module of a format by its name, one of `FORMATS`."""
    module: Format = import_module(f"{__package__}.{name}")
    return module


def existing(paths: Sequence[str]) -> tuple[str, ...]:
    """Return those of some files and folders of presets that exist.

    Raises
    ------
    SynthinvError
        If one lies in a folder that may not be looked into.
    """
    there = []
    for path in paths:
        with _looking_into(path):
            if Path(path).exists():
                there.append(path)
    return tuple(there)


def bank_files(paths: Sequence[str], name: str) -> list[Path]:
    """List the preset files that are named, in order.

    Parameters
    ----------
    paths : sequence of str
        Files, and folders, which stand for all files in and below them with one of the format's
        suffixes, sorted by name; hidden ones are left out.
    name : str
        Name of the format.

    Returns
    -------
    list of Path
        The files, each once.

    Raises
    ------
    SynthinvError
        If there is no such file or folder, it may not be looked into, or a folder has no such
        files.
    """
    files: dict[Path, None] = {}
    for path in paths:
        with _looking_into(path):
            files |= dict.fromkeys(_files_of(Path(path), name))
    return list(files)


def _files_of(path: Path, name: str) -> list[Path]:
    if path.is_file():
        return [path]
    suffixes, remedy = FORMATS[name]
    found = sorted(f for f in path.rglob("*") if _is_preset_file(f, suffixes) and f.is_file())
    if not path.is_dir():
        raise SynthinvError(f"{path}: there is no such file or folder of presets; {remedy}")
    if not found:
        raise SynthinvError(
            f"{path}: has no preset files ({', '.join(suffixes)}); name another folder"
        )
    return found


def _is_preset_file(path: Path, suffixes: Sequence[str]) -> bool:
    # macOS puts a hidden file ("._name") beside each one that it copies to another file system.
    return path.suffix.lower() in suffixes and not path.name.startswith(".")


@contextmanager
def _looking_into(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SynthinvError(
            f"{path}: cannot be looked into ({in_brief(error)}); name another folder or file"
        ) from None


def preset_files(instrument: Instrument, paths: Sequence[str]) -> list[Path]:
    """List the preset files of an instrument that are named, see `bank_files`.

    Raises
    ------
    SynthinvError
        As `bank_files`, or if the instrument has no format of its own.
    """
    if instrument.format is None:
        raise SynthinvError(
            f"{instrument.name}: has no preset files of its own; give the instrument a format, or "
            "leave out presets"
        )
    return bank_files(paths, instrument.format)


def read_bank(path: Path, name: str) -> list[Preset]:
    """Read the presets of a file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Name of its format.

    Returns
    -------
    list of Preset
        Its presets, in order.

    Raises
    ------
    SynthinvError
        If it cannot be read, is not such a file, or is empty.
    """
    if not path.is_file():
        raise SynthinvError(f"{path}: there is no such file of presets; {FORMATS[name].remedy}")
    presets = format_of(name).read_presets(path)
    if not presets:
        raise SynthinvError(f"{path}: has no presets; name another file")
    return presets
