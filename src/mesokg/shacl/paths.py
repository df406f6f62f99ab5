"""Property paths in a form that every engine reads alike.

This module decides which of several paths that mean the same is handed to an engine,
and which paths only some engines follow.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.shacl.graphs import FIRST, NIL, REST, Index, Triples, sh

__all__ = [
    "Path",
    "has_inverse_sequence",
    "is_plain",
    "read_path",
    "simplified",
    "starts_anywhere",
    "with_simple_paths",
    "written",
]

_REPEATS: Final = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
_DEEPEST: Final = 30


@dataclass(frozen=True, slots=True)
class Path:
    """A path: a predicate (`iri`, perhaps `backwards`), or `parts` under an operator / | * + ?."""

    operator: str
    parts: tuple[Path, ...] = ()
    iri: ox.NamedNode | None = None
    backwards: bool = False


def read_path(node: Term, index: Index, depth: int = 0) -> Path | None:
    """The path that a node describes (SHACL, 2.3.1); None when it is none."""
    if isinstance(node, ox.NamedNode) and node != NIL:
        return Path("", iri=node)
    about = index.out.get(node, {})
    if depth > _DEEPEST or not about:
        return None
    if FIRST in about:
        return _joined("/", index.items(node), index, depth)
    for name, mark in _REPEATS.items():
        if sh(name) in about:
            inner = read_path(about[sh(name)][0], index, depth + 1)
            return Path(mark, (inner,)) if inner else None
    if sh("alternativePath") in about:
        return _joined("|", index.items(about[sh("alternativePath")][0]), index, depth)
    if sh("inversePath") in about:
        inner = read_path(about[sh("inversePath")][0], index, depth + 1)
        return Path("^", (inner,)) if inner else None
    return None


def _joined(operator: str, nodes: Iterable[Term], index: Index, depth: int) -> Path | None:
    parts = [read_path(node, index, depth + 1) for node in nodes]
    known = tuple(part for part in parts if part)
    return Path(operator, known) if known and len(known) == len(parts) else None


def has_inverse_sequence(path: Path) -> bool:
    """Whether a sequence is walked backwards as a whole, as in ``^(a/b)``."""
    if path.operator == "^" and _holds_sequence(path.parts[0]):
        return True
    return any(map(has_inverse_sequence, path.parts))


def _holds_sequence(path: Path) -> bool:
    return path.operator == "/" or any(map(_holds_sequence, path.parts))


def simplified(path: Path) -> Path:
    """The same path with ^ only before predicates, no + and no needless nesting.

    A path in this form leads to the same nodes.
    """
    return _flat(path, False)


def _flat(path: Path, backwards: bool) -> Path:
    if path.operator == "":
        return Path("", iri=path.iri, backwards=path.backwards != backwards)
    if path.operator == "^":
        return _flat(path.parts[0], not backwards)
    if path.operator in "/|":
        parts = [_flat(part, backwards) for part in path.parts]
        if path.operator == "/" and backwards:
            parts.reverse()
        flat = tuple(
            inner
            for part in parts
            for inner in (part.parts if part.operator == path.operator else (part,))
        )
        return flat[0] if len(flat) == 1 else Path(path.operator, flat)
    inside = path.parts[0]
    if inside.operator and inside.operator in "*+?":  # (p+)+ is p+, (p?)? is p?, all others are p*
        operator = path.operator if path.operator == inside.operator else "*"
        return _flat(Path(operator, inside.parts), backwards)
    once = _flat(inside, backwards)
    if path.operator != "+":
        return Path(path.operator, (once,))
    head = once.parts if once.operator == "/" else (once,)
    return Path("/", (*head, Path("*", (once,))))


def is_plain(path: Path) -> bool:
    """Whether a simplified path repeats no sequence, chooses between none, and meets no literal.

    A literal can be met behind the first step, and leads on backwards or by no step at all.
    """
    if path.operator == "/":
        return all(map(is_plain, path.parts)) and not any(map(starts_anywhere, path.parts[1:]))
    return all(part.operator != "/" and is_plain(part) for part in path.parts)


def starts_anywhere(path: Path) -> bool:
    """Whether a simplified path leads somewhere from a literal: backwards, or by no step."""
    if path.operator == "/":
        return starts_anywhere(path.parts[0])
    if path.operator == "|":
        return any(map(starts_anywhere, path.parts))
    return path.backwards or path.operator != ""


def written(path: Path, names: Iterator[ox.BlankNode]) -> tuple[Term, list[ox.Triple]]:
    """The path as triples, under a node whose name is taken from `names`."""
    if path.iri is not None and not path.backwards:
        return path.iri, []
    node = next(names)
    if path.iri is not None:
        return node, [ox.Triple(node, sh("inversePath"), path.iri)]
    triples: list[ox.Triple] = []
    inner: list[Term] = []
    for part in path.parts:
        term, more = written(part, names)
        inner.append(term)
        triples += more
    if path.operator == "/":
        return node, triples + _listed(node, inner, names)
    if path.operator == "|":
        head = next(names)
        triples += _listed(head, inner, names)
        return node, [*triples, ox.Triple(node, sh("alternativePath"), head)]
    name = {"*": "zeroOrMorePath", "?": "zeroOrOnePath"}[path.operator]
    return node, [*triples, ox.Triple(node, sh(name), inner[0])]


def _listed(
    head: ox.BlankNode, items: list[Term], names: Iterator[ox.BlankNode]
) -> list[ox.Triple]:
    nodes = [head, *(next(names) for _ in items[1:])]
    rest: list[ox.NamedNode | ox.BlankNode] = [*nodes[1:], NIL]
    triples = []
    for node, item, after in zip(nodes, items, rest, strict=True):
        triples += [ox.Triple(node, FIRST, item), ox.Triple(node, REST, after)]
    return triples


def with_simple_paths(shapes: Triples) -> Triples:
    """The shapes, each path that is no predicate written in its simplified form."""
    index = Index(shapes)
    names = (ox.BlankNode(f"mesokgPath{number}") for number in itertools.count())
    found: list[ox.Triple] = []
    for triple in shapes:
        value = triple.object
        if triple.predicate != sh("path") or isinstance(value, ox.Triple):
            found.append(triple)
            continue
        path = read_path(value, index)
        if path is None or path.iri is not None:
            found.append(triple)
            continue
        node, more = written(simplified(path), names)
        found += [ox.Triple(triple.subject, triple.predicate, node), *more]
    return tuple(found)
