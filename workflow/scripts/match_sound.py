from pathlib import Path

from synthinv.audio.sound_file import read_sound
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.config.sections.solver import RefinementConfig
from synthinv.instruments.model import load_instrument
from synthinv.matching.files import write_match
from synthinv.matching.keyboard import Keyboard, played_for
from synthinv.matching.matcher import Matcher
from synthinv.pipeline.jobs import job
from synthinv.solver.checkpoint import load_solver

with job(snakemake):
    params, file = snakemake.params, Path(snakemake.input.sound)
    solver = load_solver(Path(snakemake.input.model))
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    own = playing_config(snakemake.config)
    playing = played_for(solver, own.engine, own.silence)
    sound = read_sound(file, playing.audio.sample_rate)
    draws, phases = seed_sequence(params.seed, "match").spawn(2)
    refinement = RefinementConfig(renders=params.renders, seconds=params.seconds)
    with Keyboard(playing, instrument, snakemake.threads, phases) as keyboard:
        match = Matcher(solver, keyboard, sound).match(refinement, draws)
    write_match(Path(snakemake.output[0]).parent, file.name, match)
