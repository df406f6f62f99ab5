from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from mesokg.dataset import Dataset, load, read
from mesokg.derived import derive
from mesokg.engine import embed
from mesokg.errors import UsageError
from mesokg.project import open_project, query_folder
from mesokg.terms import NS, STANDARD_PREFIXES, project_prefixes

ROOT = Path(__file__).resolve().parent.parent
KG = "https://example.org/kg/"
PREFIXES = "".join(f"PREFIX {p}: <{iri}>\n" for p, iri in project_prefixes(KG).items())
VOCABULARY = """
meso:Treatment rdfs:subClassOf meso:Entity .
meso:decreases rdfs:label "decreases"@en . meso:route rdfs:label "route"@en .
treatment:tea a meso:Treatment , skos:Concept ; skos:prefLabel "ginger tea"@en , "Tee"@de .
condition:pain a meso:Condition , skos:Concept ; skos:prefLabel "knee pain"@en .
condition:ache a meso:Condition , skos:Concept ; skos:prefLabel "headache"@en .
route:oral skos:prefLabel "by mouth"@en .
"""
CORE = "meso:subject treatment:tea ; meso:relation meso:decreases ; meso:object condition:pain"
PLAIN = f"{CORE} ; meso:direction direction:supports ; meso:hedge hedge:asserted"


def project(turtle: str) -> Dataset:
    return replace(read(PREFIXES + VOCABULARY + turtle), base=KG)


def made(turtle: str, graph: str) -> set[ox.Triple]:
    """The triples of a derived graph, without its own title and description."""
    name = ox.NamedNode(f"{KG}graph/derived/{graph}")
    return {t for t in derive(project(turtle)).graph(name) if t.subject != name}


def triples(turtle: str) -> set[ox.Triple]:
    return {quad.triple for quad in read(PREFIXES + turtle).quads}


def objects(found: set[ox.Triple], name: str) -> list[str]:
    iri = NS + name if ":" not in name else project_prefixes(KG).expand(name)
    return sorted(getattr(t.object, "value", "") for t in found if t.predicate.value == iri)


# --- the whole -------------------------------------------------------------------------------


def test_adds_graphs_beside_the_default_graph() -> None:
    dataset = project("claim:a a meso:Claim .")
    whole = derive(dataset)
    assert whole.default_graph == dataset.default_graph
    assert [name.value.removeprefix(f"{KG}graph/derived/") for name in whole.graphs] == [
        *("annotations", "asserted", "cito", "propositions", "sources")
    ]
    for name in whole.graphs:
        told = {t.predicate.value for t in whole.graph(name) if t.subject == name}
        assert told == {STANDARD_PREFIXES["dcterms"] + key for key in ("title", "description")}


def test_without_a_base_there_are_no_names() -> None:
    with pytest.raises(UsageError) as caught:
        derive(read("<http://e/s> <http://e/p> 1 ."))
    assert caught.value.code == "no-base"


@given(strategies.datasets(), st.randoms(use_true_random=False))
def test_same_statements_make_the_same_graphs(dataset: Dataset, order: random.Random) -> None:
    whole = derive(dataset)
    fresh = [quad for quad in whole.quads if "/graph/derived/" in str(quad.graph_name)]
    assert whole.quads == (*dataset.quads, *fresh)
    assert not any("_:" in str(term) for quad in fresh for term in (quad.subject, quad.graph_name))
    shuffled = list(dataset.quads)
    order.shuffle(shuffled)
    again = derive(replace(dataset, quads=tuple(shuffled)))
    assert [quad for quad in again.quads if "/graph/derived/" in str(quad.graph_name)] == fresh
    # What was derived before is replaced, not derived from.
    assert derive(replace(whole, quads=whole.quads[::-1])).quads[-len(fresh) :] == tuple(fresh)


# --- propositions ----------------------------------------------------------------------------


def test_claims_that_say_the_same_share_a_proposition() -> None:
    found = made(
        f"""
        claim:a a meso:Claim ; {CORE} ; meso:direction direction:supports .
        claim:b a meso:Claim ; {CORE} ; meso:direction direction:disputes .
        claim:c a meso:Claim ; {CORE} ; meso:route route:oral .
        """,
        "propositions",
    )
    link = {str(t.subject): t.object for t in found if t.predicate.value == NS + "proposition"}
    names = [link[f"<{KG}claim/{key}>"] for key in "abc"]
    assert names[0] == names[1] != names[2]
    alone, routed = (f"<{name.value}>" for name in names[1:] if isinstance(name, ox.NamedNode))
    assert found == triples(
        f"""
        claim:a meso:proposition {alone} . claim:b meso:proposition {alone} .
        claim:c meso:proposition {routed} .
        {alone} a meso:Proposition ; {CORE} ;
          rdfs:label "ginger tea – decreases – knee pain"@en .
        {routed} a meso:Proposition ; {CORE} ; meso:route route:oral ;
          rdfs:label "ginger tea – decreases – knee pain (route: by mouth)"@en .
        """
    )


def test_name_of_a_proposition_never_changes() -> None:
    """Pages and other graphs link to it: the recipe is fixed once it was published."""
    found = made(f"claim:a a meso:Claim ; {CORE} ; meso:route route:oral .", "propositions")
    assert objects(found, "proposition") == [f"{KG}proposition/d00af588fae8084b"]


@pytest.mark.parametrize(
    "turtle",
    [
        "meso:subject treatment:tea ; meso:relation meso:decreases",
        "meso:subject [] ; meso:relation meso:decreases ; meso:object condition:pain",
        f'{CORE} ; meso:agent "ginger"',
    ],
    ids=["no object", "blank node", "literal"],
)
def test_what_cannot_be_named_for_good_makes_no_proposition(turtle: str) -> None:
    assert made(f"claim:a a meso:Claim ; {turtle} .", "propositions") == set()


@pytest.mark.parametrize(
    ("turtle", "label"),
    [
        (f"{CORE} , condition:ache", "ginger tea – decreases – headache and knee pain"),
        ("meso:subject claim:b ; meso:relation meso:explains ; meso:object claim:z",
         "“Tea helps” – explains – z"),
        ("meso:subject work:w ; meso:relation meso:isA ; meso:object treatment:tea , work:w",
         "Rivers, Tea – isA – Rivers, Tea and ginger tea"),
    ],
    ids=["several", "claims", "commas"],
)  # fmt: skip
def test_label_of_a_proposition(turtle: str, label: str) -> None:
    found = made(
        f'claim:a a meso:Claim ; {turtle} . claim:b rdfs:label "Tea helps."@en . '
        'work:w rdfs:label "Rivers, Tea"@en .',
        "propositions",
    )
    assert objects(found, "rdfs:label") == [label]


# --- sources and citations -------------------------------------------------------------------

CITED = """
claim:a a meso:Claim ; meso:statedIn article:k ; meso:kind kind:benefit ; meso:evidence ev:a .
claim:t a meso:Claim ; meso:statedIn article:k ; meso:kind kind:harm ; meso:evidence ev:t .
ev:a meso:citation citation:a ; meso:scope scope:direct .
ev:t meso:citation citation:t ; meso:scope scope:title .
ev:lost meso:citation citation:lost ; meso:scope scope:direct .
citation:a meso:occursIn article:k ; meso:denotes ref:a . ref:a meso:resolvesTo work:a .
citation:t meso:occursIn article:k ; meso:denotes ref:t . ref:t meso:resolvesTo work:t .
citation:lost meso:denotes ref:lost .
"""


def test_line_of_evidence_leads_to_its_work() -> None:
    expected = "ev:a meso:source work:a . ev:t meso:source work:t ."
    assert made(CITED, "sources") == triples(expected)


def test_citations_in_the_terms_of_cito() -> None:
    expected = "article:k cito:cites work:a , work:t ; cito:citesAsEvidence work:a ."
    assert made(CITED, "cito") == triples(expected)


# --- plain statements ------------------------------------------------------------------------

STATEMENT = "treatment:tea meso:decreases condition:pain ."


def test_plain_claim_makes_a_plain_statement() -> None:
    assert made(f"claim:a a meso:Claim ; {PLAIN} .", "asserted") == triples(STATEMENT)


@pytest.mark.parametrize(
    "turtle",
    [
        f"{CORE} ; meso:direction direction:supports ; meso:hedge hedge:claimed .",
        f"{CORE} ; meso:direction direction:mixed ; meso:hedge hedge:asserted .",
        f"{CORE} ; meso:direction direction:disputes ; meso:hedge hedge:asserted .",
        f"{PLAIN} ; meso:hedgeFrom claim:b .",
        f"{PLAIN} ; meso:route route:oral .",
        f"{PLAIN} ; meso:evidence ev:a . ev:a meso:sourceCheck check:contradicts .",
        f"{PLAIN} . claim:b {CORE} ; meso:direction direction:disputes .",
        f"{PLAIN} . claim:b {CORE} ; meso:direction direction:mixed .",
    ],
    ids=[
        *("hedged", "mixed", "disputing", "hedged elsewhere", "qualified", "contradicted"),
        *("disputed", "left open"),
    ],
)
def test_any_reservation_keeps_a_claim_out(turtle: str) -> None:
    assert made(f"claim:a a meso:Claim ; {turtle}", "asserted") == set()


# --- annotations -----------------------------------------------------------------------------

PASSAGE = "claim:a a meso:Claim ; meso:statedIn article:k ; meso:start 405 ; meso:end 490"


def test_claim_annotates_its_passage() -> None:
    found = made(
        f'{PASSAGE} ; meso:quote "eases"@en . article:k meso:textRights rights:unknown .',
        "annotations",
    )
    assert found == triples(
        f"""
        <{KG}claim/a#annotation> a oa:Annotation ; oa:motivatedBy oa:describing ;
          oa:hasBody claim:a ; oa:hasTarget <{KG}claim/a#passage> .
        <{KG}claim/a#passage> a oa:SpecificResource ; oa:hasSource article:k ;
          oa:hasSelector <{KG}claim/a#position> .
        <{KG}claim/a#position> a oa:TextPositionSelector ;
          oa:start "405"^^xsd:nonNegativeInteger ; oa:end "490"^^xsd:nonNegativeInteger ;
          oa:refinedBy <{KG}claim/a#quote> .
        <{KG}claim/a#quote> a oa:TextQuoteSelector ; oa:exact "eases" .
        """
    )


@pytest.mark.parametrize(
    ("rights", "length", "shown"),
    [
        ("rights:full", 5000, True),
        ("rights:quotes", 90, True),
        ("rights:quotes", 91, False),
        ("rights:unknown", 91, False),
        ("rights:anchors", 1, False),
        ("rights:full , rights:anchors", 91, False),
        ("rights:new", 91, False),
    ],
)
def test_rights_decide_which_words_are_shown(rights: str, length: int, shown: bool) -> None:
    turtle = f'{PASSAGE} ; meso:quote "{"é" * length}"@en . article:k meso:textRights {rights} .'
    assert objects(made(turtle, "annotations"), "oa:exact") == ["é" * length] * shown


@pytest.mark.parametrize(
    "turtle",
    [
        "claim:a a meso:Claim ; meso:statedIn article:k ; meso:start 4",
        f"{PASSAGE} , 500",
        f"{PASSAGE.replace('490', '-1')}",
        f"{PASSAGE.replace('490', '4.5')}",
    ],
    ids=["no end", "two ends", "negative", "fraction"],
)
def test_claim_without_one_passage_is_no_annotation(turtle: str) -> None:
    assert made(f"{turtle} .", "annotations") == set()


# --- the flagship ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flagship() -> Dataset:
    return load(open_project(ROOT / "mesokg.toml"))


@pytest.mark.parametrize(
    ("graph", "query"), [("asserted", "construct-statements"), ("cito", "construct-cito")]
)
def test_canned_query_and_derived_graph_agree(flagship: Dataset, graph: str, query: str) -> None:
    """One is asked on any endpoint, the other is in every build: they must not drift apart."""
    name = ox.NamedNode(f"{flagship.base}graph/derived/{graph}")
    answer = embed(flagship).run((query_folder() / f"{query}.rq").read_text("utf-8"))
    assert isinstance(answer, tuple)
    found = {triple for triple in derive(flagship).graph(name) if triple.subject != name}
    assert found == set(answer)
    assert found


def test_every_claim_of_the_flagship_is_derived_from(flagship: Dataset) -> None:
    claims = embed(flagship).run(f"SELECT ?claim {{ ?claim a <{NS}Claim> }} ORDER BY ?claim")
    whole = derive(flagship)
    bodies = {q.object for q in whole.quads if q.predicate.value.endswith("oa#hasBody")}
    shared = {q.subject for q in whole.quads if q.predicate.value == NS + "proposition"}
    assert {row[0] for row in getattr(claims, "rows", ())} == bodies == shared != set()
    lines = {q.subject for q in whole.quads if q.predicate.value == NS + "citation"}
    assert {q.subject for q in whole.quads if q.predicate.value == NS + "source"} == lines
