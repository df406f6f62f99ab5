"""Which findings count: severities in force, waivers of both kinds, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.configuration import NEVER_WAIVED, Waiver
from mesokg.project import Project
from mesokg.report import Finding, Location, Severity
from mesokg.waivers import MARK, WAIVER_RULES, Inline, Settled, inline_waivers, settle

BASE: Final = "https://example.org/kg/"
TODAY: Final = date(2030, 6, 15)
YESTERDAY: Final = date(2030, 6, 14)
LABEL: Final = "<http://www.w3.org/2000/01/rdf-schema#label>"
PROJECT: Final = Project(Path("/nowhere"), Path("/nowhere/mesokg.toml"), "tea", "Tea", BASE)


def finding(
    rule: str = "iri-form",
    file: str = "data/a.ttl",
    line: int = 0,
    *,
    focus: str = f"<{BASE}claim/a>",
    path: str = LABEL,
    value: str = '"tea"@en',
    end: int = 0,
) -> Finding:
    place = Location(file, line, 1, end, 9) if file else None
    return Finding(rule, Severity.VIOLATION, "m", focus, path, value, place)


def project(*waivers: Waiver, **severities: object) -> Project:
    return replace(PROJECT, waivers=waivers, **severities)  # type: ignore[arg-type]  # as tests need


def settled(
    findings: Iterable[Finding], *waivers: Waiver, text: str = "", complete: bool = True
) -> Settled:
    return settle(
        findings,
        project(*waivers),
        inline_waivers("data/a.ttl", text),
        today=TODAY,
        known={"iri-form", "claim-core"},
        complete=complete,
    )


def said(result: Settled) -> list[str]:
    """The rules and messages of the findings about waivers."""
    own = {rule.id for rule in WAIVER_RULES}
    return [f"{f.rule}: {f.message}" for f in result.findings if f.rule in own]


# --- severities ------------------------------------------------------------------------------


def test_the_last_glob_that_fits_counts_then_the_rule() -> None:
    place = project(
        severity={"iri-form": Severity.WARNING, "waiver-unused": Severity.INFO},
        severities=(
            ("data/**", {"iri-form": Severity.INFO}),
            ("data/new/*.ttl", {"iri-form": Severity.VIOLATION}),
        ),
    )
    files = ("other.ttl", "data/a.ttl", "data/new/a.ttl", "data/new/x/a.ttl", "")
    result = settle([finding(file=file) for file in files], place, today=TODAY)
    assert [f.severity.label for f in result.findings] == [
        "warning",
        "info",
        "violation",
        "info",
        "warning",
    ]
    waiver = Waiver("iri-form", "r", line=3)
    (unused,) = settle([], replace(place, waivers=(waiver,)), today=TODAY).findings
    assert unused.severity is Severity.INFO, "what is found about waivers has a severity too"


# --- waivers in the configuration --------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"focus": "claim:a"},
        {"focus": f"{BASE}claim/a"},
        {"focus": f"<{BASE}claim/a>"},
        {"path": "rdfs:label"},
        {"value": "tea"},
        {"value": '"tea"@en'},
        {"file": "data/a.ttl"},
        {"file": "**/a.*"},
        {"file": "**"},
        {"file": "data/**"},
        {"focus": "claim:a", "path": "rdfs:label", "value": "tea", "file": "d?ta/[a-c].ttl"},
    ],
)
def test_a_waiver_means_what_has_all_that_it_says(given: dict[str, Any]) -> None:
    result = settled([finding()], Waiver("iri-form", "theirs", **given))
    assert result.findings == ()
    (waived,) = result.waived
    assert (waived.finding, waived.reason, waived.kind) == (finding(), "theirs", "config")


@pytest.mark.parametrize(
    "given",
    [
        {"rule": "claim-core"},
        {"focus": "claim:b"},
        {"focus": "a"},
        {"path": "rdfs:comment"},
        {"value": "te"},
        {"value": '"tea"'},
        {"value": '"tea"@en-GB'},
        {"file": "data"},
        {"file": "*.ttl"},
        {"file": "data/*/a.ttl"},
        {"file": "data/A.ttl"},
        {"focus": "claim:a", "path": "rdfs:comment"},
    ],
)
def test_a_waiver_means_nothing_else(given: dict[str, Any]) -> None:
    result = settled([finding()], Waiver(**{"rule": "iri-form", "reason": "theirs", **given}))
    assert result.waived == ()
    assert result.findings[0] == finding()
    (message,) = said(result)
    assert message.startswith(f"waiver-unused: the waiver of {given.get('rule', 'iri-form')}")


def test_values_of_all_kinds() -> None:
    year = '"2012"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    quoted = r'"say \"tea\""'
    for value, text in ((year, "2012"), (quoted, 'say "tea"'), (f"<{BASE}work/a>", "work:a")):
        assert settled([finding(value=value)], Waiver("iri-form", "r", value=text)).waived


def test_a_finding_in_no_file_is_in_no_glob() -> None:
    assert not settled([finding(file="")], Waiver("iri-form", "r", file="**")).waived
    assert settled([finding(file="")], Waiver("iri-form", "r")).waived


def test_a_waiver_holds_until_its_day_and_that_day() -> None:
    result = settled([finding()], Waiver("iri-form", "r", until=TODAY))
    assert result.waived[0].until == "2030-06-15"
    result = settled([finding()], Waiver("iri-form", "r", until=YESTERDAY, line=7))
    assert result.waived == ()
    assert said(result) == [
        "waiver-expired: the waiver of iri-form held until 2030-06-14; "
        "1 finding of the rule counts again"
    ]
    assert result.findings[1].location == Location("mesokg.toml", 7)
    assert settle([finding()], project(Waiver("iri-form", "r", until=YESTERDAY))).findings == ()
    gone = settled([], Waiver("iri-form", "r", until=YESTERDAY))
    assert said(gone)[0].endswith("its findings are gone")


def test_a_waiver_that_has_run_out_leaves_the_others() -> None:
    waivers = (Waiver("iri-form", "old", until=YESTERDAY), Waiver("iri-form", "new"))
    result = settled([finding()], *waivers)
    assert [waived.reason for waived in result.waived] == ["new"]
    assert [f.rule for f in result.findings] == ["waiver-expired"]


def test_a_waiver_without_use_says_what_the_rule_finds_elsewhere() -> None:
    waiver = Waiver("iri-form", "r", focus="claim:b", file="data/*", line=9)
    assert said(settled([], waiver)) == [
        "waiver-unused: the waiver of iri-form (claim:b, data/*) waives nothing"
    ]
    result = settled([finding(), finding(line=3)], waiver)
    assert said(result)[0].endswith("; 2 findings of the rule are about something else")
    assert result.findings[-1].location == Location("mesokg.toml", 9)
    assert result.findings[-1].fix


def test_nobody_knows_that_a_waiver_has_no_use_when_not_all_was_checked() -> None:
    waiver = Waiver("iri-form", "r")
    assert settled([], waiver, complete=False).findings == ()
    assert settle([], project(waiver), today=TODAY, not_run={"iri-form"}).findings == ()
    late = replace(waiver, until=YESTERDAY)
    assert [f.rule for f in settled([], late, complete=False).findings] == ["waiver-expired"]


def test_a_waiver_names_a_rule_that_there_is() -> None:
    result = settled([finding("iri-from")], Waiver("iri-from", "r"))
    assert said(result) == ["waiver-unknown-rule: there is no rule iri-from"]
    assert result.findings[-1].fix == "did you mean iri-form?"
    assert result.findings[-1].severity is Severity.VIOLATION


@pytest.mark.parametrize("rule", sorted(NEVER_WAIVED))
def test_what_nobody_may_waive(rule: str) -> None:
    result = settled(
        [finding(rule, line=1)],
        Waiver(rule, "r"),
        text=f"<a> <b> <c> . # mesokg: ignore {rule} - r",
    )
    assert result.waived == ()
    complaint = f"waiver-unknown-rule: findings of {rule} cannot be waived"
    own = said(result)
    assert own.count(complaint) == 2


# --- comments --------------------------------------------------------------------------------


def only(text: str, name: str = "a.ttl") -> Inline:
    (found,) = inline_waivers(name, text)
    return found


def lines(text: str, name: str = "a.ttl") -> tuple[int, int]:
    found = only(text, name)
    return found.first, found.last


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# mesokg: ignore iri-form - theirs", ("iri-form",), "theirs"),
        ("#mesokg:ignore iri-form - theirs - and ours ", ("iri-form",), "theirs - and ours"),
        ("## mesokg: ignore a, b,c d - x", ("a", "b", "c", "d"), "x"),
        ("# mesokg: ignore a \N{EM DASH} x", ("a",), "x"),
        ("# mesokg: ignore ex:Shape <http://e/s> -- x", ("ex:Shape", "<http://e/s>"), "x"),
        ("# mesokg: ignore a, a - x", ("a",), "x"),
        ("# mesokg: ignore a", ("a",), ""),
        ("# mesokg: ignore a -", ("a",), ""),
        ("# mesokg: ignore - because", (), "because"),
        ("# mesokg: ignore", (), ""),
    ],
)
def test_what_a_comment_says(comment: str, rules: tuple[str, ...], reason: str) -> None:
    found = only(f"<a> <b> <c> . {comment}\n")
    assert (found.rules, found.reason) == (rules, reason)
    assert found.location == Location("a.ttl", 1, 15, 1, 15 + len(comment))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a> <b> <c> . # mesokg: ignored a - x",
        "<a> <b> <c> . # mesokg: ignore-all - x",
        "<a> <b> <c> . # see mesokg: ignore a - x",
        '<a> <b> "# mesokg: ignore a - x" .',
        '<a> <b> """\n# mesokg: ignore a - x\n""" .',
        "<a#mesokg:ignore> <b> <c> .",
    ],
)
def test_what_is_no_waiver(text: str) -> None:
    assert inline_waivers("a.ttl", text) == ()


@pytest.mark.parametrize("name", ["a.jsonld", "a.rdf", "a.sssom.tsv", "a", ".ttl"])
def test_formats_without_comments(name: str) -> None:
    assert inline_waivers(name, "# mesokg: ignore a - x\n") == ()


NOTE: Final = "# mesokg: ignore a - x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<a> <b> <c> ;\n  <d> <e> . {NOTE}\n<f> <g> <h> .", (2, 2)),
        (f"{NOTE}\n<a> <b> <c> ;\n  <d> <e> .\n<f> <g> <h> .", (2, 3)),
        (
            f"<f> <g> <h> .\n\n  {NOTE}\n\n# another\n  # and another\n<a> <b>\n\n[ <d> <e> ] .",
            (7, 9),
        ),
        (f"<a> <b> <c> ;\n  {NOTE}\n  <d> <e> ,\n <f> .", (3, 3)),
        (f"{NOTE}\n@prefix a:\n <http://e/> .\n<a> <b> <c> .", (2, 3)),
        (f"<a> <b> <c> .\n{NOTE}", (2, 2)),
        (f"{NOTE}\n# the end\n", (1, 1)),
        (f"{NOTE}\r\n<a> <b>\r\n<c> .\r\n", (2, 3)),
        (f"{NOTE}\n<a> <b> 1.5 . <c>\n<d> <e> .", (2, 2)),
        (f'{NOTE}\n<a> <b> """.\n.\u2028.""" .\n<c> <d> <e> .', (2, 3)),
        (f"{NOTE}\n<a> <b> ;;; nonsense\n", (2, 2)),
    ],
)
def test_which_lines_a_comment_speaks_of(text: str, expected: tuple[int, int]) -> None:
    assert lines(text) == expected


def test_other_formats() -> None:
    trig = f"<g> {{\n {NOTE}\n <a> <b>\n <c> .\n <d> <e> <f> }}"
    assert lines(trig, "a.trig") == (3, 4)
    assert lines(f"{NOTE}\n<g>\n{{ <a> <b>\n<c> . }}", "a.trig") == (2, 3)
    assert lines(f"{NOTE}\n<a:a> <a:b> <a:c> .\n", "a.nt") == (2, 2)
    assert lines(f"<a:a> <a:b> <a:c> <a:d> . {NOTE}\n", "a.nq") == (1, 1)
    assert lines(f"<a> <b>\n<c> . {NOTE}", "-") == (2, 2)
    query = f'SELECT * {{\n  {NOTE}\n  ?a a "#", <http://e/#b> ; # no\n FILTER(?a < 1) }} {NOTE}'
    assert [(i.first, i.last) for i in inline_waivers("q/a.rq", query)] == [(3, 3), (4, 4)]


def test_a_comment_waives_what_lies_on_its_lines() -> None:
    text = "<a> <b> <c> ;\n <d> <e> . # mesokg: ignore iri-form - theirs\n<f> <g> <h> ."
    inside = [finding(line=2), finding(line=1, end=2), finding(line=2, end=3)]
    outside = [finding(line=1), finding(line=3), finding(), finding(file="b.ttl", line=2)]
    result = settled([*inside, finding("claim-core", line=2), *outside], text=text)
    assert [w.finding for w in result.waived] == inside
    assert {(w.kind, w.reason) for w in result.waived} == {("inline", "theirs")}
    assert list(result.findings) == [finding("claim-core", line=2), *outside]


def test_the_nearest_waiver_gives_the_reason_and_the_other_is_used_too() -> None:
    text = "<a> <b> <c> . # mesokg: ignore iri-form - here"
    result = settled([finding(line=1)], Waiver("iri-form", "there"), text=text)
    assert [(w.kind, w.reason) for w in result.waived] == [("inline", "here")]
    assert result.findings == ()


def test_each_rule_of_a_comment_is_looked_after() -> None:
    text = "<a> <b> <c> . # mesokg: ignore iri-form, claim-core, iri-fom - theirs"
    result = settled([finding(line=1)], text=text)
    assert said(result) == [
        "waiver-unused: the waiver of claim-core waives nothing",
        "waiver-unknown-rule: there is no rule iri-fom",
    ]
    assert result.findings[0].location == Location("data/a.ttl", 1, 15, 1, len(text) + 1)


def test_a_comment_without_reason_or_rule_waives_nothing() -> None:
    result = settled([finding(line=1)], text="<a> <b> <c> . # mesokg: ignore iri-form")
    assert result.waived == ()
    assert said(result) == ["waiver-without-reason: the waiver of iri-form gives no reason"]
    result = settled([finding(line=1)], text="<a> <b> <c> . # mesokg: ignore")
    assert said(result) == ["waiver-unknown-rule: the waiver names no rule"]


# --- whatever comes --------------------------------------------------------------------------

_RULES = st.sampled_from(("iri-form", "claim-core", "does-not-parse", "waiver-unused", "no-rule"))
_FINDINGS = st.builds(
    finding, _RULES, st.sampled_from(("", "data/a.ttl", "b.ttl")), st.integers(0, 3)
)
_WAIVERS = st.builds(
    Waiver,
    _RULES,
    st.just("r"),
    st.sampled_from(("", "claim:a", "claim:b")),
    file=st.sampled_from(("", "data/**", "*")),
    until=st.sampled_from((None, TODAY, YESTERDAY)),
)
_INLINE = st.builds(
    Inline,
    st.builds(Location, st.sampled_from(("data/a.ttl", "b.ttl")), st.integers(1, 3)),
    st.lists(_RULES, max_size=2, unique=True).map(tuple),
    st.sampled_from(("", "r")),
    st.integers(1, 3),
    st.integers(1, 3),
)


@given(
    st.lists(_FINDINGS, max_size=6),
    st.lists(_WAIVERS, max_size=3),
    st.lists(_INLINE, max_size=3),
    st.dictionaries(_RULES, st.sampled_from(Severity), max_size=2),
)
def test_no_finding_is_lost(
    findings: list[Finding],
    waivers: list[Waiver],
    inline: list[Inline],
    severity: dict[str, Severity],
) -> None:
    place = project(*waivers, severity=severity)
    result = settle(findings, place, inline, today=TODAY, known=("iri-form", "claim-core"))
    count = len(findings) - len(result.waived)
    kept, about = result.findings[:count], result.findings[count:]
    before = [replace(f, severity=severity.get(f.rule, f.severity)) for f in findings]
    after = [*kept, *(waived.finding for waived in result.waived)]
    assert sorted(before, key=lambda f: f.order) == sorted(after, key=lambda f: f.order)
    assert {f.rule for f in about} <= {rule.id for rule in WAIVER_RULES}
    assert NEVER_WAIVED.isdisjoint(waived.finding.rule for waived in result.waived)
    assert all(waived.reason for waived in result.waived)
    again = settle(findings, place, inline, today=TODAY, known=("iri-form", "claim-core"))
    assert again == result


@given(
    st.lists(
        st.sampled_from(
            (NOTE, MARK, "\n", "\r", " ", "<a>", '"', '"""', ".", ";", "{", "}", "[", "#", "\u2028")
        ),
        max_size=12,
    ).map("".join),
    st.sampled_from(("a.ttl", "a.trig", "a.nt", "a.nq", "a.rq", "-")),
)
def test_any_text_gives_comments_that_are_in_it(text: str, name: str) -> None:
    for found in inline_waivers(name, text):
        assert 1 <= found.location.line <= text.count("\n") + text.count("\r") + 1
        assert found.first <= found.last
        assert found.location.line <= found.first
