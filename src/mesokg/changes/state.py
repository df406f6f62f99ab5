"""One state of a graph, arranged so that it can be held against another one."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.description import labels
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = ["STRENGTHS", "State"]

#: What an assessment says about the strength of the evidence.
STRENGTHS: Final = (NS + "certainty", NS + "level")
_ASSESSES: Final = NS + "assesses"
_EVIDENCE: Final = NS + "evidence"
_DEPRECATED: Final = STANDARD_PREFIXES["owl"] + "deprecated"


class State:
    """What a dataset says of each IRI; blank nodes are named by their content.

    Left out are the graphs that are computed, and the texts of articles.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        triples = tuple(dict.fromkeys(_written(dataset)))
        blank = _named_by_content(triples)
        about: dict[str, dict[str, dict[object, None]]] = {}
        self.statements: Counter[str] = Counter()
        for triple in triples:
            predicate, value = triple.predicate.value, _named(triple.object, blank)
            self.statements[f"{_named(triple.subject, blank)} {predicate} {value}"] += 1
            if isinstance(triple.subject, ox.NamedNode):
                values = about.setdefault(triple.subject.value, {}).setdefault(predicate, {})
                values[value] = None
        self.about: Mapping[str, Mapping[str, Collection[object]]] = about

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The name of each thing that has one."""
        return labels(self.dataset)

    @cached_property
    def claim_of(self) -> Mapping[str, str]:
        """Line of evidence -> the claim it belongs to; the first one, should there be several."""
        pairs = [(line, claim) for claim in self.about for line in self.iris(claim, _EVIDENCE)]
        return dict(sorted(pairs, reverse=True))

    @cached_property
    def strengths(self) -> Mapping[str, Mapping[str, frozenset[object]]]:
        """Thing that was assessed -> what the assessments say of its strength, by property."""
        found: dict[str, dict[str, set[object]]] = defaultdict(lambda: defaultdict(set))
        for assessment in self.about:
            for thing in self.iris(assessment, _ASSESSES):
                for name in STRENGTHS:
                    found[thing][name] |= self.values(assessment, name)
        return {
            thing: {name: frozenset(values) for name, values in said.items()}
            for thing, said in found.items()
        }

    def values(self, iri: str, predicate: str) -> frozenset[object]:
        """The values of a property of a thing."""
        return frozenset(self.about.get(iri, {}).get(predicate, ()))

    def iris(self, iri: str, predicate: str) -> tuple[str, ...]:
        """Those of the values that are IRIs, in order."""
        found = self.values(iri, predicate)
        return tuple(sorted(v.value for v in found if isinstance(v, ox.NamedNode)))

    def is_deprecated(self, iri: str) -> bool:
        """Whether a thing is marked as one that is not to be used any more."""
        marks = self.values(iri, _DEPRECATED)
        return any(isinstance(m, ox.Literal) and m.value in {"true", "1"} for m in marks)


def _written(dataset: Dataset) -> Iterator[ox.Triple]:
    folder = f"{dataset.base}graph/" if dataset.base else "\0"
    for quad in dataset.quads:
        name = str(getattr(quad.graph_name, "value", ""))
        if not name.startswith(f"{folder}derived/") and name != f"{folder}text":
            yield quad.triple


def _named(term: object, blank: Mapping[str, str]) -> object:
    return blank[term.value] if isinstance(term, ox.BlankNode) else term


def _named_by_content(triples: Iterable[ox.Triple]) -> Mapping[str, str]:
    """A name for each blank node that depends on nothing but what is said of it.

    So a change elsewhere renames none. Nodes that lead in a circle are told apart by
    their own statements alone.
    """
    said: dict[str, list[ox.Triple]] = defaultdict(list)
    needs: dict[str, set[str]] = {}
    users: dict[str, set[str]] = defaultdict(set)
    for triple in triples:
        here, there = triple.subject, triple.object
        for term in (here, there):
            if isinstance(term, ox.BlankNode):
                needs.setdefault(term.value, set())
        if isinstance(here, ox.BlankNode):
            said[here.value].append(triple)
            if isinstance(there, ox.BlankNode):
                needs[here.value].add(there.value)
                users[there.value].add(here.value)
    names: dict[str, str] = {}
    ready = [node for node, wanted in needs.items() if not wanted]
    while ready:
        node = ready.pop()
        names[node] = _digest(said[node], names)
        for user in users[node]:
            needs[user].discard(node)
            if not needs[user]:
                ready.append(user)
    return names | {node: _digest(said[node], names) for node in needs if node not in names}


def _digest(triples: Iterable[ox.Triple], names: Mapping[str, str]) -> str:
    lines = [
        f"{t.predicate} {names.get(t.object.value, '_:')}"
        if isinstance(t.object, ox.BlankNode)
        else f"{t.predicate} {t.object}"
        for t in triples
    ]
    return "_:" + hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:32]
