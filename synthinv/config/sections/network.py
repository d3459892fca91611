"""The thesis's network and its training."""

from typing import Literal

from pydantic import Field

from synthinv.common.validation import Section

OptimiserName = Literal["sgd", "adagrad", "adadelta", "adam"]


class NetworkConfig(Section):
    """The thesis's network (Table 3), with the settings that its grid searches tune."""

    convolutions: int = Field(3, ge=1, le=8, description="Convolutional layers, each max-pooled.")
    kernels: int = Field(32, ge=1, description="Kernels per convolutional layer.")
    last_kernels: int | None = Field(
        None, ge=1, description="Kernels of the last convolutional layer; null for `kernels`."
    )
    flatten: Literal["all", "mean", "each"] = Field(
        "all",
        description="Inputs of the fully connected layers. all: the last convolution's images, one "
        "per kernel; mean: the mean of these images; each: one image at a time, with an output and "
        "a loss for each, and the mean of the outputs as the prediction.",
    )
    kernel_size: int = Field(5, ge=1, description="Side of the square kernels.")
    padding: int = Field(2, ge=0, description="Zero padding of each convolution.")
    hidden_layers: int = Field(4, ge=0, le=100, description="Fully connected hidden layers.")
    hidden_units: int = Field(800, ge=1, description="Neurons per hidden layer.")
    initialisation: Literal["thesis", "pytorch", "xavier"] = Field(
        "thesis",
        description="thesis: uniform in ±0.5 (convolutions) and ±0.1 (fully connected); "
        "pytorch: PyTorch's default; xavier: uniform in a range that shrinks as the layer's inputs "
        "and outputs grow in number, biases 0.",
    )
    initial_biases: Literal["thesis", "pytorch", "zero"] | None = Field(
        None,
        description="thesis: uniform in the thesis's ranges of the weights; pytorch: PyTorch's "
        "default, uniform in ±1/√n for n inputs; zero; null: as `initialisation` has them. The "
        "initial weights are the same with each.",
    )
    loss: Literal["mse", "cross-entropy"] = Field(
        "mse",
        description="mse: one sigmoid per knob, under squared error; cross-entropy: a class per CC "
        "value or position of every knob, predicted as the distribution's median or the likeliest "
        "position.",
    )
    pca: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Share of the variance of the training images' spectra to keep: their "
        "principal components take the place of the bands; null for the bands themselves.",
    )


class TrainingConfig(Section):
    """Training of the network (thesis, sections 2.2.4, 2.2.5 and 4.2.1)."""

    optimiser: OptimiserName = Field("adadelta", description="Optimiser.")
    learning_rate_sgd: float = Field(0.01, gt=0, description="Rate of SGD (assumed).")
    learning_rate_adagrad: float = Field(0.01, gt=0, description="Rate of AdaGrad (assumed).")
    learning_rate_adadelta: float = Field(1.0, gt=0, description="Rate of AdaDelta (assumed).")
    learning_rate_adam: float = Field(0.001, gt=0, description="Rate of Adam.")
    rho: float = Field(0.9, ge=0, lt=1, description="Decay of AdaDelta's averages.")
    adadelta: Literal["pytorch", "equation-10"] = Field(
        "pytorch",
        description="pytorch: AdaDelta as Zeiler published it; equation-10: as the thesis prints "
        "it, the rate over the root mean square of the gradients; for this, the default rate of 1 "
        "is far too high.",
    )
    weight_decay: float = Field(0.0, ge=0, description="L2 penalty λ.")
    l2: Literal["pytorch", "equation-6"] = Field(
        "pytorch",
        description="Penalty for weights θ. pytorch: λ/2 · Σθ², added to the loss of every update; "
        "equation-6: λ · Σθ², added to the loss of every patch.",
    )
    l2_over: Literal["all", "weights"] = Field(
        "all", description="all: weights and biases are penalised; weights: biases are not."
    )
    loss_reduction: Literal["mean", "sum"] = Field(
        "mean",
        description="Loss of a patch whose gradient is taken: the mean or the sum of its knobs' "
        "losses. The reported loss is the mean with both.",
    )
    batch_size: int = Field(5, ge=1, description="Patches per batch.")
    update_after: Literal["batch", "patch"] = Field(
        "batch",
        description="batch: one update per batch, by its mean loss; patch: one update per patch, "
        "by its loss divided by the batch size, as Algorithm 1 is printed.",
    )
    validation: float = Field(0.2, gt=0, lt=1, description="Random share kept for validation.")
    threads: int = Field(
        1, ge=1, description="CPU threads of one training; results depend on it, so it is fixed."
    )
