"""A release in DCAT 3, with VoID for its content, PROV for its origin, SPDX for checksums."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from mesokg import __version__
from mesokg.catalogue.describing import CAUTION, Description
from mesokg.terms import NS, STANDARD_PREFIXES, Prefixes

__all__ = ["PREFIXES", "catalogue"]

_ADMS: Final = "http://www.w3.org/ns/adms#"
_DQV: Final = "http://www.w3.org/ns/dqv#"
_SPDX: Final = "http://spdx.org/rdf/terms#"
_DCAT: Final = STANDARD_PREFIXES["dcat"]
_DCT: Final = STANDARD_PREFIXES["dcterms"]
_FOAF: Final = STANDARD_PREFIXES["foaf"]
_PROV: Final = STANDARD_PREFIXES["prov"]
_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
_VOID: Final = STANDARD_PREFIXES["void"]
_XSD: Final = STANDARD_PREFIXES["xsd"]
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
_MEDIA: Final = "http://www.iana.org/assignments/media-types/"
_TOOL: Final = "https://w3id.org/mesokg/agent/mesokg"

#: The prefixes of what `catalogue` says, beside those of the field.
PREFIXES: Final = Prefixes({**STANDARD_PREFIXES, "adms": _ADMS, "dqv": _DQV, "spdx": _SPDX})


def catalogue(about: Description) -> tuple[ox.Triple, ...]:
    """The release in DCAT 3, with VoID for its content, PROV for its origin, SPDX for checksums."""
    parts = (
        _catalog(about), _whole(about), _release(about), _origin(about),
        _statistics(about), _quality(about), _graphs(about), _distributions(about), _typed(about),
    )  # fmt: skip
    return tuple(dict.fromkeys(triple for part in parts for triple in part))


def _catalog(about: Description) -> Iterator[ox.Triple]:
    catalog = f"{about.base}catalog"
    yield _link(catalog, _TYPE, _DCAT + "Catalog")
    yield _text(catalog, _DCT + "title", f"Catalogue of: {about.title}")
    yield _text(catalog, _DCT + "description", "All versions of one graph.")
    yield _link(catalog, _DCT + "publisher", about.publisher.iri)
    if about.licence:
        yield _link(catalog, _DCT + "license", about.licence)
    yield _link(catalog, _DCAT + "dataset", about.dataset)
    yield _link(catalog, _DCAT + "dataset", about.iri)


def _whole(about: Description) -> Iterator[ox.Triple]:
    """The graph whatever its version: what all versions have in common, and the newest."""
    yield _link(about.dataset, _TYPE, _DCAT + "Dataset")
    yield from _common(about, about.dataset)
    yield _text(about.dataset, _DCT + "title", about.title)
    yield _link(about.dataset, _DCAT + "hasVersion", about.iri)
    yield _link(about.dataset, _DCAT + "hasCurrentVersion", about.iri)


def _common(about: Description, node: str) -> Iterator[ox.Triple]:
    yield _text(node, _DCT + "description", about.text)
    yield _text(node, _RDFS + "comment", CAUTION)
    yield _link(node, _DCT + "publisher", about.publisher.iri)
    yield from (_link(node, _DCT + "creator", agent.iri) for agent in about.creators)
    yield from (_text(node, _DCAT + "keyword", word) for word in about.keywords)
    yield _link(node, _DCAT + "landingPage", f"{about.base}dataset.html")
    if about.licence:
        yield _link(node, _DCT + "license", about.licence)
    if about.created:
        yield _value(node, _DCT + "created", about.created, "date")


def _release(about: Description) -> Iterator[ox.Triple]:
    node = about.iri
    for class_ in (_DCAT + "Dataset", _VOID + "Dataset", _PROV + "Entity"):
        yield _link(node, _TYPE, class_)
    yield from _common(about, node)
    yield _text(node, _DCT + "title", f"{about.title}, version {about.version}")
    yield _text(node, _DCAT + "version", about.version, "")
    yield _link(node, _DCAT + "isVersionOf", about.dataset)
    yield _value(node, _DCT + "issued", about.issued.isoformat(), "date")
    yield _text(node, _DCT + "identifier", node, "")
    if about.previous:
        earlier = f"{about.base}release/{quote(about.previous)}"
        yield _link(node, _DCAT + "previousVersion", earlier)
        yield _link(node, _PROV + "wasRevisionOf", earlier)
        yield _link(earlier, _TYPE, _DCAT + "Dataset")
        yield _text(earlier, _DCT + "title", f"{about.title}, version {about.previous}")
        yield _text(earlier, _DCT + "description", about.text)
        yield _text(earlier, _DCAT + "version", about.previous, "")
    if about.notes:
        yield _text(node, _ADMS + "versionNotes", about.notes)
    yield from (_link(node, _DCT + "conformsTo", iri) for iri in about.standards)


def _origin(about: Description) -> Iterator[ox.Triple]:
    build = f"{about.iri}#build"
    yield _link(about.iri, _PROV + "wasGeneratedBy", build)
    yield from (_link(about.iri, _PROV + "wasDerivedFrom", iri) for iri, _ in about.sources)
    yield _link(build, _TYPE, _PROV + "Activity")
    yield _text(build, _RDFS + "label", f"The making of version {about.version}")
    yield _link(build, _PROV + "wasAssociatedWith", _TOOL)
    yield _link(_TOOL, _TYPE, _PROV + "SoftwareAgent")
    yield _text(_TOOL, _RDFS + "label", f"mesokg {__version__}", "")
    for graph in about.graphs:
        yield _link(build, _PROV + "used", graph.iri)
    if about.commit:
        commit = f"{build}-commit"
        yield _link(build, _PROV + "used", commit)
        yield _link(commit, _TYPE, _PROV + "Entity")
        yield _text(commit, _DCT + "identifier", about.commit, "")


def _statistics(about: Description) -> Iterator[ox.Triple]:
    node = about.iri
    yield _count(node, "triples", about.triples)
    yield _count(node, "distinctSubjects", about.subjects)
    yield _count(node, "properties", len(about.properties))
    yield _count(node, "classes", len(about.classes))
    yield _text(node, _VOID + "uriSpace", about.base, "")
    yield _link(node, _VOID + "vocabulary", NS)
    for class_, count in about.classes:
        part = f"{node}#class-{_short(class_)}"
        yield _link(node, _VOID + "classPartition", part)
        yield _link(part, _VOID + "class", class_)
        yield _count(part, "entities", count)
    for predicate, count in about.properties:
        part = f"{node}#property-{_short(predicate)}"
        yield _link(node, _VOID + "propertyPartition", part)
        yield _link(part, _VOID + "property", predicate)
        yield _count(part, "triples", count)
    for links in about.linksets:
        part = f"{node}#links-{_short(links.predicate + links.target)}"
        target = f"{node}#target-{_short(links.target)}"
        yield _link(node, _VOID + "subset", part)
        yield _link(part, _TYPE, _VOID + "Linkset")
        yield _link(part, _VOID + "subjectsTarget", node)
        yield _link(part, _VOID + "objectsTarget", target)
        yield _link(part, _VOID + "linkPredicate", links.predicate)
        yield _count(part, "triples", links.triples)
        yield _text(target, _VOID + "uriSpace", links.target, "")


def _short(text: str) -> str:
    """A short name that says what it stands for where it can: no two texts share one."""
    curie = PREFIXES.shorten(text)
    plain = re.fullmatch(r"(\w+):(\w+)", curie)
    return f"{plain[1]}-{plain[2]}" if plain else hashlib.sha256(text.encode()).hexdigest()[:16]


def _quality(about: Description) -> Iterator[ox.Triple]:
    """What validation found, as measurements (https://www.w3.org/TR/vocab-dqv/)."""
    for severity, count in about.findings:
        measured, metric = f"{about.iri}#measured-{severity}", f"{about.iri}#metric-{severity}"
        yield _link(about.iri, _DQV + "hasQualityMeasurement", measured)
        yield _link(measured, _TYPE, _DQV + "QualityMeasurement")
        yield _link(measured, _DQV + "isMeasurementOf", metric)
        yield _value(measured, _DQV + "value", str(count), "integer")
        yield _link(metric, _TYPE, _DQV + "Metric")
        words = f"How many findings of severity {severity} validation made."
        yield _text(metric, _SKOS + "definition", words)
        yield _link(metric, _DQV + "expectedDataType", _XSD + "integer")


def _graphs(about: Description) -> Iterator[ox.Triple]:
    for graph in about.graphs:
        yield _link(about.iri, _VOID + "subset", graph.iri)
        yield _link(graph.iri, _TYPE, _VOID + "Dataset")
        yield _link(graph.iri, _TYPE, _PROV + "Entity")
        yield _text(graph.iri, _DCT + "title", graph.title)
        yield _count(graph.iri, "triples", graph.triples)
        if graph.voice:
            yield _link(graph.iri, NS + "voice", graph.voice)
        if graph.file:
            yield _link(graph.iri, _VOID + "dataDump", about.address(graph.file))


def _distributions(about: Description) -> Iterator[ox.Triple]:
    for file in about.files:
        address = about.address(file.path)
        node, checksum = f"{address}#distribution", f"{address}#checksum"
        yield _link(about.iri, _DCAT + "distribution", node)
        yield _link(node, _TYPE, _DCAT + "Distribution")
        yield _text(node, _DCT + "title", file.path, "")
        if file.about:
            yield _text(node, _DCT + "description", file.about)
        yield _link(node, _DCAT + "accessURL", address)
        yield _link(node, _DCAT + "downloadURL", address)
        yield _link(node, _DCAT + "mediaType", _MEDIA + file.media_type)
        yield _value(node, _DCAT + "byteSize", str(file.bytes), "nonNegativeInteger")
        if about.licence:
            yield _link(node, _DCT + "license", about.licence)
        yield _link(node, _SPDX + "checksum", checksum)
        yield _link(checksum, _TYPE, _SPDX + "Checksum")
        yield _link(checksum, _SPDX + "algorithm", _SPDX + "checksumAlgorithm_sha256")
        yield _value(checksum, _SPDX + "checksumValue", file.sha256, "hexBinary")


def _typed(about: Description) -> Iterator[ox.Triple]:
    """What the things outside are, for readers who want each object to say so (DCAT-AP)."""
    for agent in {about.publisher, *about.creators}:
        yield _link(agent.iri, _TYPE, _FOAF + "Agent")
        yield _link(agent.iri, _TYPE, _PROV + "Agent")
        yield _text(agent.iri, _FOAF + "name", agent.name, "")
    if about.licence:
        yield _link(about.licence, _TYPE, _DCT + "LicenseDocument")
    for iri in about.standards:
        yield _link(iri, _TYPE, _DCT + "Standard")
    yield _link(f"{about.base}dataset.html", _TYPE, _FOAF + "Document")
    yield _link(_SPDX + "checksumAlgorithm_sha256", _TYPE, _SPDX + "ChecksumAlgorithm")
    for file in about.files:
        yield _link(_MEDIA + file.media_type, _TYPE, _DCT + "MediaType")
        yield _link(about.address(file.path), _TYPE, _RDFS + "Resource")


def _link(subject: str, predicate: str, value: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(value))


def _text(subject: str, predicate: str, text: str, language: str = "en") -> ox.Triple:
    literal = ox.Literal(text, language=language) if language else ox.Literal(text)
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), literal)


def _value(subject: str, predicate: str, text: str, datatype: str) -> ox.Triple:
    literal = ox.Literal(text, datatype=ox.NamedNode(_XSD + datatype))
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), literal)


def _count(subject: str, name: str, number: int) -> ox.Triple:
    return _value(subject, _VOID + name, str(number), "integer")
