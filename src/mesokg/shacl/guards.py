"""What must not stand in the data for an engine to be right about it.

shacl-rust compares literals that have no order, and takes a literal for a node where a
shape looks further. Which statements that concerns is seen in the shapes; whether there
is such a value is seen while the data pass by. This module decides both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.shacl.graphs import Index, Triples, sh
from mesokg.shacl.paths import Path, read_path, simplified
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["Guard", "guard_for", "inside", "may_meet_literals"]

_XSD: Final = STANDARD_PREFIXES["xsd"]
_LISTED: Final = tuple(map(sh, ("and", "or", "xone")))
_INNER: Final = tuple(map(sh, ("node", "not", "property", "qualifiedValueShape")))
_BOUNDS: Final = tuple(map(sh, ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")))
_PAIRS: Final = tuple(map(sh, ("lessThan", "lessThanOrEquals")))
_INTEGERS: Final = """byte int integer long negativeInteger nonNegativeInteger nonPositiveInteger
    positiveInteger short unsignedByte unsignedInt unsignedLong unsignedShort"""
#: What looks at a value as a node, with properties or at least with a shape of its own.
_FURTHER: Final = frozenset(map(sh, ("node", "property", "qualifiedValueShape")))
_PLACES: Final = frozenset(map(sh, ("closed", "disjoint", "equals", "path")))
_DATE: Final = r"\d{4}-\d\d-\d\d"
#: Datatype -> the family within which values have an order, and how its plain values look.
_FAMILIES: Final[Mapping[str, tuple[str, re.Pattern[str]]]] = {
    **{_XSD + name: ("number", re.compile(r"[+-]?\d+")) for name in _INTEGERS.split()},
    _XSD + "decimal": ("number", re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")),
    _XSD + "double": ("number", re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")),
    _XSD + "date": ("date", re.compile(_DATE)),
    _XSD + "gYear": ("year", re.compile(r"\d{4}")),
    _XSD + "dateTime": ("time", re.compile(_DATE + r"T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")),
    _XSD + "string": ("string", re.compile(r"[ -~]*")),
}


class Guard:
    """Looks at statements as they pass. `safe` says whether any was one to be careful with.

    `compared` are predicates whose values are compared, with the number of the group
    whose values must have one order; `nodes` are predicates without literals.
    """

    def __init__(
        self,
        compared: Mapping[ox.NamedNode, int],
        nodes: frozenset[ox.NamedNode],
        families: Mapping[int, set[str]],
    ) -> None:
        self.compared: Mapping[ox.NamedNode, int] = compared
        self.nodes: frozenset[ox.NamedNode] = nodes
        self.families: dict[int, set[str]] = defaultdict(set, families)
        self.literal: bool = False

    @property
    def safe(self) -> bool:
        """Whether nothing has passed that needs care."""
        return not self.literal and all(
            len(found) < 2 and "" not in found for found in self.families.values()
        )

    def see(self, predicate: ox.NamedNode, value: object) -> None:
        """Take note of one statement."""
        if predicate in self.compared:
            self.families[self.compared[predicate]].add(_family(value))
        if predicate in self.nodes and isinstance(value, ox.Literal):
            self.literal = True


def _family(value: object) -> str:
    """The kind of values that have an order with this one; "" for none that is plain."""
    if not isinstance(value, ox.Literal):
        return ""
    family, plain = _FAMILIES.get(value.datatype.value, ("", _NEVER))
    return family if plain.fullmatch(value.value) else ""


_NEVER: Final = re.compile("(?!)")


def guard_for(shapes: Triples) -> Guard | None:
    """What to watch for these shapes; None when that cannot be told from them."""
    index = Index(shapes)
    reached = _reached(index)
    compared: dict[ox.NamedNode, int] = {}
    families: dict[int, set[str]] = defaultdict(set)
    groups: list[tuple[set[ox.NamedNode], set[str]]] = []
    nodes: set[ox.NamedNode] = set()
    for node, about in list(index.out.items()):
        bounds = {value for name in _BOUNDS for value in about.get(name, ())}
        others = {value for name in _PAIRS for value in about.get(name, ())}
        if bounds or others:
            values = reached.get(node)
            if not values:
                return None
            groups.append((values | others, set(map(_family, bounds))))
        if sh("path") in about and _looks_further(node, index):
            nodes |= _last(about[sh("path")][0], index)
    for number, (predicates, kinds) in enumerate(_merged(groups)):
        compared |= dict.fromkeys(predicates, number)
        families[number] |= kinds
    return Guard(compared, frozenset(nodes), families)


def _merged(
    groups: Iterable[tuple[set[ox.NamedNode], set[str]]],
) -> list[tuple[set[ox.NamedNode], set[str]]]:
    """The groups, those that share a predicate made one."""
    merged: list[tuple[set[ox.NamedNode], set[str]]] = []
    for predicates, kinds in groups:
        apart = []
        for group in merged:
            if group[0].isdisjoint(predicates):
                apart.append(group)
            else:
                predicates, kinds = predicates | group[0], kinds | group[1]
        merged = [*apart, (predicates, kinds)]
    return merged


def _reached(index: Index) -> dict[object, set[ox.NamedNode]]:
    """Shape -> the predicates that its value nodes are values of; without those unknown."""
    found: dict[object, set[ox.NamedNode]] = {}
    unknown: set[object] = set()
    todo: list[tuple[object, frozenset[ox.NamedNode] | None]] = []
    for node, about in index.out.items():
        if sh("path") in about:
            last = frozenset(_last(about[sh("path")][0], index))
            todo.append((node, last or None))
        elif any(name.value.startswith(sh("target").value) for name in about):
            todo.append((node, None))
    while todo:
        node, values = todo.pop()
        known = found.setdefault(node, set())
        if (values is None and node in unknown) or (values is not None and values <= known):
            continue
        if values is None:
            unknown.add(node)
        else:
            known |= values
        plain = (n for n in inside(node, index) if sh("path") not in index.out.get(n, {}))
        todo += ((inner, values) for inner in plain)
    return {node: values for node, values in found.items() if node not in unknown}


def _looks_further(shape: object, index: Index) -> bool:
    """Whether a shape asks its value nodes for more than what they are themselves."""
    seen: set[object] = set()
    todo: list[object] = [shape]
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            about = index.out.get(node, {})
            if not _FURTHER.isdisjoint(about) or (node != shape and not _PLACES.isdisjoint(about)):
                return True
            todo += inside(node, index)
    return False


def _last(node: Term, index: Index) -> set[ox.NamedNode]:
    """The predicates that a path may end with, forwards."""
    path = read_path(node, index)
    return set(_ends(simplified(path))) if path is not None else set()


def _ends(path: Path) -> Iterator[ox.NamedNode]:
    if path.iri is not None:
        if not path.backwards:
            yield path.iri
    elif path.operator == "/":
        for part in reversed(path.parts):
            yield from _ends(part)
            if part.operator not in {"*", "?"}:
                return
    else:
        for part in path.parts:
            yield from _ends(part)


def inside(node: object, index: Index) -> Iterator[object]:
    """The shapes that a shape refers to."""
    about = index.out.get(node, {})
    for name in _INNER:
        yield from about.get(name, ())
    for name in _LISTED:
        for listed in about.get(name, ()):
            yield from index.items(listed)


def may_meet_literals(index: Index) -> Iterator[object]:
    """The shapes that may be asked about a literal."""
    todo: list[object] = []
    for node, about in index.out.items():
        if sh("targetObjectsOf") in about or any(
            isinstance(value, ox.Literal) for value in about.get(sh("targetNode"), ())
        ):
            todo.append(node)
        if sh("path") in about and _last(about[sh("path")][0], index):
            todo += inside(node, index)
    seen: set[object] = set()
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            yield node
            todo += inside(node, index)
