"""Debian's amsynth as a VST plug-in, hosted for real."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.cli.commands.plug_in import draft
from synthinv.common.errors import SynthinvError
from synthinv.config.playing import playing_config
from synthinv.config.sections.engine import PlugInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.opening import open_engine
from synthinv.engines.plug_in.engine import Host, PlugIn, PlugInKnob, find_knobs
from synthinv.instruments.controllers import FREE
from synthinv.instruments.model import Constant, Instrument, Parameter, Patches

AMSYNTH = "/usr/lib/vst/amsynth_vst.so"
AUDIO = AudioConfig(samples=8_000)
NOISE = (80, 112)  # white noise, sample and hold
ELSEWHERE = """
import sys
import numpy as np
from tests.engines.plug_in.test_engine import engine
from synthinv.instruments.model import load_instrument
amsynth = load_instrument("amsynth")
with engine(amsynth) as plug_in:
    np.save(sys.argv[2], plug_in.render(np.load(sys.argv[1])))
"""


def engine(instrument: Instrument, note: NoteConfig | None = None, **fields: Any) -> PlugIn:
    settings = {"kind": "plug-in", "path": AMSYNTH, "private_settings": True} | fields
    return PlugIn(PlugInConfig(**settings), instrument, note or NoteConfig(), AUDIO)


def draws(instrument: Instrument, count: int) -> Patches:
    return np.stack([instrument.sample(np.random.default_rng(i)) for i in range(count)])


def noisy(instrument: Instrument, patches: Patches) -> npt.NDArray[np.bool_]:
    columns = [instrument.names.index(f"osc{i}_waveform") for i in (1, 2)]
    return np.asarray(np.isin(patches[:, columns], NOISE).any(axis=1))


def test_a_note_depends_on_its_patch_alone(amsynth: Instrument, tmp_path: Path) -> None:
    patches = draws(amsynth, 12)
    assert 2 < noisy(amsynth, patches).sum() < 10
    with engine(amsynth) as plug_in:
        sounds = plug_in.render(patches)
        assert np.array_equal(plug_in.render(patches[::-1])[::-1], sounds)
        for i in (0, 7):
            assert np.array_equal(plug_in.render(patches[i : i + 1])[0], sounds[i])
    np.save(tmp_path / "patches.npy", patches)
    files = [str(tmp_path / name) for name in ("patches.npy", "sounds.npy")]
    subprocess.run([sys.executable, "-c", ELSEWHERE, *files], check=True)
    assert np.array_equal(np.load(files[1]), sounds)


def test_one_instance_for_all_notes_differs_in_noise_only(amsynth: Instrument) -> None:
    patches = draws(amsynth, 40)
    with engine(amsynth, new_instance=False) as plug_in:
        sounds = plug_in.render(patches)
        again = plug_in.render(patches[::-1])[::-1]
    plain = ~noisy(amsynth, patches)
    assert np.abs(again - sounds)[plain].max() < 1e-6
    assert np.abs(again - sounds)[~plain].max() > 0.01


def test_a_copied_instance_plays_the_very_notes_of_a_new_one(amsynth: Instrument) -> None:
    patches = draws(amsynth, 12)
    with engine(amsynth) as plug_in:
        sounds = plug_in.render(patches)
    with engine(amsynth, new_instance="copy") as plug_in:
        assert np.array_equal(plug_in.render(patches), sounds)
        assert np.array_equal(plug_in.render(patches[::-1])[::-1], sounds)


def test_a_copy_that_cannot_play_is_one_sentence(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with engine(amsynth, new_instance="copy") as plug_in:
        monkeypatch.setattr(plug_in, "_turn", crash)
        with pytest.raises(SynthinvError, match=r"a copy of .* does not play; write true"):
            plug_in.render(draws(amsynth, 1))


def test_a_system_without_copies_is_one_sentence(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "fork")
    with (
        pytest.raises(SynthinvError, match="this system cannot copy processes; write true"),
        engine(amsynth, new_instance="copy"),
    ):
        pass


def test_notes_start_at_their_note_on_and_end_at_their_note_off(amsynth: Instrument) -> None:
    loud = draws(amsynth, 1)
    for name, value in {"amp_attack": 0, "amp_sustain": 127, "filter_cutoff": 100}.items():
        loud[0, amsynth.names.index(name)] = value
    for fields in ({}, {"primer": 0}, {"new_instance": False, "block": 64}):
        with engine(amsynth, NoteConfig(seconds=0.1), **fields) as plug_in:
            sound = plug_in.render(loud)[0]
        assert np.flatnonzero(np.abs(sound) > 1e-3)[0] < 100
        assert np.abs(sound[4_000:4_410]).max() > 1e-3
        assert np.abs(sound[4_410 + 512 :]).max() < 1e-3


def test_the_latency_is_what_the_plug_in_reports(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    patches = draws(amsynth, 1)
    with engine(amsynth) as plug_in:
        assert plug_in.latency == 0
        sound = plug_in.render(patches)[0]
    monkeypatch.setattr(Host, "latency", 37)
    with engine(amsynth) as plug_in:
        assert plug_in.latency == 37
        assert np.array_equal(plug_in.render(patches)[0, :-37], sound[37:])


def test_every_position_has_its_own_sound(amsynth: Instrument) -> None:
    base = draws(amsynth, 1)[0]
    with engine(amsynth, new_instance=False) as plug_in:
        for name in ("osc1_waveform", "osc2_range"):
            column = amsynth.names.index(name)
            positions = amsynth.parameters[column].positions
            assert positions is not None
            patches = np.tile(base, (len(positions), 1))
            patches[:, column] = positions
            patches[:, amsynth.names.index("osc_mix")] = 0 if "1" in name else 127
            spectra = [np.abs(np.fft.rfft(s)) for s in plug_in.render(patches)]
            spectra = [s / s.sum() for s in spectra]
            for i, one in enumerate(spectra):
                for other in spectra[:i]:
                    assert np.abs(one - other).sum() > 0.05


def test_the_configuration_chooses_it(amsynth: Instrument) -> None:
    mapping = {"engine": {"kind": "plug-in", "path": AMSYNTH}}
    with open_engine(playing_config(mapping), amsynth, 1, np.random.SeedSequence(0)) as chosen:
        assert isinstance(chosen, PlugIn)


def test_a_saved_state_is_loaded(amsynth: Instrument, tmp_path: Path) -> None:
    knob = Parameter(name="cutoff", group="filter", cc=1, plug_in="filter_cutoff")
    patch = np.array([[127]])
    bare = Instrument(name="bare", parameters=(knob,))
    with engine(bare) as plug_in:
        plain = plug_in.render(patch)
        assert plug_in._host is not None
        volume = next(k for k in plug_in._host.knobs() if k.name == "master_vol")
        plug_in._host.turn(volume.number, 0)
        plug_in._host.save_state(tmp_path / "quiet.fxb")
    assert np.abs(plain).max() > 0.01
    with engine(bare, state=str(tmp_path / "quiet.fxb")) as plug_in:
        assert np.abs(plug_in.render(patch)).max() < 1e-6


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"path": "none.so"}, r"engine\.path: there is no 'none\.so'"),
        ({"path": "README.md"}, r"engine\.path: 'README\.md' cannot be loaded as a plug-in"),
        ({"state": "none"}, r"engine\.state: there is no 'none'"),
        ({"channel": 3}, r"engine\.channel is 3, but .* has 2 output channels"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    amsynth: Instrument, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(SynthinvError, match=message), engine(amsynth, **fields):
        pass


def test_a_missing_library_is_one_sentence(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dawdreamer", None)
    with pytest.raises(SynthinvError, match=r"pip install 'synthinv\[plug-in\]'"), engine(amsynth):
        pass


FOUND = [
    PlugInKnob(0, "Filter Cutoff", 0.5, "1 kHz"),
    PlugInKnob(1, "Level", 1.0, "0 dB"),
    PlugInKnob(2, "Level", 0.0, "-inf \n dB"),
]


def knob(name: str, plug_in: str | int | None = None) -> Constant:
    return Constant(name=name, cc=1, value=0, plug_in=plug_in)


def test_knobs_are_found_by_name_or_index() -> None:
    wanted = [knob("cutoff", "Filter Cutoff"), knob("level", 2)]
    assert find_knobs("toy", wanted, FOUND) == [0, 2]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            knob("filter_cutoff"),
            r"toy: filter_cutoff: .*no parameter 'filter_cutoff'.*near: Filter",
        ),
        (knob("level", "Level"), r"toy: level: .*several parameters named 'Level'.*\(1, 2\)"),
        (knob("level", 3), r"toy: level: .*no parameter '3'"),
        (knob("zzz"), r"no parameter 'zzz'.*`synthinv plug-in` lists them"),
    ],
)
def test_a_knob_that_is_not_found_is_one_sentence(wanted: Constant, message: str) -> None:
    with pytest.raises(SynthinvError, match=message):
        find_knobs("toy", [wanted], FOUND)


def test_the_draft_is_an_instrument_file(tmp_path: Path) -> None:
    import yaml

    many = [*FOUND, *(PlugInKnob(i, f'Macro {i}: "x"', 0.25, "") for i in range(3, 130))]
    mapping = yaml.safe_load(draft("toy", many))
    assert mapping.pop("parameters") is None
    mapping["parameters"] = [{"name": "first", "group": "g", "cc": 119}]
    mapping["constants"] = mapping["constants"][:-1]
    instrument = Instrument.model_validate(mapping)
    assert find_knobs("toy", instrument.constants, many) == list(range(len(FREE) - 1))
    assert [c.value for c in instrument.constants[:3]] == [64, 127, 0]
