from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from mesokg.errors import UsageError
from mesokg.project import resource
from mesokg.rendering import REPORT_FORMATS, render, show
from mesokg.report import Finding, Location, NotRun, Report, Severity
from mesokg.terms import Prefixes, project_prefixes
from strategies import HOSTILE, literals, texts

PREFIXES = project_prefixes("https://example.org/kg/")
CLAIM = "<https://example.org/kg/claim/tea-1>"
REPORT = Report.of(
    [
        Finding(
            "claim-core", Severity.VIOLATION, "Give exactly one meso:kind.", CLAIM,
            "<https://w3id.org/mesokg/ns#kind>", location=Location("data/articles/tea.ttl"),
            component="http://www.w3.org/ns/shacl#MinCountConstraintComponent",
            causes=(Finding("inner", Severity.INFO, "the inner reason"),),
        ),
        Finding(
            "literal-form", Severity.WARNING, "write 1", CLAIM, "<https://w3id.org/mesokg/ns#start>",
            '"01"^^<http://www.w3.org/2001/XMLSchema#integer>',
            location=Location("data/articles/tea.ttl"), fix="write it shorter",
        ),
        Finding(
            "does-not-parse", Severity.VIOLATION, "a dot was expected",
            location=Location("data/works/rivers.ttl", 12, 4),
        ),
        Finding("empty-input", Severity.VIOLATION, "there is nothing to check"),
    ],
    not_run=[NotRun("text-hash", "text not present"), NotRun("quoted-share", "text not present")],
    rules=97, files=31, triples=9812, engine="pyshacl",
)  # fmt: skip
TEXT = """\
data/articles/tea.ttl
  violation  claim-core  Give exactly one meso:kind.
             claim:tea-1 (Ginger tea eases knee pain, say many runners who …)
               meso:kind
               because: the inner reason
  warning    literal-form  write 1
             claim:tea-1 (Ginger tea eases knee pain, say many runners who …)
               meso:start "01"^^xsd:integer
             fix: write it shorter

data/works/rivers.ttl
  violation  12:4  does-not-parse  a dot was expected

in the whole graph
  violation  empty-input  there is nothing to check

not run, text not present: quoted-share, text-hash

3 violations, 1 warning, 0 infos: 97 rules, 31 files, 9,812 triples (pyshacl).
"""


def in_text(report: Report, **options: Any) -> str:
    return render(report, "text", PREFIXES, **options)


def test_text_is_pleasant() -> None:
    name = "Ginger tea eases knee pain, say many runners who have tried it for long"
    assert in_text(REPORT, labels={CLAIM[1:-1]: name}) == TEXT


def test_lines_fit_a_terminal() -> None:
    long = Finding("claim-core", Severity.INFO, "word " * 60, CLAIM, fix="other " * 40)
    assert max(map(len, in_text(Report.of([long])).splitlines())) <= 80


def test_findings_that_say_the_same_stand_together() -> None:
    found = [
        Finding("claim-core", Severity.WARNING, "Name the article.", f"<https://example.org/{n}>")
        for n in range(3)
    ]
    shown = in_text(Report.of(found))
    assert shown.count("Name the article.") == 1
    assert shown.count("<https://example.org/") == 3


def test_colour_only_when_asked_for() -> None:
    plain, coloured = in_text(REPORT), in_text(REPORT, color=True)
    assert "\x1b[" not in plain
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_nothing_found_is_said() -> None:
    assert in_text(Report.of([])) == (
        "0 violations, 0 warnings, 0 infos: 0 rules, 0 files, 0 triples.\n"
    )


@given(texts, literals)
def test_hostile_data_cannot_reach_the_terminal(text: str, literal: object) -> None:
    finding = Finding(text, Severity.INFO, text, CLAIM, text, str(literal), fix=text)
    report = Report.of([finding], not_run=[NotRun("rule", text)])
    shown = in_text(report, labels={CLAIM[1:-1]: text})
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert json.loads(render(report, "json", PREFIXES))["findings"][0]["message"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_show_writes_out_what_cannot_be_seen(text: str) -> None:
    shown = show(json.dumps(text, ensure_ascii=False), PREFIXES)
    assert "\x1b" not in shown
    assert len(shown) < 400


def test_show_shortens() -> None:
    assert show(f'"{"x" * 100}"@en', PREFIXES) == '"' + "x" * 58 + '…"@en'
    assert show("^<https://w3id.org/mesokg/ns#evidence>", PREFIXES) == "^meso:evidence"
    xsd = "http://www.w3.org/2001/XMLSchema#"
    assert show(f'"-7"^^<{xsd}integer>', PREFIXES) == "-7"
    assert show(f'"07"^^<{xsd}integer>', PREFIXES) == '"07"^^xsd:integer'
    assert show(f'"62.8"^^<{xsd}decimal>', PREFIXES) == "62.8"
    assert show("<https://elsewhere.org/x>", Prefixes()) == "<https://elsewhere.org/x>"


# --- the JSON form ---------------------------------------------------------------------------


def conforms(value: object, schema: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Whether a value fits the part of JSON Schema that our schema uses."""
    if "$ref" in schema:
        return conforms(value, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(isinstance(value, kinds[kind]) for kind in wanted):
        return False
    if isinstance(value, dict):
        # Nothing may be missing, and nothing may go undescribed.
        assert set(schema["required"]) == set(schema["properties"]) == set(value)
        return all(conforms(value[key], part, whole) for key, part in schema["properties"].items())
    if isinstance(value, list):
        return all(conforms(item, schema["items"], whole) for item in value)
    return not isinstance(value, int) or value >= schema.get("minimum", value)


def test_json_is_what_the_schema_says() -> None:
    schema = json.loads(resource("report.schema.json").read_text("utf-8"))
    document = json.loads(render(REPORT, "json", PREFIXES))
    assert conforms(document, schema, schema)
    assert not conforms({**document, "version": 2}, schema, schema)
    document["findings"][0]["severity"] = "fatal"
    assert not conforms(document, schema, schema)


def test_json_tells_all() -> None:
    document = json.loads(render(REPORT, "json", PREFIXES))
    assert document["summary"]["violation"] == 3
    assert document["notRun"][0] == {"rule": "quoted-share", "reason": "text not present"}
    found = {finding["rule"]: finding for finding in document["findings"]}
    assert found["does-not-parse"]["location"] == {
        "path": "data/works/rivers.ttl", "line": 12, "column": 4
    }  # fmt: skip
    assert found["literal-form"]["value"] == '"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert found["claim-core"]["causes"][0]["message"] == "the inner reason"
    assert found["empty-input"]["location"] is None


def test_unknown_format() -> None:
    with pytest.raises(UsageError) as caught:
        render(REPORT, "jsno", PREFIXES)
    assert (caught.value.code, caught.value.hint) == ("unknown-format", "did you mean json?")
    assert REPORT_FORMATS == ("json", "text")
