"""A real browser without a window, and the page in it as a reader would use it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from xbench.reporting.columns import columns
from xbench.reporting.page import Picture, write_page

_PLACES = ("chromium", "chromium-browser", "google-chrome")
# What a browser does besides showing a page: none of it is wanted in a test.
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip


def opened(profile: Path) -> Iterator[Any]:
    """A driver with an empty profile; skips where there is no browser. Closed at the end."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium: install xbench[dev]")
    from selenium.webdriver.chrome.service import Service

    browser = next(filter(None, map(shutil.which, _PLACES)), None)
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("no Chromium with its driver here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in (*_QUIET, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # The driver's own path: selenium would look for one on the network.
    made = webdriver.Chrome(options=options, service=Service(driver))
    made.set_page_load_timeout(120)
    made.set_script_timeout(120)
    # A window that is not in front tells nobody of the focus; whether a headless one is depends on the version.
    made.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    try:
        yield made
    finally:
        made.quit()


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2 of `rgb(r, g, b)`."""
    parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


_TEXTS = """
    const ground = (one) => {
      const own = getComputedStyle(one).backgroundColor;
      return own === "rgba(0, 0, 0, 0)" && one.parentElement ? ground(one.parentElement) : own;
    };
    const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      && !one.closest("svg, script, .unseen, .skip, option")
      && [...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    return [...document.querySelectorAll("body *")].filter(seen)
      .map((one) => [`${one.textContent.slice(0, 40)} ${one.className}`, getComputedStyle(one).color, ground(one)]);
"""
"""Every element with a text of its own: what it is, its colour, and that of the ground beneath."""


class Page:
    """A page in a browser."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def show(self, folder: Path, scores: pd.DataFrame, pictures: Sequence[Picture] = (), **options: Any) -> Page:
        """Writes a page of these scores and opens it as a file."""
        return self.open(write_page(folder / "report.html", columns(scores), pictures, **options))

    def open(self, path: Path) -> Page:
        """Opens a page as a file."""
        self.resize(1400, 1000)
        self.scheme("light")
        self.driver.get_log("browser")
        self.driver.get(path.as_uri())
        return self

    def scheme(self, name: str, media: str = "") -> None:
        """What the system would say: `light` or `dark`; on paper with `print`."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def run(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        """What a reader sees, on one line."""
        return " ".join(self.one(selector).text.split())

    def texts(self, selector: str) -> list[str]:
        """Texts of all that a selector finds, asked for at once."""
        script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.trim())"
        return list(self.run(script, selector))

    def rows(self, table: str = "scores") -> list[list[str]]:
        """Texts of the body of a table; in each row, of the heading and every cell that can be reached."""
        script = """
            const rows = document.querySelectorAll(`#${arguments[0]}-table tbody:last-of-type tr`);
            const text = (cell) => (cell.querySelector(".value, span[dir]") ?? cell).textContent.trim();
            return [...rows].map((row) => [...row.querySelectorAll("th, [data-about]")].map(text));
        """
        return list(self.run(script, table))

    def focus(self, place: int, table: str = "scores") -> None:
        """Puts the focus on the nth number in the body of a table."""
        cells = f"#{table}-table tbody:last-of-type td[data-about]"
        self.run("document.querySelectorAll(arguments[0])[arguments[1]].focus()", cells, place)

    def type(self, selector: str, text: str) -> None:
        """Replaces what stands in a field."""
        self.one(selector).send_keys("\ue009a\ue009\ue003" + text)

    def choose(self, selector: str, text: str) -> None:
        from selenium.webdriver.support.ui import Select

        Select(self.one(selector)).select_by_visible_text(text)

    def tick(self, picker: str, label: str) -> None:
        """Opens a picker, presses one of its boxes, and closes it."""
        self.one(f"#{picker} > summary").click()
        (box,) = [one for one in self.all(f"#{picker} label") if one.find_element("css selector", "span").text == label]
        box.click()
        self.press("\ue00c")

    def press(self, *keys: str) -> None:
        """Presses keys where the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def contrasts(self) -> list[tuple[str, float]]:
        """Every element with a text of its own, and the contrast to what is beneath, as WCAG 2.2 has it."""
        found = []
        for text, *colours in self.run(_TEXTS):
            dark, light = sorted(map(luminance, colours))
            found.append((text, (light + 0.05) / (dark + 0.05)))
        return found

    def complaints(self) -> list[str]:
        """What the browser has to say about the page."""
        return [entry["message"] for entry in self.driver.get_log("browser")]
