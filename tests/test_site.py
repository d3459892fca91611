"""The documentation's site builds without a warning, opens from the disk, and asks for nothing."""

import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.browser import Browser

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "docs" / "gallery"
# Addresses that pages may name in links to click on.
ELSEWHERE = ("http://", "https://")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return folder


class _Page(HTMLParser):
    """The addresses that a page names, and its anchors."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif name == "src" or (name == "href" and tag == "link"):
                self.loaded.append(value or "")
            elif name == "href":
                self.links.append(value or "")


@cache
def read(file: Path) -> _Page:
    return _Page(file)


def pages(site: Path) -> list[Path]:
    # The page of what was not found is addressed from the root of a server.
    return [file for file in sorted(site.rglob("*.html")) if file.name != "404.html"]


def leads_nowhere(file: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    target = file.parent / path if path else file
    if not target.is_file():
        return True
    return (
        bool(anchor) and target.suffix == ".html" and anchor not in read(target.resolve()).anchors
    )


def test_every_internal_link_leads_somewhere(site: Path) -> None:
    assert len(pages(site)) > 40
    broken = {
        (file.relative_to(site).as_posix(), link)
        for file in pages(site)
        for link in {*read(file).links, *read(file).loaded}
        if not link.startswith((*ELSEWHERE, "data:", "mailto:", "javascript:"))
        and leads_nowhere(file, link)
    }
    assert broken == set()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = {link for file in pages(site) for link in read(file).loaded}
    assert {link for link in loaded if link.startswith((*ELSEWHERE, "//"))} == set()
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert re.findall(r"url\(\s*[\"']?(?:https?:)?//", text) == []


def test_pages_open_without_an_error_or_a_request_to_elsewhere(
    site: Path, browser: Browser
) -> None:
    own = site.resolve().as_uri()
    for file in pages(site):
        page = browser.open(file)
        assert page.complaints == [], file
        assert [url for url in page.requests if not url.startswith(own)] == [], file
        assert min(page.pictures, default=1) > 0, file
        assert [p for p in page.players if p.error] == [], file


def test_all_sounds_of_the_gallery_play(site: Path, browser: Browser) -> None:
    page = browser.open(site / "gallery.html")
    sounds = sorted(GALLERY.glob("*-original.flac"))
    assert len(page.players) == 3 * len(sounds)
    for player in page.players:
        assert (player.controls, player.error, player.ready) == (True, None, 4)
        assert 0.2 < player.seconds <= 2


def test_the_gallery_has_a_dozen_sounds_and_a_failure_in_three_megabytes() -> None:
    files = list(GALLERY.iterdir())
    assert {re.sub(r".*-", "", file.stem) for file in files} == {"original", "match", "thesis"}
    assert len(files) >= 3 * 12
    assert sum(file.stat().st_size for file in files) <= 3e6
    text = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert {ROOT / "docs" / name for name in re.findall(r'src="([^"]+)"', text)} == set(files)
    assert re.search("^(Not found: a patch for|Far off, so a failure:) ", text, flags=re.MULTILINE)
    assert "MIT" in text


def test_the_search_finds_a_page_on_a_site_opened_from_the_disk(
    site: Path, browser: Browser
) -> None:
    browser.open(site / "index.html")
    assert "Hear it" in browser.found(".md-search__input", "clarinet", ".md-search-result__item")


def test_every_page_is_in_the_navigation(site: Path) -> None:
    # MkDocs itself refuses a page that is in none; the notebook's is made by a hook.
    shown = {link.partition("#")[0] for link in read(site / "index.html").links}
    written = {file.relative_to(site).as_posix() for file in pages(site)}
    assert written <= shown
