"""The command line: `synthinv verify` and `synthinv docs`."""

import argparse
import re
import sys
from pathlib import Path

import yaml

from synthinv import paths, reference
from synthinv.config import load
from synthinv.errors import SynthinvError
from synthinv.files import read_manifest, verified
from synthinv.targets import Targets


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : list of str, optional
        Command line without the program's name; by default the real one.

    Returns
    -------
    int
        Exit status: 0, or 1 after a message on standard error.
    """
    parser = argparse.ArgumentParser(prog="synthinv", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="check every result against its manifest")
    verify.add_argument("results", type=Path, nargs="?", default=Path("results"))
    docs = commands.add_parser("docs", help="write the configuration's reference and schema")
    docs.add_argument("folder", type=Path, nargs="?", default=Path("config"))
    options = parser.parse_args(arguments)
    try:
        if options.command == "docs":
            reference.write(options.folder)
            return 0
        return _verify(options.results)
    except SynthinvError as error:
        print(f"synthinv: {error}", file=sys.stderr)
        return 1


def _verify(results: Path) -> int:
    """Check all manifests below a folder; name every file that is not what was written."""
    manifests = sorted({*_found(results), *_expected(results)})
    if not manifests:
        raise SynthinvError(f"{results}: holds no results; name the folder that `results` names")
    damaged = 0
    for path in manifests:
        try:
            manifest = read_manifest(path)
            for role in manifest["files"]:
                verified(path, manifest, role)
        except SynthinvError as error:
            damaged += 1
            print(f"synthinv: {error}", file=sys.stderr)
    print(f"{len(manifests)} manifests checked, {damaged} with damaged or missing files")
    return int(damaged > 0)


def _found(results: Path) -> list[Path]:
    patterns = (
        paths.SHARD_MANIFEST,
        paths.STORE_MANIFEST,
        paths.MODEL,
        paths.ANSWER_MANIFEST,
    )
    return [file for pattern in patterns for file in results.glob(re.sub("{.*?}", "*", pattern))]


def _expected(results: Path) -> list[Path]:
    """List the manifests that a finished workflow has, if the configuration was kept."""
    file = results / paths.CONFIG
    if not file.is_file():
        return []
    config = load(yaml.safe_load(file.read_text(encoding="utf-8")), str(file))
    targets = Targets(config.model_copy(update={"results": str(results)}))
    return [Path(name) for name in targets.manifests()]


if __name__ == "__main__":
    sys.exit(main())
