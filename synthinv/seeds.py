"""All randomness comes from here: one seed in the configuration, and what it is used for."""

import hashlib

import numpy as np


def seed_sequence(seed: int, *keys: str | int) -> np.random.SeedSequence:
    """Derive an independent seed from the configuration's seed and a few keys.

    Parameters
    ----------
    seed : int
        The configuration's seed.
    *keys : str or int
        What the seed is for: a data set, a shard, a repeat.

    Returns
    -------
    numpy.random.SeedSequence
        The same for the same keys, on every machine and in every order of jobs.
    """
    words = [k if isinstance(k, int) else _name_word(k) for k in keys]
    return np.random.SeedSequence([seed, *words])


def _name_word(name: str) -> int:
    # SeedSequence takes integers; a digest, since Python's own hash changes from run to run.
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
