"""How a folder or a live site answers: always with an answer, never with an exception.

This module decides what is waited for and how much is read. A folder answers like a
server without rules; a live site is asked over HTTP, nothing is followed, and what goes
wrong is part of the answer.
"""

from __future__ import annotations

import http.client
import ipaddress
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar
from urllib.parse import quote, unquote, urljoin, urlsplit

from mesokg import __version__
from mesokg.errors import UsageError

__all__ = ["Answer", "Folder", "Live", "Place", "is_loopback", "open_place"]

_CHUNK: Final = 65_536
#: What links of a folder are resolved against; it is never asked.
_NOWHERE: Final = "http://folder.invalid/"
_AGENT: Final = f"mesokg/{__version__} (check-site)"
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a URL. `problem` says why there is no whole answer, or is empty."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    problem: str = ""

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def found(self) -> bool:
        """Whether the whole of a document came."""
        return self.status == 200 and not self.problem


@dataclass(frozen=True, slots=True)
class Folder:
    """A site on disk."""

    root: Path
    url: str = _NOWHERE
    live: bool = False

    def paths(self) -> tuple[str, ...]:
        """Every file, in order; links that leave the folder are not files of it."""
        inside = self.root.resolve()
        return tuple(
            sorted(
                path.relative_to(self.root).as_posix()
                for path in self.root.rglob("*")
                if path.is_file() and path.resolve().is_relative_to(inside)
            )
        )

    def ask(self, url: str, accept: str = "*/*", *, body: bool = True) -> Answer:
        """The file of a URL; `accept` counts for nothing."""
        path = unquote(url.removeprefix(self.url).partition("#")[0].partition("?")[0])
        if path == "" or path.endswith("/"):
            path += "index.html"
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or "\0" in path:
            return Answer(url, 404)
        file = self.root / pure
        try:
            if not file.is_file() or not file.resolve().is_relative_to(self.root.resolve()):
                return Answer(url, 404)
            return Answer(url, 200, {}, file.read_bytes() if body else b"")
        except OSError as error:
            return Answer(url, 0, problem=error.strerror or str(error))

    def each(self, ask: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
        """The results for all items, in their order."""
        return [ask(item) for item in items]


@dataclass(frozen=True, slots=True)
class Live:
    """A site behind a URL that ends in a slash.

    `timeout` bounds each wait and each answer, `largest` the bytes of one answer; `workers`
    requests are under way at once.
    """

    url: str
    timeout: float = 20
    largest: int = 512 * 2**20
    workers: int = 8
    live: bool = True

    def paths(self) -> tuple[str, ...]:
        """Where to begin: what a site has in fixed places."""
        return ("", "sitemap.xml", "robots.txt", "404.html", ".well-known/void")

    def ask(self, url: str, accept: str = "*/*", *, body: bool = True) -> Answer:
        """What the server says to one GET; redirects are an answer like any other."""
        request = urllib.request.Request(
            url, headers={"Accept": accept, "Accept-Encoding": "identity", "User-Agent": _AGENT}
        )
        try:
            with _OPENER.open(request, timeout=self.timeout) as response:
                headers: dict[str, str] = {}
                for name, value in response.headers.items():
                    held = headers.get(name.lower())
                    headers[name.lower()] = f"{held}, {value}" if held else value
                data, problem = self._read(response) if body else (b"", "")
                return Answer(url, response.status, headers, data, problem)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            return Answer(url, 0, problem=_words(reason))

    def _read(self, response: http.client.HTTPResponse) -> tuple[bytes, str]:
        end = time.monotonic() + 10 * self.timeout
        parts = []
        size = 0
        while chunk := response.read(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > self.largest:
                return b"", f"it is larger than {self.largest:,} bytes"
            if time.monotonic() > end:
                return b"", f"it was not complete after {10 * self.timeout:g} seconds"
        if response.length:  # what is left to read of the length that was announced
            return b"", f"it is cut off, {response.length:,} bytes are missing"
        return b"".join(parts), ""

    def each(self, ask: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
        """The results for all items, in their order; several at a time."""
        work: Sequence[_In] = tuple(items)
        if len(work) < 2:
            return [ask(item) for item in work]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(ask, work))


Place = Folder | Live


def open_place(place: str | Path, *, timeout: float = 20, workers: int = 8) -> Place:
    """The site at a URL or in a folder. Raises UsageError (``no-such-site``)."""
    text = str(place)
    if "://" not in text:
        folder = Path(place)
        if folder.is_dir():
            return Folder(folder)
        raise UsageError(
            f"{text}: there is no such folder", code="no-such-site",
            hint="name the folder of a site, or its address with https://",
        )  # fmt: skip
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and parts.username is None and parts.password is None
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(
            f"{text}: is not the address of a site", code="no-such-site",
            hint="an address begins with http:// or https:// and holds no password",
        )  # fmt: skip
    url = urljoin(text, ".") if parts.path.endswith(".html") else text.partition("#")[0]
    url = url.partition("?")[0]
    url = quote(url, safe="/:%@!$&'()*+,;=~-._[]")
    return Live(url if url.endswith("/") else f"{url}/", timeout=timeout, workers=workers)


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _words(reason: object) -> str:
    """Why something failed, on one line."""
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return " ".join(str(text).split())[:200]


def _opener() -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
    ):
        opener.add_handler(handler)
    return opener


_OPENER: Final = _opener()
