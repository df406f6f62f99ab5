"""The index in memory, its guards, and the tokens of a query. See also test_engine_contract.py."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.dataset import Dataset, read
from mesokg.engine import Table, embed, sparql_tokens
from mesokg.errors import QueryError
from strategies import texts, wild_datasets

EMPTY = embed(Dataset(()))

# --- tokens ----------------------------------------------------------------------------------

_WORDS = (
    *("SELECT", "?x", "$y", "e:p", ":", "_:b", "<http://e/>", "<", "a:b.c.", "VALUES", "@en-GB"),
    *('"a\\"b"', "'}'", '"""x"y\n"""', "'''", '"', "'", "\\", "# {\n", "#", "{", "}", "(", ")"),
    *("1", "-1.5e3", " ", "\n", "\t", ".", ";", "||", "^^", "\u00e9", "\x00", "e:%41", "e:a\\,b"),
)
sparql_like = st.lists(st.sampled_from(_WORDS), max_size=20).map("".join)


@given(texts | sparql_like)
def test_tokens_are_the_text_without_gaps(text: str) -> None:
    tokens = list(sparql_tokens(text))
    assert "".join(token for _, token, _ in tokens) == text
    offset = 0
    for _, token, place in tokens:
        assert place == offset
        assert token
        offset += len(token)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("?x<?y", "variable mark variable"),
        ("<http://e/#a>#b", "iri comment"),
        ("e:a#b", "name"),
        ("e:a #b", "name space comment"),
        ("'it''s' \"a'b\"", "string string space string"),
        ('"""a"b""c\n"""@en', "string word"),
        ("'\\'}' }", "string space mark"),
        ('"a\nb"', "string space word string"),
        ("FILTER(?x>1)", "word mark variable mark word mark"),
        ("_:b0 a e: .", "name space word space name space mark"),
        ("e:a.e:b", "name"),
        ("?x.", "variable mark"),
    ],
)
def test_kinds_of_tokens(text: str, kinds: str) -> None:
    assert " ".join(kind for kind, _, _ in sparql_tokens(text)) == kinds


@pytest.mark.parametrize(
    "text", ["-", "1", "a", '"', "'", "<", "\\", '"""', "a-", "?", "@", ":", "e:%"]
)
def test_tokens_take_time_in_proportion(text: str) -> None:
    started = time.process_time()
    for _ in sparql_tokens(text * 50_000):
        pass
    assert time.process_time() - started < 5, "a quadratic pattern takes minutes here"


# --- guards ----------------------------------------------------------------------------------

_DEEP = {
    "groups": "ASK " + "{" * 5000 + "}" * 5000,
    "sub-selects": "SELECT * {" * 5000 + "}" * 5000,
    "calls": "ASK { FILTER(" + "STR(" * 5000 + "1" + ")" * 5000 + ") }",
    "triple terms": "ASK { ?s ?p " + "<<( ?s ?p " * 9000 + "1" + " )>>" * 9000 + " }",
    "reifiers": "ASK { ?s ?p " + "<< ?s ?p " * 9000 + "1" + " >>" * 9000 + " }",
    "lists": "ASK { ?s ?p " + "( " * 5000 + ") " * 5000 + "}",
    "not": "ASK { FILTER(" + "!" * 20_000 + "true) }",
    "plus": "ASK { FILTER(1" + "+1" * 20_000 + " = 1) }",
    "or": "ASK { FILTER(?x" + "||?x" * 20_000 + ") }",
    "path": "ASK { ?s <urn:p>" + "/<urn:p>" * 20_000 + " ?o }",
    "alternatives": "ASK { ?s <urn:p>" + "|<urn:p>" * 20_000 + " ?o }",
    "union": "ASK { {}" + " UNION {}" * 20_000 + " }",
    "optional": "ASK { ?s ?p ?o" + " OPTIONAL { ?s ?p 1 }" * 20_000 + " }",
    "minus": "ASK { ?s ?p ?o" + " minus { ?s ?p 1 }" * 20_000 + " }",
    "bind": "ASK { " + "".join(f"BIND(1 AS ?x{n}) " for n in range(20_000)) + "}",
    "filter": "ASK { ?s ?p ?o" + " FILTER(?o = 1)" * 20_000 + " }",
    "statements": "ASK { ?s ?p ?o" + " . ?s ?p ?o" * 20_000 + " }",
    "objects": "ASK { ?s ?p ?o" + ", ?o" * 20_000 + " }",
    "predicates": "ASK { ?s ?p ?o" + "; ?p ?o" * 20_000 + " }",
    "siblings": "ASK { ?s ?p ?o" + " { ?s ?p 1 }" * 20_000 + " }",
}


@pytest.mark.parametrize("query", _DEEP.values(), ids=_DEEP)
def test_query_that_would_end_the_process_is_refused(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        EMPTY.run(query)
    assert caught.value.code == "query-too-deep"
    assert caught.value.hint


def test_long_lists_of_values_are_no_depth() -> None:
    values = " ".join(f"{n}.5" for n in range(20_000))
    assert EMPTY.run(f"ASK {{ VALUES ?x {{ {values} }} FILTER(?x = 7.5) }}") is True
    pairs = " ".join(f"({n} <urn:x-{n}>)" for n in range(20_000))
    assert EMPTY.run(f"ASK {{ VALUES (?x ?y) {{ {pairs} }} FILTER(?x = 7) }}") is True
    numbers = ", ".join(map(str, range(20_000)))
    assert EMPTY.run(f"ASK {{ FILTER(7 IN ({numbers})) }}") is True


@given(texts | sparql_like | sparql_like.map("SELECT * {{ {} }}".format))
def test_any_text_is_answered_or_a_query_error(text: str) -> None:
    code = ""
    try:
        EMPTY.run(text)
    except QueryError as error:
        code = error.code
    assert code in {"", "query-syntax", "query-failed"}


def test_half_a_surrogate_pair_is_an_error() -> None:
    with pytest.raises(QueryError):
        EMPTY.run("ASK { ?s ?p '\ud800' }")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * { ?s e:p ?o }", "query:1: the prefix e: is not declared"),
        ("PREFIX f: <urn:f>\nSELECT * {\n ?s f:p :o }", "query:3: the prefix : is not declared"),
        ("SELECT * {\n  ?s ?p }", "query:2:"),
        ("SELECT * { ?s ?p 'a", "query:1:"),
    ],
)
def test_syntax_error_has_a_place(query: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        EMPTY.run(query)
    assert caught.value.code == "query-syntax"
    assert caught.value.message.startswith(said)


# --- data ------------------------------------------------------------------------------------


def test_table_is_rows_by_name() -> None:
    table = Table(("a", "b"), ((ox.Literal("x"), None),))
    assert len(table) == 1
    assert list(table) == [{"a": ox.Literal("x"), "b": None}]


@given(wild_datasets())
def test_default_graph_and_named_graphs_are_those_of_the_dataset(dataset: Dataset) -> None:
    engine = embed(dataset)
    # The store may write a literal in another form, so compare as the store holds it.
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in dataset.default_graph)
    count = engine.run("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert count == Table(("n",), ((ox.Literal(len(store)),),))
    graphs = engine.run("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    assert isinstance(graphs, Table)
    assert {row[0] for row in graphs.rows} == set(dataset.graphs)


def test_literals_come_in_canonical_form() -> None:
    engine = embed(
        read("<urn:s> <urn:p> 01, 1.50, '1'^^<http://www.w3.org/2001/XMLSchema#boolean> .")
    )
    answer = engine.run("SELECT ?o { ?s ?p ?o } ORDER BY STR(?o)")
    assert isinstance(answer, Table)
    assert [row[0].value for row in answer.rows if row[0]] == ["1", "1.5", "true"]


# --- sorting ---------------------------------------------------------------------------------

XSD = "http://www.w3.org/2001/XMLSchema#"
VALUES = {
    "number or text": ("{0}", '"{0}"'),
    "number or year": ("{0}", f'"{{3}}"^^<{XSD}gYear>'),
    "number or no number": ("{0}", f'"{{0}}x"^^<{XSD}integer>'),
    "zone or none": tuple(
        f'"2020-01-01T{{1:02}}:00:00{zone}"^^<{XSD}dateTime>' for zone in ("", "Z", "+13:00")
    ),
    "day with a zone or none": tuple(
        f'"2020-01-{{2:02}}{zone}"^^<{XSD}date>' for zone in ("", "Z", "+13:00", "-11:00")
    ),
}
SORTS = """
    import random, sys
    from mesokg.dataset import read
    from mesokg.engine import embed
    key, *forms = sys.argv[1:]
    for seed in range(100):
        draw = random.Random(seed)
        lines = [
            f"<http://e/{draw.randrange(10**6)}> <http://e/p> "
            + forms[0 if draw.random() < 0.6 else draw.randrange(len(forms))].format(
                draw.randrange(3000), draw.randrange(24), draw.randrange(1, 9),
                draw.randrange(1990, 2020))
            + " ."
            for _ in range(60)
        ]
        rows = embed(read(chr(10).join(lines))).run(
            f"SELECT ?s ?v WHERE {{ ?s <http://e/p> ?v }} ORDER BY {key} ?s")
        assert len(rows) == len(set(lines))
"""


def rows(data: Dataset, query: str) -> tuple[tuple[object, ...], ...]:
    answer = embed(data).run(query)
    assert isinstance(answer, Table)
    return answer.rows


@pytest.mark.parametrize("key", ["?v", "DESC(?v)", "(?v)", "COALESCE(?v, 1)"])
@pytest.mark.parametrize("kind", VALUES)
def test_values_of_several_kinds_are_sorted(kind: str, key: str) -> None:
    """In a process of its own: Oxigraph 0.5.13 would end this one (SIGABRT)."""
    command = [sys.executable, "-c", textwrap.dedent(SORTS), key, *VALUES[kind]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_numbers_are_sorted_as_numbers_and_apart_from_texts() -> None:
    data = read('<http://e/s> <http://e/p> 10, 9.5, 1e0, "2", "10", <http://e/x>, "b"@en, true .')
    query = "SELECT ?v WHERE { ?s ?p ?v } ORDER BY %s"
    up = [row[0] for row in rows(data, query % "?v")]
    assert [term.value for term in up if isinstance(term, ox.Literal) and term.datatype.value in {
        f"{XSD}integer", f"{XSD}decimal", f"{XSD}double"}] == ["1", "9.5", "10"]  # fmt: skip
    assert [row[0] for row in rows(data, query % "DESC(?v)")] == up[::-1]


@pytest.mark.parametrize(
    "order",
    [
        "?v DESC(?s) LIMIT 2",
        "DESC(STR(?v)) <http://www.w3.org/2001/XMLSchema#integer>(?v) (?v + 1) OFFSET 0",
        "NOT EXISTS { ?s ?q (1 2) } ?v # ORDER BY )",
        "(EXISTS { { SELECT ?s { ?s ?q ?w } ORDER BY ?w LIMIT 1 } }) ?v VALUES (?v) { (1) (2) }",
    ],
)
def test_any_order_is_understood(order: str) -> None:
    data = read("<http://e/s> <http://e/p> 2, 1 .")
    assert len(rows(data, f"SELECT ?v WHERE {{ ?s ?p ?v }} ORDER BY {order}")) == 2


def test_a_mistake_in_a_sorted_query_is_where_it_was_written() -> None:
    query = "SELECT ?s WHERE { ?s ?p ?o } ORDER BY ?s ?p LIMIT many"
    with pytest.raises(QueryError) as caught:
        embed(read("")).run(query)
    assert caught.value.message.startswith(f"query:1:{len(query) + 1}:")
