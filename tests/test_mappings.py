"""Which rows of a mapping table may become triples."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.dataset import load_sources
from mesokg.mappings import RULE, read_mappings
from mesokg.project import SourceFile
from mesokg.report import Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes
from strategies import texts

KNOWN = Prefixes({**STANDARD_PREFIXES, "tea": "https://example.org/kg/tea/"})
COLUMNS = (
    *("subject_id", "predicate_id", "predicate_modifier", "object_id", "object_label"),
    *("mapping_justification", "mapping_date"),
)
GOOD = ("tea:ginger", "skos:exactMatch", "", "ex:1", "Ginger", "semapv:Manual", "2024-01-01")
HEAD = "#curie_map:\n#  ex: http://example.org/\n#comment: tea\n"


def table(*rows: tuple[str, ...], head: str = HEAD) -> str:
    return head + "".join("\t".join(row) + "\n" for row in (COLUMNS, *rows))


def changed(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, cell) for name, cell in zip(COLUMNS, GOOD, strict=True))


def test_good_row_is_a_mapping() -> None:
    found = read_mappings(table(GOOD, changed(predicate_modifier="Not")), "m.sssom.tsv", KNOWN)
    assert found.problems == ()
    assert found.prefixes["ex"] == "http://example.org/"
    first, negated = found.mappings
    assert first.subject == "https://example.org/kg/tea/ginger"
    assert first.predicate == f"{STANDARD_PREFIXES['skos']}exactMatch"
    assert first.object == "http://example.org/1"
    assert (first.object_label, first.line, first.negated) == ("Ginger", 5, False)
    assert first.columns["mapping_date"] == "2024-01-01"
    assert (negated.line, negated.negated) == (6, True)


def test_line_ends_quotes_and_blank_lines() -> None:
    text = table(changed(object_label='"Gin ""ger"""'), changed(object_label="a\u2028b\x85c"))
    found = read_mappings(text.replace("\n", "\r\n") + "\r\n\r\n", "m", KNOWN)
    assert found.problems == ()
    assert [row.object_label for row in found.mappings] == ['Gin "ger"', "a\u2028b\x85c"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"object_label": " "}, "object_label is empty"),
        ({"mapping_date": ""}, "mapping_date is empty"),
        ({"mapping_justification": ""}, "mapping_justification is empty"),
        ({"object_id": "exx:1"}, "that the curie_map does not define (did you mean ex:?)"),
        ({"object_id": "http://example.org/1"}, "that the curie_map does not define"),
        ({"object_id": "ex:a b"}, "which is no IRI"),
        ({"subject_id": "tea:%zz"}, "which is no IRI"),
        ({"subject_id": "ginger"}, "that the curie_map does not define"),
        ({"predicate_id": "skos:sameMatch"}, "predicate_id must be one of skos:exactMatch"),
        ({"predicate_id": "exactMatch"}, "predicate_id must be one of"),
        ({"predicate_modifier": "not"}, "predicate_modifier must be empty or Not"),
        ({"object_label": "one\ttoo many"}, "the row has 8 cells where the header has 7"),
    ],
)
def test_row_that_may_not_be_used(cells: dict[str, str], said: str) -> None:
    found = read_mappings(table(GOOD, changed(**cells), GOOD), "m.sssom.tsv", KNOWN)
    assert len(found.mappings) == 2, "the other rows count"
    assert any(said in problem.message for problem in found.problems)
    for problem in found.problems:
        assert problem.rule == RULE
        assert problem.severity is Severity.VIOLATION
        assert str(problem.location) == "m.sssom.tsv:6"
        assert problem.fix


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no table"),
        (HEAD, "holds no table"),
        ("subject_id\tobject_id\n", "lacks the column predicate_id, object_label"),
        (table(head="#curie_map: [\n"), "is not YAML"),
        (table(head="#a: 2020-99-99\n"), "is not YAML"),
        (table(head="#curie_map: tea\n"), "is not YAML"),
        (table(head="#- a\n#- b\n"), "is not YAML"),
    ],
)
def test_file_that_is_no_table(text: str, said: str) -> None:
    found = read_mappings(text, "m.sssom.tsv", KNOWN)
    assert found.mappings == ()
    assert said in found.problems[0].message


def test_prefix_whose_namespace_is_no_iri() -> None:
    text = table(GOOD, head="#curie_map:\n#  ex: nope\n#  odd: null\n")
    (problem,) = read_mappings(text, "m", KNOWN).problems
    assert "'nope1', which is no IRI" in problem.message


def test_header_without_a_map_is_fine() -> None:
    for head in ("", "#comment: x\n", "#curie_map:\n"):
        found = read_mappings(table(changed(object_id="tea:x"), head=head), "m", KNOWN)
        assert len(found.mappings) == 1
        assert found.problems == ()


_PIECES = (
    *("#", "curie_map:", "  ex: http://e/", "\n", "\t", "\r", '"', "'", "ex:1", "tea:a", "Not"),
    *("skos:exactMatch", *COLUMNS, "\t".join(COLUMNS) + "\n", "&a", "*a", "? ", "{", "[", "!!x"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join) | texts)
def test_any_text_is_mappings_and_findings(text: str) -> None:
    found = read_mappings(text, "m.sssom.tsv", KNOWN)
    assert found.mappings or found.problems or len(text.split("\n")) > 1
    for row in found.mappings:
        for iri in (row.subject, row.predicate, row.object):
            ox.NamedNode(iri)


def test_cell_that_csv_finds_too_long() -> None:
    long = "x" * 200_000
    found = read_mappings(table(changed(object_label=long)), "m", KNOWN)
    assert [row.object_label for row in found.mappings] == [long]


def test_only_rows_that_are_not_negated_become_triples(tmp_path: Path) -> None:
    path = tmp_path / "m.sssom.tsv"
    text = table(GOOD, changed(predicate_modifier="Not", object_id="ex:2"), changed(object_id="?"))
    path.write_text(text, encoding="utf-8")
    source = SourceFile(path, "ontology/m.sssom.tsv", "https://example.org/kg/graph/m", "mappings")
    dataset = load_sources([source], KNOWN)
    assert [str(quad.object) for quad in dataset.quads] == ["<http://example.org/1>"]
    assert {str(quad.graph_name) for quad in dataset.quads} == {f"<{source.graph}>"}
    assert dataset.prefixes["ex"] == "http://example.org/"
    assert [finding.rule for finding in dataset.problems] == [RULE]
