"""Shapes taken apart: what an engine for SHACL Core does, and SPARQL constraints as sets.

This module decides which constraints can be asked for all focus nodes at once, on a
SPARQL index that holds no more than they look at. Whatever cannot is named, so that an
engine that asks node by node does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.shacl.graphs import (
    MESSAGE,
    SH,
    TARGETS,
    TYPE,
    Index,
    Result,
    Triples,
    is_true,
    lexical,
    path_text,
    sh,
)
from mesokg.shacl.rewriting import FOCUS, Rewritten, rewrite
from mesokg.shacl.shapes import is_implicit_class
from mesokg.terms import STANDARD_PREFIXES

__all__ = [
    "Constraint",
    "Plan",
    "answer",
    "declared_prefixes",
    "index_for",
    "plan",
    "roots",
    "without_core",
]

_SUBCLASS: Final = STANDARD_PREFIXES["rdfs"] + "subClassOf"
_IMPORTS: Final = ox.NamedNode(STANDARD_PREFIXES["owl"] + "imports")
_LISTED: Final = tuple(map(sh, ("and", "or", "xone")))
_INNER: Final = tuple(map(sh, ("node", "not", "property", "qualifiedValueShape")))
#: What is beyond SHACL Core and its SPARQL constraints.
_BEYOND: Final = frozenset(
    map(
        sh,
        (
            "expression", "js", "nodeValidator", "parameter", "propertyValidator", "reifierShape",
            "target", "validator",
        ),
    )
)  # fmt: skip
#: What is no business of an engine for Core, and confuses shacl-rust.
_SPARQL: Final = frozenset(map(sh, ("declare", "prefixes", "select", "sparql")))
#: What a shape keeps when only its SPARQL constraints are to be checked.
_FRAME: Final = frozenset(
    {
        TYPE,
        MESSAGE,
        *TARGETS,
        *map(sh, ("deactivated", "path", "prefixes", "property", "select", "severity", "sparql")),
    }
)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A SPARQL constraint of a shape: one query for all focus nodes."""

    node: Term
    shape: Term
    targets: tuple[tuple[str, Term], ...]
    path: str
    severity: str
    messages: tuple[ox.Literal, ...]
    rewritten: Rewritten


@dataclass(frozen=True, slots=True)
class Plan:
    """Shapes in three parts, and why they cannot be parted (`unfit`), if they cannot.

    `core` is without SPARQL, `sets` are the queries for all focus nodes at once, `rest`
    are shapes with nothing but those SPARQL constraints that need another engine.
    """

    core: Triples
    sets: tuple[Constraint, ...] = ()
    rest: Triples = ()
    unfit: str = ""

    @property
    def terms(self) -> frozenset[str] | None:
        """The predicates of all statements that the queries look at; None: any."""
        found: set[str] = set()
        for constraint in self.sets:
            if constraint.rewritten.terms is None:
                return None
            found |= constraint.rewritten.terms
            found |= set(re.findall(r"<([^>]*)>", constraint.path))
            found |= {t.value for kind, t in constraint.targets if kind.startswith("target")
                      and isinstance(t, ox.NamedNode) and kind.endswith("Of")}  # fmt: skip
        return frozenset(found | {_SUBCLASS}) if self.sets else frozenset()


def plan(shapes: Triples) -> Plan:
    """The shapes in parts, none of which says anything that the others say too."""
    index = Index(shapes)
    beyond = sorted(_BEYOND.intersection(triple.predicate for triple in shapes), key=str)
    if beyond:
        return Plan((), unfit=f"the shapes use sh:{beyond[0].value.removeprefix(SH)}")
    holders = {triple.subject for triple in shapes if triple.predicate == sh("sparql")}
    core = tuple(t for t in shapes if t.predicate not in _SPARQL)
    if not holders:
        return Plan(core)
    if not holders.isdisjoint(_nested(index)):
        return Plan((), unfit="a shape with sh:sparql is part of another constraint")
    sets: list[Constraint] = []
    left: set[object] = set()
    for root, targets in roots(index):
        for shape in _tops(root, index):
            for node in index.values(shape, sh("sparql")):
                if is_true(index.out[node].get(sh("deactivated"), ())):
                    continue
                found = _constraint(node, shape, targets, index)
                left |= {node} if found is None else set()
                sets += [found] if found else []
    kept = tuple(constraint for constraint in sets if constraint.node not in left)
    return Plan(core, kept, _framed(shapes, index, left) if left else ())


def without_core(shapes: Triples) -> Triples:
    """The shapes with their SPARQL constraints and no other constraint."""
    constraints: set[object] = {t.object for t in shapes if t.predicate == sh("sparql")}
    return _framed(shapes, Index(shapes), constraints)


def _framed(shapes: Triples, index: Index, left: AbstractSet[object]) -> Triples:
    tops = {root for root, _ in roots(index)}
    own = tops | {inner for root in tops for inner in _tops(root, index)}
    return tuple(
        triple
        for triple in shapes
        if (
            triple.subject not in own
            or triple.predicate in _FRAME
            or not triple.predicate.value.startswith(SH)
        )
        and (triple.predicate != sh("sparql") or triple.object in left)
    )


def roots(index: Index) -> Iterator[tuple[Term, tuple[tuple[str, Term], ...]]]:
    """The shapes with targets that are not switched off, and their targets."""
    for node, about in list(index.out.items()):
        if is_true(about.get(sh("deactivated"), ())):
            continue
        targets = {
            (kind.value.removeprefix(SH), value)
            for kind in TARGETS
            for value in about.get(kind, ())
        }
        if is_implicit_class(node, index):
            targets.add(("targetClass", node))
        if targets:
            yield node, tuple(sorted(targets, key=lambda target: (target[0], str(target[1]))))


def _tops(root: Term, index: Index) -> Iterator[Term]:
    """A shape with targets, and the property shapes right below it."""
    yield root
    if sh("path") not in index.out[root]:
        for inner in index.values(root, sh("property")):
            if not is_true(index.out[inner].get(sh("deactivated"), ())):
                yield inner


def _nested(index: Index) -> set[object]:
    """The shapes whose outcome decides that of another one, or that hang deeper than a property."""
    start: list[object] = []
    for about in list(index.out.values()):
        for name in _INNER:
            if name != sh("property") or sh("path") in about:
                start += about.get(name, ())
        for name in _LISTED:
            start += (item for value in about.get(name, ()) for item in index.items(value))
    found: set[object] = set()
    while start:
        node = start.pop()
        if node not in found:
            found.add(node)
            for name in _INNER:
                start += index.out.get(node, {}).get(name, ())
    return found


def _constraint(
    node: Term, shape: Term, targets: tuple[tuple[str, Term], ...], index: Index
) -> Constraint | None:
    selects = index.values(node, sh("select"))
    paths = index.values(shape, sh("path"))
    if len(selects) != 1 or len(paths) > 1:
        return None
    if any(isinstance(target, ox.BlankNode) for _, target in targets):
        return None
    path = path_text(paths[0], index) if paths else ""
    prefixes = declared_prefixes(node, index)
    rewritten = rewrite(lexical(selects[0]), path, prefixes) if prefixes is not None else None
    if rewritten is None or not _parses(rewritten):
        return None
    severity = index.value(shape, sh("severity"))
    found = index.values(node, MESSAGE) or index.values(shape, MESSAGE)
    messages = tuple(text for text in found if isinstance(text, ox.Literal))
    name = severity.value if isinstance(severity, ox.NamedNode) else SH + "Violation"
    return Constraint(node, shape, targets, path, name, messages, rewritten)


def declared_prefixes(node: Term, index: Index) -> Mapping[str, str] | None:
    """What sh:prefixes declares (SHACL, 5.2.1), or None when that is contradictory."""
    found: dict[str, str] = {}
    todo: list[object] = list(index.values(node, sh("prefixes")))
    seen = set()
    while todo:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        todo += index.out.get(place, {}).get(_IMPORTS, ())
        for declared in index.values(place, sh("declare")):
            name = lexical(index.value(declared, sh("prefix")))
            iri = lexical(index.value(declared, sh("namespace")))
            if found.setdefault(name, iri) != iri:
                return None
    return found


def _parses(rewritten: Rewritten) -> bool:
    try:
        ox.Store().query(rewritten.query.replace(FOCUS, ""))
    except (SyntaxError, ValueError, RuntimeError, OSError):
        return False
    return True


# --- asking ---------------------------------------------------------------------------------


def index_for(quads: Iterable[ox.Quad]) -> tuple[ox.Store, bool]:
    """A SPARQL index over quads, all as one graph, and whether it gives them back as they are.

    Oxigraph rewrites literals such as ``01``, and then a query may say something else.
    """
    store = ox.Store()
    literals: set[ox.Literal] = set()
    plain = {None, STANDARD_PREFIXES["xsd"] + "string"}

    def seen() -> Iterator[ox.Quad]:
        for quad in quads:
            value = quad.object
            if isinstance(value, ox.Literal) and value.datatype.value not in plain:
                literals.add(value)
            yield quad

    store.extend(seen())
    probe = ox.Store()
    probe.extend(ox.Quad(_PROBE, _PROBE, literal) for literal in literals)
    return store, {quad.object for quad in probe} == literals


_PROBE: Final = ox.NamedNode("urn:mesokg:probe")


def answer(constraint: Constraint, store: ox.Store) -> Iterator[Result]:
    """The results of a constraint, one for each row that differs, as SHACL 5.3.2 maps them."""
    focus = f"{{ SELECT DISTINCT ?this {{ {_focus(constraint.targets, store)} }} }}"
    rows = store.query(constraint.rewritten.query.replace(FOCUS, focus))
    columns = constraint.rewritten.columns
    for row in dict.fromkeys(map(tuple, rows)):  # type: ignore[arg-type]  # a SELECT gives rows
        found = dict(zip(columns, row, strict=True))
        path = found.get("path")
        value = found.get("value")
        if value is None and not constraint.path:
            value = found["this"]
        yield Result(
            constraint.shape,
            constraint.node,
            SH + "SPARQLConstraintComponent",
            found["this"],
            str(path) if isinstance(path, ox.NamedNode) else constraint.path,
            value,
            constraint.severity,
            tuple(_filled(constraint, found)),
        )


def _filled(constraint: Constraint, row: Mapping[str, Term | None]) -> Iterator[ox.Literal]:
    own = row.get("message")
    if isinstance(own, ox.Literal):
        yield own
        return
    for message in constraint.messages:
        text = _PLACEHOLDER.sub(lambda match: _plain(row.get(match[1]), match[0]), message.value)
        yield ox.Literal(text, language=message.language) if message.language else ox.Literal(text)


_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")


def _plain(term: Term | None, otherwise: str) -> str:
    if term is None:
        return otherwise
    if isinstance(term, ox.BlankNode):
        return "a blank node"
    return term.value


def _focus(targets: Iterable[tuple[str, Term]], store: ox.Store) -> str:
    """A pattern that binds ?this to the targets (SHACL, 2.1.3)."""
    found = []
    for kind, target in targets:
        if kind == "targetNode":
            found.append(f"VALUES ?this {{ {target} }}")
        elif kind == "targetSubjectsOf":
            found.append(f"?this {target} ?_any")
        elif kind == "targetObjectsOf":
            found.append(f"?_any {target} ?this")
        else:
            rows = store.query(f"SELECT ?c {{ ?c <{_SUBCLASS}>* {target} }}")
            classes = {str(row[0]) for row in rows if isinstance(row[0], ox.NamedNode)}  # type: ignore[union-attr]  # rows
            names = " ".join(sorted(classes | {str(target)}))
            found.append(f"VALUES ?_class {{ {names} }} ?this {TYPE} ?_class")
    return " UNION ".join(f"{{ {pattern} }}" for pattern in found)
