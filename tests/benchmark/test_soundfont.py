import stat
from pathlib import Path

import numpy as np
import pytest

from synthinv.audio.pitch import estimate_pitch
from synthinv.benchmark.soundfont import SoundFontNote, midi_file, played_by_fluidsynth
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.benchmark import SoundSourcesConfig

CHORD = SoundFontNote(program=4, keys=(60, 64, 67), velocity=90, held=1.5)
SOUNDFONT = Path(SoundSourcesConfig().soundfont)


def test_keys_are_pressed_and_released_together() -> None:
    program, *notes, end = midi_file(CHORD, 2.0).tracks[0]
    assert (program.program, program.channel) == (4, 0)
    assert [(m.type, m.note, m.velocity, m.time) for m in notes] == [
        *(("note_on", key, 90, 0) for key in CHORD.keys),
        *(("note_off", key, 90, 1440 if key == 60 else 0) for key in CHORD.keys),
    ]
    assert (end.type, end.time) == ("end_of_track", 480)


def test_drums_are_on_their_channel() -> None:
    snare = SoundFontNote(program=0, keys=(38,), velocity=100, held=0.5, drums=True)
    assert {m.channel for m in midi_file(snare, 1.0).tracks[0] if not m.is_meta} == {9}


def test_what_is_not_installed_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="is not installed; install fluidsynth and fluid-sound"):
        played_by_fluidsynth(CHORD, tmp_path / "none.sf2", 1.0, 44_100)


def test_a_failure_of_fluidsynth_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, soundfont = tmp_path / "fluidsynth", tmp_path / "font.sf2"
    program.write_text("#!/bin/sh\necho 'not a SoundFont' >&2\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    soundfont.touch()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(SynthinvError, match=r"FluidSynth cannot play it \(not a SoundFont"):
        played_by_fluidsynth(CHORD, soundfont, 1.0, 44_100)


# `make test` installs FluidSynth and its SoundFont, `make test-fast` does not.
@pytest.mark.slow
def test_fluidsynth_plays_the_key_as_hard_and_as_long_as_it_is_pressed() -> None:
    loud, soft = (
        played_by_fluidsynth(
            SoundFontNote(program=73, keys=(69,), velocity=velocity, held=0.5),
            SOUNDFONT,
            1.0,
            44_100,
        )
        for velocity in (120, 50)
    )
    assert loud.shape == (44_100,)
    assert estimate_pitch(loud, 44_100).frequency == pytest.approx(440, rel=0.02)
    assert np.abs(loud).max() > 2 * np.abs(soft).max()
    assert np.abs(loud[-4_410:]).max() < 0.01 * np.abs(loud).max()
