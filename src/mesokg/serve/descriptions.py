"""What the service says about itself in RDF: service description, VoID, canned queries.

Specs: https://www.w3.org/TR/sparql11-service-description/ and https://www.w3.org/TR/void/.
There are no blank nodes: what has no name of its own gets one below the endpoint's address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response

from mesokg.canon import serialize_triples
from mesokg.dataset import Dataset
from mesokg.exchange import bundled_context
from mesokg.jsonld import to_jsonld
from mesokg.products import query_triples
from mesokg.serve.contents import Catalogue
from mesokg.serve.media import GRAPHS, choose_format, content_type
from mesokg.serve.service import Service
from mesokg.serve.traffic import asked_format, etag, in_pieces, query_fields, unchanged
from mesokg.terms import STANDARD_PREFIXES, Prefixes

__all__ = ["described", "queries_as_rdf", "service_description", "void"]

_SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_VOID: Final = STANDARD_PREFIXES["void"]
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_XSD: Final = STANDARD_PREFIXES["xsd"]
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
_RESULT_FORMATS: Final = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "N-Triples", "JSON-LD", "RDF_XML", "TriG", "N-Quads",
)  # fmt: skip
#: As many classes and properties are listed in VoID.
_MOST: Final = 1000


def described(service: Service, request: Request, triples: Iterator[ox.Triple]) -> Response:
    """Triples about the service in the format that a request asks for."""
    known = service.catalogue
    asked = asked_format(query_fields(request))
    media_type, format = choose_format(request.headers.get("accept", ""), asked, GRAPHS)
    tag = etag(known.digest, service.root(request), request.url.path, media_type)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    root = service.root(request)
    data = service.once(lambda: _written(known, triples, format), root, request.url.path, format)
    return in_pieces(data, headers={"Content-Type": content_type(media_type, format), **headers})


def _written(known: Catalogue, triples: Iterator[ox.Triple], format: str) -> bytes:
    prefixes = Prefixes({**STANDARD_PREFIXES, **known.prefixes, "sd": _SD, "formats": _FORMATS})
    found = tuple(triples)
    if format == "jsonld":
        quads = tuple(ox.Quad(*triple) for triple in found)
        return to_jsonld(Dataset(quads, prefixes), bundled_context())
    return serialize_triples(found, format, prefixes)


def service_description(known: Catalogue, root: str) -> Iterator[ox.Triple]:
    """The SPARQL service of this address: what it speaks, and what it answers from."""
    endpoint = f"{root}sparql"
    whole = f"{endpoint}#dataset"
    yield _link(endpoint, _TYPE, f"{_SD}Service")
    yield _link(endpoint, f"{_SD}endpoint", endpoint)
    yield _link(endpoint, f"{_SD}supportedLanguage", f"{_SD}SPARQL11Query")
    for name in _RESULT_FORMATS:
        yield _link(endpoint, f"{_SD}resultFormat", _FORMATS + name)
    yield _link(endpoint, f"{_SD}defaultDataset", whole)
    yield _link(endpoint, f"{_SD}availableGraphs", whole)
    yield _link(whole, _TYPE, f"{_SD}Dataset")
    yield _link(whole, _TYPE, f"{_SD}GraphCollection")
    yield _link(whole, f"{_SD}defaultGraph", f"{endpoint}#default-graph")
    yield _link(f"{endpoint}#default-graph", _TYPE, f"{_SD}Graph")
    yield _count(f"{endpoint}#default-graph", f"{_VOID}triples", known.triples)
    for place, (iri, count) in enumerate(known.graphs.items(), 1):
        node = f"{endpoint}#graph-{place}"
        yield _link(whole, f"{_SD}namedGraph", node)
        yield _link(node, _TYPE, f"{_SD}NamedGraph")
        yield _link(node, f"{_SD}name", iri)
        yield _link(node, f"{_SD}graph", f"{node}-content")
        yield _link(f"{node}-content", _TYPE, f"{_SD}Graph")
        yield _count(f"{node}-content", f"{_VOID}triples", count)


def void(known: Catalogue, root: str) -> Iterator[ox.Triple]:
    """The dataset: what it is, how much, in which terms, where to ask and to download."""
    whole = f"{known.base or root}dataset"
    about = known.about
    yield _link(whole, _TYPE, f"{_VOID}Dataset")
    yield _text(whole, f"{_DCTERMS}title", about.title)
    if about.description:
        yield _text(whole, f"{_DCTERMS}description", about.description)
    if about.publisher:
        yield _text(whole, f"{_DCTERMS}publisher", about.publisher)
    if about.licence:
        yield from _licence(whole, about.licence)
    yield _link(whole, f"{_VOID}sparqlEndpoint", f"{root}sparql")
    if known.base:
        yield _text(whole, f"{_VOID}uriSpace", known.base)
    yield _count(whole, f"{_VOID}triples", known.triples)
    yield _count(whole, f"{_VOID}distinctSubjects", known.subjects)
    yield _count(whole, f"{_VOID}distinctObjects", known.objects)
    yield _count(whole, f"{_VOID}classes", len(known.classes))
    yield _count(whole, f"{_VOID}properties", len(known.properties))
    for path in known.pages:
        if path.startswith("data/dataset."):
            yield _link(whole, f"{_VOID}dataDump", root + path)
    yield from _partitions(whole, "class", known.classes, f"{_VOID}entities")
    yield from _partitions(whole, "property", known.properties, f"{_VOID}triples")


def queries_as_rdf(known: Catalogue, root: str) -> Iterator[ox.Triple]:
    """The canned queries, each with the endpoint that it is meant for."""
    base = known.base or root
    yield from query_triples(known.queries.values(), base, Prefixes(known.prefixes))
    for name in known.queries:
        iri = f"{base}query/{name}"
        yield _link(iri, STANDARD_PREFIXES["schema"] + "target", f"{root}sparql")


def _partitions(whole: str, kind: str, counts: Mapping[str, int], what: str) -> Iterator[ox.Triple]:
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
    for place, (iri, count) in enumerate(most, 1):
        node = f"{whole}#{kind}-{place}"
        yield _link(whole, f"{_VOID}{kind}Partition", node)
        yield _link(node, f"{_VOID}{kind}", iri)
        yield _count(node, what, count)


def _licence(whole: str, licence: str) -> Iterator[ox.Triple]:
    if licence.startswith(("http://", "https://")):
        yield _link(whole, f"{_DCTERMS}license", licence)
    else:
        yield _text(whole, f"{_DCTERMS}rights", licence)


def _link(subject: str, predicate: str, value: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(value))


def _text(subject: str, predicate: str, text: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.Literal(text))


def _count(subject: str, predicate: str, number: int) -> ox.Triple:
    value = ox.Literal(str(number), datatype=ox.NamedNode(f"{_XSD}integer"))
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), value)
