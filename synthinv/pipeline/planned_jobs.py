"""Every job of the workflow, as Snakemake plans it."""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.config.root import Config

SNAKEFILE = Path("Snakefile")
TABLES = "tables and report"
"""Step of the jobs that write into the results folder itself."""


@dataclass(frozen=True)
class PlannedJob:
    """A job of the workflow.

    Attributes
    ----------
    step : str
        The step of the workflow that it belongs to: its folder below the results folder.
    rule : str
        Its rule.
    wildcards : mapping of str to str
        The values of the rule's wildcards.
    name : str
        Path of its log below `logs/` and of its benchmark below `benchmarks/`, without suffix.
    result : str
        One of its results, relative to the results folder. Snakemake keeps all results of a job, or
        none.
    threads : int
        Number of cores that it keeps busy.
    one_training : bool
        Whether the epochs in its log are those of one training, and all of its work.
    """

    step: str
    rule: str
    wildcards: Mapping[str, str] = field(hash=False)
    name: str
    result: str
    threads: int
    one_training: bool


def planned_jobs(config: Config, configfiles: Sequence[Path], cores: int) -> list[PlannedJob]:
    """Have Snakemake plan the workflow of the working folder, which takes a few seconds.

    It may be running at the same time: nothing is locked, and no result is touched.

    Parameters
    ----------
    config : Config
        The configuration.
    configfiles : sequence of Path
        The files that it is read from, in the order in which Snakemake is given them.
    cores : int
        Number of cores; no job gets more threads than there are.

    Returns
    -------
    list of PlannedJob
        All jobs, whether they are done or not, in the order in which the workflow has their rules.

    Raises
    ------
    SynthinvError
        If the working folder has no workflow, or Snakemake cannot plan it.
    """
    if not SNAKEFILE.is_file():
        raise SynthinvError(
            f"{SNAKEFILE}: is not in this folder; run the command in the project's folder"
        )
    # Takes half a second to import.
    from snakemake.exceptions import RuleException, WorkflowError

    try:
        workflow = _planned_workflow(configfiles, cores)
    except (RuleException, WorkflowError) as error:
        reason = " ".join(str(error).split())
        raise SynthinvError(f"Snakemake cannot plan the workflow: {reason}") from None
    rules = [rule.name for rule in workflow.rules]
    jobs = [job for job in workflow.dag.jobs if job.output]
    ordered = sorted(jobs, key=lambda job: (rules.index(job.rule.name), job.jobid))
    return [_planned_job(job, Path(config.results)) for job in ordered]


def _planned_workflow(configfiles: Sequence[Path], cores: int) -> Any:
    """Return Snakemake's workflow with its plan, as of Snakemake 9.27."""
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import (
        ConfigSettings,
        DAGSettings,
        OutputSettings,
        PrintDag,
        Quietness,
        ResourceSettings,
    )

    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        planned = api.workflow(
            resource_settings=ResourceSettings(cores=cores),
            config_settings=ConfigSettings(configfiles=configfiles),
            snakefile=SNAKEFILE,
        )
        # Of what makes a plan, this prints least. Snakemake compares the format as text.
        settings = DAGSettings(print_dag_as=str(PrintDag.DOT))
        with contextlib.redirect_stdout(io.StringIO()):
            planned.dag(settings).printrulegraph()
        return planned._workflow


def _planned_job(job: Any, results: Path) -> PlannedJob:
    name = Path(job.log[0]).relative_to(results / "logs").with_suffix("")
    return PlannedJob(
        step=_step(job, name, results),
        rule=job.rule.name,
        wildcards=dict(job.wildcards_dict),
        name=name.as_posix(),
        result=Path(job.output[0]).relative_to(results).as_posix(),
        threads=job.threads,
        one_training=job.params.get("epochs") is not None,
    )


def _step(job: Any, name: Path, results: Path) -> str:
    """Name the step of a job by the first two folders of its log, or by what it is trained on."""
    folders = name.parts[:-1]
    if not folders:
        return TABLES
    step = "/".join(folders[:2])
    if len(folders) == 1 and job.input.get("stores"):
        # Trainings of different sizes lie side by side in one folder.
        trained_on = Path(job.input.stores[0]).relative_to(results).parent
        epochs = job.params.epochs
        return f"{step} on {trained_on}, {epochs} epoch{'s' if epochs > 1 else ''}"
    return step
