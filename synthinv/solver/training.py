"""Training of a solver on notes from any source: fresh ones from an engine, or stored shards."""

import logging
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import nn

from synthinv.audio.presses import Notes
from synthinv.common.compute import device, device_and_precision, mixed_precision
from synthinv.common.progress import pace
from synthinv.common.unfinished import (
    Tensors,
    UnfinishedTraining,
    restore_tensors,
    tensors_of,
)
from synthinv.config.sections.playing import AudioConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.classes import Classes, class_counts, classes_of
from synthinv.instruments.model import Instrument
from synthinv.solver.any_note.network import AnyNoteNetwork
from synthinv.solver.base import NoteNetwork
from synthinv.solver.data import NotesWithPatches, skipped
from synthinv.solver.inversynth import InverSynthNetwork
from synthinv.solver.loss import SolverLoss
from synthinv.solver.muon import Muon
from synthinv.solver.network import SolverNetwork

log = logging.getLogger(__name__)

LOG_EVERY = 100
"""Updates between two lines of the log."""
LARGEST_GRADIENT = 1.0
"""Norm to which the gradient of all weights together is clipped."""


@dataclass(frozen=True)
class TrainingState:
    """Everything that changes from one update of a training to the next.

    Attributes
    ----------
    network, average : NoteNetwork
        The network, and the one with averaged weights.
    optimisers : list of torch.optim.Optimizer
        Its optimisers.
    losses : list of float
        The losses of the updates so far.
    unit : str
        What the training's progress is counted in.
    """

    network: NoteNetwork
    average: NoteNetwork
    optimisers: list[torch.optim.Optimizer]
    losses: list[float]
    unit: str = "update"

    @property
    def done(self) -> int:
        """Updates that are done."""
        return len(self.losses)

    def tensors(self) -> Tensors:
        """Return the weights and the optimisers' state, by name."""
        return tensors_of(*self._parts())

    def fields(self) -> dict[str, Any]:
        """Return the losses as a field of a JSON file."""
        return {"losses": self.losses}

    def restore(self, tensors: Tensors, fields: Mapping[str, Any]) -> None:
        """Restore a state that `tensors` and `fields` returned."""
        restore_tensors(*self._parts(), tensors)
        for optimiser in self.optimisers:
            _lay_out_as_weights(optimiser)
        self.losses[:] = fields["losses"]

    def _parts(self) -> tuple[dict[str, NoteNetwork], dict[str, torch.optim.Optimizer]]:
        networks = {"network": self.network, "average": self.average}
        return networks, {type(o).__name__: o for o in self.optimisers}


def _lay_out_as_weights(optimiser: torch.optim.Optimizer) -> None:
    """Give an optimiser's restored state the memory layout of the weights.

    PyTorch's fused AdamW takes it for granted, and files hold all tensors in the usual layout.
    """
    for weights, state in optimiser.state.items():
        for name, values in state.items():
            if torch.is_tensor(values) and values.shape == weights.shape:
                state[name] = torch.empty_like(weights).copy_(values)


def train_solver(
    batches: Iterable[NotesWithPatches],
    instrument: Instrument,
    solver: SolverConfig,
    audio: AudioConfig,
    seed: np.random.SeedSequence,
    unfinished: UnfinishedTraining | None = None,
) -> tuple[NoteNetwork, list[float]]:
    """Train a solver from new weights, or resume a training that was killed.

    Parameters
    ----------
    batches : iterable of (float32 array [n, samples] or PressedNotes, uint8 array [n, parameters])
        Notes and their patches; as many batches as `solver` asks for are taken. A training that
        is resumed skips those that it has been trained on.
    instrument : Instrument
        The instrument whose knobs are predicted.
    solver : SolverConfig
        Sizes and settings.
    audio : AudioConfig
        Sample rate and length of the notes.
    seed : numpy.random.SeedSequence
        Seed of the initial weights.
    unfinished : UnfinishedTraining, optional
        Saves the training now and then, so that it can be resumed. The network is the same, bit for
        bit, however often the training is killed and resumed.

    Returns
    -------
    tuple of NoteNetwork and list of float
        The network with averaged weights, on the CPU, and the loss of every update.
    """
    torch.manual_seed(int(np.random.default_rng(seed).integers(2**63)))
    network = build_solver(solver, instrument, audio).to(device())
    average = deepcopy(network).requires_grad_(False)
    criterion = SolverLoss(
        class_counts(instrument), instrument.continuous.tolist(), solver.label_smoothing
    ).to(device())
    updates = -(-solver.notes // solver.batch_size)
    losses: list[float] = []
    log.info("training %s", device_and_precision(solver.mixed_precision))
    with training_threads(solver) as pool:
        optimisers = make_optimisers(network, solver, pool)
        state = TrainingState(network, average, optimisers, losses)
        if unfinished is not None:
            unfinished.resume(state)
        done = state.done
        if done:
            log.info("skipping the %d batches of notes that it was trained on", done)
        remaining = islice(skipped(batches, done), updates - done) if done < updates else ()
        for update, (notes, patches) in enumerate(remaining, done + 1):
            if update == done + 1:
                # Not before the skipped batches, which take less time.
                started = time.perf_counter()
            rate = learning_rate_share((update - 1) / updates, solver.warm_up)
            for optimiser in optimisers:
                for group in optimiser.param_groups:
                    group["lr"] = rate * group["peak"]
            truth = classes_of(instrument, instrument.equivalents(patches))
            losses.append(compute_gradients(network, criterion, notes, truth, solver, pool))
            nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
            for optimiser in optimisers:
                optimiser.step()
            update_ema(average, network, solver.ema, update)
            if unfinished is not None:
                unfinished.save(state)
            if update % LOG_EVERY == 0 or update == updates:
                recent = float(np.mean(losses[-LOG_EVERY:]))
                spent = pace(time.perf_counter() - started, update - done, updates - update)
                log.info("update %d of %d: loss %.4f; %s", update, updates, recent, spent)
    return average.cpu(), losses


def build_solver(solver: SolverConfig, instrument: Instrument, audio: AudioConfig) -> NoteNetwork:
    """Build a solver's network, its weights drawn from PyTorch's global generator.

    Parameters
    ----------
    solver : SolverConfig
        Architecture and sizes.
    instrument : Instrument
        The instrument whose knobs it predicts.
    audio : AudioConfig
        Length and sample rate of its input notes.

    Returns
    -------
    NoteNetwork
        The network.
    """
    classes = class_counts(instrument)
    if solver.architecture == "inversynth":
        return InverSynthNetwork(classes, audio.samples, audio.sample_rate)
    continuous = instrument.continuous.tolist()
    if solver.architecture == "any-note":
        return AnyNoteNetwork(solver, classes, continuous, audio.sample_rate)
    return SolverNetwork(solver, classes, continuous, audio.samples, audio.sample_rate)


def training_threads(solver: SolverConfig) -> ThreadPoolExecutor:
    """Open the threads that share the work of an update.

    Each computes gradients for its own share of the notes, so they wait for each other twice per
    update.
    Rejected: PyTorch's threads, which share every operation and wait hundreds of times, at a cost
    that is largest on a busy machine.
    """
    return ThreadPoolExecutor(solver.threads, initializer=partial(torch.set_num_threads, 1))


def make_optimisers(
    network: NoteNetwork, solver: SolverConfig, pool: Executor
) -> list[torch.optim.Optimizer]:
    """Make Muon for the matrices between the first layers and the heads, AdamW for the rest.

    Parameters
    ----------
    network : NoteNetwork
        The network.
    solver : SolverConfig
        Learning rates and weight decay.
    pool : concurrent.futures.Executor
        Threads for Muon.

    Returns
    -------
    list of torch.optim.Optimizer
        The optimisers; their groups hold the peak learning rate as `peak`.
    """
    ends = {id(p) for m in (*network.first_layers, network.heads) for p in m.parameters()}
    inner = [p for p in network.parameters() if p.ndim > 1 and id(p) not in ends]
    rest = [p for p in network.parameters() if p.ndim == 1 or id(p) in ends]
    decay = solver.weight_decay
    optimisers: list[torch.optim.Optimizer] = []
    # A small network may have nothing in between, and PyTorch refuses an optimiser of nothing.
    if inner:
        optimisers.append(Muon(inner, solver.learning_rate_muon, decay, pool))
    optimisers.append(
        torch.optim.AdamW(
            rest, solver.learning_rate, betas=(0.9, 0.98), weight_decay=decay, fused=True
        )
    )
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["peak"] = group["lr"]
    return optimisers


def learning_rate_share(progress: float, warm_up: float) -> float:
    """Return the learning rate as a share of its peak: a linear rise, then a linear fall to 0."""
    if progress < warm_up:
        return progress / warm_up
    return (1 - progress) / (1 - warm_up)


def compute_gradients(
    network: NoteNetwork,
    criterion: SolverLoss,
    notes: Notes,
    truth: Classes,
    solver: SolverConfig,
    pool: Executor,
) -> float:
    """Compute the gradients of the loss, the notes divided among threads.

    Parameters
    ----------
    network : NoteNetwork
        The network; each weight's gradient is replaced.
    criterion : SolverLoss
        The loss.
    notes : float32 array [n, samples] or PressedNotes
        Notes.
    truth : int64 array [equivalents, n, parameters]
        Classes of their patches and equivalents.
    solver : SolverConfig
        Number of threads, and precision.
    pool : concurrent.futures.Executor
        The threads.

    Returns
    -------
    float
        The loss.
    """
    weights = list(network.parameters())
    where = weights[0].device

    def share(
        notes: Notes, truth: Classes, weight: float
    ) -> tuple[float, tuple[torch.Tensor, ...]]:
        inputs = network.inputs(notes)
        classes = torch.from_numpy(truth).to(where)
        with mixed_precision(solver.mixed_precision):
            logits = network.teacher_forced_logits(inputs, classes)
        loss = criterion(logits, classes) * weight
        return float(loss.item()), torch.autograd.grad(loss, weights)

    # A GPU takes all notes at once.
    parts = 1 if where.type == "cuda" else min(solver.threads, len(notes))
    shares = [(notes[i::parts], truth[:, i::parts]) for i in range(parts)]
    jobs = [pool.submit(share, *part, len(part[0]) / len(notes)) for part in shares]
    # In the order of the parts, not in that in which they finish: rounding depends on it.
    losses, gradients = zip(*[job.result() for job in jobs], strict=True)
    total = gradients[0]
    for more in gradients[1:]:
        total = torch._foreach_add(total, more)
    for parameter, gradient in zip(weights, total, strict=True):
        parameter.grad = gradient
    return float(sum(losses))


def update_ema(average: NoteNetwork, network: NoteNetwork, ema: float, updates: int) -> None:
    """Update the exponential moving average of the weights, after some updates.

    It starts like a plain mean; with a constant decay, the initial weights would stay in it for
    long.
    """
    decay = min(ema, updates / (updates + 10))
    with torch.no_grad():
        torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)
