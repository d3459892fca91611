"""The time that commands take to start, and that of a whole match, before and after.

Before is another commit of this repository, the one in the environment variable BEFORE, checked out
beside it and run by the same Python; after is what lies here. Each command runs once to be warm,
with its imports in memory and the voice compiled, then in turns with its other version. Beside the
wall time stands the processors', which depends less on what else the machine does.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from synthinv.audio.write import write_sound
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig, SilenceConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument

ROOT = Path(__file__).parents[1]
BEFORE = os.environ.get("BEFORE") or "f7ad3a9"
"""By default, the last commit whose installation brought all that the workflow needs."""
RUNS = int(os.environ.get("RUNS") or 7)
SYNTH = "instrument: minimoog-1osc\nengine: {kind: built-in}\n"
LIVE = "instrument: monark\nengine: {kind: live, midi_port: nowhere, midi_api: UNIX_JACK}\n"

COMMANDS = {
    "import synthinv": ("-c", "import synthinv"),
    "synthinv --help": ("-m", "synthinv", "--help"),
    "synthinv devices": ("-m", "synthinv", "devices"),
    "synthinv check": ("-m", "synthinv", "check", "synth.yaml"),
    "synthinv audible, one patch": ("-m", "synthinv", "audible", "synth.yaml", "--patches", "1"),
    "synthinv match, 1 s, one render": ("-m", "synthinv", "match", "sound.wav", "--renders", "1"),
    "synthinv match, 1 s, 200 renders": (
        *("-m", "synthinv", "match", "sound.wav"),
        *("--renders", "200"),
    ),
    "synthinv midi-learn, no such port": ("-m", "synthinv", "midi-learn", "live.yaml"),
    "synthinv plug-in, no such file": ("-m", "synthinv", "plug-in", "nowhere.so"),
    "synthinv compare, no such folder": ("-m", "synthinv", "compare", "nowhere", "nowhere"),
    "synthinv verify, no such folder": ("-m", "synthinv", "verify", "nowhere"),
    "synthinv progress, no such file": ("-m", "synthinv", "progress", "nowhere.yaml"),
}
"""`docs` needs the project's folder, and `solvers` came later."""
MAY_FAIL = {"audible", "devices", "midi-learn", "plug-in", "compare", "verify", "progress"}
"""`audible` exits with 1 where a knob is not, and `devices` where there is no sound system; what is
named to the others is nowhere."""


def rows() -> Iterator[tuple[str, ...]]:
    """Measure the median of each command, in both versions."""
    with tempfile.TemporaryDirectory() as folder, _checked_out(BEFORE) as before:
        work = Path(folder)
        _prepare(work)
        sources = {f"before ({BEFORE})": before, "after": ROOT}
        alike = {name: _alike(source, work) for name, source in sources.items()}
        for subject, arguments in COMMANDS.items():
            is_match = "match" in arguments
            times: dict[str, list[tuple[float, float]]] = {name: [] for name in sources}
            for run in range(RUNS + 1):
                for name, source in sources.items():
                    taken = _seconds(arguments + alike[name] * is_match, source, work)
                    if run > 0:
                        times[name].append(taken)
            for column, unit in enumerate(("s", "s of CPU")):
                for name, measured in times.items():
                    median = np.median([taken[column] for taken in measured])
                    yield "start", f"{subject}: {name}", f"{median:.2f}", unit


def _prepare(work: Path) -> None:
    """Write a configuration, and the sound of a random patch, held for a second."""
    (work / "synth.yaml").write_text(SYNTH)
    (work / "live.yaml").write_text(LIVE)
    instrument, audio = load_instrument("minimoog-1osc"), AudioConfig()
    playing = PlayingConfig(
        engine=BuiltInConfig(),
        note=NoteConfig(seconds=1.0),
        audio=audio.model_copy(update={"samples": audio.sample_rate}),
        silence=SilenceConfig(),
    )
    patch = instrument.sample(np.random.default_rng(0))
    note = BuiltIn(instrument, playing.note, playing.audio).render(patch[np.newaxis])[0]
    write_sound(work / "sound.wav", note, audio.sample_rate)


@contextmanager
def _checked_out(commit: str) -> Iterator[Path]:
    """Check a commit out in a folder of its own, for the length of a block."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "before")
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def _alike(source: Path, work: Path) -> tuple[str, ...]:
    """Return the arguments with which `match` does what it once always did.

    It looks for a single patch, of the synth with one oscillator.
    """
    known = _run(("-m", "synthinv", "match", "--help"), source, work).stdout
    candidates = ("--candidates", "1") if "--candidates" in known else ()
    return (*candidates, "--synth", "minimoog-1osc") if "--synth" in known else candidates


def _seconds(arguments: tuple[str, ...], source: Path, work: Path) -> tuple[float, float]:
    """Return the wall time of a command, and the time of all processors."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = _run(arguments, source, work)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    may_fail = not MAY_FAIL.isdisjoint(arguments)
    if "Traceback" in done.stderr or (done.returncode and not may_fail):
        sys.exit(f"{' '.join(arguments)} failed in {source}:\n{done.stderr}")
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _run(
    arguments: tuple[str, ...], source: Path, work: Path
) -> "subprocess.CompletedProcess[str]":
    """Run Python in a folder, with the package of some source."""
    environment = {**os.environ, "PYTHONPATH": str(source), "JACK_NO_START_SERVER": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
