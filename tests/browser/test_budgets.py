"""What a page costs its reader: requests, bytes on the wire, and how much it jumps about.

Content pages: at most three requests and 15 KB, packed as any host packs them, and nothing
moves after it was painted. What is dearer is named here, with its reason and its own bound.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import pytest

from browser import Browser

_KB: Final = 1024
#: A page of content, all that it fetches included.
BUDGET: Final = 15 * _KB
REQUESTS: Final = 3
#: Dearer pages: template -> (most bytes, why).
EXCEPTIONS: Final[Mapping[str, tuple[int, str]]] = {
    "map.html": (20 * _KB, "two maps and a graph, each drawn, as a list and as a table"),
    "shapes.html": (18 * _KB, "every rule in words, on one page that can be searched"),
    "sparql.html": (1_800_000, "a query engine, an editor and the whole graph"),
    "search.html": (60 * _KB, "the index of every page, with the script that searches it"),
}
#: How much may move where a script puts its tool into the page.
_MOVES: Final[Mapping[str, float]] = {"sparql.html": 0.01, "search.html": 0.25}
#: Served as they are: packed already.
_PACKED: Final = frozenset({".gz", ".png", ".webp"})


class _Fetched(HTMLParser):
    """The addresses that a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and given.get("rel") in {"stylesheet", "icon", "preload"}:
            self.found.append(given.get("href", ""))
        elif tag in {"script", "img", "iframe", "source"} and given.get("src"):
            self.found.append(given["src"])


def fetched(page: Path) -> Iterator[Path]:
    """The files that a browser asks for to show a page, itself first."""
    reader = _Fetched()
    reader.feed(page.read_text("utf-8"))
    yield page
    for address in reader.found:
        if not address.startswith("data:"):
            yield (page.parent / unquote(urlsplit(address).path)).resolve()


def packed(path: Path) -> int:
    """How many bytes of a file go over the wire where the host packs texts with gzip."""
    data = path.read_bytes()
    return len(data if path.suffix in _PACKED else gzip.compress(data, 9, mtime=0))


def test_every_page_of_content_keeps_to_its_budget(
    folder: Path, longest: Mapping[str, str]
) -> None:
    dear = {longest[template] for template in EXCEPTIONS}
    sizes: dict[Path, int] = {}
    seen = 0
    for page in sorted(folder.rglob("*.html")):
        name = page.relative_to(folder).as_posix()
        if name in dear:
            continue
        files = list(fetched(page))
        for file in files:
            if file not in sizes:
                sizes[file] = packed(file)
        assert len(files) <= REQUESTS, name
        assert sum(sizes[file] for file in files) <= BUDGET, name
        seen += 1
    assert seen > 500


@pytest.mark.parametrize("template", EXCEPTIONS)
def test_dearer_pages_keep_to_their_own(
    browser: Browser, address: str, folder: Path, longest: Mapping[str, str], template: str
) -> None:
    most, _ = EXCEPTIONS[template]
    with browser.tab() as tab:
        tab.open(f"{address}/{longest[template]}")
        tab.run("await page.waitForLoadState('networkidle')")
        asked = {url.removeprefix(address).partition("?")[0] for url in tab.seen["requests"]}
    files = [folder / path.lstrip("/") for path in asked if path.startswith("/")]
    assert BUDGET < sum(map(packed, files)) <= most


def test_pages_ask_for_what_they_say_and_nothing_jumps(
    browser: Browser, address: str, folder: Path, longest: Mapping[str, str]
) -> None:
    for template, path in longest.items():
        with browser.tab(width=390) as tab:
            tab.open(f"{address}/{path}")
            moved = tab.run(
                """return await page.evaluate(() => new Promise((done) => {
                  let sum = 0;
                  new PerformanceObserver((list) => {
                    for (const one of list.getEntries()) sum += one.value;
                  }).observe({ type: "layout-shift", buffered: true });
                  setTimeout(() => done(sum), 100);
                }))"""
            )
            assert moved <= _MOVES.get(template, 0), path
            asked = [url for url in tab.seen["requests"] if url.startswith("http")]
        if template not in EXCEPTIONS:
            assert len(asked) == len(list(fetched(folder / path))) <= REQUESTS, path


# --- style sheets -----------------------------------------------------------------------------


def test_no_page_wears_a_class_whose_rules_it_does_not_load(folder: Path) -> None:
    """What the sheets of other pages say of a class would be missed in silence."""
    known = {
        sheet.resolve(): set(re.findall(r"\.([a-z][a-z0-9-]*)", sheet.read_text("utf-8")))
        for sheet in (folder / "assets").glob("*.css")
    }
    everything = set().union(*known.values())
    missed: dict[str, set[str]] = {}
    for page in folder.rglob("*.html"):
        text = page.read_text("utf-8")
        worn = {name for names in re.findall(r'\sclass="([^"]*)"', text) for name in names.split()}
        loaded = set().union(*(known.get(file, set()) for file in fetched(page)))
        for name in (worn & everything) - loaded - _SHARED_WORDS:
            missed.setdefault(name, set()).add(page.name)
    assert not missed


#: Classes that mean something else in a sheet that the page does not load.
_SHARED_WORDS: Final = frozenset({"missing"})
