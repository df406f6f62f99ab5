"""The static site's files over HTTP: the same bytes, negotiated as the best host would.

The application is called as a server calls it, without a port.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyoxigraph as ox
import pytest

from http_client import Got
from mesokg.dataset import Dataset, read
from mesokg.errors import UsageError
from mesokg.serve import DatasetSource, FilesSource, Limits, make_app

BASE = "https://example.org/kg/"
PAGES = {
    "index.html": b"<!doctype html>home",
    "claim/c01.html": b"<!doctype html>one " + b"x" * 2000,
    "claim/c01.ttl": b"<a:b> <a:b> 1 .",
    "claim/c01.jsonld": b"{}",
    "claim/c01.nt": b"<a:b> <a:b> 1 .",
    "treatment/index.html": b"<!doctype html>list",
    "ns.html": b"<!doctype html>terms",
    "ns.ttl": b"<a:b> <a:b> 2 .",
    "static/site.css": b"body { }",
    "404.html": b"<!doctype html>none",
    "odd name&.html": b"<!doctype html>odd",
}
DATASET = Dataset(
    read(
        f"<{BASE}claim/c02> <{BASE}p> <{BASE}claim/c01> . <{BASE}x> <{BASE}p> <{BASE}claim/c02> ."
    ).quads,
    base=BASE,
)
Get = Callable[..., Got]


@contextmanager
def started(pages: Mapping[str, bytes]) -> Iterator[Get]:
    """What sends a GET request to the application, which runs in a loop of its own."""
    app = make_app(DatasetSource.of(DATASET, pages=pages), Limits(workers=2))
    with asyncio.Runner() as runner:
        inbox: asyncio.Queue[Any] = asyncio.Queue()
        outbox: asyncio.Queue[Any] = asyncio.Queue()
        loop = runner.get_loop()
        life = asyncio.ensure_future(app({"type": "lifespan"}, inbox.get, outbox.put), loop=loop)
        inbox.put_nowait({"type": "lifespan.startup"})
        assert runner.run(outbox.get())["type"] == "lifespan.startup.complete"

        def send(path: str, **headers: str) -> Got:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return runner.run(one(app, "GET", path, named))

        yield send
        inbox.put_nowait({"type": "lifespan.shutdown"})
        runner.run(ended(life))


async def ended(life: Awaitable[None]) -> None:
    await life


@pytest.fixture(scope="module")
def get() -> Iterator[Get]:
    with started(PAGES) as send:
        yield send


async def one(app: Any, method: str, path: str, headers: Mapping[str, str]) -> Got:
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "scheme": "http", "server": ("localhost", 80),
        "root_path": "", "http_version": "1.1",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await app(scope, never, send)
    start, *bodies = sent
    got = {name.decode(): value.decode() for name, value in start["headers"]}
    return Got(start["status"], got, b"".join(part.get("body", b"") for part in bodies))


def test_every_file_of_the_site_is_served_with_its_own_bytes(get: Get) -> None:
    found = [get(f"/{path}") for path in PAGES]
    assert [got.body for got in found] == list(PAGES.values())
    assert {got.status for got in found} == {200}
    types = dict(zip(PAGES, (got.type for got in found), strict=True))
    assert types["claim/c01.html"] == "text/html"
    assert types["claim/c01.jsonld"] == "application/ld+json"
    assert types["static/site.css"] == "text/css"


def test_a_page_is_sent_packed_and_not_again(get: Get) -> None:
    first = get("/claim/c01.html", accept_encoding="gzip")
    assert gzip.decompress(first.body) == PAGES["claim/c01.html"]
    again = get("/claim/c01.html", accept_encoding="gzip", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", ".html"),
        ("*/*", ".html"),
        ("", ".html"),
        ("text/turtle", ".ttl"),
        ("application/ld+json, text/turtle;q=0.5", ".jsonld"),
        ("text/html;q=0.2, application/n-triples;q=0.9", ".nt"),
    ],
)
def test_a_thing_is_seen_elsewhere(get: Get, accept: str, suffix: str) -> None:
    got = get("/claim/c01", accept=accept)
    assert (got.status, got.headers["location"]) == (303, f"c01{suffix}")
    assert got.headers["vary"] == "Accept"


def test_the_vocabulary_is_a_document_and_answers_itself(get: Get) -> None:
    got = get("/ns", accept="text/turtle")
    assert (got.status, got.body) == (200, PAGES["ns.ttl"])
    assert got.headers["content-location"] == "ns.ttl"
    assert get("/ns", accept="text/html").body == PAGES["ns.html"]


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/treatment", 301, "treatment/"),
        ("/claim/c01/", 301, "../c01"),
        ("/odd name&", 303, "odd%20name%26.html"),
        ("/api/", 301, "../api"),
    ],
)
def test_paths_that_lead_on(get: Get, path: str, status: int, location: str) -> None:
    got = get(path)
    assert (got.status, got.headers["location"]) == (status, location)


@pytest.mark.parametrize(
    "path", ["/", "/treatment/", "/index.html"], ids=["root", "section", "named"]
)
def test_sections_have_a_page(get: Get, path: str) -> None:
    assert get(path).type == "text/html"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "//evil.example/x", "/../secret", "/claim/../index.html", "/claim\\c01",
        "/claim/c01.html/", "/CLAIM/c01", "/claim/", "/\x00", "/%00", "/a" * 500,
    ],
)  # fmt: skip
def test_other_paths_are_not_found(get: Get, path: str) -> None:
    got = get(path)
    assert (got.status, got.code) == (404, "not-found")
    assert "location" not in got.headers


def test_a_thing_without_a_page_has_data_all_the_same(get: Get) -> None:
    assert get("/claim/c02").headers["location"] == "c02.ttl"
    got = get("/claim/c02.nt")
    assert len(list(ox.parse(got.body, format=ox.RdfFormat.N_TRIPLES))) == 2
    assert get("/claim/c03.nt").code == "not-found"


def test_without_a_site_the_root_says_where_to_go() -> None:
    with started({}) as send:
        got = send("/", accept="text/html")
    assert (got.status, got.headers["location"]) == (303, "sparql")


def test_what_cannot_be_loaded_is_told_when_the_service_starts(tmp_path: Any) -> None:
    (tmp_path / "bad.ttl").write_text("no Turtle", "utf-8")

    async def run() -> None:
        app = make_app(FilesSource((tmp_path / "bad.ttl",)))
        inbox: asyncio.Queue[Any] = asyncio.Queue()
        outbox: asyncio.Queue[Any] = asyncio.Queue()
        await inbox.put({"type": "lifespan.startup"})
        await app({"type": "lifespan"}, inbox.get, outbox.put)

    with pytest.raises(UsageError, match=r"bad\.ttl:1") as caught:
        asyncio.run(run())
    assert caught.value.code == "does-not-parse"
