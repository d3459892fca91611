"""Patches near presets."""

from pathlib import Path

import numpy as np
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.varied_notes import PresetDrawsConfig, VariedNotesConfig
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.dx7 import write_presets
from synthinv.instruments.native.preset import to_preset
from synthinv.instruments.presets import presets_of
from synthinv.solver.any_note.patches import PatchDraws
from synthinv.solver.any_note.presets import PresetDraws, presets_in
from tests.solver.any_note.conftest import INSTRUMENT

DX7 = load_instrument("dx7")


@pytest.fixture(scope="module")
def patches() -> Patches:
    rng = np.random.default_rng(0)
    return DX7.canonical(np.stack([DX7.sample(rng) for _ in range(2)]))


@pytest.fixture(scope="module")
def bank(patches: Patches, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bank") / "two.syx"
    # The second one twice: each preset is drawn from once.
    write_presets(path, [to_preset(DX7, patch, "voice") for patch in patches[[0, 1, 1]]])
    return str(path)


def draws(bank: str, **fields: float) -> PresetDraws:
    return PresetDraws(DX7, PresetDrawsConfig.model_validate({"files": [bank], **fields}))


def test_presets_are_read_once_each(bank: str, patches: Patches) -> None:
    # A bank has 32 places, of which the others hold the initial voice.
    found = presets_in(DX7, (bank,))
    np.testing.assert_array_equal(found[:2], patches)
    assert len(found) == 3


def test_without_changes_patches_are_presets(bank: str) -> None:
    source = draws(bank, crossed=0, changed=0)
    drawn = source(200, np.random.default_rng(0))
    places = [np.flatnonzero((source.presets == patch).all(axis=1)) for patch in drawn]
    counts = np.bincount(np.concatenate(places))
    assert counts.sum() == 200
    assert counts.min() > 40


def test_crossed_patches_have_whole_groups_of_two_presets(bank: str) -> None:
    source = draws(bank, crossed=1, changed=0)
    groups = np.array([parameter.group for parameter in DX7.parameters])
    mixed = 0
    for patch in source(50, np.random.default_rng(0)):
        parents = [
            {i for i, p in enumerate(source.presets) if (p == patch)[groups == group].all()}
            for group in sorted(set(groups))
        ]
        assert all(parents)
        mixed += not set.intersection(*parents)
    assert mixed > 20


def test_moved_parameters_are_few_and_stay_within_their_steps(bank: str) -> None:
    source = draws(bank, crossed=0, changed=0.2, spread=0.1)
    drawn = source(300, np.random.default_rng(0)).astype(int)
    apart = (drawn[:, np.newaxis] != source.presets).sum(axis=2).min(axis=1)
    # The mean of a uniform number's square is a third; moves beyond an end of the travel are none.
    assert 0.5 < apart.mean() / (145 * 0.2 / 3) < 1
    assert (drawn <= DX7.highest).all()
    assert (drawn >= 0).all()


def test_a_kind_draws_from_its_presets_and_then_from_its_ranges(bank: str) -> None:
    kind = {
        "name": "near",
        "weight": 1,
        "presets": {"files": [bank], "changed": 0, "crossed": 0},
        "knobs": {"feedback": [[1, 7, 7]]},
    }
    varied = VariedNotesConfig.model_validate({"kinds": [kind]})
    drawn = PatchDraws(DX7, varied)(20, np.random.default_rng(0))
    assert (drawn[:, DX7.names.index("feedback")] == 7).all()
    others = np.arange(len(DX7.names)) != DX7.names.index("feedback")
    known = {patch[others].tobytes() for patch in presets_in(DX7, (bank,))}
    assert {patch[others].tobytes() for patch in drawn} <= known


def test_without_files_the_presets_that_come_with_synthinv_are_drawn_near() -> None:
    panel = load_instrument("minimoog")
    near = PresetDrawsConfig(crossed=0, changed=0)
    drawn = PresetDraws(panel, near)(20, np.random.default_rng(0))
    own = panel.canonical(presets_of(panel))
    assert {patch.tobytes() for patch in drawn} <= {patch.tobytes() for patch in own}
    with pytest.raises(
        SynthinvError, match="synthinv has no presets of range and cutoff; name preset files"
    ):
        PresetDraws(INSTRUMENT, near)


def test_presets_that_cannot_be_read_are_refused(bank: str, tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="there is no such file or folder of presets"):
        draws(str(tmp_path / "none.syx"))
    plain: Instrument = INSTRUMENT
    with pytest.raises(SynthinvError, match="has no preset files of its own"):
        presets_in(plain, (bank,))
