"""Reading: any bytes are quads, findings or one error, and literals stay as they were written."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mesokg.dataset import (
    FORMATS,
    Dataset,
    format_of,
    load_sources,
    parse,
    read,
    read_files,
)
from mesokg.errors import InputError
from mesokg.project import SourceFile
from mesokg.report import Severity
from mesokg.terms import Prefixes, graph_iri
from strategies import texts, wild_datasets

BASE = "https://example.org/kg/"
ONE = "<http://e/s> <http://e/p> <http://e/o> ."


def sources(folder: Path, **files: str | bytes) -> list[SourceFile]:
    """Files called like the keys, with _ for the dot before the suffix."""
    found = []
    for key, data in files.items():
        path = folder / key.replace("_", ".")
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        found.append(SourceFile(path, path.name, graph_iri(BASE, path.name), "data"))
    return found


# --- any bytes at all ------------------------------------------------------------------------

_PIECES = (
    *(b"<http://e/s>", b"<rel>", b" ", b".", b";", b",", b"a", b'"x"', b"'''", b"@en--ltr"),
    *(b"[", b"]", b"(", b")", b"{", b"}", b"<<(", b")>>", b"<<", b">>", b"_:b", b"e:x", b"01"),
    *(b"PREFIX e: <http://e/>", b"@base <http://e/>.", b"GRAPH ", b"#", b"\\u", b"%", b"^^"),
    *(b"\xff", b"\x00", b"\xef\xbb\xbf", b"\xc2\xa0", b"\r\n", b"\n", b'{"@id":', b"null"),
    *(b'"@context"', b'"http://e/"', b"@context", b"<!DOCTYPE", b"&lol;", b"</rdf:RDF>"),
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>",
    *(b"<rdf:Description>", b"<?xml version='1.0' encoding='utf-16'?>"),
)
any_bytes = st.binary() | st.lists(st.sampled_from(_PIECES), max_size=15).map(b"".join)


@pytest.mark.parametrize("format", FORMATS)
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe<\x00")
@example(b'{"@context": "https://example.org/context"}')
@example(b'{"@id": "\\ud800"}')
@example(b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>")
@given(any_bytes)
def test_any_bytes_are_a_dataset_or_an_input_error(format: str, data: bytes) -> None:
    code, message = "", ""
    try:
        read(data, format)
    except InputError as error:
        code, message = error.code, error.message
    assert code in {"", "does-not-parse"}
    assert message.isprintable()


@example("a\ud800b")
@given(texts)
def test_any_text_is_a_dataset_or_findings(text: str) -> None:
    for format in FORMATS:
        dataset = parse(text, format, "a.ttl")
        for problem in dataset.problems:
            assert problem.rule in {"does-not-parse", "prefix-undefined"}
            assert problem.severity is Severity.VIOLATION
            assert problem.location is not None
            assert problem.location.path == "a.ttl"
        assert not (dataset.problems and dataset.quads), "all of a file or nothing of it"


@pytest.mark.parametrize(
    "text",
    [
        "<urn:s> <urn:p> " + "<<( <urn:s> <urn:p> " * 20_000 + "1" + ")>>" * 20_000 + " .",
        "<urn:s> <urn:p> " + "[ <urn:p> " * 50_000,
        "<urn:s> <urn:p> " + "( " * 50_000,
        "<urn:s> <urn:p> '''" + "x" * 1_000_000,
    ],
)
def test_nesting_does_not_end_the_process(text: str) -> None:
    (problem,) = parse(text, "turtle", "deep.ttl").problems
    assert problem.rule == "does-not-parse"
    assert len(problem.message) < 300


def test_triple_terms_of_a_reasonable_depth_are_read() -> None:
    text = "<urn:s> <urn:p> " + "<<( <urn:s> <urn:p> " * 50 + "1" + ")>>" * 50 + " ."
    assert len(read(text).quads) == 1


# --- what is said of mistakes ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        (f"{ONE}\n<http://e/s> <http://e/p> oops .", "-:2:27", "oops"),
        (
            f"{ONE}\n<http://e/s>\N{NO-BREAK SPACE}<http://e/p> 1 .",
            "-:2:13",
            "no-break space (U+00A0)",
        ),
        (f"{ONE}\n\N{ZERO WIDTH SPACE}{ONE}", "-:2:", "zero width space (U+200B)"),
        (f"{ONE}\n\n".encode() + b"'caf\xe9'", "-:3:5", "not UTF-8: byte 0xe9"),
        (f"{ONE}".encode("utf-16"), "-:1:1", "not UTF-8: byte 0xff"),
        ("<s> <http://e/p> 1 .", "-:1:", "No scheme found"),
        ("e:s e:p 1 .", "-:1:", "prefix"),
    ],
)
def test_mistake_has_its_place(data: str | bytes, place: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(data)
    assert caught.value.code == "does-not-parse"
    assert caught.value.message.startswith(place)
    assert said in caught.value.message


def test_unknown_format_names_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        read("", "turtel")
    assert (caught.value.code, caught.value.hint) == ("unknown-format", "did you mean turtle?")
    with pytest.raises(InputError) as caught:
        read("", "excel")
    assert caught.value.hint.startswith("one of ")
    with pytest.raises(InputError) as caught:
        format_of("notes.md")
    assert caught.value.code == "unknown-format"
    assert format_of("A.TTL") == "turtle"
    with pytest.raises(InputError):
        format_of("turtle")


def test_base_iri_that_is_none() -> None:
    assert read("<s> <p> 1 .", base_iri="http://e/").quads[0].subject == ox.NamedNode("http://e/s")
    with pytest.raises(InputError) as caught:
        read("<s> <p> 1 .", base_iri="nope")
    assert caught.value.code == "does-not-parse"


# --- what is kept ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "literal",
    [
        *("01", "1.50", "1.0e6", "-0", "'1'^^<http://www.w3.org/2001/XMLSchema#boolean>", "' x '"),
        *("'2012-01-01T00:00:00+00:00'^^<http://www.w3.org/2001/XMLSchema#dateTime>", "'a\\r\\nb'"),
    ],
)
def test_literals_stay_as_written(literal: str) -> None:
    (quad,) = read(f"<http://e/s> <http://e/p> {literal} .").quads
    assert isinstance(quad.object, ox.Literal)
    plain = literal.partition("^^")[0].strip("'").encode().decode("unicode_escape")
    assert quad.object.value == plain


def test_two_texts_share_no_blank_node() -> None:
    first, second = read("_:b <http://e/p> 1 ."), read("_:b <http://e/p> 1 .")
    assert first.quads[0].subject != second.quads[0].subject


def test_prefixes_are_those_of_the_text() -> None:
    assert read("PREFIX e: <http://e/> PREFIX : <http://f/>").prefixes == Prefixes(
        {"e": "http://e/", "": "http://f/"}
    )


@given(wild_datasets())
def test_default_graph_is_its_own_triples_and_the_merged_ones(dataset: Dataset) -> None:
    default = ox.DefaultGraph()
    wanted = {
        quad.triple
        for quad in dataset.quads
        if quad.graph_name == default or quad.graph_name in dataset.merged
    }
    assert set(dataset.default_graph) == wanted
    assert len(dataset.default_graph) == len(wanted), "each triple once"
    assert set(dataset.graphs) == {q.graph_name for q in dataset.quads} - {default}
    for name in dataset.graphs:
        assert [ox.Quad(t.subject, t.predicate, t.object, name) for t in dataset.graph(name)] == [
            quad for quad in dataset.quads if quad.graph_name == name
        ]
    node = ox.NamedNode("urn:new")
    more = dataset.with_graphs([ox.Quad(node, node, node, node)])
    assert more.default_graph == dataset.default_graph
    assert len(more.quads) == len(dataset.quads) + 1


# --- files -----------------------------------------------------------------------------------


def test_each_file_is_a_graph_and_broken_ones_are_findings(tmp_path: Path) -> None:
    found = load_sources(
        sources(tmp_path, a_ttl=ONE, b_ttl="oops", c_ttl=b"\xff", d_nt=ONE.replace("/s", "/t")),
        Prefixes(),
        BASE,
    )
    assert [str(name) for name in found.graphs] == [f"<{BASE}graph/a>", f"<{BASE}graph/d>"]
    assert len(found.default_graph) == 2
    assert [str(problem.location) for problem in found.problems] == ["b.ttl:1:1", "c.ttl:1:1"]
    source = found.source_of(f"{BASE}graph/b")
    assert source is not None
    assert source.name == "b.ttl", "a broken file is still a source"
    assert found.source_of("urn:x") is None
    assert found.base == BASE


def test_odd_but_readable_files_are_read_and_told(tmp_path: Path) -> None:
    found = load_sources(
        sources(tmp_path, a_ttl=b"\xef\xbb\xbf" + ONE.encode(), b_ttl=f"{ONE}\r\n# x\r\n"),
        Prefixes(),
    )
    assert len(found.quads) == 2
    assert [(p.rule, p.severity) for p in found.problems] == [
        ("byte-order-mark", Severity.INFO),
        ("line-ends", Severity.INFO),
    ]


def test_graph_that_a_file_names_itself_is_kept(tmp_path: Path) -> None:
    text = f"{ONE} GRAPH <http://e/g> {{ {ONE} }}"
    found = load_sources(sources(tmp_path, a_trig=text), Prefixes(), BASE)
    assert [str(name) for name in found.graphs] == ["<http://e/g>", f"<{BASE}graph/a>"]


def test_same_triple_in_one_file_counts_once(tmp_path: Path) -> None:
    found = load_sources(sources(tmp_path, a_ttl=f"{ONE}\n{ONE}", b_ttl=ONE), Prefixes(), BASE)
    assert len(found.quads) == 2
    assert len(found.default_graph) == 1


def test_files_of_anybody(tmp_path: Path) -> None:
    for source in sources(tmp_path, a_ttl=ONE, b_nt=ONE, c_ttl="<#x> <http://e/p> <y> ."):
        assert source.path.exists()
    a, b, c = (tmp_path / name for name in ("a.ttl", "b.nt", "c.ttl"))
    found = read_files([a, c], {"http://e/g": b})
    assert [str(quad.graph_name) for quad in found.quads] == ["DEFAULT", "DEFAULT", "<http://e/g>"]
    assert str(found.quads[1].subject) == f"<{c.resolve().as_uri()}#x>"
    assert len(found.default_graph) == 2, "a named graph stays apart"
    assert found.prefixes["skos"]


@pytest.mark.parametrize(
    ("named", "code", "said"),
    [
        ({"g": "a.ttl"}, "not-an-iri", "'g' cannot name a graph"),
        ({"http://e/a b": "a.ttl"}, "not-an-iri", "cannot name a graph"),
        ({"http://e/g": "none.ttl"}, "cannot-read", "there is no such file"),
        ({"http://e/g": "a.md"}, "unknown-format", "names no RDF format"),
        ({"http://e/g": "bad.ttl"}, "does-not-parse", "bad.ttl:1:1"),
        ({"http://e/g": "latin.ttl"}, "does-not-parse", "latin.ttl:1:2: the file is not UTF-8"),
    ],
)
def test_file_that_cannot_be_used_is_an_error(
    tmp_path: Path, named: dict[str, str], code: str, said: str
) -> None:
    sources(tmp_path, a_ttl=ONE, bad_ttl="oops", latin_ttl=b"'\xe9'", a_md="# x")
    with pytest.raises(InputError) as caught:
        read_files([], {iri: tmp_path / name for iri, name in named.items()})
    assert caught.value.code == code
    assert said in caught.value.message


def test_bytes_that_are_no_text_are_an_error_and_not_an_empty_dataset() -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        read(b"\xff")
