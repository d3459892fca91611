"""Presets that a match starts from."""

from pathlib import Path

import numpy as np
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.instruments.classes import class_counts
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.presets import presets_of
from synthinv.matching.presets import known_presets, likeliest, write_native


def test_presets_of_files_that_exist_are_read_and_others_passed_over(tmp_path: Path) -> None:
    dx7 = load_instrument("dx7")
    rng = np.random.default_rng(0)
    patches = np.stack([dx7.sample(rng) for _ in range(3)])
    own = tmp_path / "own.syx"
    write_native(own, dx7, [*patches, patches[0]], list("abcd"))
    found = known_presets(dx7, [str(tmp_path / "none.syx"), str(own)])
    # The fourth is the first, and the bank is filled up with one voice.
    np.testing.assert_array_equal(found[:3], dx7.canonical(patches))
    assert len(found) == 4
    assert not len(known_presets(dx7, [str(tmp_path / "none.syx")]))


def test_presets_that_come_along_are_known_without_files(tmp_path: Path) -> None:
    minimoog = load_instrument("minimoog")
    np.testing.assert_array_equal(known_presets(minimoog, []), presets_of(minimoog))
    with pytest.raises(SynthinvError, match="minimoog: has no preset files of its own"):
        known_presets(minimoog, [str(tmp_path)])


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    bank = tmp_path / "mine.syx"
    bank.write_bytes(b"\xf0\x43")
    with pytest.raises(SynthinvError, match=r"mine\.syx: ends within a SysEx message"):
        known_presets(load_instrument("dx7"), [str(bank)])


def test_the_likeliest_patch_comes_first_whatever_is_switched_off(toy: Instrument) -> None:
    knobs = toy.parameters
    switched = knobs[2].model_copy(update={"active_if": {"cutoff": 10}})
    instrument = toy.model_copy(update={"parameters": (*knobs[:2], switched)})
    logits = np.zeros((1, sum(class_counts(instrument))), dtype=np.float32)
    # The network is sure of a decay of 20, and otherwise of nothing.
    logits[0, -128 + 20] = 9
    near, far, off = patches = np.array([[50, 0, 20], [50, 0, 99], [0, 0, 99]], dtype=np.uint8)
    order = likeliest(instrument, patches[[1, 2, 0]], logits)
    np.testing.assert_array_equal(order, [near, off, far])
