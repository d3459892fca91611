"""Training of a solver on notes from any source: fresh ones from an engine, or stored shards."""

import logging
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn.functional import log_softmax

from synthinv.architectures import build_solver
from synthinv.compute import device
from synthinv.engines import AudioBatch, Engine
from synthinv.instrument import CC_MAX, Instrument, Patches
from synthinv.note_network import NoteNetwork
from synthinv.sections import Audio, Solver
from synthinv.seeds import seed_sequence
from synthinv.solver_answers import Classes, Logits, class_counts, classes_of

log = logging.getLogger(__name__)

NotesWithPatches = tuple[AudioBatch, Patches]

SILENT = 1e-3  # full scale: -60 dBFS
LOG_EVERY = 500  # updates
BELIEF_DRAWS = 256  # per note: a few milliseconds, and chances are then known to 3 %
MOMENTUM = 0.95
# Coefficients of each step towards an orthogonal matrix: N. Amsel et al., The Polar Express (2025).
# Four steps lift small singular values as far as five of the original ones do. Between steps the
# matrix shrinks by POLAR_SAFETY, as there: the polynomials map singular values up to the very edge
# of where the next one converges, and rounding in bfloat16 would carry some of them beyond.
POLAR_SAFETY = 1.01
POLAR_STEPS = (
    (8.2872, -23.5959, 17.3004),
    (4.1071, -2.9478, 0.5448),
    (3.9487, -2.9089, 0.5518),
    (3.3184, -2.4885, 0.5100),
)


class Muon(torch.optim.Optimizer):
    """Momentum whose update of every matrix is made orthogonal (Jordan et al., 2024).

    PyTorch's own takes matrices only; this one sees a convolution as the matrix of its kernels.

    Parameters
    ----------
    weights : iterable of torch.nn.Parameter
        Weights of two or more dimensions.
    learning_rate : float
        Root mean square of an update of a square matrix, times the root of its size.
    weight_decay : float
        Decoupled weight decay.
    pool : concurrent.futures.Executor
        Threads that share the weights among them.
    """

    def __init__(
        self,
        weights: Iterable[nn.Parameter],
        learning_rate: float,
        weight_decay: float,
        pool: Executor,
    ) -> None:
        super().__init__(weights, {"lr": learning_rate, "weight_decay": weight_decay})
        self._pool = pool

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update the weights from their gradients."""
        for group in self.param_groups:
            # The largest first: the threads are then done at about the same time.
            ordered = sorted(group["params"], key=lambda weights: -weights.numel())
            update = partial(self._update, group["lr"], group["lr"] * group["weight_decay"])
            list(self._pool.map(update, ordered))

    @torch.no_grad()
    def _update(self, rate: float, decay: float, weights: nn.Parameter) -> None:
        if weights.grad is None:
            return
        momentum = self.state[weights].setdefault("momentum", torch.zeros_like(weights))
        momentum.lerp_(weights.grad, 1 - MOMENTUM)
        update = orthogonal(weights.grad.lerp(momentum, MOMENTUM).flatten(1))
        rows, columns = update.shape
        weights.mul_(1 - decay)
        weights.add_(update.view_as(weights), alpha=-rate * max(1, rows / columns) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Set all singular values of a matrix to about 1.

    Parameters
    ----------
    matrix : float32 tensor [rows, columns]
        A matrix.

    Returns
    -------
    float32 tensor [rows, columns]
        The nearest matrix with orthogonal rows (or columns, if it has fewer), roughly.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix / (matrix.norm() + 1e-7)).bfloat16()
    x = x.T if tall else x
    for a, b, c in POLAR_STEPS:
        x = x / POLAR_SAFETY
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: torch.Tensor = (x.T if tall else x).float()
    return result


class SolverLoss(nn.Module):
    """Cross-entropy of every knob's classes, averaged over the knobs.

    Of a patch's equivalents the one that costs least counts, so the network may name oscillators in
    an order of its own: permutation invariant training (D. Yu et al., "Permutation invariant
    training of deep models for speaker-independent multi-talker speech separation", ICASSP 2017).

    Parameters
    ----------
    classes : sequence of int
        Classes of every knob.
    label_sd : float
        Standard deviation to which the target of a continuous knob is spread, in CC steps: a
        neighbouring value is almost right. Positions have no such order.
    """

    def __init__(self, classes: Sequence[int], label_sd: float) -> None:
        super().__init__()
        self.classes = tuple(classes)
        steps = torch.arange(CC_MAX + 1)
        distance = steps[:, None] - steps
        # The identity for 0: no smoothing.
        weights = torch.exp(-0.5 * (distance / max(label_sd, 1e-3)) ** 2)
        # One target per column.
        self.register_buffer("targets", (weights / weights.sum(dim=1, keepdim=True)).T)

    def forward(self, logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Compare logits with the truth.

        Parameters
        ----------
        logits : float32 tensor [equivalents, batch, all classes]
            A network's answers.
        truth : int64 tensor [equivalents, batch, parameters]
            Classes of patches that sound alike, see `Instrument.equivalents`.

        Returns
        -------
        float32 tensor []
            The loss.
        """
        losses = [
            self._of_every_class(part).gather(2, own[:, :, None])[:, :, 0]
            for part, own in zip(
                torch.split(logits, list(self.classes), dim=2), truth.unbind(2), strict=True
            )
        ]
        return torch.stack(losses).mean(dim=0).amin(dim=0).mean()

    def _of_every_class(self, logits: torch.Tensor) -> torch.Tensor:
        """Tell what each class would cost if it were the true one."""
        surprise = -log_softmax(logits, dim=2)
        return surprise @ self.get_buffer("targets") if logits.shape[2] > CC_MAX else surprise


class SolverTrainer:
    """A network in training: its weights, their moving average, and two optimisers.

    Parameters
    ----------
    instrument : Instrument
        What is solved.
    solver : Solver
        Sizes and settings.
    audio : Audio
        Sample rate and length of the notes.
    seed : numpy.random.SeedSequence
        Seed of the initial weights.
    """

    def __init__(
        self, instrument: Instrument, solver: Solver, audio: Audio, seed: np.random.SeedSequence
    ) -> None:
        self.instrument, self.solver = instrument, solver
        counts = class_counts(instrument)
        torch.manual_seed(int(np.random.default_rng(seed).integers(2**63)))
        self.device = device()
        self.network = build_solver(solver, instrument, audio).to(self.device)
        self.average = deepcopy(self.network).requires_grad_(False)
        self.loss = SolverLoss(counts, solver.label_sd).to(self.device)
        # Threads with notes of their own wait for each other twice per update. PyTorch's threads
        # share every operation and wait hundreds of times, which costs most on a busy machine.
        self.pool = ThreadPoolExecutor(
            solver.threads, initializer=partial(torch.set_num_threads, 1)
        )
        self.optimisers = make_optimisers(self.network, solver, self.pool)
        self.steps = 0

    def step(self, notes: AudioBatch, patches: Patches, progress: float) -> float:
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
        loss = self._differentiate(notes, classes_of(self.instrument, equivalents))
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.steps += 1
        self._follow()
        return loss

    def _differentiate(self, notes: AudioBatch, truth: Classes) -> float:
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
        self, notes: AudioBatch, truth: Classes, count: int
    ) -> tuple[float, tuple[torch.Tensor, ...]]:
        with torch.no_grad():
            views = self.network.front_end(torch.from_numpy(notes).to(self.device))
        # The cache of converted weights is one for all threads.
        with torch.autocast(
            self.device.type,
            torch.bfloat16,
            enabled=self.solver.mixed_precision,
            cache_enabled=False,
        ):
            classes = torch.from_numpy(truth).to(self.device)
            logits = self.network.answer_told(views, classes)
        loss = self.loss(logits, classes) * (len(notes) / count)
        gradients = torch.autograd.grad(loss, list(self.network.parameters()))
        return float(loss.item()), gradients

    def _follow(self) -> None:
        # The average starts as a plain mean, or the initial weights would stay in it for long.
        decay = min(self.solver.ema, self.steps / (self.steps + 10)) if self.solver.ema else 0.0
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.average.parameters()), list(self.network.parameters()), 1 - decay
            )


def make_optimisers(
    network: NoteNetwork, solver: Solver, pool: Executor
) -> list[torch.optim.Optimizer]:
    """Make Muon for the matrices between the first layers and the heads, AdamW for the rest.

    Parameters
    ----------
    network : NoteNetwork
        The network.
    solver : Solver
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
    solver: Solver,
    audio: Audio,
    seed: np.random.SeedSequence,
) -> tuple[NoteNetwork, list[float]]:
    """Train a solver from new weights.

    Parameters
    ----------
    batches : iterable of (float32 array [n, samples], uint8 array [n, parameters])
        Notes and their patches; as many batches as `Solver` asks for are taken.
    instrument : Instrument
        What is solved.
    solver : Solver
        Sizes and settings.
    audio : Audio
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
    for i, (notes, patches) in zip(range(updates), batches, strict=False):
        losses.append(trainer.step(notes, patches, i / updates))
        if (i + 1) % LOG_EVERY == 0 or i + 1 == updates:
            recent = float(np.mean(losses[-LOG_EVERY:]))
            log.info("update %d of %d: loss %.4f", i + 1, updates, recent)
    return trainer.average.cpu(), losses


def fresh_notes(
    engine: Engine, instrument: Instrument, batch_size: int, seed: int, run: tuple[str | int, ...]
) -> Generator[NotesWithPatches, None, None]:
    """Render random patches without end, one batch ahead in a thread of its own.

    Parameters
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        What is played.
    batch_size : int
        Patches per batch; those whose notes are silent are left out.
    seed : int
        The configuration's seed.
    run : tuple of str or int
        What is trained.

    Yields
    ------
    tuple of float32 array [n, samples] and uint8 array [n, parameters]
        Notes and their patches, the same for the same seed.
    """

    def render(index: int) -> NotesWithPatches:
        rng = np.random.default_rng(seed_sequence(seed, "solver", *run, index))
        patches = np.stack([instrument.sample(rng) for _ in range(batch_size)])
        notes = engine.render(patches)
        heard = np.abs(notes).max(axis=1) >= SILENT
        return notes[heard], patches[heard]

    with ThreadPoolExecutor(1) as thread:
        index = 0
        following = thread.submit(render, index)
        while True:
            batch = following.result()
            index += 1
            following = thread.submit(render, index)
            if len(batch[1]):
                yield batch


def solve(network: NoteNetwork, notes: npt.NDArray[np.float32], batch_size: int = 64) -> Logits:
    """Answer notes, in full precision.

    Parameters
    ----------
    network : NoteNetwork
        A trained network.
    notes : float32 array [n, samples]
        The notes.
    batch_size : int
        Notes at a time.

    Returns
    -------
    float32 array [n, classes of all knobs]
        Logits, see `synthinv.solver_answers`.
    """
    parts = [notes[i : i + batch_size] for i in range(0, len(notes), batch_size)]
    with torch.no_grad():
        logits = [network(torch.from_numpy(part)).numpy() for part in parts]
    return np.concatenate(logits)


def believe(network: NoteNetwork, notes: npt.NDArray[np.float32]) -> Logits:
    """Say of a few notes what each knob may be, whatever the others are.

    Parameters
    ----------
    network : NoteNetwork
        A trained network.
    notes : float32 array [n, samples]
        The notes.

    Returns
    -------
    float32 array [n, classes of all knobs]
        Logits, see `synthinv.solver_answers`; the same for the same notes.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        views = network.front_end(torch.from_numpy(notes))
        logits: Logits = network.beliefs(views, BELIEF_DRAWS, generator).numpy()
    return logits
