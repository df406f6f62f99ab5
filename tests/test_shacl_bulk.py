"""Queries for all focus nodes at once, guards, and files that are never read whole."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg.dataset import read
from mesokg.shacl import ENGINES, choose_engine, run_shapes, validate_file_shapes, validate_shapes
from mesokg.shacl.graphs import Index
from mesokg.shacl.guards import guard_for
from mesokg.shacl.paths import Path as PropertyPath
from mesokg.shacl.paths import has_inverse_sequence, is_plain, read_path, simplified
from mesokg.shacl.rewriting import FOCUS, rewrite
from mesokg.shacl.sets import index_for, plan
from mesokg.terms import STANDARD_PREFIXES, Prefixes

PREFIXES = Prefixes({**STANDARD_PREFIXES, "e": "https://example.org/"})
HEAD = """
@prefix e: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:names sh:declare [ sh:prefix "e" ; sh:namespace "https://example.org/"^^xsd:anyURI ] .
"""


def triples(text: str) -> tuple[ox.Triple, ...]:
    return read(HEAD + text).default_graph


def sparql(query: str, target: str = "sh:targetClass e:T") -> tuple[ox.Triple, ...]:
    return triples(
        f'e:s {target} ; sh:sparql [ sh:prefixes e:names ; sh:select """{query}""" ; '
        'sh:message "no" ] .'
    )


# --- rewriting -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this ?value { $this e:p ?value }",
        "SELECT ?this { { $this e:p 1 } UNION { FILTER($this = e:a) } }",
        "SELECT DISTINCT $this { FILTER NOT EXISTS { $this e:p ?x FILTER(?x > 1) } }",
        "SELECT $this { { SELECT DISTINCT $this ?x { $this e:p ?x } } }",
        "SELECT $this (1 AS ?value) { OPTIONAL { $this e:p ?x FILTER(?x != $this) } }",
        "SELECT $this { $this e:p ?x . # } GROUP BY\n }",
        "SELECT $this { $this e:p 'VALUES { 1 }' }",
    ],
)
def test_what_can_be_asked_for_all_at_once(query: str) -> None:
    found = rewrite(query, prefixes={"e": "https://example.org/"})
    assert found is not None
    ox.Store().query(found.query.replace(FOCUS, "VALUES ?this { 1 }"))


@pytest.mark.parametrize(
    "query",
    [
        "ASK { $this e:p 1 }",
        "SELECT ?value { $this e:p ?value }",
        "SELECT * { $this e:p ?value }",
        "SELECT $this { $this e:p ?x } LIMIT 1",
        "SELECT $this (COUNT(*) AS ?n) { $this e:p ?x } GROUP BY $this",
        "SELECT $this { $this e:p ?x MINUS { $this e:q ?x } }",
        "SELECT $this { ?x e:p ?y BIND(?x AS ?this) }",
        "SELECT $this { $this e:p ?x { SELECT ?x { ?x e:q ?y } } }",
        "SELECT $this { OPTIONAL { BIND($this AS ?x) } }",
        "SELECT $this { FILTER EXISTS { { $this e:p 1 } UNION { $this e:q 1 } } }",
        "SELECT $this { OPTIONAL { { FILTER($this = e:a) } UNION { e:a e:p 1 } } }",
        "SELECT $this { GRAPH $shapesGraph { $this e:p 1 } }",
        "SELECT $this { $currentShape e:p $this }",
        "SELECT $this { $this $PATH 1 }",
        "SELECT $this { $this e:p 1",
        "",
    ],
)
def test_what_may_mean_another_thing_is_refused(query: str) -> None:
    assert rewrite(query) is None


@pytest.mark.parametrize(
    ("query", "anything"),
    [
        ("SELECT $this { $this e:p ?x ; e:q ?y . FILTER(?x > ?y) ?z e:r $this }", False),
        ("SELECT $this { $this ?p 1 }", True),
        ("SELECT $this { $this e:p 1 ; ?p 2 }", True),
        ("SELECT $this { $this e:p [ ?p 2 ] }", True),
        ("SELECT $this { $this !e:p 1 }", True),
        ("SELECT $this { $this (!(e:p|e:q))* 1 }", True),
        ("SELECT $this { $this e:p ?x FILTER(!(?x = 1) && !isIRI(?x)) }", False),
    ],
)
def test_an_index_holds_what_a_query_looks_at(query: str, anything: bool) -> None:
    found = rewrite(query, prefixes={"e": "https://example.org/"})
    assert found is not None
    assert (found.terms is None) is anything
    if found.terms is not None:
        assert "https://example.org/p" in found.terms


@pytest.mark.parametrize(
    "target",
    [
        "sh:targetNode e:a , 1",
        "sh:targetSubjectsOf e:p",
        "sh:targetObjectsOf e:p",
        "sh:targetClass e:T",
        "a sh:NodeShape , rdfs:Class",
    ],
)
def test_targets_of_all_kinds(target: str) -> None:
    rules = sparql("SELECT $this { FILTER(!isBlank($this)) }", target)
    data = triples("e:a a e:U ; e:p e:b . e:b a e:T . e:U rdfs:subClassOf e:T . e:c a e:s .")
    found = [
        sorted(str(result.focus) for result in run_shapes(data, rules, engine=engine))
        for engine in ENGINES
    ]
    assert found[0]
    assert found == [found[0]] * len(found)


def test_a_query_that_needs_binding_beforehand_is_done_by_another_engine() -> None:
    rules = sparql(
        "SELECT $this (COUNT(?x) AS ?n) { $this e:p ?x } GROUP BY $this HAVING (COUNT(?x) > 1)"
    )
    assert plan(rules).sets == ()
    data = triples("e:a a e:T ; e:p 1 , 2 . e:b a e:T ; e:p 1 .")
    (result,) = run_shapes(data, rules, engine="shacl-rust")
    assert str(result.focus) == "<https://example.org/a>"


def test_literals_that_oxigraph_rewrites_are_left_to_another_engine() -> None:
    rules = sparql('SELECT $this ?value { $this e:p ?value FILTER(STR(?value) != "1") }')
    data = triples("e:a a e:T ; e:p 1 , 01 .")
    (result,) = run_shapes(data, rules, engine="shacl-rust")
    assert str(result.value).startswith('"01"')
    _, exact = index_for(ox.Quad(*triple) for triple in data)
    assert not exact


def test_a_nested_sparql_constraint_is_for_another_engine() -> None:
    rules = triples(
        'e:s sh:targetNode e:a ; sh:not [ sh:sparql [ sh:select "SELECT $this {}" ] ] .'
    )
    assert plan(rules).unfit
    assert choose_engine("shacl-rust", rules) != "shacl-rust"


# --- paths and guards ------------------------------------------------------------------------


def path(text: str) -> PropertyPath:
    index = Index(triples(f"e:s sh:path {text} ."))
    found = read_path(
        index.out[ox.NamedNode("https://example.org/s")][
            ox.NamedNode(STANDARD_PREFIXES["sh"] + "path")
        ][0],
        index,
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("[ sh:inversePath ( e:a e:b ) ]", "( [ sh:inversePath e:b ] [ sh:inversePath e:a ] )"),
        ("[ sh:inversePath [ sh:inversePath e:a ] ]", "e:a"),
        ("[ sh:oneOrMorePath e:a ]", "( e:a [ sh:zeroOrMorePath e:a ] )"),
        ("[ sh:zeroOrOnePath [ sh:oneOrMorePath e:a ] ]", "[ sh:zeroOrMorePath e:a ]"),
        ("( e:a ( e:b e:c ) )", "( e:a e:b e:c )"),
    ],
)
def test_paths_that_mean_the_same(one: str, same: str) -> None:
    assert simplified(path(one)) == simplified(path(same))
    assert is_plain(simplified(path(same))) or "zeroOrMore" in same or "inverse" in same


def test_what_engines_do_not_follow() -> None:
    assert has_inverse_sequence(path("[ sh:zeroOrMorePath [ sh:inversePath ( e:a e:b ) ] ]"))
    assert not is_plain(path("[ sh:zeroOrMorePath ( e:a e:b ) ]"))
    assert not is_plain(path("( e:a [ sh:inversePath e:b ] )")), "a literal may stand between"
    backwards = triples("e:s sh:targetNode e:a ; sh:path [ sh:inversePath ( e:a e:b ) ] .")
    assert choose_engine("auto", backwards) == "pyshacl-turbo"


@pytest.mark.parametrize(
    ("data", "safe"),
    [
        ("e:a e:n 1 , 2.5 , 1e0 .", True),
        ('e:a e:n 1 , "2020-01-01"^^xsd:date .', False),
        ('e:a e:n "x"^^xsd:integer .', False),
        ("e:a e:n e:b .", False),
        ("e:a e:m e:b .", True),
        ("e:a e:m 1 .", False),
        ("e:a e:other 1 , e:b .", True),
    ],
)
def test_values_to_be_careful_with_are_seen(data: str, safe: bool) -> None:
    guard = guard_for(
        triples(
            "e:s sh:property [ sh:path e:n ; sh:minInclusive 0 ] , [ sh:path e:m ; sh:node e:x ] ."
        )
    )
    assert guard is not None
    for triple in triples(data):
        guard.see(triple.predicate, triple.object)
    assert guard.safe is safe


# --- files -----------------------------------------------------------------------------------

RULES = """
e:tea sh:targetClass e:Drink ; sh:property [ sh:path e:heat ; sh:minInclusive 60 ;
    sh:class e:Heat ] ,
  [ sh:path e:cup ; sh:or ( [ sh:class e:Cup ] [ sh:pattern "/mug$" ] ) ] ;
  sh:sparql [ sh:prefixes e:names ; sh:message "{$this} is in two cups: {?value}" ;
    sh:select \"\"\"SELECT $this ?value { $this e:cup ?value , ?other
      FILTER(STR(?other) < STR(?value)) }\"\"\" ] .
"""
DATA = """
e:Tea rdfs:subClassOf e:Drink . e:c a e:Cup .
e:green a e:Tea ; e:heat 40 ; e:cup e:c , e:jug .
e:black a e:Tea ; e:heat 90 ; e:cup e:mug .
"""


@pytest.mark.parametrize("name", ["data.ttl", "data.nt"])
def test_a_file_gives_the_findings_of_its_triples(tmp_path: Path, name: str) -> None:
    file, data = tmp_path / name, triples(DATA)
    form = ox.RdfFormat.TURTLE if name.endswith("ttl") else ox.RdfFormat.N_TRIPLES
    ox.serialize(data, file, format=form)
    format = "turtle" if name.endswith("ttl") else "ntriples"
    run = validate_file_shapes(file, format, triples(RULES), prefixes=PREFIXES)
    assert run is not None
    assert run.triples == len(data)
    expected = validate_shapes(data, triples(RULES), prefixes=PREFIXES, engine="pyshacl-turbo")
    assert sorted(f.order for f in run.findings) == sorted(f.order for f in expected)
    assert "e:green is in two cups: e:jug" in {finding.message for finding in run.findings}


@pytest.mark.parametrize(
    "text",
    [
        "e:a e:p",
        "\N{ZERO WIDTH NO-BREAK SPACE}<urn:a> <urn:p> 1 .",
        "<urn:a> <urn:p> 1 .\r\n",
        "<relative> <urn:p> 1 .",
        "<urn:a> <urn:p> <<( <urn:a> <urn:p> 1 )>> .",
        "[] a <https://example.org/Drink> ; <https://example.org/heat> 1 .",
        "<urn:a> <https://example.org/heat> 1 , true .",
    ],
)
def test_what_is_odd_is_read_in_the_ordinary_way(tmp_path: Path, text: str) -> None:
    file = tmp_path / "data.ttl"
    file.write_bytes(text.encode())
    assert validate_file_shapes(file, "turtle", triples(RULES), prefixes=PREFIXES) is None
    assert validate_file_shapes(tmp_path / "none.ttl", "turtle", (), prefixes=PREFIXES) is None


def test_much_data_is_for_the_bulk_engine() -> None:
    rules = triples(RULES)
    assert choose_engine("auto", rules, 1_000_000) == "shacl-rust"
    assert choose_engine("auto", rules, 100) == "pyshacl-turbo"
    beyond = triples("e:s sh:targetNode e:a ; sh:path [ sh:zeroOrMorePath ( e:a e:b ) ] .")
    assert choose_engine("auto", beyond, 1_000_000) == "pyshacl-turbo"
