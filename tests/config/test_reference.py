from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from synthinv.config import reference
from synthinv.config.root import Config
from synthinv.instruments.model import Instrument

MODELS = [model for root in (Config, Instrument) for model in reference._models(root)]


@pytest.mark.parametrize("name", ["docs/configuration.md", "config/schema.json"])
def test_the_committed_reference_is_the_generated_one(
    root: Path, tmp_path: Path, name: str
) -> None:
    reference.write(tmp_path)
    committed = (root / name).read_text(encoding="utf-8")
    assert committed == (tmp_path / name).read_text(encoding="utf-8"), "run `make docs`"


@pytest.mark.parametrize("model", MODELS, ids=lambda m: str(m.__name__))
def test_every_section_and_every_field_is_described(model: type[BaseModel]) -> None:
    assert (model.__doc__ or "").strip()
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_every_section_and_every_field_is_in_the_reference() -> None:
    text = reference.markdown()
    for model in MODELS:
        section = text.split(f"### {model.__name__}\n")[1].split("\n### ")[0]
        assert all(f"| `{name}` |" in section for name in model.model_fields)


def test_tables_have_as_many_columns_as_their_heads() -> None:
    rows = [line for line in reference.markdown().splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {5}


def test_the_schema_refuses_unknown_keys() -> None:
    schema: dict[str, Any] = Config.model_json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(Config.model_fields)
