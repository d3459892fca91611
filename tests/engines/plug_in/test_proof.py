"""Proof that notes sound as on new instances, with plug-ins that have something to hide."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import PlugInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.plug_in import engine as module
from synthinv.engines.plug_in import proof
from synthinv.engines.plug_in.engine import PlugIn
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter
from tests.engines.plug_in import fakes
from tests.engines.plug_in.fakes import (
    RATE,
    Dying,
    DyingCopy,
    Gliding,
    Skipping,
    Synth,
    Threaded,
    loaded,
)

LOADS = 3 + proof.NEW_NOTES
"""Instances that a copied plug-in is loaded into: one for each note, and one to copy, twice."""
PITCH = Instrument(
    name="pitch", parameters=(Parameter(name="pitch", group="oscillator", cc=1, native="Pitch"),)
)


Host = Callable[..., Callable[..., PlugIn]]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Host:
    """Return a function that installs a plug-in and returns how to open it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(proof, "_found", set())
    monkeypatch.setattr(module, "version", lambda package: "1.0")
    monkeypatch.setitem(sys.modules, "dawdreamer", fakes)
    # For the processes that are started.
    library = tmp_path / "library"
    library.mkdir()
    (library / "dawdreamer.py").write_text(f"from {fakes.__name__} import RenderEngine")
    monkeypatch.syspath_prepend(library)
    file, loads = tmp_path / "synth.so", tmp_path / "loads"
    file.touch()
    loads.touch()
    monkeypatch.setenv(fakes.LOADS, str(loads))

    def install(kind: type[Synth], free: bool = False) -> Callable[..., PlugIn]:
        monkeypatch.setenv(fakes.KIND, kind.__name__)
        monkeypatch.setenv(fakes.FREE, "free" * free)

        def opened(new_instance: object, **fields: Any) -> PlugIn:
            mapping = {"kind": "plug-in", "path": str(file), "new_instance": new_instance}
            engine = PlugInConfig.model_validate(mapping | fields)
            return PlugIn(engine, PITCH, NoteConfig(), AudioConfig(samples=4_000))

        return opened

    return install


def test_a_difference_is_one_of_level_and_colour_but_not_of_noise_or_phases() -> None:
    rng = np.random.default_rng(0)
    time = np.arange(20_000) / RATE

    def saw(harmonics: int, phase: float = 0.0) -> npt.NDArray[np.float32]:
        waves = [np.sin(k * (500 * time + phase)) / k for k in range(1, harmonics + 1)]
        sound: npt.NDArray[np.float32] = np.sum(waves, axis=0, dtype=np.float32)
        return sound

    def apart(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
        return proof.difference_db(one, other, RATE)

    noise, again = rng.normal(size=(2, 20_000)).astype(np.float32)
    assert apart(noise, again) < 1.5
    assert apart(saw(20), saw(20, phase=2)) < 0.1
    assert apart(saw(20), saw(20) * np.float32(10 ** (-3.5 / 20))) == pytest.approx(3.5, abs=0.1)
    assert apart(saw(20), saw(5)) > 3
    assert apart(saw(20), np.where(time < 0.2, 0, saw(20)).astype(np.float32)) > 5
    assert apart(0 * noise, 0 * noise) == 0


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("new_instance", ["copy", False])
def test_a_synth_with_free_phases_but_nothing_else_is_proven(
    host: Host, free: bool, new_instance: object, caplog: pytest.LogCaptureFixture
) -> None:
    with host(Synth, free=free)(new_instance) as plug_in:
        assert plug_in.render(np.array([[60]])).any()
    assert not caplog.records


def test_copies_that_lack_a_thread_are_refused_with_what_to_write(host: Host) -> None:
    opened = host(Threaded)
    message = r"new_instance: copies of .*synth\.so sound up to [\d.]+ dB different.* write true"
    for _ in range(2):
        with pytest.raises(SynthinvError, match=message), opened("copy"):
            pass
    for new_instance in (True, False):
        with opened(new_instance) as plug_in:
            assert plug_in.render(np.array([[60]])).any()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (DyingCopy, r"new_instance: a copy of .*synth\.so does not play; write true instead"),
        (Dying, r"path: the process that loads '.*synth\.so' ends at once; check that it is an in"),
    ],
)
def test_a_copy_or_a_process_that_ends_is_one_sentence(
    host: Host, kind: type[Synth], message: str
) -> None:
    with pytest.raises(SynthinvError, match=message), host(kind)("copy"):
        pass


@pytest.mark.parametrize("kind", [Gliding, Skipping])
def test_what_carries_over_is_said_once(
    host: Host, kind: type[Synth], caplog: pytest.LogCaptureFixture
) -> None:
    opened = host(kind)
    for _ in range(2):
        with opened(False) as plug_in:
            assert plug_in.render(np.array([[60]])).any()
    (record,) = caplog.records
    assert "one instance of" in record.getMessage()
    assert "write true or copy instead of false" in record.getMessage()
    with opened("copy"):
        pass
    assert len(caplog.records) == 1


def test_a_proof_is_kept_for_the_same_plug_in_and_settings_alone(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = host(Synth)

    def loads(**fields: Any) -> int:
        # As in another process.
        monkeypatch.setattr(proof, "_found", set())
        before = loaded()
        with opened("copy", **fields):
            return loaded() - before

    first = loads()
    assert first == LOADS
    assert loads() == 1
    assert loads(settle=0.1) == first
    os.utime(tmp_path / "synth.so", (1, 1))
    assert loads() == first
    assert loads() == 1


def test_where_nothing_can_be_kept_the_proof_is_found_in_every_process(
    host: Host, tmp_path: Path
) -> None:
    (tmp_path / "cache").touch()
    opened = host(Synth)
    for loads in (LOADS, 1):
        before = loaded()
        with opened("copy"):
            assert loaded() - before == loads


def test_the_notes_of_a_proof_are_counted() -> None:
    counts: list[int] = []

    def play(patches: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        counts.append(len(patches))
        return np.ones((len(patches), 1_000), np.float32)

    proof.deviation(proof.patches_to_prove(PITCH), play, play, RATE)
    assert counts == [proof.NEW_NOTES, proof.OTHER_NOTES]
