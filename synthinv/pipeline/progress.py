"""How far a workflow has come, step by step, by the files that are there."""

import csv
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from synthinv.common.durations import duration
from synthinv.pipeline.planned_jobs import PlannedJob

EPOCH = re.compile(r"^(\S+ [\d:]+),\d+ INFO epoch (\d+) of (\d+)\b")
"""Line of a training's log, `epoch 3 of 40: …`, after its time."""
LOGGED = re.compile(r"^(\S+ [\d:]+),\d+ ")
"""Start of any line of a log: its time."""


@dataclass(frozen=True)
class Step:
    """How far one step of a workflow has come.

    Attributes
    ----------
    name : str
        The step, in words.
    jobs, done : int
        Number of jobs, and of those whose results are there.
    measured : int
        Number of jobs that are done and whose time is known.
    mean : float
        Mean time of a job in seconds; before the first is measured, what those that are running
        expect; NaN if there are none.
    spent : float
        Core seconds of all measured jobs together.
    left : float
        Core seconds that the rest is expected to take, without the jobs of unknown time.
    unknown : int
        Number of jobs that are left and of whose rule none has been measured, or logged an epoch.
    """

    name: str
    jobs: int
    done: int
    measured: int
    mean: float
    spent: float
    left: float
    unknown: int

    @property
    def finished(self) -> bool:
        """Whether nothing is left."""
        return self.done == self.jobs


@dataclass(frozen=True)
class _State:
    """What the files tell of one job.

    Attributes
    ----------
    done : bool
        Whether its results are there.
    seconds : float
        The time that it took; NaN if it is not done or the time is not known.
    expected : float
        The time that it will take in all, by the epochs in its log; NaN if there is none.
    share : float
        Share of it that is done.
    """

    done: bool
    seconds: float = math.nan
    expected: float = math.nan
    share: float = 0.0


class Progress:
    """The jobs of a workflow, and how far each has come now.

    A job counts as done if its results are there. Snakemake makes results again whose inputs,
    settings or code have changed since, which the files alone do not show.

    Parameters
    ----------
    results : Path
        The results folder; it need not exist.
    jobs : sequence of PlannedJob
        From `planned_jobs`.
    """

    def __init__(self, results: Path, jobs: Sequence[PlannedJob]) -> None:
        self._states = {job: _state(results, job) for job in jobs}
        self._times = _times(self._states)

    def steps(self) -> list[Step]:
        """Return how far each step has come, in the order of the workflow."""
        by_step: dict[str, dict[PlannedJob, _State]] = {}
        for job, state in self._states.items():
            by_step.setdefault(job.step, {})[job] = state
        return [_step(name, states, self._times) for name, states in by_step.items()]

    def of(self, wanted: Callable[[PlannedJob], bool]) -> Step:
        """Return how far some of the jobs have come, as a step without a name."""
        return _step("", {j: s for j, s in self._states.items() if wanted(j)}, self._times)


def all_steps(steps: Sequence[Step]) -> Step:
    """Add up the steps."""
    return Step(
        name="all",
        jobs=sum(step.jobs for step in steps),
        done=sum(step.done for step in steps),
        measured=sum(step.measured for step in steps),
        mean=math.nan,
        spent=sum(step.spent for step in steps),
        left=sum(step.left for step in steps),
        unknown=sum(step.unknown for step in steps),
    )


def describe(steps: Sequence[Step], cores: int) -> list[str]:
    """Describe the progress of all steps as a table.

    Parameters
    ----------
    steps : sequence of Step
        From `Progress.steps`.
    cores : int
        Number of cores that share what is left.

    Returns
    -------
    list of str
        Lines: headings, one row per step, and the sum.
    """
    total = all_steps(steps)
    rows = [
        ("step", "done", "each", "left"),
        *((s.name, f"{s.done} / {s.jobs}", each(s), _left(s, cores)) for s in steps),
        (total.name, f"{total.done} / {total.jobs}", "", _left(total, cores)),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            # Numbers stand flush right.
            field.rjust(width) if i else field.ljust(width)
            for i, (field, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def each(step: Step) -> str:
    """Describe how long a job of a step takes; a dash if that is not known."""
    return "–" if math.isnan(step.mean) else duration(step.mean)


def _left(step: Step, cores: int) -> str:
    if step.finished:
        return "done"
    if not step.unknown:
        return duration(step.left / cores)
    return f"more than {duration(step.left / cores)}" if step.left else "unknown"


def _step(name: str, states: dict[PlannedJob, _State], times: dict[PlannedJob, float]) -> Step:
    measured = {job: s.seconds for job, s in states.items() if not math.isnan(s.seconds)}
    left = [
        (1 - state.share) * times[job] * job.threads
        for job, state in states.items()
        if not state.done
    ]
    known = [seconds for seconds in left if not math.isnan(seconds)]
    return Step(
        name=name,
        jobs=len(states),
        done=sum(state.done for state in states.values()),
        measured=len(measured),
        mean=_mean(measured.values() or [s.expected for s in states.values()]),
        spent=sum(seconds * job.threads for job, seconds in measured.items()),
        left=sum(known),
        unknown=len(left) - len(known),
    )


def _times(states: dict[PlannedJob, _State]) -> dict[PlannedJob, float]:
    """Return the seconds that every job is expected to take; NaN if nothing is known of its rule.

    For a job that logs epochs, these tell how long it takes. For any other, it is the mean over
    the jobs of its rule that are done, in its step or else in all steps; if none is done, over
    those that are running.
    """
    known: dict[tuple[str, ...], tuple[list[float], list[float]]]
    known = defaultdict(lambda: ([], []))
    for job, state in states.items():
        for alike in _alike(job):
            known[alike][0].append(state.seconds)
            known[alike][1].append(state.expected)
    means = {alike: (_mean(done), _mean(running)) for alike, (done, running) in known.items()}
    return {
        job: _first_known(state.expected, *(mean for alike in _alike(job) for mean in means[alike]))
        for job, state in states.items()
    }


def _alike(job: PlannedJob) -> Iterator[tuple[str, ...]]:
    """Yield keys that the job shares with jobs that take about as long, the closest ones first."""
    yield job.rule, job.step
    yield (job.rule,)


def _first_known(*times: float) -> float:
    return next((time for time in times if not math.isnan(time)), math.nan)


def _mean(times: Iterable[float]) -> float:
    known = [time for time in times if not math.isnan(time)]
    return sum(known) / len(known) if known else math.nan


def _state(results: Path, job: PlannedJob) -> _State:
    file = results / "logs" / f"{job.name}.log"
    log = _Log.read(file) if job.one_training else _Log()
    if (results / job.result).exists():
        seconds = _benchmark(results / "benchmarks" / f"{job.name}.tsv")
        # The benchmark is that of the last sitting alone, if an earlier one was ended.
        return _State(True, seconds=seconds / log.logged)
    return _State(False, expected=log.expected, share=log.share)


def _benchmark(path: Path) -> float:
    """Read the seconds that a job took; NaN if they are not known, or not yet written."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (OSError, StopIteration, LookupError, TypeError, ValueError):
        return math.nan


@dataclass(frozen=True)
class _Log:
    """What the log of a job's latest run says of a training's epochs.

    Attributes
    ----------
    share : float
        Share of the epochs that are done, in earlier runs or in this one.
    logged : float
        Share of the epochs that this run has done: it may have gone on from a saved epoch. 1 for a
        job that has none.
    expected : float
        Seconds that all epochs take at the pace of this run; NaN if it has not done one.
    """

    share: float = 0.0
    logged: float = 1.0
    expected: float = math.nan

    @classmethod
    def read(cls, path: Path) -> "_Log":
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return cls()
        epochs = [found for line in lines if (found := EPOCH.match(line))]
        started = next((found for line in lines if (found := LOGGED.match(line))), None)
        if not epochs or started is None:
            return cls()
        time, last, count = epochs[-1].groups()
        passed = datetime.fromisoformat(time) - datetime.fromisoformat(started[1])
        logged = len(epochs) / int(count)
        return cls(int(last) / int(count), logged, passed.total_seconds() / logged)
