import numpy as np
import numpy.typing as npt
import pytest
import torch

from synthinv.instruments.classes import class_counts, classes_of
from synthinv.instruments.model import Instrument
from synthinv.solver.loss import SolverLoss


def test_a_neighbouring_value_costs_less_but_a_neighbouring_position_does_not() -> None:
    loss = SolverLoss((6, 128), (False, True), label_smoothing=1)
    truth = torch.tensor([[[2, 60]]])

    def of(position: int, value: int) -> float:
        logits = torch.zeros(1, 1, 6 + 128)
        logits[..., position] = logits[..., 6 + value] = 8
        return float(loss(logits, truth))

    assert of(2, 60) < of(2, 61) < of(2, 70)
    assert of(2, 70) == pytest.approx(of(2, 100))
    assert of(2, 60) < of(1, 60)
    assert of(1, 60) == pytest.approx(of(5, 60))


@pytest.mark.parametrize("label_smoothing", [0, 1])
def test_the_loss_is_cross_entropy_with_targets_spread_to_neighbours(
    label_smoothing: float,
) -> None:
    logits = torch.randn(4, 128)
    truth = torch.tensor([0, 50, 126, 127])
    steps = torch.arange(128)
    targets = torch.exp(-0.5 * ((steps - truth[:, None]) / max(label_smoothing, 1e-3)) ** 2)
    targets /= targets.sum(dim=1, keepdim=True)
    expected = torch.nn.functional.cross_entropy(logits, targets)
    found = SolverLoss((128,), (True,), label_smoothing)(logits[None], truth[None, :, None])
    torch.testing.assert_close(found, expected)


def test_the_loss_is_invariant_to_permutations(two_oscillators: Instrument) -> None:
    rng = np.random.default_rng(1)
    patches = np.stack([two_oscillators.sample(rng) for _ in range(16)])
    counts = class_counts(two_oscillators)
    logits = torch.randn(16, sum(counts), requires_grad=True)
    loss = SolverLoss(counts, two_oscillators.continuous.tolist(), label_smoothing=1)

    def of(equivalents: npt.NDArray[np.uint8]) -> torch.Tensor:
        classes = torch.from_numpy(classes_of(two_oscillators, equivalents))
        found: torch.Tensor = loss(logits.expand(len(classes), -1, -1), classes)
        return found

    equivalents = two_oscillators.equivalents(patches)
    # A batch in which every other note has its two oscillators exchanged.
    mixed = np.where(np.arange(16)[:, np.newaxis] % 2, equivalents[0], equivalents[1])
    blind = of(equivalents)
    torch.testing.assert_close(blind, of(two_oscillators.equivalents(mixed)))
    classes = torch.from_numpy(classes_of(two_oscillators, equivalents))
    one_by_one = torch.stack(
        [
            torch.stack([loss(logits[None, [i]], classes[[k]][:, [i]]) for k in (0, 1)])
            for i in range(16)
        ]
    ).amin(dim=1)
    torch.testing.assert_close(blind, one_by_one.mean())
    assert blind < of(patches[np.newaxis])
    gradient = torch.autograd.grad(blind, logits)[0]
    assert (gradient.abs().sum(dim=1) > 0).all()
