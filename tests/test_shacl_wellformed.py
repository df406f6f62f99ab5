"""Shapes that are wrong themselves."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.dataset import read
from mesokg.report import Anchor, Severity
from mesokg.shacl import ILL_FORMED, check_shapes
from mesokg.terms import STANDARD_PREFIXES, Prefixes

PREFIXES = Prefixes({**STANDARD_PREFIXES, "e": "https://example.org/"})
HEAD = """
@prefix e: <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:names sh:declare [ sh:prefix "e" ; sh:namespace "https://example.org/"^^xsd:anyURI ] .
"""


def messages(text: str) -> list[str]:
    found = check_shapes(read(HEAD + text).default_graph, PREFIXES)
    return [finding.message for finding in found]


@pytest.mark.parametrize(
    "constraint",
    [
        "sh:minCount 1 ; sh:maxCount 3 ; sh:datatype xsd:string ; sh:severity sh:Info",
        'sh:pattern "^a" ; sh:flags "i" ; sh:message "no"@en , "nein"@de ; sh:name "a"',
        'sh:languageIn ( "en" ) ; sh:uniqueLang true ; sh:in () ; sh:hasValue 1',
        "sh:or ( [ sh:nodeKind sh:IRI ] [ sh:class e:C ] ) ; sh:not [ sh:node [] ]",
        "sh:qualifiedValueShape [ sh:class e:C ] ; sh:qualifiedMinCount 1",
        "sh:lessThan e:q ; sh:minInclusive 1.5 ; sh:order 2 ; sh:group e:g ; e:mine 1",
    ],
)
def test_shapes_as_they_should_be(constraint: str) -> None:
    assert messages(f"e:s sh:targetClass e:C ; sh:property [ sh:path e:p ; {constraint} ] .") == []


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        ("sh:minCount 1.5", "sh:minCount must be an integer, not 1.5"),
        ('sh:minLength "1"', 'sh:minLength must be an integer, not "1"'),
        ("sh:maxCount 1 , 2", "sh:maxCount may be given only once"),
        ('sh:datatype "string"', 'sh:datatype must be an IRI, not "string"'),
        ("sh:class [ e:x 1 ]", "sh:class must be an IRI, not a blank node"),
        (
            "sh:nodeKind sh:Iri",
            "sh:nodeKind must be one of the six kinds, such as sh:IRI, not sh:Iri",
        ),
        (
            'sh:uniqueLang "1"^^xsd:boolean',
            'sh:uniqueLang must be true or false, not "1"^^xsd:boolean',
        ),
        ("sh:in e:a", "sh:in needs a list: e:a is none"),
        ("sh:in ( 1 ) , ( 2 )", "sh:in may be given only once"),
        (
            "sh:in [ rdf:first 1 ]",
            "sh:in needs a list: a member has not exactly one rdf:first and rdf:rest",
        ),
        (
            "sh:languageIn ( e:en )",
            "each member of sh:languageIn must be a string without a language, not e:en",
        ),
        ('sh:pattern "a(b"', '"a(b" is no regular expression'),
        ('sh:pattern "a" ; sh:flags "k"', '"a" is no regular expression'),
        ('sh:flags "i"', "sh:flags says nothing without sh:pattern"),
        (
            "sh:qualifiedMinCount 1",
            "sh:qualifiedMinCount says nothing without sh:qualifiedValueShape",
        ),
        ("sh:minInclusive e:a", "sh:minInclusive must be a literal, not e:a"),
        ('sh:severity "high"', 'sh:severity must be an IRI, not "high"'),
        ("sh:severity e:Bad", "the severity e:Bad is none of sh:Info, sh:Warning, sh:Violation"),
        ("sh:message e:a", "sh:message must be a text, not e:a"),
        ('sh:node "S"', 'sh:node must be an IRI or a blank node, not "S"'),
        ("sh:node e:nowhere", "the shapes do not say what e:nowhere is"),
        ("sh:or ( 1 )", "each member of sh:or must be an IRI or a blank node, not 1"),
        ("sh:minCout 1", "there is no term sh:minCout; did you mean sh:minCount or sh:maxCount?"),
        ("sh:property [ sh:minLength 1 ]", "a property shape needs a sh:path"),
    ],
)
def test_constraints_that_say_nothing(constraint: str, message: str) -> None:
    found = messages(f"e:s sh:targetClass e:C ; sh:property [ sh:path e:p ; {constraint} ] .")
    assert found == [message] or (
        constraint.startswith(("sh:nodeKind", "sh:in [")) and message in found
    )


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ('sh:targetClass "C"', 'sh:targetClass must be an IRI, not "C"'),
        ("sh:targetNode [ e:x 1 ]", "sh:targetNode must be an IRI or a literal, not a blank node"),
        ("a sh:NodeShape ; sh:path e:p", "a node shape may not have a sh:path"),
        ("a sh:PropertyShape ; sh:minCount 1", "a property shape needs a sh:path"),
        ("sh:path e:p , e:q", "a property shape has exactly one sh:path"),
        ("sh:minCount 1", "sh:minCount belongs to a property shape, and this has no sh:path"),
        ('sh:path "p"', 'the sh:path is no property path: "p" is neither a property nor a path'),
        ("sh:path ( e:p )",
         "the sh:path is no property path: a list of paths needs at least two members"),
        ("sh:path [ sh:inversePath e:p ; sh:zeroOrMorePath e:p ]",
         "the sh:path is no property path: a blank node must be a list or have exactly one of "
         "sh:alternativePath, sh:inversePath, sh:oneOrMorePath, sh:zeroOrMorePath, "
         "sh:zeroOrOnePath"),
        ("sh:closed 1", "sh:closed must be true or false, not 1"),
        ("sh:ignoredProperties ( e:p )", "sh:ignoredProperties says nothing without sh:closed"),
        ("sh:node [ sh:not e:s ]", "the shape e:s refers to itself, which SHACL leaves undefined"),
    ],
)  # fmt: skip
def test_shapes_that_say_nothing(shape: str, message: str) -> None:
    assert message in messages(f"e:s {shape} ; sh:nodeKind sh:IRI .")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT $this { $this e:p 1 }", ""),
        ("SELECT ?x { ?x e:p 1 }", "sh:select does not look at $this"),
        ("SELECT $this { $this e:p 1 MINUS { $this e:q 1 } }", "sh:select may not use MINUS"),
        (
            "SELECT $this { $this x:p 1 }",
            "sh:select does not parse: query:1: the prefix x: is not",
        ),
        ("SELECT $this { $this e:p", "sh:select does not parse: "),
        ("ASK { $this e:p 1 }", "sh:select must be a SELECT"),
        ("SELECT $this { $this $PATH 1 }", ""),
    ],
)
def test_queries(query: str, message: str) -> None:
    found = messages(
        f"""e:s sh:targetClass e:C ; sh:property [ sh:path ( e:p e:q ) ; sh:sparql [
        sh:prefixes e:names ; sh:select '''{query}''' ] ] ."""
    )
    assert len(found) == bool(message)
    assert not found or found[0].startswith(message)


def test_a_constraint_without_a_query() -> None:
    assert messages("e:s sh:sparql [ sh:message 'x' ] .") == [
        "a SPARQL constraint needs exactly one sh:select"
    ]


def test_declarations_that_contradict_each_other() -> None:
    text = """e:s sh:sparql [ sh:prefixes e:names , e:more ;
          sh:select "SELECT $this { $this e:p 1 }" ] .
        e:more sh:declare [ sh:prefix "e" ; sh:namespace "urn:other"^^xsd:anyURI ] ,
          [ sh:prefix "f" ] ."""
    assert "two declarations give one prefix different namespaces" in messages(text)
    assert "a prefix declaration needs exactly one sh:namespace, a literal" in messages(text)


def test_a_finding_points_at_its_statement() -> None:
    shapes = read(HEAD + 'e:s sh:property [ sh:path e:p ; sh:minCount "x" ] .').default_graph
    (found,) = check_shapes(shapes, PREFIXES)
    assert (found.rule, found.severity) == (ILL_FORMED, Severity.VIOLATION)
    assert (found.focus, found.shape) == ("<https://example.org/s>", "https://example.org/s")
    (owner,) = [t.subject for t in shapes if t.predicate.value.endswith("minCount")]
    assert found.anchor == Anchor(str(owner), "<http://www.w3.org/ns/shacl#minCount>", '"x"')
    assert "_:" not in found.message + found.focus + found.value


def test_a_list_that_runs_in_a_circle_ends() -> None:
    text = "e:s sh:in e:l . e:l rdf:first 1 ; rdf:rest e:l ."
    assert messages(text) == ["sh:in needs a list: the list runs in a circle"]


TERMS = [
    ox.NamedNode(STANDARD_PREFIXES["sh"] + name)
    for name in (
        "path",
        "property",
        "node",
        "or",
        "in",
        "inversePath",
        "sparql",
        "select",
        "pattern",
    )
] + [ox.NamedNode(STANDARD_PREFIXES["rdf"] + name) for name in ("first", "rest", "nil")]
NODES = [ox.BlankNode("a"), ox.BlankNode("b"), ox.NamedNode("urn:c"), *TERMS[-1:]]


@given(
    st.lists(
        st.builds(
            ox.Triple,
            st.sampled_from(NODES[:3]),
            st.sampled_from(TERMS),
            st.sampled_from([*NODES, ox.Literal("x"), ox.Literal(1)]),
        ),
        max_size=12,
    )
)
def test_any_graph_can_be_checked(triples: list[ox.Triple]) -> None:
    found = check_shapes(triples, PREFIXES)
    assert found == check_shapes(list(reversed(triples)), PREFIXES) or len(triples) != len(
        set(triples)
    )
    assert all("_:" not in finding.message for finding in found)
