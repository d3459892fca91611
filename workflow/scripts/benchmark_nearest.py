import numpy as np

from synthinv.benchmark.banks import preset_patches
from synthinv.benchmark.found import Found
from synthinv.benchmark.job import MethodJob
from synthinv.benchmark.nearest import nearest
from synthinv.benchmark.search import at_each_note
from synthinv.benchmark.synths import playing_of
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.search.blackbox import random_library

with job(snakemake):
    params = snakemake.params
    asked = MethodJob.read(snakemake.wildcards.method, snakemake.input.sounds, params.job)
    instrument = load_instrument(snakemake.input.instrument)
    playing = playing_of(asked.synth, snakemake.config)
    targets, threads = asked.targets(playing.note.velocity), snakemake.threads
    free = seed_sequence(params.seed, "phase", "wild", asked.method)
    if params.kind == "presets":
        patches = preset_patches(instrument, params.presets, params.banks)
    else:
        rng = np.random.default_rng(seed_sequence(params.seed, "wild", asked.method))
        patches = np.concatenate(list(random_library(instrument, asked.budgets[-1], rng)))
    found: dict[int, list[Found]] = {}
    for player, places in at_each_note(targets, playing, instrument, threads, free):
        near = [targets[place] for place in places]
        with progress_shown(f"playing {asked.method}", unit="patch") as progress:
            results = nearest(patches, near, player, asked.budgets, progress)
        found |= dict(zip(places, results, strict=True))
    asked.write(snakemake.output, [found[place] for place in range(len(targets))])
