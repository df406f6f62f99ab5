"""Findings and reports: severities compare, order is total, repeats count once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.report import Finding, Location, NotRun, Report, Severity

_few = st.sampled_from(("", "a", "b"))
_locations = st.none() | st.builds(Location, st.sampled_from(("a.ttl", "b.ttl")), st.integers(0, 2))


def _findings(causes: st.SearchStrategy[tuple[Finding, ...]]) -> st.SearchStrategy[Finding]:
    return st.builds(
        Finding, _few, st.sampled_from(Severity), _few, _few, _few, _few, _locations, _few, _few,
        causes,
    )  # fmt: skip


findings = _findings(st.lists(_findings(st.just(())), max_size=2).map(tuple))


def test_severities_compare_and_have_names() -> None:
    assert Severity.INFO < Severity.WARNING < Severity.VIOLATION
    for severity in Severity:
        assert Severity.from_name(severity.label) is severity
        assert Severity.from_name(severity.label.upper()) is severity
    with pytest.raises(ValueError, match="no severity 'error'; one of violation, warning, info"):
        Severity.from_name("error")


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location("a.ttl"), "a.ttl"),
        (Location("a.ttl", 3), "a.ttl:3"),
        (Location("a.ttl", 3, 7), "a.ttl:3:7"),
    ],
)
def test_location_reads_as_editors_want_it(location: Location, text: str) -> None:
    assert str(location) == text


@given(st.lists(findings, max_size=8), st.randoms(use_true_random=False))
def test_report_does_not_depend_on_the_order_of_finding(
    found: list[Finding], chance: random.Random
) -> None:
    report = Report.of(found)
    shuffled = [*found, *found[:2]]
    chance.shuffle(shuffled)
    assert Report.of(shuffled) == report
    assert set(report.findings) == set(found)
    severities = [finding.severity for finding in report.findings]
    assert severities == sorted(severities, reverse=True), "the worst first"


@given(st.lists(findings, max_size=8))
def test_passing_is_having_nothing_at_the_limit_or_above(found: list[Finding]) -> None:
    report = Report.of(found)
    assert report.passes(None)
    for limit in Severity:
        worse = [finding for finding in report.findings if finding.severity >= limit]
        assert report.passes(limit) is (not worse)
    assert sum(report.count(severity) for severity in Severity) == len(report.findings)
    assert report.worst == max((f.severity for f in found), default=None)


def test_rules_that_did_not_run_are_named_once_each() -> None:
    report = Report.of(
        [], not_run=[NotRun("b", "no text"), NotRun("a", "x"), NotRun("b", "no text")]
    )
    assert report.not_run == (NotRun("a", "x"), NotRun("b", "no text"))
    assert report.passes(Severity.INFO), "not run is not failed; whoever shows a report says so"
