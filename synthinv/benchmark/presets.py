"""The presets that come with synthinv: what a match finds for the sounds of the development half.

Run as `python -m synthinv.benchmark.presets FOLDER INSTRUMENT --renders N`. Matches start from the
presets that are there, so a second run finds better ones.
"""

import argparse
import csv
import math
from collections.abc import Sequence
from pathlib import Path

import soundfile

from synthinv.common.files import replacing
from synthinv.common.progress import progress_shown
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.presets import PRESETS
from synthinv.matching.api import match


def find_presets(sounds: Sequence[Path], instrument: str, renders: int) -> dict[str, Patches]:
    """Match sounds with a synth.

    Parameters
    ----------
    sounds : sequence of Path
        Sound files.
    instrument : str
        Name of an instrument that comes with synthinv, and for which a solver does.
    renders : int
        Patches that are played for each sound.

    Returns
    -------
    dict of str to uint8 array [parameters]
        The best patch for each sound, by the name of its file.
    """
    found = {}
    with progress_shown("matching", "sound") as progress:
        for done, sound in enumerate(sounds):
            progress(done, len(sounds))
            found[sound.stem] = match(sound, synth=instrument, renders=renders)[0].patch
        progress(len(sounds), len(sounds))
    return found


def write_presets(path: Path, instrument: Instrument, presets: dict[str, Patches]) -> None:
    """Write the table of an instrument's presets, which `presets_of` reads."""
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["preset", *instrument.names])
        table.writerows([name, *patch.tolist()] for name, patch in sorted(presets.items()))


def main() -> None:
    """Write the presets of an instrument to where they come with synthinv."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path, help="folder of WAV files")
    parser.add_argument("instrument", help="name of an instrument that comes with synthinv")
    parser.add_argument("--renders", type=int, required=True, help="patches to play for each sound")
    parser.add_argument("--longest", type=float, default=math.inf, help="longest sound, in seconds")
    options = parser.parse_args()
    sounds = [
        file
        for file in sorted(options.folder.glob("*.wav"))
        if soundfile.info(file).duration <= options.longest
    ]
    if not sounds:
        # Otherwise a slip would empty the table.
        parser.error(f"{options.folder}: has no .wav files of that length; name a folder of sounds")
    instrument = load_instrument(options.instrument)
    presets = find_presets(sounds, options.instrument, options.renders)
    write_presets(PRESETS / f"{instrument.name}.csv", instrument, presets)


if __name__ == "__main__":
    main()
