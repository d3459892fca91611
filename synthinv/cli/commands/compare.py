"""`synthinv compare`: compare two captures of the same patches, note by note."""

import argparse
from pathlib import Path

from synthinv.common.errors import SynthinvError
from synthinv.common.files import replacing
from synthinv.pipeline import paths


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument("first", type=Path, help="results folder of one capture")
    parser.add_argument("second", type=Path, help="results folder of the other")
    parser.add_argument(
        "--data-set", metavar="NAME", default="test", help="data set in both (default: test)"
    )
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="write one row per note to this file"
    )


def run(options: argparse.Namespace) -> int:
    """Print how far apart the captures are."""
    # Imported here, since it needs an extra, and the command's help does not.
    from synthinv.evaluate import recapture

    rows = recapture.compare_captures(
        *(_manifests(folder, options.data_set) for folder in (options.first, options.second))
    )
    print("\n".join(recapture.describe(rows)))
    if options.csv is not None:
        with replacing(options.csv) as partial:
            rows.to_csv(partial, index=False, lineterminator="\n")
    return 0


def _manifests(results: Path, data_set: str) -> list[Path]:
    pattern = paths.SHARD_MANIFEST.format(data_set=data_set, shard="*")
    manifests = sorted(results.glob(pattern))
    if not manifests:
        raise SynthinvError(
            f"{results}: holds no capture of a data set '{data_set}'; give the folder that a "
            "configuration names as `results`, and name the data set with --data-set"
        )
    return manifests
