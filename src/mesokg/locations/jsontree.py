"""The places of statements in JSON-LD, as far as its text shows them.

JSON-LD says what it says through contexts, which may lie elsewhere, so this module
does not expand anything: it finds the object whose ``@id`` is the subject, in it the
key that stands for the predicate, and there the value. What a context in the same
text says of prefixes and terms is used; without it a key is known by the predicate's
local name. Where it finds less, the place is that of the key, or of the ``@id``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.locations.places import Place
from mesokg.syntax import Span
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["json_places"]

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]++', re.DOTALL)
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
#: Keys whose values are no value of a thing, and may be the whole document.
_HOLDING_ALL: Final = frozenset({"@context", "@graph", "@included"})
_CONTEXT: Final = re.compile(r'"@context"\s*:\s*')
_DEEPEST: Final = 10_000
_MOST_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class _Value:
    """A string, number or word, or the object that stands at its ``@id`` or ``@value``."""

    text: str
    span: Span


class _Object:
    """An object that is being read: its keys with their values so far."""

    def __init__(self, is_array: bool) -> None:
        self.is_array = is_array
        self.values: dict[str, list[_Value]] = {}
        self.keys: dict[str, Span] = {}
        self.key = ""
        self.expects_key = True

    def take(self, value: _Value | None) -> None:
        """Add a value to the last key."""
        if value is not None and self.key not in _HOLDING_ALL:
            self.values.setdefault(self.key, []).append(value)

    def one(self, names: Collection[str]) -> _Value | None:
        """The first value of the first of some keys."""
        return next((v for name in names for v in self.values.get(name, ())[:1]), None)


def json_places(text: str, wanted: Collection[ox.Quad]) -> dict[ox.Quad, Place]:
    """The places of wanted statements, those about blank nodes left out. Never fails."""
    context = _context(text)
    sought: dict[str, list[ox.Quad]] = defaultdict(list)
    for quad in wanted:
        if isinstance(quad.subject, ox.NamedNode):
            sought[quad.subject.value].append(quad)
    ends = {re.split(r"[/#:]", iri)[-1]: iri for iri in sought}
    found: dict[ox.Quad, Place] = {}
    exact: set[ox.Quad] = set()
    for node in _objects(text):
        name = node.one(("@id", "id"))
        if name is None:
            continue
        iri = _expanded(name.text, context)
        if iri not in sought:
            iri = ends.get(name.text, "")
        for quad in sought.get(iri, ()):
            place, whole = _place(node, name.span, quad, context)
            if quad not in found or (whole and quad not in exact):
                found[quad] = place
            if whole:
                exact.add(quad)
    return found


def _place(
    node: _Object, name: Span, quad: ox.Quad, context: Mapping[str, str]
) -> tuple[Place, bool]:
    """The places in an object, and whether the value is there too."""
    predicate = quad.predicate.value
    for key, span in node.keys.items():
        if not _is_key_of(key, predicate, context):
            continue
        for value in node.values.get(key, ()):
            if _is_value_of(value.text, quad.object, context):
                return Place(name, span, value.span), True
        return Place(name, span, span), False
    return Place(name, name, name), False


def _is_key_of(key: str, predicate: str, context: Mapping[str, str]) -> bool:
    if predicate == _TYPE:
        return key in {"@type", "type"} or context.get(key) == "@type"
    meant = _expanded(key, context)
    return meant == predicate or (meant == key and re.split(r"[/#]", predicate)[-1] == key)


def _is_value_of(text: str, term: object, context: Mapping[str, str]) -> bool:
    if isinstance(term, ox.Literal):
        return text == term.value
    if not isinstance(term, ox.NamedNode):
        return False
    meant = _expanded(text, context)
    return meant == term.value or (meant == text and re.split(r"[/#:]", term.value)[-1] == text)


def _expanded(name: str, context: Mapping[str, str]) -> str:
    """A name as far as a context says what it stands for."""
    if name in context:
        return context[name]
    prefix, colon, rest = name.partition(":")
    if colon and prefix in context and not rest.startswith("//"):
        return context[prefix] + rest
    return name


def _context(text: str) -> dict[str, str]:
    """The prefixes and terms that contexts in the text define, scoped ones left out."""
    found: dict[str, str] = {}
    for match in _CONTEXT.finditer(text):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text, match.end())
        except (RecursionError, ValueError):
            continue
        for part in value if isinstance(value, list) else [value]:
            for term, meant in part.items() if isinstance(part, dict) else ():
                iri = meant.get("@id") if isinstance(meant, dict) else meant
                if isinstance(iri, str) and not term.startswith("@"):
                    found.setdefault(term, iri)
    for _ in range(_MOST_STEPS):  # a term may be defined by a prefix
        found = {term: _expanded(iri, found) if term != iri else iri for term, iri in found.items()}
    return found


def _objects(text: str) -> Iterator[_Object]:
    """Each object of a JSON text when it ends."""
    open_: list[_Object] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            if len(open_) > _DEEPEST:
                return
            open_.append(_Object(token == "["))
        elif not open_:
            return
        elif token in "}]":
            ended = open_.pop()
            holder = _holder(open_)
            if not ended.is_array:
                yield ended
            if not ended.is_array and holder is not None:
                holder.take(ended.one(("@id", "id", "@value")))
        elif token == ",":
            open_[-1].expects_key = not open_[-1].is_array
        elif token != ":":
            _take(open_, token, Span(*match.span()))


def _take(open_: list[_Object], token: str, span: Span) -> None:
    """A string, number or word: a key, or a value of the key before it."""
    word, top = _string(token), open_[-1]
    if not top.is_array and top.expects_key:
        top.key = word
        top.keys.setdefault(word, span)
        top.expects_key = False
        return
    holder = _holder(open_)
    if holder is not None:
        holder.take(_Value(word, span))


def _holder(open_: list[_Object]) -> _Object | None:
    """The innermost object, arrays passed over."""
    return next((node for node in reversed(open_) if not node.is_array), None)


def _string(token: str) -> str:
    if not token.startswith('"'):
        return token
    if "\\" not in token:
        return token[1:-1]
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token[1:-1]
