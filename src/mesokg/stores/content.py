"""What a graph says: its digest, the pieces it is sent in, and whether a store kept it.

A store may spell literals anew (``01`` as ``1``). That is told apart from a statement
that is lost by giving every literal one spelling on both sides.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

import pyoxigraph as ox

from mesokg.canon import canonical
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["Content", "Difference", "compared", "content_of"]

_XSD: Final = STANDARD_PREFIXES["xsd"]
_INTEGERS: Final = frozenset(
    _XSD + name
    for name in (
        "byte", "decimal", "int", "integer", "long", "negativeInteger", "nonNegativeInteger",
        "nonPositiveInteger", "positiveInteger", "short", "unsignedByte", "unsignedInt",
        "unsignedLong", "unsignedShort",
    )
)  # fmt: skip
_BINARY: Final = frozenset({_XSD + "double", _XSD + "float"})
_TRUTH: Final = {"0": "false", "1": "true"}


@dataclass(frozen=True, slots=True)
class Content:
    """A graph in its canonical order: one N-Triples statement a line, without its full stop."""

    lines: tuple[str, ...]
    digest: str

    def pieces(self, size: int) -> Iterator[tuple[str, ...]]:
        """The lines in groups of at most `size`, the same ones each time.

        Lines that share a blank node stay together, whatever their number.
        """
        grounded = [line for line in self.lines if "_:" not in line]
        yield from (tuple(grounded[at : at + size]) for at in range(0, len(grounded), size))
        waiting: list[str] = []
        for group in _tied([line for line in self.lines if "_:" in line]):
            if waiting and len(waiting) + len(group) > size:
                yield tuple(waiting)
                waiting = []
            waiting += group
        if waiting:
            yield tuple(waiting)


def content_of(triples: Iterable[ox.Triple]) -> Content:
    """The graph that some triples make. Raises InputError (``blank-nodes-alike``)."""
    triples = tuple(triples)
    if any(_has_blank(triple) for triple in triples):
        lines = [str(quad.triple) for quad in canonical(ox.Quad(*triple) for triple in triples)]
    else:
        lines = sorted({str(triple) for triple in triples})
    hashed = hashlib.sha256()
    for line in lines:
        hashed.update(f"{line} .\n".encode())
    return Content(tuple(lines), hashed.hexdigest())


@dataclass(frozen=True, slots=True)
class Difference:
    """How what a store holds differs from what it was sent.

    `rewritten` statements are there with another spelling of a literal; `lost` ones are not.
    """

    rewritten: int = 0
    lost: int = 0
    example: str = ""


def compared(sent: Sequence[ox.Triple], held: Sequence[ox.Triple]) -> Difference:
    """What became of the triples that were sent, as the store gives them back."""
    ours, theirs = content_of(sent), content_of(held)
    if ours.digest == theirs.digest:
        return Difference()
    missing = sorted(set(ours.lines) - set(theirs.lines))
    plain, kept = content_of(map(_respelled, sent)), content_of(map(_respelled, held))
    if plain.digest == kept.digest:
        return Difference(rewritten=len(missing), example=missing[0] if missing else "")
    gone = sorted(set(plain.lines) - set(kept.lines))
    added = sorted(set(kept.lines) - set(plain.lines))
    example = (gone or [f"not sent: {line}" for line in added])[0]
    return Difference(max(0, len(missing) - len(gone)), max(len(gone), len(added)), example)


def _has_blank(triple: ox.Triple) -> bool:
    return any(
        isinstance(term, ox.BlankNode) or (isinstance(term, ox.Triple) and _has_blank(term))
        for term in triple
    )


def _respelled(triple: ox.Triple) -> ox.Triple:
    if not isinstance(triple.object, ox.Literal):
        return triple
    return ox.Triple(triple.subject, triple.predicate, _spelled(triple.object))


def _spelled(literal: ox.Literal) -> ox.Literal:
    """One literal for all spellings of a value; a text that is no value stays as it is."""
    text, datatype = literal.value, literal.datatype.value
    if literal.language:
        return ox.Literal(text, language=literal.language.lower())
    try:
        if datatype in _INTEGERS:
            number = Decimal(text.strip())
            whole = f"{number.normalize():f}" if number.is_finite() else text
            return ox.Literal(whole, datatype=ox.NamedNode(_XSD + "decimal"))
        if datatype in _BINARY:
            value = float(text.strip().replace("INF", "inf"))
            return ox.Literal(
                "NaN" if math.isnan(value) else repr(value), datatype=literal.datatype
            )
        if datatype == _XSD + "boolean":
            return ox.Literal(_TRUTH.get(text.strip(), text.strip()), datatype=literal.datatype)
        if datatype == _XSD + "dateTime":
            moment = datetime.fromisoformat(text.strip()).isoformat()
            return ox.Literal(moment.replace("+00:00", "Z"), datatype=literal.datatype)
    except (InvalidOperation, ValueError):
        pass
    return literal


def _tied(lines: Sequence[str]) -> list[list[str]]:
    """Lines in groups that share no blank node, each group and all of them in a fixed order."""
    leader: dict[str, str] = {}

    def find(node: str) -> str:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    nodes = [_nodes(line) for line in lines]
    for names in nodes:
        for name in names[1:]:
            leader[find(name)] = find(names[0])
    groups: dict[str, list[str]] = {}
    for line, names in zip(lines, nodes, strict=True):
        groups.setdefault(find(names[0]) if names else "", []).append(line)
    return list(groups.values())


def _nodes(line: str) -> list[str]:
    """The blank nodes of a line; words of a literal that look like one do no harm."""
    return [word for word in line.replace(")", " ").split(" ") if word.startswith("_:")]
