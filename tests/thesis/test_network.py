import pytest
import torch
from torch import nn

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.network import NetworkConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import flattened_size, spectrogram_shape
from synthinv.thesis.network import build_network
from synthinv.thesis.pca import Projection

SMALL = NetworkConfig(convolutions=2, kernels=4, hidden_layers=2, hidden_units=50)
THESIS_IMAGE = spectrogram_shape(SpectrogramConfig(name="thesis"), 40_000)


def layers(model: nn.Sequential, kind: type[nn.Module]) -> list[nn.Module]:
    return [layer for layer in model if isinstance(layer, kind)]


@pytest.mark.parametrize(("padding", "features"), [(2, 625 * 3 * 32), (1, 623 * 2 * 32)])
def test_the_flattened_image_has_the_size_of_table_3(padding: int, features: int) -> None:
    model = build_network(NetworkConfig(padding=padding, hidden_layers=0), THESIS_IMAGE, 12)
    (linear,) = layers(model, nn.Linear)
    assert isinstance(linear, nn.Linear)
    assert (linear.in_features, linear.out_features) == (features, 12)
    with torch.no_grad():
        assert model(torch.rand(1, 1, *THESIS_IMAGE)).shape == (1, 12)


@pytest.mark.parametrize(
    ("settings", "rows"),
    [({"last_kernels": 1}, 1), ({"flatten": "mean"}, 1), ({"flatten": "each"}, 32)],
)
def test_the_flattened_image_has_the_literal_size_of_table_3(
    settings: dict[str, object], rows: int
) -> None:
    network = NetworkConfig.model_validate({"hidden_layers": 0, **settings})
    model = build_network(network, THESIS_IMAGE, 12)
    (linear,) = layers(model, nn.Linear)
    assert isinstance(linear, nn.Linear)
    assert linear.in_features == flattened_size(network, THESIS_IMAGE) == 1875
    with torch.no_grad():
        assert model(torch.rand(1, 1, *THESIS_IMAGE)).shape == (rows, 12)


def test_the_last_convolution_may_have_a_number_of_kernels_of_its_own() -> None:
    model = build_network(SMALL.model_copy(update={"last_kernels": 3}), (32, 32), 12)
    assert [layer.weight.shape[:2] for layer in model if isinstance(layer, nn.Conv2d)] == [
        (4, 1),
        (3, 4),
    ]


def test_the_mean_image_is_the_mean_over_kernels() -> None:
    torch.manual_seed(0)
    images = torch.rand(3, 1, 32, 32)
    model = build_network(SMALL.model_copy(update={"flatten": "mean"}), (32, 32), 12)
    convolved = model[:2](images)
    torch.testing.assert_close(model(images), model[3:](convolved.mean(1)))


def test_separate_images_go_through_the_same_weights_one_by_one() -> None:
    torch.manual_seed(0)
    images = torch.rand(3, 1, 32, 32)
    model = build_network(SMALL.model_copy(update={"flatten": "each"}), (32, 32), 12)
    convolved = model[:2](images)
    one_by_one = torch.stack([model[4:](convolved[:, kernel].flatten(1)) for kernel in range(4)], 1)
    torch.testing.assert_close(model(images), one_by_one.flatten(0, 1))


def test_the_layers_are_those_of_table_3() -> None:
    model = build_network(NetworkConfig(hidden_units=10), (64, 32), 12)
    kinds = [type(layer).__name__ for layer in model]
    connected = "FullyConnected"
    assert kinds == [
        *["PooledConvolution"] * 3,
        "Flatten",
        *[connected, "ReLU"] * 4,
        *[connected, "Sigmoid"],
    ]
    for layer in layers(model, nn.Conv2d):
        assert isinstance(layer, nn.Conv2d)
        assert (layer.out_channels, layer.kernel_size, layer.padding) == (32, (5, 5), (2, 2))


@pytest.mark.parametrize(("kind", "half_width"), [(nn.Conv2d, 0.5), (nn.Linear, 0.1)])
def test_the_thesis_initial_weights_fill_their_range(
    kind: type[nn.Module], half_width: float
) -> None:
    torch.manual_seed(0)
    model = build_network(SMALL, (32, 32), 12)
    weights = torch.cat([p.flatten() for layer in layers(model, kind) for p in layer.parameters()])
    assert weights.abs().max() <= half_width
    assert weights.abs().max() > 0.95 * half_width
    # Uniform: standard deviation w / √3.
    assert weights.std().item() == pytest.approx(half_width / 3**0.5, rel=0.1)


def test_pytorchs_initial_weights_shrink_with_the_layers_size() -> None:
    torch.manual_seed(0)
    network = SMALL.model_copy(update={"initialisation": "pytorch"})
    last = layers(build_network(network, (32, 32), 12), nn.Linear)[-1]
    assert isinstance(last, nn.Linear)
    assert 0.9 * 50**-0.5 < last.weight.abs().max() <= 50**-0.5


def test_the_same_seed_gives_the_same_weights() -> None:
    models = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        models.append(nn.utils.parameters_to_vector(build_network(SMALL, (32, 32), 3).parameters()))
    assert torch.equal(models[0], models[1])
    assert not torch.equal(models[0], models[2])


def test_outputs_lie_between_zero_and_one_and_depend_on_the_image() -> None:
    torch.manual_seed(0)
    network = SMALL.model_copy(update={"initialisation": "pytorch"})
    outputs = build_network(network, (32, 32), 3)(torch.rand(5, 1, 32, 32))
    assert outputs.shape == (5, 3)
    assert 0 < outputs.min() < outputs.max() < 1
    assert (outputs.std(dim=0) > 0).all()


def test_xaviers_initial_weights_shrink_with_inputs_and_outputs() -> None:
    torch.manual_seed(0)
    network = SMALL.model_copy(update={"initialisation": "xavier"})
    model = build_network(network, (32, 32), 12)
    convolution, last = layers(model, nn.Conv2d)[-1], layers(model, nn.Linear)[-1]
    for layer, both in ((convolution, 2 * 4 * 25), (last, 50 + 12)):
        weights, bias = layer.parameters()
        limit = (6 / both) ** 0.5
        assert 0.95 * limit < weights.abs().max() <= limit
        assert not bias.any()


@pytest.mark.parametrize("initialisation", ["thesis", "pytorch", "xavier"])
@pytest.mark.parametrize("biases", ["thesis", "pytorch", "zero"])
def test_the_initial_biases_are_a_setting_and_leave_the_weights_alone(
    initialisation: str, biases: str
) -> None:
    found = []
    for chosen in (biases, None):
        torch.manual_seed(0)
        network = NetworkConfig.model_validate(
            {**SMALL.model_dump(), "initialisation": initialisation, "initial_biases": chosen}
        )
        found.append(build_network(network, (32, 32), 12))
    chosen_layers, own = (layers(m, nn.Conv2d) + layers(m, nn.Linear) for m in found)
    for layer, other in zip(chosen_layers, own, strict=True):
        (weight, bias), (own_weight, own_bias) = layer.parameters(), other.parameters()
        assert torch.equal(weight, own_weight)
        # Equal to the initialisation's own biases if those are chosen by name.
        own_biases = {"thesis": "thesis", "pytorch": "pytorch", "xavier": "zero"}[initialisation]
        assert torch.equal(bias, own_bias) == (biases == own_biases)
        thesis = 0.5 if isinstance(layer, nn.Conv2d) else 0.1
        limits = {"thesis": thesis, "pytorch": weight[0].numel() ** -0.5, "zero": 0}
        assert 0.6 * limits[biases] <= bias.abs().max() <= limits[biases]


def test_under_cross_entropy_outputs_are_not_squashed() -> None:
    torch.manual_seed(0)
    network = SMALL.model_copy(update={"loss": "cross-entropy"})
    model = build_network(network, (32, 32), 131)
    assert isinstance(model[-1], nn.Linear)
    assert model(torch.rand(5, 1, 32, 32)).shape == (5, 131)


def test_principal_components_take_the_place_of_the_bands() -> None:
    model = build_network(SMALL, (64, 16), 3, Projection.blank(8, 64))
    assert model(torch.rand(2, 1, 64, 16)).shape == (2, 3)
    # Two poolings: 2 × 4 pixels are left.
    (first, *_) = layers(model, nn.Linear)
    assert isinstance(first, nn.Linear)
    assert first.in_features == 4 * 2 * 4


def test_too_few_components_for_the_convolutions_are_refused() -> None:
    network = SMALL.model_copy(update={"pca": 0.5})
    with pytest.raises(SynthinvError, match=r"pca: 3 principal components have 0\.5 of the var"):
        build_network(network, (64, 16), 3, Projection.blank(3, 64))
