"""The profile for Slurm, read as Snakemake reads it: every rule has its requests."""

import re
from pathlib import Path

import pytest
from snakemake.profiles import ProfileConfigFileParser

TRAININGS = {"grid_search_cell", "train_network", "train_reading", "train_solver"}
# Like trainings, jobs that take minutes and more.
LONG = {
    "tabulate_presets",
    "refine",
    "patch_search",
    "benchmark_match",
    "benchmark_nearest",
    "benchmark_search",
}
# Rules that run where Snakemake does, or that only ask for files.
LOCAL = {"grid_search_winner", "match", "benchmark_sounds"}

Requests = dict[str, dict[str, str]]


@pytest.fixture
def rules(root: Path) -> set[str]:
    text = "".join(file.read_text() for file in (root / "workflow" / "rules").glob("*.smk"))
    return set(re.findall(r"^ *rule (\w+):", text, flags=re.MULTILINE)) - LOCAL


def _read(root: Path) -> tuple[Requests, dict[str, str], dict[str, str]]:
    file = root / "workflow" / "profiles" / "slurm" / "config.yaml"
    with file.open(encoding="utf-8") as stream:
        profile = ProfileConfigFileParser().parse(stream)
    requests: Requests = {}
    for entry in profile["set-resources"]:
        rule, name, value = re.split("[:=]", entry, maxsplit=2)
        requests.setdefault(rule, {})[name] = value
    groups = dict(entry.split("=") for entry in profile["groups"])
    components = dict(entry.split("=") for entry in profile["group-components"])
    return requests, groups, components


def test_every_rule_asks_for_memory_and_time_and_for_more_when_it_is_tried_again(
    root: Path, rules: set[str]
) -> None:
    requests, _, _ = _read(root)
    assert set(requests) == rules
    for rule, asked in requests.items():
        for resource in ("mem_mb", "runtime"):
            assert re.fullmatch(r"attempt \* \d+", asked[resource]), (rule, resource)


def test_every_rule_with_short_jobs_is_in_a_group(root: Path, rules: set[str]) -> None:
    _, groups, components = _read(root)
    assert set(groups) == rules - TRAININGS - LONG
    assert set(components) <= set(groups.values())


@pytest.mark.parametrize("gpu", ["0", "1"])
def test_trainings_alone_ask_for_a_gpu_and_only_where_there_are_any(
    root: Path, monkeypatch: pytest.MonkeyPatch, gpu: str
) -> None:
    monkeypatch.setenv("SYNTHINV_GPU", gpu)
    requests, _, _ = _read(root)
    asked = {rule: values["gpu"] for rule, values in requests.items() if "gpu" in values}
    assert asked == dict.fromkeys(TRAININGS, gpu)
