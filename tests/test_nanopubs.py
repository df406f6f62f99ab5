"""Nanopublications: whole by the rules of their own tools, and true to the claim."""

from __future__ import annotations

import logging
import random
import warnings
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from mesokg.canon import serialize
from mesokg.dataset import Dataset, load, read
from mesokg.derived import derive
from mesokg.exchange import export
from mesokg.nanopubs import nanopub_iri, nanopublications, nanopubs
from mesokg.project import open_project
from mesokg.terms import NS

ROOT = Path(__file__).resolve().parent.parent
NP = "http://www.nanopub.org/nschema#"
FERNS = "https://example.org/ferns/"


@pytest.fixture(scope="module")
def ferns() -> Dataset:
    return derive(load(open_project(ROOT / "examples" / "second-project" / "mesokg.toml")))


@pytest.fixture(scope="module")
def flagship() -> Dataset:
    return derive(load(open_project(ROOT / "mesokg.toml")))


def claims(dataset: Dataset) -> set[str]:
    kind = ox.NamedNode(NS + "Claim")
    return {
        q.subject.value
        for q in dataset.default_graph
        if q.predicate.value.endswith("#type")
        and q.object == kind
        and isinstance(q.subject, ox.NamedNode)
    }


def part(quads: tuple[ox.Quad, ...], name: str) -> set[ox.Triple]:
    return {q.triple for q in quads if str(q.graph_name).endswith(f"#{name}>")}


# --- by the rules of nanopublications --------------------------------------------------------


@pytest.mark.parametrize("which", ["ferns", "flagship"])
def test_the_reference_tool_finds_each_one_whole_and_its_hash_true(
    which: str, request: pytest.FixtureRequest
) -> None:
    dataset: Dataset = request.getfixturevalue(which)
    logging.getLogger("rdflib").setLevel(logging.ERROR)
    count = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tool = pytest.importorskip("nanopub", reason="the package nanopub is not installed")
        for quads in nanopubs(dataset):
            store = rdflib.ConjunctiveGraph()
            store.parse(data=serialize(Dataset(quads), "trig"), format="trig")
            found = tool.Nanopub(rdf=store)
            assert found.is_valid
            assert found.has_valid_trusty
            assert str(found.metadata.np_uri) == nanopub_iri(quads)
            assert str(found.metadata.assertion) == nanopub_iri(quads) + "#assertion"
            count += 1
    assert count == len(claims(dataset)) > 5


def test_the_reference_tool_finds_a_change(ferns: Dataset) -> None:
    """So that the test above can fail: one word else, and the hash is not true any more."""
    quads = next(iter(nanopubs(ferns)))
    text = serialize(Dataset(quads), "trig").decode()
    changed = text.replace('"C1"', '"C2"')
    assert changed != text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tool = pytest.importorskip("nanopub", reason="the package nanopub is not installed")
        store = rdflib.ConjunctiveGraph()
        store.parse(data=changed, format="trig")
        with pytest.raises(ValueError, match="Trusty"):
            assert tool.Nanopub(rdf=store).has_valid_trusty


def test_four_graphs_and_no_blank_node(flagship: Dataset) -> None:
    for quads in nanopubs(flagship):
        iri = nanopub_iri(quads)
        assert {str(q.graph_name) for q in quads} == {
            f"<{iri}#{name}>" for name in ("Head", "assertion", "provenance", "pubinfo")
        }
        assert not any("_:" in str(quad)[:2] for quad in quads)
        assertion, this = ox.NamedNode(f"{iri}#assertion"), ox.NamedNode(iri)
        assert any(t.subject == assertion for t in part(quads, "provenance"))
        assert any(t.subject == this for t in part(quads, "pubinfo"))


# --- by the model ----------------------------------------------------------------------------


def test_the_assertion_is_the_claim_and_nothing_drawn_from_it(flagship: Dataset) -> None:
    said: dict[str, set[ox.Triple]] = {}
    for triple in {quad.triple for quad in flagship.quads}:
        if isinstance(triple.subject, ox.NamedNode):
            said.setdefault(triple.subject.value, set()).add(triple)
    for quads in nanopubs(flagship):
        assertion = part(quads, "assertion")
        (claim,) = {t.subject.value for t in assertion if isinstance(t.subject, ox.NamedNode)}
        evidence = {t for t in said[claim] if t.predicate.value == NS + "evidence"}
        assert assertion == said[claim] - evidence
        assert evidence <= part(quads, "provenance")
        names = {t.predicate.value for t in assertion}
        assert {NS + "direction", NS + "hedge", NS + "statedIn"} <= names


def test_what_reviewers_say_stands_in_the_provenance(flagship: Dataset) -> None:
    for quads in nanopubs(flagship):
        provenance = part(quads, "provenance")
        assert any(t.predicate.value == NS + "certainty" for t in provenance)
        assert not any(t.predicate.value == NS + "certainty" for t in part(quads, "assertion"))


def test_terms_come_from_the_catalogue(ferns: Dataset) -> None:
    for quads in nanopubs(ferns):
        info = {t.predicate.value.rpartition("/")[2]: t.object for t in part(quads, "pubinfo")}
        assert info["created"] == ox.Literal(
            "2026-11-24", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")
        )
        assert info["license"] == ox.NamedNode("https://creativecommons.org/publicdomain/zero/1.0/")
        assert info["creator"] == ox.NamedNode(f"{FERNS}agent/mesokg-contributors")


# --- the same and not the same ---------------------------------------------------------------


def test_the_iri_depends_on_what_is_said_of_the_claim_alone(ferns: Dataset) -> None:
    quads = list(ferns.quads)
    random.Random(7).shuffle(quads)
    extra = read("<http://e/g> { <http://e/s> <http://e/p> 1 }", "trig").quads
    other = replace(ferns, quads=(*quads, *extra))
    assert list(nanopubs(other)) == list(nanopubs(ferns))
    assert nanopublications(other) == nanopublications(ferns)
    before = {nanopub_iri(q) for q in nanopubs(ferns)}
    hedged = tuple(
        ox.Quad(q.subject, q.predicate, ox.NamedNode("http://e/other"), q.graph_name)
        if q.predicate.value == NS + "hedge" and str(q.subject).endswith("rainwater-c1>")
        else q
        for q in ferns.quads
    )
    after = {nanopub_iri(q) for q in nanopubs(replace(ferns, quads=hedged))}
    assert len(before - after) == len(after - before) == 1


def test_the_file_holds_them_all_and_can_be_cut(ferns: Dataset) -> None:
    data = nanopublications(ferns)
    everything = {quad for quads in nanopubs(ferns) for quad in quads}
    assert set(read(data, "trig").quads) == everything
    head, *pieces = data.decode().split("\n@prefix sub:")
    assert len(pieces) == len(claims(ferns))
    for piece in pieces:
        one = read(f"{head}\n@prefix sub:{piece}", "trig")
        assert len(one.graphs) == 4
    assert export(ferns, "nanopub") == data


HOSTILE = """
@prefix meso: <https://w3id.org/mesokg/ns#> .
<http://e/claim/x%3E%22> a meso:Claim ; meso:statedIn <http://e/a> ; meso:evidence [ ] ;
  <http://www.w3.org/2000/01/rdf-schema#label>
    "line\\n@prefix this: <http://evil/> .\\\\ \\"'''"@en ,
    "\\u202Eright to left"@ar , "01"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://e/claim/without-article> a meso:Claim .
[] a meso:Claim ; meso:statedIn <http://e/a> .
"""


def test_odd_literals_and_iris_come_back_as_they_were() -> None:
    dataset = replace(read(HOSTILE), base="http://e/")
    placed = tuple(
        ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode("http://e/graph/x"))
        for q in dataset.quads
    )
    dataset = replace(dataset, quads=placed)
    (quads,) = nanopubs(dataset)
    assert set(read(nanopublications(dataset), "trig").quads) == set(quads)
    labels = {str(t.object) for t in part(quads, "assertion") if "label" in t.predicate.value}
    assert len(labels) == 3


def test_no_claims_no_nanopublications() -> None:
    assert nanopublications(Dataset((), base="http://e/")) == b""
