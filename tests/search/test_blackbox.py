from collections.abc import Iterator
from functools import partial
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.capture.shards import Shard
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.config.sections.solver import PatchSearchConfig, PatchSearchMethod
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.metrics.audio import SpectralReference, mss
from synthinv.search.blackbox import (
    LIBRARY,
    METHODS,
    nearest_in_library,
    random_library,
    search_patches,
)
from synthinv.search.cube import patches_at
from synthinv.search.objective import Objective, SearchResult

AUDIO = AudioConfig(samples=4_000)
TRUTH = np.array([77, 64, 26, 60, 40, 30, 5, 70, 40, 3, 70, 60], dtype=np.uint8)


@pytest.fixture(scope="module")
def minimoog() -> Instrument:
    return load_instrument("minimoog-1osc")


@pytest.fixture(scope="module")
def engine(minimoog: Instrument) -> BuiltIn:
    return BuiltIn(minimoog, NoteConfig(), AUDIO)


def patch_search(name: str, engine: BuiltIn, renders: int, seed: int = 1) -> SearchResult:
    note = engine.render(TRUTH[np.newaxis])[0]
    objective = Objective(engine, SpectralReference(note, AUDIO.sample_rate), renders)
    return METHODS[name](objective, engine.instrument, np.random.default_rng(seed))


def test_every_method_of_the_configuration_has_a_function() -> None:
    assert set(get_args(PatchSearchMethod)) == {LIBRARY, *METHODS}


def test_a_method_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="methods"):
        PatchSearchConfig(methods=("guess",))


@pytest.mark.parametrize("name", METHODS)
def test_the_budget_is_spent_to_the_last_render(name: str, engine: BuiltIn) -> None:
    for renders in (1, 7, 311):
        result = patch_search(name, engine, renders)
        assert len(result.curve) == renders
        assert (np.diff(result.curve) <= 0).all()
        assert result.error == result.curve[-1]


@pytest.mark.parametrize("name", METHODS)
def test_the_result_has_the_error_that_was_measured(name: str, engine: BuiltIn) -> None:
    result = patch_search(name, engine, 120)
    note, prediction = engine.render(np.stack([TRUTH, result.patch]))
    assert mss(note, prediction, AUDIO.sample_rate) == pytest.approx(result.error, rel=1e-4)


@pytest.mark.parametrize("name", METHODS)
def test_patch_searches_improve(name: str, engine: BuiltIn) -> None:
    curves = np.stack([patch_search(name, engine, 400, seed).curve for seed in range(3)])
    assert curves[:, -1].mean() < 0.8 * curves[:, 0].mean()


@pytest.mark.parametrize("name", METHODS)
def test_the_seed_decides(name: str, engine: BuiltIn) -> None:
    np.random.seed(3)  # noqa: NPY002  # the package cma draws from this one by default
    state = np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    first, again = patch_search(name, engine, 250), patch_search(name, engine, 250)
    np.testing.assert_array_equal(first.curve, again.curve)
    np.testing.assert_array_equal(first.patch, again.patch)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # type: ignore[index]  # noqa: NPY002


def test_the_genetic_algorithm_goes_on_where_all_patches_are_as_far_off_as_can_be(
    engine: BuiltIn,
) -> None:
    """As silence is from a sound whose points all lie 80 dB below its maximum."""

    class FarOff(Objective):
        def differences(self, patches: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
            super().differences(patches)
            return np.full((len(patches), 1), 80, np.float32)

    note = engine.render(TRUTH[np.newaxis])[0]
    objective = FarOff(engine, SpectralReference(note, AUDIO.sample_rate), 250)
    result = METHODS["genetic"](objective, engine.instrument, np.random.default_rng(1))
    assert len(result.curve) == 250


def test_cma_es_beats_random_search(engine: BuiltIn) -> None:
    assert patch_search("cma_es", engine, 600).error < patch_search("random", engine, 600).error


def test_uniform_points_have_the_distribution_of_drawn_patches(minimoog: Instrument) -> None:
    rng = np.random.default_rng(1)
    found = patches_at(minimoog, rng.random((4_000, 12)))
    drawn = np.stack([minimoog.sample(rng) for _ in range(4_000)])
    np.testing.assert_array_equal(minimoog.decode(minimoog.encode(found)), found)
    for knob in range(12):
        quantiles = np.linspace(0.05, 0.95, 7)
        apart = np.quantile(found[:, knob], quantiles) - np.quantile(drawn[:, knob], quantiles)
        steps = 26 if minimoog.parameters[knob].positions else 6
        assert np.abs(apart).max() <= steps
    waveforms, counts = np.unique(found[:, 2], return_counts=True)
    assert len(waveforms) == 6
    assert counts.min() > 550


def test_points_outside_are_clipped(minimoog: Instrument) -> None:
    low, high = patches_at(minimoog, np.array([[-1.0] * 12, [2.0] * 12]))
    assert not low.any()
    assert (high == 127).all()


def test_the_nearest_of_the_library_is_found(engine: BuiltIn, minimoog: Instrument) -> None:
    patches = np.concatenate(list(random_library(minimoog, 250, np.random.default_rng(1))))
    notes = engine.render(np.stack([TRUTH, patches[170]]))

    def batches() -> Iterator[npt.NDArray[np.uint8]]:
        yield from (patches[:100], patches[100:200], patches[200:])

    curves = nearest_in_library(engine, batches(), notes, AUDIO.sample_rate, [0, 0])
    every = np.array([_errors(engine, note, patches) for note in notes])
    np.testing.assert_allclose(curves, np.minimum.accumulate(every, axis=1), rtol=1e-5)
    assert curves[1, 169] > 0
    assert curves[1, 170] == 0


def test_a_library_grows_without_changing(minimoog: Instrument) -> None:
    small, large = (
        np.concatenate(list(random_library(minimoog, size, np.random.default_rng(1))))
        for size in (130, 300)
    )
    np.testing.assert_array_equal(small[:100], large[:100])
    assert len(small) == 130


def _errors(engine: BuiltIn, note: npt.NDArray[np.float32], patches: Patches) -> list[float]:
    predictions = engine.render(patches)
    return [mss(note, prediction, AUDIO.sample_rate) for prediction in predictions]


@pytest.mark.parametrize("method", [LIBRARY, "hill_climber"])
def test_a_patch_search_does_not_depend_on_the_other_sounds(
    method: str, engine: BuiltIn, minimoog: Instrument
) -> None:
    patches = patches_at(minimoog, np.random.default_rng(0).random((3, 12)))
    manifest = {"sample_rate": AUDIO.sample_rate}
    shard = Shard(minimoog.names, patches, engine.render(patches), manifest)
    seed = partial(seed_sequence, 1, "test")
    told: list[tuple[int, int]] = []
    together = search_patches(
        method, engine, minimoog, shard, [0, 2], 30, seed, -60, lambda *counts: told.append(counts)
    )
    renders = 30 if method == LIBRARY else 60
    assert told[-1] == (renders, renders)
    assert {total for _, total in told} == {renders}
    alone = search_patches(method, engine, minimoog, shard, [2], 30, seed, -60)
    assert [curve.shape for curve in together] == [(30,), (30,)]
    np.testing.assert_array_equal(together[1], alone[0])
