from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from mesokg.canon import digest
from mesokg.dataset import Dataset, load_sources, read
from mesokg.errors import InputError
from mesokg.exchange import bundled_context
from mesokg.jsonld import claims_jsonld, prefix_context, to_jsonld
from mesokg.project import context_file, general_files
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, project_prefixes

CONTEXT: Mapping[str, Any] = bundled_context()
PREFIXES = "".join(
    f"PREFIX {prefix}: <{iri}>\n"
    for prefix, iri in project_prefixes("https://example.org/kg/").items()
)


def graph(document: bytes) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = json.loads(document)["@graph"]
    return nodes


def written(turtle: str) -> list[dict[str, Any]]:
    return graph(to_jsonld(read(PREFIXES + turtle), CONTEXT))


def comes_back(dataset: Dataset) -> bool:
    return digest(read(to_jsonld(dataset, CONTEXT), "jsonld")) == digest(dataset)


# --- values ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("1", 1),
        ("-12", -12),
        ("0", 0),
        ("9007199254740991", 9007199254740991),
        ("9007199254740992", {"type": "xsd:integer", "@value": "9007199254740992"}),
        ("01", {"type": "xsd:integer", "@value": "01"}),
        ("+1", {"type": "xsd:integer", "@value": "+1"}),
        ("'-0'^^xsd:integer", {"type": "xsd:integer", "@value": "-0"}),
        ("true", True),
        ("'1'^^xsd:boolean", {"type": "xsd:boolean", "@value": "1"}),
        ("1.50", {"type": "xsd:decimal", "@value": "1.50"}),
        ("1.0e0", {"type": "xsd:double", "@value": "1.0e0"}),
        ("'1'", "1"),
        ("'a'@en", {"@language": "en", "@value": "a"}),
    ],
)
def test_numbers_are_native_only_where_nobody_can_change_them(literal: str, value: object) -> None:
    assert written(f"<http://e/s> meso:start {literal} .")[0]["start"] == value


def test_short_forms() -> None:
    (node,) = written("""
        claim:c1 a meso:Claim ; rdfs:label "One."@en ; meso:kind kind:benefit ;
          meso:relation meso:increases ; meso:textRole role:title ; meso:subject treatment:tea ;
          meso:route route:oral ; meso:value 62.8 ; meso:year "2013"^^xsd:gYear ;
          skos:prefLabel "Tee"@de , "tea"@en ; skos:altLabel "cuppa"@en ;
          meso:start 5 ; meso:field meso:year , bibo:doi ; meso:unknown "x" .
        """)
    assert node == {
        "id": "https://example.org/kg/claim/c1",
        "type": "Claim",
        "altLabel": {"en": ["cuppa"]},
        "field": ["doi", "meso:year"],
        "kind": "benefit",
        "label": "One.",
        "meso:unknown": "x",
        "name": "tea",
        "prefLabel": {"@language": "de", "@value": "Tee"},
        "relation": "increases",
        "route": ["oral"],
        "start": 5,
        "subject": ["https://example.org/kg/treatment/tea"],
        "textRole": "title",
        "value": "62.8",
        "year": "2013",
    }
    assert list(node)[:3] == ["id", "type", "altLabel"]


# --- the context -----------------------------------------------------------------------------


def test_context_says_nothing_twice() -> None:
    def unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names))
        return dict(pairs)

    json.loads(context_file().read_bytes(), object_pairs_hook=unique)


def test_every_code_is_written_as_its_slug() -> None:
    """A slug that is also a term (scope:title, kind:scope) would be read as that term."""
    terms = {
        name: (term["@id"], term["@context"]["@vocab"])
        for name, term in CONTEXT["@context"].items()
        if isinstance(term, dict) and "@context" in term
    }
    assert len(terms) == 14
    prefixes = project_prefixes(VOCABULARY_BASE)
    concepts = {
        quad.subject.value
        for quad in load_sources(general_files(), prefixes).quads
        if quad.predicate.value == STANDARD_PREFIXES["skos"] + "inScheme"
        and isinstance(quad.subject, ox.NamedNode)
    }
    seen = set()
    for name, (curie, scheme) in terms.items():
        for concept in concepts:
            if concept.startswith(scheme):
                property_iri = prefixes.expand(curie)
                data = read(f"<http://e/s> <{property_iri}> <{concept}> .")
                value = graph(to_jsonld(data, CONTEXT))[0][name]
                assert value in (slug := concept.removeprefix(scheme), [slug])
                seen.add(concept)
    schemes = f"{VOCABULARY_BASE}scheme/"
    assert {iri for iri in concepts - seen if not iri.startswith(schemes)} == set()


def test_every_property_of_the_vocabulary_has_its_own_name_as_key() -> None:
    prefixes = project_prefixes(VOCABULARY_BASE)
    owl = STANDARD_PREFIXES["owl"]
    kinds = {ox.NamedNode(f"{owl}{kind}Property") for kind in ("Object", "Datatype")}
    properties = {
        quad.subject.value.removeprefix(NS)
        for quad in load_sources(general_files(), prefixes).quads
        if quad.object in kinds
        and isinstance(quad.subject, ox.NamedNode)
        and quad.subject.value.startswith(NS)
    }  # fmt: skip
    assert len(properties) > 50
    terms = {
        name: term if isinstance(term, str) else term.get("@id")
        for name, term in CONTEXT["@context"].items()
        if isinstance(term, str | dict)
    }
    assert {name for name in properties if terms.get(name) != f"meso:{name}"} == set()


def test_context_that_is_elsewhere_is_not_fetched() -> None:
    with pytest.raises(InputError, match="not fetched") as caught:
        to_jsonld(read("<http://e/s> <http://e/p> 1 ."), {"@context": "https://e.example/c"})
    assert caught.value.code == "not-writable"


@pytest.mark.parametrize(
    "iri", ["meso:a", f"{VOCABULARY_BASE}kind/@id"], ids=["like a prefix", "like a keyword"]
)
def test_what_the_context_would_change_is_written_without_it(iri: str) -> None:
    dataset = read(f"<{iri}> <{NS}kind> <{iri}> .")
    assert json.loads(to_jsonld(dataset, CONTEXT))["@context"] == {}
    assert comes_back(dataset)


def test_prefixes_of_a_file_make_a_context() -> None:
    dataset = read("""
        @prefix : <http://e/> . @prefix a-b: <http://f/x> . @prefix ex: <http://g#> .
        :s a-b:p ex:o .
        """)
    document = to_jsonld(dataset, prefix_context(dataset.prefixes))
    assert graph(document) == [{"@id": "http://e/s", "a-b:p": {"@id": "ex:o"}}]
    assert digest(read(document, "jsonld")) == digest(dataset)


# --- graphs and blank nodes ------------------------------------------------------------------


def test_named_graphs_stay_apart() -> None:
    dataset = read(
        "<http://e/s> <http://e/p> 1 . <http://e/g> { <http://e/s> <http://e/p> 1, 2 }", "trig"
    )
    assert graph(to_jsonld(dataset, {"@context": {"p": "http://e/p"}})) == [
        {"@id": "http://e/s", "p": 1},
        {"@id": "http://e/g", "@graph": [{"@id": "http://e/s", "p": [1, 2]}]},
    ]


def test_blank_nodes_and_lists_stand_inside_their_user() -> None:
    (node,) = written("""
        shape:s sh:property [ sh:path meso:kind ; sh:in ( kind:harm ( 1 ) [ sh:order 2 ] ) ] .
        """)
    assert node["sh:property"] == {
        "sh:path": {"id": "meso:kind"},
        "sh:in": {
            "@list": [
                {"id": f"{VOCABULARY_BASE}kind/harm"},
                {"@list": [1]},
                {"sh:order": 2},
            ]
        },
    }


CHAIN = "".join(f"_:n{i} <http://e/p> _:n{i + 1} .\n" for i in range(100))
NESTED = "<http://e/s> <http://e/p> " + "( " * 40 + ") " * 40 + "."
LONG = "<http://e/s> <http://e/p> ( " + "[ <http://e/q> 1 ] " * 50 + ") ."


@pytest.mark.parametrize(
    "turtle",
    [
        "_:a <http://e/p> _:a .",
        "_:a <http://e/p> _:b . _:b <http://e/p> _:a .",
        "_:a <http://e/p> ( _:a ) .",
        "_:a <http://e/p> _:b , _:c . _:b <http://e/p> _:c .",
        "_:a rdf:first 1 ; rdf:rest _:b . _:b rdf:first 2 ; rdf:rest rdf:nil .",
        "<http://e/s> meso:p _:a . _:a rdf:first 1 ; rdf:rest () ; rdf:type rdf:List .",
        "<http://e/s> meso:p _:a . _:a rdf:first 1, 2 ; rdf:rest () .",
        "<http://e/s> meso:p _:a . _:a rdf:first 1 ; rdf:rest _:a .",
        "<http://e/s> rdf:type _:a . _:a meso:p 1 .",
        "<http://e/s> rdf:type 1 , ( 1 ) , meso:Claim .",
        CHAIN,
        NESTED,
        LONG,
    ],
    ids=[
        *("itself", "circle", "list in itself", "shared", "unused list", "typed list"),
        *("two firsts", "endless list", "blank type", "odd types", "chain", "nested", "long"),
    ],
)
def test_odd_structures_come_back(turtle: str) -> None:
    assert comes_back(read(PREFIXES + turtle))


def test_blank_node_in_two_graphs_keeps_its_name() -> None:
    dataset = read(
        "<http://e/g> { <http://e/s> <http://e/p> _:a } <http://e/h> { _:a <http://e/p> 1 } "
        "_:a { _:b <http://e/p> _:c }",
        "trig",
    )
    assert comes_back(dataset)


@pytest.mark.parametrize(
    "turtle",
    [
        "<http://e/s> <http://e/p> <<( <http://e/s> <http://e/p> 1 )>> .",
        '<http://e/s> <http://e/p> "x"@en--ltr .',
    ],
    ids=["triple term", "base direction"],
)
def test_what_jsonld_cannot_say_is_refused(turtle: str) -> None:
    with pytest.raises(InputError) as caught:
        to_jsonld(read(turtle), CONTEXT)
    assert caught.value.code == "not-writable"


# --- trees -----------------------------------------------------------------------------------

CLAIM = """
claim:k-1 a meso:Claim ; dcterms:identifier "K1" ; meso:statedIn article:k ;
  rdfs:label "Ginger tea is said to ease knee pain."@en ; meso:quote "eases"@en ;
  meso:start 7 ; meso:end 40 ; meso:textRole role:stated ;
  meso:subject treatment:tea ; meso:relation meso:decreases ; meso:object condition:knee-pain ;
  meso:agent substance:ginger ; meso:kind kind:benefit ; meso:direction direction:supports ;
  meso:hedge hedge:claimed ; meso:hedgeWords "it is said"@en ; meso:evidence ev:k-1 .
claim:k-0 a meso:Claim ; meso:subject claim:k-1 ; meso:relation meso:explains .
article:k a meso:Article ; dcterms:title "On tea"@en ; meso:length 400 .
treatment:tea a meso:Treatment , skos:Concept ; skos:prefLabel "ginger tea"@en , "Tee"@de ;
  skos:definition "A drink."@en .
substance:ginger a meso:Substance , skos:Concept ; skos:prefLabel "ginger"@en .
condition:knee-pain a meso:Condition , skos:Concept ; skos:prefLabel "knee pain"@en .
kind:benefit a skos:Concept ; skos:prefLabel "benefit"@en .
ev:k-1 a meso:EvidenceLine ; meso:citation citation:k-1 ; meso:scope scope:title ;
  meso:source work:rivers ; meso:sourceCheck check:confirms ; meso:checkedAgainst basis:abstract .
citation:k-1 a meso:InTextCitation ; meso:asPrinted "(Rivers, 2010)" ;
  meso:year "2010"^^xsd:gYear ; meso:denotes ref:k-1 .
work:rivers a meso:Work ; dcterms:title "Ginger for knees"@en ; meso:authors "Rivers A" ;
  meso:year "2011"^^xsd:gYear ; bibo:doi "10.1234/x" ; meso:design design:cohort ;
  meso:unverified bibo:doi .
finding:rivers-1 a meso:Finding ; meso:reportedIn work:rivers ; meso:participants 12 ;
  meso:value 62.5 ; meso:unit "%" ; meso:agent substance:ginger .
issue:k-1-year a meso:Issue ; meso:concerns citation:k-1 , work:rivers ; meso:field meso:year .
assessment:k-1 a meso:Assessment ; meso:assesses claim:k-1 ; meso:level level:4 ;
  meso:certainty certainty:very-low ; rdfs:comment "One cohort."@en .
"""
KG = "https://example.org/kg/"
TREE = {
    "id": f"{KG}claim/k-1",
    "type": "Claim",
    "identifier": ["K1"],
    "label": "Ginger tea is said to ease knee pain.",
    "kind": "benefit",
    "direction": "supports",
    "hedge": "claimed",
    "hedgeWords": "it is said",
    "subject": [
        {
            "id": f"{KG}treatment/tea",
            "type": "Treatment",
            "name": "ginger tea",
            "prefLabel": {"@language": "de", "@value": "Tee"},
        }
    ],
    "agent": [{"id": f"{KG}substance/ginger", "type": "Substance", "name": "ginger"}],
    "relation": "decreases",
    "object": [{"id": f"{KG}condition/knee-pain", "type": "Condition", "name": "knee pain"}],
    "statedIn": {"id": f"{KG}article/k", "type": "Article", "title": "On tea"},
    "textRole": "stated",
    "quote": "eases",
    "start": 7,
    "end": 40,
    "evidence": [
        {
            "id": f"{KG}ev/k-1",
            "type": "EvidenceLine",
            "scope": "title",
            "citation": {
                "id": f"{KG}citation/k-1",
                "type": "InTextCitation",
                "asPrinted": "(Rivers, 2010)",
                "year": "2010",
                "issues": [{"id": f"{KG}issue/k-1-year", "type": "Issue", "field": "meso:year"}],
            },
            "sourceCheck": "confirms",
            "checkedAgainst": "abstract",
            "source": {
                "id": f"{KG}work/rivers",
                "type": "Work",
                "title": "Ginger for knees",
                "authors": "Rivers A",
                "year": "2011",
                "doi": "10.1234/x",
                "design": "cohort",
                "unverified": ["doi"],
                "findings": [
                    {
                        "id": f"{KG}finding/rivers-1",
                        "type": "Finding",
                        "agent": [
                            {"id": f"{KG}substance/ginger", "type": "Substance", "name": "ginger"}
                        ],
                        "participants": 12,
                        "value": "62.5",
                        "unit": "%",
                    }
                ],
            },
        }
    ],
    "assessments": [
        {
            "id": f"{KG}assessment/k-1",
            "type": "Assessment",
            "level": "4",
            "certainty": "very-low",
            "comment": "One cohort.",
        }
    ],
}


def test_claim_is_one_readable_tree() -> None:
    first, second = graph(claims_jsonld(read(PREFIXES + CLAIM), CONTEXT))
    # Not only the same content: the keys stand in this order.
    assert json.dumps(second) == json.dumps(TREE)
    assert first == {
        "id": f"{KG}claim/k-0",
        "type": "Claim",
        "subject": [
            {"id": f"{KG}claim/k-1", "type": "Claim", "label": TREE["label"]},
        ],
        "relation": "explains",
    }


def test_one_line_of_context_then_the_claims() -> None:
    lines = claims_jsonld(read(PREFIXES + CLAIM), CONTEXT).decode().splitlines()
    assert lines[0].startswith('{"@context": {')
    assert lines[1:4] == ['"@graph": [', "  {", f'    "id": "{KG}claim/k-0",']


def test_no_claims_make_an_empty_document() -> None:
    dataset = read("<http://e/s> <http://e/p> 1 .")
    assert graph(claims_jsonld(dataset, CONTEXT)) == []
    assert graph(to_jsonld(read(""), CONTEXT)) == []


@given(strategies.datasets())
def test_anything_comes_back_and_trees_say_nothing_else(dataset: Dataset) -> None:
    assert comes_back(dataset)
    known = {quad.triple for quad in dataset.quads}
    shown = read(claims_jsonld(dataset, CONTEXT), "jsonld")
    assert {t for t in (quad.triple for quad in shown.quads) if "_:" not in str(t)} <= known


# --- same content, same bytes ----------------------------------------------------------------

QUADS = read(
    PREFIXES + CLAIM + "claim:k-1 meso:note [ meso:list ( _:a _:b ) ] , _:a . _:b meso:note [] ."
).quads


@given(st.randoms(use_true_random=False))
def test_order_and_blank_node_names_do_not_show(order: random.Random) -> None:
    old = list({t for q in QUADS for t in (q.subject, q.object) if isinstance(t, ox.BlankNode)})
    order.shuffle(old)
    new: dict[Any, Any] = {node: ox.BlankNode(f"x{place}") for place, node in enumerate(old)}
    shuffled = [
        ox.Quad(new.get(q.subject, q.subject), q.predicate, new.get(q.object, q.object))
        for q in QUADS
    ]
    order.shuffle(shuffled)
    for write in (to_jsonld, claims_jsonld):
        assert write(Dataset(tuple(shuffled)), CONTEXT) == write(Dataset(QUADS), CONTEXT)
