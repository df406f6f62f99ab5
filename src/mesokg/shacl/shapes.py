"""What shapes say about themselves: which of them are rules, and what each rule is called."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.report import Severity
from mesokg.shacl.graphs import MESSAGE, SEVERITIES, TARGETS, TYPE, Index, is_true, sh
from mesokg.terms import NS, SHAPES, STANDARD_PREFIXES, Prefixes

__all__ = ["CLASS", "Shape", "is_implicit_class", "one_text", "read_shapes", "rule_id"]

_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_LABEL: Final = ox.NamedNode(_RDFS + "label")
_COMMENT: Final = ox.NamedNode(_RDFS + "comment")
CLASS: Final = ox.NamedNode(_RDFS + "Class")
_REQUIRES: Final = ox.NamedNode(NS + "requires")
_TEXT: Final = ox.NamedNode(NS + "text")
_WORST: Final = max(Severity)

_Node = ox.NamedNode | ox.BlankNode


@dataclass(frozen=True, slots=True)
class Shape:
    """A named shape with a target: a rule. `fix` is the first of its messages."""

    id: str
    iri: str
    title: str
    about: str
    fix: str
    severity: Severity
    needs_text: bool


def read_shapes(triples: Iterable[ox.Triple], prefixes: Prefixes) -> tuple[Shape, ...]:
    """The rules among these triples, ordered by id.

    A rule is a shape with an IRI that has a target and is not deactivated. Its id
    is the local name for shapes of the tool's own namespace, else CURIE or IRI.

    >>> from mesokg.dataset import read
    >>> data = read('''@prefix sh: <http://www.w3.org/ns/shacl#> .
    ...     <https://w3id.org/mesokg/shapes#tea-hot> sh:targetClass <http://e/Tea> .''')
    >>> [shape.id for shape in read_shapes(data.default_graph, Prefixes())]
    ['tea-hot']
    """
    index = Index(triples)
    shapes = (_shape(node, index, prefixes) for node in index.out if _is_rule(node, index))
    return tuple(sorted(shapes, key=lambda shape: shape.id))


def is_implicit_class(node: object, index: Index) -> bool:
    """Whether a node is a class and a shape at once, and so its own target."""
    types = index.out.get(node, {}).get(TYPE, ())
    return CLASS in types and (sh("NodeShape") in types or sh("PropertyShape") in types)


def _is_rule(node: _Node, index: Index) -> bool:
    about = index.out[node]
    return (
        isinstance(node, ox.NamedNode)
        and (is_implicit_class(node, index) or not TARGETS.isdisjoint(about))
        and not is_true(about.get(sh("deactivated"), ()))
    )


def _shape(node: _Node, index: Index, prefixes: Prefixes) -> Shape:
    return Shape(
        rule_id(node.value, prefixes),
        node.value,
        one_text(index.values(node, _LABEL)),
        one_text(index.values(node, _COMMENT)),
        next((one_text(found) for found in _messages(node, index) if found), ""),
        next(
            (SEVERITIES[s] for s in index.values(node, sh("severity")) if s in SEVERITIES), _WORST
        ),
        _TEXT in index.values(node, _REQUIRES),
    )


def _messages(node: _Node, index: Index) -> Iterator[list[Term]]:
    """The messages of a shape, then those of the nodes it holds, in the order of the triples."""
    yield index.values(node, MESSAGE)
    seen: set[object] = {node}
    queue: deque[_Node] = deque([node])
    while queue:
        for name in ("property", "sparql"):
            for inner in index.out.get(queue[0], {}).get(sh(name), ()):
                if isinstance(inner, ox.BlankNode) and inner not in seen:
                    seen.add(inner)
                    queue.append(inner)
                    yield index.values(inner, MESSAGE)
        queue.popleft()


def rule_id(iri: str, prefixes: Prefixes) -> str:
    """What a rule is called: a local name of ours, else a CURIE, else the IRI."""
    if iri.startswith(SHAPES):
        return iri.removeprefix(SHAPES)
    return prefixes.shorten(iri).removeprefix("<").removesuffix(">")


def one_text(values: Iterable[Term]) -> str:
    """One text out of several: English before no language before any other."""
    texts = [value for value in values if isinstance(value, ox.Literal)]
    return min(texts, key=_by_language).value if texts else ""


def _by_language(text: ox.Literal) -> tuple[int, str]:
    language = text.language or ""
    return (0 if language.startswith("en") else 2 if language else 1), text.value
