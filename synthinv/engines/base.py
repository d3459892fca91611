"""The protocols of engines: they play patches and return their sound."""

from collections.abc import Sequence
from typing import Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.progress import ProgressHook
from synthinv.instruments.native.preset import Preset


class Renderer(Protocol):
    """A player of one instrument's patches, which plays one note with each."""

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play one note per patch.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        progress : callable, optional
            Told how many notes have been played, and how many there are in all.

        Returns
        -------
        float32 array [n, samples]
            The notes, full scale ±1, each from its note-on.

        Raises
        ------
        NoteError
            If a note cannot be played; the error names its index in `patches`.
        SynthinvError
            If the synth or the machine fails for good.
        """


class Engine(Renderer, Protocol):
    """A renderer that is a context manager, which frees what it opened."""

    @property
    def latency(self) -> int:
        """Samples by which the synth's sound is late; `render` cuts them off. Known once open."""

    def __enter__(self) -> Self:
        """Open ports, devices and processes."""

    def __exit__(self, *exception: object) -> None:
        """Close them, with every note off."""


class OfflineEngine(Engine, Protocol):
    """An engine that computes notes, and can play each patch at a key of its own."""

    def play(
        self,
        patches: npt.NDArray[np.integer],
        keys: npt.NDArray[np.integer],
        velocities: npt.NDArray[np.integer],
        samples: int,
        held: int,
        rng: np.random.Generator | None = None,
        progress: ProgressHook | None = None,
    ) -> Audio:
        """Play one note per patch, each with its own key and velocity.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        keys, velocities : int array [n]
            MIDI note numbers and velocities.
        samples : int
            Length of every note.
        held : int
            Samples after which the keys are released.
        rng : numpy.random.Generator, optional
            Source of chance in the sound, such as oscillators' phases, for synths that let it be
            chosen; without it, the engine's own seed is used.
        progress : callable, optional
            See `Renderer.render`.

        Returns
        -------
        float32 array [n, samples]
            The notes, full scale ±1, each from its note-on.

        Raises
        ------
        NoteError
            If a note cannot be played; the error names its index in `patches`.
        SynthinvError
            If the synth or the machine fails for good.
        """


@runtime_checkable
class PresetEngine(Engine, Protocol):
    """An engine that can play presets with the synth's own values, even between steps."""

    def render_presets(
        self, presets: Sequence[Preset], progress: ProgressHook | None = None
    ) -> Audio:
        """Play one note per preset.

        Parameters
        ----------
        presets : sequence of Preset
            Presets in the instrument's format.
        progress : callable, optional
            See `Renderer.render`.

        Returns
        -------
        float32 array [n, samples]
            As of `Renderer.render`.

        Raises
        ------
        NoteError, SynthinvError
            As `Renderer.render`.
        """
