"""A preset: a sound as a synth keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """A sound as a synth keeps it: its name, and the synth's own values by their names."""

    name: str
    values: Mapping[str, float]
