"""A trained solver on disk; its manifest holds all that is needed to predict patches."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.capture.shards import Shard
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, verified, within_memory
from synthinv.common.seeds import seed_sequence
from synthinv.common.validation import validated
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.classes import Logits, class_counts, predicted_labels, probabilities
from synthinv.instruments.model import Instrument, Labels
from synthinv.solver.front_ends import front_end_of
from synthinv.solver.inference import PREDICTION, load_network

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
        The note it was trained on, and how it was recorded.
    digest : str
        SHA-256 of its network on disk.
    """

    network: Callable[[npt.NDArray[np.float32], Uniforms], Logits]
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
            If they have other knobs, another length or another sample rate than the notes that the
            solver was trained on.
        """
        audio = self.playing.audio
        known = (self.instrument.names, audio.samples, audio.sample_rate)
        if (shard.names, shard.samples, shard.sample_rate) != known:
            raise SynthinvError(
                "the solver was trained for other knobs, or for notes of another length or sample "
                "rate, than those it is given; train it again"
            )
        return shard.audio

    def predict(self, notes: Audio, threads: int = 1) -> Labels:
        """Predict the patches of notes.

        Parameters
        ----------
        notes : float32 array [n, samples]
            Notes of the solver's length and sample rate.
        threads : int
            Threads that share the notes; labels do not depend on it.

        Returns
        -------
        float32 array [n, parameters]
            Labels in [0, 1].
        """
        return predicted_labels(self.instrument, self.predict_logits(notes, threads))

    def predict_logits(self, notes: Audio, threads: int = 1) -> Logits:
        """Predict the distributions of all knobs, conditioned on the predictions before them.

        Parameters
        ----------
        notes : float32 array [n, samples]
            Notes of the solver's length and sample rate.
        threads : int
            Threads that share the notes; logits do not depend on it.

        Returns
        -------
        float32 array [n, classes of all knobs]
            Logits, see `synthinv.instruments.classes`.
        """
        uniforms = np.full((1, len(self.instrument.names)), PREDICTION, np.float32)
        predict = partial(self._generate, uniforms)
        if threads == 1 or len(notes) < 2:
            return np.concatenate([predict(note) for note in notes])
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(predict, notes)))

    def predict_marginals(self, notes: Audio) -> Logits:
        """Estimate the marginal distributions of all knobs by averaging over draws of the others.

        The logits of `predict_logits` are conditioned on predictions, and overconfident wherever
        these may be wrong.

        Parameters
        ----------
        notes : float32 array [n, samples]
            A few notes of the solver's length and sample rate.

        Returns
        -------
        float32 array [n, classes of all knobs]
            Logits, see `synthinv.instruments.classes`; the same for the same note, whatever the
            others are.
        """
        rng = np.random.default_rng(seed_sequence(0, "marginals"))
        uniforms = rng.random((MARGINAL_DRAWS, len(self.instrument.names)), dtype=np.float32)
        return np.stack([self._marginals(note, uniforms) for note in notes])

    def _marginals(self, note: npt.NDArray[np.float32], uniforms: Uniforms) -> Logits:
        """Average one note's distributions over draws: float32 [classes of all knobs]."""
        draws = probabilities(self.instrument, self._generate(uniforms, note))
        means = np.concatenate([knob.mean(axis=0) for knob in draws])
        logits: Logits = np.log(means.clip(np.finfo(np.float64).tiny)).astype(np.float32)
        return logits

    def _generate(self, uniforms: Uniforms, note: npt.NDArray[np.float32]) -> Logits:
        if len(note) != self.playing.audio.samples:
            raise SynthinvError(
                f"a note has {len(note):,} samples, and the solver was trained on notes of "
                f"{self.playing.audio.samples:,}; cut or pad it to that length"
            )
        return self.network(note, uniforms)


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
        raise SynthinvError(f"{manifest_path}: is not the manifest of a solver; name one that is")
    solver = validated(SolverConfig, manifest["solver"], f"{manifest_path}: solver")
    instrument = validated(Instrument, manifest["instrument"], f"{manifest_path}: instrument")
    playing = validated(PlayingConfig, manifest["playing"], f"{manifest_path}: playing")
    path = verified(manifest_path, manifest, "network")
    classes = class_counts(instrument)
    with within_memory(manifest_path):
        front_end = front_end_of(solver, playing.audio)
        network = load_network(path, front_end, playing.audio.samples, len(classes), sum(classes))
    digest = str(manifest["files"]["network"]["sha256"])
    return TrainedSolver(network, solver, instrument, playing, digest)
