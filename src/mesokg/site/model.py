"""What the pages read: one dataset, indexed once.

This module decides how pages look things up. Everything they show comes from the
dataset with its derived graphs, the same that the dumps hold; lookups go through an
index and not through a query for each page, so that thousands of pages stay cheap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.addresses import Addresses
from mesokg.dataset import Dataset, Term
from mesokg.derived import derive
from mesokg.description import Labels, labels
from mesokg.engine import Engine, embed
from mesokg.project import Project
from mesokg.queries import load_queries
from mesokg.report import Report
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, Prefixes, graph_iri

__all__ = ["DCTERMS", "RDFS", "RDF_TYPE", "SKOS", "Site"]

DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
RDF_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
RDFS: Final = STANDARD_PREFIXES["rdfs"]
SKOS: Final = STANDARD_PREFIXES["skos"]

#: Triples by one of their ends: IRI (or _:label) -> (predicate, other end).
_Edges = Mapping[str, list[tuple[str, Term]]]
_NOTHING: Final[tuple[tuple[str, Term], ...]] = ()


@dataclass(frozen=True)
class Site:
    """A read view of a project for its pages. Make it with `of`.

    `written` is the dataset as its files say it, `derived` the same with the graphs
    that follow from it; neither holds the text of an article. `texts` are the texts
    that may be shown, by article. `assets` are built scripts and the like by path.
    Names without a namespace in `values`, `value`, `incoming`, `instances` are terms
    of the tool's own vocabulary.
    """

    project: Project
    report: Report
    written: Dataset
    derived: Dataset
    addresses: Addresses
    labels: Labels
    texts: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, bytes] = field(default_factory=dict)
    results: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        project: Project,
        report: Report,
        *,
        results: Mapping[str, object] = MappingProxyType({}),
        assets: Mapping[str, bytes] = MappingProxyType({}),
    ) -> Site:
        """The view of a dataset. Raises UsageError (``no-base``)."""
        text_graph = ox.NamedNode(graph_iri(dataset.base or VOCABULARY_BASE, "text"))
        text_property = ox.NamedNode(NS + "text")
        kept = tuple(
            quad
            for quad in dataset.quads
            if quad.graph_name != text_graph and quad.predicate != text_property
        )
        written = replace(dataset, quads=kept, merged=dataset.merged - {text_graph})
        derived = derive(written)
        subjects = {
            quad.subject.value for quad in derived.quads if isinstance(quad.subject, ox.NamedNode)
        }
        base = dataset.base
        queries = {f"{base}query/{name}" for name in load_queries(project)}
        known = Addresses.of(base, subjects | queries | {f"{base}queries"})
        return cls(
            project, report, written, derived, known, labels(derived),
            _open_texts(dataset, written), assets, results,
        )  # fmt: skip

    @property
    def base(self) -> str:
        """The base IRI of the project's things."""
        return self.written.base

    @property
    def title(self) -> str:
        """The project's title."""
        return self.project.title

    @property
    def prefixes(self) -> Prefixes:
        """The prefixes of the dataset."""
        return self.derived.prefixes

    @cached_property
    def engine(self) -> Engine:
        """An engine over the dataset with its derived graphs, made when first asked."""
        return embed(self.derived)

    @cached_property
    def outgoing(self) -> _Edges:
        """What is said about each thing, by all graphs, once each, in a fixed order."""
        return self._both[0]

    @cached_property
    def pointing(self) -> _Edges:
        """What points at each thing."""
        return self._both[1]

    @cached_property
    def _both(self) -> tuple[_Edges, _Edges]:
        out: dict[str, list[tuple[str, Term]]] = defaultdict(list)
        into: dict[str, list[tuple[str, Term]]] = defaultdict(list)
        spelt: dict[str, str] = {}
        for subject, predicate, term in dict.fromkeys(quad.triple for quad in self.derived.quads):
            if isinstance(subject, ox.Triple) or isinstance(term, ox.Triple):
                continue
            name = spelt.setdefault(predicate.value, predicate.value)
            out[_key(subject)].append((name, term))
            if not isinstance(term, ox.Literal):
                into[_key(term)].append((name, subject))
        for edges in (out, into):
            for found in edges.values():
                found.sort(key=_edge_order)
        return dict(out), dict(into)

    @cached_property
    def fragments(self) -> Mapping[str, list[str]]:
        """The IRIs with a fragment that something is said about, by their document, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.outgoing):
            document, mark, _ = name.partition("#")
            if mark and not name.startswith("_:"):
                found[document].append(name)
        return dict(found)

    @cached_property
    def graph_of(self) -> Mapping[str, str]:
        """Thing -> the graph that says what it is; of several the first by name."""
        kind = ox.NamedNode(RDF_TYPE)
        found = sorted(
            (quad.graph_name.value, quad.subject.value)
            for quad in self.written.quads
            if quad.predicate == kind
            and isinstance(quad.subject, ox.NamedNode)
            and isinstance(quad.graph_name, ox.NamedNode)
        )
        return {subject: graph for graph, subject in reversed(found)}

    @cached_property
    def memory(self) -> dict[tuple[str, str], object]:
        """What pages worked out about a thing and others may need again: (what, IRI) -> value."""
        return {}

    # --- lookups ---

    def values(self, subject: str, predicate: str) -> list[Term]:
        """The objects of a property of a thing, ordered by their N-Triples form."""
        said = self._said.get(subject)
        if said is None:
            said = {}
            for name, term in self.outgoing.get(subject, _NOTHING):
                said.setdefault(name, []).append(term)
            self._said[subject] = said
        return [*said.get(predicate if ":" in predicate else NS + predicate, ())]

    @cached_property
    def _said(self) -> dict[str, dict[str, list[Term]]]:
        """What is said about each thing that somebody asked for, by property."""
        return {}

    def value(self, subject: str, predicate: str) -> str:
        """The text or IRI of the first value of a property, English first; "" without one."""
        found = self.values(subject, predicate)
        if len(found) > 1:
            found.sort(key=lambda t: getattr(t, "language", None) != "en")
        return found[0].value if found else ""

    def iris(self, subject: str, predicate: str) -> list[str]:
        """The values of a property that are IRIs, in order."""
        return [t.value for t in self.values(subject, predicate) if isinstance(t, ox.NamedNode)]

    def incoming(self, thing: str, predicate: str = "") -> list[str]:
        """The IRIs whose property (any one: none named) has this thing as value, in order."""
        full = _full(predicate) if predicate else ""
        found = (
            term.value
            for name, term in self.pointing.get(thing, _NOTHING)
            if isinstance(term, ox.NamedNode) and (not full or name == full)
        )
        return list(dict.fromkeys(found))

    def instances(self, class_: str) -> list[str]:
        """The IRIs of the things of a class, in order of their IRIs."""
        return self.incoming(_full(class_), RDF_TYPE)

    def types(self, thing: str) -> list[str]:
        """The classes of a thing."""
        return self.iris(thing, RDF_TYPE)

    def label(self, thing: str) -> str:
        """What a thing is called; without a name, the end of its IRI. Never empty."""
        found = self.labels.get(thing, "").strip()
        if found:
            return found
        end = thing.rstrip("/#").rpartition("/")[2].rpartition("#")[2]
        return end or thing or "(no name)"


def _full(name: str) -> str:
    return name if ":" in name else NS + name


def _key(term: ox.NamedNode | ox.BlankNode) -> str:
    return term.value if isinstance(term, ox.NamedNode) else f"_:{term.value}"


def _edge_order(edge: tuple[str, Term]) -> tuple[str, str]:
    return edge[0], str(edge[1])


def _open_texts(dataset: Dataset, written: Dataset) -> dict[str, str]:
    """The texts of the articles that may be shown whole and are at hand."""
    rights = ox.NamedNode(NS + "textRights")
    given: dict[ox.NamedNode, set[str]] = defaultdict(set)
    for quad in written.quads:
        if quad.predicate == rights and isinstance(quad.subject, ox.NamedNode):
            given[quad.subject].add(str(getattr(quad.object, "value", "")))
    full = {f"{VOCABULARY_BASE}text-rights/full"}
    text_property = ox.NamedNode(NS + "text")
    return {
        quad.subject.value: quad.object.value
        for quad in dataset.quads
        if quad.predicate == text_property
        and isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.Literal)
        and given.get(quad.subject) == full
    }
