"""The commands of the two pages to start with, run from their text."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from synthinv.cli.main import main
from synthinv.matching.words import CLOSENESS

ROOT = Path(__file__).parents[1]
CLARINET = Path("docs/gallery/clarinet-original.flac")
# Installations and whole runs are tried from an empty clone; what is shown with a synth of one's
# own needs a solver for it.
TRIED_FROM_A_CLONE = (
    *("python3", ". ", "pip", "make", "snakemake --report"),
    *("snakemake match", "snakemake --cores 2\n"),
)
NEEDS_A_SOLVER = "--solver"


def commands(page: str) -> list[str]:
    """Return the lines of a page's shell blocks, those in lists included."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if not f"{line}\n".startswith(TRIED_FROM_A_CLONE)]


def shown_output(page: str) -> str:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (block,) = re.findall(r"^```text\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return str(block)


def without_numbers(text: str) -> list[str]:
    """Return what depends neither on a processor's digits nor on how much it has time for."""
    text = re.sub("|".join(re.escape(f": {words} (") for _, words in CLOSENESS), ": # (", text)
    lines = re.sub(r"[+-]?\d+(\.\d+)?", "#", text).splitlines()
    return [
        line
        for line in lines
        if not re.search(r"more that sounds? different|what differs most", line)
    ]


MATCHES = [line for line in commands("start-musician.md") if NEEDS_A_SOLVER not in line]
PLANS = commands("start-researcher.md")


def test_the_pages_have_commands_to_run() -> None:
    assert [line for line in MATCHES if not line.startswith("synthinv match ")] == []
    assert len(MATCHES) >= 4
    assert [line for line in PLANS if not line.startswith("snakemake -n ")] == []
    assert len(PLANS) >= 4


@pytest.mark.parametrize("line", MATCHES)
def test_a_command_for_a_musician_works(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / CLARINET).parent.mkdir(parents=True)
    shutil.copy(ROOT / CLARINET, tmp_path / CLARINET)
    shutil.copy(ROOT / CLARINET, tmp_path / "sound.wav")
    monkeypatch.chdir(tmp_path)
    # As many patches as by default would take ten seconds for each command.
    monkeypatch.setattr("synthinv.matching.api.default_renders", lambda seconds, engine: 200)
    before = set(tmp_path.iterdir())
    assert main(shlex.split(line)[1:]) == 0
    (folder,) = set(tmp_path.iterdir()) - before
    own = "patch.syx" if "--synth dx7" in line else "patch.mid"
    files = {"match.html", "match.wav", "patch.json", own}
    assert {file.name for file in folder.iterdir()} >= files
    if str(CLARINET) in line and "--" not in line:
        shown = shown_output("start-musician.md")
        assert without_numbers(capsys.readouterr().out) == without_numbers(shown)
        # What the page says of each file names all of them.
        assert all(f"`{name}`" in (ROOT / "docs/start-musician.md").read_text() for name in files)


@pytest.mark.slow
@pytest.mark.parametrize("line", PLANS)
def test_a_plan_for_a_researcher_works(line: str) -> None:
    planned = subprocess.run(
        [sys.executable, "-m", *shlex.split(line), "--quiet"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert planned.returncode == 0, planned.stderr
