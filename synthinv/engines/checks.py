"""What engines refuse to play."""

import numpy as np
import numpy.typing as npt

from synthinv.common.errors import SynthinvError
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import CC_MAX


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
