"""The pictures of docs/look.md: ``make pictures``; names as arguments draw those only.

For each kind of page one picture: on a wide screen in light and in dark, on a tablet, on a
phone in both. Chromium takes them and packs them; what does not fit its size is packed harder.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from browser import Browser, Tab, serve, start
from mesokg.assets import built
from mesokg.checks import validate
from mesokg.dataset import load
from mesokg.products import site_files
from mesokg.project import open_project

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "look"
PAGES: Final[Mapping[str, str]] = {
    "home": "index.html",
    "article": "article/mhl.html",
    "claim": "claim/mhl-c40.html",
    "treatment": "treatment/mesotherapy.html",
    "source": "work/konda-thappa-2013.html",
    "map": "map.html",
    "sparql": "sparql.html#query=list-claims&p.kind=harm",
    "vocabulary": "ns.html",
    "quality": "quality.html",
}
#: The screens: width, scheme, and where and how large each stands in the picture.
SCREENS: Final = (
    (1440, 1100, "light", 720),
    (1440, 1100, "dark", 720),
    (768, 1375, "light", 307),
    (320, 1100, "light", 160),
    (320, 1100, "dark", 160),
)
#: No picture is larger than this.
MOST: Final = 60_000


def shot(browser: Browser, url: str, width: int, height: int, scheme: str) -> bytes:
    """What a reader sees first of a page."""
    with browser.tab(scheme=scheme, width=width) as tab:
        tab.run(
            "await page.setViewportSize({ width: args.width, height: args.height })",
            width=width,
            height=height,
        )
        tab.open(url)
        if "sparql.html" in url:
            tab.run("await page.waitForSelector('#answer table')")
            if width > 1000:
                tab.run("await page.evaluate(() => document.querySelector('.actions')"
                        ".scrollIntoView({ block: 'center' }))")  # fmt: skip
            else:
                tab.run("await page.evaluate(() => document.querySelector('#answer')"
                        ".scrollIntoView())")  # fmt: skip
        return base64.b64decode(
            tab.run("return (await page.screenshot({ type: 'png' })).toString('base64')")
        )


def board(tab: Tab, shots: list[bytes]) -> bytes:
    """The screens beside each other, as WebP."""
    images = "".join(
        f'<img width="{shown}" src="data:image/png;base64,{base64.b64encode(data).decode()}">'
        for data, (*_, shown) in zip(shots, SCREENS, strict=True)
    )
    tab.run(
        """await page.setContent(`<!doctype html>
          <body style="margin:0;background:#8a877f;display:flex;gap:8px;
          padding:8px;align-items:start;width:max-content">${args.images}</body>`);
        await page.waitForFunction(() => [...document.images].every((one) => one.complete));""",
        images=images,
    )
    for quality in range(70, 0, -5):
        data = base64.b64decode(
            tab.run(
                """const { width, height } = await page.locator("body").boundingBox();
                await page.setViewportSize({ width: Math.ceil(width), height: Math.ceil(height) });
                const session = await page.context().newCDPSession(page);
                const { data } = await session.send("Page.captureScreenshot",
                  { format: "webp", quality: args.quality });
                return data;""",
                quality=quality,
            )
        )
        if len(data) <= MOST:
            return data
    sys.exit("a picture does not fit its size")


def main() -> None:
    """Builds the flagship's site and writes its pictures."""
    project = open_project(ROOT / "mesokg.toml")
    dataset = load(project)
    if built() is None:
        sys.exit("the scripts of the site are not built: make build")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for file in site_files(dataset, validate(dataset, project), project):
            path = Path(place) / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        with serve(Path(place)) as address, start() as browser:
            for name in sys.argv[1:] or PAGES:
                url = f"{address}/{PAGES[name]}"
                shots = [
                    shot(browser, url, width, height, scheme)
                    for width, height, scheme, _ in SCREENS
                ]
                with browser.tab() as tab:
                    (FOLDER / f"{name}.webp").write_bytes(board(tab, shots))
                sys.stdout.write(f"docs/look/{name}.webp\n")


if __name__ == "__main__":
    main()
