"""List the rules of a plan: `python -m tests.workflow.dag FILE[+FILE] …` prints them as JSON.

One process for many configurations: Snakemake takes longer to start than to plan.
"""

import contextlib
import io
import json
import re
import sys
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    PrintDag,
    Quietness,
    ResourceSettings,
)


def rules(configfiles: list[Path]) -> list[str]:
    """Plan `rule all` in the working folder and return the names of the rules that it takes."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=configfiles),
            snakefile=Path("Snakefile"),
        )
        printed = io.StringIO()
        # Snakemake compares the format as text, as its own command line gives it.
        settings = DAGSettings(print_dag_as=str(PrintDag.DOT))
        with contextlib.redirect_stdout(printed):
            workflow.dag(settings).printrulegraph()
    return sorted(set(re.findall(r'label = "(\w+)', printed.getvalue())))


if __name__ == "__main__":
    print(json.dumps({arg: rules([Path(f) for f in arg.split("+")]) for arg in sys.argv[1:]}))
