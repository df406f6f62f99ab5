"""Every format of a report: what a reader of it asks for, and that no data can break it."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import pyshacl
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.collection import Collection

from mesokg.cache.codec import from_report, report_from
from mesokg.checks import validate_files
from mesokg.dataset import read
from mesokg.errors import UsageError
from mesokg.project import resource
from mesokg.report import (
    Finding,
    Location,
    NotRun,
    Original,
    Related,
    Report,
    Rule,
    Severity,
    Waived,
)
from mesokg.reporting import FORMATS, render, summary
from mesokg.reporting.source import lines_of, marked, width_of, wrapped
from mesokg.rulebook import rules
from mesokg.shacl import validate_shapes
from mesokg.terms import Prefixes, project_prefixes
from strategies import literals, texts

KG = "https://example.org/kg/"
MESO = "https://w3id.org/mesokg/ns#"
SH = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
PREFIXES = project_prefixes(KG)
CLAIM, CLAIM_2 = f"<{KG}claim/tea-1>", f"<{KG}claim/tea-2>"
NAME = "Ginger tea eases knee pain, say many runners who have tried it for a long time"
LABELS = {CLAIM[1:-1]: NAME}

TEA = """\
@prefix claim: <https://example.org/kg/claim/> .
@prefix meso: <https://w3id.org/mesokg/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

claim:tea-1 a meso:Claim ;
  skos:prefLable "Ginger tea eases knee pain"@en ;
  meso:position "eleven" ;
  meso:evidence [ meso:work <https://example.org/kg/work/smith-2012> ;
                  meso:quote "日本語 🍵 tea" ] .

claim:tea-2 a meso:Claim ;
\tmeso:position 12 .
"""
RIVERS = """\
@prefix dcterms: <http://purl.org/dc/terms/> .
<https://example.org/kg/work/jones-2014> dcterms:title "Willow bark"
  dcterms:issued "2014" .
"""
FILES = {"data/articles/tea.ttl": TEA, "data/works/rivers.ttl": RIVERS}


def tea(*numbers: int) -> Location:
    return Location("data/articles/tea.ttl", *numbers)


#: Five typical errors: syntax, a missing value, an unknown term, a wrong value, nested causes.
FIVE = (
    Finding(
        "does-not-parse", Severity.VIOLATION, "expected . or ; before dcterms:issued",
        location=Location("data/works/rivers.ttl", 3, 3, 3, 17),
        fix="end the line before with ; or .",
    ),
    Finding(
        "claim-core", Severity.VIOLATION, "Give exactly one meso:kind.", CLAIM, f"<{MESO}kind>",
        location=tea(5, 1, 5, 12), component=f"{SH}MinCountConstraintComponent",
        fix="write meso:kind and one of kind:causal, kind:descriptive",
        shape="https://w3id.org/mesokg/shapes#claim-core",
        related=(Related("asked here", Location("mesokg:ontology/shapes/claim.ttl", 40, 5)),),
    ),
    Finding(
        "claim-core", Severity.VIOLATION, "Give exactly one meso:kind.", CLAIM_2, f"<{MESO}kind>",
        location=tea(11, 1, 11, 12), component=f"{SH}MinCountConstraintComponent",
        fix="write meso:kind and one of kind:causal, kind:descriptive",
    ),
    Finding(
        "term-unknown", Severity.VIOLATION, "there is no skos:prefLable", CLAIM,
        f"<{SKOS}prefLable>", '"Ginger tea eases knee pain"@en', tea(6, 3, 6, 17),
        fix="did you mean skos:prefLabel?", replacement="skos:prefLabel",
    ),
    Finding(
        "claim-position", Severity.VIOLATION, "A position is a whole number, counted from 1.",
        CLAIM, f"<{MESO}position>", '"eleven"', tea(7, 17, 7, 25),
        component=f"{SH}DatatypeConstraintComponent",
        related=(Related("another claim has one", tea(12, 16, 12, 18)),),
    ),
    Finding(
        "evidence-core", Severity.WARNING,
        "A line of evidence is a quotation with its place, or a passage in our own words.",
        CLAIM, f"<{MESO}evidence>", location=tea(8, 17, 9, 43),
        component=f"{SH}OrConstraintComponent",
        causes=(
            Finding(
                "quotation", Severity.VIOLATION, "a quotation has a place",
                causes=(
                    Finding("q", Severity.VIOLATION, "needs 1 value", "", f"<{MESO}start>"),
                    Finding("q", Severity.VIOLATION, "needs 1 value", "", f"<{MESO}end>"),
                ),
            ),
            Finding(
                "own-words", Severity.VIOLATION, "our own words have no meso:quote", "",
                f"<{MESO}quote>", '"日本語 🍵 tea"',
            ),
        ),
    ),
)  # fmt: skip
RULES = {
    rule.id: rule
    for rule in (
        Rule("claim-core", "A claim is complete", "Why it is so.", "give {?value}",
             Severity.VIOLATION, "shape"),
        Rule("evidence-core", "Evidence is complete", "Why.", "", Severity.WARNING, "shape"),
        Rule("passed", "Nothing is wrong", "Why.", "", Severity.INFO, "code"),
        Rule("text-hash", "A text is the one", "Why.", "", Severity.VIOLATION, "check", True),
    )
}  # fmt: skip
REPORT = Report.of(
    FIVE,
    not_run=[NotRun("text-hash", "text not present"), NotRun("quoted-share", "text not present")],
    rules=97, files=31, triples=9812, engine="pyshacl",
    waived=[Waived(FIVE[3], "the old name is on purpose", "inline")],
    held_back=3,
)  # fmt: skip
TEXT = """\
data/works/rivers.ttl:3:3: violation[does-not-parse]
  expected . or ; before dcterms:issued
     │
   3 │   dcterms:issued "2014" .
     │   ^^^^^^^^^^^^^^
  help: end the line before with ; or .

data/articles/tea.ttl:5:1: violation[claim-core]
  Give exactly one meso:kind.
     │
   5 │ claim:tea-1 a meso:Claim ;
     │ ^^^^^^^^^^^
     │ claim:tea-1 (Ginger tea eases knee pain, say many runners who have tried…
  help: write meso:kind and one of kind:causal, kind:descriptive
  the same in 1 more place:
    data/articles/tea.ttl:11:1  claim:tea-2

data/articles/tea.ttl:6:3: violation[term-unknown]
  there is no skos:prefLable
     │
   6 │   skos:prefLable "Ginger tea eases knee pain"@en ;
     │   ^^^^^^^^^^^^^^
     │ claim:tea-1 (Ginger tea eases knee pain, say many runners who have tried…
  help: did you mean skos:prefLabel?
   6 -   skos:prefLable "Ginger tea eases knee pain"@en ;
   6 +   skos:prefLabel "Ginger tea eases knee pain"@en ;

data/articles/tea.ttl:7:17: violation[claim-position]
  A position is a whole number, counted from 1.
     │
   7 │   meso:position "eleven" ;
     │                 ^^^^^^^^
     │ claim:tea-1 (Ginger tea eases knee pain, say many runners who have tried…
  also: data/articles/tea.ttl:12:16: another claim has one
     │
  12 │     meso:position 12 .
     │                   ^^

data/articles/tea.ttl:8:17: warning[evidence-core]
  A line of evidence is a quotation with its place, or a passage in our own
  words.
     │
   8 │   meso:evidence [ meso:work <https://example.org/kg/work/smith-2012> ;
     │                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   9 │                   meso:quote "日本語 🍵 tea" ] .
     │                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     │ claim:tea-1 (Ginger tea eases knee pain, say many runners who have tried…
  because
  ├─ a quotation has a place
  │  ├─ needs 1 value (meso:start)
  │  └─ needs 1 value (meso:end)
  └─ our own words have no meso:quote ("日本語 🍵 tea")

not run, text not present: quoted-share, text-hash
waived: 1 finding (1 inline)
held back: 3 findings that may only follow from what does not parse

5 violations, 1 warning, 0 infos: 97 rules, 31 files, 9,812 triples (pyshacl).
"""


def shown(report: Report, format: str = "text", **options: Any) -> str:
    given: dict[str, Any] = {"labels": LABELS, "source": FILES.get, "width": 80} | options
    return render(report, format, PREFIXES, **given)


def many(count: int, rules: int = 1, severity: Severity | None = None) -> list[Finding]:
    return [
        Finding(
            f"rule-{n % rules}", severity or Severity(1 + n % 3), f"number {n} is wrong",
            f"<{KG}claim/c{n}>", location=Location(f"data/{n % 7}.ttl", n + 1, 1, n + 1, 3),
        )
        for n in range(count)
    ]  # fmt: skip


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports as hostile as their strings can be, with places that may lie nowhere."""
    number = st.integers(0, 12)
    place = st.builds(Location, texts, number, number, number, number)
    known = st.sampled_from([tea(7, 17, 7, 25), tea(8, 17, 9, 43), tea(99, 1), tea(5, 500)])
    term = st.one_of(literals.map(str), texts, st.sampled_from([CLAIM, "<not an iri>", "", "<<"]))

    def findings(causes: st.SearchStrategy[tuple[Finding, ...]]) -> st.SearchStrategy[Finding]:
        return st.builds(
            Finding, st.one_of(texts, st.just("claim-core")), st.sampled_from(Severity), texts,
            term, term, term, st.one_of(st.none(), place, known), texts, term, causes,
            st.lists(st.builds(Related, texts, st.one_of(place, known)), max_size=4).map(tuple),
            term, st.one_of(st.none(), texts),
        )  # fmt: skip

    inner = findings(st.just(()))
    finding = findings(st.lists(inner, max_size=2).map(tuple))
    return Report.of(
        draw(st.lists(finding, max_size=4)),
        not_run=draw(st.lists(st.builds(NotRun, texts, texts), max_size=2)),
        engine=draw(texts),
        waived=draw(
            st.lists(st.builds(Waived, finding, texts, st.just("inline"), texts), max_size=2)
        ),
        held_back=draw(number),
    )


# --- all formats -----------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_findings_give_the_same_text(format: str) -> None:
    mixed = [*FIVE, *many(50, 3)]
    random.Random(1).shuffle(mixed)
    first = shown(Report.of([*FIVE, *many(50, 3)]), format, rules=RULES)
    assert first == shown(Report.of(mixed), format, rules=RULES)
    assert first.endswith("\n")
    assert not first.endswith("\n\n")


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_at_all_can_be_rendered(format: str) -> None:
    assert render(Report(), format, Prefixes()).strip()


@settings(max_examples=40)
@given(reports())
def test_no_data_can_break_a_format(report: Report) -> None:
    written = {f: shown(report, f, labels={CLAIM[1:-1]: "\x1b[31m"}, rules=RULES) for f in FORMATS}
    written["summary"] = summary(report, PREFIXES, labels={CLAIM[1:-1]: "<script>|\n# x"})
    for format in ("text", "github", "summary"):
        text = written[format]
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
    for text in written.values():
        text.encode()
    assert len(json.loads(written["json"])["findings"]) == len(report.findings)
    assert len(json.loads(written["sarif"])["runs"][0]["results"]) == len(report.findings)
    junitparser.JUnitXml.fromstring(written["junit"].encode())
    graph = rdflib.Graph().parse(data=written["turtle"], format="turtle")
    assert len(list(graph.objects(None, rdflib.URIRef(f"{SH}result")))) == len(report.findings)


def test_unknown_format() -> None:
    with pytest.raises(UsageError) as caught:
        render(REPORT, "jsno", PREFIXES)
    assert (caught.value.code, caught.value.hint) == ("unknown-format", "did you mean json?")
    assert FORMATS == ("text", "json", "sarif", "junit", "github", "turtle")


# --- text ------------------------------------------------------------------------------------


def test_text_reads_like_a_compiler() -> None:
    assert shown(REPORT) == TEXT


def test_the_page_on_formats_shows_it_and_declares_our_terms(root: Path) -> None:
    page = (root / "docs" / "formats.md").read_text("utf-8")
    assert f"```text\n{TEXT}```" in page
    page = page.partition("## turtle")[2]
    assert set(re.findall(r"\breport:\w+", shown(REPORT, "turtle"))) <= set(
        re.findall(r"report:\w+", page)
    )


def test_colour_changes_no_character() -> None:
    coloured = shown(REPORT, color=True)
    assert "\x1b[1;31mviolation\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == TEXT


@pytest.mark.parametrize("width", [60, 72, 100])
def test_lines_fit_a_terminal(width: int) -> None:
    long = Finding("claim-core", Severity.INFO, "word " * 60, CLAIM, fix="other " * 40)
    wide = Finding("claim-core", Severity.INFO, "日本語" * 60, CLAIM, location=tea(8, 70, 8, 71))
    lines = shown(Report.of([*FIVE, long, wide]), width=width).splitlines()
    assert max(map(width_of, lines[:-1])) <= width


def test_without_the_files_it_still_says_all() -> None:
    text = shown(REPORT, source=None)
    assert "│ " not in text.replace("│  ├", "").replace("│  └", "")
    for part in ("tea.ttl:7:17: violation", "claim:tea-1 (Ginger", 'meso:position "eleven"'):
        assert part in text
    assert "help: did you mean skos:prefLabel?" in text


def test_nothing_found_is_said() -> None:
    assert shown(Report()) == "0 violations, 0 warnings, 0 infos: 0 rules, 0 files, 0 triples.\n"


def test_findings_that_say_the_same_stand_together() -> None:
    found = [
        Finding("claim-core", Severity.WARNING, "Name it.", f"<{KG}claim/{n:02}>")
        for n in range(47)
    ]
    text = shown(Report.of(found))
    assert text.count("Name it.") == 1
    assert "the same in 46 more places:" in text
    assert "    … and 37 more" in text
    assert "  47 warning   claim-core" in text
    assert shown(Report.of(found), limit=None).count("claim:4") == 7


def test_a_flood_of_findings_is_bounded_and_counted() -> None:
    text = shown(Report.of(many(10_000, 40)), rules=RULES)
    assert text.count(" is wrong\n") == 200
    assert len(text.splitlines()) < 1000
    assert (
        "not shown: 9,800 more findings (245 of rule-0, 245 of rule-1, 245 of rule-10,\n"
        "  245 of rule-11, 245 of rule-12, 245 of rule-13, …); -f json has all"
    ) in text
    assert text.splitlines()[-1].startswith("3,333 violations, 3,333 warnings, 3,334 infos: ")


def test_what_does_not_parse_comes_first_then_the_worst() -> None:
    late = Finding("does-not-parse", Severity.VIOLATION, "broken", location=Location("z.ttl", 9))
    mild = Finding("does-not-parse", Severity.INFO, "odd", location=Location("a.ttl"))
    found = [Finding("a", s, "wrong", location=Location("a.ttl", 1)) for s in Severity]
    heads = [line for line in shown(Report.of([late, mild, *found])).splitlines() if "[" in line]
    assert heads == [
        "z.ttl:9: violation[does-not-parse]", "a.ttl: info[does-not-parse]",
        "a.ttl:1: violation[a]", "a.ttl:1: warning[a]", "a.ttl:1: info[a]",
    ]  # fmt: skip


def test_only_files_with_shown_findings_are_read_once() -> None:
    asked: list[str] = []

    def source(path: str) -> str:
        asked.append(path)
        return TEA

    found = [Finding("a", Severity.INFO, str(n), location=tea(n)) for n in range(8)]
    found.append(Finding("b", Severity.INFO, "no line", location=Location("other.ttl")))
    shown(Report.of(found), source=source)
    assert asked == ["data/articles/tea.ttl"]


@pytest.mark.parametrize(
    ("replacement", "place", "expected"),
    [
        ("x\ny", tea(7, 17, 7, 25), "  help: write x\\ny"),
        ("x", tea(7, 17, 9, 2), "  help: write x"),
        ("x", tea(700, 17, 700, 25), "  help: write x"),
        ("", tea(7, 17, 7, 25), '   7 -   meso:position "eleven" ;\n   7 +   meso:position  ;'),
    ],
)
def test_a_replacement_is_shown_whatever_it_is(
    replacement: str, place: Location, expected: str
) -> None:
    finding = Finding("a", Severity.INFO, "m", location=place, replacement=replacement)
    assert expected in shown(Report.of([finding]))


def test_no_line_is_a_command_to_the_log_of_a_step() -> None:
    evil = "::set-output name=x::y ##[error]z"
    finding = Finding(
        "a", Severity.INFO, f"{'w ' * 38}{evil}", CLAIM, "", f'"{evil}"', Location("e", 1, 1, 1, 2),
        fix=evil, causes=(Finding("b", Severity.INFO, evil),),
        related=(Related(evil, Location("e", 1)),),
    )  # fmt: skip
    for width in range(60, 90):
        text = shown(
            Report.of([finding], not_run=[NotRun(evil, evil)]), labels={CLAIM[1:-1]: evil},
            source=lambda path: evil, width=width,
        )  # fmt: skip
        assert not re.search(r"^\s*::", text, re.MULTILINE)
        assert "##[" not in text


# --- source lines ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "start", "end", "expected"),
    [
        ("abc", 1, 2, ("abc", 1, 2)),
        ("abc", 3, 3, ("abc", 3, 4)),
        ("abc", 9, 12, ("abc", 3, 4)),
        ("\ta", 1, 2, ("    a", 4, 5)),
        ("ab\ta", 3, 4, ("ab  a", 4, 5)),
        ("日本a", 2, 3, ("日本a", 4, 5)),
        ("e\u0301a", 2, 3, ("e\u0301a", 1, 2)),
        ("🍵a", 0, 1, ("🍵a", 0, 2)),
        ("\x1ba", 1, 2, ("\\u001Ba", 6, 7)),
        ("\u202ea", 1, 2, ("\\u202Ea", 6, 7)),
        ("##[a", 3, 4, ("\\u0023#[a", 8, 9)),
    ],
)
def test_a_mark_stands_below_what_it_marks(
    line: str, start: int, end: int, expected: tuple[str, int, int]
) -> None:
    assert marked(line, start, end, 40) == expected


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 300), st.integers(10, 80))
def test_a_marked_line_fits_and_holds_its_mark(line: str, start: int, more: int, room: int) -> None:
    text, left, right = marked(line, start, start + more, room)
    assert width_of(text) <= room
    assert 0 <= left < right <= max(room, left + 1)


def test_a_very_long_line_is_cut_around_its_mark() -> None:
    line = "x" * 5_000_000 + "HERE" + "y" * 5_000_000
    text, left, right = marked(line, 5_000_000, 5_000_004, 60)
    assert text[left:right] == "HERE"
    assert text.startswith("…")
    assert text.endswith("…")


@given(st.text("ab\n\r\u2028\x0b", max_size=30))
def test_lines_end_where_rdf_says_they_do(text: str) -> None:
    lines = re.split(r"\r\n|\r|\n", text)
    wanted = set(range(1, len(lines) + 1))
    assert lines_of(text, wanted) == dict(enumerate(lines, 1))
    assert lines_of(text, {len(lines) + 1}) == {}


@given(texts, st.integers(20, 60))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    text = text.replace("##[", "").replace("::", "")
    joined = "".join(line.strip(" ") for line in wrapped(text, width, "  "))
    assert joined.replace(" ", "") == text.replace(" ", "")


# --- json ------------------------------------------------------------------------------------


def test_json_is_what_the_schema_says() -> None:
    schema = json.loads(resource("report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(shown(REPORT, "json"))
    validator.validate(document)
    validator.validate(json.loads(shown(Report(), "json")))
    assert not validator.is_valid({**document, "version": 2})
    document["findings"][0]["location"]["line"] = 0
    assert not validator.is_valid(document)


def test_everything_in_json_is_described() -> None:
    schema = json.loads(resource("report.schema.json").read_text("utf-8"))

    def look(value: Any, part: Any) -> None:
        part = part["oneOf"][0] if "oneOf" in part else part
        part = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        if isinstance(value, dict):
            assert set(part["required"]) == set(part["properties"]) == set(value)
            for key, inner in value.items():
                look(inner, part["properties"][key])
        elif isinstance(value, list):
            for inner in value:
                look(inner, part["items"])

    look(json.loads(shown(REPORT, "json")), schema)


def test_json_tells_all() -> None:
    document = json.loads(shown(REPORT, "json"))
    assert document["summary"] == {
        "violation": 5, "warning": 1, "info": 0, "rules": 97, "files": 31, "triples": 9812,
        "engine": "pyshacl", "waived": 1, "heldBack": 3,
    }  # fmt: skip
    assert document["notRun"][0] == {"rule": "quoted-share", "reason": "text not present"}
    found = {finding["rule"]: finding for finding in document["findings"]}
    assert found["does-not-parse"]["location"] == {
        "path": "data/works/rivers.ttl", "line": 3, "column": 3, "endLine": 3, "endColumn": 17,
    }  # fmt: skip
    assert found["claim-position"]["value"] == '"eleven"'
    assert found["claim-position"]["label"] == NAME
    assert found["term-unknown"]["replacement"] == "skos:prefLabel"
    assert found["term-unknown"]["help"] == "https://w3id.org/mesokg/rules#term-unknown"
    assert found["evidence-core"]["causes"][0]["causes"][1]["path"] == f"<{MESO}end>"
    assert document["waived"][0]["reason"] == "the old name is on purpose"


# --- sarif -----------------------------------------------------------------------------------

ODD = (
    Finding("ex:Shape", Severity.INFO, "[x](http://evil) {0} {{1}} \x1b \ud800",
            location=Location("a dir/ü#x?.ttl", 3)),
    Finding("http://other.org/a b", Severity.VIOLATION, "m", location=Location("a\udcff", 3, 4)),
    Finding("mojibake", Severity.VIOLATION, "in nobody's file", '"a literal"',
            location=Location("mesokg:ontology/x.ttl", 3, 4)),
    Finding("empty-input", Severity.VIOLATION, "there is nothing to check"),
    Finding("below-root", Severity.INFO, "m", location=Location("/srv/kg/data/x.ttl", 3)),
)  # fmt: skip


def sarif(report: Report, **options: Any) -> Any:
    return json.loads(shown(report, "sarif", rules=RULES, root="/srv/kg", **options))


def results(report: Report, **options: Any) -> list[Any]:
    found: list[Any] = sarif(report, **options)["runs"][0]["results"]
    return found


def test_sarif_has_rules_places_and_fixes() -> None:
    run = sarif(REPORT)["runs"][0]
    driver = run["tool"]["driver"]
    names = [rule["id"] for rule in driver["rules"]]
    assert names == sorted({*RULES, *(f.rule for f in FIVE), "quoted-share"})
    rule = driver["rules"][names.index("claim-core")]
    assert rule["name"] == "ClaimCore"
    assert rule["help"]["text"] == "Why it is so. Give (value)."
    assert rule["helpUri"] == "https://w3id.org/mesokg/rules#claim-core"
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert [names[result["ruleIndex"]] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    by_rule = {result["ruleId"]: result for result in run["results"]}
    place = by_rule["evidence-core"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "data/articles/tea.ttl", "uriBaseId": "%SRCROOT%"
    }  # fmt: skip
    assert place["region"] == {"startLine": 8, "startColumn": 17, "endLine": 9, "endColumn": 43}
    change = by_rule["term-unknown"]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["insertedContent"] == {"text": "skos:prefLabel"}
    assert "mesokg:" not in json.dumps(by_rule["claim-core"]["message"])
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [note["descriptor"]["id"] for note in notes] == [
        "not-run", "not-run", "held-back", "waived"
    ]  # fmt: skip


def test_sarif_gives_every_result_a_file_of_the_repository() -> None:
    places = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]
        for result in results(Report.of(ODD), fallback="conf/mesokg.toml")
    }
    uris = {rule: place["artifactLocation"]["uri"] for rule, place in places.items()}
    assert uris == {
        "ex:Shape": "a%20dir/%C3%BC%23x%3F.ttl",
        "http://other.org/a b": "a%FF",
        "mojibake": "conf/mesokg.toml",
        "empty-input": "conf/mesokg.toml",
        "below-root": "data/x.ttl",
    }
    assert all(place["region"]["startLine"] >= 1 for place in places.values())


@pytest.mark.parametrize("format", ["text", "sarif", "junit", "github", "turtle"])
def test_a_project_in_a_folder_of_its_repository(format: str) -> None:
    files = {"kg/data/x.ttl", "kg/mesokg.toml", "kg/-", "kg/mesokg:o/x.ttl", "kg//abs/x.ttl"}
    found = [
        Finding("a", Severity.INFO, path, location=Location(path, 1))
        for path in ("data/x.ttl", "-", "mesokg:o/x.ttl", "/abs/x.ttl")
    ]
    text = shown(Report.of(found), format, folder="kg/", source=None)
    wanted = {"kg/data/x.ttl", *(["kg/mesokg.toml"] if format == "sarif" else [])}
    assert {file for file in files if file in text} == wanted


def test_sarif_fingerprints_survive_unrelated_edits() -> None:
    def prints(shift: int) -> list[str]:
        found = [
            Finding("a", Severity.INFO, "m", CLAIM, location=tea(n + shift, 1)) for n in (3, 5, 9)
        ]
        return [result["partialFingerprints"]["mesokg/v1"] for result in results(Report.of(found))]

    assert prints(0) == prints(40)
    assert len(set(prints(0))) == 3


def test_sarif_shows_what_is_waived_only_when_asked() -> None:
    waived = [Waived(FIVE[1], "known", "config"), Waived(FIVE[2], "here", "inline")]
    report = Report.of([FIVE[0]], waived=waived)
    assert len(results(report)) == 1
    suppressions = [r["suppressions"][0] for r in results(report, waived=True)[1:]]
    assert suppressions == [
        {"kind": "external", "status": "accepted", "justification": "known"},
        {"kind": "inSource", "status": "accepted", "justification": "here"},
    ]


def test_sarif_keeps_the_worst_of_too_many() -> None:
    found = many(4000, 9, Severity.INFO) + [
        Finding("z", Severity.VIOLATION, f"m{n}", location=Location("z.ttl", n + 1))
        for n in range(3000)
    ]
    run = sarif(Report.of(found))["runs"][0]
    levels = [result["level"] for result in run["results"]]
    assert levels == ["error"] * 3000 + ["note"] * 2000
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == (
        "2,000 findings, the mildest, were left out: viewers show no more."
    )


def test_sarif_is_valid_by_the_official_schema(testdata: Path) -> None:
    schema = json.loads((testdata / "conformance/sarif-schema-2.1.0.json").read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for report in (REPORT, Report.of([*FIVE, *ODD]), Report()):
        validator.validate(sarif(report, waived=True))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the multitool is a program for Linux")
def test_sarif_passes_the_rules_of_github(root: Path, tmp_path: Path) -> None:
    tool = root / "tests/js/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
    if not tool.exists():
        pytest.skip(f"no {tool.relative_to(root)}: run npm ci in tests/js")
    tool.chmod(0o755)  # npm's scripts, which would do this, are off
    (tmp_path / "real.ttl").write_text(f"{TEA}<a b> .\nclaim:x a meso:Clam .", "utf-8")
    real, data = validate_files([tmp_path / "real.ttl"])
    assert real.findings
    written = render(real, "sarif", data.prefixes, rules=rules(), root=str(tmp_path))
    assert complaints(tool, tmp_path, written) == []
    report = Report.of([*FIVE, *ODD], not_run=REPORT.not_run, waived=REPORT.waived)
    text = shown(report, "sarif", rules=RULES, root="/srv/kg", waived=True)
    assert complaints(tool, tmp_path, text) == []
    assert complaints(tool, tmp_path, re.sub(r'"startLine": \d+', '"startLine": 0', text))


def complaints(tool: Path, folder: Path, text: str) -> list[str]:
    """The errors and warnings of the multitool; it looks up addresses, so it gets no network."""
    (folder / "report.sarif").write_text(text, "utf-8")
    nowhere = "http://127.0.0.1:9"
    outcome = subprocess.run(
        [tool, "validate", folder / "report.sarif", "--rule-kind", "Sarif;Gh"],
        capture_output=True, text=True, check=False, cwd=folder,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "ALL_PROXY": nowhere,
             "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "HOME": str(folder)},
    )  # fmt: skip
    assert "Analysis completed successfully." in outcome.stdout, outcome.stdout + outcome.stderr
    return re.findall(r": (?:error|warning) .*", outcome.stdout)


# --- junit -----------------------------------------------------------------------------------


def cases(report: Report, **options: Any) -> dict[tuple[str, str], junitparser.TestCase]:
    suites = junitparser.JUnitXml.fromstring(
        shown(report, "junit", rules=RULES, **options).encode()
    )
    found: dict[tuple[str, str], junitparser.TestCase] = {
        (suite.name, case.name): case for suite in suites for case in suite
    }
    assert suites.tests == len(found)
    return found


def test_junit_has_a_test_for_each_rule_and_file() -> None:
    found = cases(REPORT)
    claim = found["data/articles/tea.ttl", "claim-core"]
    assert claim.result[0].message == "Give exactly one meso:kind. (and 1 more)"
    assert claim.result[0].type == "violation"
    assert "data/articles/tea.ttl:11:1: violation[claim-core]" in claim.result[0].text
    assert (claim._elem.get("file"), claim._elem.get("line")) == ("data/articles/tea.ttl", "5")
    assert found["rules", "passed"].is_passed
    assert found["rules", "text-hash"].is_skipped
    assert found["rules", "quoted-share"].result[0].message == "text not present"


@pytest.mark.parametrize(
    ("fail_on", "failed"),
    [(None, 0), (Severity.VIOLATION, 4), (Severity.WARNING, 5), (Severity.INFO, 5)],
)
def test_junit_fails_when_the_run_does(fail_on: Severity | None, failed: int) -> None:
    found = cases(REPORT, fail_on=fail_on)
    assert sum(not (case.is_passed or case.is_skipped) for case in found.values()) == failed
    mild = found["data/articles/tea.ttl", "evidence-core"]
    told = mild.system_out if mild.is_passed else mild.result[0].text
    assert "A line of evidence" in told


def test_junit_never_passes_by_testing_nothing() -> None:
    def only(report: Report) -> junitparser.TestCase:
        suites = junitparser.JUnitXml.fromstring(shown(report, "junit").encode())
        (case,) = (case for suite in suites for case in suite)
        return case

    assert not only(Report()).is_passed
    assert only(Report(rules=3)).is_passed


# --- github ----------------------------------------------------------------------------------


def test_github_annotates_the_lines() -> None:
    lines = shown(REPORT, "github", rules=RULES).splitlines()
    assert lines[0] == (
        "::error file=data/works/rivers.ttl,line=3,col=3,endColumn=17,title=does-not-parse::"
        "expected . or ; before dcterms:issued%0Ahelp: end the line before with ; or ."
    )
    assert lines[1].startswith(
        "::error file=data/articles/tea.ttl,line=5,col=1,endColumn=12,"
        "title=claim-core%3A A claim is complete::Give exactly one meso:kind.%0A"
    )
    assert lines[5].startswith("::warning file=data/articles/tea.ttl,line=8,endLine=9,title=")
    assert lines[6] == TEXT.splitlines()[-1]


def test_github_shows_the_worst_and_counts_the_rest() -> None:
    def counts(*numbers: int) -> tuple[list[str], str]:
        found = [
            Finding("a", severity, f"m{n}")
            for severity, number in zip(sorted(Severity, reverse=True), numbers, strict=True)
            for n in range(number)
        ]
        lines = shown(Report.of(found), "github").splitlines()[:-1]
        levels = [line.split(" ")[0][2:] for line in lines]
        return levels, lines[-1]

    levels, last = counts(12, 3, 40)
    assert levels == ["error"] * 10 + ["warning"] * 3 + ["notice"] * 10
    assert last.startswith("::notice title=mesokg::33 more findings")
    assert counts(10, 10, 10)[0].count("notice") == 10
    assert counts(10, 10, 9)[1].endswith("::m8")
    assert counts(0, 11, 0)[0] == ["warning"] * 10 + ["notice"]


def test_github_data_cannot_become_a_command() -> None:
    evil = "a\n::error::b\r::c%0A::d,file=x:y"
    finding = Finding(evil, Severity.INFO, evil, CLAIM, location=Location(evil, 3), fix=evil)
    text, last, *more = shown(Report.of([finding], engine=evil), "github").splitlines()
    assert not more
    assert last.startswith("0 violations")
    head = text.split("::")[1]
    assert head.startswith(
        "notice file=a\\n%3A%3Aerror%3A%3Ab\\u000D%3A%3Ac%250A%3A%3Ad%2Cfile=x%3Ay,"
    )
    assert "%0A::d" not in text
    assert "%250A" in text


# --- summary ---------------------------------------------------------------------------------


def test_summary_names_the_worst() -> None:
    page = summary(
        REPORT, PREFIXES, labels=LABELS, rules=RULES,
        link=lambda place: f"https://host/{place.path}#L{place.line}",
    )  # fmt: skip
    assert page.startswith(
        "### ❌ mesokg: failed\n\n**5 violations, 1 warning, 0 infos**: 97 rules"
    )
    assert (
        "| 2 | ❌ violation | [claim\\-core](https://w3id.org/mesokg/rules#claim-core) "
        "| A claim is complete |"
    ) in page
    assert "[data/articles/tea.ttl:7:17](https://host/data/articles/tea.ttl#L7)" in page
    assert "- not run: quoted\\-share, text\\-hash" in page
    warned = summary(Report.of([FIVE[5]]), PREFIXES)
    assert warned.startswith("### ⚠️ mesokg: passed")
    assert summary(Report.of([FIVE[5]]), PREFIXES, fail_on=Severity.WARNING).startswith(
        "### ⚠️ mesokg: failed"
    )


def test_summary_stays_small_and_plain() -> None:
    evil = "<img src=x> [a](http://evil) ![b](http://evil) `c` | # d @someone http://evil"
    found = [Finding(f"r{n}|<b>", Severity.INFO, evil * 200 + str(n)) for n in range(3000)]
    page = summary(Report.of(found), Prefixes())
    assert len(page.encode()) < 100_000
    assert "… and 2,950 more rules" in page
    assert "… and 2,980 more findings" in page
    assert "<img" not in page
    assert "](http://evil" not in page
    assert "://evil" not in page


# --- turtle ----------------------------------------------------------------------------------

SHAPES = """\
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://example.org/> .

ex:PersonShape a sh:NodeShape ; sh:targetClass ex:Person ;
  sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:datatype xsd:string ] ;
  sh:property [ sh:path ( ex:knows [ sh:inversePath ex:likes ] ) ; sh:maxCount 0 ] ;
  sh:property [ sh:path [ sh:alternativePath ( ex:mail [ sh:zeroOrMorePath ex:phone ] ) ] ;
    sh:nodeKind sh:Literal ; sh:severity sh:Warning ] ;
  sh:property [ sh:path [ sh:oneOrMorePath ( ex:a ex:b ) ] ; sh:in ( 1 2 ) ; sh:severity sh:Info ] ;
  sh:or ( [ sh:property [ sh:path ex:age ; sh:minCount 1 ] ] ex:BornShape ) .
ex:BornShape a sh:NodeShape ; sh:property [ sh:path ex:born ; sh:minCount 1 ] .
"""
DATA = """\
@prefix ex: <http://example.org/> .
ex:a a ex:Person ; ex:name 7, "x"@en ; ex:knows ex:b ; ex:mail ex:m ; ex:phone "1" .
ex:c ex:likes ex:b .
ex:d a ex:Person ; ex:name "d" ; ex:age 3 ; ex:a [ ex:b 1, 3.50 ] .
"""
_S = rdflib.Namespace(SH)


def path_of(node: Any, graph: rdflib.Graph) -> str:
    """The structure of a property path in a graph, as a text to compare."""
    if isinstance(node, rdflib.URIRef):
        return node.n3()
    if graph.value(node, rdflib.RDF.first) is not None:
        return f"[{', '.join(path_of(item, graph) for item in Collection(graph, node))}]"
    ((predicate, inner),) = graph.predicate_objects(node)
    return f"{predicate.n3()}({path_of(inner, graph)})"


def told(graph: rdflib.Graph) -> set[tuple[str, ...]]:
    """What the results of a report say, each as a tuple to compare."""
    found: set[tuple[str, ...]] = set()
    for result in graph.objects(None, _S.result):
        path = graph.value(result, _S.resultPath)
        value = graph.value(result, _S.value)
        found.add(
            (
                _n3(graph.value(result, _S.focusNode)),
                path_of(path, graph) if path is not None else "",
                _n3(value),
                _n3(graph.value(result, _S.sourceConstraintComponent)),
                _n3(graph.value(result, _S.resultSeverity)),
            )
        )
    return found


def _n3(term: Any) -> str:
    return "" if term is None or isinstance(term, rdflib.BNode) else str(term.n3())


def test_turtle_says_what_pyshacl_says(tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text(SHAPES, "utf-8")
    (tmp_path / "data.ttl").write_text(DATA, "utf-8")
    data, shapes = (rdflib.Graph().parse(data=text, format="turtle") for text in (DATA, SHAPES))
    conforms, theirs, _ = pyshacl.validate(data, shacl_graph=shapes)
    assert not conforms
    report, dataset = validate_files(
        [tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"], engine="pyshacl"
    )
    ours = rdflib.Graph().parse(data=render(report, "turtle", dataset.prefixes), format="turtle")
    assert isinstance(theirs, rdflib.Graph)
    assert told(ours) == told(theirs)
    assert len(told(ours)) >= 7
    details = [ours.value(d, _S.resultPath) for d in ours.objects(None, _S.detail)]
    assert {_n3(path) for path in details} >= {
        "<http://example.org/age>", "<http://example.org/born>"
    }  # fmt: skip


def test_turtle_reports_as_the_specification_wants() -> None:
    """SHACL, 3.6: what a report and a result must have, for rules that are no shapes, too."""
    graph = rdflib.Graph().parse(data=shown(REPORT, "turtle"), format="turtle")
    shapes = rdflib.Graph().parse(
        format="turtle",
        data="""
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        [] a sh:NodeShape ; sh:targetClass sh:ValidationReport ;
          sh:property [ sh:path sh:conforms ; sh:minCount 1 ; sh:maxCount 1 ;
            sh:datatype xsd:boolean ], [ sh:path sh:result ; sh:class sh:ValidationResult ] .
        [] a sh:NodeShape ; sh:targetClass sh:ValidationResult ;
          sh:property [ sh:path sh:focusNode ; sh:minCount 1 ; sh:maxCount 1 ],
            [ sh:path sh:resultPath ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ],
            [ sh:path sh:value ; sh:maxCount 1 ],
            [ sh:path sh:resultSeverity ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ],
            [ sh:path sh:sourceConstraintComponent ; sh:minCount 1 ; sh:maxCount 1 ;
              sh:nodeKind sh:IRI ],
            [ sh:path sh:sourceShape ; sh:maxCount 1 ],
            [ sh:path sh:resultMessage ; sh:or ( [ sh:datatype xsd:string ] ) ],
            [ sh:path sh:detail ; sh:class sh:ValidationResult ] .
        """,
    )
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes)
    assert conforms, text
    (node,) = graph.subjects(rdflib.RDF.type, _S.ValidationReport)
    assert graph.value(node, _S.conforms) == rdflib.Literal(False)
    assert len(list(graph.objects(node, _S.result))) == len(REPORT.findings)
    ours = rdflib.Namespace("https://w3id.org/mesokg/report#")
    assert graph.value(node, ours.heldBack) == rdflib.Literal(3)
    (broken,) = (
        r for r in graph.objects(node, _S.result)
        if graph.value(r, ours.rule) == rdflib.Literal("does-not-parse")
    )  # fmt: skip
    assert graph.value(broken, ours.line) == rdflib.Literal(3)
    assert graph.value(broken, _S.sourceShape) == rdflib.URIRef(
        "https://w3id.org/mesokg/rules#does-not-parse"
    )


PREFIXED = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e/> .\n"
SHACL = rdflib.Namespace("http://www.w3.org/ns/shacl#")
HOLDER = rdflib.URIRef("https://w3id.org/mesokg/report#holder")
EX = rdflib.Namespace("http://e/")


def reported(data: str, shapes: str) -> rdflib.Graph:
    """What the Turtle report says of data, after it went through the cache's form, too."""
    dataset = read(PREFIXED + data)
    found = validate_shapes(
        dataset.default_graph, read(PREFIXED + shapes).default_graph, prefixes=dataset.prefixes
    )
    report = Report.of(found)
    kept = report_from(json.loads(json.dumps(from_report(report))))
    assert [f.original for f in kept.findings] == [f.original for f in report.findings]
    return rdflib.Graph().parse(data=render(kept, "turtle", dataset.prefixes), format="turtle")


def test_turtle_keeps_severities_of_ones_own() -> None:
    shapes = """e:s sh:targetNode e:a ; sh:property
        [ sh:path e:p ; sh:minCount 1 ; sh:severity e:Grave ] ."""
    assert set(reported("e:a e:q 1 .", shapes).objects(None, SHACL.resultSeverity)) == {EX.Grave}


def test_turtle_tells_a_severity_that_a_project_has_set() -> None:
    own = Original("http://e/Grave")
    finding = Finding("r", Severity.WARNING, "m", "<http://e/a>", original=own)
    assert "sh:resultSeverity sh:Warning" in shown(Report.of([finding]), "turtle")


def test_turtle_holds_as_many_results_as_there_are() -> None:
    shapes = """e:s sh:targetNode e:a ;
        sh:property [ sh:path e:p ; sh:minCount 1 ] , [ sh:path e:p ; sh:minCount 1 ] ."""
    graph = reported("e:a e:q 1 .", shapes)
    assert len(list(graph.objects(None, SHACL.result))) == 2
    once = Finding("r", Severity.WARNING, "m", component="c")
    (twice,) = Report.of([once, once]).findings
    assert twice.original.times == 2
    assert Report.of([twice]).findings[0].original.times == 2
    rule = Finding("r", Severity.WARNING, "m")
    assert Report.of([rule, rule]).findings[0].original.times == 1


def test_turtle_tells_blank_nodes_as_such() -> None:
    shapes = """e:s sh:targetObjectsOf e:q ; sh:class e:C ;
        sh:property [ sh:path e:r ; sh:nodeKind sh:IRI ] , [ sh:path e:n ; sh:class e:C ] ."""
    graph = reported("e:a e:q [ e:r [] ; e:n 5 ] .", shapes)
    values = {}
    for result in graph.objects(None, SHACL.result):
        focus, value, path, holder = (
            graph.value(result, name)
            for name in (SHACL.focusNode, SHACL.value, SHACL.resultPath, HOLDER)
        )
        assert isinstance(focus, rdflib.BNode)
        assert holder == EX.a
        assert (value == focus) is (path is None)
        values[path] = value
    assert len(values) == 3
    assert isinstance(values[EX.r], rdflib.BNode)
    assert values[EX.n] == rdflib.Literal(5)


@pytest.mark.parametrize("severity", Severity)
def test_turtle_conforms_only_without_any_result(severity: Severity) -> None:
    """SHACL, 3.6.1: true if and only if there is no result, of whatever severity."""
    found = Report.of([Finding("a", severity, "m")])
    assert "sh:conforms false" in shown(found, "turtle")
    assert "sh:conforms true" in shown(
        Report.of([], waived=[Waived(FIVE[0], "r", "inline")]), "turtle"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("<http://e/a>", "<http://e/a>"),
        ("^<http://e/a>*", "inverse(zeroOrMore(<http://e/a>))"),
        ("(^<http://e/a>)+", "oneOrMore(inverse(<http://e/a>))"),
        ("<http://e/a>/(<http://e/b>|<http://e/c>)?", "[a, zeroOrOne(alternative([b, c]))]"),
        ("(<http://e/a>/<http://e/b>)*/<http://e/c>", "[zeroOrMore([a, b]), c]"),
        ("<http://e/a>|", None),
        ("(<http://e/a>", None),
        ("<http://e/a> or so", None),
        ("<http://e/a>…", None),
        ("(" * 500 + "<http://e/a>" + ")" * 500, None),
    ],
)
def test_turtle_writes_paths_as_shacl_does(path: str, expected: str | None) -> None:
    report = Report.of([Finding("a", Severity.INFO, "m", CLAIM, path)])
    graph = rdflib.Graph().parse(data=shown(report, "turtle"), format="turtle")
    (result,) = graph.objects(None, _S.result)
    node = graph.value(result, _S.resultPath)
    if expected is None:
        assert node is None
        return
    text = path_of(node, graph).replace(f"<{SH}", "").replace("Path>(", "(")
    if "[" in expected:
        text = text.replace("<http://e/", "").replace(">", "")
    assert text == expected
