"""A copy of the project for each test, and ways to run Snakemake in it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

PROJECT = Path(__file__).parents[2]
CONFIGURATIONS = ("tiny.yaml", "live.yaml", "presets.yaml", "wild.yaml", "human.yaml")
COPIED = ("Snakefile", "config", "profiles", "synthinv", "workflow")
# Bytecode and kernels that another process is writing, under names that do not last.
UNFINISHED = shutil.ignore_patterns("*.pyc.*", "*.tmp.*")
COMPILE = """
import numpy as np
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument
instrument = load_instrument("minimoog-1osc")
patches = np.stack([instrument.sample(np.random.default_rng(i)) for i in range(40)])
# Few notes are rendered at once, many in parts: arrays of another layout, another kernel.
for count in (1, 40):
    BuiltIn(instrument, NoteConfig(), AudioConfig()).render(patches[:count])
"""


@dataclass(frozen=True)
class Project:
    """A copy of the project whose code and configuration a test may change."""

    folder: Path

    def start(
        self, *arguments: str, configfile: str = "tiny.yaml", through: Sequence[str] = ()
    ) -> "subprocess.Popen[str]":
        """Start Snakemake, in a process group of its own.

        Parameters
        ----------
        *arguments : str
            Its arguments, of which the first is an option.
        configfile : str
            Configuration files with spaces between them; empty for none.
        through : sequence of str
            Command before it.
        """
        # The copy's package comes first on the path, before the installed one.
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        files = ["--configfile", *configfile.split()] if configfile else []
        return subprocess.Popen(
            [*through, sys.executable, "-m", "snakemake", *files, *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def snakemake(
        self, *arguments: str, configfile: str = "tiny.yaml", through: Sequence[str] = ()
    ) -> tuple[int, str]:
        """Run Snakemake; return its exit status and everything it printed."""
        process = self.start(*arguments, configfile=configfile, through=through)
        output, _ = process.communicate(timeout=600)
        return process.returncode, output

    def planned(self, *arguments: str, configfile: str = "tiny.yaml") -> dict[str, int]:
        """Return the number of jobs per rule that a dry run plans."""
        status, output = self.snakemake("-n", "--cores", "2", *arguments, configfile=configfile)
        assert status == 0, output
        if "Nothing to be done" in output:
            return {}
        table = output.split("Job stats:")[1].split("\n\n")[0]
        jobs = dict(re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE))
        return {rule: int(n) for rule, n in jobs.items() if rule not in ("all", "total")}

    def configure(self, path: str, value: object, configfile: str = "tiny.yaml") -> None:
        """Set one value of a configuration, named by its dotted path.

        An index one past the end of a list appends to it.
        """
        file = self.folder / configfile
        content = yaml.safe_load(file.read_text())
        *parents, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        node = content
        for key in parents:
            node = node[key]
        if isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value
        file.write_text(yaml.safe_dump(content))

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a piece of a source file that must be there."""
        file = self.folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def results(self) -> dict[str, bytes]:
        """Return the bytes of every result; logs and measurements differ from run to run."""
        results = self.folder / "results"
        files = sorted(file.relative_to(results) for file in results.rglob("*") if file.is_file())
        return {
            str(file): (results / file).read_bytes()
            for file in files
            if file.parts[0] not in ("logs", "benchmarks")
        }


def copy_project(folder: Path) -> Project:
    """Copy what a run needs; time stamps are kept, so compiled kernels stay valid."""
    folder.mkdir()
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=UNFINISHED)
        else:
            shutil.copy2(source, folder / name)
    for name in CONFIGURATIONS:
        shutil.copy2(Path(__file__).with_name(name), folder / name)
    return Project(folder)


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have the kernels compiled that copies of the project take along, by one worker at a time.

    A job that compiled them itself would take longer, and write files that no test expects.
    """
    with FileLock(_common(tmp_path_factory) / "compiled.lock"):
        subprocess.run([sys.executable, "-c", COMPILE], cwd=PROJECT, check=True)


def _common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all of pytest-xdist's workers share."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tiny workflow, run to its end on two cores. Tests must not change it."""
    common = _common(tmp_path_factory)
    folder, failed = common / "finished", common / "finished-failed.txt"
    with FileLock(common / "finished.lock"):
        if failed.exists():
            pytest.fail(failed.read_text())
        if folder.exists():
            return Project(folder)
        project = copy_project(folder)
        status, output = project.snakemake("--cores", "2")
        if status != 0:
            failed.write_text(output)
        assert status == 0, output
        return project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished workflow that a test may change."""
    folder = tmp_path / "project"
    shutil.copytree(finished.folder, folder)
    return Project(folder)


@pytest.fixture
def fresh(tmp_path: Path) -> Project:
    """A copy of the project in which nothing has run yet."""
    return copy_project(tmp_path / "project")
