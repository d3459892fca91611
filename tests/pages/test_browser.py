"""The browser in which tests open pages: it reports what is wrong with them."""

from pathlib import Path

import numpy as np

from synthinv.pages.html import audio_uri
from tests.browser import Browser

SOUND = audio_uri(np.sin(np.arange(8_000) / 20).astype(np.float32), 8_000)
PICTURE = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='30' height='20'/>"


def test_a_good_page_is_reported_without_complaints(tmp_path: Path, browser: Browser) -> None:
    content = f'<p>Hello<audio controls src="{SOUND}"></audio><img src="{PICTURE}" alt="">'
    (tmp_path / "good.html").write_text(f'<link rel="icon" href="data:,">{content}')
    page = browser.open(tmp_path / "good.html")
    (player,) = page.players
    assert (player.controls, player.seconds, player.ready, player.error) == (True, 1, 4, None)
    assert (page.pictures, page.complaints, page.requests) == ([20], [], [])
    assert page.text == "Hello"


def test_faults_of_a_page_are_reported(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "bad.html").write_text(
        '<link rel="icon" href="data:,"><audio src="data:audio/wav;base64,AAAA"></audio>'
        '<img src="data:image/png;base64,AAAA" alt="">'
        '<img src="http://elsewhere.test/a.png" alt="">'
        "<script>undefinedName()</script>"
    )
    page = browser.open(tmp_path / "bad.html")
    (player,) = page.players
    assert player.error
    assert page.pictures == [0, 0]
    assert "http://elsewhere.test/a.png" in page.requests
    assert any("undefinedName" in complaint for complaint in page.complaints)
