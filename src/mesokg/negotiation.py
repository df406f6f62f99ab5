"""Which representation a request means: what an Accept header says.

This module decides two rules. `choose` weighs everything the header says (RFC 9110,
12.5.1), for servers that can. `first_named` is for hosts whose configuration can
match a header against a pattern but cannot compare numbers: of the types on offer,
the one that the header names first. `differences` says for which headers the two
disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = [
    "COMMON_HEADERS",
    "MEDIA_TYPES",
    "REPRESENTATIONS",
    "Difference",
    "choose",
    "differences",
    "first_named",
    "first_named_pattern",
]

#: Suffix of a file -> media type: what each thing of a site is published as, the default first.
REPRESENTATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".html": "text/html",
        ".ttl": "text/turtle",
        ".jsonld": "application/ld+json",
        ".nt": "application/n-triples",
    }
)

#: Suffix of a file -> Content-Type, for all that a site may hold. A charset stands where the type
#: has one: JSON is always UTF-8 and has no such parameter (RFC 8259, 11).
MEDIA_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".bib": "application/x-bibtex; charset=utf-8",
        ".cff": "application/yaml",
        ".css": "text/css; charset=utf-8",
        ".csv": "text/csv; charset=utf-8",
        ".gz": "application/gzip",
        ".html": "text/html; charset=utf-8",
        ".ico": "image/vnd.microsoft.icon",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".jsonld": "application/ld+json",
        ".md": "text/markdown; charset=utf-8",
        ".nq": "application/n-quads; charset=utf-8",
        ".nt": "application/n-triples; charset=utf-8",
        ".png": "image/png",
        ".rdf": "application/rdf+xml; charset=utf-8",
        ".ris": "application/x-research-info-systems; charset=utf-8",
        ".rq": "application/sparql-query; charset=utf-8",
        ".svg": "image/svg+xml; charset=utf-8",
        ".tex": "application/x-tex; charset=utf-8",
        ".trig": "application/trig; charset=utf-8",
        ".tsv": "text/tab-separated-values; charset=utf-8",
        ".ttl": "text/turtle; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
        ".wasm": "application/wasm",
        ".woff2": "font/woff2",
        ".xml": "application/xml; charset=utf-8",
    }
)

#: Who sends which Accept header (seen in their sources or on the wire), and headers that try
#: the rules.
COMMON_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nobody: no header": "",
        "curl, wget, Python": "*/*",
        "a browser": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
        "image/webp,*/*;q=0.8",
        "one type": "text/turtle",
        "one type, any case": "Text/Turtle",
        "one type with a profile": "application/ld+json;"
        'profile="http://www.w3.org/ns/json-ld#compacted"',
        "rdflib, Turtle": "text/turtle, application/x-turtle, */*;q=0.1",
        "rdflib, JSON-LD": "application/ld+json, application/json;q=0.9, */*;q=0.1",
        "rdflib, no format": "application/rdf+xml, text/n3, text/turtle, application/n-triples, "
        "application/ld+json, application/n-quads, application/trix, application/trig",
        "jsonld.js": "application/ld+json, application/json",
        "Jena": "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,"
        "application/rdf+xml;q=0.7,*/*;q=0.3",
        "falling order": "application/ld+json, text/turtle;q=0.5",
        "rising order": "text/html;q=0.5, text/turtle",
        "anything, but rather": "application/n-triples;q=0.5, */*;q=0.1",
        "a type less than the rest": "text/turtle;q=0.1, */*",
        "a family": "application/*",
        "one refused": "text/turtle;q=0, application/ld+json",
        "the page refused": "text/html;q=0, */*",
        "nothing that is here": "image/png",
    }
)

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE: Final = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(rf'\s*({_TOKEN})\s*=\s*({_TOKEN}|"(?:[^"\\]|\\.)*")\s*', re.DOTALL)
_PIECE: Final = re.compile(r'[^",;\\]+|"(?:[^"\\]|\\.)*"|.', re.DOTALL)
_WEIGHT: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class Difference:
    """A header for which the two rules disagree; `weighed` is None where nothing is acceptable."""

    accept: str
    weighed: str | None
    first_named: str


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of a header."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    weight: float
    place: int


def choose(accept: str | None, available: Sequence[str]) -> str | None:
    """The media type, out of those available, that an Accept header wants most; None for none.

    Available types may have parameters and stand in the order of the server's preference.
    The most specific range decides a type's weight (RFC 9110, 12.5.1). Among equal weights
    a type that is named goes before one that falls under a wildcard, then the one named
    first, then the server's order. A parameter that an available type does not have, such
    as ``charset`` or ``profile``, is a wish and excludes nothing. No header, an empty one
    and one without a readable range accept everything. No header raises, and the time is
    in proportion to its length.

    >>> choose("text/html;q=0.5, text/turtle", ["text/html", "text/turtle"])
    'text/turtle'
    >>> choose("image/png", ["text/html", "text/turtle"]) is None
    True
    """
    ranges = tuple(_ranges(accept or ""))
    if not ranges:
        return available[0] if available else None
    best: tuple[float, int, int, int] | None = None
    chosen = None
    for order, media_type in enumerate(available):
        rank = _rank(media_type, order, ranges)
        if rank and rank[0] > 0 and (best is None or rank > best):
            best, chosen = rank, media_type
    return chosen


def first_named(accept: str | None, available: Sequence[str]) -> str:
    """Of the available media types the one that an Accept header names first, else the default.

    Weights count for nothing, but for ``q=0``: such a type is not named. Wildcards name
    nothing. The default is the first available type, which there must be.

    >>> first_named("text/turtle;q=0.5, text/html", ["text/html", "text/turtle"])
    'text/turtle'
    >>> first_named("*/*", ["text/html", "text/turtle"])
    'text/html'
    """
    for media_type in available:
        pattern = first_named_pattern(media_type, available)
        if accept and re.search(pattern, accept, re.IGNORECASE | re.ASCII):
            return media_type
    return available[0]


def first_named_pattern(media_type: str, available: Sequence[str]) -> str:
    r"""A pattern for the headers in which `first_named` finds this type.

    It is to be matched without regard to case and means the same to Python and PCRE. It
    holds no blank, quote or brace, so it needs no escapes in a configuration. It steps from
    comma to comma, also to one in a quoted parameter, so that a hostile header costs no
    more than its length.

    >>> pattern = first_named_pattern("text/turtle", ["text/html", "text/turtle"])
    >>> bool(re.search(pattern, "image/png, text/turtle;q=0.3"))
    True
    """
    named = "|".join(map(_literal, available))
    skipped = rf"(?:(?!\s*(?:{named}){_END})[^,]*,)*"
    return rf"^{skipped}\s*{_literal(media_type)}{_END}"


def differences(headers: Iterable[str], available: Sequence[str]) -> tuple[Difference, ...]:
    """The headers for which `choose` and `first_named` disagree, in the order given.

    >>> [one.weighed for one in differences(["*/*", "a/b;q=0.5, a/c"], ["a/b", "a/c"])]
    ['a/c']
    """
    compared = (
        Difference(header, choose(header, available), first_named(header, available))
        for header in headers
    )
    return tuple(entry for entry in compared if entry.weighed != entry.first_named)


# --- the full rule --------------------------------------------------------------------------


def _rank(
    media_type: str, order: int, ranges: tuple[_Range, ...]
) -> tuple[float, int, int, int] | None:
    """Weight, specificity, place in the header and server's order; the larger the better."""
    matching = [
        (specificity, -one.place, one.weight)
        for one in ranges
        if (specificity := _specificity(one, media_type))
    ]
    if not matching:
        return None
    specificity, place, weight = max(matching)
    # Under a wildcard the server's order counts, not where in the header the wildcard stands.
    return (weight, specificity > _FAMILY, place if specificity > _FAMILY else 0, -order)


_ANY: Final = 1
_FAMILY: Final = 2
_WISH: Final = 3
_NAMED: Final = 4


def _specificity(one: _Range, media_type: str) -> int:
    """How closely a range describes a media type; 0 where it does not."""
    match = _RANGE.fullmatch(media_type.lower())
    if not match:
        return 0
    parameters = frozenset(_parameters(match[3]))
    if (one.type, one.subtype) == ("*", "*"):
        return _ANY
    if one.type != match[1]:
        return 0
    if one.subtype == "*":
        return _FAMILY
    if one.subtype != match[2]:
        return 0
    if one.parameters <= parameters:
        return _NAMED + len(one.parameters)
    contradicted = {name for name, _ in one.parameters} & {name for name, _ in parameters}
    return 0 if contradicted else _WISH


def _ranges(accept: str) -> Iterator[_Range]:
    """The media ranges of a header that can be read; a weight that cannot be is left out."""
    for place, element in enumerate(_split(accept, ",")):
        match = _RANGE.fullmatch(element)
        if not match or (match[1] == "*" and match[2] != "*"):
            continue
        weight = 1.0
        parameters = []
        for name, value in _parameters(match[3]):
            if name == "q":
                weight = float(value) if _WEIGHT.fullmatch(value) else 1.0
                break  # what follows the weight is no parameter of the type
            parameters.append((name, value))
        yield _Range(match[1].lower(), match[2].lower(), frozenset(parameters), weight, place)


def _parameters(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of ``;name=value``, without quotes, lower case."""
    for part in _split(text, ";"):
        if match := _PARAMETER.fullmatch(part):
            value = match[2]
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            yield match[1].lower(), value.lower()


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts between separators that stand outside quotes."""
    part: list[str] = []
    for piece in _PIECE.findall(text):
        if piece == separator:
            yield "".join(part)
            part = []
        else:
            part.append(piece)
    yield "".join(part)


# --- the simple rule ------------------------------------------------------------------------

#: What ends a media type that is not refused: the weight, if there is one, is not nought.
_END: Final = r"(?!\s*;(?:[^,]*;)?\s*q=0(?:\.0*)?\s*(?:,|;|$))\s*(?:,|;|$)"


def _literal(text: str) -> str:
    """A pattern for a media type; the letters of media types need few escapes."""
    return re.sub(r"([.+*^$|])", r"\\\1", text)
