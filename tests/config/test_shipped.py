"""The configurations in `config/`."""

from pathlib import Path

import pytest
import yaml

from synthinv.config import plan
from synthinv.config.load import load
from synthinv.config.merge import merged
from synthinv.config.overrides import apply_settings
from synthinv.config.root import Config
from synthinv.config.sections.network import NetworkConfig
from synthinv.config.shapes import flattened_size, spectrogram_shape

from .mappings import Mapping

CONFIGS = sorted((Path(__file__).parents[2] / "config").glob("*.yaml"))
ON_TOP_OF = {
    "amsynth-16-solver": "amsynth-plug-in",
    "gallery": "config",
    "mixtures": "dx7-solver",
    "patch-searches": "solver",
}
"""Configurations that are read on top of another one; all others are complete."""


def shipped(root: Path, path: Path) -> Config:
    """Load a configuration, on top of another one where it is part of a pair."""
    names = [ON_TOP_OF[path.stem], path.stem] if path.stem in ON_TOP_OF else [path.stem]
    return load(merged(*(yaml.safe_load((root / f"config/{n}.yaml").read_text()) for n in names)))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: str(p.stem))
def test_every_configuration_that_we_ship_loads(path: Path, root: Path) -> None:
    config = shipped(root, path)
    for name in plan.captured_data_sets(config):
        assert (root / config.instrument_of(name)).is_file()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: str(p.stem))
def test_a_complete_configuration_switches_nothing_off(path: Path) -> None:
    written = yaml.safe_load(path.read_text())
    empty = [key for key, value in written.items() if value in (None, [], {}, {"methods": []})]
    # It is read on top of a configuration that has grid searches.
    assert empty == (["grid_searches"] if path.stem == "amsynth-16-solver" else [])


@pytest.mark.parametrize("instrument", ["monark", "amsynth", "amsynth-16", "minimoog-3osc"])
@pytest.mark.parametrize(
    "engine",
    [
        {"kind": "live", "midi_port": "synth", "audio_device": "synth"},
        {"kind": "plug-in", "path": "synth.so"},
        {"kind": "built-in"},
    ],
    ids=lambda engine: engine["kind"],
)
def test_a_synth_of_ones_own_needs_no_more_than_results_instrument_and_engine(
    root: Path, instrument: str, engine: Mapping
) -> None:
    base = yaml.safe_load((root / "config/own-synth.yaml").read_text())
    own = {"results": "results/mine", "instrument": instrument, "engine": engine}
    load(own)
    config = load(merged(base, own))
    for name in plan.captured_data_sets(config):
        assert config.instrument_of(name) == config.instrument_of()
        # A knob that a data set holds still is one of the built-in synth's, which others lack.
        assert config.data_set(name).fixed == {}
    assert {a.name for a in plan.all_experiments(config)} == {"thesis", "thesis-l2"}


def test_the_sounds_that_a_solver_is_judged_by_are_in_no_other_report(root: Path) -> None:
    """A data set's seed has its name in it: those of one name and instrument start alike."""
    judged, shown = {}, set()
    for path in CONFIGS:
        config = shipped(root, path)
        sets = {(name, config.instrument_of(name)) for name in plan.captured_data_sets(config)}
        if path.stem in ("solver", "three-oscillators", "amsynth-16-solver"):
            test = plan.test_set(config, "solver")
            judged[path.stem] = (test, config.instrument_of(test))
            assert config.data_set(test).samples >= 1_000
            sets.remove(judged[path.stem])
        # It takes the sounds of config/solver.yaml on purpose.
        if path.stem != "patch-searches":
            shown |= sets
    assert len(judged) == 3
    assert shown.isdisjoint(judged.values())


def test_readings_do_not_start_from_the_one_in_use(root: Path) -> None:
    config = shipped(root, root / "config/readings.yaml")
    last = {
        reading.name: apply_settings(config.network, config.training, reading.settings)[0]
        for reading in plan.readings(config)
    }
    # What config/config.yaml sets for the reading in use would make all of them one.
    assert {name: n.last_kernels for name, n in last.items()} == {
        name: None if name in {"mean-image", "each-image"} else 1 for name in last
    }
    assert last["mean-image"].flatten == "mean"
    assert last["each-image"].flatten == "each"


def test_the_thesis_configuration_has_the_thesiss_sizes(root: Path) -> None:
    config = shipped(root, root / "config/thesis.yaml")
    assert config.data_set("final").samples == 10_000
    assert spectrogram_shape(config.spectrogram("thesis"), config.audio.samples) == (5001, 30)
    assert {s.repeats for s in config.grid_searches} == {3}
    assert config.network == NetworkConfig(last_kernels=1, initial_biases="zero")
    assert flattened_size(config.network, (5001, 30)) == 1875
