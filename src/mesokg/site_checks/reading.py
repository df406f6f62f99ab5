"""What a page holds that can be checked: where it leads, what it loads, what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final, NamedTuple

__all__ = ["PageFacts", "Reference", "loads_of_css", "read_page"]

#: Elements and their attributes that a browser fetches without being asked.
_LOADS: Final[Mapping[str, tuple[str, ...]]] = {
    "audio": ("src",),
    "embed": ("src",),
    "feimage": ("href", "xlink:href"),
    "frame": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "object": ("data",),
    "script": ("src", "href", "xlink:href"),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
#: Relations of `link` whose target a browser fetches.
_LOADING: Final = frozenset(
    {"apple-touch-icon", "dns-prefetch", "icon", "manifest", "mask-icon", "modulepreload",
     "preconnect", "prefetch", "preload", "prerender", "stylesheet"}
)  # fmt: skip
_CSS_URL: Final = re.compile(
    r"""/\*.*?\*/|url\(\s*(?:"([^"]*)"|'([^']*)'|([^)'"]*?))\s*\)|@import\s+["']([^"']*)["']""",
    re.DOTALL | re.IGNORECASE,
)


class Reference(NamedTuple):
    """A URL in a page as it is written, with its place; `kind` is link, load or action."""

    kind: str
    url: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What one page holds. `relations` pairs each relation of a `link` with URL and type."""

    references: tuple[Reference, ...]
    ids: frozenset[str]
    relations: tuple[tuple[str, str, str], ...]
    embedded: tuple[tuple[str, int], ...]
    base: str
    title: str

    def related(self, relation: str) -> tuple[str, ...]:
        """The URLs of a relation, in order."""
        return tuple(url for name, url, _ in self.relations if name == relation)

    @property
    def alternates(self) -> Mapping[str, str]:
        """Media type -> URL of the alternates; the first of a type counts."""
        found: dict[str, str] = {}
        for name, url, media_type in self.relations:
            if name == "alternate" and media_type:
                found.setdefault(media_type.partition(";")[0].strip().lower(), url)
        return found


def read_page(data: bytes) -> PageFacts:
    """The facts of an HTML page; markup that is broken is read as far as it goes."""
    reader = _Reader()
    reader.feed(data.decode("utf-8-sig", "replace"))
    reader.close()
    return PageFacts(
        tuple(reader.references), frozenset(reader.ids), tuple(reader.relations),
        tuple(reader.embedded), reader.base, " ".join(reader.title.split()),
    )  # fmt: skip


def loads_of_css(text: str) -> Iterator[tuple[str, int]]:
    """Each URL that a style sheet loads, with where it stands."""
    for match in _CSS_URL.finditer(text):
        url = next((group for group in match.groups() if group is not None), None)
        if url and not url.startswith("#"):
            yield url.strip(), match.start()


class _Reader(HTMLParser):
    """Walks through a page once."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.references: list[Reference] = []
        self.ids: set[str] = set()
        self.relations: list[tuple[str, str, str]] = []
        self.embedded: list[tuple[str, int]] = []
        self.base = ""
        self.title = ""
        self._inside = ""
        self._text: list[str] = []
        self._start = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in reversed(attrs)}
        if "id" in held:
            self.ids.add(held["id"])
        if tag == "a" and "name" in held:
            self.ids.add(held["name"])
        if tag in {"a", "area"} and ("href" in held or "xlink:href" in held):
            self._refer("link", held.get("href", held.get("xlink:href", "")))
        self._attributes(tag, held)
        if tag == "link":
            self._link(held)
        elif tag == "base":
            self.base = self.base or held.get("href", "")
        elif tag in {"script", "style", "title"}:
            data = tag == "script" and held.get("type", "").lower() == "application/ld+json"
            self._inside = "data" if data else tag
            self._text = []
            self._start = self.getpos()[0]

    def _attributes(self, tag: str, held: Mapping[str, str]) -> None:
        """What attributes lead to or load."""
        for name, value in held.items():
            if name in {"action", "formaction"}:
                self._refer("action", value)
            elif name == "ping" or name in _LOADS.get(tag, ()):
                for one in _candidates(value) if name == "srcset" else (value,):
                    self._refer("load", one)
            elif name == "style":
                self._styles(value)
        if tag == "meta" and held.get("http-equiv", "").lower() == "refresh":
            self._refer("link", held.get("content", "").partition("=")[2].strip(" '\""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"script", "style", "title"} or not self._inside:
            return
        text = "".join(self._text)
        if self._inside == "data":
            self.embedded.append((text, self._start))
        elif self._inside == "style":
            self._styles(text)
        elif self._inside == "title" and not self.title:
            self.title = text
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._text.append(data)

    def _link(self, held: Mapping[str, str]) -> None:
        url = held.get("href", "")
        relations = held.get("rel", "").lower().split()
        self.relations += [(name, url, held.get("type", "")) for name in relations]
        self._refer("load" if _LOADING & set(relations) else "relation", url)

    def _styles(self, text: str) -> None:
        for url, _ in loads_of_css(text):
            self._refer("load", url)

    def _refer(self, kind: str, url: str) -> None:
        line, column = self.getpos()
        self.references.append(Reference(kind, url.strip(), line, column + 1))


def _candidates(srcset: str) -> Iterator[str]:
    """The URLs of a `srcset`."""
    for part in srcset.split(","):
        words = part.split()
        if words:
            yield words[0]
