"""The matches of a sound on disk: each patch, a bank of them, and a page that shows them all."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from synthinv.common.errors import SynthinvError, in_brief
from synthinv.instruments.native.formats import FORMATS
from synthinv.matching.page import write_page
from synthinv.matching.presets import BANKS, suffix, write_native
from synthinv.matching.result import Match, file_name, match_files

PAGE, BANK = "match.html", "patches"
TRACES = (PAGE, file_name("patch", 1, ".json"), file_name("patch", 2, ".json"))
"""Files of which an earlier match has left at least one, even if Snakemake has deleted others."""


def write_matches(folder: Path, matches: Sequence[Match]) -> None:
    """Write the patches for a sound, a bank of several if the synth has banks, and `match.html`.

    Parameters
    ----------
    folder : Path
        Folder to write to, which is created. Patches of an earlier match, for another synth or of
        more of them, are deleted.
    matches : sequence of Match
        The patches, the best first; see `Match.save` for their files.

    Raises
    ------
    SynthinvError
        If a file cannot be written or deleted.
    """
    # Without them, files that have such names are not those of a match.
    earlier = any((folder / name).exists() for name in TRACES)
    for number, match in enumerate(matches, start=1):
        match.save(folder, number)
    bank = bank_name(matches)
    if bank is not None:
        _write_bank(folder / bank, matches)
    write_page(folder / PAGE, matches)
    if earlier:
        _delete_others(folder, matches)


def bank_name(matches: Sequence[Match]) -> str | None:
    """Return the name of the bank that holds all patches; None for one patch, or without banks."""
    instrument = matches[0].instrument
    if len(matches) == 1 or instrument.format not in BANKS:
        return None
    return f"{BANK}{suffix(instrument)}"


def _write_bank(path: Path, matches: Sequence[Match]) -> None:
    instrument = matches[0].instrument
    assert instrument.format is not None
    held = matches[: BANKS[instrument.format]]
    titles = [match.title(number) for number, match in enumerate(held, start=1)]
    write_native(path, instrument, [match.patch for match in held], titles)


def _delete_others(folder: Path, matches: Sequence[Match]) -> None:
    """Delete what an earlier match has written that this one has not."""
    own = {bank_name(matches)}
    for number, match in enumerate(matches, start=1):
        own.update(match_files(match.instrument, number))
    for number in count(1):
        there = [name for name in _possible(number) if (folder / name).exists()]
        for name in there:
            if name not in own:
                _delete(folder / name)
        if not there:
            break


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise SynthinvError(
            f"{path}: is not of this match and cannot be deleted ({in_brief(error)}); delete it, "
            "or name another folder"
        ) from None


def _possible(number: int) -> Iterator[str]:
    """Yield the names that a patch's files could have; for the first patch, banks' names, too."""
    suffixes = [files.suffixes[0] for files in FORMATS.values()]
    yield file_name("match", number, ".wav")
    yield from (file_name("patch", number, own) for own in (".json", ".mid", *suffixes))
    if number == 1:
        yield from (f"{BANK}{own}" for own in suffixes)
