"""The SPARQL 1.1 Protocol over a real connection: requests, formats, refusals, descriptions."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from http_client import Got, Running, serving

FORM = "application/x-www-form-urlencoded"
DATA = """
@prefix e: <http://e/> .
e:tea e:cost 2 ; e:name "tea"@en , "line\\nend, \\"quoted\\"" .
e:mate e:cost 3 .
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("protocol")
    (folder / "one.ttl").write_text(DATA, "utf-8")
    (folder / "two.ttl").write_text("<http://e/two> <http://e/cost> 5 .", "utf-8")
    (folder / "three.ttl").write_text("<http://e/three> <http://e/cost> 7 .", "utf-8")
    named = [
        f"--named=http://e/g{n}={folder / name}" for n, name in ((2, "two.ttl"), (3, "three.ttl"))
    ]
    with serving(folder, "--data", str(folder / "one.ttl"), *named) as running:
        yield running


def values(got: Got, name: str = "n") -> list[str]:
    assert got.status == 200, got.body
    return sorted(row[name]["value"] for row in got.json["results"]["bindings"])


COSTS = "SELECT ?n { ?s <http://e/cost> ?n }"
NAMED = "SELECT ?n { GRAPH ?g { ?s <http://e/cost> ?n } }"


# --- the ways to ask -------------------------------------------------------------------------


def test_the_three_ways_to_ask_give_one_answer(server: Running) -> None:
    got = server.ask(COSTS)
    form = server.send("POST", "/sparql", f"query={quote(COSTS)}".encode(), content_type=FORM)
    direct = server.send(
        "POST", "/sparql", COSTS.encode(), content_type="application/sparql-query; charset=utf-8"
    )
    assert values(got) == values(form) == values(direct) == ["2", "3"]


def test_head_is_get_without_a_body(server: Running) -> None:
    path = f"/sparql?query={quote(COSTS)}"
    get, head = server.get(path), server.send("HEAD", path)
    assert head.status == 200
    assert head.body == b""
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == get.headers[name]


def test_options_say_what_is_allowed(server: Running) -> None:
    got = server.send(
        "OPTIONS", "/sparql", origin="https://elsewhere.example",
        access_control_request_method="POST", access_control_request_headers="content-type",
    )  # fmt: skip
    assert got.status == 204
    assert got.headers["access-control-allow-origin"] == "*"
    assert "POST" in got.headers["access-control-allow-methods"]
    assert "Content-Type" in got.headers["access-control-allow-headers"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_not_allowed(server: Running, method: str) -> None:
    got = server.send(method, "/sparql")
    assert got.code == "method-not-allowed"
    assert got.status == 405
    assert "POST" in got.headers["allow"]


@pytest.mark.parametrize(
    ("parameters", "default", "named"),
    [
        ("", ["2", "3"], ["5", "7"]),
        ("&default-graph-uri=http://e/g2", ["5"], []),
        ("&default-graph-uri=http://e/g2&default-graph-uri=http://e/g3", ["5", "7"], []),
        ("&named-graph-uri=http://e/g3", [], ["7"]),
        ("&default-graph-uri=http://e/g2&named-graph-uri=http://e/g3", ["5"], ["7"]),
    ],
)
def test_the_dataset_of_a_request(
    server: Running, parameters: str, default: list[str], named: list[str]
) -> None:
    assert values(server.ask(COSTS, parameters)) == default
    assert values(server.ask(NAMED, parameters)) == named


def test_the_request_s_dataset_goes_before_that_of_the_query(server: Running) -> None:
    query = "SELECT ?n FROM <http://e/g2> { ?s <http://e/cost> ?n }"
    assert values(server.ask(query)) == ["5"]
    assert values(server.ask(query, "&default-graph-uri=http://e/g3")) == ["7"]


# --- formats ---------------------------------------------------------------------------------

TABLES = {
    "application/sparql-results+json": b'"bindings"',
    "application/sparql-results+xml": b"<binding",
    "text/csv": b"n\r\n",
    "text/tab-separated-values": b"?n\n",
    "application/json": b'"bindings"',
}
GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}


@pytest.mark.parametrize("media_type", TABLES)
def test_every_format_of_tables(server: Running, media_type: str) -> None:
    got = server.ask(COSTS, accept=media_type)
    assert got.type == media_type
    assert TABLES[media_type] in got.body


@pytest.mark.parametrize("media_type", [t for t in TABLES if "csv" not in t and "tab" not in t])
def test_yes_and_no_in_every_format(server: Running, media_type: str) -> None:
    yes = server.ask("ASK { ?s ?p 2 }", accept=media_type)
    no = server.ask("ASK { ?s ?p 99 }", accept=media_type)
    assert yes.type == no.type == media_type
    assert b"true" in yes.body
    assert b"false" in no.body


@pytest.mark.parametrize("media_type", GRAPHS)
@pytest.mark.parametrize(
    "query",
    ["CONSTRUCT { ?s <http://e/p> ?n } { ?s <http://e/cost> ?n }", "DESCRIBE <http://e/tea>"],
)
def test_every_format_of_graphs(server: Running, media_type: str, query: str) -> None:
    got = server.ask(query, accept=media_type)
    assert got.type == media_type
    triples = {quad.triple for quad in ox.parse(got.body, format=GRAPHS[media_type])}
    assert len(triples) == (2 if "CONSTRUCT" in query else 3)


def test_answers_are_read_back_as_they_were(server: Running) -> None:
    query = 'SELECT ?o { <http://e/tea> <http://e/name> ?o FILTER(LANG(?o) = "") }'
    text = 'line\nend, "quoted"'
    for media_type, format in (
        ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
        ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
        ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
    ):
        got = server.ask(query, accept=media_type)
        solutions = ox.parse_query_results(got.body, format=format)
        assert [row[0].value for row in solutions] == [text]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv;q=0.5, application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("nonsense", "application/sparql-results+json"),
        ("text/csv;q=zero", "text/csv"),
    ],
)
def test_negotiation(server: Running, accept: str, media_type: str) -> None:
    assert server.ask(COSTS, accept=accept).type == media_type


def test_what_cannot_be_had_is_406_and_lists_what_can(server: Running) -> None:
    got = server.ask(COSTS, accept="image/png")
    assert (got.status, got.code) == (406, "not-acceptable")
    assert "text/csv" in got.json["allowed"]
    assert server.ask(COSTS, "&format=turtle").code == "unknown-format"


def test_a_format_by_name_goes_before_accept(server: Running) -> None:
    assert server.ask(COSTS, "&format=csv", accept="application/json").type == "text/csv"


def test_xml_holds_what_xml_can(server: Running) -> None:
    query = 'SELECT ("a\\rb<&" AS ?x) {}'
    got = server.ask(query, accept="application/sparql-results+xml")
    assert b"a&#13;b&lt;&amp;" in got.body
    odd = server.ask('SELECT ("a\\u0001" AS ?x) {}', accept="application/sparql-results+xml")
    assert (odd.status, odd.code) == (406, "not-writable")


# --- caching, packing ------------------------------------------------------------------------


def test_who_has_an_answer_is_not_sent_it_again(server: Running) -> None:
    first = server.ask(COSTS)
    tag = first.headers["etag"]
    again = server.ask(COSTS, if_none_match=f'"other", {tag}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == tag
    assert server.ask(COSTS + " ", if_none_match=tag).status == 200
    assert server.ask(COSTS, accept="text/csv").headers["etag"] != tag


def test_an_answer_that_differs_each_time_has_no_tag(server: Running) -> None:
    """Workers are copies of one process; their random numbers must not be."""
    answers = [server.ask("SELECT (STRUUID() AS ?n) {}") for _ in range(20)]
    assert len({values(got)[0] for got in answers}) == 20
    assert "etag" not in answers[0].headers
    assert answers[0].headers["cache-control"] == "no-store"


def test_gzip(server: Running) -> None:
    query = "SELECT ?n ?m { VALUES ?n { " + "1 2 3 4 5 6 7 8 9 " * 20 + "} BIND(?n AS ?m) }"
    packed = server.ask(query, accept_encoding="br, gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert gzip.decompress(packed.body) == server.ask(query).body
    assert "content-encoding" not in server.ask(query, accept_encoding="gzip;q=0").headers


# --- what is wrong with a request ------------------------------------------------------------


def test_a_syntax_error_has_line_and_column(server: Running) -> None:
    got = server.ask("SELECT *\nWHERE { ?s ?p }")
    assert (got.status, got.code) == (400, "query-syntax")
    assert (got.json["line"], got.json["column"]) == (2, 16)


def test_a_missing_prefix_is_named_with_the_line_to_add(server: Running) -> None:
    got = server.ask("SELECT * { ?s skos:broader ?o }")
    assert "skos:" in got.json["detail"]
    assert "PREFIX skos:" in got.json["hint"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/sparql?query=ASK%7B%7D&query=ASK%7B%7D", "bad-request"),
        ("/sparql?query=ASK%7B%7D&format=csv&format=json", "bad-request"),
        ("/sparql?query=%FF", "bad-request"),
        ("/sparql?query=ASK%00", "bad-request"),
        ("/sparql?query=%zz", "bad-request"),
        ("/sparql?query=", "query-syntax"),
        ("/sparql?query=ASK%7B%7D&default-graph-uri=no%20iri", "bad-request"),
        ("/sparql?query=ASK%7B%7D&default-graph-uri=http://e/none", "unknown-graph"),
        ("/sparql?" + "&".join(f"a{n}=1" for n in range(200)), "bad-request"),
    ],
)
def test_a_bad_query_string_is_400(server: Running, path: str, code: str) -> None:
    got = server.get(path)
    assert (got.status, got.code) == (400, code)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/sparql-query", b"\xff", 400, "bad-request"),
        ("application/sparql-query", b"ASK {}\0", 400, "bad-request"),
        (FORM, b"query=%FF", 400, "bad-request"),
        (FORM, b"query=\xff", 400, "bad-request"),
        (FORM, b"", 400, "bad-request"),
        (FORM, b"other=1", 400, "bad-request"),
        ("text/plain", b"ASK {}", 415, "media-type"),
        ("", b"ASK {}", 415, "media-type"),
        ("application/sparql-query", b"#" * 300_000, 413, "request-too-large"),
    ],
)
def test_a_bad_body_says_why(
    server: Running, content_type: str, body: bytes, status: int, code: str
) -> None:
    got = server.send("POST", "/sparql", body, content_type=content_type)
    assert (got.status, got.code) == (status, code)


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <a:b> <a:b> 1 }",
        "PREFIX e: <http://e/> DELETE WHERE { ?s ?p ?o }",
        "LOAD <http://127.0.0.1/>",
        "CLEAR ALL",
        "DROP ALL",
    ],
)
def test_updates_are_refused_whatever_way_they_come(server: Running, query: str) -> None:
    update = "application/sparql-update"
    for got in (
        server.ask(query),
        server.get(f"/sparql?update={quote(query)}"),
        server.send("POST", "/sparql", f"update={quote(query)}".encode(), content_type=FORM),
        server.send("POST", "/sparql", query.encode(), content_type=update),
    ):
        assert (got.status, got.code) == (403, "read-only")
    assert values(server.ask(COSTS)) == ["2", "3"]


def test_from_outside_the_dataset_is_refused_and_the_nearest_named(server: Running) -> None:
    got = server.ask("PREFIX e: <http://e/> SELECT * FROM e:g22 { ?s ?p ?o }")
    assert (got.status, got.code) == (400, "unknown-graph")
    assert "http://e/g2" in got.json["hint"]
    for iri in ("file:///etc/passwd", "http://127.0.0.1:1/"):
        assert server.ask(f"SELECT * FROM <{iri}> {{ ?s ?p ?o }}").code == "unknown-graph"
        assert server.ask(f"SELECT * FROM NAMED <{iri}> {{ ?s ?p ?o }}").code == "unknown-graph"


def test_service_is_refused(server: Running) -> None:
    got = server.ask("SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }")
    assert (got.status, got.code) == (403, "query-refused")


# --- what the service says of itself ---------------------------------------------------------

SD = "http://www.w3.org/ns/sparql-service-description#"


def described(got: Got) -> dict[str, set[str]]:
    assert got.type == "text/turtle", got.body
    found: dict[str, set[str]] = {}
    for quad in ox.parse(got.body, format=ox.RdfFormat.TURTLE):
        assert isinstance(quad.subject, ox.NamedNode)
        found.setdefault(quad.predicate.value, set()).add(getattr(quad.object, "value", ""))
    return found


def test_service_description(server: Running) -> None:
    said = described(server.get("/sparql"))
    assert said[SD + "endpoint"] == {f"{server.url}sparql"}
    assert said[SD + "name"] == {"http://e/g2", "http://e/g3"}
    assert SD + "SPARQL11Query" in said[SD + "supportedLanguage"]
    assert len(said[SD + "resultFormat"]) == 10


def test_the_address_behind_a_proxy(server: Running) -> None:
    said = described(server.get("/sparql", host="data.example.org", x_forwarded_proto="https"))
    assert said[SD + "endpoint"] == {"https://data.example.org/sparql"}
    odd = described(server.get("/sparql", host='a"><script>'))
    assert odd[SD + "endpoint"] == {"http://localhost/sparql"}


def test_void(server: Running) -> None:
    said = described(server.get("/.well-known/void"))
    void = "http://rdfs.org/ns/void#"
    assert "4" in said[void + "triples"]
    assert said[void + "sparqlEndpoint"] == {f"{server.url}sparql"}
    assert said[void + "property"] == {"http://e/cost", "http://e/name"}
    assert server.get("/.well-known/void", accept="application/ld+json").json


def test_a_browser_gets_a_form(server: Running) -> None:
    got = server.get("/sparql", accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert got.type == "text/html"
    assert b"<textarea" in got.body
    assert "default-src 'none'" in got.headers["content-security-policy"]


def test_every_answer_is_safe_to_show(server: Running) -> None:
    for got in (server.ask(COSTS), server.get("/nothing"), server.get("/api"), server.get("/")):
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in got.headers["content-security-policy"]
        assert got.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in got.headers
        assert "server" not in got.headers


def test_log_lines_name_a_query_and_hold_no_text(server: Running) -> None:
    secret = "SELECT ?n { ?s <http://e/cost> ?n } # secret-word"
    got = server.ask(secret)
    assert got.status == 200
    line = server.entries()[-1]
    assert re.fullmatch(r"[0-9a-f]{16}", line["query"])
    assert (line["status"], line["rows"], line["outcome"]) == (200, 2, "ok")
    assert line["bytes"] == len(got.body)
    assert "secret" not in server.log.read_text("utf-8")
