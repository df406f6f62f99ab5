"""The places of statements in RDF/XML: the lines of its elements.

The parser of the standard library gives the place of each element; what a document
takes from elsewhere (external entities, DTDs) is not read.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from typing import Final, NamedTuple
from urllib.parse import urljoin
from xml.parsers import expat

import pyoxigraph as ox

from mesokg.locations.places import Place
from mesokg.syntax import Span
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["xml_places"]

_RDF: Final = STANDARD_PREFIXES["rdf"]
_TYPE: Final = _RDF + "type"
_BASE: Final = "http://www.w3.org/XML/1998/namespace base"
#: An opening tag up to the attribute that names the subject or the value.
_NAME: Final = re.compile(
    rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*?(?P<what>(?<![\w.-])(?:[\w.-]+:)?(?:about|ID|resource)\s*=\s*(?:"[^"]*"|'[^']*'))"""
)
_OPENING: Final = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>?""")


class _Bytes(NamedTuple):
    start: int
    end: int


class _Element:
    """An open element: a thing (`is_node`) or a property of the thing it stands in."""

    def __init__(
        self, is_node: bool, iri: str, subject: str, place: _Bytes, base: str, value: str = "",
        value_place: _Bytes | None = None, opaque: bool = False,
    ) -> None:  # fmt: skip
        self.is_node = is_node
        self.iri = iri
        self.subject = subject
        self.place = place
        self.base = base
        self.value = value
        self.value_place = value_place
        self.text: list[str] = []
        self.opaque = opaque


def xml_places(text: str, wanted: Collection[ox.Quad]) -> dict[ox.Quad, Place]:
    """The places of wanted statements, those about blank nodes left out. Never fails."""
    data = text.encode("utf-8", "replace")
    reader = _Reader(data, wanted)
    with contextlib.suppress(expat.ExpatError, ValueError):  # what was read so far counts
        reader.parser.Parse(data, True)
    best = reader.best()
    characters = _characters_before(data, {n for spots in best.values() for b in spots for n in b})
    return {
        quad: Place(*(Span(characters[start], characters[end]) for start, end in spots))
        for quad, spots in best.items()
    }


def _characters_before(data: bytes, offsets: Collection[int]) -> dict[int, int]:
    """How many characters stand before some bytes of UTF-8."""
    found: dict[int, int] = {}
    count = last = 0
    for offset in sorted(offsets):
        count += len(data[last:offset].decode("utf-8", "replace"))
        found[offset], last = count, offset
    return found


_Found = tuple[_Bytes, _Bytes, _Bytes]


class _Reader:
    """Follows the elements of a document and notes the places of what is wanted."""

    def __init__(self, data: bytes, wanted: Collection[ox.Quad]) -> None:
        self.data = data
        self.wanted = {
            quad: quad.subject.value for quad in wanted if isinstance(quad.subject, ox.NamedNode)
        }
        self.subjects = set(self.wanted.values())
        self.open: list[_Element] = []
        self.exact: dict[tuple[str, str, str], _Found] = {}
        self.pairs: dict[tuple[str, str], _Found] = {}
        self.things: dict[str, _Found] = {}
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def best(self) -> dict[ox.Quad, _Found]:
        """The place of each wanted statement, else of its property, else of its subject."""
        found = {}
        for quad, subject in self.wanted.items():
            predicate = quad.predicate.value
            value = getattr(quad.object, "value", "")
            place = (
                self.exact.get((subject, predicate, value))
                or self.pairs.get((subject, predicate))
                or self.things.get(subject)
            )
            if place:
                found[quad] = place
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        iri = name.replace(" ", "")
        above = self.open[-1] if self.open else None
        base = urljoin(above.base if above else "", attributes.get(_BASE, ""))
        if above is not None and above.opaque:
            self.open.append(_Element(False, "", "", above.place, base, opaque=True))
            return
        is_node = above is None or not above.is_node
        here = self._opening()
        if is_node:
            subject = _subject(attributes, base)
            self.open.append(_Element(True, iri, subject, here, base))
            if subject in self.subjects:
                place = self._attribute() or here
                self.things.setdefault(subject, (place, place, place))
                self.exact.setdefault((subject, _TYPE, iri), (place, here, here))
            if above is not None and not above.value:
                above.value, above.value_place = subject, self._attribute()
            if iri == f"{_RDF}RDF":
                self.open[-1].is_node = False
            return
        resource = attributes.get(f"{_RDF} resource")
        kind = attributes.get(f"{_RDF} parseType", "")
        subject = above.subject if above else ""
        element = _Element(kind == "Resource", iri, subject, here, base, opaque=kind == "Literal")
        if resource is not None:
            element.value, element.value_place = urljoin(base, resource), self._attribute()
        if kind == "Resource":
            element.subject = ""
        self.open.append(element)
        if subject in self.subjects:
            name_place = self.things.get(subject, (here, here, here))[0]
            self.pairs.setdefault((subject, iri), (name_place, here, element.value_place or here))

    def _end(self, name: str) -> None:
        element = self.open.pop()
        if element.opaque or element.is_node or element.subject not in self.subjects:
            return
        value = element.value or "".join(element.text)
        thing = self.things.get(element.subject)
        place = element.value_place or element.place
        self.exact.setdefault(
            (element.subject, element.iri, value),
            (thing[0] if thing else element.place, element.place, place),
        )

    def _characters(self, text: str) -> None:
        if self.open and not self.open[-1].is_node and self.open[-1].subject in self.subjects:
            self.open[-1].text.append(text)

    def _opening(self) -> _Bytes:
        match = _OPENING.match(self.data, self.parser.CurrentByteIndex)
        return _Bytes(*match.span()) if match else _Bytes(0, 0)

    def _attribute(self) -> _Bytes | None:
        match = _NAME.match(self.data, self.parser.CurrentByteIndex)
        return _Bytes(*match.span("what")) if match else None


def _subject(attributes: dict[str, str], base: str) -> str:
    """The IRI that an element names, or nothing for a blank node."""
    about, name = attributes.get(f"{_RDF} about"), attributes.get(f"{_RDF} ID")
    if about is not None:
        return urljoin(base, about)
    return urljoin(base, f"#{name}") if name is not None else ""
