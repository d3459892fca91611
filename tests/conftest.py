"""Fixtures that several test files share, and how tests are marked and spread over the cores."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mido
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import settings

from synthinv.capture.shards import ShardFiles
from synthinv.config.sections.engine import JackConfig
from synthinv.engines.live.jack import JackSession
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter
from synthinv.spectrogram.store import SpectrogramData, write_store
from tests.browser import Browser, opened_browser

Image = npt.NDArray[np.float32]

# On a busy machine, an example that took a millisecond before may take a second.
settings.register_profile("synthinv", deadline=None)
settings.load_profile("synthinv")

WORKFLOW = Path(__file__).with_name("workflow")
# Every test that uses one of these fixtures gets the mark.
MARKS = {
    "session": "live",
    "jack": "live",
    "browser": "browser",
    "wheel": "slow",
    "distributions": "slow",
}


def pytest_configure() -> None:
    """Share the cores among pytest-xdist's workers, each of which would start threads for all."""
    if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
        import torch

        torch.set_num_threads(max(1, (os.cpu_count() or 1) // workers))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by fixture and folder; group those that one of pytest-xdist's workers must run."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKS:
                item.add_marker(MARKS[fixture])
        if _in_workflow(item):
            item.add_marker("workflow")
    live = {item.path for item in items if item.get_closest_marker("live")}
    for item in items:
        # A process keeps to the first JACK server that it meets, and records in real time.
        if item.get_closest_marker("live") or (item.path in live and not _in_workflow(item)):
            item.add_marker(pytest.mark.xdist_group("live"))
        # A module's fixtures are made once. The tests of the workflow, long ones, share none.
        elif not _in_workflow(item):
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    """Order tests such that none that takes long begins last."""
    order = (
        # Mostly waits, so that it goes well beside the others.
        any(mark.args == ("live",) for mark in item.iter_markers("xdist_group")),
        item.get_closest_marker("slurm"),
        _in_workflow(item),
        True,
    )
    return next(place for place, applies in enumerate(order) if applies)


def _in_workflow(item: pytest.Item) -> bool:
    return item.path.is_relative_to(WORKFLOW)


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def mapping() -> dict[str, Any]:
    """A small valid configuration, as read from YAML."""
    return {
        "instrument": "instrument.yaml",
        "engine": {"kind": "built-in"},
        "audio": {"samples": 1_000},
        "data_sets": [
            {"name": "final", "samples": 20, "shard_size": 10},
            {"name": "test", "samples": 10, "shard_size": 10},
        ],
        "spectrograms": [{"name": "small", "nperseg": 64, "nfft": 128}],
        "grid_searches": [
            {
                "name": "decay",
                "data_set": "final",
                "spectrogram": "small",
                "epochs": 1,
                "axes": {"weight_decay": [0.0005, 0.005]},
            }
        ],
        "experiments": [
            {
                "name": name,
                "title": name,
                "train": "final",
                "test": "test",
                "spectrogram": "small",
                "epochs": 1,
                "settings": settings,
            }
            for name, settings in (("plain", {"weight_decay": 0}), ("l2", {}))
        ],
        "solvers": [{"name": "mine", "title": "mine", "test": "test"}],
        "patch_searches": {"methods": ["random", "cma_es"]},
        "report": {
            "main": "l2",
            "unregularised": "plain",
            "windows": {"data_set": "test", "windows": [100, 500]},
        },
    }


@pytest.fixture
def alone(mapping: dict[str, Any]) -> dict[str, Any]:
    """The small configuration with a solver alone, and a report on it."""
    for section in ("grid_searches", "experiments", "patch_searches"):
        del mapping[section]
    mapping["report"] = {"title": "A solver"}
    return mapping


@pytest.fixture
def read(mapping: dict[str, Any]) -> dict[str, Any]:
    """The small configuration with two readings of the thesis."""
    mapping["spectrograms"].append({"name": "fewer", "nperseg": 64, "nfft": 128, "pool": 2})
    mapping["data_sets"] += [
        {"name": "simpler", "samples": 20, "shard_size": 10, "fixed": {"osc1_range": 77}},
        {"name": "simpler-test", "samples": 10, "shard_size": 10, "fixed": {"osc1_range": 77}},
    ]
    mapping["readings"] = {
        "repeats": 2,
        "search": {"data_set": "final", "epochs": 1},
        "final": {"train": "final", "test": "test", "epochs": 2},
        "simpler": {"train": "simpler", "test": "simpler-test"},
        "of": [
            {"name": name, "title": name, "spectrogram": "small", "fewer_bands": "fewer"}
            | {"settings": settings}
            for name, settings in (("all", {}), ("one", {"last_kernels": 1}))
        ],
    }
    return mapping


@pytest.fixture
def ablated(mapping: dict[str, Any]) -> dict[str, Any]:
    """The small configuration with three variants and two learning curves."""
    mapping["spectrograms"].append({"name": "log", "nperseg": 64, "nfft": 128, "scale": "decibel"})
    mapping["ablation"] = {
        "variants": [
            {"name": "adam", "title": "Adam", "base": "l2", "settings": {"optimiser": "adam"}},
            {
                "name": "log-adam",
                "title": "+ decibels",
                "base": "adam",
                "spectrogram": "log",
                "settings": {"weight_decay": 0},
            },
            {"name": "few", "title": "Few", "base": "l2", "samples": 15, "epochs": 3},
        ],
        "learning_curves": {
            "of": ["l2", "log-adam"],
            "train": "final",
            "points": [{"samples": 5, "epochs": 4}, {"samples": 20, "epochs": 1}],
        },
    }
    return mapping


@pytest.fixture(scope="session")
def toy() -> Instrument:
    """Two continuous knobs and one with positions."""
    return Instrument.model_validate(
        {
            "name": "toy",
            "parameters": [
                {"name": "cutoff", "group": "filter", "cc": 70},
                {"name": "range", "group": "oscillator", "cc": 20, "positions": [0, 51, 102]},
                {"name": "decay", "group": "envelope", "cc": 74},
            ],
            "constants": [{"name": "volume", "cc": 7, "value": 100}],
        }
    )


@pytest.fixture(scope="session")
def two_oscillators() -> Instrument:
    """Range and volume of two oscillators that may change places."""
    return Instrument(
        name="two",
        parameters=tuple(
            Parameter(name=f"osc{i}_{name}", group="", cc=cc + 4 * i, positions=positions)
            for i in (2, 3)
            for name, cc, positions in (
                ("range", 16, (0, 26, 51, 77, 102, 127)),
                ("volume", 19, None),
            )
        ),
        interchangeable=(("osc2_range", "osc2_volume"), ("osc3_range", "osc3_volume")),
    )


@pytest.fixture(scope="session")
def shard_files() -> Callable[[Path], ShardFiles]:
    """Return a function that names a shard's files in a folder."""

    def name(folder: Path) -> ShardFiles:
        return ShardFiles(folder / "a.flac", folder / "a.csv", folder / "a.json")

    return name


@pytest.fixture(scope="session")
def store() -> Callable[..., Path]:
    """Return a function that writes a spectrogram store and returns its manifest."""

    def write(
        folder: Path,
        images: Image,
        patches: npt.NDArray[np.uint8],
        names: tuple[str, ...] = ("cutoff", "range", "decay"),
    ) -> Path:
        manifest = folder / "a.json"
        count, bands, frames = images.shape
        shape = (count, bands, frames)
        write_store(folder / "a.zarr.zip", manifest, images, shape, patches, names, {})
        return manifest

    return write


@pytest.fixture(scope="session")
def data(
    tmp_path_factory: pytest.TempPathFactory, store: Callable[..., Path]
) -> Callable[..., SpectrogramData]:
    """Return a function that writes images and patches, and opens them as a data set."""

    def make(
        images: Image,
        patches: npt.NDArray[np.uint8],
        names: tuple[str, ...] = ("cutoff", "range", "decay"),
    ) -> SpectrogramData:
        return SpectrogramData([store(tmp_path_factory.mktemp("store"), images, patches, names)])

    return make


@pytest.fixture(scope="session")
def jack() -> mido.Backend:
    return mido.Backend("mido.backends.rtmidi/UNIX_JACK")


@pytest.fixture(scope="session")
def amsynth() -> Instrument:
    return load_instrument("amsynth-16")


@pytest.fixture(scope="session")
def session(jack: mido.Backend, amsynth: Instrument) -> Iterator[JackSession]:
    """One server and synth for the tests that need not start their own."""
    with JackSession(JackConfig(), amsynth, 44_100, jack.get_output_names) as session:
        yield session
