"""Proof that notes sound as on new instances, with plug-ins that have something to hide."""

import os
import sys
import types
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
from synthinv.instruments.model import Instrument, Parameter

RATE = 44_100
LOADS = 3 + proof.NEW_NOTES
"""Instances that a copied plug-in is loaded into: one for each note, and one to copy, twice."""
PITCH = Instrument(
    name="pitch", parameters=(Parameter(name="pitch", group="oscillator", cc=1, native="Pitch"),)
)


class Synth:
    """A plug-in that plays sines, with phases as free as the test wants."""

    loaded = 0

    def __init__(self, free: bool = False) -> None:
        Synth.loaded += 1
        self.process = os.getpid()
        self.value = self.played = 0.5
        self.rng = np.random.default_rng(Synth.loaded if free else 0)

    def get_latency_samples(self) -> int:
        return 0

    def get_num_output_channels(self) -> int:
        return 1

    def get_parameters_description(self) -> list[dict[str, Any]]:
        return [{"index": 0, "name": "Pitch"}]

    def get_parameter(self, index: int) -> float:
        return self.value

    def get_parameter_text(self, index: int) -> str:
        return "some"

    def set_parameter(self, index: int, value: float) -> None:
        self.value = value

    def clear_midi(self) -> None:
        pass

    def add_midi_note(self, *note: float) -> None:
        pass

    def note(self, seconds: float) -> npt.NDArray[np.float32]:
        time = np.arange(int(seconds * RATE)) / RATE
        phase = self.rng.random()
        return np.sin(2 * np.pi * ((200 + 2_000 * self.value) * time + phase), dtype=np.float32)


class Threaded(Synth):
    """One whose knobs are turned by a thread of its own, which no copy of the process has."""

    def set_parameter(self, index: int, value: float) -> None:
        if os.getpid() == self.process:
            self.value = value


class Gliding(Synth):
    """One that plays every note halfway from the pitch of the note before."""

    def note(self, seconds: float) -> npt.NDArray[np.float32]:
        self.value = self.played = (self.value + self.played) / 2
        return super().note(seconds)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Callable[..., PlugIn]]:
    """Return a function that installs a plug-in and returns how to open it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(proof, "_found", set())
    monkeypatch.setattr(module, "version", lambda package: "1.0")
    monkeypatch.setattr(Synth, "loaded", 0)
    file = tmp_path / "synth.so"
    file.touch()

    def install(kind: type[Synth], **settings: Any) -> Callable[..., PlugIn]:
        class RenderEngine:
            def __init__(self, sample_rate: int, block: int) -> None:
                pass

            def make_plugin_processor(self, name: str, path: str) -> Synth:
                self.synth = kind(**settings)
                return self.synth

            def load_graph(self, graph: Any) -> None:
                pass

            def render(self, seconds: float) -> None:
                self.audio = self.synth.note(seconds)[np.newaxis]

            def get_audio(self) -> npt.NDArray[np.float32]:
                return self.audio

        library = types.SimpleNamespace(RenderEngine=RenderEngine)
        monkeypatch.setitem(sys.modules, "dawdreamer", library)

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


Host = Callable[..., Callable[..., PlugIn]]


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


def test_what_carries_over_is_said_once(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    opened = host(Gliding)
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
        before = Synth.loaded
        with opened("copy", **fields):
            return Synth.loaded - before

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
    for loaded in (LOADS, 1):
        before = Synth.loaded
        with opened("copy"):
            assert Synth.loaded - before == loaded


def test_the_notes_of_a_proof_are_counted() -> None:
    counts: list[int] = []

    def play(patches: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        counts.append(len(patches))
        return np.ones((len(patches), 1_000), np.float32)

    proof.deviation(proof.patches_to_prove(PITCH), play, play, RATE)
    assert counts == [proof.NEW_NOTES, proof.OTHER_NOTES]
