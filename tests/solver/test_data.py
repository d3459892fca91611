from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.capture.shards import ShardFiles, write_shard
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig, SilenceConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter
from synthinv.solver.data import fresh_notes, stored_notes, training_notes

PLAYING = PlayingConfig(engine=BuiltInConfig(), audio=AudioConfig(samples=1_000))
SOLVER = SolverConfig(batch_size=4, threads=1)


@pytest.fixture(scope="module")
def shards(
    tmp_path_factory: pytest.TempPathFactory,
    toy: Instrument,
    shard_files: Callable[[Path], ShardFiles],
) -> list[Path]:
    """Return two shards of three notes, whose levels and patches are their numbers."""
    manifests = []
    for first in (0, 3):
        files = shard_files(tmp_path_factory.mktemp("shard"))
        patches = np.repeat(np.arange(first, first + 3, dtype=np.uint8)[:, np.newaxis], 3, axis=1)
        audio = np.repeat(patches[:, :1] / 128, 10, axis=1).astype(np.float32)
        write_shard(files, toy.names, patches, audio, 44_100, {})
        manifests.append(files.manifest)
    return manifests


def numbers(shards: list[Path], toy: Instrument, batches: int, seed: int = 1) -> list[list[int]]:
    found = []
    for notes, patches in islice(stored_notes(shards, toy, 4, seed), batches):
        np.testing.assert_array_equal(notes[:, 0] * 128, patches[:, 0])
        found.append(patches[:, 0].tolist())
    return found


def test_every_stored_note_comes_once_before_any_comes_again(
    shards: list[Path], toy: Instrument
) -> None:
    batches = numbers(shards, toy, 30)
    assert {len(batch) for batch in batches} == {4}
    passes = np.array(batches).reshape(20, 6)
    assert (np.sort(passes) == np.arange(6)).all()
    assert len({tuple(order) for order in passes.tolist()}) > 10


def test_the_order_follows_from_the_seed(shards: list[Path], toy: Instrument) -> None:
    assert numbers(shards, toy, 9) == numbers(shards, toy, 9)
    assert numbers(shards, toy, 9) != numbers(shards, toy, 9, seed=2)


def test_a_shard_of_other_knobs_is_named(shards: list[Path], toy: Instrument) -> None:
    other = toy.model_copy(update={"name": "other", "parameters": toy.parameters[::-1]})
    with pytest.raises(SynthinvError, match=r"a\.json: its knobs are not those of other"):
        next(stored_notes(shards, other, 4, 1))


def test_without_shards_notes_are_fresh(root: Path) -> None:
    instrument = load_instrument("minimoog-1osc")
    with training_notes([], PLAYING, instrument, SOLVER, 1) as source:
        first, second = (patches for _, patches in islice(source, 2))
    assert first.shape == (4, 12)
    assert not np.array_equal(first, second)


def test_with_shards_notes_are_stored_ones(shards: list[Path], toy: Instrument) -> None:
    with training_notes(shards, PLAYING, toy, SOLVER, 1) as source:
        patches = next(source)[1]
    assert set(patches[:, 0].tolist()) <= set(range(6))


def test_fresh_notes_are_new_in_every_batch_and_the_same_for_the_same_seed(
    toy: Instrument,
) -> None:
    toy = toy.model_copy(update={"constants": ()})
    engine = BuiltIn(toy, NoteConfig(), PLAYING.audio)
    first = list(islice(fresh_notes(engine, toy, SilenceConfig(), 8, 1, ("a",)), 3))
    again = list(islice(fresh_notes(engine, toy, SilenceConfig(), 8, 1, ("a",)), 3))
    other = next(fresh_notes(engine, toy, SilenceConfig(), 8, 1, ("b",)))
    for (notes, patches), (notes_again, patches_again) in zip(first, again, strict=True):
        np.testing.assert_array_equal(notes, notes_again)
        np.testing.assert_array_equal(patches, patches_again)
        np.testing.assert_array_equal(notes, engine.render(patches))
    assert not np.array_equal(first[0][1], first[1][1])
    assert not np.array_equal(first[0][1], other[1])


def test_silent_notes_are_left_out() -> None:
    volume = Parameter(name="volume", group="", cc=23, positions=(0, 127))
    instrument = Instrument(name="volume", parameters=(volume,))
    engine = BuiltIn(instrument, NoteConfig(), PLAYING.audio)
    notes, patches = next(fresh_notes(engine, instrument, SilenceConfig(), 32, 1, ("a",)))
    assert 0 < len(notes) < 32
    assert (patches == 127).all()


def test_the_configuration_says_what_is_silent(toy: Instrument) -> None:
    instrument = toy.model_copy(update={"constants": ()})
    engine = BuiltIn(instrument, NoteConfig(), PLAYING.audio)

    def notes(silence: SilenceConfig) -> npt.NDArray[np.float32]:
        return next(fresh_notes(engine, instrument, silence, 32, 1, ("a",)))[0]

    every = notes(SilenceConfig(level_dbfs=-200))
    peaks = np.abs(every).max(axis=1)
    middle = float(np.median(peaks))
    loud = notes(SilenceConfig(level_dbfs=20 * np.log10(middle)))
    assert 0 < len(loud) < len(every) == 32
    np.testing.assert_array_equal(loud, every[peaks >= middle])
    with pytest.raises(SynthinvError, match="64 random patches of toy in a row stay"):
        notes(SilenceConfig(level_dbfs=-0.001, draws=2))
