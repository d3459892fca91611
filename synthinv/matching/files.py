"""The matches of a sound on disk: each patch, and a page that shows them all."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from synthinv.matching.page import write_page
from synthinv.matching.result import Match, file_names

PAGE = "match.html"


def write_matches(folder: Path, matches: Sequence[Match]) -> None:
    """Write the patches for a sound, and `match.html`.

    Parameters
    ----------
    folder : Path
        Folder to write to, which is created. Patches of an earlier match that had more of them are
        deleted.
    matches : sequence of Match
        The patches, the best first; see `Match.save` for their files.
    """
    for number, match in enumerate(matches, start=1):
        match.save(folder, number)
    write_page(folder / PAGE, matches)
    for number in count(len(matches) + 1):
        former = [folder / name for name in file_names(number)]
        if not any(file.exists() for file in former):
            break
        for file in former:
            file.unlink(missing_ok=True)
