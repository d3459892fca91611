"""Validation of a mapping read from YAML: its sections by themselves, then all together."""

from collections.abc import Mapping
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.common.validation import validated
from synthinv.config.checks import check
from synthinv.config.root import Config


def load(mapping: Mapping[str, Any], source: str = "config") -> Config:
    """Validate a merged configuration.

    Parameters
    ----------
    mapping : mapping
        The configuration as read from YAML.
    source : str
        What error messages call it.

    Returns
    -------
    Config
        The validated configuration.

    Raises
    ------
    SynthinvError
        One sentence naming the field that is wrong, and why.
    """
    config = validated(Config, mapping, source)
    try:
        check(config)
    except ValueError as error:
        raise SynthinvError(f"{source}: {error}") from None
    return config
