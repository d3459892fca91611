from itertools import product

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from synthinv.instruments.classes import class_counts, classes_of, predicted_labels
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter
from synthinv.solver.autoregressive_heads import AutoregressiveHeads

INSTRUMENT = Instrument(
    name="three",
    parameters=tuple(
        Parameter(name=name, group="", cc=20 + i, positions=positions)
        for i, (name, positions) in enumerate(
            {"range": (0, 51, 102), "cutoff": None, "contour": None}.items()
        )
    ),
)
CLASSES, CONTINUOUS = (3, 128, 128), (False, True, True)


def predicted(heads: AutoregressiveHeads, sounds: torch.Tensor) -> torch.Tensor:
    """Compute logits [batch, classes] conditioned on the predictions."""
    return heads.generate(sounds, torch.full((1, len(heads.classes)), -1.0))[:, 0]


def marginals(heads: AutoregressiveHeads, sounds: torch.Tensor, draws: int) -> torch.Tensor:
    """Average the probabilities [batch, classes] over draws."""
    uniforms = torch.rand(draws, len(heads.classes), generator=torch.Generator().manual_seed(0))
    by_knob = torch.split(heads.generate(sounds, uniforms), heads.classes, dim=2)
    return torch.cat([part.softmax(dim=2).mean(dim=1) for part in by_knob], dim=1)


@pytest.fixture
def heads() -> AutoregressiveHeads:
    torch.manual_seed(0)
    heads = AutoregressiveHeads(8, CLASSES, CONTINUOUS, units=16)
    # As after a training: new heads are independent.
    torch.nn.init.normal_(heads.output_weights)
    torch.nn.init.normal_(heads.value_embedding)
    return heads


def test_predictions_as_truth_give_the_same_logits(
    heads: AutoregressiveHeads,
) -> None:
    sounds = torch.randn(20, 8)
    logits = predicted(heads, sounds)
    predictions = INSTRUMENT.decode(predicted_labels(INSTRUMENT, logits.detach().numpy()))
    truth = torch.from_numpy(classes_of(INSTRUMENT, predictions))
    torch.testing.assert_close(heads(sounds, truth[None])[0], logits)


def test_a_knob_of_128_positions_is_predicted_by_the_likeliest_as_the_labels_are() -> None:
    knob = Parameter(name="program", group="", cc=20, positions=tuple(range(128)))
    instrument = Instrument(name="program", parameters=(knob, INSTRUMENT.parameters[1]))
    torch.manual_seed(0)
    heads = AutoregressiveHeads(8, class_counts(instrument), instrument.continuous.tolist(), 16)
    torch.nn.init.normal_(heads.output_weights)
    torch.nn.init.normal_(heads.value_embedding)
    sounds = torch.randn(20, 8)
    logits = predicted(heads, sounds)
    labels = predicted_labels(instrument, logits.detach().numpy())
    truth = torch.from_numpy(classes_of(instrument, instrument.decode(labels)))
    torch.testing.assert_close(heads(sounds, truth[None])[0], logits)


@pytest.mark.parametrize("knob", range(3))
def test_a_knob_conditions_only_those_after_it(heads: AutoregressiveHeads, knob: int) -> None:
    sounds, truth = torch.randn(5, 8), torch.zeros(1, 5, 3, dtype=torch.int64)
    other = truth.clone()
    other[..., knob] = 1
    parts = torch.split(heads(sounds, truth) - heads(sounds, other), list(CLASSES), dim=2)
    for k, difference in enumerate(parts):
        assert (difference.abs().max() > 1e-3) == (k > knob)


def test_equivalents_do_not_influence_each_other(heads: AutoregressiveHeads) -> None:
    sounds, truth = torch.randn(5, 8), torch.randint(0, 3, (2, 5, 3))
    both = heads(sounds, truth)
    for one, own in zip(both, truth, strict=True):
        torch.testing.assert_close(one, heads(sounds, own[None])[0])


def test_marginals_are_averages_over_all_knobs_before() -> None:
    torch.manual_seed(0)
    classes = (3, 4, 5)
    heads = AutoregressiveHeads(8, classes, (False,) * 3, units=16)
    torch.nn.init.normal_(heads.output_weights)
    torch.nn.init.normal_(heads.value_embedding)
    sounds = torch.randn(6, 8)
    patches = torch.tensor(list(product(*map(range, classes))))
    with torch.no_grad():
        # The conditional distributions given every patch there is, and its probability.
        logits = heads(sounds, patches[:, None].expand(-1, len(sounds), -1))
        conditional = [part.softmax(dim=2) for part in torch.split(logits, list(classes), dim=2)]
        own = patches.T[:, :, None, None].expand(-1, -1, len(sounds), 1)
        likely = torch.stack([p.gather(2, k) for p, k in zip(conditional, own, strict=True)]).prod(
            dim=0
        )
        expected = torch.cat([(likely * part).sum(dim=0) for part in conditional], dim=1)
        means = marginals(heads, sounds, 20_000)
        predictions = torch.split(predicted(heads, sounds), list(classes), dim=1)
    torch.testing.assert_close(means, expected, atol=0.02, rtol=0)
    # Conditioned on the predictions, the last knob has another distribution.
    assert (predictions[2].softmax(dim=1) - expected[:, -5:]).abs().max() > 0.1


def test_two_knobs_of_which_only_the_sum_is_audible_agree() -> None:
    torch.manual_seed(0)
    heads = AutoregressiveHeads(16, (16, 31), (False, False), units=16)
    optimiser = torch.optim.Adam(heads.parameters(), 0.02)
    rng = np.random.default_rng(0)

    def draw(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        first, total = rng.integers(0, 16, count), rng.integers(0, 16, count)
        truth = np.stack([first, total - first + 15], axis=1)
        return torch.eye(16)[torch.from_numpy(total)], torch.from_numpy(truth)

    for _ in range(400):
        sounds, truth = draw(128)
        logits = torch.split(heads(sounds, truth[None])[0], [16, 31], dim=1)
        losses = [cross_entropy(part, own) for part, own in zip(logits, truth.T, strict=True)]
        optimiser.zero_grad()
        torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    sounds, truth = draw(200)
    first, second = (
        part.argmax(dim=1) for part in torch.split(predicted(heads, sounds), [16, 31], dim=1)
    )
    # The first knob cannot be predicted; the second complements whatever was predicted.
    assert (first + second == truth.sum(dim=1)).float().mean() > 0.9
    with torch.no_grad():
        means = marginals(heads, sounds, 100)
    # Each of the sixteen pairs is equally likely, and the marginals show it.
    chances = means[:, 16:].gather(1, second[:, None])
    assert chances.mean() < 0.15


def test_without_units_knobs_are_independent() -> None:
    heads = AutoregressiveHeads(8, CLASSES, CONTINUOUS, units=0)
    sounds, truth = torch.randn(5, 8), torch.randint(0, 3, (2, 5, 3))
    for predictions in (*heads(sounds, truth), predicted(heads, sounds)):
        torch.testing.assert_close(predictions, heads.sound(sounds))


def test_a_draw_depends_on_its_own_numbers_only(heads: AutoregressiveHeads) -> None:
    sounds, uniforms = torch.randn(5, 8), torch.rand(7, 3)
    uniforms[2, 1] = -1
    together = heads.generate(sounds, uniforms)
    assert together.shape == (5, 7, sum(CLASSES))
    for i, own in enumerate(uniforms):
        torch.testing.assert_close(together[:, i], heads.generate(sounds, own[None])[:, 0])
