"""How long a key is held."""

from synthinv.config.sections.playing import AudioConfig, NoteConfig


def held_samples(note: NoteConfig, audio: AudioConfig) -> int:
    """Return for how many samples of a recording the configured note's key is held."""
    return audio.samples if note.seconds is None else round(note.seconds * audio.sample_rate)
