"""Threads of NumPy's matrix operations."""

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from synthinv.common.blas import one_blas_thread
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.config.sections.solver import RefinementConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.classes import class_counts
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.metrics.audio import SpectralReference
from synthinv.search.blackbox import cma_es
from synthinv.search.gauss_newton import refine
from synthinv.search.objective import Objective, SearchResult


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    with threadpool_limits(2, user_api="blas"):
        yield


def test_a_block_has_one_thread_and_gives_the_others_back() -> None:
    with one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def searched_by_refining(objective: Objective, instrument: Instrument) -> SearchResult:
    logits = np.zeros((1, sum(class_counts(instrument))), np.float32)
    seed = np.random.SeedSequence(0)
    return refine(objective, instrument, logits, RefinementConfig(renders=4, candidates=2), seed)


def searched_by_cma_es(objective: Objective, instrument: Instrument) -> SearchResult:
    return cma_es(objective, instrument, np.random.default_rng(0))


@pytest.mark.parametrize("search", [searched_by_refining, searched_by_cma_es])
def test_searches_have_one_thread(search: object) -> None:
    assert callable(search)
    minimoog = load_instrument("minimoog-1osc")
    engine = BuiltIn(minimoog, NoteConfig(), AudioConfig(samples=8_000))
    note = engine.render(np.stack(2 * [minimoog.sample(np.random.default_rng(0))]))[0]
    objective = Objective(engine, SpectralReference(note, 44_100), 4)
    seen: set[int] = set()
    objective.progress = lambda done, all_of_them: seen.update(blas_threads())
    search(objective, minimoog)
    assert seen == {1}
