"""A patch and its note as MIDI messages (thesis, section 3.1)."""

from collections.abc import Mapping

import mido

ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123

BEATS_PER_MINUTE = 120
TICKS_PER_BEAT = 480
"""Of a MIDI file: a tick is about a millisecond."""


def patch_messages(controllers: Mapping[int, int], channel: int = 1) -> list[mido.Message]:
    """List the messages that set every knob of a patch.

    Parameters
    ----------
    controllers : mapping of int to int
        CC numbers and values, see `synthinv.instruments.model.Instrument.controllers`.
    channel : int
        MIDI channel, 1 to 16.

    Returns
    -------
    list of mido.Message
        One control change each, in order.
    """
    return [
        mido.Message("control_change", channel=channel - 1, control=cc, value=value)
        for cc, value in controllers.items()
    ]


def note_on(number: int, velocity: int, channel: int = 1) -> mido.Message:
    """Return the note-on of MIDI note `number`, with `velocity` 1 to 127, on `channel` 1 to 16."""
    return mido.Message("note_on", channel=channel - 1, note=number, velocity=velocity)


def note_off(number: int, channel: int = 1) -> mido.Message:
    """Return the note-off of MIDI note `number` on `channel` 1 to 16."""
    return mido.Message("note_off", channel=channel - 1, note=number, velocity=0)


def silence_messages(number: int, channel: int = 1) -> list[mido.Message]:
    """List the messages that end note `number`, then all sound and every note, on `channel`.

    All-sound-off ends releases and echoes, too, which a note-off leaves to fade.
    """
    modes = (ALL_SOUND_OFF, ALL_NOTES_OFF)
    return [
        note_off(number, channel),
        *(mido.Message("control_change", channel=channel - 1, control=c, value=0) for c in modes),
    ]


def patch_file(
    controllers: Mapping[int, int], number: int, velocity: int, seconds: float, channel: int = 1
) -> mido.MidiFile:
    """Lay a patch and its note out as a MIDI file: dropped on a track, it sets the synth and plays.

    Parameters
    ----------
    controllers : mapping of int to int
        CC numbers and values.
    number, velocity : int
        MIDI note number, and velocity 1 to 127.
    seconds : float
        How long the key is held.
    channel : int
        MIDI channel, 1 to 16.

    Returns
    -------
    mido.MidiFile
        One track at 120 beats a minute: every controller at its start, the note a sixteenth later.
    """
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_BEAT)
    tempo = mido.bpm2tempo(BEATS_PER_MINUTE)
    held = max(1, round(mido.second2tick(seconds, TICKS_PER_BEAT, tempo)))
    file.tracks.append(
        mido.MidiTrack(
            [
                mido.MetaMessage("set_tempo", tempo=tempo),
                *patch_messages(controllers, channel),
                note_on(number, velocity, channel).copy(time=TICKS_PER_BEAT // 4),
                note_off(number, channel).copy(time=held),
            ]
        )
    )
    return file
