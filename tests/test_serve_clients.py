"""Programs that others wrote ask our endpoint: SPARQLWrapper, rdflib, pandas; and our own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pandas
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, GET, JSON, POST, POSTDIRECTLY, TURTLE, URLENCODED, XML, SPARQLWrapper

from http_client import Running, serving
from mesokg.engine import Table
from mesokg.remote import connect

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
    body = server.ask(QUERY, accept="text/csv").body
    assert list(pandas.read_csv(io.BytesIO(body))["o"]) == [1, 2]


def test_our_own(server: Running) -> None:
    answer = connect(f"{server.url}sparql").run(QUERY)
    assert isinstance(answer, Table)
    assert [row[1].value for row in answer.rows if row[1] is not None] == ["1", "2"]
