"""Changes to a configuration as read from YAML, and the message that refuses it."""

from typing import Any

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.load import load

Mapping = dict[str, Any]


def refusal(mapping: Mapping) -> str:
    with pytest.raises(SynthinvError) as caught:
        load(mapping)
    message = str(caught.value)
    assert "\n" not in message
    return message


def put(mapping: Mapping, path: str, value: object) -> Mapping:
    """Set one field, named as in the error messages."""
    *parents, last = path.split(".")
    section: Any = mapping
    for key in parents:
        section = section[int(key)] if key.isdigit() else section.setdefault(key, {})
    section[last] = value
    return mapping


def merged(base: Mapping, extra: Mapping) -> Mapping:
    """Merge as Snakemake does: dicts recursively, anything else is replaced."""
    out = dict(base)
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            value = merged(out[key], value)
        out[key] = value
    return out
