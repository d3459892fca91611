from pathlib import Path

from synthinv.compute import use_threads
from synthinv.instrument import load_instrument
from synthinv.jobs import job
from synthinv.keyboard import Keyboard, played_for
from synthinv.match_files import write_match
from synthinv.matching import Matcher
from synthinv.sections import Playing, Refinement
from synthinv.seeds import seed_sequence
from synthinv.solver_weights import load_solver
from synthinv.sound_file import read_sound

with job(snakemake):
    params, file = snakemake.params, Path(snakemake.input.sound)
    use_threads(snakemake.threads)
    solver = load_solver(Path(snakemake.input.model))
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    own = Playing.of(snakemake.config)
    playing = played_for(solver, own.engine, own.silence)
    sound = read_sound(file, playing.audio.sample_rate)
    draws, phases = seed_sequence(params.seed, "match").spawn(2)
    refinement = Refinement(renders=params.renders, seconds=params.seconds)
    with Keyboard(playing, instrument, snakemake.threads, phases) as keyboard:
        match = Matcher(solver, keyboard, sound).match(refinement, draws)
    write_match(Path(snakemake.output[0]).parent, file.name, match)
