"""The controllers that MIDI reserves, which are no good for a knob."""

from collections.abc import Iterable

CHANNEL_MODE = 120
"""The first of the channel mode messages, CC 120 to 127: all-notes-off among them."""

# MIDI 1.0 detailed specification, table III: what a synth does with them is laid down. Most of them
# only prepare another message, so a synth that has no knob there is still changed by them.
RESERVED = {
    0: "bank select",
    6: "data entry",
    32: "bank select",
    38: "data entry",
    64: "the sustain pedal",
    96: "data increment",
    97: "data decrement",
    98: "non-registered parameter numbers",
    99: "non-registered parameter numbers",
    100: "registered parameter numbers",
    101: "registered parameter numbers",
    **dict.fromkeys(range(CHANNEL_MODE, 128), "messages such as all-notes-off"),
}
"""Controller number to what MIDI reserves it for."""

FREE = tuple(cc for cc in range(128) if cc not in RESERVED)
"""Controllers that a knob may have on any synth."""


def refuse_reserved(knobs: Iterable[tuple[str, str, int]], allowed: Iterable[int]) -> None:
    """Refuse knobs on controllers that MIDI reserves.

    Parameters
    ----------
    knobs : iterable of (str, str, int)
        Field of the instrument file, name and controller of each knob.
    allowed : iterable of int
        Reserved controllers that this synth uses for knobs all the same. Some do, such as those
        whose every controller is a knob, and say so in their manuals; but a channel mode message is
        never a knob, since all-notes-off ends every note.

    Raises
    ------
    ValueError
        If there is one, naming its field, and a remedy.
    """
    for cc in allowed:
        if cc >= CHANNEL_MODE:
            raise ValueError(
                f"reserved_controllers: CC {cc} is never a knob, as MIDI reserves it for "
                f"{RESERVED[cc]}; take it out"
            )
        if cc not in RESERVED:
            raise ValueError(f"reserved_controllers: MIDI does not reserve CC {cc}; take it out")
    for field, name, cc in knobs:
        if cc in RESERVED and cc not in allowed:
            remedy = "give it another, such as 14 to 31 or 70 to 90"
            if cc < CHANNEL_MODE:
                remedy += (
                    ", or list it under reserved_controllers if the synth's manual gives it to "
                    "this knob"
                )
            raise ValueError(
                f"{field}: {name}: cc is {cc}, which MIDI reserves for {RESERVED[cc]}; {remedy}"
            )
