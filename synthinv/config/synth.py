"""The part of a configuration that a synth needs to be played, without any data set or training."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from synthinv.common import seeds
from synthinv.common.errors import SynthinvError
from synthinv.common.validation import Section, validated
from synthinv.config.root import Config
from synthinv.config.sections.engine import BuiltInConfig, EngineConfig
from synthinv.config.sections.match import MatchConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig, SilenceConfig


class SynthConfig(Section):
    """The sections of `Config` that commands beside the workflow need, with its defaults."""

    seed: int = Field(seeds.DEFAULT, ge=0)
    instrument: str = "minimoog-1osc"
    engine: EngineConfig = BuiltInConfig()
    note: NoteConfig = NoteConfig()
    audio: AudioConfig = AudioConfig()
    silence: SilenceConfig = SilenceConfig()
    match: MatchConfig = MatchConfig()

    @property
    def playing(self) -> PlayingConfig:
        """Sections that decide how a patch sounds."""
        return PlayingConfig(
            engine=self.engine, note=self.note, audio=self.audio, silence=self.silence
        )


def load_synth(mapping: Mapping[str, Any], source: str) -> SynthConfig:
    """Validate the sections of a configuration that a synth needs to be played, and only these.

    Parameters
    ----------
    mapping : mapping
        The configuration as read from YAML; its other sections may be of any kind.
    source : str
        What error messages call it.

    Returns
    -------
    SynthConfig
        The validated sections.

    Raises
    ------
    SynthinvError
        If one of them is wrong, or a key is that of no section at all.
    """
    for key in mapping:
        if key not in Config.model_fields:
            raise SynthinvError(
                f"{source}: {key}: is not a known key; remove it or correct its spelling"
            )
    sections = {key: mapping[key] for key in SynthConfig.model_fields if key in mapping}
    return validated(SynthConfig, sections, source)
