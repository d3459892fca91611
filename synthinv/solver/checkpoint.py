"""A trained solver on disk; its manifest holds all that is needed to predict patches."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from synthinv.capture.shards import Shard
from synthinv.common.compute import Computation, describe_computation, device
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, within_memory
from synthinv.common.tensors import load_weights, save_weights
from synthinv.common.validation import validated
from synthinv.config.playing import playing_params
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.classes import Logits, predicted_labels
from synthinv.instruments.model import Instrument, Labels
from synthinv.solver.base import NoteNetwork, predict_logits
from synthinv.solver.build import build_solver


@dataclass(frozen=True)
class TrainedSolver:
    """A trained solver, and the instrument and note it was trained for.

    Attributes
    ----------
    network : NoteNetwork
        Notes to logits.
    solver : SolverConfig
        Settings it was built and trained with.
    instrument : Instrument
        The instrument whose knobs it predicts.
    playing : PlayingConfig
        The note it was trained on, and how it was recorded.
    digest : str or None
        SHA-256 of its weights on disk, if they were read from there.
    """

    network: NoteNetwork
    solver: SolverConfig
    instrument: Instrument
    playing: PlayingConfig
    digest: str | None = None

    def predict(self, shard: Shard) -> Labels:
        """Predict the patches of a shard's notes.

        Parameters
        ----------
        shard : Shard
            Notes of the solver's instrument.

        Returns
        -------
        float32 array [n, parameters]
            Labels in [0, 1].

        Raises
        ------
        SynthinvError
            As for `predict_logits`.
        """
        return predicted_labels(self.instrument, self.predict_logits(shard))

    def predict_logits(self, shard: Shard) -> Logits:
        """Predict the distributions of all knobs for a shard's notes.

        Parameters
        ----------
        shard : Shard
            Notes of the solver's instrument.

        Returns
        -------
        float32 array [n, classes of all knobs]
            Logits, see `synthinv.instruments.classes`.

        Raises
        ------
        SynthinvError
            If the notes have other knobs, another length or another sample rate.
        """
        audio = self.playing.audio
        known = (self.instrument.names, audio.samples, audio.sample_rate)
        if (shard.names, shard.samples, shard.sample_rate) != known:
            raise SynthinvError(
                "the solver was trained for other knobs, or for notes of another length or sample "
                "rate, than those it is given; train it again"
            )
        return predict_logits(self.network, shard.audio)


def save_solver(
    path: Path, manifest_path: Path, trained: TrainedSolver, origin: Mapping[str, Any]
) -> None:
    """Write a solver, in the process that trained it.

    Its weights are written in half precision, which takes half the space and hardly changes its
    predictions.

    Parameters
    ----------
    path : Path
        Weights (safetensors).
    manifest_path : Path
        Its manifest.
    trained : TrainedSolver
        The solver.
    origin : mapping
        Further fields of the manifest.

    Raises
    ------
    SynthinvError
        If a weight is not finite, as after a training that diverged.
    """
    weights = {name: tensor.half() for name, tensor in trained.network.state_dict().items()}
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise SynthinvError(
            f"{path}: the solver's weights are not numbers, so its training diverged; lower "
            "learning_rate and learning_rate_muon in the section solver or in its settings"
        )
    fields = {
        "solver": trained.solver.model_dump(mode="json"),
        "instrument": trained.instrument.model_dump(mode="json"),
        "playing": playing_params(trained.playing),
        "trained_with": asdict(_computation(trained)),
        **origin,
    }
    save_weights(path, manifest_path, weights, fields)


def _computation(trained: TrainedSolver) -> Computation:
    # A copy on the device of the training, which the network itself has left.
    network = deepcopy(trained.network).to(device())
    note = torch.zeros(1, trained.playing.audio.samples, device=device())
    solver = trained.solver
    return describe_computation(
        network, lambda: network(note), solver.threads, solver.mixed_precision
    )


def load_solver(manifest_path: Path) -> TrainedSolver:
    """Read a solver.

    Parameters
    ----------
    manifest_path : Path
        Its manifest; the weights lie beside it.

    Returns
    -------
    TrainedSolver
        The solver, in full precision.

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
    with within_memory(manifest_path):
        network = build_solver(solver, instrument, playing.audio)
    load_weights(network.requires_grad_(False), manifest_path, manifest)
    digest = str(manifest["files"]["weights"]["sha256"])
    return TrainedSolver(network, solver, instrument, playing, digest)
