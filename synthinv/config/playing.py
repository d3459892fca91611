"""The sections that decide how a patch sounds, as jobs read them and as Snakemake compares them."""

from collections.abc import Mapping
from typing import Any

from synthinv.config.sections.playing import PlayingConfig

# Fields that decide only how often, or for how long, a note is tried: none of them changes a note
# that has been captured.
PATIENCE: dict[str, Any] = {
    "engine": {
        "retries": True,
        "dropout_retries": True,
        "connect": True,
        "host": {"timeout", "restarts"},
    },
    "silence": {"draws"},
}


def playing_config(config: Mapping[str, Any]) -> PlayingConfig:
    """Return the sections that decide how a patch sounds.

    Parameters
    ----------
    config : mapping
        A whole configuration as read from YAML, which has been validated.
    """
    sections = {name: config[name] for name in PlayingConfig.model_fields if name in config}
    return PlayingConfig(**sections)


def playing_params(playing: PlayingConfig) -> dict[str, Any]:
    """Return the sections as a rule's parameter, without `PATIENCE`, which must re-run nothing."""
    return playing.model_dump(mode="json", exclude=PATIENCE)
