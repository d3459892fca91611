import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import SafetensorError
from torch import nn

from synthinv.common import unfinished
from synthinv.common.compute import use_threads
from synthinv.common.errors import SynthinvError
from synthinv.common.unfinished import UnfinishedTraining
from synthinv.config.overrides import apply_settings
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.types import Setting
from synthinv.instruments.model import Instrument
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.history import History
from synthinv.thesis.network import build_network
from synthinv.thesis.optimisers import Optimiser, _pytorchs, make_optimiser
from synthinv.thesis.training import TrainingState, train

NETWORK = NetworkConfig(
    convolutions=1, kernels=2, kernel_size=3, padding=1, hidden_layers=1, hidden_units=8
)
EPOCHS = 5
Settings = dict[str, Setting]
Trained = tuple[nn.Sequential, History]
Run = Callable[[UnfinishedTraining | None, Settings], Trained]


class KilledError(Exception):
    """Stands for a kill."""


class Killed(UnfinishedTraining):
    """An unfinished training that is killed at the end of an epoch, before it is saved."""

    epoch = 4

    def save(self, state: unfinished.ResumableState) -> None:
        if state.done == self.epoch:
            raise KilledError
        super().save(state)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    use_threads(1)


@pytest.fixture(scope="module")
def sounds(data: Callable[..., SpectrogramData]) -> SpectrogramData:
    rng = np.random.default_rng(0)
    images = rng.random((30, 8, 6), dtype=np.float32)
    return data(images, rng.integers(0, 128, (30, 3), dtype=np.uint8))


@pytest.fixture
def run(sounds: SpectrogramData, toy: Instrument) -> Run:
    """Return a function that trains with some settings."""

    def train_with(state: UnfinishedTraining | None, settings: Settings) -> Trained:
        network, training = apply_settings(NETWORK, TrainingConfig(), settings)
        return train(sounds, toy, network, training, EPOCHS, 1, ("a",), repeat=0, unfinished=state)

    return train_with


def in_folder(
    folder: Path, settings: Settings, kind: type[UnfinishedTraining] = UnfinishedTraining
) -> UnfinishedTraining:
    return kind(folder / "unfinished", settings, [], save_every=0)


def killed(run: Run, folder: Path, settings: Settings) -> None:
    with pytest.raises(KilledError):
        run(in_folder(folder, settings, Killed), settings)


def assert_equal(own: Trained, other: Trained) -> None:
    assert own[1] == other[1]
    for a, b in zip(own[0].state_dict().values(), other[0].state_dict().values(), strict=True):
        assert torch.equal(a, b)


CASES: list[Settings] = [
    {"optimiser": "adadelta", "weight_decay": 0.01},
    {"adadelta": "equation-10", "learning_rate_adadelta": 0.01},
    {"optimiser": "adam"},
    {"optimiser": "adagrad"},
    {"optimiser": "sgd", "update_after": "patch"},
    {"loss": "cross-entropy", "pca": 0.95},
]


@pytest.mark.parametrize("settings", CASES, ids=str)
def test_a_killed_training_goes_on_to_the_same_bits(
    run: Run, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    killed(run, tmp_path, settings)
    with caplog.at_level(logging.INFO):
        resumed = run(in_folder(tmp_path, settings), settings)
    assert "training goes on after epoch 3" in caplog.messages
    assert [m.split(":")[0] for m in caplog.messages if m.startswith("epoch")] == [
        "epoch 4 of 5",
        "epoch 5 of 5",
    ]
    assert_equal(resumed, run(None, settings))


def test_a_training_killed_after_its_last_epoch_is_not_repeated(run: Run, tmp_path: Path) -> None:
    first = run(in_folder(tmp_path, {}), {})
    # Would be killed after any further epoch.
    assert_equal(run(in_folder(tmp_path, {}, Killed), {}), first)


def test_the_log_says_how_much_time_is_left(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run(None, {})
    *others, last = [message for message in caplog.messages if message.startswith("epoch")]
    assert all(re.search(r"; [\d.]+ s each, about [\d.]+ s left$", line) for line in others)
    assert re.search(r"; [\d.]+ s each$", last)


def starts_anew(
    run: Run, folder: Path, caplog: pytest.LogCaptureFixture, settings: Settings
) -> str:
    """Train, compare with a training of its own, and return why the saved state was not used."""
    caplog.clear()
    with caplog.at_level(logging.INFO):
        trained = run(in_folder(folder, settings), settings)
    assert_equal(trained, run(None, settings))
    (reason,) = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert reason.startswith("training starts anew, since its saved state cannot be used: ")
    return reason


def test_another_training_starts_anew(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    killed(run, tmp_path, {})
    assert "of other code, settings" in starts_anew(run, tmp_path, caplog, {"rho": 0.5})


@pytest.mark.parametrize("change", ["settings", "input", "PyTorch"])
def test_what_a_training_depends_on_is_compared(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store.json"
    store.write_text("a")
    settings = {"code": "0123", "epochs": 4}
    before = unfinished._digest(settings, [store])
    assert unfinished._digest(settings, [store]) == before
    if change == "settings":
        settings["epochs"] = 5
    elif change == "input":
        store.write_text("b")
    else:
        monkeypatch.setattr(torch, "__version__", "1.0")
    assert unfinished._digest(settings, [store]) != before


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("name", ["state.json", "epoch-3.safetensors"])
@pytest.mark.parametrize("damage", [flip, lambda file: file.write_bytes(b""), Path.unlink])
def test_a_damaged_state_is_ignored(
    run: Run,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    damage: Callable[[Path], Any],
) -> None:
    killed(run, tmp_path, {})
    damage(tmp_path / "unfinished" / name)
    if (tmp_path / "unfinished" / "state.json").exists():
        assert name in starts_anew(run, tmp_path, caplog, {})
    else:
        assert_equal(run(in_folder(tmp_path, {}), {}), run(None, {}))


@pytest.mark.parametrize("step", ["save_file", "write_manifest"])
def test_a_kill_in_the_middle_of_a_save_leaves_the_state_before(
    run: Run,
    tmp_path: Path,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def kill(*_: object) -> None:
        raise KilledError

    killed(run, tmp_path, {})
    with monkeypatch.context() as patch:
        patch.setattr(unfinished, step, kill)
        with pytest.raises(KilledError):
            run(in_folder(tmp_path, {}), {})
    with caplog.at_level(logging.INFO):
        assert_equal(run(in_folder(tmp_path, {}), {}), run(None, {}))
    assert "training goes on after epoch 3" in caplog.messages


def test_a_full_disk_is_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(unfinished, "save_file", full)
    with pytest.raises(
        SynthinvError, match=r"epoch-1.safetensors: cannot be written .*disk is not"
    ):
        run(in_folder(tmp_path, {}), {})


def test_only_the_latest_state_is_kept_and_none_at_the_end(run: Run, tmp_path: Path) -> None:
    state, folder = in_folder(tmp_path, {}), tmp_path / "unfinished"
    folder.mkdir()
    (folder / ".partial-epoch-1.safetensors").touch()
    run(state, {})
    assert sorted(file.name for file in folder.iterdir()) == ["epoch-5.safetensors", "state.json"]
    state.delete()
    assert not folder.exists()
    state.delete()


def test_a_short_training_is_not_saved(run: Run, tmp_path: Path) -> None:
    run(UnfinishedTraining(tmp_path / "unfinished", {}, []), {})
    assert not (tmp_path / "unfinished").exists()


@pytest.mark.parametrize("make", [make_optimiser, _pytorchs])
@pytest.mark.parametrize("settings", CASES[:5], ids=str)
def test_an_optimiser_goes_on_from_its_state(
    make: Callable[[nn.Module, TrainingConfig], Optimiser], settings: Settings
) -> None:
    network, training = apply_settings(NETWORK, TrainingConfig(), settings)
    images = torch.rand(4, 1, 8, 6, generator=torch.Generator().manual_seed(0))

    def new_state(seed: int) -> TrainingState:
        torch.manual_seed(seed)
        model: nn.Module = build_network(network, (8, 6), 3)
        # PyTorch's optimisers need gradients that our layers store on a GPU only.
        if make is _pytorchs:
            model = nn.Sequential(nn.Flatten(), nn.Linear(48, 4), nn.Linear(4, 3))
        history = History([], [], [], 0.1)
        return TrainingState(model, make(model, training), np.random.default_rng(seed), history)

    def steps(state: TrainingState) -> None:
        for _ in range(3):
            state.optimiser.zero_grad()
            (state.model(images) ** 2).mean().backward()
            state.optimiser.step()

    first, second = new_state(1), new_state(2)
    steps(first)
    saved = {name: tensor.clone() for name, tensor in first.tensors().items()}
    second.restore(saved, first.fields())
    for state in (first, second):
        steps(state)
    for name, tensor in first.tensors().items():
        assert torch.equal(tensor, second.tensors()[name])
    assert first.rng.integers(1000, size=9).tolist() == second.rng.integers(1000, size=9).tolist()
