"""Rules about what is said in more than one file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Final

import pyoxigraph as ox

from mesokg.lint.rule import TYPE, Given, Lint, finding
from mesokg.rendering import show
from mesokg.report import Finding, Location, Related, Severity
from mesokg.terms import STANDARD_PREFIXES, graph_iri

__all__ = ["DUPLICATES"]

_OWL: Final = STANDARD_PREFIXES["owl"]
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
_FUNCTIONAL: Final = ox.NamedNode(_OWL + "FunctionalProperty")
#: What belongs to one place whoever says it. Agents and documents are often described in every
#: file that names them, and OWL asks for the type of a class or property in every file.
_TERMS: Final = frozenset(ox.NamedNode(_SKOS + name) for name in ("Concept", "ConceptScheme"))
#: What a definition gives besides the type, where the thing is none of ours.
_NAMED: Final = frozenset(
    ox.NamedNode(iri) for iri in (_SKOS + "prefLabel", _DCTERMS + "title", _RDFS + "label")
)


def _files(given: Given) -> dict[object, str]:
    """The graphs that are files of their own, by graph: how the file is called."""
    found: dict[object, str] = {
        ox.NamedNode(source.graph): source.name
        for source in given.dataset.sources
        if not source.name.startswith("mesokg:") and source.role in {"data", "vocabulary"}
    }
    below = graph_iri(given.dataset.base, "data/") if given.dataset.base else ""
    for graph in given.dataset.graphs if below else ():
        if graph not in found and str(graph).startswith(f"<{below}"):
            found[graph] = str(graph)[1:-1]
    return found


def _defined_twice(given: Given) -> Iterator[Finding]:
    files = _files(given)
    if len(files) < 2:
        return
    base = given.dataset.base
    places: dict[object, dict[object, ox.Quad]] = defaultdict(dict)
    for quad in given.dataset.quads:
        if quad.predicate != TYPE or quad.graph_name not in files:
            continue
        named = isinstance(quad.subject, ox.NamedNode) and quad.object in _TERMS
        if named or _is_below(quad.subject, base):
            places[quad.subject].setdefault(quad.graph_name, quad)
    twice = {subject: quads for subject, quads in places.items() if len(quads) > 1}
    labelled = _named_in(given, {subject for subject in twice if not _is_below(subject, base)})
    for subject, quads in twice.items():
        names = sorted(
            files[graph]
            for graph in quads
            if _is_below(subject, base) or (subject, graph) in labelled
        )
        for graph, quad in quads.items():
            if files[graph] not in names[1:]:
                continue
            others = [name for name in names if name != files[graph]]
            yield finding(
                given, quad,
                f"{show(str(subject), given.dataset.prefixes)} is defined in {names[0]} too",
                related=[Related("it is defined here too", Location(name)) for name in others],
            )  # fmt: skip


def _is_below(subject: object, base: str) -> bool:
    return bool(base) and isinstance(subject, ox.NamedNode) and subject.value.startswith(base)


def _named_in(given: Given, subjects: Collection[object]) -> set[tuple[object, object]]:
    """The subjects that have a name, each with the graph that gives it."""
    return {
        (quad.subject, quad.graph_name)
        for quad in given.facts.having(subjects)
        if quad.subject in subjects and quad.predicate in _NAMED
    }


def _values_clash(given: Given) -> Iterator[Finding]:
    files = _files(given)
    functional = given.facts.predicates & set(given.facts.instances.get(_FUNCTIONAL, ()))
    if len(files) < 2 or not functional:
        return
    said: dict[tuple[Any, Any], list[ox.Quad]] = defaultdict(list)
    for quad in given.dataset.quads:
        if quad.predicate in functional and quad.graph_name in files:
            said[quad.subject, quad.predicate].append(quad)
    for quads in said.values():
        if len({quad.object for quad in quads}) < 2 or len({q.graph_name for q in quads}) < 2:
            continue
        first = min(quads, key=lambda quad: files[quad.graph_name])
        for quad in quads:
            if quad.object == first.object:
                continue
            prefixes = given.dataset.prefixes
            there = files[first.graph_name]
            value = show(str(first.object), prefixes)
            value = "a blank node" if isinstance(first.object, ox.BlankNode) else value
            message = f"{there} gives {value} for {prefixes.shorten(quad.predicate.value)}"
            yield finding(
                given, quad, f"{message}, which has one value",
                related=[Related(f"the other value, {value}", Location(there))],
            )  # fmt: skip


DUPLICATES: Final = (
    Lint(
        "defined-twice",
        "One file defines one thing",
        "A thing of the project is defined in one file: there it gets its type. Others may say "
        "more about it, without a type. A concept of others is defined where it has a label too. "
        "Of two definitions one is changed one day and the other is forgotten.",
        "keep the definition in one of the files",
        Severity.WARNING,
        False,
        _defined_twice,
        frozenset({TYPE.value}) | {term.value for term in _NAMED},
    ),
    Lint(
        "files-disagree",
        "Two files give one value for what has one",
        "A functional property (owl:FunctionalProperty) has one value. If two files give two, one "
        "of them is wrong, and each looks right to who reads only that one.",
        "correct the value in one of the files",
        Severity.VIOLATION,
        False,
        _values_clash,
    ),
)
