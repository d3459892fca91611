"""A folder of sounds, and the names of their patches."""

import re
from pathlib import Path

from synthinv.common.errors import SynthinvError

SUFFIXES = (
    ".aif",
    ".aifc",
    ".aiff",
    ".au",
    ".caf",
    ".flac",
    ".mp3",
    ".oga",
    ".ogg",
    ".opus",
    ".w64",
    ".wav",
)


def sounds_in(folder: str | None) -> dict[str, str]:
    """List the sound files of a folder.

    Parameters
    ----------
    folder : str or None
        The folder; None has no sounds.

    Returns
    -------
    dict of str to str
        Name to file, sorted by name. A name can be part of any path: it is the file's own without
        its suffix, with hyphens for all but letters, digits, underscores and dots.

    Raises
    ------
    SynthinvError
        If there is no such folder, it has no sounds, two of them have the same name, or one has
        characters in its name that Snakemake does not take.
    """
    if folder is None:
        return {}
    if not Path(folder).is_dir():
        raise SynthinvError(f"match.sounds: there is no folder '{folder}'; correct the path")
    sounds: dict[str, str] = {}
    for file in sorted(Path(folder).iterdir()):
        if file.suffix.lower() not in SUFFIXES or not file.is_file() or file.name[0] == ".":
            continue
        if re.search(r"[{}]", str(file)) or not str(file).isprintable():
            raise SynthinvError(
                f"match.sounds: {str(file)!r} has a brace or a character that cannot be shown in "
                "its name, which Snakemake does not take; rename it"
            )
        name = re.sub(r"[^\w.]+", "-", file.stem).strip("-.") or "sound"
        if name in sounds:
            raise SynthinvError(
                f"match.sounds: '{file}' and '{sounds[name]}' would both be called '{name}'; "
                "rename one of them"
            )
        sounds[name] = str(file)
    if not sounds:
        raise SynthinvError(
            f"match.sounds: '{folder}' has no sound files ({', '.join(SUFFIXES)}); name another "
            "folder"
        )
    return dict(sorted(sounds.items()))
