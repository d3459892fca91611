import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from synthinv.common.errors import SynthinvError
from synthinv.common.tensors import save_weights


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let no file grow beyond a few bytes, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    weights = {"w": torch.zeros(10_000)}
    with pytest.raises(SynthinvError, match=r"a\.safetensors: cannot be written \(.*; make sure"):
        save_weights(tmp_path / "a.safetensors", tmp_path / "a.json", weights, {})
    assert list(tmp_path.iterdir()) == []
