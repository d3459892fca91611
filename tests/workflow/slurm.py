"""A private Slurm of one node, for the tests of the cluster profile."""

import getpass
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from synthinv.engines.environment import environment

START_SECONDS = 30.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Job:
    """One Slurm job, running or ended."""

    id: str
    name: str
    """A rule and its wildcards, or a group."""
    state: str
    memory: int
    """In MB."""
    minutes: int
    cpus: int
    gpus: int


def jobs() -> list[Job]:
    """List all jobs of the cluster in the order of their submission."""
    lines = call("scontrol", "--oneliner", "show", "jobs").splitlines()
    found = [dict(re.findall(r"(\w+)=(\S*)", line)) for line in lines if "JobId" in line]
    return [_job(fields) for fields in sorted(found, key=lambda fields: int(fields["JobId"]))]


def call(*command: str) -> str:
    """Run one of Slurm's clients, such as `scancel`, and return what it prints."""
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


@contextmanager
def slurm_cluster(cpus: int, memory: int) -> Iterator[None]:
    """Start munged, slurmctld and slurmd; stop them, and the jobs that are left, at the end.

    While the block runs, Slurm's clients reach this cluster (`SLURM_CONF`). Everything lies in a
    folder of its own, and no other Slurm is disturbed. The kernel ends the daemons if this process
    ends in any other way.

    Parameters
    ----------
    cpus, memory : int
        What the node offers, memory in MB, whether the machine has it or not. It also offers one
        GPU.
    """
    with ExitStack() as stack:
        # Short, since a socket's path may have no more than 107 characters.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        configuration = folder / "slurm.conf"
        configuration.write_text(_slurm_conf(folder, cpus, memory))
        # Slurm wants a file for a GPU and asks nothing of it.
        (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        (folder / "munge.key").write_bytes(secrets.token_bytes(128))
        (folder / "munge.key").chmod(0o600)
        # Snakemake's plug-in hides SLURM_CONF from the srun that it calls in a job.
        srun = folder / "srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={configuration} exec {shutil.which("srun")} "$@"\n')
        srun.chmod(0o755)
        # Debian's daemons lie where only root's search path leads.
        path = os.pathsep.join([str(folder), os.environ["PATH"], "/usr/sbin", "/sbin"])
        stack.enter_context(environment({"PATH": path, "SLURM_CONF": str(configuration)}))

        def start(*command: str, ready: Callable[[], bool]) -> None:
            stack.enter_context(_daemon(command, folder, ready))

        munge = folder / "munge.socket"
        files = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "log", "pid", "seed")]
        # --force: nobody else needs to reach the socket.
        start("munged", "--foreground", "--force", f"--socket={munge}", *files, ready=munge.exists)
        start("slurmctld", "-D", ready=_controller_responds)
        start("slurmd", "-D", ready=lambda: "idle" in call("sinfo", "--noheader", "--format=%T"))
        stack.callback(_cancel_all)
        yield


def _job(fields: dict[str, str]) -> Job:
    memory = fields["MinMemoryNode"]
    hours, minutes, _ = re.split(r"[-:]", fields["TimeLimit"])[-3:]
    days = fields["TimeLimit"].split("-")[0] if "-" in fields["TimeLimit"] else "0"
    return Job(
        id=fields["JobId"],
        name=fields["Comment"],
        state=fields["JobState"],
        memory=round(float(memory[:-1]) * {"M": 1, "G": 1024}[memory[-1]]),
        minutes=(int(days) * 24 + int(hours)) * 60 + int(minutes),
        cpus=int(fields["NumCPUs"]),
        gpus=int(fields.get("TresPerJob", "gres:gpu:0").rpartition(":")[2]),
    )


def _slurm_conf(folder: Path, cpus: int, memory: int) -> str:
    name, user = socket.gethostname().split(".")[0], getpass.getuser()
    controller, node = _free_ports(2)
    return dedent(
        f"""\
        ClusterName=synthinv
        SlurmctldHost={name}(127.0.0.1)
        SlurmctldPort={controller}
        SlurmdPort={node}
        SlurmUser={user}
        SlurmdUser={user}
        AuthInfo=socket={folder}/munge.socket
        StateSaveLocation={folder}/controller
        SlurmdSpoolDir={folder}/node
        SlurmctldPidFile={folder}/slurmctld.pid
        SlurmdPidFile={folder}/slurmd.pid
        AccountingStorageType=accounting_storage/none
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_CPU_Memory
        SlurmdParameters=config_overrides
        GresTypes=gpu
        SchedulerParameters=batch_sched_delay=0
        MinJobAge=3600
        KillWait=2
        ReturnToService=2
        NodeName={name} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:1
        PartitionName=tests Nodes={name} Default=YES MaxTime=INFINITE
        """
    )


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for free in sockets:
            free.bind(("127.0.0.1", 0))
        return [free.getsockname()[1] for free in sockets]


@contextmanager
def _daemon(command: Sequence[str], folder: Path, ready: Callable[[], bool]) -> Iterator[None]:
    program, log = command[0], folder / f"{command[0]}.log"
    assert shutil.which(program), f"{program} is missing; `make test-slurm` installs it"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for us: jobs are cancelled before the daemons stop.
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            text = log.read_text(errors="replace")[-2000:]
            assert process.poll() is None, f"{program} ended at once:\n{text}"
            assert time.monotonic() < deadline, f"{program} is not ready:\n{text}"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _controller_responds() -> bool:
    return subprocess.run(["scontrol", "ping"], capture_output=True).returncode == 0


def _cancel_all() -> None:
    mine = f"--user={getpass.getuser()}"
    # All processes of a job at once: Slurm loses sight of those whose parent ends first.
    call("scancel", mine, "--full", "--signal=KILL", "--state=RUNNING")
    call("scancel", mine)
    # What is left then ends with the daemons.
    deadline = time.monotonic() + STOP_SECONDS
    while call("squeue", "--noheader") and time.monotonic() < deadline:
        time.sleep(0.1)
