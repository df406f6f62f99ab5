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
from mesokg.engine import Engine, Table
from mesokg.errors import QueryError
from mesokg.terms import NS, STANDARD_PREFIXES, Prefixes, nearest

__all__ = [
    "Description",
    "Labels",
    "Statement",
    "describe",
    "excerpt",
    "labels",
    "stats",
    "stats_of_engine",
]

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


def excerpt(engine: Engine, prefixes: Prefixes, word: str) -> Dataset:
    """What `describe` needs to know of one thing, fetched from an engine such as a store's.

    All statements about the thing and at it, in whatever graph they stand, and the names of
    what they mention. A word that is no IRI or CURIE with a statement is looked for among
    labels and other names, upper and lower case alike; several things of that name are all
    fetched, and nothing gives an empty dataset. Raises EndpointError.
    """
    bare = word.removeprefix("<").removesuffix(">")
    things = [iri for iri in (bare, prefixes.expand(word)) if iri and _is_iri(iri)]
    quads = _statements(engine, things)
    if not quads:
        found = _rows(engine, _NAMED.format(names=_values((*_LABEL_PROPERTIES, *_OTHER_NAMES)),
                                            word=ox.Literal(word.casefold())))  # fmt: skip
        things = [term.value for (term,) in found if isinstance(term, ox.NamedNode)]
        quads = _statements(engine, things)
    mentioned = {
        term
        for quad in quads
        for term in (quad.subject, quad.predicate, quad.object)
        if isinstance(term, ox.NamedNode)
    }
    names: list[ox.Quad] = []
    ordered = sorted(mentioned, key=str)
    for start in range(0, len(ordered), _AT_ONCE):
        asked = _LABELS.format(
            things=_values(ordered[start : start + _AT_ONCE]),
            names=_values((*_LABEL_PROPERTIES, _PRINTED)),
        )
        names += _quads(_rows(engine, asked))
    return Dataset(tuple(dict.fromkeys((*quads, *names))), prefixes)


def _statements(engine: Engine, things: Iterable[str]) -> tuple[ox.Quad, ...]:
    found: list[ox.Quad] = []
    for iri in dict.fromkeys(things):
        found += _quads(_rows(engine, _ABOUT.format(thing=ox.NamedNode(iri))))
    return tuple(found)


#: Named graphs first: many stores make them their default graph, too.
_ABOUT: Final = """SELECT DISTINCT ?s ?p ?o ?g WHERE {{
  {{ BIND({thing} AS ?s) {{ GRAPH ?g {{ {thing} ?p ?o }} }} UNION {{ {thing} ?p ?o }} }}
  UNION
  {{ BIND({thing} AS ?o) {{ GRAPH ?g {{ ?s ?p {thing} }} }} UNION {{ ?s ?p {thing} }} }}
}}"""
_NAMED: Final = """SELECT DISTINCT ?s WHERE {{
  VALUES ?p {{ {names} }}
  {{ GRAPH ?g {{ ?s ?p ?name }} }} UNION {{ ?s ?p ?name }}
  FILTER(LCASE(STR(?name)) = {word})
}}"""
_LABELS: Final = """SELECT DISTINCT ?s ?p ?o ?g WHERE {{
  VALUES ?s {{ {things} }} VALUES ?p {{ {names} }}
  {{ GRAPH ?g {{ ?s ?p ?o }} }} UNION {{ ?s ?p ?o }}
}}"""
#: Things named in one question: servers limit the length of a query.
_AT_ONCE: Final = 200


def _rows(engine: Engine, query: str) -> tuple[tuple[object, ...], ...]:
    answer = engine.run(query)
    assert isinstance(answer, Table)
    return answer.rows


def _quads(rows: Iterable[tuple[object, ...]]) -> list[ox.Quad]:
    """Rows of ?s ?p ?o ?g as quads; what a named graph says is not said once more without one."""
    quads = []
    for subject, predicate, obj, graph in rows:
        if (
            isinstance(subject, ox.NamedNode | ox.BlankNode)
            and isinstance(predicate, ox.NamedNode)
            and isinstance(obj, ox.NamedNode | ox.BlankNode | ox.Literal)
        ):
            name = graph if isinstance(graph, ox.NamedNode) else ox.DefaultGraph()
            quads.append(ox.Quad(subject, predicate, obj, name))
    named = {quad.triple for quad in quads if isinstance(quad.graph_name, ox.NamedNode)}
    return [
        quad
        for quad in quads
        if isinstance(quad.graph_name, ox.NamedNode) or quad.triple not in named
    ]


def _values(terms: Iterable[ox.NamedNode]) -> str:
    return " ".join(map(str, terms))


def _is_iri(text: str) -> bool:
    try:
        return bool(ox.NamedNode(text).value)
    except ValueError:
        return False


def stats_of_engine(engine: Engine, prefixes: Prefixes) -> Table:
    """The numbers of `stats`, as an engine such as a store's counts them; it has no files.

    A statement counts once in each graph, an instance once in all. Raises EndpointError.
    """

    def count(pattern: str, what: str = "*") -> int:
        found = _rows(engine, f"SELECT (COUNT({what}) AS ?n) WHERE {{ {pattern} }}")
        return int(str(getattr(found[0][0], "value", "0"))) if found else 0

    classes = _rows(
        engine,
        "SELECT ?class (COUNT(DISTINCT ?thing) AS ?n) WHERE {"
        " { GRAPH ?g { ?thing a ?class } } UNION { ?thing a ?class }"
        f" FILTER(STRSTARTS(STR(?class), {ox.Literal(NS)})) }} GROUP BY ?class",
    )
    counted = sorted(
        (-int(str(getattr(n, "value", "0"))), prefixes.shorten(_iri(name))) for name, n in classes
    )
    rows = [
        ("all", "statements in named graphs", count("GRAPH ?g { ?s ?p ?o }")),
        ("all", "statements in the default graph", count("?s ?p ?o")),
        ("all", "named graphs", count("GRAPH ?g { ?s ?p ?o }", "DISTINCT ?g")),
        *(("class", name, -n) for n, name in counted),
    ]
    return Table(
        ("what", "name", "count"),
        tuple((ox.Literal(what), ox.Literal(name), ox.Literal(n)) for what, name, n in rows),
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
