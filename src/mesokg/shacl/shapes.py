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

__all__ = ["Shape", "class_types", "is_implicit_class", "one_text", "read_shapes", "rule_id"]

_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_LABEL: Final = ox.NamedNode(_RDFS + "label")
_COMMENT: Final = ox.NamedNode(_RDFS + "comment")
_CLASS: Final = ox.NamedNode(_RDFS + "Class")
_SUBCLASS: Final = ox.NamedNode(_RDFS + "subClassOf")
#: What every engine takes for a class, whether or not the shapes say that it is one.
_CLASSES: Final = frozenset({_CLASS, ox.NamedNode(STANDARD_PREFIXES["owl"] + "Class")})
#: What makes a node a shape that is not called one (SHACL, 2.1).
_NAMES: Final = """and class closed datatype disjoint equals hasValue in languageIn lessThan
    lessThanOrEquals maxCount maxExclusive maxInclusive maxLength minCount minExclusive
    minInclusive minLength node nodeKind not or path pattern property qualifiedValueShape
    sparql uniqueLang xone"""
_PARAMETERS: Final = frozenset(map(sh, _NAMES.split()))
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
    """Whether a node is a class and a shape at once, and so its own target (SHACL, 2.1.3.3)."""
    about = index.out.get(node, {})
    types = about.get(TYPE, ())
    shapely = sh("NodeShape") in types or sh("PropertyShape") in types
    if not types or not (shapely or not _PARAMETERS.isdisjoint(about)):
        return False
    return any(_is_class_type(term, index) for term in types)


def class_types(triples: Iterable[ox.Triple]) -> frozenset[object]:
    """The types by which the triples call something a class."""
    own = (t.subject for t in triples if t.predicate == _SUBCLASS and t.object == _CLASS)
    return _CLASSES.union(own)


def _is_class_type(term: Term, index: Index) -> bool:
    return term in _CLASSES or _CLASS in index.out.get(term, {}).get(_SUBCLASS, ())


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
