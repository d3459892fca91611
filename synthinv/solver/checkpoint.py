"""A trained solver on disk; its manifest holds all that is needed to predict patches."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthinv.audio.presses import LONGEST_SECONDS, KeyPress, Notes, pressed
from synthinv.audio.types import Audio
from synthinv.capture.shards import Shard
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, verified, within_memory
from synthinv.common.seeds import seed_sequence
from synthinv.common.validation import validated
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.classes import (
    Logits,
    class_counts,
    patches_of,
    predicted_labels,
    probabilities,
)
from synthinv.instruments.model import Instrument, Labels
from synthinv.solver.inference import PREDICTION, front_end_of, load_network, silent_notes

MARGINAL_DRAWS = 256
"""Draws per note, which take a few milliseconds and give probabilities to within 3 %."""

Uniforms = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TrainedSolver:
    """A trained solver, and the instrument and note it was trained for.

    Attributes
    ----------
    network : callable
        From a note and uniform numbers to logits, see `synthinv.solver.inference.Network`.
    solver : SolverConfig
        Settings it was built and trained with.
    instrument : Instrument
        The instrument whose knobs it predicts.
    playing : PlayingConfig
        The note it was trained on, and how it was recorded. A solver for any note takes this one
        for granted where nothing else is said of how a note is played.
    digest : str
        SHA-256 of its network on disk.
    """

    network: Callable[[Any, Uniforms], Logits]
    solver: SolverConfig
    instrument: Instrument
    playing: PlayingConfig
    digest: str

    def notes_of(self, shard: Shard) -> Audio:
        """Return the notes of a shard of the solver's instrument.

        Parameters
        ----------
        shard : Shard
            The shard.

        Returns
        -------
        float32 array [n, samples]
            Its notes.

        Raises
        ------
        SynthinvError
            If they have other knobs, another sample rate or, unless the solver is for any note,
            another length than the notes that it was trained on.
        """
        audio = self.playing.audio
        samples = shard.samples if self.any_note else audio.samples
        known = (self.instrument.names, samples, audio.sample_rate)
        if (shard.names, shard.samples, shard.sample_rate) != known:
            raise SynthinvError(
                "the solver was trained for other knobs, or for notes of another length or sample "
                "rate, than those it is given; train it again"
            )
        return shard.audio

    @property
    def any_note(self) -> bool:
        """Whether the solver is for notes of any key and length."""
        return self.solver.architecture == "any-note"

    def predict(self, notes: Audio, threads: int = 1, press: KeyPress | None = None) -> Labels:
        """Predict the patches of notes.

        Parameters
        ----------
        notes : float32 array [n, samples]
            Notes of the solver's sample rate, and of its length unless it is for any note.
        threads : int
            Threads that share the notes; labels do not depend on it.
        press : KeyPress, optional
            How they are played, for a solver for any note; by default as `playing` says.

        Returns
        -------
        float32 array [n, parameters]
            Labels in [0, 1].
        """
        return predicted_labels(self.instrument, self.predict_logits(notes, threads, press))

    def predict_logits(
        self, notes: Audio, threads: int = 1, press: KeyPress | None = None
    ) -> Logits:
        """Predict the distributions of all knobs, conditioned on the predictions before them.

        Parameters
        ----------
        notes : float32 array [n, samples]
            Notes, see `predict`.
        threads : int
            Threads that share the notes; logits do not depend on it.
        press : KeyPress, optional
            How they are played, see `predict`.

        Returns
        -------
        float32 array [n, classes of all knobs]
            Logits, see `synthinv.instruments.classes`.
        """
        uniforms = np.full((1, len(self.instrument.names)), PREDICTION, np.float32)
        predict = partial(self._generate, uniforms)
        played = self._played(notes, press)
        if threads == 1 or len(notes) < 2:
            return np.concatenate([predict(note) for note in played])
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(predict, played)))

    def draw(
        self, note: npt.NDArray[np.float32], uniforms: Uniforms, press: KeyPress | None = None
    ) -> tuple[Labels, npt.NDArray[np.float64]]:
        """Draw patches for a note from their joint distribution.

        Parameters
        ----------
        note : float32 array [samples]
            A note, see `predict`.
        uniforms : float32 array [draws, parameters]
            How each draw chooses its classes: a number in [0, 1) draws one from the distribution of
            the knob, given the classes of those before it; a negative number chooses the
            predicted one.
        press : KeyPress, optional
            How it is played, see `predict`.

        Returns
        -------
        tuple of float32 array [draws, parameters] and float64 array [draws]
            Labels in [0, 1], and the natural logarithm of each draw's probability.
        """
        (played,) = self._played(note[np.newaxis], press)
        return draws_of(self.instrument, self._generate(uniforms, played), uniforms)

    def predict_marginals(self, notes: Audio, press: KeyPress | None = None) -> Logits:
        """Estimate the marginal distributions of all knobs by averaging over draws of the others.

        The logits of `predict_logits` are conditioned on predictions, and overconfident wherever
        these may be wrong.

        Parameters
        ----------
        notes : float32 array [n, samples]
            A few notes, see `predict`.
        press : KeyPress, optional
            How they are played, see `predict`.

        Returns
        -------
        float32 array [n, classes of all knobs]
            Logits, see `synthinv.instruments.classes`; the same for the same note, whatever the
            others are.
        """
        rng = np.random.default_rng(seed_sequence(0, "marginals"))
        uniforms = rng.random((MARGINAL_DRAWS, len(self.instrument.names)), dtype=np.float32)
        return np.stack([self._marginals(note, uniforms) for note in self._played(notes, press)])

    def _marginals(self, note: Any, uniforms: Uniforms) -> Logits:
        """Average one note's distributions over draws: float32 [classes of all knobs]."""
        draws = probabilities(self.instrument, self._generate(uniforms, note))
        means = np.concatenate([knob.mean(axis=0) for knob in draws])
        logits: Logits = np.log(means.clip(np.finfo(np.float64).tiny)).astype(np.float32)
        return logits

    def _generate(self, uniforms: Uniforms, note: Any) -> Logits:
        return self.network(note, uniforms)

    def _played(self, notes: Audio, press: KeyPress | None) -> Notes:
        """Return notes as the network takes them in, if it can."""
        samples, audio = notes.shape[1], self.playing.audio
        if not self.any_note:
            if press is not None:
                raise SynthinvError("the solver is for one note; leave out how notes are played")
            if samples != audio.samples:
                raise SynthinvError(
                    f"a note has {samples:,} samples, and the solver was trained on notes of "
                    f"{audio.samples:,}; cut or pad it to that length"
                )
            return notes
        longest = round(LONGEST_SECONDS * audio.sample_rate)
        if not 0 < samples <= longest:
            raise SynthinvError(
                f"a note has {samples:,} samples, and the solver takes in 1 to {longest:,}; cut or "
                "pad it to such a length"
            )
        own = KeyPress(self.playing.note.number, self.playing.note.seconds)
        return pressed(notes, own if press is None else press, audio.sample_rate)


def load_solver(manifest_path: Path) -> TrainedSolver:
    """Read a solver.

    Parameters
    ----------
    manifest_path : Path
        Its manifest; the network lies beside it.

    Returns
    -------
    TrainedSolver
        The solver, which computes in single precision.

    Raises
    ------
    SynthinvError
        If a file is missing or damaged, or is not the manifest of a solver.
    """
    manifest = read_manifest(manifest_path)
    if not {"solver", "instrument", "playing"} <= manifest.keys():
        raise SynthinvError(
            f"{manifest_path}: is not the manifest of a solver; name the folder of a trained solver"
        )
    solver = validated(SolverConfig, manifest["solver"], f"{manifest_path}: solver")
    instrument = validated(Instrument, manifest["instrument"], f"{manifest_path}: instrument")
    playing = validated(PlayingConfig, manifest["playing"], f"{manifest_path}: playing")
    path = verified(manifest_path, manifest, "network")
    classes = class_counts(instrument)
    with within_memory(manifest_path):
        front_end = front_end_of(solver, playing.audio)
        (silence,) = silent_notes(solver, playing.audio, 1)
        network = load_network(path, front_end, silence, len(classes), sum(classes))
    digest = str(manifest["files"]["network"]["sha256"])
    return TrainedSolver(network, solver, instrument, playing, digest)


def draws_of(
    instrument: Instrument, logits: Logits, uniforms: Uniforms
) -> tuple[Labels, npt.NDArray[np.float64]]:
    """Return the patches that a network has drawn, from the logits that it computed meanwhile.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    logits : float32 array [draws, classes of all knobs]
        Logits of every knob, conditioned on the classes chosen for the knobs before it.
    uniforms : float32 array [draws, parameters]
        How the classes were chosen, see `synthinv.solver.inference.Network`.

    Returns
    -------
    tuple of float32 array [draws, parameters] and float64 array [draws]
        Labels in [0, 1], and the natural logarithm of each draw's probability.
    """
    classes, logs = [], np.zeros(len(logits))
    for knob, chances in enumerate(probabilities(instrument, logits)):
        own, predicted = uniforms[:, knob].astype(np.float64), uniforms[:, knob] < 0
        steps = chances.cumsum(axis=1)
        share = np.where(predicted, 0.5, own * steps[:, -1])
        chosen = (steps < share[:, np.newaxis]).sum(axis=1)
        if not instrument.parameters[knob].continuous:
            chosen = np.where(predicted, chances.argmax(axis=1), chosen)
        classes.append(chosen)
        logs += np.log(np.take_along_axis(chances, chosen[:, np.newaxis], axis=1)[:, 0])
    return instrument.encode(patches_of(instrument, np.stack(classes, axis=1))), logs
