"""The quality report as a page and as files."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg.report import Finding, Location, NotRun, Report, Severity, Waived
from mesokg.site.quality import PATH, files, pages
from small_sites import HOSTILE, assert_harmless, links_of, rendered, small_site, text_of

A = "<https://example.org/kg/claim/a>"
DATA = ':claim\\/a a meso:Claim ; rdfs:label "Tea helps."@en .'


def said(folder: Path, report: Report) -> str:
    site = small_site(folder, DATA, report=report)
    return rendered(site, pages(site))[PATH]


def test_clean_report_says_what_was_run(tmp_path: Path) -> None:
    text = text_of(said(tmp_path, Report(rules=122, files=3, triples=8170)))
    assert "122 rules were run over three files with 8170 statements." in text
    assert "No rule that must hold is broken." in text
    assert "Worth a second look" not in text


def test_nothing_checked_is_not_called_clean(tmp_path: Path) -> None:
    text = text_of(said(tmp_path, Report()))
    assert "Nothing was checked." in text
    assert "No rule that must hold is broken" not in text


@pytest.mark.parametrize(
    ("severity", "heading"),
    [
        (Severity.VIOLATION, "Broken"),
        (Severity.WARNING, "Worth a second look"),
        (Severity.INFO, "Good to know"),
    ],
)
def test_finding_stands_under_its_severity(
    tmp_path: Path, severity: Severity, heading: str
) -> None:
    place = Location(str(tmp_path / "data" / "data.ttl"), 12, 3)
    report = Report.of([Finding("claim-core", severity, "Say it.", A, location=place)], rules=1)
    html = said(tmp_path, report)
    text = text_of(html)
    assert heading in text
    assert "A claim is complete" in text
    assert "Tea helps." in text
    assert "data/data.ttl:12:3" in text
    assert str(tmp_path) not in html
    assert {"claim/a.html", "rule/claim-core.html"} <= set(links_of(html))


def test_message_that_all_findings_share_is_said_once(tmp_path: Path) -> None:
    two = [Finding("claim-core", Severity.WARNING, "Look twice.", f"<urn:{n}>") for n in "ab"]
    assert text_of(said(tmp_path, Report.of(two, rules=1))).count("Look twice.") == 1


def test_rule_that_was_not_run_does_not_hold(tmp_path: Path) -> None:
    report = Report.of([], not_run=[NotRun("quoted-share", "text not present")], rules=1)
    html = said(tmp_path, report)
    before, holds = html.split('id="holds"')
    assert "rule/quoted-share.html" in before
    assert "rule/quoted-share.html" not in holds
    assert "Text not present" in text_of(before)


def test_rules_that_found_something_do_not_hold(tmp_path: Path) -> None:
    report = Report.of([Finding("claim-core", Severity.INFO, "x", A)], rules=1)
    _, holds = said(tmp_path, report).split('id="holds"')
    assert "rule/claim-core.html" not in holds
    assert "rule/work-core.html" in holds


def test_what_was_set_aside_has_its_reason(tmp_path: Path) -> None:
    waived = Waived(Finding("claim-core", Severity.WARNING, "Say it.", A), "too dear", "config",
                    "2030-01-01")  # fmt: skip
    text = text_of(said(tmp_path, Report.of([], waived=[waived], rules=1)))
    assert "too dear (until 2030-01-01)" in text


def test_long_list_is_cut_and_says_so(tmp_path: Path) -> None:
    many = [Finding("claim-core", Severity.WARNING, "x", f"<urn:{n:03}>") for n in range(100)]
    text = text_of(said(tmp_path, Report.of(many, rules=1)))
    assert "100 findings" in text
    assert "And 60 more" in text


def test_finding_of_an_unknown_rule_is_not_lost(tmp_path: Path) -> None:
    finding = Finding("gone-rule", Severity.VIOLATION, "Odd thing.", A)
    report = Report.of([finding], not_run=[NotRun("lost-rule", "no time")], rules=1)
    text = text_of(said(tmp_path, report))
    assert "Odd thing." in text
    assert "lost-rule" in text


def test_nothing_of_a_report_runs(tmp_path: Path) -> None:
    finding = Finding("claim-core", Severity.WARNING, HOSTILE, HOSTILE,
                      location=Location(HOSTILE))  # fmt: skip
    other = Finding("work-core", Severity.INFO, "x", "<javascript:alert(1)>")
    report = Report.of(
        [finding, other],
        not_run=[NotRun("quoted-share", HOSTILE)],
        waived=[Waived(finding, HOSTILE, "config")],
        rules=1,
    )
    assert_harmless(said(tmp_path, report))


def test_files_hold_the_report(tmp_path: Path) -> None:
    report = Report.of([Finding("claim-core", Severity.WARNING, "x", A)], rules=7)
    found = {file.path: file.data for file in files(small_site(tmp_path, DATA, report=report))}
    assert json.loads(found["quality.json"])["summary"]["rules"] == 7
    triples = list(ox.parse(found["quality.ttl"], format=ox.RdfFormat.TURTLE))
    assert any(t.predicate.value.endswith("shacl#result") for t in triples)
