"""Training of a solver on notes from any source: fresh ones from an engine, or stored shards."""

import logging
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from copy import deepcopy
from functools import partial

import numpy as np
import torch
from torch import nn

from synthinv.audio.types import Audio
from synthinv.common.compute import device, device_and_precision, mixed_precision
from synthinv.config.sections.playing import AudioConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.classes import Classes, class_counts, classes_of
from synthinv.instruments.model import Instrument, Patches
from synthinv.solver.base import NoteNetwork
from synthinv.solver.build import build_solver
from synthinv.solver.data import NotesWithPatches
from synthinv.solver.loss import SolverLoss
from synthinv.solver.muon import Muon

log = logging.getLogger(__name__)

LOG_EVERY = 100  # updates


class SolverTrainer:
    """A network in training: its weights, their moving average, and two optimisers.

    Parameters
    ----------
    instrument : Instrument
        What is solved.
    solver : SolverConfig
        Sizes and settings.
    audio : AudioConfig
        Sample rate and length of the notes.
    seed : numpy.random.SeedSequence
        Seed of the initial weights.
    """

    def __init__(
        self,
        instrument: Instrument,
        solver: SolverConfig,
        audio: AudioConfig,
        seed: np.random.SeedSequence,
    ) -> None:
        self.instrument, self.solver = instrument, solver
        counts = class_counts(instrument)
        torch.manual_seed(int(np.random.default_rng(seed).integers(2**63)))
        self.device = device()
        self.network = build_solver(solver, instrument, audio).to(self.device)
        self.average = deepcopy(self.network).requires_grad_(False)
        self.loss = SolverLoss(counts, instrument.continuous.tolist(), solver.label_smoothing).to(
            self.device
        )
        # Threads with notes of their own wait for each other twice per update. PyTorch's threads
        # share every operation and wait hundreds of times, which costs most on a busy machine.
        self.pool = ThreadPoolExecutor(
            solver.threads, initializer=partial(torch.set_num_threads, 1)
        )
        self.optimisers = make_optimisers(self.network, solver, self.pool)
        self.steps = 0

    def step(self, notes: Audio, patches: Patches, progress: float) -> float:
        """Make one update.

        Parameters
        ----------
        notes : float32 array [n, samples]
            Notes.
        patches : uint8 array [n, parameters]
            Their CC values.
        progress : float
            Share of the training that is over, which decides the learning rates.

        Returns
        -------
        float
            The loss before the update.
        """
        rate = learning_rate_share(progress, self.solver.warm_up)
        for optimiser in self.optimisers:
            optimiser.zero_grad()
            for group in optimiser.param_groups:
                group["lr"] = rate * group["peak"]
        equivalents = self.instrument.equivalents(patches)
        loss = self._compute_gradients(notes, classes_of(self.instrument, equivalents))
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.steps += 1
        self._update_ema()
        return loss

    def _compute_gradients(self, notes: Audio, truth: Classes) -> float:
        # A GPU takes all notes at once.
        parts = 1 if self.device.type == "cuda" else min(self.solver.threads, len(notes))
        jobs = [
            self.pool.submit(self._share, notes[i::parts], truth[:, i::parts], len(notes))
            for i in range(parts)
        ]
        # In the order of the parts, whichever ends first: a sum depends on it.
        losses, gradients = zip(*[job.result() for job in jobs], strict=True)
        total = gradients[0]
        for share in gradients[1:]:
            total = torch._foreach_add(total, share)
        for weights, gradient in zip(self.network.parameters(), total, strict=True):
            weights.grad = gradient
        return float(sum(losses))

    def _share(
        self, notes: Audio, truth: Classes, count: int
    ) -> tuple[float, tuple[torch.Tensor, ...]]:
        with torch.no_grad():
            inputs = self.network.front_end(torch.from_numpy(notes).to(self.device))
        with mixed_precision(self.solver.mixed_precision):
            classes = torch.from_numpy(truth).to(self.device)
            logits = self.network.teacher_forced_logits(inputs, classes)
        loss = self.loss(logits, classes) * (len(notes) / count)
        gradients = torch.autograd.grad(loss, list(self.network.parameters()))
        return float(loss.item()), gradients

    def _update_ema(self) -> None:
        # The average starts as a plain mean, or the initial weights would stay in it for long.
        decay = min(self.solver.ema, self.steps / (self.steps + 10)) if self.solver.ema else 0.0
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.average.parameters()), list(self.network.parameters()), 1 - decay
            )


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
        Their groups hold the peak learning rate as `peak`.
    """
    ends = {id(p) for m in (*network.first_layers, network.heads) for p in m.parameters()}
    inner = [p for p in network.parameters() if p.ndim > 1 and id(p) not in ends]
    rest = [p for p in network.parameters() if p.ndim == 1 or id(p) in ends]
    decay = solver.weight_decay
    optimisers = [
        Muon(inner, solver.learning_rate_muon, decay, pool),
        torch.optim.AdamW(
            rest, solver.learning_rate, betas=(0.9, 0.98), weight_decay=decay, fused=True
        ),
    ]
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["peak"] = group["lr"]
    return optimisers


def learning_rate_share(progress: float, warm_up: float) -> float:
    """Learning rate as a share of its peak: a linear rise, then a linear fall to 0."""
    if progress < warm_up:
        return progress / warm_up
    return (1 - progress) / (1 - warm_up)


def train_solver(
    batches: Iterable[NotesWithPatches],
    instrument: Instrument,
    solver: SolverConfig,
    audio: AudioConfig,
    seed: np.random.SeedSequence,
) -> tuple[NoteNetwork, list[float]]:
    """Train a solver from new weights.

    Parameters
    ----------
    batches : iterable of (float32 array [n, samples], uint8 array [n, parameters])
        Notes and their patches; as many batches as `Solver` asks for are taken.
    instrument : Instrument
        What is solved.
    solver : SolverConfig
        Sizes and settings.
    audio : AudioConfig
        Sample rate and length of the notes.
    seed : numpy.random.SeedSequence
        Seed of the initial weights.

    Returns
    -------
    tuple of NoteNetwork and list of float
        The network with averaged weights, and the loss of every update.
    """
    trainer = SolverTrainer(instrument, solver, audio, seed)
    updates = -(-solver.notes // solver.batch_size)
    losses: list[float] = []
    log.info("training %s", device_and_precision(solver.mixed_precision))
    for i, (notes, patches) in zip(range(updates), batches, strict=False):
        losses.append(trainer.step(notes, patches, i / updates))
        if (i + 1) % LOG_EVERY == 0 or i + 1 == updates:
            recent = float(np.mean(losses[-LOG_EVERY:]))
            log.info("update %d of %d: loss %.4f", i + 1, updates, recent)
    return trainer.average.cpu(), losses
