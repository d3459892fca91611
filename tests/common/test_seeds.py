import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthinv.common.seeds import seed_sequence

DRAWN = [618, 879, 96, 694]
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


def test_a_key_of_zero_at_the_end_counts() -> None:
    assert len({tuple(state(*keys)) for keys in ((), (0,), (0, 0), ("a",), ("a", 0))}) == 5


def test_draws_never_change() -> None:
    """Results that were published, and the solvers that ship, come from these numbers."""
    drawn = np.random.default_rng(seed_sequence(2020, "capture", "test", 7)).integers(1_000, size=4)
    assert drawn.tolist() == DRAWN


def test_the_documentation_lists_every_purpose(root: Path) -> None:
    files = [*(root / "synthinv").rglob("*.py"), *(root / "workflow" / "scripts").glob("*.py")]
    text = "".join(file.read_text("utf-8") for file in files)
    used = set(re.findall(r'\bseed_sequence(?:\(|, )[\w.]+, "([\w-]+)"', text))
    # Those of `synthinv.match` and `synthinv.render`.
    used |= set(re.findall(r'\b_seed\(.*, "([\w-]+)"\)', text))
    page = (root / "docs" / "architecture.md").read_text("utf-8")
    _, table = page.split("| purpose | keys | seeds |\n")
    rows = table.split("\n\n")[0].splitlines()[1:]
    assert used == {name for row in rows for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}


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
