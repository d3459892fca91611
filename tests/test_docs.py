"""What the documents name exists, and what they show works."""

import re
from pathlib import Path

import pytest
import yaml

from synthinv.config import plan
from synthinv.config.load import load
from synthinv.config.merge import merged
from synthinv.instruments.load import load_instrument

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
)
# Whatever else may tell a user to run Snakemake.
MESSAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("config", "synthinv", "workflow", "benchmarks")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".j2", ".md", ".py", ".rst", ".sh", ".smk", ".yaml"}
    and "--configfile" in path.read_text(encoding="utf-8")
)
SUFFIXES = {".cff", ".md", ".py", ".rst", ".sh", ".smk", ".toml", ".yaml"}
# Below the results folder, the environment's, a synth's, or the reader's own.
NOT_IN_GIT = {
    "results",
    "site",
    "amsynth",
    "logs",
    "benchmarks",
    "capture",
    "gallery",
    "readings",
    "config.yaml",
    ".venv",
}
READERS_OWN = {"config/my-solver.yaml", "config/my-synth.yaml", "mine.yaml", "vital.yaml"}


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def code(text: str) -> list[str]:
    """Return all code: the lines of fenced blocks, and spans within sentences."""
    blocks = [line for block in fenced(text, r"\w*") for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return blocks + re.findall(r"`([^`]+)`", prose)


def named_files(text: str) -> set[str]:
    words = {word.strip("\"'(),;:") for line in code(text) for word in line.split()}
    paths = {word for word in words if re.fullmatch(r"\.?[\w-][\w.-]*(/[\w.-]+)*/?", word)}
    named = {p for p in paths if "/" in p or Path(p).suffix in SUFFIXES}
    return {
        path
        for path in named - READERS_OWN
        if path.split("/")[0] not in NOT_IN_GIT and "NAME" not in path
    }


def leads_somewhere(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(document: Path) -> set[str]:
    """Return a page's headings as GitHub names them in links."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [t for t in re.findall(r"\]\(([^)\s]+)\)", text) if not t.startswith("https://")]
    assert [t for t in links if not leads_somewhere(ROOT / document, t)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_named_exists(document: str) -> None:
    named = named_files((ROOT / document).read_text(encoding="utf-8"))
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_named_exists(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, flags=re.MULTILINE))
    text = (ROOT / document).read_text(encoding="utf-8")
    named = {m[1] for line in code(text) if (m := re.match(r"make ([a-z0-9-]+)", line))}
    assert named <= targets


def test_every_page_that_make_writes_is_one_of_the_documentation() -> None:
    """MkDocs refuses to build a site of which one is left out."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$*", "NAME")
    written = set(re.findall(r"\bdocs/[\w/.-]+\.md\b", makefile))
    assert "docs/solvers/one-oscillator.md" in written
    assert sorted(written - set(DOCUMENTS)) == []


def swallowed(text: str) -> list[str]:
    """Return what stands after `--configfile` without being a configuration file or an option."""
    found = []
    for words in re.findall(r"--configfiles?[ \n]((?:[ \n]*[\w$.(/][^\s`|;\\]*)+)", text):
        found += [w for w in words.split() if not re.match(r"\S+\.yaml\b|\$\(\w*CONFIG\)", w)]
    return found


def test_a_target_after_configfile_is_found() -> None:
    late = "snakemake --configfile mine.yaml results/monark/capture/test/00000.json"
    assert swallowed(late) == ["results/monark/capture/test/00000.json"]
    assert swallowed("snakemake --configfile\n   $(THESIS_CONFIG) figures || exit") == ["figures"]
    assert swallowed("snakemake --configfile a.yaml b.yaml -- results/config.yaml") == []
    assert swallowed("snakemake --cores 2 --configfile a.yaml --until capture_shard") == []


@pytest.mark.parametrize("document", [*DOCUMENTS, "Makefile", *MESSAGES])
def test_targets_come_before_configfile(document: str) -> None:
    """Snakemake takes every word after `--configfile` for a file to read."""
    text = (ROOT / document).read_text(encoding="utf-8")
    spans = code(text) if document.endswith(".md") else text.splitlines()
    assert [word for span in spans for word in swallowed(span)] == []


def test_the_index_has_every_page_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(
        r"^\| \[[^\]]+\]\(([^)]+)\)", (folder / "index.md").read_text("utf-8"), re.M
    )
    assert sorted([*listed, "index.md"]) == sorted(path.name for path in folder.iterdir())


def test_the_readme_is_short_and_has_one_picture() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text) == ["docs/match.png"]


def test_the_picture_of_the_workflow_has_every_rule() -> None:
    rules = {"all"}
    # It is drawn of what leads to the report of the quick scale.
    beside = {
        ROOT / "workflow" / "rules" / name
        for name in ("benchmark.smk", "gallery.smk", "match.smk", "presets.smk", "readings.smk")
    }
    for file in set((ROOT / "workflow" / "rules").iterdir()) - beside:
        rules |= set(re.findall(r"^ *rule (\w+):", file.read_text(encoding="utf-8"), re.MULTILINE))
    picture = (ROOT / "docs" / "dag.svg").read_text(encoding="utf-8")
    assert set(re.findall(r">([a-z_]+)</text>", picture)) == rules


def test_the_example_configuration_is_valid() -> None:
    page = ROOT / "docs" / "own-synth.md"
    complete, *sections = map(yaml.safe_load, fenced(page.read_text(encoding="utf-8"), "yaml"))
    load(complete, page.name)
    whole = dict(complete)
    for section in sections:
        whole |= section
    assert load(whole, page.name).solvers[0].train == "learning"
    own_synth = yaml.safe_load((ROOT / "config/own-synth.yaml").read_text("utf-8"))
    loaded = load(merged(own_synth, complete), page.name)
    assert loaded.engine.kind == "live"
    own = loaded.instrument_of()
    assert {loaded.instrument_of(name) for name in plan.captured_data_sets(loaded)} == {own}
    for data_set in loaded.data_sets:
        load_instrument(own, data_set.fixed)
