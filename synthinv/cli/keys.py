"""Keys in the arguments of commands."""

from synthinv.audio.pitch import note_number
from synthinv.common.errors import SynthinvError


def key(name: str) -> int:
    """Return the MIDI note number of a key, given by its name, such as C4, or as a number.

    Raises
    ------
    SynthinvError
        If it is none.
    """
    try:
        return note_number(name)
    except ValueError:
        raise SynthinvError(
            f"--key: '{name}' is no note; give one from C-1 to G9, such as C4 or F#3, or its MIDI "
            "number, 0 to 127"
        ) from None
