"""Configuration files on top of each other."""

from collections.abc import Mapping
from typing import Any


def merged(*mappings: Mapping[str, Any]) -> dict[str, Any]:
    """Merge mappings read from YAML as Snakemake merges several configuration files.

    Parameters
    ----------
    *mappings : mapping
        Each on top of those before.

    Returns
    -------
    dict
        Sections are merged at every depth; any other value, lists included, is replaced. The
        mappings are left as they are.
    """
    result: dict[str, Any] = {}
    for mapping in mappings:
        for key, value in mapping.items():
            result[key] = _on_top(result.get(key, {}), value)
    return result


def _on_top(below: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    # To Snakemake, an empty section says nothing, even about what is no section.
    if not isinstance(below, Mapping):
        return merged(value) if value else below
    return merged(below, value)
