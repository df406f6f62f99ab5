"""One thing in full, and the whole in numbers.

This module decides how a person's word (an IRI, a CURIE or a label) becomes a
thing of the graph, and what is worth saying about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.engine import Table
from mesokg.errors import QueryError
from mesokg.terms import NS, STANDARD_PREFIXES, nearest

__all__ = ["Description", "Labels", "Statement", "describe", "labels", "stats"]

_RDF_TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")
_SKOS: Final = STANDARD_PREFIXES["skos"]
_LABEL_PROPERTIES: Final = tuple(
    ox.NamedNode(iri)
    for iri in (
        _SKOS + "prefLabel",
        STANDARD_PREFIXES["rdfs"] + "label",
        STANDARD_PREFIXES["dcterms"] + "title",
    )
)
_OTHER_NAMES: Final = tuple(
    ox.NamedNode(iri)
    for iri in (
        _SKOS + "altLabel",
        _SKOS + "hiddenLabel",
        _SKOS + "notation",
        STANDARD_PREFIXES["dcterms"] + "identifier",
    )
)
_PRINTED: Final = ox.NamedNode(NS + "asPrinted")

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about a thing, with the graph that says so.

    `other` is the object of an outgoing statement, the subject of an incoming one.
    """

    predicate: str
    other: Term
    graph: str


@dataclass(frozen=True, slots=True)
class Description:
    """What a dataset says about one thing, and what points at it."""

    iri: str
    label: str
    types: tuple[str, ...]
    outgoing: tuple[Statement, ...]
    incoming: tuple[Statement, ...]
    labels: Labels

    @property
    def triples(self) -> tuple[ox.Triple, ...]:
        """The statements as triples, outgoing ones first."""
        thing = ox.NamedNode(self.iri)
        out = [ox.Triple(thing, ox.NamedNode(item.predicate), item.other) for item in self.outgoing]
        incoming = [
            ox.Triple(item.other, ox.NamedNode(item.predicate), thing)
            for item in self.incoming
            if not isinstance(item.other, ox.Literal)
        ]
        return tuple(dict.fromkeys(out + incoming))


def labels(dataset: Dataset, language: str = "en") -> Labels:
    """The name of each thing that has one: IRI -> text.

    A preferred label goes before a label, a label before a title, the asked
    language before none before any other; ties are broken by the text itself.
    What has no such name goes by the words it was printed with.
    """
    best: dict[str, tuple[tuple[int, int, str], str]] = {}
    order = {prop: place for place, prop in enumerate((*_LABEL_PROPERTIES, _PRINTED))}
    for quad in dataset.quads:
        place = order.get(quad.predicate)
        if place is None or not isinstance(quad.object, ox.Literal):
            continue
        tag = quad.object.language or ""
        rank = 0 if tag == language else 1 if not tag else 2
        key = (place, rank, quad.object.value)
        name = _iri(quad.subject)
        if name not in best or key < best[name][0]:
            best[name] = (key, quad.object.value)
    return {iri: text for iri, (_, text) in best.items()}


def describe(dataset: Dataset, word: str) -> Description:
    """What the dataset says about the thing that an IRI, a CURIE or a label names.

    Raises QueryError: ``unknown-term`` (with the nearest names) and
    ``ambiguous-term`` (with the candidates).
    """
    names = labels(dataset)
    iri = _resolve(dataset, word, names)
    thing = ox.NamedNode(iri)
    outgoing, incoming = [], []
    for quad in dataset.quads:
        graph = _iri(quad.graph_name)
        if quad.subject == thing and not isinstance(quad.object, ox.Triple):
            outgoing.append(Statement(quad.predicate.value, quad.object, graph))
        if quad.object == thing and not isinstance(quad.subject, ox.Triple):
            incoming.append(Statement(quad.predicate.value, quad.subject, graph))
    types = sorted({_iri(item.other) for item in outgoing if item.predicate == _RDF_TYPE.value})
    return Description(
        iri,
        names.get(iri, ""),
        tuple(types),
        _ordered(outgoing),
        _ordered(incoming),
        names,
    )


def stats(dataset: Dataset) -> Table:
    """The dataset in numbers: a table of what is counted, its name and how many.

    Rows: statements, graphs and files; then each class of the tool's vocabulary
    with the number of its instances, most frequent first.
    """
    prefix = dataset.prefixes.shorten
    classes = Counter(
        prefix(_iri(triple.object))
        for triple in dataset.default_graph
        if triple.predicate == _RDF_TYPE and _iri(triple.object).startswith(NS)
    )
    rows = [
        ("all", "statements", len(dataset.quads)),
        ("all", "statements in the default graph", len(dataset.default_graph)),
        ("all", "named graphs", len(dataset.graphs)),
        ("all", "files", len(dataset.sources)),
        *(("class", name, n) for name, n in sorted(classes.items(), key=lambda i: (-i[1], i[0]))),
    ]
    return Table(
        ("what", "name", "count"),
        tuple((ox.Literal(what), ox.Literal(name), ox.Literal(n)) for what, name, n in rows),
    )


def _resolve(dataset: Dataset, word: str, names: Labels) -> str:
    known = {
        term.value
        for quad in dataset.quads
        for term in (quad.subject, quad.object, quad.predicate)
        if isinstance(term, ox.NamedNode)
    }
    bare = word.removeprefix("<").removesuffix(">")
    for candidate in (bare, dataset.prefixes.expand(word)):
        if candidate in known:
            return str(candidate)
    found = _by_name(dataset, word, names)
    if len(found) == 1:
        return found[0]
    shorten = dataset.prefixes.shorten
    if found:
        raise QueryError(
            f"{word!r} names {len(found)} things",
            code="ambiguous-term",
            hint="say which: " + ", ".join(shorten(iri) for iri in found[:8]),
        )
    candidates = {shorten(iri): iri for iri in known} | dict.fromkeys(names.values(), "")
    close = nearest(word, candidates)
    raise QueryError(
        f"nothing is called {word!r}",
        code="unknown-term",
        hint=f"nearest: {', '.join(close)}" if close else "give an IRI, a CURIE or a label",
    )


def _by_name(dataset: Dataset, word: str, names: Labels) -> list[str]:
    """The things with this label, else with this other name, else with this last part of an IRI."""
    folded = word.casefold()
    found = {iri for iri, label in names.items() if label.casefold() == folded}
    if not found:
        found = {
            _iri(quad.subject)
            for quad in dataset.quads
            if quad.predicate in _OTHER_NAMES
            and isinstance(quad.object, ox.Literal)
            and quad.object.value.casefold() == folded
        }
    if not found:
        found = {
            subject
            for subject in {_iri(quad.subject) for quad in dataset.quads}
            if subject.endswith((f"/{word}", f"#{word}"))
        }
    return sorted(found)


def _ordered(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    unique = dict.fromkeys(statements)
    return tuple(sorted(unique, key=lambda s: (s.predicate, str(s.other), s.graph)))


def _iri(term: object) -> str:
    """The IRI of a term, the label of a blank node, "" for the default graph."""
    return str(getattr(term, "value", ""))
