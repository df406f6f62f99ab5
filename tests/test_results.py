"""Answers in the W3C's formats: read back by other readers, equal; or refused."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.dataset import FORMATS, Term, read
from mesokg.engine import Table, embed
from mesokg.errors import InputError, UsageError
from mesokg.results import TABLE_FORMATS, results
from mesokg.terms import STANDARD_PREFIXES, Prefixes
from strategies import blanks, literals, wild_iris

XSD = STANDARD_PREFIXES["xsd"]
NONE = Prefixes()
cells = st.none() | wild_iris | blanks | literals


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(st.sampled_from("abcdé"), min_size=1, max_size=3, unique=True))
    rows = draw(st.lists(st.tuples(*(cells for _ in columns)), max_size=4))
    return Table(tuple(columns), tuple(rows))


def read_back(data: bytes, format: ox.QueryResultsFormat) -> Table:
    answer = ox.parse_query_results(data, format)
    assert isinstance(answer, ox.QuerySolutions)
    columns = tuple(variable.value for variable in answer.variables)
    return Table(columns, tuple(tuple(row) for row in answer))


def typed(text: str, name: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + name))


TABLE = Table(
    ("thing", "says", "n"),
    (
        (ox.NamedNode("http://e/a"), ox.Literal('b, "c"\nd', language="en"), ox.Literal(1)),
        (
            ox.BlankNode("x"),
            ox.Literal("e"),
            typed("1.50", "decimal"),
        ),
        (None, ox.Literal(" f\t"), ox.Literal("01", datatype=ox.NamedNode("http://e/t"))),
    ),
)


def test_csv() -> None:
    assert results(TABLE, "csv", NONE).decode() == (
        'thing,says,n\nhttp://e/a,"b, ""c""\nd",1\n_:x,e,1.50\n," f\t",01\n'
    )


def test_tsv() -> None:
    assert results(TABLE, "tsv", NONE).decode() == (
        "?thing\t?says\t?n\n"
        '<http://e/a>\t"b, \\"c\\"\\nd"@en\t1\n'
        '_:x\t"e"\t1.50\n'
        '\t" f\\t"\t"01"^^<http://e/t>\n'
    )


def test_json() -> None:
    assert results(TABLE, "json", NONE).decode() == (
        '{"head":{"vars":["thing","says","n"]},"results":{"bindings":[\n'
        '{"thing":{"type":"uri","value":"http://e/a"},'
        '"says":{"type":"literal","value":"b, \\"c\\"\\nd","xml:lang":"en"},'
        f'"n":{{"type":"literal","value":"1","datatype":"{XSD}integer"}}}},\n'
        '{"thing":{"type":"bnode","value":"x"},"says":{"type":"literal","value":"e"},'
        f'"n":{{"type":"literal","value":"1.50","datatype":"{XSD}decimal"}}}},\n'
        '{"says":{"type":"literal","value":" f\\t"},'
        '"n":{"type":"literal","value":"01","datatype":"http://e/t"}}\n'
        "]}}\n"
    )


def test_xml() -> None:
    assert results(TABLE, "xml", NONE).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sparql xmlns="http://www.w3.org/2005/sparql-results#">\n'
        '<head><variable name="thing"/><variable name="says"/><variable name="n"/></head>\n'
        "<results>\n"
        '<result><binding name="thing"><uri>http://e/a</uri></binding>'
        '<binding name="says"><literal xml:lang="en">b, "c"\nd</literal></binding>'
        f'<binding name="n"><literal datatype="{XSD}integer">1</literal></binding></result>\n'
        '<result><binding name="thing"><bnode>x</bnode></binding>'
        '<binding name="says"><literal>e</literal></binding>'
        f'<binding name="n"><literal datatype="{XSD}decimal">1.50</literal></binding></result>\n'
        '<result><binding name="says"><literal> f\t</literal></binding>'
        '<binding name="n"><literal datatype="http://e/t">01</literal></binding></result>\n'
        "</results>\n</sparql>\n"
    )


@given(tables())
def test_json_and_tsv_keep_every_term(table: Table) -> None:
    assert read_back(results(table, "json", NONE), ox.QueryResultsFormat.JSON) == table
    assert read_back(results(table, "tsv", NONE), ox.QueryResultsFormat.TSV) == table


@given(tables())
def test_json_is_one_object_for_any_reader(table: Table) -> None:
    rows = json.loads(results(table, "json", NONE))["results"]["bindings"]
    assert [{name: cell["value"] for name, cell in row.items()} for row in rows] == [
        {name: cell.value for name, cell in row.items() if cell is not None} for row in table
    ]


@given(tables())
def test_csv_keeps_every_text_for_any_reader(table: Table) -> None:
    text = results(table, "csv", NONE).decode()
    lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert lines[0] == list(table.columns)
    assert lines[1:] == [[plain(cell) for cell in row] for row in table.rows]


def plain(cell: Term | None) -> str:
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, ox.BlankNode) else cell.value


SPARQL = "{http://www.w3.org/2005/sparql-results#}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@given(tables())
def test_xml_keeps_every_term_or_is_refused(table: Table) -> None:
    whole = "".join(plain(cell) for row in table.rows for cell in row)
    if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", whole):
        with pytest.raises(InputError, match=r"U\+") as caught:
            results(table, "xml", NONE)
        assert caught.value.code == "not-writable"
        return
    root = ET.fromstring(results(table, "xml", NONE))
    assert [node.get("name") for node in root.iter(f"{SPARQL}variable")] == list(table.columns)
    rows = [
        {str(node.get("name")): xml_term(node[0]) for node in result}
        for result in root.iter(f"{SPARQL}result")
    ]
    assert rows == [{k: v for k, v in row.items() if v is not None} for row in table]


def xml_term(node: ET.Element) -> Term:
    text = node.text or ""
    if node.tag == f"{SPARQL}uri":
        return ox.NamedNode(text)
    if node.tag == f"{SPARQL}bnode":
        return ox.BlankNode(text)
    language, datatype = node.get(LANG), node.get("datatype")
    if language:
        return ox.Literal(text, language=language)
    return ox.Literal(text, datatype=ox.NamedNode(datatype) if datatype else None)


def test_carriage_return_survives_xml() -> None:
    table = Table(("x",), ((ox.Literal("a\r\nb\rc"),),))
    root = ET.fromstring(results(table, "xml", NONE))
    assert [node.text for node in root.iter(f"{SPARQL}literal")] == ["a\r\nb\rc"]


@pytest.mark.parametrize("format", TABLE_FORMATS)
def test_tables_without_rows_or_columns_or_values(format: str) -> None:
    assert results(Table(("a", "b"), ()), format, NONE).endswith(b"\n")
    assert results(Table((), ()), format, NONE).endswith(b"\n")
    empty = results(Table(("a",), ((None,), (ox.Literal(""),))), format, NONE)
    if format == "csv":
        assert empty == b'a\n""\n""\n', "a blank line would be skipped"


@pytest.mark.parametrize(
    ("term", "tsv"),
    [
        (typed("-7", "integer"), "-7"),
        (typed("1e6", "double"), "1e6"),
        (typed("1", "double"), f'"1"^^<{XSD}double>'),
        (typed("1", "decimal"), f'"1"^^<{XSD}decimal>'),
        (typed("many", "integer"), f'"many"^^<{XSD}integer>'),
        (typed("1\n", "integer"), f'"1\\n"^^<{XSD}integer>'),
        (ox.Literal("1"), '"1"'),
    ],
)
def test_tsv_writes_a_number_bare_only_if_turtle_reads_it_back(term: ox.Literal, tsv: str) -> None:
    assert results(Table(("n",), ((term,),)), "tsv", NONE).decode() == f"?n\n{tsv}\n"


@pytest.mark.parametrize("answer", [True, False])
def test_yes_and_no(answer: bool) -> None:
    word = "true" if answer else "false"
    assert results(answer, "csv", NONE) == results(answer, "tsv", NONE) == f"{word}\n".encode()
    readers = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML}
    for format, reader in readers.items():
        back = ox.parse_query_results(results(answer, format, NONE), reader)
        assert isinstance(back, ox.QueryBoolean)
        assert bool(back) is answer


@pytest.mark.parametrize("format", FORMATS)
def test_triples_in_every_format(format: str) -> None:
    data = read("<http://e/s> <http://e/p> <http://e/o>, 'x'@en .")
    triples = embed(data).run("CONSTRUCT WHERE { ?s ?p ?o }")
    assert isinstance(triples, tuple)
    written = results(triples, format, Prefixes({"e": "http://e/"}))
    assert {quad.triple for quad in read(written, format).quads} == set(data.default_graph)
    assert written == results(triples[::-1], format, Prefixes({"e": "http://e/"}))


@pytest.mark.parametrize(
    ("answer", "format", "code", "said"),
    [
        (TABLE, "turtle", "wrong-format", "a table, which turtle cannot hold"),
        (True, "nquads", "wrong-format", "yes or no"),
        ((), "csv", "wrong-format", "triples"),
        (TABLE, "jsn", "unknown-format", "no format 'jsn'"),
        (TABLE, "spreadsheet", "unknown-format", "no format"),
    ],
)
def test_format_that_does_not_fit(
    answer: Table | bool | tuple[ox.Triple, ...], format: str, code: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        results(answer, format, NONE)
    assert caught.value.code == code
    assert caught.value.hint


def test_terms_of_rdf_12() -> None:
    inner = "<<( <urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> )>>"
    data = read(f"<urn:s> <urn:p> {inner}, 'x'@ar--rtl .")
    answer = embed(data).run("SELECT ?o { ?s ?p ?o } ORDER BY isLiteral(?o)")
    assert isinstance(answer, Table)
    assert len(answer) == 2
    assert read_back(results(answer, "json", NONE), ox.QueryResultsFormat.JSON) == answer
    assert read_back(results(answer, "tsv", NONE), ox.QueryResultsFormat.TSV) == answer
    assert read_back(results(answer, "xml", NONE), ox.QueryResultsFormat.XML) == answer
    ET.fromstring(results(answer, "xml", NONE))
