"""What a build writes: the data in every form that people ask for.

This module decides which files there are, what they are called and what is in
them. Each is a function of the dataset, its report and its project: no clock,
no folder name, no order of files gets in. The texts of articles never do.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

import pyoxigraph as ox

from mesokg import __version__
from mesokg.assets import built
from mesokg.canon import serialize_triples
from mesokg.dataset import Dataset
from mesokg.derived import derive
from mesokg.description import labels
from mesokg.dumps import dumps
from mesokg.engine import Engine, embed, sparql_tokens
from mesokg.files import File, read_bytes
from mesokg.jsonld import claims_jsonld
from mesokg.project import Project, context_file
from mesokg.queries import Param, Query, get_query, load_queries, query
from mesokg.report import Report
from mesokg.reporting import render
from mesokg.results import results
from mesokg.rulebook import rules
from mesokg.site import build_site
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, Prefixes, graph_iri

__all__ = ["build_files", "data_files", "query_triples", "site_files", "size_warning"]

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".bib": "application/x-bibtex",
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".nq": "application/n-quads",
    ".trig": "application/trig",
    ".css": "text/css",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".nt": "application/n-triples",
    ".ris": "application/x-research-info-systems",
    ".rq": "application/sparql-query",
    ".srj": "application/sparql-results+json",
    ".svg": "image/svg+xml",
    ".tsv": "text/tab-separated-values",
    ".tex": "application/x-tex",
    ".ttl": "text/turtle",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".xml": "application/xml",
}

#: A file that stands in a build twice, such as a dump in the site, is one file on the disk from
#: so many bytes on.
_LARGE: Final = 10_000

#: As many statements, some 10,000 claims, were measured (benchmarks/large_site.py).
_MEASURED: Final = 450_000

#: What files are whose suffix says nothing, such as the rules of a web server.
_OTHER_TYPE: Final = "application/octet-stream"


def build_files(dataset: Dataset, report: Report, project: Project) -> Iterator[File]:
    """The data products of a project, one after the other, ``index.json`` last.

    ``data/`` holds the dataset with its derived graphs (TriG, canonical N-Quads,
    JSON-LD), one JSON-LD tree and one CSV row for each claim, the vocabulary, the
    shapes and the canned queries as RDF, the JSON-LD context, and each named
    graph as Turtle below ``data/graphs/``. ``site/`` is the web site, ``report.json`` the report,
    and ``index.json`` lists every other file with its size and SHA-256. The graph of
    article texts is left out. The same input gives the same bytes.

    Raises what `mesokg.queries.query` raises, InputError (``not-writable``) and
    UsageError (``no-base``).
    """
    text_graph = ox.NamedNode(graph_iri(dataset.base or VOCABULARY_BASE, "text"))
    open_quads = tuple(quad for quad in dataset.quads if quad.graph_name != text_graph)
    whole = derive(replace(dataset, quads=open_quads, merged=dataset.merged - {text_graph}))
    entries = []
    places: dict[str, str] = {}
    site = build_site(dataset, project, report, assets=built() or {})
    below = (File(f"site/{file.path}", file.data) for file in site)
    for file in chain(data_files(whole, report, project), below):
        entry = _entry(file)
        entries.append(entry)
        place = places.setdefault(str(entry["sha256"]), file.path)
        is_copy = place != file.path and len(file.data) >= _LARGE
        yield replace(file, same_as=place) if is_copy else file
    yield File("index.json", _index(entries, whole, project))


def site_files(dataset: Dataset, report: Report, project: Project) -> Iterator[File]:
    """The web site alone, one file after the other, ``index.json`` last.

    The same files as below ``site/`` of a build, and a list of them. Raises what
    `mesokg.site.build_site` raises.
    """
    entries = []
    for file in build_site(dataset, project, report, assets=built() or {}):
        entries.append(_entry(file))
        yield file
    about = {**_about(project), "files": sorted(entries, key=lambda entry: str(entry["path"]))}
    yield File("index.json", f"{json.dumps(about, ensure_ascii=False, indent=2)}\n".encode())


def size_warning(dataset: Dataset) -> str:
    """A sentence if a dataset is larger than any that a site was measured with; else ""."""
    number = len(dataset.quads)
    if number <= _MEASURED:
        return ""
    return (
        f"{number:,} statements: sites were measured up to {_MEASURED:,}; docs/scale.md says what "
        "grows, and what to do instead."
    )


def data_files(whole: Dataset, report: Report, project: Project) -> Iterator[File]:
    """The data products alone: ``data/`` and ``report.json`` of a build, and nothing of a site.

    `whole` has its derived graphs and no text of an article. A release is made of these.
    Raises what `build_files` raises.
    """
    prefixes = whole.prefixes
    context = read_bytes(context_file())
    queries = load_queries(project)
    yield from (File(dump.path, dump.data) for dump in dumps(whole))
    yield File("data/claims.jsonld", claims_jsonld(whole, json.loads(context)))
    yield File("data/claims.csv", _claims_csv(embed(whole), queries, prefixes))
    yield File("data/context.jsonld", context)
    by_role = {
        "data/ontology.ttl": ("vocabulary", "mappings"),
        "data/shapes.ttl": ("shapes",),
    }
    graphs = _by_graph(whole)
    for path, roles in by_role.items():
        names = {source.graph for source in whole.sources if source.role in roles}
        chosen = [t for name, triples in graphs.items() if name.value in names for t in triples]
        yield File(path, serialize_triples(chosen, "turtle", prefixes))
    triples = query_triples(queries.values(), whole.base, prefixes)
    yield File("data/queries.ttl", serialize_triples(triples, "turtle", prefixes))
    for name, inside in graphs.items():
        path = f"data/graphs/{_graph_path(name.value, whole.base)}.ttl"
        yield File(path, serialize_triples(inside, "turtle", prefixes))
    told = render(report, "json", prefixes, labels=labels(whole), rules=rules(project))
    yield File("report.json", told.encode())


def _by_graph(dataset: Dataset) -> Mapping[ox.NamedNode, Sequence[ox.Triple]]:
    """The triples of each graph that has an IRI, ordered by IRI."""
    found = defaultdict(list)
    for quad in dataset.quads:
        if isinstance(quad.graph_name, ox.NamedNode):
            found[quad.graph_name].append(quad.triple)
    return dict(sorted(found.items(), key=lambda item: str(item[0])))


#: What a file may be called on every system.
_SAFE: Final = re.compile(r"(?!\.)[^\x00-\x1f\\/:*?\"<>|]{1,100}(?<![. ])")


def _graph_path(graph: str, base: str) -> str:
    """Where the file of a graph lies: as its source file does in the project.

    The tool's own graphs lie in ``mesokg/`` if the project has another base; a
    graph whose IRI makes no path is named by its hash.

    >>> _graph_path("https://example.org/kg/graph/data/my%20notes", "https://example.org/kg/")
    'data/my notes'
    """
    for start, folder in ((base, ""), (VOCABULARY_BASE, "mesokg/")):
        path = unquote(graph.removeprefix(f"{start}graph/"))
        if graph.startswith(f"{start}graph/") and all(map(_SAFE.fullmatch, path.split("/"))):
            return folder + path
    return f"other/{hashlib.sha256(graph.encode()).hexdigest()[:16]}"


def _claims_csv(engine: Engine, queries: Mapping[str, Query], prefixes: Prefixes) -> bytes:
    answer = query(engine, get_query(queries, "export-claims"), {}, prefixes)
    return results(answer, "csv", prefixes)


# --- the list of files ----------------------------------------------------------------------


def _entry(file: File) -> dict[str, object]:
    return {
        "path": file.path,
        "mediaType": _MEDIA_TYPES.get(PurePosixPath(file.path).suffix, _OTHER_TYPE),
        "bytes": len(file.data),
        "sha256": hashlib.sha256(file.data).hexdigest(),
    }


def _index(entries: list[dict[str, object]], whole: Dataset, project: Project) -> bytes:
    """The digest is that of ``data/dataset.nq``, which is the canonical form (RDFC-1.0)."""
    digest = next(entry["sha256"] for entry in entries if entry["path"] == "data/dataset.nq")
    about = {
        **_about(project),
        "dataset": {
            "digest": digest,
            "quads": len(set(whole.quads)),
            "graphs": len(whole.graphs),
        },
        "files": sorted(entries, key=lambda entry: str(entry["path"])),
    }
    return f"{json.dumps(about, ensure_ascii=False, indent=2)}\n".encode()


def _about(project: Project) -> dict[str, object]:
    return {
        "project": {
            "name": project.name,
            "title": project.title,
            "version": project.version,
            "base": project.base,
            "licence": project.licence,
            "publisher": project.publisher,
        },
        "mesokg": __version__,
    }


# --- the queries as RDF ---------------------------------------------------------------------

_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_SH: Final = STANDARD_PREFIXES["sh"]
_SPEX: Final = "https://purl.expasy.org/sparql-examples/ontology#"
_XSD: Final = STANDARD_PREFIXES["xsd"]
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"

#: First word of a query -> its class and the property that holds its text.
_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "ASK": (_SH + "SPARQLAskExecutable", _SH + "ask"),
    "CONSTRUCT": (_SH + "SPARQLConstructExecutable", _SH + "construct"),
    "DESCRIBE": (_SPEX + "SPARQLDescribeExecutable", _SPEX + "describe"),
    "SELECT": (_SH + "SPARQLSelectExecutable", _SH + "select"),
}
_DATATYPES: Final[Mapping[str, str]] = {
    "boolean": "boolean",
    "decimal": "decimal",
    "integer": "integer",
    "string": "string",
    "year": "gYear",
}


def query_triples(queries: Collection[Query], base: str, prefixes: Prefixes) -> Iterator[ox.Triple]:
    """The queries as RDF, in the form that tools for example queries read; no blank nodes."""
    table = f"{base}queries"
    yield _text(table, _DCTERMS + "title", "Canned queries")
    declared: dict[str, str] = {}
    for one in queries:
        declared = dict(_declared(one.text)) | declared
        yield from _described(one, f"{base}query/{one.name}", table)
        for param in one.params:
            yield from _parameter(param, f"{base}query/{one.name}", prefixes)
    for prefix, namespace in declared.items():
        node = f"{table}#{prefix or 'default'}"
        yield _link(table, _SH + "declare", node)
        yield _link(node, _TYPE, _SH + "PrefixDeclaration")
        yield _text(node, _SH + "prefix", prefix, "")
        yield _value(node, _SH + "namespace", namespace, "anyURI")


def _described(one: Query, name: str, table: str) -> Iterator[ox.Triple]:
    """A query: its class, its text without the header, what it answers."""
    class_, property_ = _FORMS[_form(one.text)]
    body = "\n".join(line for line in one.text.splitlines() if not line.startswith("#+"))
    yield _link(name, _TYPE, _SH + "SPARQLExecutable")
    yield _link(name, _TYPE, class_)
    yield _text(name, property_, f"{body.strip()}\n", "")
    yield _link(name, _SH + "prefixes", table)
    yield _text(name, _DCTERMS + "identifier", one.name, "")
    if one.summary:
        yield _text(name, _RDFS + "label", one.summary)
    if one.question:
        yield _text(name, _RDFS + "comment", one.question)
    for tag in one.tags:
        yield _text(name, STANDARD_PREFIXES["schema"] + "keywords", tag, "")


def _parameter(param: Param, query_iri: str, prefixes: Prefixes) -> Iterator[ox.Triple]:
    """A parameter of a query; its name is the end of its path, as SHACL has it."""
    node = f"{query_iri}#parameter-{param.name}"
    yield _link(query_iri, _SH + "parameter", node)
    yield _link(node, _TYPE, _SH + "Parameter")
    yield _link(node, _SH + "path", f"{query_iri}#{param.name}")
    yield _text(node, _SH + "name", param.name, "")
    yield _value(node, _SH + "optional", "false" if param.required else "true", "boolean")
    if param.about:
        yield _text(node, _SH + "description", param.about)
    datatype = _DATATYPES.get(param.type)
    if datatype:
        yield _link(node, _SH + "datatype", _XSD + datatype)
    else:
        class_ = param.class_ and (prefixes.expand(param.class_) or NS + param.class_)
        yield _link(node, _SH + "class", class_ or STANDARD_PREFIXES["skos"] + "Concept")
    if param.default is None:
        return
    slug = f"{VOCABULARY_BASE}{param.scheme}/{param.default}" if param.scheme else ""
    if datatype:
        yield _value(node, _SH + "defaultValue", param.default, datatype)
    elif iri := prefixes.expand(param.default) or slug:
        yield _link(node, _SH + "defaultValue", iri)


def _form(text: str) -> str:
    """SELECT, ASK, CONSTRUCT or DESCRIBE: the first word of a query after its prologue."""
    words = (word.upper() for kind, word, _ in sparql_tokens(text) if kind == "word")
    return next((word for word in words if word in _FORMS), "SELECT")


def _declared(text: str) -> Iterator[tuple[str, str]]:
    """Each prefix that a query declares, with its namespace."""
    tokens = [(k, w) for k, w, _ in sparql_tokens(text) if k not in {"space", "comment"}]
    for (_, word), (_, name), (kind, iri) in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if word.upper() == "PREFIX" and kind == "iri":
            yield name.removesuffix(":"), iri[1:-1]


def _link(subject: str, predicate: str, value: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(value))


def _text(subject: str, predicate: str, text: str, language: str = "en") -> ox.Triple:
    literal = ox.Literal(text, language=language) if language else ox.Literal(text)
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), literal)


def _value(subject: str, predicate: str, text: str, datatype: str) -> ox.Triple:
    literal = ox.Literal(text, datatype=ox.NamedNode(_XSD + datatype))
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), literal)
