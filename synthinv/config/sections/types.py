"""Types that fields of several sections have."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

# Largest number of files of a kind: five digits can name them, and Snakemake plans them in minutes.
MOST_FILES = 100_000

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]


def _named(path: str) -> str:
    """Refuse a path without a name, which would stand for the working folder."""
    if not path.strip():
        raise ValueError("is empty; name a file or a folder, or leave it out")
    return path


FileName = Annotated[str, AfterValidator(_named)]
"""Path of a file or a folder that is read."""


# The two functions below change values, where the validators of sections only check. They must:
# YAML reads 1e-4 as text, and Snakemake compares parameters as text. Code digests do not count them
# and need not: what they return is a parameter of the rules that use it, so that another value
# re-runs these.


def _as_number(value: Any) -> Any:
    """Convert numbers that YAML reads as text, such as 1e-4; return any other value as it is."""
    if isinstance(value, str):
        for number in (int, float):
            try:
                return number(value)
            except ValueError:
                continue
    return value


def _in_order(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings sorted by name, since their order means nothing."""
    return dict(sorted(settings.items()))


Setting = Annotated[int | float | str, BeforeValidator(_as_number)]

Settings = Annotated[dict[str, Setting], AfterValidator(_in_order)]

SolverSettings = Annotated[
    dict[str, Setting | tuple[int, ...] | tuple[str, ...]], AfterValidator(_in_order)
]
