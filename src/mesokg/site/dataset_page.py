"""The dataset as one thing: what is in it, who speaks in it, how to take and cite it.

This module decides what describes the dumps, which are those of a build (`mesokg.dumps`).
The numbers on the page are counted in the dataset that the dumps hold. The description in
VoID (https://www.w3.org/TR/void/) claims nothing of releases: it is that of the files
beside it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyoxigraph as ox

from mesokg.canon import serialize_triples
from mesokg.catalogue import Description, describe_release
from mesokg.dumps import dumps
from mesokg.files import File
from mesokg.site.model import DCTERMS, RDF_TYPE, RDFS, SKOS, Site
from mesokg.site.page import Page
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = ["PATH", "VOID_PATH", "Listed", "Voice", "citation", "pages"]

#: The page of the dataset.
PATH: Final = "dataset.html"
#: Where crawlers look for a description (RFC 8615).
VOID_PATH: Final = ".well-known/void"
_DCAT: Final = STANDARD_PREFIXES["dcat"]
_FOAF: Final = STANDARD_PREFIXES["foaf"]
_VOID: Final = STANDARD_PREFIXES["void"]
_XSD: Final = STANDARD_PREFIXES["xsd"]
_FORMATS: Final = "http://www.w3.org/ns/formats/"


@dataclass(frozen=True, slots=True)
class Listed:
    """A dump as the page lists it: its path, what it is, its size and its hash."""

    path: str
    name: str
    media_type: str
    about: str
    bytes: int
    sha256: str

    @property
    def size(self) -> str:
        """How large it is, for people.

        >>> Listed("a.nq", "", "", "", 2_345_678, "").size
        '2.3 MB'
        """
        if self.bytes < 1_000_000:
            return f"{max(1, round(self.bytes / 1000))} KB"
        return f"{self.bytes / 1_000_000:.1f} MB"


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose word some graphs are: its concept (or ""), the graphs, how many statements."""

    iri: str
    about: str
    graphs: tuple[tuple[str, str, int], ...]
    statements: int


#: Of a larger dataset there is no JSON-LD: it would take longer to write than all pages do.
_MOST_JSONLD: Final = 50_000
#: Names that are also those of formats at ``http://www.w3.org/ns/formats/``.
_W3C_FORMATS: Final = frozenset({"JSON-LD", "N-Quads", "TriG", "Turtle"})


def pages(site: Site) -> Iterator[Page | File]:
    """The page of the dataset, its dumps, and its description in VoID.

    Raises InputError (``not-writable``).
    """
    listed = []
    for dump in dumps(site.derived, jsonld=len(site.derived.quads) <= _MOST_JSONLD):
        digest = hashlib.sha256(dump.data).hexdigest()
        listed.append(
            Listed(dump.path, dump.name, dump.media_type, dump.about, len(dump.data), digest)
        )
        yield File(dump.path, dump.data)
    facts = _facts(site)
    yield File(VOID_PATH, serialize_triples(_void(site, facts, listed), "turtle", site.prefixes))
    iri = f"{site.base}dataset"
    title = site.value(iri, f"{DCTERMS}title") or site.title
    yield Page(
        PATH,
        "dataset.html",
        title,
        {
            "bibtex": _bibtex(site),
            "classes": _classes(site),
            "cite": citation(site),
            "creators": site.iris(iri, f"{DCTERMS}creator"),
            "caution": site.value(iri, f"{RDFS}comment"),
            "csv": f"{site.addresses.file_stem(f'{site.base}query/export-claims')}.csv",
            "digest": listed[0].sha256,
            "dumps": listed,
            "facts": facts,
            "graph_number": len(site.derived.graphs),
            "links": _links(facts),
            "made_from": site.iris(iri, f"{STANDARD_PREFIXES['prov']}wasDerivedFrom"),
            "void": VOID_PATH,
            "voices": _voices(site),
        },
        iri=iri if iri in site.addresses else "",
        about=_schema_org(site, facts, listed),
        section=PATH,
        kind="Dataset",
        description=site.project.description
        or f"{facts.triples} statements as linked data, to download and cite.",
        trail=(("index.html", "Home"),),
    )


def _facts(site: Site) -> Description:
    """What the dataset says about itself, and its numbers; nothing of a release."""
    return describe_release(
        site.derived, site.project, version=site.project.version, issued=date.min, files=()
    )


# --- what is in it ----------------------------------------------------------------------------


def _classes(site: Site) -> list[tuple[str, int]]:
    """The classes of the tool's vocabulary with how many things each has, the largest first."""
    counts = Counter(
        {
            class_: len(site.instances(class_))
            for class_ in site.pointing
            if class_.startswith(NS) and site.instances(class_)
        }
    )
    own = {c for c in counts if not c.endswith(("#Relation", "#ArgumentRelation"))}
    return sorted(((c, counts[c]) for c in own), key=lambda item: (-item[1], item[0]))


def _voices(site: Site) -> list[Voice]:
    """The graphs by whose word they are; those of which nobody says it, last."""
    sizes = Counter(
        quad.graph_name.value
        for quad in dict.fromkeys(site.derived.quads)
        if isinstance(quad.graph_name, ox.NamedNode)
    )
    by_voice: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    roles = {source.graph: source.role for source in site.written.sources}
    for graph, size in sorted(sizes.items()):
        voice = next(iter(site.iris(graph, "voice")), "")
        title = site.value(graph, f"{DCTERMS}title") or _graph_name(site, graph)
        kind = voice or (
            "derived" if graph.startswith(f"{site.base}graph/derived/") else roles.get(graph, "")
        )
        by_voice[kind].append((graph, title, size))
    found = []
    for voice, graphs in by_voice.items():
        about = site.value(voice, f"{SKOS}definition") if ":" in voice else _UNVOICED.get(voice, "")
        found.append(Voice(voice, about, tuple(graphs), sum(size for *_, size in graphs)))
    order = {"": 3, "derived": 2, "shapes": 1, "mappings": 1, "vocabulary": 1, "data": 1}
    return sorted(found, key=lambda v: (order.get(v.iri, 0), v.iri))


#: What graphs are of which no voice is stated.
_UNVOICED: Final[Mapping[str, str]] = {
    "": "Nobody says whose word these are.",
    "data": "Nobody says whose word these are.",
    "derived": "Computed from the others at each build, and never written by hand.",
    "mappings": "Which concepts elsewhere mean the same or nearly the same.",
    "shapes": "The rules that the data are checked against.",
    "vocabulary": "What the terms mean.",
}


def _graph_name(site: Site, graph: str) -> str:
    """A graph without a title, by the path of its file."""
    return re.sub(r"^.*?/graph/", "", graph) or site.label(graph)


def _links(facts: Description) -> list[tuple[str, int]]:
    """How many concepts lead to which vocabulary elsewhere, the most first."""
    counts: Counter[str] = Counter()
    for linkset in facts.linksets:
        counts[linkset.target] += linkset.triples
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


# --- how to cite it ---------------------------------------------------------------------------


def citation(site: Site) -> str:
    """How to cite the dataset, on one line."""
    iri = f"{site.base}dataset"
    year = _year(site)
    names = [site.label(creator) for creator in site.iris(iri, f"{DCTERMS}creator")]
    who = ", ".join(names) or site.project.publisher or site.title
    when = f" ({year})" if year else ""
    return f"{who}{when}: {site.title}. Version {site.project.version}. {iri}"


def _year(site: Site) -> str:
    iri = f"{site.base}dataset"
    dates = [site.value(iri, DCTERMS + name) for name in ("modified", "issued", "created")]
    return next((d[:4] for d in dates if re.match(r"[0-9]{4}", d)), "")


def _bibtex(site: Site) -> str:
    """The citation as a BibTeX entry; what BibTeX would take for markup is left out."""

    def plain(text: str) -> str:
        return re.sub(r"[{}\\%$#&~^_]", " ", text)

    names = [site.label(c) for c in site.iris(f"{site.base}dataset", f"{DCTERMS}creator")]
    author = " and ".join(f"{{{plain(name)}}}" for name in names or [site.project.publisher])
    lines = [
        f"@misc{{{re.sub(r'[^A-Za-z0-9-]', '', site.project.name) or 'dataset'},",
        f"  author = {{{author}}},",
        f"  title = {{{{{plain(site.title)}}}}},",
        *([f"  year = {{{_year(site)}}},"] if _year(site) else []),
        f"  version = {{{plain(site.project.version)}}},",
        f"  url = {{{site.base}dataset}}",
        "}",
    ]
    return "\n".join(lines)


def _schema_org(site: Site, facts: Description, listed: list[Listed]) -> dict[str, object]:
    """The dataset as search engines for data read it (https://schema.org/Dataset)."""
    said: dict[str, object] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{site.base}dataset",
        "name": site.title,
        "description": facts.text,
        "version": site.project.version,
        "isAccessibleForFree": True,
        "creator": [{"@type": "Organization", "name": agent.name} for agent in facts.creators],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": dump.name,
                "encodingFormat": dump.media_type,
                "contentUrl": f"{site.base}{dump.path}",
                "contentSize": f"{dump.bytes} B",
                "sha256": dump.sha256,
            }
            for dump in listed
        ],
    }
    if facts.keywords:
        said["keywords"] = list(facts.keywords)
    if site.project.licence.startswith(("http://", "https://")):
        said["license"] = site.project.licence
    return said


# --- VoID -------------------------------------------------------------------------------------


def _void(site: Site, facts: Description, listed: list[Listed]) -> Iterator[ox.Triple]:
    """The dataset in the terms of VoID: how large, in which vocabularies, where to get it."""
    node = f"{site.base}dataset"
    for class_ in (f"{_VOID}Dataset", f"{_DCAT}Dataset"):
        yield _link(node, RDF_TYPE, class_)
    yield _text(node, f"{DCTERMS}title", site.title, "en")
    if site.project.description:
        yield _text(node, f"{DCTERMS}description", site.project.description, "en")
    if _is_iri(site.project.licence):
        yield _link(node, f"{DCTERMS}license", site.project.licence)
    yield _link(node, f"{_FOAF}homepage", site.base)
    yield _text(node, f"{_VOID}uriSpace", site.base)
    for name in sorted({_namespace(iri) for iri, _ in (*facts.classes, *facts.properties)}):
        if _is_iri(name):
            yield _link(node, f"{_VOID}vocabulary", name)
    numbers = {
        "triples": facts.triples,
        "distinctSubjects": facts.subjects,
        "classes": len(facts.classes),
        "properties": len(facts.properties),
    }
    for name, number in numbers.items():
        yield _number(node, name, number)
    for example in site.instances("Claim")[:1]:
        yield _link(node, f"{_VOID}exampleResource", example)
    for dump in listed:
        yield _link(node, f"{_VOID}dataDump", f"{site.base}{dump.path}")
        if dump.name in _W3C_FORMATS:
            yield _link(node, f"{_VOID}feature", f"{_FORMATS}{dump.name}")
    yield from _partitions(node, f"{site.base}{VOID_PATH}", facts)


def _partitions(node: str, void: str, facts: Description) -> Iterator[ox.Triple]:
    """How many things each class has, how often each property is used, where matches lead."""
    for place, (class_, number) in enumerate(facts.classes, 1):
        part = f"{void}#class-{place}"
        yield _link(node, f"{_VOID}classPartition", part)
        yield _link(part, f"{_VOID}class", class_)
        yield _number(part, "entities", number)
    for place, (predicate, number) in enumerate(facts.properties, 1):
        part = f"{void}#property-{place}"
        yield _link(node, f"{_VOID}propertyPartition", part)
        yield _link(part, f"{_VOID}property", predicate)
        yield _number(part, "triples", number)
    for place, links in enumerate(facts.linksets, 1):
        part, target = f"{void}#links-{place}", f"{void}#target-{place}"
        yield _link(node, f"{_VOID}subset", part)
        yield _link(part, RDF_TYPE, f"{_VOID}Linkset")
        yield _link(part, f"{_VOID}subjectsTarget", node)
        yield _link(part, f"{_VOID}objectsTarget", target)
        yield _link(part, f"{_VOID}linkPredicate", links.predicate)
        yield _number(part, "triples", links.triples)
        yield _text(target, f"{_VOID}uriSpace", links.target)


def _namespace(iri: str) -> str:
    """An IRI up to its last slash or hash.

    >>> _namespace("http://e.org/ns#Tea")
    'http://e.org/ns#'
    """
    return re.sub(r"[^/#]*$", "", iri)


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return ":" in text


def _link(subject: str, predicate: str, value: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(value))


def _text(subject: str, predicate: str, text: str, language: str = "") -> ox.Triple:
    literal = ox.Literal(text, language=language) if language else ox.Literal(text)
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), literal)


def _number(subject: str, name: str, number: int) -> ox.Triple:
    literal = ox.Literal(str(number), datatype=ox.NamedNode(f"{_XSD}integer"))
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(_VOID + name), literal)
