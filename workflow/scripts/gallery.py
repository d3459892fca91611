from pathlib import Path

from synthinv.common.files import read_json, read_manifest, write_manifest
from synthinv.pipeline.jobs import job

with job(snakemake):
    params, given = snakemake.params, snakemake.input
    sounds = [
        {
            **sound,
            "match": {k: read_json(Path(match))[k] for k in ("key", "mss", "sound", "knobs")},
            "prediction": {k: read_manifest(Path(own))[k] for k in ("key", "mss", "patch")},
        }
        for sound, match, own in zip(params.sounds, given.matches, given.predictions, strict=True)
    ]
    settings = {name: params[name] for name in ("candidates", "renders", "seconds")}
    write_manifest(Path(snakemake.output[0]), {**settings, "sounds": sounds})
