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
# Faults, as pydantic calls them: of the key that chooses among sections, and of a value's type.
_OF_A_KIND = frozenset({"union_tag_invalid", "union_tag_not_found"})
_LISTS = frozenset({"list_type", "tuple_type"})
_MAPPINGS = frozenset({"dict_type", "model_attributes_type", "model_type"})

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
    location = problem["loc"]
    if problem["type"] in _OF_A_KIND:
        # The kind of a section that has several, such as engine.kind.
        location += (problem["ctx"]["discriminator"].strip("'"),)
    field, message = _field(location, mapping), _fault(problem)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{field}: {message}{more}" if field else f"{message}{more}"


def _fault(problem: Mapping[str, Any]) -> str:
    """Say what is wrong with a value, and what to do."""
    kind, value = problem["type"], problem["input"]
    message = " ".join(str(problem["msg"]).removeprefix("Value error, ").split())
    if kind == "value_error":
        return message
    if kind == "extra_forbidden":
        return "is not a known key; remove it or correct its spelling"
    if kind in ("missing", "union_tag_not_found"):
        return "is missing; add it"
    if kind == "union_tag_invalid":
        tag, known = (problem["ctx"][key] for key in ("tag", "expected_tags"))
        return f"{_SHOWN.repr(tag)} is not one of {known}; correct it"
    if kind in _LISTS:
        # As YAML has it, without quotation marks.
        one = _SHOWN.repr(value).strip("'")
        such = f", such as [{one}]" if isinstance(value, str | int | float) else ""
        return f"should be a list{such}, but is {_SHOWN.repr(value)}"
    if kind in _MAPPINGS:
        return f"should hold keys with values, but is {_SHOWN.repr(value)}"
    return f"{message[0].lower()}{message[1:]}, but is {_SHOWN.repr(value)}"


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
