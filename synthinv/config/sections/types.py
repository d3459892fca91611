"""What fields of several sections have in common."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

# As many as five digits can name, and Snakemake can plan in minutes.
MOST_FILES = 100_000

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]


def _as_number(value: Any) -> Any:
    """Read what YAML takes for text, such as 1e-4, as the number that is meant."""
    if isinstance(value, str):
        for number in (int, float):
            try:
                return number(value)
            except ValueError:
                continue
    return value


def _in_order(settings: dict[str, Any]) -> dict[str, Any]:
    """Sort by name: Snakemake compares parameters as text, and their order means nothing."""
    return dict(sorted(settings.items()))


Setting = Annotated[int | float | str, BeforeValidator(_as_number)]

Settings = Annotated[dict[str, Setting], AfterValidator(_in_order)]

SolverSettings = Annotated[dict[str, Setting | tuple[int, ...]], AfterValidator(_in_order)]
