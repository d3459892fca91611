import mido
import numpy as np

from synthinv.instruments.midi import (
    note_off,
    note_on,
    patch_file,
    patch_messages,
    silence_messages,
)
from synthinv.instruments.model import Instrument


def test_a_patch_is_one_control_change_per_knob_in_order() -> None:
    messages = patch_messages({7: 100, 70: 1, 20: 51}, channel=3)
    assert [m.bytes() for m in messages] == [[0xB2, 7, 100], [0xB2, 70, 1], [0xB2, 20, 51]]


def test_every_knob_of_an_instrument_is_sent(toy: Instrument) -> None:
    messages = patch_messages(toy.controllers(np.array([1, 51, 3])))
    assert [(m.control, m.value) for m in messages] == [(7, 100), (70, 1), (20, 51), (74, 3)]


def test_a_key_is_pressed_and_released_on_its_channel() -> None:
    assert note_on(60, 100, 16).bytes() == [0x9F, 60, 100]
    assert note_off(60, 16).bytes() == [0x8F, 60, 0]


def test_silence_ends_the_note_and_then_all_sound_and_every_note() -> None:
    assert silence_messages(60, 2) == [
        mido.Message("note_off", channel=1, note=60, velocity=0),
        mido.Message("control_change", channel=1, control=120, value=0),
        mido.Message("control_change", channel=1, control=123, value=0),
    ]


def test_a_file_is_on_the_synths_channel() -> None:
    (track,) = patch_file({7: 100}, 60, 90, 0.5, channel=5).tracks
    assert {message.channel for message in track if not message.is_meta} == {4}
