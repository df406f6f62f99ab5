"""Where the page of an IRI lies, and how one page links to another.

This module decides how an IRI becomes a file name. Plain IRIs stay readable; whatever
a file system, a web server or a browser might take for something else is replaced by
a name with a hash, so that no two IRIs share a file, on no system, and no IRI leads
out of the folder. Links are relative, so that a site works from any address and from
a disk.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from mesokg.terms import VOCABULARY_BASE

__all__ = ["Addresses"]

#: One step of a path that is safe as it is: on every file system, in every URL, without escapes.
_PLAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")
#: Names that Windows keeps for devices, whatever follows the dot.
_DEVICE: Final = re.compile(r"(?:aux|con|nul|prn|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
#: Ends of names that the site's own files have: a page must not be called like another's data.
_OWN_ENDS: Final = (".html", ".ttl", ".jsonld", ".nt", ".json", ".csv", ".rq", ".svg", ".xml")
#: Steps that would take the place of a page of the site itself.
_TAKEN: Final = frozenset({"index", "404"})
#: First steps that are folders or pages of the site itself.
_TAKEN_FIRST: Final = frozenset(
    {"about", "assets", "claims", "compare", "data", "gaps", "map", "quality", "search", "sparql"}
)
_LONGEST: Final = 200
_DEEPEST: Final = 8
#: What may stand in a link as it is (RFC 3986 pchar and a slash, without a colon).
_UNESCAPED: Final = "/-._~!$'()*,;=@"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a site's documents.

    A document is what is left of an IRI without its fragment: terms of a hash
    namespace share one. Make it with `of`.

    >>> site = Addresses.of("https://e.org/kg/", ["https://e.org/kg/claim/c1"])
    >>> site.file_stem("https://e.org/kg/claim/c1"), site.file_stem("https://elsewhere.org/x")
    ('claim/c1', None)
    >>> site.link("map.html", "https://e.org/kg/claim/c1")
    'claim/c1.html'
    >>> site.link("claim/c2.html", "https://e.org/kg/claim/c1#passage")
    '../claim/c1.html#passage'
    """

    base: str
    stems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, base: str, iris: Iterable[str]) -> Addresses:
        """The addresses of the documents of these IRIs, as far as they lie below a base.

        The order of the IRIs does not count. Where names would clash on a system
        that takes capital and small letters for the same, the plainest one stays
        as it is and the others get a hash; the project's go before the vocabulary's.
        """
        same: dict[str, list[str]] = defaultdict(list)
        for document in {iri.partition("#")[0] for iri in iris}:
            stem = _stem(base, document)
            if stem is not None:
                same[stem.casefold()].append(document)
        stems = {}
        for documents in same.values():
            first, *others = sorted(documents, key=lambda iri: _plainness(base, iri))
            stems[first] = _stem(base, first) or ""
            stems |= {iri: _hashed(_path(base, iri) or "", iri) for iri in others}
        return cls(base, stems)

    def __contains__(self, iri: object) -> bool:
        """Whether the site has a page for the document of this IRI."""
        return isinstance(iri, str) and iri.partition("#")[0] in self.stems

    def file_stem(self, iri: str) -> str | None:
        """The path of an IRI's document without suffix; None for IRIs of somebody else.

        For an IRI that is below a base but not among the documents, the path that it
        would have.
        """
        document = iri.partition("#")[0]
        known = self.stems.get(document)
        return _stem(self.base, document) if known is None else known

    def link(self, from_path: str, to: str) -> str:
        """What to write as href on the page `from_path`; "" where nothing may be linked.

        `to` is an IRI or the path of a file of the site. An IRI with a page of its
        own leads there, another http(s) IRI to itself, and no other IRI anywhere.
        """
        root = "../" * from_path.count("/")
        stem = self.stems.get(to)
        if stem is not None:
            return f"{root}{stem}.html"  # a stem needs no escapes
        document, mark, fragment = to.partition("#")
        stem = self.stems.get(document)
        if stem is not None:
            return f"{root}{stem}.html{mark}{quote(fragment, _UNESCAPED)}"
        if ":" not in document.partition("/")[0]:
            if document.startswith(("/", "\\")) or ".." in document.split("/"):
                return ""
            path = f"{root}{quote(document, _UNESCAPED)}" if document else ""
            return f"{path}{mark}{quote(fragment, _UNESCAPED)}"
        return to if _is_web(to) else ""


def _is_web(iri: str) -> bool:
    """Whether an IRI may be followed: http or https, with a host and without odd characters."""
    try:
        parts = urlsplit(iri)
        odd = any(character <= " " or character in '"<>\\^`{|}\x7f' for character in iri)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not odd
    except ValueError:
        return False


def _path(base: str, document: str) -> str | None:
    for start in (base, VOCABULARY_BASE):
        if start and document.startswith(start) and len(document) > len(start):
            return document[len(start) :]
    return None


def _stem(base: str, document: str) -> str | None:
    path = _path(base, document)
    if path is None:
        return None
    return path if _is_plain(path) else _hashed(path, document)


def _is_plain(path: str) -> bool:
    steps = path.split("/")
    return (
        len(path) <= _LONGEST
        and len(steps) <= _DEEPEST
        and steps[0].casefold() not in _TAKEN_FIRST
        and not any(
            not _PLAIN.fullmatch(step)
            or _DEVICE.fullmatch(step)
            or step.casefold() in _TAKEN
            or step.casefold().endswith(_OWN_ENDS)
            for step in steps
        )
    )


def _hashed(path: str, document: str) -> str:
    """A safe name that still says something: what is plain of the path, and a hash."""
    first, slash, rest = path.partition("/")
    folder = f"{first}/" if slash and _is_plain(first) else ""
    words = re.findall(r"[a-z0-9]+", (rest if folder else path).casefold())
    name = "-".join(words)[:40].strip("-") or "x"
    return f"{folder}{name}~{hashlib.sha256(document.encode()).hexdigest()[:16]}"


def _plainness(base: str, iri: str) -> tuple[bool, bool, str]:
    """The project's own first, then the one in small letters."""
    return not iri.startswith(base), iri != iri.lower(), iri
