from pathlib import Path

import numpy as np
import pytest

from synthinv.benchmark.soundfont import SoundFontNote
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.config.load import load
from synthinv.config.root import Config
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.match import GallerySoundConfig
from synthinv.config.sections.playing import (
    AudioConfig,
    NoteConfig,
    PlayingConfig,
    SilenceConfig,
)
from synthinv.instruments.load import load_instrument
from synthinv.report.gallery.sounds import played_by_the_built_in_synth, soundfont_note


def test_a_sound_is_released_before_its_end() -> None:
    chord = GallerySoundConfig(name="chord", title="A chord", program=4, keys=(60, 64, 67))
    assert soundfont_note(chord, 2.0) == SoundFontNote(4, (60, 64, 67), 100, 1.5)
    snare = GallerySoundConfig(name="snare", title="Snare", source="drum", keys=(38,))
    assert soundfont_note(snare, 1.0) == SoundFontNote(0, (38,), 100, 0.75, drums=True)


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
