from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from mesokg.dataset import read
from mesokg.engine import embed
from mesokg.project import open_project
from mesokg.query_checks import QUERY_RULES, check_queries, check_query
from mesokg.report import Finding
from strategies import texts

DATA = read(
    """PREFIX meso: <https://w3id.org/mesokg/ns#>
    meso:quote a meso:Property . <http://e/a> meso:quote 'x' , 'y' ."""
)
ENGINE = embed(DATA)
MESO = "PREFIX meso: <https://w3id.org/mesokg/ns#>\n"
SKOS = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"


def check(text: str) -> list[Finding]:
    return check_query(text, "q.rq", DATA, ENGINE)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(f.rule.removeprefix("query-"), str(f.location), f.message) for f in check(text)]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("SELECT * {\n  ?s ?p }", "q.rq:2:10", ""),
        ("SELECT * { ?s foo:bar ?o }", "q.rq:1", "the prefix foo: is not declared"),
        ("#+ summary: x\n#+ fooo: 2\nASK {}", "q.rq:2", "the header has no key 'fooo'"),
        ("#+ expect: {rows: many}\nASK {}", "q.rq:1", "expect.rows must be a number"),
        ("", "q.rq:1:1", ""),
    ],
)
def test_a_query_that_does_not_parse(text: str, place: str, message: str) -> None:
    (found,) = told(text)
    assert found[:2] == ("does-not-parse", place)
    assert message in found[2]


def test_a_query_that_parses() -> None:
    assert told("#+ expect: {boolean: true}\nASK { ?s ?p ?o }") == []
    assert told("SELECT * { ?s ?p ?o FILTER(<http://e/no-such-function>(?o)) }") == []


@pytest.mark.parametrize(
    ("text", "place", "term"),
    [
        (SKOS + "ASK { ?s skos:prefLable ?o }", "q.rq:2:10", "skos:prefLable"),
        (SKOS + "ASK { ?s skos:broader/skos:prefLable ?o }", "q.rq:2:23", "skos:prefLable"),
        (SKOS + "ASK { ?s ^skos:broder+ ?o }", "q.rq:2:11", "skos:broder"),
        ("ASK { ?s a <http://www.w3.org/2002/07/owl#Clas> }", "q.rq:1:12", "owl:Clas"),
        (MESO + "ASK { ?s meso:qoute ?o }", "q.rq:2:10", "meso:qoute"),
        ("PREFIX s: <http://www.w3.org/2004/02/skos/core#>\nASK { ?s s:x ?o }", "q.rq:2:10", "s:x"),
    ],
)
def test_a_term_that_does_not_exist(text: str, place: str, term: str) -> None:
    (found,) = told(text)
    assert found[:2] == ("term-unknown", place)
    assert found[2].startswith(f"there is no term {term}") or term == "s:x"


@pytest.mark.parametrize(
    "text",
    [
        SKOS + "ASK { ?s skos:broader/skos:prefLabel ?o }",
        SKOS + "ASK { ?s ?p 'skos:prefLable' } # skos:prefLable",
        "PREFIX e: <http://e/>\nASK { ?s e:anything ?o }",
        "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\nASK { ?s rdf:_1|rdf:type ?o }",
        MESO + "ASK { ?s meso:quote ?o }",
    ],
)
def test_terms_that_do_exist(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        ("?s ?p ?o", ""),
        ("?s ?p ?o .", ""),
        ("?s a ?o", ""),
        ("?s e:p+ ?o", ""),
        ("?s ?p ?o . FILTER EXISTS { ?o ?q ?z }", ""),
        ("?s ?p ?o . FILTER(?o > 3 && ?s != e:x)", ""),
        ("VALUES ?p { e:p e:q } ?s ?p ?o", ""),
        ("GRAPH ?g { ?s ?p ?o }", ""),
        ("?s ?p 'a . ?b ?c ?d'", ""),
        ("?s e:p/e:q ?o", "a path of several steps"),
        ("?s ?p ?o . ?o ?q ?z", "2 patterns that are joined"),
        ("?s ?p ?o ; ?q ?z", "2 patterns that are joined"),
        ("?s ?p ?o , ?z", "2 patterns that are joined"),
        ("GRAPH ?g { ?s ?p ?o . ?o ?q ?z }", "2 patterns that are joined"),
        ("GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?o ?q ?z }", "2 patterns that are joined"),
    ],
)
def test_what_is_slow_in_exists(inside: str, problem: str) -> None:
    text = f"PREFIX e: <http://e/>\nASK {{ ?s ?x ?y\nFILTER NOT EXISTS {{ {inside} }} }}"
    wanted = [("slow-exists", "q.rq:3:12", f"EXISTS holds {problem}")] if problem else []
    assert told(text) == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#+ expect: {rows: 3}\nSELECT * { ?s ?p ?o }", ""),
        ("#+ expect: {rows: 1}\nSELECT * { ?s ?p ?o }", ""),
        (
            "#+ summary: x\n#+ expect: {rows: 4}\nSELECT * { ?s ?p ?o }",
            "the query promises 4 rows and gives 3",
        ),
        (
            "#+ summary: x\n#+ expect: {rows: 4}\nCONSTRUCT WHERE { ?s ?p ?o }",
            "the query promises 4 triples and gives 3",
        ),
        (
            "#+ summary: x\n#+ expect: {boolean: true}\nASK { <http://e/b> ?p ?o }",
            "the query promises true and gives false",
        ),
    ],
)
def test_what_a_query_promises(text: str, message: str) -> None:
    assert told(text) == ([("unmet-expect", "q.rq:2", message)] if message else [])


def test_the_queries_of_a_project_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "mesokg.toml").write_text(
        '[project]\nname = "tea"\ntitle = "Tea"\nbase = "https://example.org/kg/"\n'
    )
    (tmp_path / "queries" / "checks").mkdir(parents=True)
    (tmp_path / "queries" / "mine.rq").write_text("#+ expect: {rows: 9}\nSELECT * { ?s ?p ?o }")
    (tmp_path / "queries" / "checks" / "own.rq").write_text("SELECT ?focus { ?focus ?p }")
    found = check_queries(open_project(tmp_path / "mesokg.toml"), DATA, ENGINE)
    own = [f for f in found if f.location and not f.location.path.startswith("mesokg:")]
    assert [(f.rule, f.location.path) for f in own if f.location] == [
        ("query-unmet-expect", "queries/mine.rq"),
        ("query-does-not-parse", "queries/checks/own.rq"),
    ]
    unmet = [f for f in found if f.rule == "query-unmet-expect"]
    assert len(unmet) == 1, "what comes with the tool promises nothing about another project"


@given(texts)
def test_no_text_brings_it_down(text: str) -> None:
    for body in (text, f"ASK {{ FILTER EXISTS {{ {text}", f"#+ {text}\nASK {{}}"):
        assert {finding.rule for finding in check(body)} <= QUERY_RULES.keys()
