"""A long live capture under fire: `python -m tests.workflow.soak NOTES`.

Captures random patches of amsynth live, through the workflow and several at a time, while synths,
JACK servers, players and jobs are killed, stopped or held up at random. Then captures the same
patches as a plug-in, undisturbed, and live again, undisturbed, the first shards and those that the
plug-in does not agree with. Checks that the capture under fire is complete, aligned with them, and
free of duplicates and gaps. Everything lies below results/soak; a second call goes on with what is
there.
"""

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import yaml

from synthinv.capture.shards import Shard, read_shards
from synthinv.common.seeds import seed_sequence
from synthinv.config.load import read_configuration
from synthinv.config.plan import shard_names
from synthinv.config.root import Config
from synthinv.evaluate.recapture import compare_captures, describe
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.paths import SHARD_MANIFEST

FOLDER = Path("results/soak")
SESSIONS = 6
SHARD_SIZE = 50
RECAPTURED_SHARDS = 3
SECONDS_BETWEEN_FAULTS = (5.0, 15.0)
# The waveforms of amsynth that are noise: only patches without them sound the same again.
FREE_WAVEFORMS = {80, 112}
# Live and offline, amsynth smooths its knobs differently in a note's first samples.
ALIKE = 0.98
ALIGNED_MS = 1.0
GAP_SAMPLES = 256
GAP_LEVEL = 1e-3


def main() -> int:
    """Capture, disturb, compare; the exit status is 1 if anything does not hold."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    live = configure("live", "config/amsynth.yaml", count)
    again = configure("again", "config/amsynth.yaml", count)
    offline = configure("plug-in", "config/amsynth-plug-in.yaml", count)
    started = time.monotonic()
    faults, calls = capture_under_fire(live)
    print(
        f"live: {count} notes in {time.monotonic() - started:.0f} s, {SESSIONS} at a time, "
        f"{calls} calls of snakemake; faults: {dict(faults)}"
    )
    run(offline, shards(offline))
    return check(live, offline, again)


def configure(name: str, base: str, count: int) -> Path:
    """Write a configuration with one more data set, and results of its own."""
    config = yaml.safe_load(Path(base).read_text(encoding="utf-8"))
    config["results"] = str(FOLDER / name)
    config["data_sets"].append({"name": "soak", "samples": count, "shard_size": SHARD_SIZE})
    if "host" in config["engine"]:
        config["engine"]["host"]["restarts"] = 100
    file = FOLDER / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file


def shards(file: Path) -> list[Path]:
    """List the manifests of the data set."""
    config = read_configuration(file)
    return [
        Path(config.results, SHARD_MANIFEST.format(data_set="soak", shard=shard))
        for shard in shard_names(config.data_set("soak"))
    ]


def start(file: Path, targets: list[Path]) -> subprocess.Popen[bytes]:
    """Start the workflow for some shards, as many at a time as a machine has room for."""
    log = file.with_suffix(".log").open("ab")
    live = "plug-in" not in file.name
    cores = SESSIONS if live else os.cpu_count()
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--nolock"]
    files = ["--configfile", str(file), "--", *map(str, targets)]
    return subprocess.Popen([*command, *files], stdout=log, stderr=subprocess.STDOUT)


def run(file: Path, targets: list[Path]) -> None:
    """Run the workflow for some shards, undisturbed."""
    if start(file, targets).wait() != 0:
        sys.exit(f"soak: the workflow failed; see {file.with_suffix('.log')}")


def capture_under_fire(file: Path) -> tuple[Counter[str], int]:
    """Run the workflow until it is complete, with faults; return these and the calls it took."""
    faults: Counter[str] = Counter()
    rng = random.Random(0)
    for call in range(1, 1000):
        workflow = start(file, shards(file))
        over = threading.Event()
        striker = threading.Thread(target=strike, args=(workflow.pid, rng, over, faults))
        striker.start()
        status = workflow.wait()
        over.set()
        striker.join()
        if status == 0:
            return faults, call
    sys.exit(f"soak: the workflow never ends well; see {file.with_suffix('.log')}")


def strike(workflow: int, rng: random.Random, over: threading.Event, faults: Counter[str]) -> None:
    """Do harm to one random process of a running job now and then."""
    # A job that is killed fails at once and is made again by the next call: seldom.
    kinds = [
        *2 * ["synth killed", "server killed", "player killed"],
        *2 * ["server stopped", "synth stopped", "server held up", "player held up"],
        "job killed",
    ]
    jobs = 1
    # Fewer jobs are struck less often: one that is left alone must have time to come up again.
    while not over.wait(rng.uniform(*SECONDS_BETWEEN_FAULTS) * SESSIONS / jobs):
        who, what = (kind := rng.choice(kinds)).split(" ", 1)
        processes = roles(workflow)
        jobs = max(1, list(processes.values()).count("job"))
        victims = [pid for pid, role in processes.items() if role == who]
        if not victims:
            continue
        pid = rng.choice(victims)
        try:
            os.kill(pid, signal.SIGKILL if what == "killed" else signal.SIGSTOP)
            if what == "held up":
                over.wait(0.4)
                os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            continue
        faults[kind] += 1


def roles(workflow: int) -> dict[int, str]:
    """Return the roles of the processes below a workflow, by process id."""
    marks = {
        "capture_shard.py": "job",
        "synthinv.engines.live.process": "player",
        "jackd": "server",
    }
    found = {}
    try:
        for process in psutil.Process(workflow).children(recursive=True):
            try:
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            role = next((r for mark, r in marks.items() if mark in line), None)
            if line.startswith("amsynth"):
                role = "synth"
            if role is not None:
                found[process.pid] = role
    except psutil.Error:
        pass
    return found


def check(live: Path, offline: Path, again: Path) -> int:
    """Compare the captures and print what holds."""
    config = read_configuration(live)
    captured = read_shards(shards(live))
    failures = [*incomplete(config, captured), *duplicates(captured), *gaps(captured)]
    # A plug-in may sound different; what differs from the same synth, live again, is wrong.
    suspects = apart("plug-in", list(range(len(shards(live)))), live, offline)
    chosen = sorted({*range(RECAPTURED_SHARDS), *(note // SHARD_SIZE for note in suspects)})
    run(again, [shards(again)[shard] for shard in chosen])
    failures += apart("live again", chosen, live, again).values()
    print("\n".join(failures) or "soak: everything holds")
    return int(bool(failures))


def incomplete(config: Config, captured: Shard) -> list[str]:
    """Check the count, and that every patch is the first draw of its seed or was replaced."""
    instrument = load_instrument(config.instrument)
    wanted = config.data_set("soak").samples
    firsts = []
    for shard in shard_names(config.data_set("soak")):
        seed = seed_sequence(config.seed, "capture", "soak", int(shard))
        rngs = [np.random.default_rng(child) for child in seed.spawn(SHARD_SIZE)]
        firsts += [instrument.sample(rng) for rng in rngs]
    redrawn = int((captured.patches[: len(firsts)] != np.stack(firsts)).any(axis=1).sum())
    print(f"patches: {len(captured.patches)}, {redrawn} redrawn because silent or clipped")
    # How many of them should have been is seen in the capture as a plug-in.
    return [] if len(captured.audio) == wanted else [f"{len(captured.audio)} notes of {wanted}"]


def duplicates(captured: Shard) -> list[str]:
    """Find notes that are the same bytes."""
    digests = Counter(hashlib.sha256(note.tobytes()).digest() for note in captured.audio)
    twice = sum(count - 1 for count in digests.values())
    print(f"duplicates: {twice}")
    return [f"{twice} notes are duplicates"] if twice else []


def gaps(captured: Shard) -> list[str]:
    """Find notes that fall silent, to the bit, between sounds."""
    found = [i for i, note in enumerate(captured.audio) if longest_gap(note) >= GAP_SAMPLES]
    print(f"gaps: {len(found)}")
    return [f"notes with gaps: {found}"] if found else []


def longest_gap(note: npt.NDArray[np.float32]) -> int:
    """Measure the longest run of zeros between two loud samples."""
    sounding = np.flatnonzero(note)
    if len(sounding) < 2:
        return 0
    runs = np.diff(sounding) - 1
    loud = np.minimum(np.abs(note[sounding[:-1]]), np.abs(note[sounding[1:]])) > GAP_LEVEL
    return int(runs[loud].max(initial=0))


def apart(what: str, chosen: list[int], first: Path, second: Path) -> dict[int, str]:
    """Compare some shards with another capture of them; return the notes that differ."""
    files = [[shards(file)[shard] for shard in chosen] for file in (first, second)]
    captured, rows = read_shards(files[0]), compare_captures(*files)
    print(f"against the capture {what}:", *describe(rows), sep="\n  ")
    waves = [captured.names.index(f"osc{i}_waveform") for i in (1, 2)]
    free = np.isin(captured.patches[:, waves], list(FREE_WAVEFORMS)).any(axis=1)
    same = rows["same_patch"].to_numpy()
    plain = rows[~free & same]
    print(
        f"  {len(plain)} patches without noise: least similarity {plain['similarity'].min():.4f}, "
        f"largest shift {plain['lag_ms'].abs().max():.3f} ms"
    )
    index = np.concatenate([shard * SHARD_SIZE + np.arange(SHARD_SIZE) for shard in chosen])
    wrong = plain[(plain["similarity"] < ALIKE) | (plain["lag_ms"].abs() > ALIGNED_MS)]
    found = {
        int(index[row]): f"{what}: note {index[row]} is shifted by {lag:.2f} ms, "
        f"similarity {similarity:.3f}"
        for row, lag, similarity in wrong[["lag_ms", "similarity"]].itertuples()
    }
    found |= {
        int(index[i]): f"{what}: note {index[i]} is another patch" for i in np.flatnonzero(~same)
    }
    print(*(f"  {sentence}" for sentence in found.values()), sep="\n")
    return found


if __name__ == "__main__":
    sys.exit(main())
