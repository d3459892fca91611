"""Files on top of each other."""

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from snakemake.utils import update_config

from synthinv.config.merge import merged

_KEYS = st.sampled_from("abc")
_VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
    lambda values: st.dictionaries(_KEYS, values, max_size=3),
    max_leaves=8,
)
_MAPPINGS = st.lists(st.dictionaries(_KEYS, _VALUES, max_size=3), max_size=3)


def test_sections_are_merged_and_lists_replaced() -> None:
    base = {"note": {"number": 60, "velocity": 100}, "solvers": [1, 2], "seed": 1}
    assert merged(base, {"note": {"number": 61}, "solvers": [3]}) == {
        "note": {"number": 61, "velocity": 100},
        "solvers": [3],
        "seed": 1,
    }


@given(_MAPPINGS)
def test_files_are_merged_as_snakemake_merges_them(mappings: list[dict[str, Any]]) -> None:
    before = deepcopy(mappings)
    expected: dict[str, Any] = {}
    for mapping in deepcopy(mappings):
        update_config(expected, mapping)
    assert merged(*mappings) == expected
    assert mappings == before
