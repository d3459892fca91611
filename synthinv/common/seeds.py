"""Seeds of everything random, derived from the one in the configuration."""

import hashlib

import numpy as np

DEFAULT = 2020
"""Seed of a configuration that sets none."""


def seed_sequence(seed: int, purpose: str, *keys: str | int) -> np.random.SeedSequence:
    """Derive an independent seed from the configuration's seed and a few keys.

    Parameters
    ----------
    seed : int
        The configuration's seed.
    purpose : str
        Purpose of the seed: "capture", "train", …
    *keys : str or int
        The item that it is for, such as a data set, a shard or a repeat.

    Returns
    -------
    numpy.random.SeedSequence
        The same for the same keys, on every machine and in every order of jobs.
    """
    words = [k if isinstance(k, int) else _name_word(k) for k in keys]
    # The number of keys is an entry, too, since SeedSequence ignores trailing zeros.
    return np.random.SeedSequence([seed, _name_word(purpose), len(words), *words])


def _name_word(name: str) -> int:
    # SeedSequence takes integers. A digest, since Python's own hash differs from run to run.
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
