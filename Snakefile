import gc
import os
import re
import sys
from functools import partial
from pathlib import Path

from snakemake.utils import min_version

from synthinv.common import files
from synthinv.common.errors import SynthinvError
from synthinv.config import plan
from synthinv.config.benchmark import benchmark_sounds
from synthinv.config.load import load
from synthinv.config.names import BASELINES, SEARCHES, SHARED
from synthinv.config.playing import playing_params
from synthinv.config.readings import reading_data_sets, reading_trainings
from synthinv.engines.opening import engine_module
from synthinv.instruments.load import load_instrument
from synthinv.pipeline import jobs
from synthinv.pipeline import paths
from synthinv.pipeline import provenance
from synthinv.pipeline.benchmark_inputs import BenchmarkInputs
from synthinv.pipeline.engine_needs import jack_servers, running_synths, state_files
from synthinv.pipeline.final_targets import final_targets
from synthinv.pipeline.report_inputs import report_inputs
from synthinv.pipeline.stage_inputs import StageInputs
from synthinv.pipeline.targets import Targets
from synthinv.thesis.grid import cells

min_version("9.27")
# Planning creates millions of small objects that live to the end. Python's default, a garbage
# collection for every 700 of them, would take a sixth of the time.
gc.set_threshold(100_000)

# Jobs end with the Snakemake that waits for them: this one, unless it was started to run a single job
# for another.
if not workflow.subprocess_exec:
    os.environ[jobs.WORKFLOW] = str(os.getpid())


# The files of `--configfile`, which Snakemake hands on to the jobs that it starts, stand alone.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


try:
    sources = map(os.path.relpath, workflow.configfiles)
    CONFIG = load(config, " + ".join(sources))
    load_instrument(CONFIG.instrument_of())
    for data_set in CONFIG.data_sets:
        load_instrument(CONFIG.instrument_of(data_set.name), data_set.fixed)
    inputs = StageInputs(CONFIG)
    SOUNDS = inputs.sounds()
    PRESETS = inputs.preset_files()
    benchmark_inputs = BenchmarkInputs(CONFIG)
    benchmark_inputs.check()
except SynthinvError as error:
    sys.exit(f"synthinv: {error}")

targets = Targets(CONFIG)
# A parameter of every rule: Snakemake does not see changes in imported modules.
code = partial(provenance.rule_digest, Path(workflow.basedir, "workflow", "scripts"))


wildcard_constraints:
    data_set="|".join(d.name for d in CONFIG.data_sets) or "none",
    spectrogram="|".join(s.name for s in CONFIG.spectrograms) or "none",
    grid_search="|".join(g.name for g in CONFIG.grid_searches) or "none",
    experiment="|".join(e.name for e in plan.all_experiments(CONFIG)) or "none",
    solver="|".join(s.name for s in CONFIG.solvers) or "none",
    reading="|".join(r.name for r in plan.readings(CONFIG)) or "none",
    shard=r"\d{5}",
    repeat=r"\d+",
    cell=r"[^/]+",
    method="|".join(plan.patch_search_methods(CONFIG)) or "none",
    job=r"\d{5}",
    predictor=r"[a-z0-9_-]+",
    sound="|".join(map(re.escape, SOUNDS)) or "none",


# Not run by a dry run.
onstart:
    try:
        files.require_writable(Path(CONFIG.results))
    except SynthinvError as error:
        sys.exit(f"synthinv: {error}")


include: "workflow/rules/capture.smk"
include: "workflow/rules/presets.smk"
include: "workflow/rules/spectrogram.smk"
include: "workflow/rules/grid_search.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/solve.smk"
include: "workflow/rules/readings.smk"
include: "workflow/rules/match.smk"
include: "workflow/rules/gallery.smk"
include: "workflow/rules/benchmark.smk"
include: "workflow/rules/config.smk"


# Without a report, networks and solvers are trained, but not judged.
if CONFIG.report:

    include: "workflow/rules/evaluate.smk"
    include: "workflow/rules/patch_search.smk"
    include: "workflow/rules/figures.smk"
    include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


rule all:
    input:
        final_targets(CONFIG),
