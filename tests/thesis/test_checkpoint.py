from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given

from synthinv.common import compute
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, write_manifest
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.model import Instrument
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.checkpoint import load_network, save_network
from synthinv.thesis.losses import CrossEntropy
from synthinv.thesis.network import build_network
from synthinv.thesis.pca import principal_components
from tests.damage import Damage, assert_refused, damages

Data = Callable[..., SpectrogramData]
NETWORK = NetworkConfig(
    convolutions=1, kernels=2, kernel_size=3, padding=1, hidden_layers=1, hidden_units=3
)

IMAGES = np.random.default_rng(0).random((2, 8, 6), dtype=np.float32)
PATCHES = np.zeros((2, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def sounds(data: Data) -> SpectrogramData:
    return data(IMAGES, PATCHES)


def save(folder: Path, sounds: SpectrogramData) -> torch.nn.Sequential:
    torch.manual_seed(1)
    model = build_network(NETWORK, (8, 6), 3)
    files = folder / "w.safetensors", folder / "m.json"
    save_network(*files, model, NETWORK, TrainingConfig(), sounds, {"epochs": 2})
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sounds: SpectrogramData) -> Path:
    path = tmp_path_factory.mktemp("weights")
    save(path, sounds)
    return path


def test_a_network_comes_back_with_every_weight(
    tmp_path: Path, sounds: SpectrogramData, toy: Instrument
) -> None:
    model = save(tmp_path, sounds)
    loaded, _ = load_network(tmp_path / "m.json", sounds, toy)
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for name, weights in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], weights)
    batch = torch.from_numpy(IMAGES)[:, None]
    assert torch.equal(loaded(batch), model(batch))


def test_classes_and_principal_components_come_back(
    tmp_path: Path, sounds: SpectrogramData, toy: Instrument
) -> None:
    network = NETWORK.model_copy(update={"loss": "cross-entropy", "pca": 0.999})
    model = build_network(network, (8, 6), 259, principal_components(IMAGES, 0.999))
    files = tmp_path / "w.safetensors", tmp_path / "m.json"
    save_network(*files, model, network, TrainingConfig(), sounds, {})
    loaded, loss = load_network(tmp_path / "m.json", sounds, toy)
    batch = torch.from_numpy(IMAGES)[:, None]
    assert torch.equal(loaded(batch), model(batch))
    assert isinstance(loss, CrossEntropy)


def test_the_manifest_states_what_the_network_was_trained_with(
    tmp_path: Path, sounds: SpectrogramData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "has_bfloat16", lambda: True)
    network = NETWORK.model_copy(update={"convolutions": 2})
    model = build_network(network, (8, 6), 3)
    training = TrainingConfig(threads=2)
    files = tmp_path / "w.safetensors", tmp_path / "m.json"
    save_network(*files, model, network, training, sounds, {})
    trained_with = read_manifest(files[1])["trained_with"]
    assert trained_with.pop("bfloat16") == []
    capabilities = torch.cpu.get_capabilities()
    assert all(capabilities[name] for name in trained_with.pop("processor"))
    assert trained_with == {
        "pytorch": torch.__version__,
        "device": "cpu",
        "threads": 2,
    }


def test_writing_twice_gives_the_same_bytes(
    tmp_path: Path, folder: Path, sounds: SpectrogramData
) -> None:
    save(tmp_path, sounds)
    for name in ("w.safetensors", "m.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize("name", ["w.safetensors", "m.json"])
@given(damage=damages())
def test_any_changed_byte_is_refused_and_the_file_named(
    folder: Path,
    sounds: SpectrogramData,
    toy: Instrument,
    name: str,
    damage: Damage,
) -> None:
    assert_refused(damage, folder / name, lambda: load_network(folder / "m.json", sounds, toy))


@pytest.mark.parametrize("name", ["w.safetensors", "m.json"])
def test_a_missing_file_is_named(
    tmp_path: Path, sounds: SpectrogramData, toy: Instrument, name: str
) -> None:
    save(tmp_path, sounds)
    (tmp_path / name).unlink()
    with pytest.raises(SynthinvError) as caught:
        load_network(tmp_path / "m.json", sounds, toy)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")


def test_a_network_for_other_images_is_refused(folder: Path, data: Data, toy: Instrument) -> None:
    with pytest.raises(SynthinvError, match=r"m\.json: was trained on images or parameters other"):
        load_network(folder / "m.json", data(IMAGES[:, :7], PATCHES), toy)


def test_a_network_for_other_knobs_is_refused(folder: Path, data: Data, toy: Instrument) -> None:
    with pytest.raises(SynthinvError, match=r"m\.json: was trained on images or parameters other"):
        load_network(folder / "m.json", data(IMAGES, PATCHES, ("cutoff", "range", "sustain")), toy)


def test_weights_of_another_network_are_refused(
    tmp_path: Path, sounds: SpectrogramData, toy: Instrument
) -> None:
    save(tmp_path, sounds)
    fields = read_manifest(tmp_path / "m.json")
    fields["network"]["hidden_units"] = 4
    write_manifest(tmp_path / "m.json", fields, {"weights": tmp_path / "w.safetensors"})
    with pytest.raises(SynthinvError, match=r"w\.safetensors: does not hold what it should"):
        load_network(tmp_path / "m.json", sounds, toy)


@pytest.mark.parametrize("error", [TypeError, KeyError, ValueError, RuntimeError])
def test_a_bug_while_a_network_is_built_keeps_its_traceback(
    folder: Path,
    sounds: SpectrogramData,
    toy: Instrument,
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def build(*arguments: object) -> None:
        raise error("a bug")

    monkeypatch.setattr("synthinv.thesis.checkpoint.build_network", build)
    with pytest.raises(error, match="a bug"):
        load_network(folder / "m.json", sounds, toy)


@pytest.mark.parametrize("components", [0, -1, 9, "3", [3], 1.5])
def test_components_that_the_images_cannot_have_are_refused(
    tmp_path: Path, sounds: SpectrogramData, toy: Instrument, components: object
) -> None:
    save(tmp_path, sounds)
    fields = read_manifest(tmp_path / "m.json")
    fields["components"] = components
    write_manifest(tmp_path / "m.json", fields, {"weights": tmp_path / "w.safetensors"})
    with pytest.raises(SynthinvError, match=r"m\.json: does not hold what it should"):
        load_network(tmp_path / "m.json", sounds, toy)
