"""Takes a picture of a report's page, for the documents: `python -m tests.screenshot results/report.html PICTURE`.

It opens the page in Chromium, in the light scheme, sorts the table of one task by its first differences, and keeps the
panel at a score.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from browser import Page, opened


def main() -> None:
    """Writes the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--table", help="Of which the scores are shown, as the page names it.  [default: every one]")
    parser.add_argument(
        "--row", type=int, default=1, help="Of the table whose last score the panel is about; 1 is the first."
    )
    parser.add_argument("--width", type=int, default=1480)
    parser.add_argument("--height", type=int, default=1500)
    given = parser.parse_args()
    with TemporaryDirectory() as profile:
        for driver in opened(Path(profile)):
            page = Page(driver)
            page.resize(given.width, given.height)
            page.scheme("light")
            driver.get(given.report.resolve().as_uri())
            shot(page, given.table, given.row)
            picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
            assert page.complaints() == []
    picture.save(given.picture, optimize=True)
    print(f"{given.picture}: {picture.width} × {picture.height}, {given.picture.stat().st_size // 1000} kB")


def shot(page: Page, table: str | None, row: int) -> None:
    """Chooses what the picture shows."""
    if table:
        page.choose("#board", table)
    if page.all("#scores-table [data-sort^=difference]"):
        page.one("#scores-table [data-sort^=difference]").click()
    cells = page.all(f"#scores-table tbody:last-of-type tr:nth-child({row}) td[data-about]")
    page.run("arguments[0].focus({ preventScroll: true }); scrollTo(0, 0)", cells[-1])
    page.press("\ue007")


if __name__ == "__main__":
    main()
