"""What all of the package needs of RDF: terms of SHACL, lookups, paths, results.

This module decides how a validation result is held, whatever engine found it, and
how a property path is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.report import Severity
from mesokg.terms import STANDARD_PREFIXES

__all__ = [
    "FIRST",
    "MESSAGE",
    "NIL",
    "QUERIES",
    "REST",
    "SEVERITIES",
    "SH",
    "TARGETS",
    "TYPE",
    "Index",
    "Result",
    "Triples",
    "first_step",
    "in_order",
    "is_true",
    "lexical",
    "path_text",
    "sh",
]

SH: Final = STANDARD_PREFIXES["sh"]
_RDF: Final = STANDARD_PREFIXES["rdf"]
TYPE: Final = ox.NamedNode(_RDF + "type")
FIRST: Final = ox.NamedNode(_RDF + "first")
REST: Final = ox.NamedNode(_RDF + "rest")
NIL: Final = ox.NamedNode(_RDF + "nil")

Triples = Sequence[ox.Triple]


def sh(name: str) -> ox.NamedNode:
    """A term of SHACL."""
    return ox.NamedNode(SH + name)


MESSAGE: Final = sh("message")
TARGETS: Final = frozenset(
    map(sh, ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "target"))
)
QUERIES: Final = frozenset(map(sh, ("ask", "construct", "select")))
SEVERITIES: Final[Mapping[object, Severity]] = MappingProxyType(
    {
        sh("Info"): Severity.INFO,
        sh("Violation"): Severity.VIOLATION,
        sh("Warning"): Severity.WARNING,
    }
)
_DEEPEST: Final = 10


def lexical(term: object) -> str:
    """The text of a literal, "" for what is none."""
    return term.value if isinstance(term, ox.Literal) else ""


def is_true(values: Iterable[object]) -> bool:
    """Whether one of the values is ``true``; the specification knows no ``1``."""
    return any(lexical(value) == "true" for value in values)


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result as the engine gave it: terms, with nested results in `details`.

    `path` is a property path in SPARQL's syntax with full IRIs; `severity` is an IRI.
    """

    shape: Term | None
    constraint: Term | None
    component: str
    focus: Term | None
    path: str
    value: Term | None
    severity: str
    messages: tuple[ox.Literal, ...] = ()
    details: tuple[Result, ...] = ()


def in_order(results: Sequence[Result]) -> list[int]:
    """The places of the results in an order that no engine and no blank node's label decides."""
    return sorted(range(len(results)), key=lambda place: _key(results[place]))


def _key(result: Result) -> tuple[str, ...]:
    terms = (result.focus, result.shape, result.constraint, result.value)
    named = ("" if t is None or isinstance(t, ox.BlankNode) else str(t) for t in terms)
    return (*named, result.component, result.path, *map(str, result.messages))


class Index:
    """Triples by subject and predicate, with the subjects that point at each blank node."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.out: dict[Any, dict[ox.NamedNode, list[Any]]] = defaultdict(dict)
        self.holders: dict[Any, list[Any]] = defaultdict(list)
        for subject, predicate, value in triples:
            self.out[subject].setdefault(predicate, []).append(value)
            if isinstance(value, ox.BlankNode):
                self.holders[value].append(subject)

    def values(self, node: object, predicate: ox.NamedNode) -> list[Term]:
        """The values of a property, in a fixed order."""
        return sorted(self.out.get(node, {}).get(predicate, ()), key=str)

    def value(self, node: object, predicate: ox.NamedNode) -> Term | None:
        """The value of a property that has at most one."""
        return next(iter(self.values(node, predicate)), None)

    def items(self, node: object) -> list[Term]:
        """The members of a list; what is no list has none."""
        found: list[Term] = []
        seen = set()
        while node in self.out and node not in seen:
            seen.add(node)
            found += self.values(node, FIRST)[:1]
            node = self.value(node, REST)
        return found

    def owner(self, node: Term | None) -> ox.NamedNode | None:
        """The thing with an IRI that a blank node belongs to, the nearest one."""
        return self._owners.get(node) if isinstance(node, ox.BlankNode) else None

    @cached_property
    def _owners(self) -> Mapping[object, ox.NamedNode]:
        """The owner of each blank node, level by level: a chain of a million is as easy as one."""
        found: dict[object, ox.NamedNode] = {}
        level: dict[Any, list[ox.NamedNode]] = {}
        for node, holders in self.holders.items():
            named = [holder for holder in holders if isinstance(holder, ox.NamedNode)]
            if named:
                level[node] = named
        while level:
            found |= {node: min(named, key=str) for node, named in level.items()}
            below: dict[Any, list[ox.NamedNode]] = defaultdict(list)
            for node in level:
                for values in self.out.get(node, {}).values():
                    for value in values:
                        if isinstance(value, ox.BlankNode) and value not in found:
                            below[value].append(found[node])
            level = below
        return found


# --- paths ----------------------------------------------------------------------------------

_MARKS: Final = (("zeroOrMorePath", "*"), ("oneOrMorePath", "+"), ("zeroOrOnePath", "?"))


def path_text(node: Term, index: Index, depth: int = 0) -> str:
    """A property path as SPARQL writes it, such as ``^<http://e/a>/<http://e/b>*``."""
    if isinstance(node, ox.NamedNode):
        return str(node)
    if depth > _DEEPEST:
        return "…"
    sequence = index.items(node)
    if sequence:
        steps = "/".join(path_text(step, index, depth + 1) for step in sequence)
        return f"({steps})" if depth else steps

    def inner(name: str) -> Term | None:
        return index.value(node, sh(name))

    step = inner("inversePath")
    if step is not None:
        return f"^{path_text(step, index, depth + 1)}"
    for name, mark in _MARKS:
        step = inner(name)
        if step is not None:
            return f"{path_text(step, index, depth + 1)}{mark}"
    choices = index.items(inner("alternativePath"))
    return f"({'|'.join(path_text(choice, index, depth + 1) for choice in choices)})"


def first_step(path: str) -> tuple[str, bool]:
    """The first predicate of a written path, and whether it is walked backwards.

    >>> first_step("^<http://e/a>/<http://e/b>*"), first_step("(<http://e/a>|<http://e/b>)")
    (('<http://e/a>', True), ('<http://e/a>', False))
    """
    start = path.find("<")
    if start < 0:
        return "", False
    return path[start : path.find(">", start) + 1], "^" in path[:start]
