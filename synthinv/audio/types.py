"""The type of sound, as arrays hold it."""

import numpy as np
import numpy.typing as npt

Audio = npt.NDArray[np.float32]
"""One channel of one sound or of many, [..., samples], full scale ±1."""
