"""Canned queries over HTTP: parameters, pages, formats, the description that clients read."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from http_client import Running, serving

ROOT = Path(__file__).resolve().parent.parent
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("api")
    with serving(folder, project=ROOT) as running:
        yield running


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The same without the site."""
    with serving(tmp_path_factory.mktemp("bare"), "--no-site", project=ROOT) as running:
        yield running


def rows(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode(), newline="")))


def pairs(header: str) -> Iterator[tuple[str, str]]:
    for part in header.split(", "):
        link, _, rel = part.partition("; rel=")
        yield link, rel


# --- answers ---------------------------------------------------------------------------------


def test_the_list_names_every_query(server: Running) -> None:
    said = server.get("/api").json["queries"]
    names = [entry["name"] for entry in said]
    assert names == sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))
    assert server.get(said[0]["url"].removeprefix(server.url.rstrip("/"))).status == 200


def test_every_query_without_needed_parameters_answers_as_the_command_line_does(
    server: Running,
) -> None:
    from mesokg.cli.shell import Settings
    from mesokg.derived import derive
    from mesokg.engine import Table, embed
    from mesokg.queries import load_queries, query
    from mesokg.results import results

    settings = Settings(ROOT, None, None, False, True, "never")
    dataset = derive(settings.dataset())
    engine = embed(dataset)
    tried = 0
    for name, canned in load_queries(settings.project()).items():
        if any(param.required for param in canned.params):
            continue
        answer = query(engine, canned, {}, dataset.prefixes)
        if isinstance(answer, Table):
            got = server.get(f"/api/{name}?format=csv")
            assert rows(got.body) == rows(results(answer, "csv", dataset.prefixes)), name
        tried += 1
    assert tried > 40


def test_a_value_is_one_term_whatever_it_holds(server: Running) -> None:
    hostile = '"} UNION { ?claim ?p ?o } #'
    got = server.get(
        "/api/list-claims?strength=" + "%22%7D%20UNION%20%7B%20?s%20?p%20?o%20%7D%20%23"
    )
    assert got.status == 400
    assert hostile[:5] not in str(got.json.get("allowed"))


def test_pages_make_the_whole_and_link_to_each_other(server: Running) -> None:
    whole = rows(server.get("/api/list-claims?format=csv").body)
    path, pages, seen = "/api/list-claims?format=csv&page-size=7", [], []
    while path:
        got = server.get(path)
        pages.append(got)
        seen += rows(got.body)[1:]
        links = {rel: link for link, rel in pairs(got.headers["link"])}
        following = links.get('"next"', "")
        path = f"/api/list-claims{following.strip('<>')}" if following else ""
    assert seen == whole[1:]
    assert len(pages) == -(-len(seen) // 7)
    assert 'rel="prev"' not in pages[0].headers["link"]
    assert f'page={len(pages)}>; rel="last"' in pages[0].headers["link"]
    beyond = server.get("/api/list-claims?format=csv&page-size=7&page=900")
    assert rows(beyond.body) == [whole[0]]


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
def test_tables_in_every_format_whole_and_in_pages(server: Running, format: str) -> None:
    whole = server.get(f"/api/list-hedges?format={format}")
    paged = server.get(f"/api/list-hedges?format={format}&page-size=10000")
    assert whole.status == paged.status == 200
    if format == "csv":
        assert whole.body == paged.body


@pytest.mark.parametrize(
    ("format", "kind"),
    [
        ("turtle", ox.RdfFormat.TURTLE), ("ntriples", ox.RdfFormat.N_TRIPLES),
        ("jsonld", ox.RdfFormat.JSON_LD), ("rdfxml", ox.RdfFormat.RDF_XML),
        ("trig", ox.RdfFormat.TRIG), ("nquads", ox.RdfFormat.N_QUADS),
    ],
)  # fmt: skip
def test_graphs_in_every_format(server: Running, format: str, kind: ox.RdfFormat) -> None:
    got = server.get(f"/api/construct-cito?format={format}")
    assert len({quad.triple for quad in ox.parse(got.body, format=kind)}) == 23


# --- what is wrong with a request ------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "code", "parameter"),
    [
        ("/api/list-claimz", 404, "unknown-query", None),
        ("/api/list-claims?strenght=low", 400, "unknown-parameter", "strenght"),
        ("/api/list-claims?page-size=0", 400, "parameter-type", "page-size"),
        ("/api/list-claims?page-size=1e9", 400, "parameter-type", "page-size"),
        ("/api/list-claims?page-size=5&page=-1", 400, "parameter-type", "page"),
        ("/api/list-claims?format=turtle", 406, "unknown-format", "format"),
        ("/api/trace-claim?claim=nothing-like-it", 400, "parameter-value", "claim"),
        ("/api/trace-claim?claim=c01&claim=c02", 400, "bad-request", "claim"),
        ("/api/compare-years?all=perhaps", 400, "parameter-type", "all"),
        ("/api/compare-years?all=%00", 400, "bad-request", None),
        ("/api/compare-years?all=%ff", 400, "bad-request", None),
    ],
)
def test_a_problem_names_the_parameter(
    server: Running, path: str, status: int, code: str, parameter: str | None
) -> None:
    got = server.get(path)
    assert (got.status, got.code) == (status, code)
    assert got.json.get("parameter") == parameter


def test_a_parameter_that_is_needed_is_asked_for(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "second-project", project)
    header = "#+ params:\n#+   n: {type: integer, required: true}\n"
    (project / "queries").mkdir(exist_ok=True)
    (project / "queries" / "half.rq").write_text(
        f"{header}SELECT (?n / 2 AS ?half) {{ VALUES ?n {{ 8 }} }}\n", "utf-8"
    )
    with serving(tmp_path, project=project) as server:
        got = server.get("/api/half")
        assert (got.status, got.code, got.json["parameter"]) == (400, "missing-parameter", "n")
        assert server.get("/api/half?n=x").json["parameter"] == "n"
        assert rows(server.get("/api/half?n=6&format=csv").body) == [["half"], ["3"]]
        assert b"n" in server.get("/api/half", accept=BROWSER).body


def test_a_problem_lists_the_values(server: Running) -> None:
    problem = server.get("/api/compare-years?all=perhaps").json
    assert problem["allowed"] == ["false", "true"]
    problem = server.get("/api/trace-claim?claim=nothing").json
    assert "-p " not in problem.get("hint", "")
    value = problem["allowed"][0]
    assert server.get(f"/api/trace-claim?claim={value}").status == 200


# --- what clients read -----------------------------------------------------------------------


def test_openapi_is_valid_and_lists_the_values_of_the_graph(server: Running) -> None:
    validator = pytest.importorskip("openapi_spec_validator", reason="no openapi-spec-validator")
    document = server.get("/api/openapi.json").json
    validator.validate(document)
    operation = document["paths"]["/api/trace-claim"]["get"]
    (claim,) = [entry for entry in operation["parameters"] if entry["name"] == "claim"]
    assert not claim["required"]
    problem = server.get("/api/trace-claim?claim=nothing").json
    assert claim["schema"]["enum"] == problem["allowed"]
    assert document["servers"] == [{"url": server.url.rstrip("/")}]


@pytest.mark.slow
def test_schemathesis_finds_nothing(server: Running, tmp_path: Path) -> None:
    """No 5xx, no status, type or body that the description does not name, no bad data accepted."""
    program = Path(sys.executable).with_name("schemathesis")
    found = str(program) if program.exists() else shutil.which("schemathesis")
    if not found:
        pytest.skip("there is no schemathesis: pip install schemathesis")
    command = [
        found, "--no-color", "run", f"{server.url}api/openapi.json", "--max-examples", "4",
        "--phases", "examples,coverage,fuzzing", "--generation-deterministic",
    ]  # fmt: skip
    # It takes its time between requests and not in the server, so it runs in parts, side by side.
    part = "^/api/(count|list-[a-m])"
    runs = (
        ["--include-path-regex", part],
        ["--exclude-path-regex", part, "--exclude-path", "/sparql"],
        # No schema can say which texts are SPARQL, so only there valid data may be refused.
        ["--include-path", "/sparql", "--exclude-checks", "positive_data_acceptance"],
    )
    # For each request it looks through the whole environment for a proxy: half of its time.
    bare = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    environment = {**bare, "NO_PROXY": "127.0.0.1", "PYTHONUTF8": "1"}

    def run(number: int) -> tuple[int, str]:
        folder = tmp_path / str(number)
        folder.mkdir()
        done = subprocess.run(
            [*command, *runs[number]], cwd=folder, env=environment, capture_output=True, text=True
        )
        return done.returncode, done.stdout[-6000:] + done.stderr[-2000:]

    with ThreadPoolExecutor(len(runs)) as pool:
        results = list(pool.map(run, range(len(runs))))
    assert [text for code, text in results if code] == []
    tested = [int(re.findall(r"Tested: (\d+)", text)[0]) for _, text in results]
    assert sum(tested) == sum(map(len, server.get("/api/openapi.json").json["paths"].values()))


def test_queries_are_published_as_rdf_with_their_endpoint(server: Running) -> None:
    got = server.get("/api", accept="text/turtle")
    assert got.type == "text/turtle"
    sh = "http://www.w3.org/ns/shacl#"
    triples = [quad.triple for quad in ox.parse(got.body, format=ox.RdfFormat.TURTLE)]
    executable = ox.NamedNode(f"{sh}SPARQLExecutable")
    assert sum(triple.object == executable for triple in triples) == len(
        server.get("/api").json["queries"]
    )
    targets = {t.object.value for t in triples if t.predicate.value == "https://schema.org/target"}
    assert targets == {f"{server.url}sparql"}


def test_pages_for_people_need_no_script(server: Running) -> None:
    listing = server.get("/api", accept=BROWSER)
    assert listing.type == "text/html"
    assert b'href="api/trace-claim"' in listing.body
    page = server.get("/api/trace-claim", accept=BROWSER)
    assert page.status == 400 or b"<select" in page.body
    page = server.get("/api/list-claims?strength=&format=", accept=BROWSER)
    assert page.status == 200
    assert b"<table>" in page.body
    assert b"<script" not in page.body
    assert "script" not in page.headers["content-security-policy"]
    style = server.get("/api/style.css")
    assert style.type == "text/css"


def test_the_server_gives_the_static_site(server: Running, tmp_path: Path) -> None:
    """Every file of `mesokg site`, byte for byte, and each thing by 303 to one of them."""
    command = [sys.executable, "-m", "mesokg", "-C", str(ROOT), "site", "-o", str(tmp_path / "s")]
    subprocess.run(command, check=True, capture_output=True)
    files = {
        path.relative_to(tmp_path / "s").as_posix(): path.read_bytes()
        for path in (tmp_path / "s").rglob("*")
        if path.is_file()
    }
    assert len(files) > 2000
    del files[".well-known/void"]  # the server's names its endpoint, too
    assert [path for path in files if server.get(f"/{quote(path)}").body != files[path]] == []
    for stem in [path.removesuffix(".nt") for path in files if path.startswith("claim/")]:
        if f"{stem}.nt" in files:
            got = server.get(f"/{stem}", accept="application/n-triples")
            assert (got.status, got.headers["location"]) == (303, stem.rpartition("/")[2] + ".nt")


def test_things_without_a_page_are_answered_in_every_format(bare: Running) -> None:
    server = bare
    base = "https://w3id.org/mesokg/"
    listed = server.get("/api/list-claims?format=json&page-size=1").json["results"]["bindings"][0]
    path = "/" + listed["claim"]["value"].removeprefix(base)
    for accept, suffix in (
        ("text/turtle", ".ttl"), ("application/ld+json", ".jsonld"),
        ("application/n-triples;q=0.4, text/turtle;q=0.3", ".nt"), ("*/*", ".ttl"),
    ):  # fmt: skip
        got = server.get(path, accept=accept)
        assert got.status == 303, got.body
        assert got.headers["location"] == path.rpartition("/")[2] + suffix
        assert "Accept" in got.headers["vary"]
        target = server.get(path + suffix)
        assert target.status == 200
        assert path.rpartition("/")[2].encode() in target.body
    assert server.get(path, accept="image/png").code == "not-acceptable"
    assert server.get("/claim/there-is-none").code == "not-found"
    incoming = {
        quad.object
        for quad in ox.parse(server.get(f"{path}.nt").body, format=ox.RdfFormat.N_TRIPLES)
    }
    assert ox.NamedNode(listed["claim"]["value"]) in incoming


def test_the_log_is_json_with_a_known_set_of_keys(server: Running) -> None:
    server.get("/api/list-claims?strength=nonsense-word")
    known = {
        "time", "method", "path", "status", "ms", "bytes", "outcome", "query", "rows", "code",
        "waited_ms", "ran_ms", "event", "digest", "triples",
    }  # fmt: skip
    assert {key for entry in server.entries() for key in entry} <= known
    assert "nonsense-word" not in json.dumps(server.entries())
