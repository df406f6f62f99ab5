"""A baseline lets nothing pass that is new, and says what is gone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.baseline import BASELINE_RULES, Baseline, compare, read_baseline, write_baseline
from mesokg.configuration import NEVER_WAIVED
from mesokg.errors import InputError
from mesokg.report import Finding, Location, NotRun, Report, Severity, Waived

NAME: Final = "known.json"


def finding(
    focus: str = "<http://e/a>", file: str = "data/a.ttl", line: int = 1, rule: str = "iri-form"
) -> Finding:
    return Finding(
        rule, Severity.VIOLATION, f"about {focus}", focus, location=Location(file, line, 1)
    )


def baseline(*findings: Finding) -> Baseline:
    return read_baseline(write_baseline(Report.of(findings)), NAME)


def rules(report: Report) -> list[str]:
    return [found.rule for found in report.findings]


# --- the file --------------------------------------------------------------------------------


def test_the_file_is_for_people_and_for_merges() -> None:
    report = Report.of(
        [
            finding("<http://e/b>"),
            finding("<http://e/a>", line=9),
            finding("<http://e/a>", line=3),
            Finding("gap", Severity.INFO, "no focus, \u00fc and \ud800 " + "x" * 200),
        ]
    )
    text = write_baseline(report).decode()
    lines = text.split("\n")
    assert lines[:3] == ["{", '"version": 1,', '"findings": [']
    entries = [json.loads(line.removesuffix(",")) for line in lines[3:-3]]
    assert lines[-3:] == ["]", "}", ""]
    assert [(e["file"], e["rule"]) for e in entries] == [
        ("", "gap"),
        ("data/a.ttl", "iri-form"),
        ("data/a.ttl", "iri-form"),
    ]
    assert {e["about"]: e["count"] for e in entries[1:]} == {"<http://e/a>": 2, "<http://e/b>": 1}
    assert entries[0]["about"].startswith("no focus, \u00fc and \ud800 xxx")
    assert len(entries[0]["about"]) == 120
    assert "\u00fc" in text


def test_a_new_finding_is_one_new_line() -> None:
    before = write_baseline(Report.of([finding(f"<http://e/{n}>") for n in (1, 3, 4)]))
    after = write_baseline(Report.of([finding(f"<http://e/{n}>") for n in (1, 2, 3, 4)]))
    old, new = set(before.split(b"\n")), set(after.split(b"\n"))
    assert len({line.rstrip(b",") for line in new} - {line.rstrip(b",") for line in old}) == 1
    assert {line.rstrip(b",") for line in old} <= {line.rstrip(b",") for line in new}


def test_nothing_known_is_a_baseline_too() -> None:
    assert read_baseline(write_baseline(Report()), NAME) == Baseline(NAME, {})


def test_written_anew_it_holds_what_it_held_but_no_waivers() -> None:
    known = finding()
    report = compare(Report.of([known, finding("<http://e/b>")]), baseline(known))
    waived = Waived(finding("<http://e/c>"), "r", "config")
    again = write_baseline(replace(report, waived=(*report.waived, waived)))
    assert again == write_baseline(Report.of([known, finding("<http://e/b>")]))
    assert write_baseline(report, new=False) == write_baseline(Report.of([known]))


def test_what_is_never_known() -> None:
    report = Report.of([finding(rule=rule) for rule in NEVER_WAIVED])
    assert baseline(*report.findings).entries == {}
    forced = {
        "version": 1,
        "findings": [
            {"file": "", "rule": f.rule, "fingerprint": f.fingerprint, "count": 1}
            for f in report.findings
        ],
    }
    held = read_baseline(json.dumps(forced).encode(), NAME)
    assert compare(report, held).findings == report.findings


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", f"{NAME}:1:1: is not JSON"),
        (b'{\n"version": 1,\n<<<<<<< HEAD\n', f"{NAME}:3:1: is not JSON"),
        (b"\xff", f"{NAME}: is not UTF-8"),
        (b"[" * 100_000, NAME),
        (b'{"version": ' + b"9" * 5000 + b"}", NAME),
        (b"[]", "is no baseline: it has no list of findings"),
        (b'{"version": 1, "findings": {}}', "it has no list of findings"),
        (b'{"version": 2, "findings": []}', "has a version other than 1"),
        (b'{"findings": []}', "has a version other than 1"),
        (b'{"version": 1, "findings": [1]}', "its entry 1 has no fingerprint"),
    ],
)
def test_a_file_that_is_no_baseline(data: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_baseline(data, NAME)
    assert caught.value.code == "baseline-form"
    assert said in caught.value.message
    assert "--write-baseline" in caught.value.hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"fingerprint": "x"},
        {"fingerprint": None},
        {"count": 0},
        {"count": True},
        {"count": "1"},
        {"rule": ""},
        {"rule": 1},
        {"file": None},
        {"about": []},
    ],
)
def test_an_entry_that_is_none(wrong: dict[str, object]) -> None:
    good = {"file": "a", "rule": "r", "fingerprint": "0" * 32, "count": 1, "more": "later"}
    whole = {"version": 1, "findings": [good, {**good, **wrong}]}
    with pytest.raises(InputError, match="its entry 2 "):
        read_baseline(json.dumps(whole).encode(), NAME)


def test_an_entry_that_a_merge_left_twice_is_one() -> None:
    entry = {"file": "a", "rule": "r", "fingerprint": "0" * 32, "count": 1}
    whole = {"version": 1, "findings": [entry, {**entry, "count": 2}, entry]}
    [one] = read_baseline(json.dumps(whole).encode(), NAME).entries.values()
    assert one.count == 2


# --- what is new -----------------------------------------------------------------------------


def test_lines_move_and_nothing_is_new() -> None:
    known = baseline(finding(line=3), finding("<http://e/b>", line=4))
    report = compare(Report.of([finding(line=30), finding("<http://e/b>", line=1)]), known)
    assert report.findings == ()
    assert {(w.kind, w.reason) for w in report.waived} == {
        ("baseline", "known since known.json was written")
    }
    assert report.passes(Severity.INFO)


def test_another_thing_rule_or_file_is_new() -> None:
    known = baseline(finding())
    others = [finding("<http://e/b>"), finding(rule="gap"), finding(file="data/b.ttl")]
    report = compare(Report.of([finding(), *others]), known)
    assert sorted(report.findings, key=lambda f: f.order) == sorted(others, key=lambda f: f.order)


def test_more_of_a_kind_than_were_known_are_new() -> None:
    known = baseline(finding(line=1), finding(line=2))
    report = compare(Report.of([finding(line=n) for n in (1, 2, 3, 4)]), known)
    assert [f.location and f.location.line for f in report.findings] == [3, 4]
    assert len(report.waived) == 2


def test_what_is_gone_can_go() -> None:
    known = baseline(finding(line=1), finding(line=2), finding("<http://e/b>"))
    report = compare(Report.of([finding()]), known)
    (outdated,) = report.findings
    assert outdated.rule == BASELINE_RULES[0].id
    assert outdated.severity is Severity.INFO
    assert outdated.message == "2 of the 3 findings in the baseline are gone"
    assert outdated.location == Location(NAME)
    assert outdated.fix.endswith(f"--baseline {NAME} --write-baseline {NAME}")
    worse = compare(Report.of([finding()]), known, severity=Severity.WARNING)
    assert worse.worst is Severity.WARNING


def test_what_was_not_looked_at_is_not_gone() -> None:
    known = baseline(finding(), finding("<http://e/b>", "data/b.ttl", rule="gap"))
    for elsewhere in ("data/c.ttl", "data/a", "dat", "data/a.ttl/b"):
        assert rules(compare(Report(), known, files={elsewhere})) == []
    assert "2 of the 2" in compare(Report(), known, files={"data/"}).findings[0].message
    assert "1 of the 2" in compare(Report(), known, files={"data/b.ttl"}).findings[0].message
    assert (
        "1 of the 2"
        in compare(Report.of([], not_run=[NotRun("gap", "text not present")]), known)
        .findings[0]
        .message
    )
    assert rules(compare(Report.of([], held_back=3), known)) == []
    broken = finding("", rule="does-not-parse")
    assert rules(compare(Report.of([broken]), known)) == ["does-not-parse"]


def test_the_rest_of_a_report_stays() -> None:
    waived = Waived(finding("<http://e/w>"), "r", "inline")
    report = Report.of([finding()], rules=7, files=2, triples=3, engine="e", waived=[waived])
    compared = compare(report, baseline(finding()))
    assert compared == replace(
        report,
        findings=(),
        waived=(Waived(finding(), "known since known.json was written", "baseline"), waived),
    )


_FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from(("<http://e/a>", "<http://e/b>", "")),
        st.sampled_from(("data/a.ttl", "data/b.ttl")),
        st.integers(1, 4),
        st.sampled_from(("iri-form", "gap", "does-not-parse", "waiver-unused")),
    ),
    max_size=8,
)


@given(_FINDINGS, _FINDINGS)
def test_no_finding_is_lost_and_a_ratchet_only_tightens(
    before: list[Finding], after: list[Finding]
) -> None:
    known, now = baseline(*before), Report.of(after)
    report = compare(now, known)
    own = [f for f in report.findings if f.rule != BASELINE_RULES[0].id]
    both = [*own, *(waived.finding for waived in report.waived)]
    assert sorted(both, key=lambda f: f.order) == list(now.findings)
    assert [
        f for f in compare(Report.of(before), known).findings if f.rule not in NEVER_WAIVED
    ] == []
    tightened = read_baseline(write_baseline(report, new=False), NAME)
    for mark, entry in tightened.entries.items():
        assert entry.count <= known.entries[mark].count


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_baseline_or_an_error(data: bytes) -> None:
    try:
        read_baseline(data, NAME)
    except InputError as error:
        assert error.code == "baseline-form"  # noqa: PT017  # any other is a bug
