"""rdflib's view of a dataset: nothing is lost on the way there and back."""

from __future__ import annotations

import logging

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from rdflib import RDF, XSD, BNode, Literal, URIRef, Variable

from mesokg.canon import canonical, digest
from mesokg.dataset import Dataset, read
from mesokg.errors import InputError
from mesokg.interop import from_rdflib, to_rdflib
from mesokg.terms import Prefixes
from strategies import wild_datasets

S, P, X, G = (URIRef(f"http://e/{name}") for name in "spxg")


@given(wild_datasets())
def test_there_and_back_is_the_same_dataset(dataset: Dataset) -> None:
    back = from_rdflib(to_rdflib(dataset, merge=False))
    assert set(back.quads) == set(dataset.quads), "blank nodes keep their names, too"
    assert digest(back) == digest(dataset)


@given(wild_datasets())
def test_default_graph_is_that_of_queries(dataset: Dataset) -> None:
    back = from_rdflib(to_rdflib(dataset))
    assert set(back.default_graph) == set(dataset.default_graph)
    assert back.graphs == dataset.graphs
    for name in dataset.graphs:
        assert set(back.graph(name)) == set(dataset.graph(name))


@pytest.mark.parametrize(
    "turtle",
    [
        "01, 1, +1, -0, 00",
        "1.50, 1.5, 1.0e6, 1E6, .5",
        "true, '1'^^xsd:boolean, 'TRUE'^^xsd:boolean",
        "' 1 '^^xsd:integer, 'many'^^xsd:integer, ''^^xsd:integer",
        "'a  b\\n'^^xsd:token, 'a b'^^xsd:token, 'a\\r\\nb\\t'^^xsd:normalizedString",
        "'2012-02-30'^^xsd:date, '0000'^^xsd:gYear, '-0044'^^xsd:gYear, '24:00:00'^^xsd:time",
        "'<b'^^rdf:HTML, '<b'^^rdf:XMLLiteral, '<b></b>'^^rdf:XMLLiteral",
        "'a', 'a'@en, 'a'@de-at, 'a'^^xsd:string, 'a'^^<http://e/type>",
        "'\\u0000\\r\\n\\u2028\\U0010FFFF', '  '",
        "'P1Y'^^xsd:duration, 'zz'^^xsd:hexBinary, 'a b'^^xsd:anyURI",
        f"'{'9' * 5000}'^^xsd:integer",
    ],
)
def test_literals_keep_the_form_they_were_written_in(turtle: str) -> None:
    dataset = read(f"PREFIX xsd: <{XSD}> PREFIX rdf: <{RDF}> <urn:s> <urn:p> {turtle} .")
    graph = to_rdflib(dataset).default_graph
    written = {quad.object.value for quad in dataset.quads if isinstance(quad.object, ox.Literal)}
    assert {str(node) for node in graph.objects()} == written
    assert digest(from_rdflib(graph)) == digest(dataset)


def test_literals_have_their_python_values() -> None:
    graph = to_rdflib(read("<urn:s> <urn:p> 01 .")).default_graph
    assert [node.toPython() for node in graph.objects()] == [1]


def test_ill_typed_literals_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        to_rdflib(read(f"<urn:s> <urn:p> 'many'^^<{XSD.integer}> ."))
    assert caplog.records == []
    Literal("many", datatype=XSD.integer)
    assert caplog.records, "rdflib's own log is as before"


def test_prefixes_go_along() -> None:
    dataset = read("PREFIX tea: <http://e/> tea:s tea:p tea:o .")
    graph = to_rdflib(dataset)
    assert graph.namespace_manager.expand_curie("tea:s") == S
    assert from_rdflib(graph).prefixes["tea"] == "http://e/"
    mine = rdflib.Graph(bind_namespaces="none")
    mine.bind("b", "http://e/")
    assert from_rdflib(mine).prefixes == Prefixes({"b": "http://e/"})


def test_sparql_of_rdflib_sees_graphs() -> None:
    data = read("GRAPH <http://e/g> { <http://e/s> <http://e/p> <http://e/o> }", "trig")
    merged = Dataset(data.quads, merged=frozenset({ox.NamedNode("http://e/g")}))
    assert to_rdflib(merged).query("ASK { ?s ?p ?o }").askAnswer
    assert to_rdflib(merged).query("ASK { GRAPH <http://e/g> { ?s ?p ?o } }").askAnswer
    assert not to_rdflib(data).query("ASK { ?s ?p ?o }").askAnswer
    assert not to_rdflib(merged, merge=False).query("ASK { ?s ?p ?o }").askAnswer


def test_plain_graph_is_the_default_graph() -> None:
    graph = rdflib.Graph().parse(data="<http://e/s> <http://e/p> [ <http://e/p> 'x'@EN ] .")
    dataset = from_rdflib(graph)
    wanted = read("<http://e/s> <http://e/p> [ <http://e/p> 'x'@en ] .")
    assert canonical(dataset.quads) == canonical(wanted.quads)
    assert dataset.graphs == ()


def test_union_of_rdflib_is_a_merged_default_graph() -> None:
    data = rdflib.Dataset(default_union=True)
    data.graph(G).add((S, P, X))
    dataset = from_rdflib(data)
    assert [str(name) for name in dataset.graphs] == ["<http://e/g>"]
    assert [str(triple.object) for triple in dataset.default_graph] == ["<http://e/x>"]
    assert from_rdflib(rdflib.Dataset()).quads == ()


def test_conjunctive_graph_has_a_default_graph_too() -> None:
    with pytest.warns(DeprecationWarning, match="use Dataset instead"):
        graph = rdflib.ConjunctiveGraph()
    graph.add((S, P, X))
    graph.get_context(G).add((S, P, S))
    found = {str(quad.graph_name) for quad in from_rdflib(graph).quads}
    assert found == {"DEFAULT", "<http://e/g>"}


def test_blank_nodes_with_names_that_no_syntax_has() -> None:
    graph = rdflib.Graph()
    for subject in (BNode("nodeID://b1"), BNode("a b")):
        graph.add((subject, P, subject))
        graph.add((subject, P, X))
    quads = from_rdflib(graph).quads
    assert len({quad.subject for quad in quads}) == 2
    assert sum(quad.subject == quad.object for quad in quads) == 2


@pytest.mark.parametrize(
    "triple",
    [
        (Literal("s"), P, X),
        (S, BNode(), X),
        (S, Literal("p"), X),
        (S, P, URIRef("relative")),
        (URIRef("http://e/a b"), P, X),
        (S, P, URIRef("http://e/%zz")),
        (S, P, Variable("o")),
        (S, P, Literal("x", datatype=URIRef("no iri"))),
        (S, P, Literal("\ud800")),
    ],
)
def test_what_is_no_rdf_is_told(triple: tuple[rdflib.term.Node, ...]) -> None:
    graph = rdflib.Graph()
    graph.add(triple)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no RDF") as caught:
        from_rdflib(graph)
    assert caught.value.code == "not-convertible"
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("term", ["<<( <urn:a> <urn:b> 1 )>>", "'x'@ar--rtl"])
def test_terms_of_rdf_12_are_refused(term: str) -> None:
    with pytest.raises(InputError, match="rdflib has no such term") as caught:
        to_rdflib(read(f"<urn:s> <urn:p> {term} ."))
    assert caught.value.code == "not-convertible"
