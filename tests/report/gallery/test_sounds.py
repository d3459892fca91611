import stat
from pathlib import Path

import numpy as np
import pytest

from synthinv.audio.pitch import estimate_pitch
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.config.load import load
from synthinv.config.root import Config
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.match import GalleryConfig, GallerySoundConfig
from synthinv.config.sections.playing import (
    AudioConfig,
    NoteConfig,
    PlayingConfig,
    SilenceConfig,
)
from synthinv.instruments.model import load_instrument
from synthinv.report.gallery.sounds import (
    midi_file,
    played_by_fluidsynth,
    played_by_the_built_in_synth,
)

CHORD = GallerySoundConfig(name="chord", title="A chord", program=4, keys=(60, 64, 67))
SOUNDFONT = Path(GalleryConfig().soundfont)


def test_keys_are_pressed_and_released_together() -> None:
    program, *notes, end = midi_file(CHORD, 2.0).tracks[0]
    assert (program.program, program.channel) == (4, 0)
    assert [(m.type, m.note, m.time) for m in notes] == [
        *(("note_on", key, 0) for key in CHORD.keys),
        *(("note_off", key, 1440 if key == 60 else 0) for key in CHORD.keys),
    ]
    assert (end.type, end.time) == ("end_of_track", 480)


def test_drums_are_on_their_channel() -> None:
    drum = GallerySoundConfig(name="snare", title="Snare", source="drum", keys=(38,))
    assert {m.channel for m in midi_file(drum, 1.0).tracks[0] if not m.is_meta} == {9}


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
    with pytest.raises(SynthinvError, match="fluidsynth: failed with: not a SoundFont"):
        played_by_fluidsynth(CHORD, soundfont, 1.0, 44_100)


# `make test` installs FluidSynth and its SoundFont, `make test-fast` does not.
@pytest.mark.slow
def test_fluidsynth_plays_the_key() -> None:
    flute = GallerySoundConfig(name="flute", title="Flute", program=73, keys=(69,))
    sound = played_by_fluidsynth(flute, SOUNDFONT, 0.5, 44_100)
    assert sound.shape == (22_050,)
    assert estimate_pitch(sound, 44_100).frequency == pytest.approx(440, rel=0.02)


def test_the_built_in_synth_plays_a_patch_of_the_seed(root: Path) -> None:
    sound = GallerySoundConfig(name="unseen", title="Unseen", source="built-in")
    playing = PlayingConfig(
        engine=BuiltInConfig(), note=NoteConfig(), audio=AudioConfig(), silence=SilenceConfig()
    )
    instrument = load_instrument("minimoog-1osc")
    one, again, other = (
        played_by_the_built_in_synth(
            sound, playing, instrument, 0.5, seed_sequence(seed, "gallery")
        )
        for seed in (1, 1, 2)
    )
    assert one.shape == (22_050,)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_the_gallerys_network_must_be_trained(mapping: dict[str, object]) -> None:
    sounds = [{"name": "piano", "title": "Piano"}]
    with pytest.raises(SynthinvError, match=r"gallery\.experiment: there is no 'thesis-l2'"):
        load({**mapping, "gallery": {"sounds": sounds}})
    config: Config = load({**mapping, "gallery": {"experiment": "l2", "sounds": sounds}})
    assert config.gallery_sound("piano").keys == (60,)
    with pytest.raises(SynthinvError, match=r"gallery\.sounds: the name 'piano' is given twice"):
        load({**mapping, "gallery": {"experiment": "l2", "sounds": sounds * 2}})
