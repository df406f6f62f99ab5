"""Query files, their headers, and values that become terms and nothing else."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from mesokg.dataset import Dataset, read
from mesokg.engine import Table, embed, sparql_tokens
from mesokg.errors import QueryError
from mesokg.project import Project, query_folder
from mesokg.queries import Param, bind, get_query, load_queries, parse_query, query
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, Prefixes, project_prefixes
from strategies import HOSTILE, texts

BASE = "https://example.org/kg/"
PREFIXES = project_prefixes(BASE)
DATA = read(
    f"""
    PREFIX meso: <{NS}>
    PREFIX dcterms: <{STANDARD_PREFIXES["dcterms"]}>
    PREFIX rdfs: <{STANDARD_PREFIXES["rdfs"]}>
    PREFIX skos: <{STANDARD_PREFIXES["skos"]}>
    PREFIX certainty: <{VOCABULARY_BASE}certainty/>
    PREFIX scheme: <{VOCABULARY_BASE}scheme/>
    PREFIX claim: <{BASE}claim/>
    PREFIX treatment: <{BASE}treatment/>

    certainty:high skos:inScheme scheme:certainty ; skos:prefLabel "high"@en .
    certainty:low skos:inScheme scheme:certainty ; skos:prefLabel "low"@en .
    certainty:very-low skos:inScheme scheme:certainty ; skos:prefLabel "very low"@en .
    meso:Treatment rdfs:subClassOf meso:Entity .
    treatment:ginger a meso:Treatment ; skos:prefLabel "Ginger tea: hot"@en ;
      skos:altLabel "zingiber"@la , "tea" .
    treatment:mint a meso:Treatment ; skos:prefLabel "Peppermint"@en ; skos:altLabel "tea" .
    claim:knee-01 a meso:Claim ; dcterms:identifier "C01" ; rdfs:label "Ginger helps knees."@en .
    """
)
ENGINE = embed(DATA)
ECHO_TEXT = parse_query(
    "#+ params: {x: {type: string}}\nSELECT ?x { VALUES ?x { UNDEF } }", "echo-text"
)
ECHO_CONCEPT = parse_query(
    "#+ params: {x: {type: concept, scheme: certainty}}\nSELECT ?x { VALUES ?x { UNDEF } }",
    "echo-concept",
)


def echo(kind: str, value: str) -> ox.NamedNode | ox.Literal:
    """The term that a value becomes for a parameter of some kind."""
    asked = parse_query(
        f"#+ params: {{x: {{{kind}}}}}\nSELECT ?x {{ VALUES ?x {{ UNDEF }} }}", "echo"
    )
    answer = query(ENGINE, asked, {"x": value}, PREFIXES)
    assert isinstance(answer, Table)
    ((term,),) = answer.rows
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term


# --- values ----------------------------------------------------------------------------------

SQUEEZE = (
    '" } SELECT * { ?s ?p ?o } #',
    "\\",
    '\\"',
    "\\u0022 } UNION { ?s ?p ?x } #",
    "\\\\U00000022",
    "\x000022",
    "\x0b0022",
    "'''\"\"\"",
    "\r\n\t\b\f",
    "UNDEF",
    "} VALUES ?x { <http://e/> }",
    "\u2028\ufeff\x7f\x85",
)


F = TypeVar("F", bound=Callable[..., None])


def hostile(test: F) -> F:
    """Every text that has ever gone wrong somewhere, as an explicit example."""
    for text in (*SQUEEZE, *HOSTILE):
        test = example(text)(test)
    return test


@hostile
@given(texts | st.text("\\uU\"'0{}2\x00\x0b", max_size=12))
def test_any_text_becomes_exactly_one_literal(text: str) -> None:
    answer = query(ENGINE, ECHO_TEXT, {"x": text}, PREFIXES)
    assert answer == Table(("x",), ((ox.Literal(text),),))


@hostile
@given(texts | st.text("\\uU\"'0{}2\x00\x0b", max_size=12))
def test_readers_that_unescape_first_see_the_same_literal(text: str) -> None:
    """SPARQL lets ``\\uXXXX`` stand anywhere; rdflib exchanges it before it looks for strings."""
    bound = bind(ECHO_TEXT, {"x": text}, ENGINE, PREFIXES)
    answer: Any = rdflib.Graph().query(bound)
    assert [str(row[0]) for row in answer] == [text]


@given(texts)
def test_binding_changes_nothing_but_the_block(text: str) -> None:
    def shape(query_text: str) -> list[str]:
        return [kind for kind, _, _ in sparql_tokens(query_text) if kind not in {"space", "name"}]

    plain = shape(ECHO_TEXT.text)
    # One word, UNDEF, becomes a string, ^^ and an IRI, or a string alone.
    bound = shape(bind(ECHO_TEXT, {"x": text}, ENGINE, PREFIXES))
    assert bound == [*plain[:-3], "string", *plain[-2:]]


@hostile
@given(texts)
def test_any_text_as_a_concept_is_one_of_the_data_or_an_error(text: str) -> None:
    try:
        answer = query(ENGINE, ECHO_CONCEPT, {"x": text}, PREFIXES)
    except QueryError as caught:
        answer, error = None, caught
    if answer is None:
        assert error.code == "parameter-value"
        assert "a concept of the scheme certainty" in error.message
        assert error.hint.startswith("there is: ")
    else:
        assert isinstance(answer, Table)
        ((term,),) = answer.rows
        assert str(term) in {str(quad.subject) for quad in DATA.quads}
        assert str(term).startswith(f"<{VOCABULARY_BASE}certainty/")


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("type: integer", "-07", f'"-07"^^<{STANDARD_PREFIXES["xsd"]}integer>'),
        ("type: decimal", "0.50", f'"0.50"^^<{STANDARD_PREFIXES["xsd"]}decimal>'),
        ("type: boolean", "true", f'"true"^^<{STANDARD_PREFIXES["xsd"]}boolean>'),
        ("type: year", "2013", f'"2013"^^<{STANDARD_PREFIXES["xsd"]}gYear>'),
        ("type: string", "", '""'),
        ("type: concept, scheme: certainty", "very-low", f"<{VOCABULARY_BASE}certainty/very-low>"),
        ("type: concept, scheme: certainty", "Very  LOW", f"<{VOCABULARY_BASE}certainty/very-low>"),
        ("type: concept, scheme: certainty", "certainty:low", f"<{VOCABULARY_BASE}certainty/low>"),
        ("type: concept, scheme: scheme:certainty", "low", f"<{VOCABULARY_BASE}certainty/low>"),
        ("type: concept, class: Treatment", "Ginger tea: hot", f"<{BASE}treatment/ginger>"),
        ("type: concept, class: Entity", "zingiber", f"<{BASE}treatment/ginger>"),
        ("type: concept, class: meso:Entity", "mint", f"<{BASE}treatment/mint>"),
        ("type: record, class: Claim", "C01", f"<{BASE}claim/knee-01>"),
        ("type: record, class: Claim", f"{BASE}claim/knee-01", f"<{BASE}claim/knee-01>"),
        ("type: record, class: Claim", f"<{BASE}claim/knee-01>", f"<{BASE}claim/knee-01>"),
        ("type: record, class: Claim", "ginger helps knees.", f"<{BASE}claim/knee-01>"),
    ],
)
def test_value_is_understood(kind: str, value: str, wanted: str) -> None:
    asked = parse_query(
        f"#+ params: {{x: {{{kind}}}}}\nSELECT ?x {{ VALUES ?x {{ UNDEF }} }}", "echo"
    )
    assert wanted in bind(asked, {"x": value}, ENGINE, PREFIXES)
    assert echo(kind, value) is not None


@pytest.mark.parametrize(
    ("kind", "value", "code", "said"),
    [
        (
            "type: integer",
            "3.0",
            "parameter-type",
            "a whole number of at most 18 digits, not '3.0'",
        ),
        ("type: integer", "1_000", "parameter-type", "not '1_000'"),
        ("type: integer", "\u0663", "parameter-type", "a whole number"),
        ("type: integer", "9" * 19, "parameter-type", "a whole number"),
        ("type: integer", "7\n", "parameter-type", "a whole number"),
        ("type: decimal", "1e3", "parameter-type", "a number such as 0.5"),
        ("type: boolean", "yes", "parameter-type", "true or false"),
        ("type: year", "13", "parameter-type", "a year of four digits"),
        ("type: string", "\ud800", "parameter-type", "a text"),
        ("type: concept, scheme: certainty", "lwo", "parameter-value", "there is: low, "),
        ("type: concept, scheme: certainty", "certainty:medium", "parameter-value", "high"),
        ("type: concept, scheme: certainty", f"{BASE}treatment/mint", "parameter-value", "high"),
        ("type: concept, class: Treatment", "low", "parameter-value", "ginger, mint"),
        ("type: concept, class: Treatment", "pepermint", "parameter-value", "there is: mint, gin"),
        ("type: concept, class: Treatment", "tea", "parameter-ambiguous", "treatment:mint"),
        ("type: concept, class: Site", "knee", "parameter-value", "a concept of the class Site"),
        ("type: concept, scheme: certainty", "", "parameter-value", "there is: high, low"),
    ],
)
def test_wrong_value_says_what_is_wanted_and_what_there_is(
    kind: str, value: str, code: str, said: str
) -> None:
    with pytest.raises(QueryError) as caught:
        echo(kind, value)
    assert caught.value.code == code
    assert said in f"{caught.value.message} | {caught.value.hint}"
    assert caught.value.message.startswith("x")
    assert (caught.value.message + caught.value.hint).isprintable()


def test_long_lists_of_values_are_cut() -> None:
    many = embed(read("".join(f"<{BASE}claim/c-{n:02}> a <{NS}Claim> .\n" for n in range(30))))
    asked = parse_query(
        "#+ params: {x: {type: record, class: Claim}}\nSELECT ?x { VALUES ?x { UNDEF } }", "echo"
    )
    with pytest.raises(QueryError) as caught:
        bind(asked, {"x": "c-077"}, many, PREFIXES)
    assert caught.value.hint.startswith("there is: c-07, ")
    assert caught.value.hint.endswith(" and 22 more")


def test_data_without_the_vocabulary_take_an_iri_on_trust() -> None:
    empty = embed(Dataset(()))
    bound = bind(ECHO_CONCEPT, {"x": "certainty:low"}, empty, PREFIXES)
    assert f"{{ <{VOCABULARY_BASE}certainty/low> }}" in bound
    with pytest.raises(QueryError, match="the data hold none"):
        bind(ECHO_CONCEPT, {"x": "low"}, empty, PREFIXES)


def test_unknown_parameter_and_unknown_query_name_the_nearest() -> None:
    with pytest.raises(QueryError) as caught:
        bind(ECHO_TEXT, {"y": "1"}, ENGINE, PREFIXES)
    assert (caught.value.code, caught.value.hint) == ("unknown-parameter", "it has: x")
    with pytest.raises(QueryError) as caught:
        bind(parse_query("ASK {}", "ask"), {"y": "1"}, ENGINE, PREFIXES)
    assert caught.value.hint == "it has none"
    with pytest.raises(QueryError) as caught:
        get_query({"list-claims": ECHO_TEXT, "list-works": ECHO_TEXT}, "lsit-claims")
    assert caught.value.code == "unknown-query"
    assert caught.value.hint.startswith("did you mean list-claims")
    assert get_query({"a": ECHO_TEXT}, "a") is ECHO_TEXT


def test_required_parameter() -> None:
    asked = parse_query(
        "#+ params: {n: {type: integer, required: true}}\nSELECT ?n { VALUES ?n { 1 } }", "count"
    )
    with pytest.raises(QueryError, match="count needs a value for n: a whole number") as caught:
        query(ENGINE, asked)
    assert caught.value.code == "missing-parameter"
    answer = query(ENGINE, asked, {"n": "2"})
    assert isinstance(answer, Table)
    assert answer.rows == ((ox.Literal(2),),)


# --- where values go -------------------------------------------------------------------------


def test_every_block_of_a_parameter_is_filled_and_nothing_else() -> None:
    text = """#+ params: {n: {type: integer, default: 8}}
# VALUES ?n { 0 } is the place
SELECT ?n ?m ?s {
  values ?n{8}
  VALUES ?m { 8 }
  VALUES (?n ?o) { (8 8) }
  BIND("VALUES ?n { 8 }" AS ?s)
  { SELECT ?n { VALUES # ?n { 8 }
      $n
      {
        8
      } } }
}"""
    bound = bind(parse_query(text, "n"), {"n": "5"}, ENGINE, PREFIXES)
    five = f'"5"^^<{STANDARD_PREFIXES["xsd"]}integer>'
    assert bound.count(five) == 2
    for kept in (
        "# VALUES ?n { 0 } is the place",
        "VALUES ?m { 8 }",
        "VALUES (?n ?o) { (8 8) }",
        '"VALUES ?n { 8 }"',
        "VALUES # ?n { 8 }",
    ):
        assert kept in bound
    assert bound.count("\n") == text.count("\n"), "line numbers of errors stay right"


def test_without_a_value_the_text_stays_as_it_is() -> None:
    assert bind(ECHO_TEXT, {}, ENGINE, PREFIXES) == ECHO_TEXT.text


def test_syntax_error_names_the_file_of_the_query() -> None:
    broken = parse_query("#+ summary: broken\nSELECT * {\n  ?s ?p }", "broken", "queries/broken.rq")
    with pytest.raises(QueryError, match=r"^queries/broken\.rq:3:") as caught:
        query(ENGINE, broken)
    assert caught.value.code == "query-syntax"


# --- headers ---------------------------------------------------------------------------------

HEADER = """#+ summary: Claims about a thing
#+ question: "What is said: all of it?"
#+ tags: [claims, 'a, b']
#+ params:
#+   thing: {type: concept, class: Entity, about: only this thing}
#+   certainty: {type: concept, scheme: certainty, default: very-low}
#+   share: {type: decimal, default: 0.50}
#+   on: {type: boolean, default: false}
#+ columns: {claim: the claim}
#+ expect: {rows: 4}
# a remark

PREFIX certainty: <https://w3id.org/mesokg/certainty/>
SELECT ?claim {
  VALUES ?thing { UNDEF } VALUES ?certainty { certainty:very-low }
  VALUES ?share { 0.5 } VALUES ?on { false }
}
#+ not: part of the header
"""


def test_header_is_read_in_full() -> None:
    parsed = parse_query(HEADER, "list-claims", "queries/list-claims.rq")
    assert parsed.name == "list-claims"
    assert parsed.text == HEADER
    assert parsed.summary == "Claims about a thing"
    assert parsed.question == "What is said: all of it?"
    assert parsed.tags == ("claims", "a, b")
    assert parsed.params == (
        Param("thing", "concept", class_="Entity", about="only this thing"),
        Param("certainty", "concept", scheme="certainty", default="very-low"),
        Param("share", "decimal", default="0.50"),
        Param("on", "boolean", default="false"),
    )
    assert parsed.columns == {"claim": "the claim"}
    assert parsed.expect == {"rows": 4}


def test_text_without_header_and_with_windows_line_ends() -> None:
    assert parse_query("ASK {}", "ask").params == ()
    parsed = parse_query(HEADER.replace("\n", "\r\n"), "list-claims")
    assert parsed.params == parse_query(HEADER, "list-claims").params
    assert parse_query("#+ expect: {boolean: true}\nASK {}", "ask").expect == {"boolean": True}
    assert parse_query("#+ params:\n#+ columns:\nASK {}", "ask").params == ()


@pytest.mark.parametrize(
    ("header", "line", "said"),
    [
        ("#+ sumary: x", 1, "no key 'sumary'"),
        ("# first\n#+ summary: x\n#+ summary: y", 3, "'summary' twice"),
        ("#+ summary: [x]", 1, "summary must be one text"),
        ("#+ tags: x", 1, "tags must be a list"),
        ("#+ - a list", 1, "the header must be keys with values"),
        ("#+ summary: a: b", 1, "no YAML"),
        ("#+ summary: x\n#+ tags: [a", 2, "no YAML"),
        ("#+ expect: {rows: many}", 1, "expect.rows must be a number"),
        ("#+ expect: {boolean: 1}", 1, "expect.boolean must be true or false"),
        ("#+ params:\n#+   n: {type: nteger}", 2, "needs a type: one of boolean, concept"),
        ("#+ params:\n#+   n: {typ: integer}", 2, "the parameter n has no key 'typ'"),
        ("#+ params:\n#+   n: 5", 2, "the parameter n must be keys with values"),
        ("#+ params:\n#+   n: {type: concept}", 2, "either the scheme or the class"),
        ("#+ params:\n#+   n: {type: concept, scheme: a, class: B}", 2, "either the scheme"),
        ("#+ params:\n#+   n: {type: concept, scheme: a b}", 2, "no part of an IRI"),
        ("#+ params:\n#+   n: {type: record, scheme: a}", 2, "the class of the record"),
        ("#+ params:\n#+   n: {type: string, class: A}", 2, "which has no scheme or class"),
        ("#+ params:\n#+   n: {type: integer, default: x}", 2, "must be a whole number"),
        ("#+ params:\n#+   n: {type: integer, default: 1}", 2, "UNDEF stands in the query"),
        ("#+ params:\n#+   d: {type: integer}", 2, "has no default, so write UNDEF"),
        ("#+ params:\n#+   z: {type: integer}", 2, "has no place: write VALUES ?z { UNDEF }"),
        ("#+ params:\n#+   d: {type: integer, default: 1, required: true}", 2, "no default"),
        ("#+ params:\n#+   d: {type: integer, required: yes}", 2, "required: true or false"),
        ("#+ params: &a {n: *a}", 1, "parameter n"),
        ("#+ " + "[" * 30_000, 1, "longer than"),
        ("#+ " + "[" * 15_000, 1, "no YAML"),
    ],
)
def test_header_error_names_file_line_and_way_out(header: str, line: int, said: str) -> None:
    text = f"{header}\nSELECT * {{ VALUES ?n {{ UNDEF }} VALUES ?d {{ 1 }} }}"
    with pytest.raises(QueryError) as caught:
        parse_query(text, "q", "queries/q.rq")
    assert caught.value.code == "query-header"
    assert caught.value.message.startswith(f"queries/q.rq:{line}: ")
    assert said in caught.value.message


@given(
    st.lists(
        st.sampled_from(
            [
                *("#+ ", "#+", "#", "summary", "params", "expect", "rows", "n", "type", "integer"),
                *(
                    ": ",
                    "{",
                    "}",
                    "[",
                    "]",
                    ", ",
                    "\n",
                    "  ",
                    "- ",
                    "&a ",
                    "*a",
                    "!!int ",
                    "'",
                    '"',
                ),
                *("1", "|", ">", "%", "@", "`", "?", "\t", "\u00e9", "\x00", "\x85", "VALUES ?n {"),
            ]
        ),
        max_size=25,
    ).map("".join)
    | texts.map("#+ ".__add__)
)
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        message = f"any: {parse_query(text, 'any').name}"
    except QueryError as error:
        message = error.message
    assert message.startswith("any:")


# --- files -----------------------------------------------------------------------------------


def project_in(root: Path) -> Project:
    return Project(
        root=root,
        config=root / "mesokg.toml",
        name="tea",
        title="Tea",
        base=BASE,
        globs={"queries": ("queries/**/*.rq",)},
    )


def write(root: Path, name: str, text: str | bytes) -> None:
    path = root / "queries" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_project_wins_over_the_queries_of_the_tool(tmp_path: Path) -> None:
    general = load_queries(None)
    assert len(general) >= 30
    assert general["list-claims"].path == "mesokg:queries/list-claims.rq"
    write(tmp_path, "list-claims.rq", "\ufeff#+ summary: ours\nASK {}")
    write(tmp_path, "own.rq", "ASK {}")
    write(tmp_path, ".hidden.rq", "ASK {}")
    known = load_queries(project_in(tmp_path))
    assert known["list-claims"].summary == "ours"
    assert known["own"].path == "queries/own.rq"
    assert set(known) == {*general, "own"}
    assert list(known) == sorted(known)


def test_broken_file_spoils_only_itself(tmp_path: Path) -> None:
    write(tmp_path, "broken.rq", "#+ x: y\nASK {}")
    write(tmp_path, "latin.rq", "#+ summary: x\n# caf\u00e9\nASK {}".encode("latin-1"))
    known = load_queries(project_in(tmp_path))
    assert known["list-claims"].summary
    with pytest.raises(QueryError, match=r"^queries/broken\.rq:1: "):
        known["broken"]
    with pytest.raises(QueryError, match=r"^queries/latin\.rq:2: the file is not UTF-8"):
        known["latin"]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a/own.rq", "ASK {}")
    write(tmp_path, "b/own.rq", "ASK {}")
    with pytest.raises(QueryError, match=r"^queries/b/own\.rq: .* queries/a/own\.rq") as caught:
        load_queries(project_in(tmp_path))
    assert caught.value.code == "query-taken"


@pytest.mark.parametrize("name", sorted(path.stem for path in query_folder().glob("*.rq")))
def test_header_and_text_agree_on_every_default(name: str) -> None:
    """What help texts call the default is what happens without a value."""
    asked = load_queries(None)[name]
    assert asked.summary
    assert asked.question.endswith("?")
    plain = [(kind, text) for kind, text, _ in sparql_tokens(asked.text) if kind == "name"]
    prefixes = Prefixes({"certainty": "", **PREFIXES})
    for param in asked.params:
        assert param.about, f"{name} says what {param.name} is about"
        if param.default is None:
            continue
        if param.type in {"concept", "record"}:
            assert param.scheme
            assert ("name", f"{param.scheme}:{param.default}") in plain
            assert prefixes.expand(f"{param.scheme}:{param.default}")
        else:
            assert f"VALUES ?{param.name} {{ {param.default} }}" in asked.text


def test_parameter_says_what_it_wants() -> None:
    assert Param("x", "integer").wanted == "a whole number of at most 18 digits"
    assert Param("x", "record", class_="Claim").wanted == "a record of the class Claim"
    assert Param("x", "concept", class_="Site").wanted == "a concept of the class Site"


def test_blank_nodes_and_odd_labels_are_no_values() -> None:
    engine = embed(
        read(
            f"""PREFIX skos: <{STANDARD_PREFIXES["skos"]}>
            [] skos:inScheme <{VOCABULARY_BASE}scheme/certainty> ; skos:prefLabel "x" .
            <{BASE}c> skos:inScheme <{VOCABULARY_BASE}scheme/certainty> ; skos:prefLabel <urn:x> .
            """
        )
    )
    with pytest.raises(QueryError, match="must be a concept"):
        bind(ECHO_CONCEPT, {"x": "x"}, engine, PREFIXES)


def test_alphabet_of_names_needs_no_escape() -> None:
    name = string.ascii_letters + string.digits + "_"
    text = f"#+ params: {{{name}: {{type: integer}}}}\nSELECT * {{ VALUES ?{name} {{ UNDEF }} }}"
    assert '"7"' in bind(parse_query(text, "q"), {name: "7"}, ENGINE, PREFIXES)
