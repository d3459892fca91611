"""What decides how a patch sounds: note, recording, silence and engine."""

from pydantic import Field

from synthinv.common.validation import Section
from synthinv.config.sections.engine import BuiltInConfig, EngineConfig


class NoteConfig(Section):
    """The note that is played for every patch (thesis, section 3.2: middle C)."""

    number: int = Field(60, ge=0, le=127, description="MIDI note number; 60 is middle C.")
    velocity: int = Field(100, ge=1, le=127, description="MIDI velocity.")
    seconds: float | None = Field(
        None, gt=0, description="How long the key is held; null holds it for the whole recording."
    )


class AudioConfig(Section):
    """The recording of one note."""

    sample_rate: int = Field(44_100, ge=8_000, le=192_000, description="Sample rate in Hz.")
    samples: int = Field(
        40_000,
        ge=1_000,
        le=2**26,
        description="Samples per note; 40,000 give the thesis's 30 frames.",
    )


class SilenceConfig(Section):
    """The level below which a note is silent, and how often its patch is drawn again."""

    level_dbfs: float = Field(
        -60.0, lt=0, description="A note whose peak stays below this level (dBFS) is silent."
    )
    draws: int = Field(
        100, ge=1, description="Draws from a patch's own seed before the shard is given up."
    )


class PlayingConfig(Section):
    """Everything that decides how a patch sounds, apart from the instrument."""

    engine: EngineConfig = BuiltInConfig()
    note: NoteConfig = NoteConfig()
    audio: AudioConfig = AudioConfig()
    silence: SilenceConfig = SilenceConfig()
