"""A page in a real browser: what it shows, plays, says and asks for."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

# Named, or Selenium would look for them on the Internet.
DRIVER = shutil.which("chromedriver") or "chromedriver"
BROWSER = shutil.which("chromium") or "chromium"
OPTIONS = (
    "--headless=new",
    # As root, and in most containers, there is none. The pages are our own.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    # What a page asks for is refused, and noted down all the same.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
)
PATIENCE = 60
"""Seconds for all sounds of a page."""
PLAY_ALL = """
const done = arguments[arguments.length - 1];
const play = async (audio) => {
  audio.muted = true;
  const heard = new Promise((resolve, reject) => {
    audio.ontimeupdate = () => audio.currentTime > 0 && resolve(true);
    audio.onerror = () => reject(audio.error);
  });
  await audio.play();
  await heard;
  audio.pause();
};
const players = [...document.querySelectorAll("audio")].map(async (audio) => {
  const found = {controls: audio.controls, seconds: 0, ready: 0, error: null};
  try { await play(audio); } catch (error) { found.error = error.message || String(error); }
  return {...found, seconds: audio.duration, ready: audio.readyState};
});
const pictures = [...document.querySelectorAll("img, image")].map(async (picture) => {
  try { await picture.decode(); } catch (error) { return 0; }
  const box = picture.getBoundingClientRect();
  return Math.min(picture.naturalWidth ?? box.width, box.width, box.height);
});
const drawings = [...document.querySelectorAll("svg[aria-label]")].map((drawing) => {
  const parts = [...drawing.querySelectorAll("*")].map((part) => part.getBoundingClientRect());
  const seen = parts.length ? Math.max(...parts.map((box) => Math.min(box.width, box.height))) : 0;
  return [drawing.getAttribute("aria-label"), seen];
});
Promise.all([Promise.all(players), Promise.all(pictures), drawings]).then(done);
"""


@dataclass(frozen=True)
class Player:
    """A sound on a page: `error` says why it did not play, `ready` is 4 if it can to its end."""

    controls: bool
    seconds: float
    ready: int
    error: str | None


@dataclass(frozen=True)
class Page:
    """A page that was opened.

    Attributes
    ----------
    players : list of Player
        Its sounds, each of which was played.
    pictures : list of float
        The shorter side of each picture in pixels, 0 for one that is not shown.
    drawings : list of (str, float)
        Label of each vector drawing that has one, and the shorter side of its largest part in
        pixels.
    complaints : list of str
        What the browser wrote to its console.
    requests : list of str
        Addresses that were asked for, the page's own and those inside it left out.
    text : str
        What is read on it.
    """

    players: list[Player]
    pictures: list[float]
    drawings: list[tuple[str, float]]
    complaints: list[str]
    requests: list[str]
    text: str


class Browser:
    """Opens pages; `driver` is Selenium's."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver = driver

    def open(self, file: Path) -> Page:
        """Open a page, play its sounds, and tell what happened."""
        driver, address = self._driver, file.resolve().as_uri()
        # What the page before left in the logs.
        for log in ("browser", "performance"):
            driver.get_log(log)
        driver.get(address)
        players, pictures, drawings = driver.execute_async_script(PLAY_ALL)
        asked = [_requested(entry) for entry in driver.get_log("performance")]
        outside = [url for url in asked if url and url != address and not url.startswith("data:")]
        return Page(
            players=[Player(**player) for player in players],
            pictures=pictures,
            drawings=[(label, size) for label, size in drawings],
            complaints=[entry["message"] for entry in driver.get_log("browser")],
            requests=outside,
            text=driver.find_element("tag name", "body").text,
        )

    def overhang(self, file: Path, width: int) -> int:
        """Return how many pixels of a page lie beyond the edge of a window of some width."""
        driver = self._driver
        driver.get(file.resolve().as_uri())
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        beyond = "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
        found = int(driver.execute_script(beyond))
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        return found

    def found(self, field: str, text: str, results: str) -> str:
        """Type into a field of the page, and return what is shown once there are results.

        Parameters
        ----------
        field, results : str
            CSS selectors.
        text : str
            What to type.
        """
        driver = self._driver
        # Small windows hide the field behind a button.
        driver.set_window_size(1400, 900)
        typed = driver.find_element("css selector", field)
        typed.click()
        typed.send_keys(text)
        wait = WebDriverWait(driver, PATIENCE)
        wait.until(lambda driver: driver.find_elements("css selector", results))
        return "\n".join(e.text for e in driver.find_elements("css selector", results))


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Start a browser without a window, and stop it."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(DRIVER))
    try:
        driver.set_script_timeout(PATIENCE)
        yield Browser(driver)
    finally:
        driver.quit()


def _requested(entry: dict[str, Any]) -> str | None:
    """Return the address that an entry of the log of events is a request for."""
    event = json.loads(entry["message"])["message"]
    if event["method"] != "Network.requestWillBeSent":
        return None
    return str(event["params"]["request"]["url"])
