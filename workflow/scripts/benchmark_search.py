import logging
from pathlib import Path

from synthinv.audio.write import write_sound
from synthinv.benchmark.objectives import OBJECTIVES
from synthinv.benchmark.scores import compared_part, last_notes, score_table, seconds_table
from synthinv.benchmark.search import search, seed_keys
from synthinv.common.files import write_table
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.config.playing import playing_config
from synthinv.instruments.model import load_instrument
from synthinv.matching.keyboard import Keyboard
from synthinv.pipeline.jobs import job

with job(snakemake):
    params, method = snakemake.params, snakemake.wildcards.method
    files = [Path(file) for file in snakemake.input.sounds]
    sounds = [BenchmarkSound(**sound) for sound in params.sounds]
    parts = [compared_part(file, params.seconds) for file in files]
    instrument = load_instrument(snakemake.input.instrument)
    playing = playing_config(snakemake.config)
    objective = OBJECTIVES[params.objective]
    found = []
    for sound, part in zip(sounds, parts, strict=True):
        seed = seed_sequence(params.seed, "wild", *seed_keys(params.kind, method, sound.name))
        free = seed_sequence(params.seed, "phase", "wild", method, sound.name)
        with (
            Keyboard(playing, instrument, snakemake.threads, free) as keyboard,
            progress_shown(f"searching {sound.name}", unit="render") as progress,
        ):
            found.append(
                search(params.kind, objective, part, keyboard, params.budgets, seed, progress)
            )
        logging.info("%s: %.1f s", sound.name, found[-1][-1].seconds)
    output = snakemake.output
    write_table(Path(output.scores), score_table(method, params.budgets, sounds, parts, found))
    write_table(Path(output.seconds), seconds_table(method, params.budgets, sounds, found))
    write_sound(Path(output.notes), last_notes(found), SAMPLE_RATE)
