import logging
from pathlib import Path

from synthinv.capture.presets import (
    bank_presets,
    read_presets_table,
    sounds_used,
    summary,
    tabulate,
    write_presets_table,
)
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job

with job(snakemake):
    params, data_set = snakemake.params, snakemake.wildcards.data_set
    playing = playing_config(snakemake.config)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    banks = [Path(bank) for bank in snakemake.input.banks]
    assert instrument.format is not None  # `StageInputs.preset_files` sees to it
    presets = bank_presets(banks, instrument.format)
    others = [read_presets_table(Path(table)) for table in snakemake.input.apart_from]
    free = seed_sequence(params.seed, "phase", "presets", data_set)
    with (
        open_engine(playing, instrument, snakemake.threads, free) as engine,
        progress_shown("playing presets") as progress,
    ):
        table = tabulate(
            engine,
            instrument,
            presets,
            sounds_used(others, instrument),
            playing.silence,
            playing.audio.sample_rate,
            progress,
        )
    logging.getLogger("synthinv").info("%s", summary(table))
    write_presets_table(Path(snakemake.output[0]), table, banks)
