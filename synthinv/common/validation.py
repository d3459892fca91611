"""Validation of user input, with one clear sentence for an error."""

from collections.abc import Mapping, Sequence
from reprlib import Repr
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from synthinv.common.errors import SynthinvError

LONGEST_KEY = 100
# Shortens wrong values, of any size, for messages.
_SHOWN = Repr()
_SHOWN.maxlevel, _SHOWN.maxstring = 2, 100

S = TypeVar("S", bound=BaseModel)


class Section(BaseModel):
    """Base of every section: unknown keys are errors, and instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def validated(model: type[S], mapping: Mapping[str, Any], source: str) -> S:
    """Validate a mapping against a model, with an error a user can act on.

    Parameters
    ----------
    model : type
        The pydantic model.
    mapping : mapping
        Mapping to validate.
    source : str
        File or section, named in the message.

    Returns
    -------
    BaseModel
        An instance of `model`.

    Raises
    ------
    SynthinvError
        If the mapping does not fit; the message names the first field that is wrong.
    """
    try:
        return model.model_validate(mapping)
    except ValidationError as error:
        raise SynthinvError(f"{source}: {_sentence(error, mapping)}") from None


def _sentence(error: ValidationError, mapping: Any) -> str:
    problem = error.errors()[0]
    field = _field(problem["loc"], mapping)
    message = " ".join(str(problem["msg"]).removeprefix("Value error, ").split())
    if problem["type"] == "extra_forbidden":
        message = "is not a known key; remove it or correct its spelling"
    elif problem["type"] == "missing":
        message = "is missing; add it"
    elif problem["type"] != "value_error":
        message = f"{message[0].lower()}{message[1:]}, but is {_SHOWN.repr(problem['input'])}"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{field}: {message}{more}" if field else f"{message}{more}"


def _field(location: tuple[str | int, ...], mapping: Any) -> str:
    """Name a field by the user's own keys; pydantic adds the branches of unions to them."""
    parts: list[str] = []
    node = mapping
    for i, part in enumerate(location):
        within = isinstance(node, Mapping) and part in node
        within |= isinstance(node, Sequence) and isinstance(part, int) and part < len(node)
        if within:
            node = node[part]
        # A key that is absent is kept only in the last place: there it is the missing one.
        elif i < len(location) - 1 or not isinstance(node, Mapping):
            continue
        parts.append(" ".join(str(part).split())[:LONGEST_KEY])
    return ".".join(parts)
