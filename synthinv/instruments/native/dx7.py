"""Voices of the DX7: single ones and banks of 32 as SysEx messages, and packed voices without any.

After Yamaha's "DX7 Data Format" (DX7 operating manual, 1983): a voice has 145 values and a name of
ten characters. A single voice (VCED) holds them in a byte each, operator 6 first; a bank (VMEM) has
them packed into 128 bytes a voice. Files of packed voices alone, such as hexter's, are read, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from synthinv.common.errors import SynthinvError
from synthinv.common.files import replacing, understood
from synthinv.instruments.native.preset import Preset

SINGLE, PACKED = 155, 128
"""Bytes of a single voice and of a packed one."""
BANK = 32
"""Voices of a bank."""
NAME = 10
"""Characters of a voice's name, the last bytes of a voice."""
LARGEST = 2**20
"""Bytes of the largest file that is read: 8,192 packed voices."""
START, END = 0xF0, 0xF7
"""First and last byte of a SysEx message."""
YAMAHA = 0x43
SINGLE_HEAD, BANK_HEAD = bytes([0x00, 0x01, 0x1B]), bytes([0x09, 0x20, 0x00])
"""Format and number of bytes in the messages of a single voice and of a bank."""
SEVEN_BITS = 127
ROUNDING = 1e-3
"""How far a knob's value may be from a whole number: ranges are computed in single precision."""


class Value(NamedTuple):
    """One of a voice's values, and where it is in files.

    Attributes
    ----------
    highest : int
        The highest value that the synth's own panel allows; the lowest is 0.
    place : int
        Its byte in a single voice.
    byte, shift, bits : int
        In a packed voice: its byte, its lowest bit there, and how many there are.
    """

    highest: int
    place: int
    byte: int
    shift: int = 0
    bits: int = 7

    @property
    def most(self) -> int:
        """The highest number that its bits in a packed voice can hold."""
        return (1 << self.bits) - 1


# The values of operator 6, with which a voice begins.
_OPERATOR = {
    "rate1": Value(99, 0, 0),
    "rate2": Value(99, 1, 1),
    "rate3": Value(99, 2, 2),
    "rate4": Value(99, 3, 3),
    "level1": Value(99, 4, 4),
    "level2": Value(99, 5, 5),
    "level3": Value(99, 6, 6),
    "level4": Value(99, 7, 7),
    "breakpoint": Value(99, 8, 8),
    "left_depth": Value(99, 9, 9),
    "right_depth": Value(99, 10, 10),
    "left_curve": Value(3, 11, 11, 0, 2),
    "right_curve": Value(3, 12, 11, 2, 2),
    "rate_scaling": Value(7, 13, 12, 0, 3),
    "amp_mod_sensitivity": Value(3, 14, 13, 0, 2),
    "velocity_sensitivity": Value(7, 15, 13, 2, 3),
    "output_level": Value(99, 16, 14),
    "mode": Value(1, 17, 15, 0, 1),
    "coarse": Value(31, 18, 15, 1, 5),
    "fine": Value(99, 19, 16),
    "detune": Value(14, 20, 12, 3, 4),
}
_OPERATOR_SINGLE, _OPERATOR_PACKED = 21, 17
_COMMON = {
    "pitch_rate1": Value(99, 126, 102),
    "pitch_rate2": Value(99, 127, 103),
    "pitch_rate3": Value(99, 128, 104),
    "pitch_rate4": Value(99, 129, 105),
    "pitch_level1": Value(99, 130, 106),
    "pitch_level2": Value(99, 131, 107),
    "pitch_level3": Value(99, 132, 108),
    "pitch_level4": Value(99, 133, 109),
    "algorithm": Value(31, 134, 110, 0, 5),
    "feedback": Value(7, 135, 111, 0, 3),
    "osc_sync": Value(1, 136, 111, 3, 1),
    "lfo_speed": Value(99, 137, 112),
    "lfo_delay": Value(99, 138, 113),
    "lfo_pitch_depth": Value(99, 139, 114),
    "lfo_amp_depth": Value(99, 140, 115),
    "lfo_sync": Value(1, 141, 116, 0, 1),
    "lfo_waveform": Value(5, 142, 116, 1, 3),
    "pitch_mod_sensitivity": Value(7, 143, 116, 4, 3),
    "transpose": Value(48, 144, 117),
}


def _operator(number: int) -> dict[str, Value]:
    before = 6 - number
    return {
        f"op{number}_{name}": value._replace(
            place=value.place + before * _OPERATOR_SINGLE,
            byte=value.byte + before * _OPERATOR_PACKED,
        )
        for name, value in _OPERATOR.items()
    }


VALUES: Mapping[str, Value] = {
    name: value for n in range(6, 0, -1) for name, value in _operator(n).items()
} | _COMMON
"""The values of a voice by name, in the order of a single voice."""


def single_voice(preset: Preset) -> bytes:
    """Lay a preset out as a single voice.

    Parameters
    ----------
    preset : Preset
        The preset; values that it does not have are those of `INIT`.

    Returns
    -------
    bytes
        The voice, 155 bytes.

    Raises
    ------
    SynthinvError
        If the DX7 has no such value, or it does not fit into its bits.
    """
    voice = bytearray(_INIT)
    for name, value in _whole_values(preset).items():
        voice[VALUES[name].place] = value
    voice[-NAME:] = _name_bytes(preset.name)
    return bytes(voice)


def read_presets(path: Path) -> list[Preset]:
    """Read the voices of a file.

    Parameters
    ----------
    path : Path
        SysEx messages, of which those that hold no voices are passed over; or packed voices, one
        after the other.

    Returns
    -------
    list of Preset
        The voices, in the file's order, with the values that the file has, even where they are
        above the highest that the synth's panel allows.

    Raises
    ------
    SynthinvError
        If the file cannot be read, is damaged, or holds no voice.
    """
    content = _content(path)
    if content[0] == START:
        presets = [p for message in _messages(path, content) for p in _dumped(path, *message)]
        if not presets:
            raise SynthinvError(
                f"{path}: its SysEx messages hold no voice of a DX7; name another file"
            )
        return presets
    if len(content) % PACKED:
        raise SynthinvError(
            f"{path}: is neither SysEx messages nor packed DX7 voices, of {PACKED} bytes each; "
            "name another file"
        )
    if max(content) > SEVEN_BITS:
        voice = next(i for i, byte in enumerate(content) if byte > SEVEN_BITS) // PACKED
        raise SynthinvError(f"{path}: voice {voice} has bytes above 127; restore the bank")
    return _packed_presets(content)


def write_presets(path: Path, presets: Sequence[Preset]) -> None:
    """Write voices as a SysEx message.

    Parameters
    ----------
    path : Path
        The file, whose name ends in .syx.
    presets : sequence of Preset
        One, which becomes a single voice, or 2 to 32, which become a bank; what is left of the
        bank is filled with `INIT`.

    Raises
    ------
    SynthinvError
        If there are none or more than a bank holds, the DX7 has no such value, or the file cannot
        be written.
    """
    if not 1 <= len(presets) <= BANK:
        raise SynthinvError(
            f"{path}: a DX7's bank holds 1 to {BANK} voices, not {len(presets)}; give it that many"
        )
    if len(presets) == 1:
        message = _message(SINGLE_HEAD, single_voice(presets[0]))
    else:
        padded = [*presets, *[INIT] * (BANK - len(presets))]
        message = _message(BANK_HEAD, b"".join(_packed_voice(preset) for preset in padded))
    with replacing(path) as partial:
        partial.write_bytes(message)


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise SynthinvError(f"{path}: there is no such file; correct the path")
    size = path.stat().st_size
    if not 0 < size <= LARGEST:
        raise SynthinvError(
            f"{path}: has {size:,} bytes, but files of DX7 voices have 1 to {LARGEST:,}; name "
            "another file"
        )
    with understood(path):
        content = path.read_bytes()
    # What a broken download or disk leaves behind would be thousands of silent voices.
    if not any(content):
        raise SynthinvError(f"{path}: holds nothing but zeros; restore the file")
    return content


def _messages(path: Path, content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where each SysEx message starts, and what is between its first and last byte."""
    start = 0
    while start < len(content):
        if content[start] != START:
            raise SynthinvError(
                f"{path}: byte {start} is in none of its SysEx messages; restore the file"
            )
        end = content.find(END, start)
        if end < 0:
            raise SynthinvError(f"{path}: ends within a SysEx message; restore the file")
        message = content[start + 1 : end]
        if message and max(message) > SEVEN_BITS:
            raise SynthinvError(
                f"{path}: the SysEx message from byte {start} on has bytes above 127; restore the "
                "file"
            )
        yield start, message
        start = end + 1


def _dumped(path: Path, start: int, message: bytes) -> list[Preset]:
    """Return the voices of a SysEx message, none if it holds something else."""
    # The second byte is the MIDI channel; above 15 it is something else, such as a single value.
    if len(message) < 5 or message[0] != YAMAHA or message[1] > 15:
        return []
    head, voices = message[2:5], message[5:-1]
    if head not in (SINGLE_HEAD, BANK_HEAD):
        return []
    expected = SINGLE if head == SINGLE_HEAD else BANK * PACKED
    if len(voices) != expected:
        raise SynthinvError(
            f"{path}: the DX7 voices from byte {start} on have {len(voices)} bytes instead of "
            f"{expected}; restore the file"
        )
    if message[-1] != _checksum(voices):
        raise SynthinvError(
            f"{path}: the DX7 voices from byte {start} on do not have their checksum, so they were "
            "changed; restore the file"
        )
    return [_single_preset(voices)] if head == SINGLE_HEAD else _packed_presets(voices)


def _message(head: bytes, voices: bytes) -> bytes:
    return bytes([START, YAMAHA, 0, *head, *voices, _checksum(voices), END])


def _checksum(voices: bytes) -> int:
    return -sum(voices) & SEVEN_BITS


def _single_preset(voice: bytes) -> Preset:
    values = {name: float(voice[value.place]) for name, value in VALUES.items()}
    return Preset(_name(voice), values)


def _packed_presets(voices: bytes) -> list[Preset]:
    return [
        _packed_preset(voices[start : start + PACKED]) for start in range(0, len(voices), PACKED)
    ]


def _packed_preset(voice: bytes) -> Preset:
    values = {
        name: float(voice[value.byte] >> value.shift & value.most) for name, value in VALUES.items()
    }
    return Preset(_name(voice), values)


def _packed_voice(preset: Preset) -> bytes:
    voice = bytearray(PACKED)
    values = {**INIT.values, **_whole_values(preset)}
    for name, value in VALUES.items():
        voice[value.byte] |= int(values[name]) << value.shift
    voice[-NAME:] = _name_bytes(preset.name)
    return bytes(voice)


def _name(voice: bytes) -> str:
    return voice[-NAME:].decode("ascii").rstrip(" ")


def _name_bytes(name: str) -> bytes:
    return name[:NAME].ljust(NAME).encode("ascii", errors="replace")


def _whole_values(preset: Preset) -> dict[str, int]:
    """Return a preset's values as the numbers that a file holds."""
    for name, value in preset.values.items():
        if name not in VALUES:
            raise SynthinvError(f"{preset.name}: the DX7 has no value '{name}'; leave it out")
        if not (0 <= value <= VALUES[name].most and abs(value - round(value)) <= ROUNDING):
            raise SynthinvError(
                f"{preset.name}: {name} is {value:g}, not a whole number from 0 to "
                f"{VALUES[name].highest}; correct it"
            )
    return {name: round(value) for name, value in preset.values.items()}


def _initial_operator(level: int) -> list[int]:
    return [99, 99, 99, 99, 99, 99, 99, 0, 39, 0, 0, 0, 0, 0, 0, 0, level, 0, 1, 0, 7]


_INIT = bytes(
    [
        *_initial_operator(0) * 5,
        *_initial_operator(99),
        *(99, 99, 99, 99, 50, 50, 50, 50),
        *(0, 0, 1, 35, 0, 0, 0, 1, 0, 3, 24),
        *b"INIT VOICE",
    ]
)
INIT = _single_preset(_INIT)
"""The voice with which the DX7 starts a new one: operator 1 alone, a sine."""
