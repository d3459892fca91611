"""All randomness comes from here: one seed in the configuration, and what it is used for."""

import hashlib

import numpy as np

DEFAULT = 2020
"""The configuration's seed, where it gives none."""


def seed_sequence(seed: int, purpose: str, *keys: str | int) -> np.random.SeedSequence:
    """Derive an independent seed from the configuration's seed and a few keys.

    Parameters
    ----------
    seed : int
        The configuration's seed.
    purpose : str
        What the seed is for: "capture", "train", …
    *keys : str or int
        For which one: a data set, a shard, a repeat.

    Returns
    -------
    numpy.random.SeedSequence
        The same for the same keys, on every machine and in every order of jobs.
    """
    words = [k if isinstance(k, int) else _name_word(k) for k in keys]
    # The number of keys is a word too, for SeedSequence ignores zeros at the end.
    return np.random.SeedSequence([seed, _name_word(purpose), len(words), *words])


def _name_word(name: str) -> int:
    # SeedSequence takes integers; a digest, since Python's own hash changes from run to run.
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
