"""Input that is huge, broken or hostile: a clear answer, in time, no control characters."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg.blanks import is_costly, named_by_structure
from mesokg.canon import canonical
from mesokg.dataset import parse
from mesokg.engine import embed, sparql_tokens
from mesokg.errors import InputError, QueryError
from mesokg.mappings import read_mappings
from mesokg.terms import Prefixes

MESOKG = [sys.executable, "-m", "mesokg"]
PREFIX = "@prefix ex: <http://e/> .\n"


def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*MESOKG, *words], input=stdin, capture_output=True, check=False)


def shell(line: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", line.replace("MESOKG", " ".join(MESOKG))], capture_output=True, check=False
    )


def graph(edges: list[tuple[int, int]], seed: int) -> list[ox.Quad]:
    """Blank nodes that point at each other, under shuffled names and in shuffled order."""
    shuffled = random.Random(seed)
    names = list(range(max(map(max, edges)) + 1))
    shuffled.shuffle(names)
    quads = [
        ox.Quad(ox.BlankNode(f"z{names[a]}"), ox.NamedNode("http://e/p"),
                ox.BlankNode(f"z{names[b]}"))
        for a, b in edges
    ]  # fmt: skip
    shuffled.shuffle(quads)
    return quads


# --- blank nodes that look alike --------------------------------------------------------------


@pytest.mark.parametrize(
    "edges",
    [
        [(n, n + 1) for n in range(1000)],
        [(n, (n + 1) % 120) for n in range(120)],
        [(a, b) for a in range(12) for b in range(12) if a != b],
        [(a, a ^ 1 << k) for a in range(16) for k in range(4)],
        [(0, n) for n in range(2, 60)] + [(1, n) for n in range(60, 118)],
        [(a + 6 * c, b + 6 * c) for c in (0, 1) for a in range(6) for b in range(6) if a != b],
    ],
    ids=["row", "circle", "clique", "cube", "stars", "two cliques"],
)
def test_nodes_that_look_alike_get_the_same_names_whatever_the_order(
    edges: list[tuple[int, int]],
) -> None:
    first, second = graph(edges, 1), graph(edges, 2)
    assert canonical(first) == canonical(second)
    assert sorted(map(str, named_by_structure(first))) == sorted(
        map(str, named_by_structure(second))
    )
    assert len(canonical(first)) == len(edges)


def test_different_structures_get_different_lines() -> None:
    one = [(n, (n + 1) % 12) for n in range(12)]
    two = [(n, (n + 1) % 6) for n in range(6)] + [(6 + n, 6 + (n + 1) % 6) for n in range(6)]
    assert set(named_by_structure(graph(one, 1))) != set(named_by_structure(graph(two, 1)))


def test_ordinary_data_keep_the_names_of_rdfc() -> None:
    quads = list(ox.parse(f"{PREFIX}ex:a ex:b (1 2 3), [ ex:c [] ] .", format=ox.RdfFormat.TURTLE))
    assert not is_costly(quads)
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert set(canonical(quads)) == set(dataset)


def test_giving_up_is_an_error_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesokg.blanks._BUDGET", 100)
    with pytest.raises(InputError) as caught:
        canonical(graph([(n, n + 1) for n in range(200)], 1))
    assert caught.value.code == "blank-nodes-alike"


def test_text_in_a_literal_is_no_blank_node() -> None:
    quads = [
        ox.Quad(q.subject, q.predicate, ox.Literal('say "_:z1" \\ 01'))
        for q in graph([(0, 0), (1, 1)], 1)
    ]
    assert {q.object for q in named_by_structure(quads)} == {ox.Literal('say "_:z1" \\ 01')}


# --- files --------------------------------------------------------------------------------------


def test_a_token_too_large_for_the_parser_is_a_finding() -> None:
    found = parse(f'{PREFIX}ex:a ex:b "{"x" * 17_000_000}" .', "turtle", "a.ttl")
    assert [finding.rule for finding in found.problems] == ["does-not-parse"]


def test_links_in_a_circle_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop.ttl").symlink_to("loop.ttl")
    outcome = run("-C", str(tmp_path), "validate", str(tmp_path / "loop.ttl"))
    assert outcome.returncode == 2
    assert b"cannot-read" in outcome.stderr


@pytest.mark.parametrize("head", ["#curie_map: [", "#curie_map:\n# ex: a: b", "#text", "#a: *b"])
def test_a_broken_header_of_mappings_is_one_finding(head: str) -> None:
    rows = "x:a\tskos:exactMatch\ty:b\tB\tz:c\t2024-01-01\n" * 50
    text = (
        f"{head}\nsubject_id\tpredicate_id\tobject_id\tobject_label\tmapping_justification"
        f"\tmapping_date\n{rows}"
    )
    problems = read_mappings(text, "m.sssom.tsv", Prefixes()).problems
    assert len(problems) == 1
    assert "header" in problems[0].message
    assert problems[0].location is not None
    assert problems[0].location.line == 1


# --- queries ------------------------------------------------------------------------------------


def test_an_endless_string_is_read_in_one_go() -> None:
    for quote in ('"', "'", '"""'):
        text = "ASK { ?s ?p " + quote + "\\\"\\'" * 20_000
        assert "".join(token for _, token, _ in sparql_tokens(text)) == text
        assert sum(kind == "string" for kind, _, _ in sparql_tokens(text)) == 1


def test_a_collection_of_many_items_is_refused_and_a_list_of_values_is_not() -> None:
    engine = embed(parse("", "turtle", "-"))
    with pytest.raises(QueryError) as caught:
        engine.run("ASK { (" + " 1" * 50_000 + ") ?p ?o }")
    assert caught.value.code == "query-too-deep"
    assert engine.run("ASK { VALUES ?x {" + " 1" * 5_000 + "} }") is True
    assert engine.run("ASK { VALUES (?x ?y) {" + " (1 2)" * 5_000 + "} }") is True


@pytest.mark.parametrize(
    "pattern",
    [
        "?s ?p {}",
        "{} ?p ?o",
        "?s ?p 1 FILTER EXISTS {{ ?s ?p {} }}",
    ],
)
@pytest.mark.parametrize("item", ["( ", "( 1 ", "( [ <urn:p> "])
def test_lists_in_lists_that_would_be_parsed_for_ever_are_refused(pattern: str, item: str) -> None:
    engine = embed(parse("", "turtle", "-"))

    def nested(depth: int) -> str:
        value = f"{item * depth}1{(' ] )' if '[' in item else ' )') * depth}"
        return f"ASK {{ {pattern.format(value)} }}"

    assert engine.run(nested(5)) is False
    with pytest.raises(QueryError) as caught:
        engine.run(nested(90))
    assert caught.value.code == "query-too-deep"


def test_brackets_of_expressions_may_be_deeper_than_lists() -> None:
    engine = embed(parse("", "turtle", "-"))
    deep = f"{'(' * 60}1{')' * 60}"
    assert engine.run(f"ASK {{ FILTER({deep} = ABS({deep})) }}") is True
    assert len(engine.run(f"SELECT ({deep} AS ?x) {{ BIND ({deep} AS ?y) }}")) == 1  # type: ignore[arg-type]  # a Table


@pytest.mark.parametrize(
    "word", ["SERVICE", "service SILENT", "SERV\\u0049CE", "\\U00000053ERVICE"]
)
def test_no_local_query_reaches_the_network_unasked(word: str, tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:p> 1 .")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0.1)
        text = (
            f"SELECT * {{ {word} <http://127.0.0.1:{listener.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        )
        outcome = run("query", "--data", str(tmp_path / "a.ttl"), "--text", text)
        assert outcome.returncode == 2
        assert b"query-service" in outcome.stderr
        assert b"--service" in outcome.stderr
        with pytest.raises(TimeoutError):
            listener.accept()


def test_service_that_is_asked_for_reaches_the_endpoint(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:p> 1 .")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(20)
        text = (
            f"SELECT * {{ SERVICE <http://127.0.0.1:{listener.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        )
        words = ["query", "--service", "--data", str(tmp_path / "a.ttl"), "--text", text]
        with subprocess.Popen([*MESOKG, *words], stderr=subprocess.PIPE) as asking:
            listener.accept()[0].close()
            _, said = asking.communicate()
        assert asking.returncode == 2
        assert b"query-failed" in said
    assert embed(parse("", "turtle", "-")).run('ASK { FILTER("SERVICE" = "SERVICE") }') is True


def test_a_list_a_hundred_thousand_deep_is_checked(tmp_path: Path) -> None:
    depth = 100_000
    (tmp_path / "deep.ttl").write_text(f"<urn:a> <urn:p> {'( ' * depth}1{' )' * depth} .")
    (tmp_path / "open.ttl").write_text(f"<urn:a> <urn:p> {'( ' * depth}")
    (tmp_path / "shapes.ttl").write_text(
        "<urn:s> <http://www.w3.org/ns/shacl#targetNode> <urn:a> ; "
        "<http://www.w3.org/ns/shacl#nodeKind> <http://www.w3.org/ns/shacl#IRI> ."
    )
    shapes = ["validate", "--shapes", str(tmp_path / "shapes.ttl")]
    assert run(*shapes, str(tmp_path / "deep.ttl")).returncode == 0
    broken = run(*shapes, str(tmp_path / "open.ttl"))
    assert broken.returncode == 1
    assert b"does-not-parse" in broken.stdout


# --- streams ------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"\0", b"<http://e/a> \x1b[31m"])
def test_errors_pass_no_control_character_to_the_terminal(data: bytes) -> None:
    outcome = run("convert", "-", stdin=data)
    assert outcome.returncode == 2
    assert outcome.stderr.decode().replace("\n", "").isprintable()


def test_a_file_name_cannot_break_the_line() -> None:
    outcome = run("convert", "a\n\x1b[31m.ttl")
    assert outcome.stderr.count(b"\n") == 2
    assert b"\x1b" not in outcome.stderr


@pytest.mark.parametrize("command", ["--help", "explain", "query"])
def test_a_full_disk_behind_stdout(command: str) -> None:
    outcome = shell(f"MESOKG {command} > /dev/full")
    assert outcome.returncode == 3
    assert b"write-failed" in outcome.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("MESOKG explain >&-", 0),
        ("MESOKG convert - <&-", 0),
        ("MESOKG explain nonesuch 2>/dev/full", 2),
        ("MESOKG explain nonesuch 2>&-", 2),
    ],
)
def test_closed_streams_change_no_exit_code(line: str, code: int) -> None:
    outcome = shell(line)
    assert outcome.returncode == code, outcome.stderr
    assert b"internal" not in outcome.stderr
