"""Which formats there are over HTTP, their names and media types, and which one a request means."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mesokg.negotiation import choose
from mesokg.serve.problems import Problem
from mesokg.terms import nearest

__all__ = ["GRAPHS", "TABLES", "choose_format", "content_type"]

#: Media type -> format, in the order of preference; the later ones are other names.
TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application/sparql-results+json": "json",
        "application/sparql-results+xml": "xml",
        "text/csv": "csv",
        "text/tab-separated-values": "tsv",
        "application/json": "json",
        "application/xml": "xml",
        "text/xml": "xml",
    }
)
GRAPHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text/turtle": "turtle",
        "application/n-triples": "ntriples",
        "application/ld+json": "jsonld",
        "application/rdf+xml": "rdfxml",
        "application/trig": "trig",
        "application/n-quads": "nquads",
        "application/x-turtle": "turtle",
        "application/json": "jsonld",
        "text/plain": "ntriples",
        "application/xml": "rdfxml",
        "text/xml": "rdfxml",
    }
)
_TEXT: Final = frozenset({"csv", "ntriples", "tsv", "turtle"})


def choose_format(accept: str, asked: str, offered: Mapping[str, str]) -> tuple[str, str]:
    """The media type and the format of an answer: what was `asked` by name, else by Accept.

    Raises Problem (``unknown-format``, ``not-acceptable``), which lists what there is.
    """
    formats = list(dict.fromkeys(offered.values()))
    if asked:
        for media_type, format in offered.items():
            if asked in {format, media_type}:
                return media_type, format
        close = nearest(asked, formats, 1)
        raise Problem(
            "unknown-format",
            f"no format {asked[:60]!r} for this kind of answer",
            f"did you mean {close[0]}?" if close else "",
            {"parameter": "format", "allowed": formats},
        )
    chosen = choose(accept, list(offered))
    if chosen is None:
        raise Problem(
            "not-acceptable",
            f"this kind of answer cannot be had as {accept[:200]!r}",
            "ask for one of the types listed, or for */*",
            {"allowed": list(offered)},
        )
    return chosen, offered[chosen]


def content_type(media_type: str, format: str) -> str:
    """The media type with its charset where the default would be another.

    >>> content_type("text/csv", "csv")
    'text/csv; charset=utf-8'
    """
    return f"{media_type}; charset=utf-8" if format in _TEXT else media_type
