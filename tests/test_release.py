"""What a release consists of beside the code."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import synthinv

ROOT = Path(__file__).parents[1]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
    return project


def test_the_version_is_written_once_in_the_code_and_agrees_everywhere() -> None:
    assert project()["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", synthinv.__version__)
    assert yaml.safe_load(read("CITATION.cff"))["version"] == synthinv.__version__
    headings = re.findall(r"^## \[?(\d+\.\d+\.\d+)", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert headings[:1] == [synthinv.__version__]


def test_the_description_begins_with_what_the_readme_promises() -> None:
    readme = " ".join(read("README.md").split())
    promise = re.search(r"finds (the knob positions .*? come closest to)", readme)
    assert promise is not None
    assert project()["description"].startswith(f"Find {promise[1]} a sound")


def test_addresses_are_in_both_files_or_in_neither() -> None:
    assert ("urls" in project()) == ("repository-code" in yaml.safe_load(read("CITATION.cff")))


def test_hosted_ci_runs_what_a_change_must_pass() -> None:
    steps = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == ["bash .ci/run"]
    minor = next(step["with"]["python-version"] for step in steps if "setup-python" in str(step))
    assert project()["requires-python"] == f">={minor}"


@pytest.mark.parametrize("form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")))
def test_an_issue_form_asks_something(form: Path) -> None:
    content = yaml.safe_load(form.read_text("utf-8"))
    assert {"name", "description", "body"} <= content.keys()
    assert any(field.get("validations", {}).get("required") for field in content["body"])


def test_the_container_copies_what_exists_and_runs_the_report() -> None:
    lines = read("Containerfile").splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    assert lines[-1] == 'CMD ["make", "report"]'
