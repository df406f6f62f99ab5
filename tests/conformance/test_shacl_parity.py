"""Engines give the same results on anything: random shapes over random data.

Every kind of constraint of SHACL Core, nested, with odd values: ill-typed literals,
several spellings of a number, literals without an order, blank nodes. What an engine is
known to get wrong is not given to it: `choose_engine` refuses or names another. Where
engines differ all the same, known-failures.toml says so, and the difference is left out.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from mesokg.dataset import read
from mesokg.errors import UsageError
from mesokg.shacl import ENGINES, choose_engine, run_shapes

KNOWN = tomllib.loads((Path(__file__).parent / "known-failures.toml").read_text("utf-8"))["parity"]
HEAD = """
@prefix e: <https://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
NODES = ["e:a", "e:b", "e:c", "e:d", "_:x", "_:y"]
CLASSES = ["e:C", "e:D", "e:E"]
PREDICATES = ["e:p", "e:q", "e:r"]
LITERALS = [
    "1", "01", "2", "-1", "1.0", "1.50", "2e0", '"1"^^xsd:nonNegativeInteger', '"x"^^xsd:integer',
    '""', '"a"', '"ab"', '"aé\\n"', '"a"@en', '"b"@en', '"a"@de', '"a"@en-GB', '"300"^^xsd:byte',
    '"2020-01-01"^^xsd:date', '"2021-01-01"^^xsd:date', '"2020"^^xsd:gYear', "true",
    '"1"^^xsd:boolean',
    '"2020-01-01T00:00:00Z"^^xsd:dateTime', '"2020-01-01T00:00:00+00:00"^^xsd:dateTime',
    '"2020-01-01T00:00:00"^^xsd:dateTime', '"NaN"^^xsd:double', '"x"^^e:own',
    '"<b/>"^^rdf:XMLLiteral',
]  # fmt: skip
DATATYPES = [
    "xsd:integer", "xsd:decimal", "xsd:double", "xsd:string", "xsd:date", "xsd:dateTime",
    "xsd:boolean",
    "xsd:gYear", "xsd:byte", "xsd:nonNegativeInteger", "rdf:langString", "e:own",
]  # fmt: skip
ORDERED = [text for text in LITERALS if not text.startswith(('"x"', '"<'))]
NUMBERS = ["1", "2", "01", "1.5", "-1", "2e0"]
TEXTS = ['"a"', '"ab"', '"a"@en', '"b"@en', '"a"@de', '""']
KINDS = ["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"]
PATTERNS = ["^a", "a$", "^[0-9]+$", "E", ".", "^$", "(ab|1)", "^https://"]


def one(values: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


def some(values: Sequence[str], least: int = 0, most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(one(values), min_size=least, max_size=most).map(" ".join)


@st.composite
def graphs(draw: st.DrawFn) -> str:
    """A small graph; in half of them everything points at everything, odd values included."""
    odd = [*NODES, *LITERALS]
    values = {"e:p": NUMBERS, "e:q": TEXTS, "e:r": NODES}
    if draw(st.booleans()):
        values = dict.fromkeys(PREDICATES, odd)
    statements = []
    for _ in range(draw(st.integers(1, 14))):
        predicate = draw(one(PREDICATES))
        statements.append(f"{draw(one(NODES))} {predicate} {draw(one(values[predicate]))} .")
    statements += [
        f"{draw(one(NODES))} a {draw(one(CLASSES))} ." for _ in range(draw(st.integers(0, 5)))
    ]
    statements += draw(
        st.lists(one(["e:D rdfs:subClassOf e:C .", "e:E rdfs:subClassOf e:D ."]), unique=True)
    )
    return "\n".join(statements)


@st.composite
def paths(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(one(PREDICATES))
    inner = [draw(paths(depth - 1)) for _ in range(2)]
    return draw(
        one(
            [
                f"( {inner[0]} {inner[1]} )",
                f"[ sh:alternativePath ( {inner[0]} {inner[1]} ) ]",
                *(
                    f"[ sh:{name} {inner[0]} ]"
                    for name in ("inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
                ),
            ]
        )
    )


@st.composite
def value_constraints(draw: st.DrawFn, depth: int) -> str:
    """A constraint that any shape may have."""
    count = str(draw(st.integers(1, 3)))
    simple = {
        "class": one(CLASSES),
        "datatype": one(DATATYPES),
        "nodeKind": one(KINDS).map("sh:{}".format),
        "minInclusive": one(ORDERED),
        "maxInclusive": one(ORDERED),
        "minExclusive": one(ORDERED),
        "maxExclusive": one(ORDERED),
        "minLength": st.just(count),
        "maxLength": st.just(count),
        "pattern": st.builds(
            '"{}"{}'.format, one(PATTERNS), one(["", ' ; sh:flags "i"', ' ; sh:flags "s"'])
        ),
        "languageIn": some(['"en"', '"de"', '"en-GB"', '"EN"']).map("( {} )".format),
        "equals": one(PREDICATES),
        "disjoint": one(PREDICATES),
        "in": some([*NODES[:4], *LITERALS], 1).map("( {} )".format),
        "hasValue": one([*NODES[:4], *LITERALS]),
    }
    nested = ["node", "not", "and", "or", "xone"] if depth else []
    name = draw(one([*simple, *nested]))
    if name in simple:
        return f"sh:{name} {draw(simple[name])}"
    inside = [draw(shapes(depth - 1)) for _ in range(draw(st.integers(1, 2)))]
    if name in {"node", "not"}:
        return f"sh:{name} {inside[0]}"
    return f"sh:{name} ( {' '.join(inside)} )"


@st.composite
def property_constraints(draw: st.DrawFn, depth: int) -> str:
    """A constraint that only a property shape may have."""
    count = draw(st.integers(0, 2))
    kinds = ["minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"]
    name = draw(one([*kinds, "qualified"] if depth else kinds))
    if name == "qualified":
        text = f"sh:qualifiedValueShape {draw(shapes(depth - 1))}"
        text += f" ; sh:qualified{draw(one(['MinCount', 'MaxCount']))} {count}"
        return text + draw(one(["", " ; sh:qualifiedValueShapesDisjoint true"]))
    if name in {"minCount", "maxCount"}:
        return f"sh:{name} {count}"
    return f"sh:{name} {'true' if name == 'uniqueLang' else draw(one(PREDICATES))}"


@st.composite
def shapes(draw: st.DrawFn, depth: int) -> str:
    """A shape without a name: a node shape or a property shape."""
    parts = [draw(value_constraints(depth))]
    if draw(st.booleans()):
        parts += [f"sh:path {draw(paths())}", draw(property_constraints(depth))]
    elif depth:
        parts += [f"sh:property {draw(shapes_with_path(depth - 1))}"]
        parts += draw(
            st.lists(
                st.just(
                    f"sh:closed true ; sh:ignoredProperties ( {draw(some(PREDICATES))} rdf:type )"
                ),
                max_size=1,
            )
        )
    parts += draw(st.lists(one(["sh:severity sh:Warning", "sh:deactivated true"]), max_size=1))
    return f"[ {' ; '.join(parts)} ]"


@st.composite
def shapes_with_path(draw: st.DrawFn, depth: int) -> str:
    parts = [f"sh:path {draw(paths())}", draw(property_constraints(depth))]
    parts.append(draw(value_constraints(depth)))
    if depth and draw(st.booleans()):
        parts.append(f"sh:property {draw(shapes_with_path(depth - 1))}")
    return f"[ {' ; '.join(parts)} ]"


@st.composite
def shape_graphs(draw: st.DrawFn) -> str:
    """One or two shapes with a target."""
    found = []
    for number in range(draw(st.integers(1, 2))):
        target = draw(
            one(
                [
                    "sh:targetClass e:C",
                    "sh:targetClass e:D , e:E",
                    "sh:targetNode e:a , e:b , e:nobody",
                    "sh:targetNode 1 , e:c",
                    "sh:targetSubjectsOf e:p",
                    "sh:targetObjectsOf e:p , e:q",
                    "a rdfs:Class , sh:NodeShape ; sh:property [ sh:path e:r ]",
                ]
            )
        )
        name = draw(one(CLASSES)) if target.startswith("a ") else f"e:shape{number}"
        found.append(f"{name} {target} ; {draw(shapes(2))[1:-1]} .")
        if target.startswith("a "):  # a node shape has no path
            found[-1] = f"{name} {target} ; sh:node {draw(shapes(1))} ."
    return "\n".join(found)


def signature(engine: str, data: Sequence[ox.Triple], rules: Sequence[ox.Triple]) -> object:
    """The results of an engine, comparable; None when it is not to be given these shapes."""

    def plain(term: object) -> str:
        return "_" if isinstance(term, ox.BlankNode) else str(term or "")

    text = " ".join(map(str, rules))
    if any(re.search(pattern, text) for pattern in KNOWN.get(engine, {})):
        return None
    try:
        if choose_engine(engine, rules) != engine:
            return None
        results = run_shapes(data, rules, engine=engine)
    except UsageError as error:
        return None if error.code == "engine-unfit" else error.code
    return Counter(
        (plain(r.focus), r.path, plain(r.value), r.component.partition("#")[2], r.severity[-9:])
        for r in results
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), shape_graphs())
def test_engines_agree(graph: str, rules: str) -> None:
    note(f"data:\n{graph}\nshapes:\n{rules}")
    data = read(HEAD + graph).default_graph
    triples = read(HEAD + rules).default_graph
    found = {engine: signature(engine, data, triples) for engine in ENGINES}
    known = {engine: result for engine, result in found.items() if result is not None}
    note(f"results: {known}")
    assert all(result == next(iter(known.values())) for result in known.values())


QUERIES = [
    "SELECT $this ?value { $this e:p ?value FILTER(isLiteral(?value) && ?value > 1) }",
    "SELECT $this { FILTER NOT EXISTS { $this e:p ?x } }",
    "SELECT $this { FILTER NOT EXISTS { ?x e:r ?y . FILTER(?y = $this) } }",
    "SELECT $this ?value { { $this e:p ?value } UNION { ?value e:r $this } }",
    "SELECT $this ?value { { FILTER(isIRI($this)) $this e:q ?value } UNION { $this e:p ?value } }",
    "SELECT $this ?value { $this e:r ?o OPTIONAL { ?o e:p ?value FILTER(?o != $this) } }",
    "SELECT DISTINCT $this ?path ?value { $this ?path ?value . ?value ?path ?z }",
    "SELECT $this ?value { $this e:r/e:p ?value . BIND(STR($this) AS ?s) FILTER(STRLEN(?s) > 1) }",
    "SELECT $this (?n AS ?value) { { SELECT DISTINCT $this ?n { $this e:p|e:q ?n } } }",
    "SELECT $this { $this e:p ?a , ?b FILTER(STR(?a) < STR(?b)) }",
    "SELECT $this { $this e:p ?a "
    "FILTER NOT EXISTS { $this e:r ?x FILTER NOT EXISTS { ?x e:p ?a } } }",
    "SELECT $this ?value { ?value ^e:r $this }",
    "SELECT $this (COUNT(?x) AS ?value) { $this e:p ?x } GROUP BY $this HAVING (COUNT(?x) > 1)",
    "SELECT $this ?value { $this $PATH ?value . FILTER(!isIRI(?value)) }",
]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), st.sampled_from(QUERIES), st.sampled_from(["e:C", "e:C , e:D", "e:E"]))
def test_engines_agree_on_sparql(graph: str, query: str, classes: str) -> None:
    """Asked for all focus nodes at once, a query says what it says for each."""
    path = "sh:path e:r ; " if "$PATH" in query else ""
    rules = f"""e:names sh:declare [ sh:prefix "e" ;
            sh:namespace "https://example.org/"^^xsd:anyURI ] .
        e:shape sh:targetClass {classes} ; sh:targetSubjectsOf e:q ; sh:property [
          {path or "sh:path e:p ;"} sh:sparql [ sh:prefixes e:names ; sh:message "no" ;
            sh:select \"\"\"{query}\"\"\" ] ] ."""
    data = read(HEAD + graph).default_graph
    triples = read(HEAD + rules).default_graph
    found = {engine: signature(engine, data, triples) for engine in ENGINES}
    note(f"results: {found}")
    known = [result for result in found.values() if result is not None]
    assert known == [known[0]] * len(known)
