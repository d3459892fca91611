"""List rules and jobs of a plan: `python -m tests.workflow.dag FILE[+FILE] …` prints JSON.

One process for many configurations: Snakemake takes longer to start than to plan.
"""

import contextlib
import io
import json
import re
import sys
from pathlib import Path
from typing import TypedDict

from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    PrintDag,
    Quietness,
    ResourceSettings,
)


class Plan(TypedDict):
    """The names of the rules of a plan; by its log, each job's results and number of threads."""

    rules: list[str]
    jobs: dict[str, tuple[list[str], int]]


def plan(configfiles: list[Path]) -> Plan:
    """Plan `rule all` in the working folder."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            # Snakemake gives a job no more threads than there are cores.
            resource_settings=ResourceSettings(cores=64),
            config_settings=ConfigSettings(configfiles=configfiles),
            snakefile=Path("Snakefile"),
        )
        printed = io.StringIO()
        # Snakemake compares the format as text, as its own command line gives it.
        settings = DAGSettings(print_dag_as=str(PrintDag.DOT))
        with contextlib.redirect_stdout(printed):
            workflow.dag(settings).printrulegraph()
        jobs = [job for job in workflow._workflow.dag.jobs if job.name != "all"]
    return {
        "rules": sorted(set(re.findall(r'label = "(\w+)', printed.getvalue()))),
        "jobs": {str(job.log[0]): (list(map(str, job.output)), job.threads) for job in jobs},
    }


if __name__ == "__main__":
    print(json.dumps({arg: plan([Path(f) for f in arg.split("+")]) for arg in sys.argv[1:]}))
