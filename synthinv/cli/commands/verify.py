"""`synthinv verify`: check every result against its manifest."""

import argparse
import sys
from pathlib import Path, PurePath

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, read_yaml, verified
from synthinv.common.progress import progress_shown
from synthinv.config.load import load
from synthinv.pipeline import paths
from synthinv.pipeline.expected_manifests import expected_manifests


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "results",
        type=Path,
        nargs="?",
        default=Path("results"),
        help="folder that the configuration names as `results` (default: results)",
    )


def run(options: argparse.Namespace) -> int:
    """Check all manifests below a folder; name every file that is missing or damaged."""
    results: Path = options.results
    manifests = sorted({*_found(results), *_expected(results)})
    if not manifests:
        raise SynthinvError(
            f"{results}: holds no results; give the folder that a configuration names as `results`"
        )
    faults = []
    with progress_shown("checking", unit="manifest") as progress:
        for done, path in enumerate(manifests, 1):
            try:
                manifest = read_manifest(path)
                for role in manifest["files"]:
                    verified(path, manifest, role)
            except SynthinvError as error:
                faults.append(f"synthinv: {error}")
            progress(done, len(manifests))
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(manifests)} manifests checked, {len(faults)} with damaged or missing files")
    return int(bool(faults))


# Not those of matches, whose JSON is for other programs.
_IN_FOLDERS = (
    paths.SHARD_MANIFEST,
    paths.STORE_MANIFEST,
    paths.WINNER,
    paths.MODEL,
    paths.PREDICTION_MANIFEST,
    paths.PATCH_SEARCH_CURVES,
)


# The manifests of tables and figures; a folder may have other programs' JSON files, too.
_AT_TOP = {
    PurePath(pattern).with_suffix(".json").name
    for name, pattern in vars(paths).items()
    if name.isupper() and len(PurePath(pattern).parts) == 1
}


def _found(results: Path) -> list[Path]:
    # Only in the folders of the stages: other configurations' results may lie below, too.
    found = [file for file in results.glob("*.json") if file.name in _AT_TOP]
    for stage in sorted({PurePath(pattern).parts[0] for pattern in _IN_FOLDERS}):
        found += (results / stage).rglob("*.json")
    return found


def _expected(results: Path) -> list[Path]:
    """List the manifests that a finished workflow has, if the configuration was kept."""
    file = results / paths.CONFIG
    if not file.is_file():
        return []
    config = load(read_yaml(file), str(file))
    moved = config.model_copy(update={"results": str(results)})
    return [Path(name) for name in expected_manifests(moved)]
