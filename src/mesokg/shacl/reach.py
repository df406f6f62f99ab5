"""How far a change of the data reaches, seen in the shapes alone.

This module decides which focus nodes a shape may judge otherwise when some statements
come or go, and which statements it may look at to judge them. Both err on the side of
too many. What a shape of SHACL Core looks at lies on its paths, so it can be followed
from a focus node outwards, and from a statement back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph as ox

from mesokg.shacl.graphs import SH, TARGETS, TYPE, Index, Triples, is_true, sh
from mesokg.shacl.guards import inside
from mesokg.shacl.paths import Path, read_path, simplified
from mesokg.shacl.shapes import is_implicit_class
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["SUBCLASS", "Group", "Surroundings", "groups_of"]

SUBCLASS: Final = ox.NamedNode(STANDARD_PREFIXES["rdfs"] + "subClassOf")
#: More steps than any path has: a path that repeats has no end.
_ENDLESS: Final = 1 << 30
#: Compared with values of the focus node itself.
_PAIRS: Final = tuple(map(sh, ("disjoint", "equals", "lessThan", "lessThanOrEquals")))
#: What a shape may say without looking at anything but what is followed here.
_KNOWN: Final = frozenset(
    {
        *TARGETS,
        *map(
            sh,
            (
                "and", "class", "closed", "datatype", "deactivated", "defaultValue",
                "description", "disjoint", "equals", "flags", "group", "hasValue",
                "ignoredProperties", "in", "languageIn", "lessThan", "lessThanOrEquals",
                "maxCount", "maxExclusive", "maxInclusive", "maxLength", "message", "minCount",
                "minExclusive", "minInclusive", "minLength", "name", "node", "nodeKind", "not",
                "or", "order", "path", "pattern", "property", "qualifiedMaxCount",
                "qualifiedMinCount", "qualifiedValueShape", "qualifiedValueShapesDisjoint",
                "severity", "uniqueLang", "xone",
            ),
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that share parts: what they follow (`forward`, `backward`, at most `deep` steps).

    `seen_out` and `seen_in` are looked at and not followed. With `closed` every statement
    about a node is looked at.
    """

    nodes: frozenset[Any]
    forward: frozenset[ox.NamedNode]
    backward: frozenset[ox.NamedNode]
    seen_out: frozenset[ox.NamedNode]
    seen_in: frozenset[ox.NamedNode]
    deep: int
    closed: bool

    def affected(self, changed: Iterable[ox.Triple], around: Surroundings) -> set[object]:
        """The nodes that these shapes may judge otherwise, and perhaps others."""
        found: set[object] = set()
        for subject, predicate, value in changed:
            if self.closed or predicate in self.forward or predicate in self.seen_out:
                found.add(subject)
            if predicate in self.backward or predicate in self.seen_in:
                found.add(value)
        front = found
        for _ in range(self.deep):
            front = {
                node for end in front for node in self._before(end, around) if node not in found
            }
            if not front:
                break
            found = found | front
        return found

    def _before(self, end: object, around: Surroundings) -> Iterator[object]:
        """The nodes from which one step leads to a node."""
        for triple in around.naming(end) if self.forward else ():
            if triple.predicate in self.forward:
                yield triple.subject
        for triple in around.about(end) if self.backward else ():
            if triple.predicate in self.backward:
                yield triple.object

    def region(self, focus: Collection[object], around: Surroundings) -> dict[ox.Triple, None]:
        """The statements that these shapes may look at to judge some nodes."""
        found: dict[ox.Triple, None] = {}
        seen = set(focus)
        front: set[object] = set(focus)
        for _ in range(self.deep + 1):
            ahead: set[object] = set()
            for node in front:
                for triple in around.about(node):
                    follow = triple.predicate in self.forward
                    if self.closed or follow or triple.predicate in self.seen_out:
                        found[triple] = None
                    if follow:
                        ahead.add(triple.object)
                for triple in around.naming(node) if self.backward or self.seen_in else ():
                    follow = triple.predicate in self.backward
                    if follow or triple.predicate in self.seen_in:
                        found[triple] = None
                    if follow:
                        ahead.add(triple.subject)
            front = ahead - seen
            if not front:
                break
            seen |= front
        return found


class Surroundings:
    """Triples by subject and by object."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        about: dict[object, list[ox.Triple]] = defaultdict(list)
        naming: dict[object, list[ox.Triple]] = defaultdict(list)
        for triple in triples:
            about[triple.subject].append(triple)
            naming[triple.object].append(triple)
        self._about: Mapping[object, list[ox.Triple]] = about
        self._naming: Mapping[object, list[ox.Triple]] = naming

    def about(self, node: object) -> Collection[ox.Triple]:
        """The statements about a node."""
        return self._about.get(node, ())

    def naming(self, node: object) -> Collection[ox.Triple]:
        """The statements that have a node as their value."""
        return self._naming.get(node, ())


def groups_of(core: Triples) -> tuple[Group, ...] | None:
    """The shapes of SHACL Core in groups that share no part; None when one is not understood."""
    index = Index(core)
    parts: dict[Any, set[Any]] = {}
    for node, about in list(index.out.items()):
        if not TARGETS.isdisjoint(about) or is_implicit_class(node, index):
            parts[node] = set(_parts(node, index))
    groups = []
    for roots, nodes in _joined(parts):
        group = _group(roots, nodes, index)
        if group is None:
            return None
        groups.append(group)
    return tuple(groups)


def _parts(root: object, index: Index) -> Iterator[object]:
    """A shape and all that it refers to."""
    todo, seen = [root], {root}
    while todo:
        node = todo.pop()
        yield node
        more = [inner for inner in inside(node, index) if inner not in seen]
        seen.update(more)
        todo += more


def _joined(parts: Mapping[Any, set[Any]]) -> list[tuple[set[Any], set[Any]]]:
    """The roots and the nodes of shapes, those that share a node together."""
    groups: list[tuple[set[Any], set[Any]]] = []
    for root, nodes in parts.items():
        roots, together, apart = {root}, nodes, []
        for group in groups:
            if group[1].isdisjoint(together):
                apart.append(group)
            else:
                roots, together = roots | group[0], together | group[1]
        groups = [*apart, (roots, together)]
    return groups


def _group(roots: Collection[Any], nodes: set[Any], index: Index) -> Group | None:
    forward: set[ox.NamedNode] = set()
    backward: set[ox.NamedNode] = set()
    seen_out: set[ox.NamedNode] = {TYPE}
    seen_in: set[ox.NamedNode] = set()
    closed = False
    for node in nodes:
        about = index.out.get(node, {})
        if any(name.value.startswith(SH) and name not in _KNOWN for name in about):
            return None
        for value in about.get(sh("path"), ()):
            path = read_path(value, index)
            if path is None:
                return None
            for step in _steps(simplified(path)):
                if step.iri is not None:
                    (backward if step.backwards else forward).add(step.iri)
        for name in _PAIRS:
            forward.update(v for v in about.get(name, ()) if isinstance(v, ox.NamedNode))
        seen_out.update(_named(about.get(sh("targetSubjectsOf"), ())))
        seen_in.update(_named(about.get(sh("targetObjectsOf"), ())))
        closed = closed or is_true(about.get(sh("closed"), ()))
    deep = max(_depth(root, index, ()) for root in roots)
    return Group(
        frozenset(nodes),
        frozenset(forward),
        frozenset(backward),
        frozenset(seen_out),
        frozenset(seen_in),
        deep,
        closed,
    )


def _named(terms: Iterable[object]) -> Iterator[ox.NamedNode]:
    yield from (term for term in terms if isinstance(term, ox.NamedNode))


def _steps(path: Path) -> Iterator[Path]:
    if path.iri is not None:
        yield path
    for part in path.parts:
        yield from _steps(part)


def _depth(node: object, index: Index, above: tuple[object, ...]) -> int:
    """How many steps at most a shape follows from its focus node, those of its parts included."""
    if node in above:
        return _ENDLESS
    about = index.out.get(node, {})
    paths = [read_path(value, index) for value in about.get(sh("path"), ())]
    own = max((_length(simplified(path)) for path in paths if path), default=0)
    below = max((_depth(n, index, (*above, node)) for n in inside(node, index)), default=0)
    return min(_ENDLESS, own + below)


def _length(path: Path) -> int:
    if path.iri is not None:
        return 1
    lengths = [_length(part) for part in path.parts]
    if path.operator == "*":
        return _ENDLESS
    return min(_ENDLESS, sum(lengths) if path.operator == "/" else max(lengths))
