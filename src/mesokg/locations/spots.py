"""The places of statements in the files that say them.

This module decides when a file is read again: once, and only if a place in it is wanted.
"""

from __future__ import annotations

import enum
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import pyoxigraph as ox

from mesokg.dataset import Dataset, format_of
from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.locations.jsontree import json_places
from mesokg.locations.places import Place, has_blank, turtle_places
from mesokg.locations.rdfxml import xml_places
from mesokg.locations.said import Said
from mesokg.locations.table import table_places
from mesokg.project import SourceFile
from mesokg.report import Location
from mesokg.syntax import Lines, Span

__all__ = ["Part", "Spot", "Spots"]

_TAG: Final = re.compile(r"@[A-Za-z][A-Za-z0-9-]*\Z")
_LONGEST_TAG: Final = 100


class Part(enum.IntEnum):
    """A part of a statement; TAG is the language tag of its object, if it has one."""

    SUBJECT = 0
    PREDICATE = 1
    OBJECT = 2
    TAG = 3


class Spot(NamedTuple):
    """A part of a statement of the dataset, or the beginning of a file (no statement).

    `file` is the name of the file that is meant, empty for whichever says it.
    """

    quad: ox.Quad | None
    part: Part
    file: str = ""


class Spots:
    """Finds spots: first all that may be wanted are read, then each can be asked for."""

    def __init__(self, said: Said, datasets: Sequence[Dataset]) -> None:
        self._said = said
        self._prefixes = datasets[0].prefixes
        self._given: dict[str, str] = {}
        for dataset in datasets:
            self._given |= dataset.given
        self._found: dict[tuple[str, ox.Quad, Part], Location] = {}

    def read(self, spots: Iterable[Spot]) -> None:
        """Read the files that may say these statements; the texts are not kept."""
        wanted: dict[str, dict[ox.Quad, set[Part]]] = defaultdict(lambda: defaultdict(set))
        for spot in spots:
            for source in self._files(spot):
                if spot.quad is not None:
                    quad = self._said.in_file(spot.quad, source)
                    wanted[source.name][quad].add(spot.part)
        for name, parts in wanted.items():
            text = self._text(self._said.sources[name])
            if text is not None:
                self._note(name, text, parts)

    def first(self, spots: Sequence[Spot], path: str = "") -> Location | None:
        """The place of the first spot that has one, in one file if it is named.

        Without any place, the file of the first; None when there is no spot in the file.
        """
        fallback = None
        for spot in spots:
            for source in self._files(spot):
                if path and source.name != path:
                    continue
                if spot.quad is None:
                    return Location(source.name, 1)
                quad = self._said.in_file(spot.quad, source)
                place = self._found.get((source.name, quad, spot.part))
                if place is not None:
                    return place
                fallback = fallback or Location(source.name)
        return fallback

    def _files(self, spot: Spot) -> Iterator[SourceFile]:
        if spot.file:
            yield self._said.sources[spot.file]
        elif spot.quad is not None:
            yield from self._said.files_of(spot.quad.graph_name)

    def _text(self, source: SourceFile) -> str | None:
        given = self._given.get(source.name)
        if given is not None:
            return given
        try:
            return read_bytes(source.path).decode("utf-8-sig", "replace")
        except InputError:
            return None

    def _note(self, name: str, text: str, parts: Mapping[ox.Quad, set[Part]]) -> None:
        places = self._places(self._said.sources[name], text, parts.keys())
        lines = Lines(text)
        for quad, place in places.items():
            for part in parts[quad]:
                start, end = _span(place, part, text)
                ends = lines.position(end) if end > start else (0, 0)
                location = Location(name, *lines.position(start), *ends)
                self._found[name, quad, part] = location

    def _places(
        self, source: SourceFile, text: str, wanted: Iterable[ox.Quad]
    ) -> Mapping[ox.Quad, Place]:
        quads = set(wanted)
        if source.role == "mappings":
            return table_places(text, quads, self._prefixes)
        try:
            format = format_of(source.path.name)
        except InputError:  # what is no file has no suffix
            format = "turtle"
        if format == "jsonld":
            return json_places(text, quads)
        if format == "rdfxml":
            return xml_places(text, quads)
        said = tuple(self._said.of_file(source)) if any(map(has_blank, quads)) else ()
        return turtle_places(text, format, quads, said, source.base)


def _span(place: Place, part: Part, text: str) -> Span:
    """The span of a part; where nothing is written for it, that of the nearest part that is."""
    if part is Part.TAG:
        start, end = place.object
        match = _TAG.search(text, max(start, end - _LONGEST_TAG), end)
        if match:
            return Span(*match.span())
        part = Part.OBJECT
    order = (place[part], place.object, place.predicate, place.subject)
    return next((span for span in order if span.end > span.start), order[0])
