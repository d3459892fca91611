from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from synthinv import config as configuration
from synthinv import paths
from synthinv.errors import SynthinvError

min_version("9.27")


configfile: "config/config.yaml"


try:
    CONFIG = configuration.load(config)
except SynthinvError as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    data_set="|".join(d.name for d in CONFIG.data_sets),
    view="|".join(v.name for v in CONFIG.views),
    search="|".join(s.name for s in CONFIG.searches) or "none",
    experiment="|".join(e.name for e in CONFIG.experiments),
    shard=r"\d{5}",
    repeat=r"\d+",
    cell=r"[^/]+",
    answer=r"[a-z0-9-]+",


include: "workflow/rules/common.smk"
include: "workflow/rules/capture.smk"
include: "workflow/rules/spectrogram.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


rule all:
    input:
        result(paths.REPORT),
        result(paths.METRICS),
