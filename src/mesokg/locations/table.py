"""The places of statements in a table of mappings (SSSOM/TSV): row and cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import pyoxigraph as ox

from mesokg.locations.places import Place
from mesokg.mappings import read_mappings
from mesokg.syntax import Lines, Span
from mesokg.terms import Prefixes

__all__ = ["table_places"]

_CELL = re.compile(r'"(?:[^"]|"")*"(?=\t|\Z)|[^\t]*')


def table_places(
    text: str, wanted: Collection[ox.Quad], prefixes: Prefixes
) -> dict[ox.Quad, Place]:
    """The cells of the first row that says each wanted statement."""
    lines = Lines(text)
    header = None
    found: dict[ox.Quad, Place] = {}
    for row in read_mappings(text, "", prefixes).mappings:
        quad = ox.Quad(
            ox.NamedNode(row.subject), ox.NamedNode(row.predicate), ox.NamedNode(row.object)
        )
        if row.negated or quad not in wanted or quad in found:
            continue
        header = header or _header(text, lines)
        cells = dict(zip(header, _cells(text, lines.span(row.line)), strict=False))
        found[quad] = Place(*(cells[name] for name in ("subject_id", "predicate_id", "object_id")))
    return found


def _header(text: str, lines: Lines) -> list[str]:
    """The names of the columns: the first line that is neither empty nor a comment."""
    for number in range(1, len(lines) + 1):
        start, end = lines.span(number)
        line = text[start:end]
        if line and not line.startswith("#"):
            return line.split("\t")
    return []


def _cells(text: str, row: Span) -> Iterator[Span]:
    place, end = row
    while place <= end:
        match = _CELL.match(text, place, end)
        stop = match.end() if match else end
        yield Span(place, stop)
        place = stop + 1
