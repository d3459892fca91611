"""What engines refuse to play, and which notes they take for silence."""

import logging

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import CC_MAX

log = logging.getLogger(__name__)


def finite_or_silent(note: Audio, index: int, synth: str) -> Audio:
    """Return a note as it is, or silence in place of one that holds values that are not finite.

    Of millions of random patches, a few make a synth's filter unstable. Wherever notes are drawn,
    searched or learnt from, silence is known to be useless; an error would end all of it.

    Parameters
    ----------
    note : float32 array [samples]
        The note, as a synth played it that plays every note from the same state.
    index : int
        Its number, for the message.
    synth : str
        What played it.

    Returns
    -------
    float32 array [samples]
        The note, or zeros.
    """
    if np.isfinite(note).all():
        return note
    log.warning("note %d is not finite as %s renders it; taken for silence", index, synth)
    return np.zeros_like(note)


def not_open() -> SynthinvError:
    """Return the error for an engine that is to play and is not open."""
    return SynthinvError(
        "the engine is not open; play within a with statement: with engine: engine.render(…)"
    )


def require_steps(instrument: Instrument, patches: npt.NDArray[np.integer]) -> None:
    """Refuse patches that are none of an instrument.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    patches : int array
        The patches.

    Raises
    ------
    SynthinvError
        If they are not [n, parameters], or a value is not a step of its parameter.
    """
    parameters = instrument.parameters
    if patches.ndim != 2 or patches.shape[1] != len(parameters):
        raise SynthinvError(
            f"{instrument.name}: patches must be [n, {len(parameters)}], not {list(patches.shape)}"
        )
    for note, column in np.argwhere((patches < 0) | (patches > instrument.highest))[:1]:
        parameter = parameters[column]
        raise SynthinvError(
            f"{instrument.name}: note {note}: {parameter.name} is {patches[note, column]}, "
            f"not a step 0 to {parameter.highest}"
        )


def require_midi(
    keys: npt.NDArray[np.integer], velocities: npt.NDArray[np.integer], softest: int = 0
) -> None:
    """Refuse keys and velocities that MIDI does not have.

    Parameters
    ----------
    keys, velocities : int array [n]
        MIDI note numbers and velocities.
    softest : int
        The lowest velocity at which the synth plays a note.

    Raises
    ------
    SynthinvError
        If one of them is out of range.
    """
    for what, numbers, lowest in (("key", keys, 0), ("velocity", velocities, softest)):
        for note, number in enumerate(numbers):
            if not lowest <= number <= CC_MAX:
                raise SynthinvError(
                    f"note {note}: its {what} is {number}, not {lowest} to {CC_MAX}"
                )
