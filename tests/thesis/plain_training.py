"""The thesis's training in plain PyTorch, which the optimised one is compared with."""

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.model import Instrument
from synthinv.spectrogram.store import SpectrogramData


class PlainTraining:
    """Training by SGD or AdaDelta of a network with padding 1 and one hidden layer.

    The loss is the squared error. The L2 penalty is a part of it, and every gradient is autograd's.

    Parameters
    ----------
    model : torch.nn.Sequential
        The network whose weights are trained; its layers are not used.
    network : NetworkConfig
        Its settings.
    training : TrainingConfig
        The training's.
    """

    def __init__(
        self, model: nn.Sequential, network: NetworkConfig, training: TrainingConfig
    ) -> None:
        self.weights = list(model.parameters())
        self._network, self._training = network, training
        self._squares = [torch.zeros_like(w) for w in self.weights]
        self._steps = [torch.zeros_like(w) for w in self.weights]

    def epoch(
        self, data: SpectrogramData, instrument: Instrument, order: npt.NDArray[np.intp]
    ) -> float:
        """Train one epoch, and return the mean of the batches' mean squared errors."""
        errors = []
        for i in range(0, len(order), self._training.batch_size):
            batch = order[i : i + self._training.batch_size]
            images = torch.from_numpy(data.images(batch))[:, None]
            labels = torch.from_numpy(instrument.encode(data.patches[batch]))
            if self._training.update_after == "batch":
                errors.append(self._update(images, labels, divisor=1))
                continue
            each = [
                self._update(image[None], label[None], divisor=self._training.batch_size)
                for image, label in zip(images, labels, strict=True)
            ]
            errors.append(float(np.mean(each)))
        return float(np.mean(errors))

    def _update(self, images: torch.Tensor, labels: torch.Tensor, divisor: int) -> float:
        outputs = self._outputs(images)
        over_knobs = torch.mean if self._training.loss_reduction == "mean" else torch.sum
        loss = over_knobs((outputs - labels[:, None]) ** 2, dim=2).mean()
        if self._training.l2 == "equation-6":
            self._follow((loss + self._squared_weights()) / divisor)
        else:
            self._follow(loss / divisor + self._squared_weights() / 2)
        return ((outputs - labels[:, None]) ** 2).mean().item()

    def _outputs(self, images: torch.Tensor) -> torch.Tensor:
        """Compute outputs [n, 1, knobs], or [n, kernels, knobs] with `flatten: each`."""
        *convolutions, first, first_bias, last, last_bias = self.weights
        convolved = images
        for kernels, biases in zip(convolutions[::2], convolutions[1::2], strict=True):
            convolved = functional.conv2d(convolved, kernels, biases, padding=1)
            convolved = functional.max_pool2d(functional.relu(convolved), 2)
        rows = {
            "all": convolved.flatten(1)[:, None],
            "mean": convolved.mean(dim=1).flatten(1)[:, None],
            "each": convolved.flatten(2),
        }[self._network.flatten]
        hidden = torch.relu(functional.linear(rows, first, first_bias))
        return torch.sigmoid(functional.linear(hidden, last, last_bias))

    def _squared_weights(self) -> torch.Tensor:
        biases_too = self._training.l2_over == "all"
        penalised = [w for w in self.weights if w.ndim > 1 or biases_too]
        return self._training.weight_decay * torch.stack([(w**2).sum() for w in penalised]).sum()

    def _follow(self, loss: torch.Tensor) -> None:
        gradients = torch.autograd.grad(loss, self.weights)
        for i, (w, g) in enumerate(zip(self.weights, gradients, strict=True)):
            w.data -= self._step(i, g)

    def _step(self, i: int, g: torch.Tensor) -> torch.Tensor:
        training, rho, epsilon = self._training, self._training.rho, 1e-6
        if training.optimiser == "sgd":
            return training.learning_rate_sgd * g
        self._squares[i] = rho * self._squares[i] + (1 - rho) * g**2
        root = (self._squares[i] + epsilon).sqrt()
        if training.adadelta == "equation-10":
            return training.learning_rate_adadelta * g / root
        step = (self._steps[i] + epsilon).sqrt() / root * g
        self._steps[i] = rho * self._steps[i] + (1 - rho) * step**2
        return training.learning_rate_adadelta * step
