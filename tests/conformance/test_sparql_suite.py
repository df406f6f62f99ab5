"""The W3C SPARQL tests through our endpoint: protocol, service description, evaluation, syntax.

All files of the suite stand in one server as named graphs; each test chooses its dataset by
default-graph-uri and named-graph-uri. Bare pyoxigraph answers the same query from the same
quads: what it passes, we must pass. What fails stands by name in known-failures.toml, and the
list must be exact.
"""

from __future__ import annotations

import csv
import io
import os
import re
import tarfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from http_client import Got, Running, serving
from mesokg.terms import STANDARD_PREFIXES

HERE = Path(__file__).parent
ARCHIVE = (
    HERE.parent.parent
    / os.environ.get("MESOKG_TESTDATA", "../shared")
    / "conformance/rdf-tests-sparql.tar.gz"
)
KNOWN: Mapping[str, Any] = tomllib.loads((HERE / "known-failures.toml").read_text("utf-8"))[
    "sparql"
]
BASE = "https://suite.example/"
RDF = STANDARD_PREFIXES["rdf"]
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
FORMATS = {
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".ttl": ox.RdfFormat.TURTLE,
}
EVALUATED = {f"{MF}QueryEvaluationTest", f"{MF}CSVResultFormatTest"}

if not ARCHIVE.exists():
    pytest.skip(f"no {ARCHIVE}: set MESOKG_TESTDATA", allow_module_level=True)


# --- reading the suite -----------------------------------------------------------------------


@cache
def files() -> Mapping[str, bytes]:
    found = {}
    with tarfile.open(ARCHIVE) as archive:
        for member in archive.getmembers():
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                found[BASE + member.name.removeprefix("./")] = stream.read()
    return found


@dataclass
class Graph:
    about: dict[Any, dict[str, list[Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, iri: str) -> Graph:
        graph = cls()
        suffix = Path(iri).suffix
        for quad in ox.parse(files()[iri], format=FORMATS[suffix], base_iri=iri):
            graph.about.setdefault(quad.subject, {}).setdefault(quad.predicate.value, []).append(
                quad.object
            )
        return graph

    def get(self, node: Any, name: str) -> list[Any]:
        return self.about.get(node, {}).get(name, [])

    def one(self, node: Any, name: str) -> Any:
        return next(iter(self.get(node, name)), None)

    def items(self, node: Any) -> Iterator[Any]:
        while node is not None and node != ox.NamedNode(f"{RDF}nil"):
            yield self.one(node, f"{RDF}first")
            node = self.one(node, f"{RDF}rest")


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    query: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    result: str = ""


def cases() -> list[Case]:
    found = {}
    folders = ("sparql/sparql10/", "sparql/sparql11/")
    for iri in files():
        place = iri.removeprefix(BASE)
        if not place.startswith(folders) or not iri.endswith("/manifest.ttl"):
            continue
        if "/entailment/" in iri or "/service/" in iri:
            continue  # other regimes than simple entailment; queries that ask others
        graph = Graph.of(iri)
        for node in list(graph.about):
            kinds = {term.value for term in graph.get(node, f"{RDF}type")}
            action = graph.one(node, f"{MF}action")
            for kind in kinds:
                if kind in EVALUATED:
                    data = graph.get(action, f"{QT}data")
                    named = graph.get(action, f"{QT}graphData")
                    case = Case(
                        node.value.removeprefix(BASE), "evaluation",
                        graph.one(action, f"{QT}query").value,
                        tuple(term.value for term in data), tuple(term.value for term in named),
                        graph.one(node, f"{MF}result").value,
                    )  # fmt: skip
                elif kind in {f"{MF}PositiveSyntaxTest11", f"{MF}PositiveSyntaxTest"}:
                    case = Case(node.value, "good", action.value)
                elif kind in {f"{MF}NegativeSyntaxTest11", f"{MF}NegativeSyntaxTest"}:
                    case = Case(node.value, "bad", action.value)
                else:
                    continue
                found[f"{place.rpartition('/')[0]} {node.value}"] = case
    return list(found.values())


def quad_in(quad: ox.Quad, graph: str) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(graph))


def quads() -> Iterator[ox.Quad]:
    """Every file that is data, as a graph with the file's name."""
    for iri, data in files().items():
        if Path(iri).suffix not in FORMATS or not iri.startswith(f"{BASE}sparql/sparql1"):
            continue
        try:
            parsed = list(ox.parse(data, format=FORMATS[Path(iri).suffix], base_iri=iri,
                                   rename_blank_nodes=True))  # fmt: skip
        except SyntaxError:
            continue
        yield from (quad_in(quad, iri) for quad in parsed)


# --- comparing -------------------------------------------------------------------------------

Row = frozenset[tuple[str, str]]


@cache
def stored(literal: ox.Literal) -> str:
    """A literal as a store of Oxigraph gives it back: 01 as 1. That is how we answer, too."""
    store = ox.Store()
    node = ox.NamedNode("http://example.org/")
    store.add(ox.Quad(node, node, literal))
    return str(next(iter(store)).object)


def cell(term: Any) -> str:
    if isinstance(term, ox.BlankNode):
        return "_:"
    return stored(term) if isinstance(term, ox.Literal) else str(term)


def rows_of(answer: Any) -> Any:
    """An answer so that it can be compared: blank nodes are wildcards, order does not count."""
    if isinstance(answer, ox.QueryBoolean | bool):
        return bool(answer)
    if isinstance(answer, ox.QuerySolutions):
        names = [variable.value for variable in answer.variables]
        return Counter(
            frozenset((n, cell(t)) for n, t in zip(names, row, strict=True) if t is not None)
            for row in answer
        )
    return triples_of(answer)


def triples_of(answer: Any) -> Counter[tuple[str, ...]]:
    triples = {triple.triple if isinstance(triple, ox.Quad) else triple for triple in answer}
    return Counter(tuple(map(cell, triple)) for triple in triples)


def csv_rows(data: bytes) -> Counter[tuple[tuple[str, str], ...]]:
    lines = csv.DictReader(io.StringIO(data.decode(), newline=""))
    return Counter(
        tuple(sorted((name, re.sub("^_:.*", "_:", value)) for name, value in row.items()))
        for row in lines
    )


def expected(iri: str) -> Any:
    data, suffix = files()[iri], Path(iri).suffix
    formats = {
        ".srx": ox.QueryResultsFormat.XML,
        ".srj": ox.QueryResultsFormat.JSON,
        ".tsv": ox.QueryResultsFormat.TSV,
    }
    if suffix in formats:
        return rows_of(ox.parse_query_results(data, format=formats[suffix]))
    if suffix == ".csv":
        return csv_rows(data)
    graph = Graph.of(iri)
    sets = [n for n in graph.about if ox.NamedNode(f"{RS}ResultSet") in graph.get(n, f"{RDF}type")]
    if not sets:
        return triples_of(ox.parse(data, format=FORMATS[suffix], base_iri=iri))
    truth = graph.one(sets[0], f"{RS}boolean")
    if truth is not None:
        return truth.value == "true"
    return Counter(
        frozenset(
            (graph.one(binding, f"{RS}variable").value, cell(graph.one(binding, f"{RS}value")))
            for binding in graph.get(solution, f"{RS}binding")
        )
        for solution in graph.get(sets[0], f"{RS}solution")
    )


def as_answer(got: Got, case: Case) -> Any:
    if got.status != 200:
        return f"{got.status} {got.body[:200]!r}"
    if case.result.endswith(".csv"):
        return csv_rows(got.body)
    if got.type.startswith("application/sparql-results"):
        return rows_of(ox.parse_query_results(got.body, format=ox.QueryResultsFormat.JSON))
    return triples_of(ox.parse(got.body, format=ox.RdfFormat.N_TRIPLES))


# --- the tests -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("suite")
    data = folder / "suite.nq"
    inside = [*quads(), *protocol_quads()]
    data.write_bytes(ox.serialize(inside, format=ox.RdfFormat.N_QUADS) or b"")
    with serving(folder, "--data", str(data), "--cache", "0") as running:
        yield running


def protocol_quads() -> Iterator[ox.Quad]:
    """The graphs that the protocol tests name; one of them they never describe."""
    place = "http://kasei.us/2009/09/sparql/data/"
    for number in (1, 2, 3):
        data = files()[f"{BASE}sparql/sparql11/protocol/data{number}.nt"]
        for quad in ox.parse(data, format=ox.RdfFormat.N_TRIPLES):
            yield quad_in(quad, f"{place}data{number}.rdf")
    nothing = ox.NamedNode(f"{place}nothing")
    yield ox.Quad(nothing, nothing, nothing, ox.NamedNode(f"{place}data0.rdf"))


def text_of(case: Case) -> str:
    """The query, with the base that it has in the suite."""
    return f"BASE <{case.query}>\n" + files()[case.query].decode("utf-8-sig")


def test_evaluation(server: Running) -> None:
    """Through the endpoint passes what bare pyoxigraph passes, and nothing is lost on the way."""
    store = ox.Store()
    store.bulk_extend(quads())
    known = {graph.value for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)}
    failed: dict[str, str] = {}
    lost = []
    tried = 0
    for case in cases():
        if case.kind != "evaluation":
            continue
        tried += 1
        wanted = expected(case.result)
        bare = by_pyoxigraph(store, case)
        # A file without a triple is no graph of a store: its name cannot be asked for.
        default = [iri for iri in case.default if iri in known]
        named = [iri for iri in case.named if iri in known]
        fields = [("default-graph-uri", iri) for iri in default]
        fields += [("named-graph-uri", iri) for iri in named]
        accept = "application/sparql-results+json, application/n-triples"
        if case.result.endswith(".csv"):
            accept = "text/csv"
        got = server.ask(text_of(case), "&" + urlencode(fields), accept=accept)
        ours = as_answer(got, case)
        if ours != wanted:
            failed[case.name] = str(ours)[:150]
            if bare == wanted:
                lost.append((case.name, str(ours)[:300]))
    assert tried > 400
    assert lost == []
    assert sorted(failed) == sorted(KNOWN["evaluation"]), failed


def by_pyoxigraph(store: ox.Store, case: Case) -> Any:
    chosen: dict[str, Any] = {}
    if case.default or case.named:
        chosen = {
            "default_graph": [ox.NamedNode(iri) for iri in case.default],
            "named_graphs": [ox.NamedNode(iri) for iri in case.named],
        }
    try:
        answer = store.query(files()[case.query].decode("utf-8-sig"), base_iri=case.query, **chosen)
        if case.result.endswith(".csv") and isinstance(answer, ox.QuerySolutions):
            written = answer.serialize(format=ox.QueryResultsFormat.CSV) or b""
            return csv_rows(written)
        return rows_of(answer)
    except (OSError, RuntimeError, SyntaxError, ValueError) as error:
        return str(error)


def test_syntax(server: Running) -> None:
    """Good queries parse, bad ones are answered 400 with the place."""
    wrong = []
    tried = 0
    for case in cases():
        if case.kind == "evaluation" or not case.query.endswith(".rq"):
            continue
        tried += 1
        try:
            text = text_of(case)
        except UnicodeDecodeError:
            continue
        got = server.ask(text)
        refused = got.status == 400 and got.code == "query-syntax"
        outside = got.status in {400, 403} and got.code in {"query-refused", "unknown-graph"}
        if refused is not (case.kind == "bad") and not (outside and case.kind == "good"):
            wrong.append(f"{case.kind} {case.query.removeprefix(BASE)}")
    assert tried > 200
    assert sorted(wrong) == sorted(KNOWN["syntax"])


# --- the protocol ----------------------------------------------------------------------------

PROTOCOL = f"{BASE}sparql/sparql11/protocol/manifest.ttl"
FORMS = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": ("application/sparql-results+json", "text/csv", "text/tab-separated-values"),
    "RDF": ("text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"),
}


def protocol_tests() -> list[tuple[str, Any]]:
    graph = Graph.of(PROTOCOL)
    manifest = next(n for n in graph.about if graph.get(n, f"{MF}entries"))
    entries = graph.items(graph.one(manifest, f"{MF}entries"))
    return [(node.value.rpartition("#")[2], node) for node in entries]


@pytest.mark.parametrize(("name", "node"), protocol_tests(), ids=lambda value: str(value)[:40])
def test_protocol(server: Running, name: str, node: Any) -> None:
    graph = Graph.of(PROTOCOL)
    node = ox.NamedNode(node.value)
    action = graph.one(node, f"{MF}action")
    requests = list(graph.items(graph.one(action, f"{HT}requests")))
    assert requests
    if "update" in name and not name.startswith("bad"):  # every way to update is refused, with 403
        got = sent(server, graph, requests[0])
        assert (got.status, got.code) == (403, "read-only")
        return
    for request in requests:
        got = sent(server, graph, request)
        wanted = graph.one(request, f"{HT}resp")
        statuses = {term.value[-3:] for term in graph.get(wanted, f"{MF}expectedStatus")}
        assert f"{got.status // 100}xx" in statuses, got
        truth = graph.one(wanted, f"{MF}expectedBoolean")
        if truth is not None:
            assert got.json["boolean"] is (truth.value == "true")
        form = graph.one(wanted, f"{MF}expectedFormat")
        if form is not None:
            assert got.type in FORMS[form.value]


def sent(server: Running, graph: Graph, request: Any) -> Got:
    method = graph.one(request, f"{HT}methodName").value
    path = graph.one(request, f"{HT}absolutePath").value
    headers = {
        graph.one(header, f"{HT}fieldName").value: graph.one(header, f"{HT}fieldValue").value
        for header in graph.items(graph.one(request, f"{HT}headers"))
    }
    body = graph.one(request, f"{HT}body")
    data = None
    if body is not None:
        encoding = graph.one(body, f"{CNT}characterEncoding").value
        data = graph.one(body, f"{CNT}chars").value.encode(encoding)
    return server.send(method, path, data, 30, **headers)


def test_service_description_is_as_its_test_wants_it(server: Running) -> None:
    """RDF comes back, and it holds one service with its endpoint."""
    got = server.get("/sparql")
    graph = list(ox.parse(got.body, format=ox.RdfFormat.TURTLE))
    sd = "http://www.w3.org/ns/sparql-service-description#"
    services = {q.subject for q in graph if q.object == ox.NamedNode(f"{sd}Service")}
    assert len(services) == 1
    endpoints = [q.object for q in graph if q.predicate.value == f"{sd}endpoint"]
    assert endpoints == [ox.NamedNode(f"{server.url}sparql")]
