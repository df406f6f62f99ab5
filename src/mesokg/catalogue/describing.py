"""What is said of a release, gathered once from the configuration and the graph."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.description import labels
from mesokg.project import Project
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE

__all__ = [
    "CAUTION",
    "Agent",
    "Description",
    "FileEntry",
    "GraphEntry",
    "Linkset",
    "describe_release",
]

_DCAT: Final = STANDARD_PREFIXES["dcat"]
_DCT: Final = STANDARD_PREFIXES["dcterms"]
_OWL: Final = STANDARD_PREFIXES["owl"]
_PROV: Final = STANDARD_PREFIXES["prov"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
_VOID: Final = STANDARD_PREFIXES["void"]
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"

_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: What a description of health data must not leave unsaid.
CAUTION: Final = (
    "It records what articles say and how surely. It does not say what is true, and it is no "
    "advice to anyone."
)
_MATCHES: Final = frozenset(
    _SKOS + name
    for name in ("broadMatch", "closeMatch", "exactMatch", "narrowMatch", "relatedMatch")
)


@dataclass(frozen=True, slots=True, order=True)
class Agent:
    """Somebody: a name, and an IRI."""

    iri: str
    name: str


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a release: its path in it, what it is, and what it must be."""

    path: str
    media_type: str
    bytes: int
    sha256: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class GraphEntry:
    """A named graph: what it is, how large, and a digest that order and layout do not change.

    `digest` is the SHA-256 of the graph's canonical N-Triples (RDFC-1.0), `file` the path
    of its Turtle file.
    """

    iri: str
    title: str
    triples: int
    digest: str
    file: str = ""
    voice: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Linkset:
    """How many statements with one property lead to one other vocabulary."""

    predicate: str
    target: str
    triples: int


@dataclass(frozen=True, slots=True)
class Description:
    """Everything that is said of a release, once.

    `iri` is that of the release, `dataset` that of the graph whatever its version.
    """

    base: str
    name: str
    title: str
    description: str
    version: str
    issued: date
    licence: str
    publisher: Agent
    creators: tuple[Agent, ...]
    keywords: tuple[str, ...] = ()
    created: str = ""
    previous: str = ""
    notes: str = ""
    commit: str = ""
    digest: str = ""
    triples: int = 0
    subjects: int = 0
    graphs: tuple[GraphEntry, ...] = ()
    classes: tuple[tuple[str, int], ...] = ()
    properties: tuple[tuple[str, int], ...] = ()
    linksets: tuple[Linkset, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    standards: tuple[str, ...] = ()
    files: tuple[FileEntry, ...] = ()
    findings: tuple[tuple[str, int], ...] = ()

    @property
    def iri(self) -> str:
        """The IRI of this version; its files lie below it."""
        return f"{self.base}release/{quote(self.version)}"

    @property
    def dataset(self) -> str:
        """The IRI of the graph, whatever its version."""
        return f"{self.base}dataset"

    @property
    def text(self) -> str:
        """What the graph is."""
        return self.description or self.title

    def address(self, path: str) -> str:
        """Where a file of the release is published."""
        return f"{self.iri}/{quote(path)}"


def describe_release(
    dataset: Dataset, project: Project, *, version: str, issued: date, files: Iterable[FileEntry],
    graphs: Iterable[GraphEntry] = (), previous: str = "", notes: str = "", commit: str = "",
    digest: str = "", findings: Iterable[tuple[str, int]] = (),
) -> Description:  # fmt: skip
    """The description of a release, from the project's configuration and from what the graph says.

    Where both speak, the configuration counts for the title, the text, the licence and the
    publisher, the graph for creators, keywords and dates.
    """
    facts = _Facts(dataset)
    creators = [
        Agent(iri, facts.labels.get(iri, iri))
        for iri in facts.iris(f"{project.base}dataset", _DCT + "creator") or facts.graph_creators()
    ]
    if project.publisher or not creators:
        publisher = facts.agent(project.publisher or "Publisher not stated", project.base)
    else:
        publisher = creators[0]
    return Description(
        base=project.base,
        name=project.name,
        title=project.title,
        description=project.description,
        version=version,
        issued=issued,
        licence=project.licence,
        publisher=publisher,
        creators=tuple(creators) or (publisher,),
        keywords=facts.texts(f"{project.base}dataset", _DCAT + "keyword"),
        created=facts.day(f"{project.base}dataset", _DCT + "created"),
        previous=previous,
        notes=notes,
        commit=commit,
        digest=digest,
        triples=len(set(dataset.quads)),
        subjects=len({quad.subject for quad in dataset.quads}),
        graphs=tuple(graphs),
        classes=facts.classes(),
        properties=facts.properties(),
        linksets=facts.linksets(project.base),
        sources=facts.articles(),
        standards=(f"{VOCABULARY_BASE}ns", f"{VOCABULARY_BASE}shapes", *facts.versions()),
        files=tuple(files),
        findings=tuple(findings),
    )


class _Facts:
    """What the graph says that belongs into its description."""

    def __init__(self, dataset: Dataset) -> None:
        self._about: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._quads = tuple(dict.fromkeys(dataset.quads))
        self.labels = labels(dataset)
        for subject, predicate, value in dataset.default_graph:
            if isinstance(subject, ox.NamedNode) and not isinstance(value, ox.Triple):
                self._about[subject.value][predicate.value].append(value)

    def iris(self, subject: str, predicate: str) -> tuple[str, ...]:
        found = self._about[subject][predicate] if subject in self._about else ()
        return tuple(sorted({v.value for v in found if isinstance(v, ox.NamedNode)}))

    def texts(self, subject: str, predicate: str) -> tuple[str, ...]:
        found = self._about[subject][predicate] if subject in self._about else ()
        return tuple(sorted({v.value for v in found if isinstance(v, ox.Literal)}))

    def day(self, subject: str, predicate: str) -> str:
        """The first value that is a day; "" for none."""
        days = (text for text in self.texts(subject, predicate) if _DAY.fullmatch(text))
        return next(days, "")

    def _instances(self, class_: str) -> Iterator[str]:
        wanted = ox.NamedNode(class_)
        for subject in sorted(self._about):
            if wanted in self._about[subject].get(_TYPE, ()):
                yield subject

    def graph_creators(self) -> tuple[str, ...]:
        found = {
            iri
            for graph in self._instances(_VOID + "Dataset")
            for iri in self.iris(graph, _DCT + "creator")
        }
        return tuple(sorted(found))

    def agent(self, name: str, base: str) -> Agent:
        """The agent of the graph that is called so, else one with an IRI made for it."""
        for iri in self._instances(_PROV + "Agent"):
            if self.labels.get(iri) == name:
                return Agent(iri, name)
        return Agent(f"{base}agent/{hashlib.sha256(name.encode()).hexdigest()[:16]}", name)

    def articles(self) -> tuple[tuple[str, str], ...]:
        """The articles that were encoded, with their titles."""
        return tuple((iri, self.labels.get(iri, iri)) for iri in self._instances(NS + "Article"))

    def versions(self) -> tuple[str, ...]:
        """The versions of the vocabularies in the graph."""
        found = [
            version
            for iri in self._instances(_OWL + "Ontology")
            for version in self.iris(iri, _OWL + "versionIRI")
        ]
        return tuple(sorted(found))

    def classes(self) -> tuple[tuple[str, int], ...]:
        counts = Counter(
            quad.object.value
            for quad in self._quads
            if quad.predicate.value == _TYPE and isinstance(quad.object, ox.NamedNode)
        )
        return tuple(sorted(counts.items()))

    def properties(self) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(Counter(quad.predicate.value for quad in self._quads).items()))

    def linksets(self, base: str) -> tuple[Linkset, ...]:
        """Matches with concepts elsewhere, by property and by the namespace they lead to."""
        counts = Counter(
            (quad.predicate.value, re.sub(r"[^/#_]*$", "", quad.object.value))
            for quad in self._quads
            if quad.predicate.value in _MATCHES
            and isinstance(quad.object, ox.NamedNode)
            and not quad.object.value.startswith((base, VOCABULARY_BASE))
        )
        return tuple(
            sorted(Linkset(predicate, target, n) for (predicate, target), n in counts.items())
        )
