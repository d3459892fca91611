import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthinv.common.seeds import seed_sequence

WORDS = st.text("abcdefghij-", min_size=1, max_size=12)


def state(*keys: str | int) -> list[int]:
    return [int(word) for word in seed_sequence(2020, "capture", *keys).generate_state(8)]


@given(WORDS, WORDS, st.integers(0, 999), st.integers(0, 999))
def test_keys_decide_the_seed(a: str, b: str, i: int, j: int) -> None:
    assert state(a, i) == state(a, i)
    assert (state(a, i) == state(b, j)) == ((a, i) == (b, j))


def test_the_configurations_seed_counts() -> None:
    first, second = (seed_sequence(seed, "final", 0).generate_state(4) for seed in (1, 2))
    assert (first != second).any()


def test_the_order_of_keys_counts() -> None:
    assert state("a", "b") != state("b", "a")


def test_a_seed_is_the_same_in_another_process() -> None:
    code = (
        "from synthinv.common.seeds import seed_sequence as s; print(s(2020, 'final', 7).entropy)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(seed_sequence(2020, "final", 7).entropy)


def test_streams_of_different_shards_share_no_number() -> None:
    drawn = [
        np.random.default_rng(seed_sequence(2020, name, shard)).integers(2**62, size=100)
        for name in ("search", "final", "test")
        for shard in range(5)
    ]
    assert len(np.unique(np.concatenate(drawn))) == 1_500
