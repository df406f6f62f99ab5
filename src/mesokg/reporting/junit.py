"""A report as JUnit XML, the form in which CI servers show tests.

This module decides what a test is: a rule in a file that it found something in, and
each rule that found nothing. What is milder than what makes a run fail is written
into the test that passes, so a test is red exactly when the exit code is. A rule that
was not run is skipped, and nothing checked at all is a test that failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from xml.etree import ElementTree as ET

from mesokg.rendering import visible
from mesokg.report import Finding
from mesokg.reporting.view import View, looked_at, ordered

__all__ = ["as_junit"]


def as_junit(view: View) -> str:
    """The report as JUnit XML with a final newline; valid XML whatever the data hold."""
    suites: dict[str, list[_Test]] = {}
    for name, test in (*_found(view), *_quiet(view)):
        suites.setdefault(name, []).append(test)
    root = ET.Element("testsuites", _numbers("mesokg", list(chain.from_iterable(suites.values()))))
    for name, tests in suites.items():
        suite = ET.SubElement(root, "testsuite", _numbers(name, tests))
        for test in tests:
            suite.append(_case(name, test))
    found, numbers = looked_at(view.report)
    ET.SubElement(root[-1], "system-out").text = f"{found}: {numbers}."
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


@dataclass(frozen=True, slots=True)
class _Test:
    rule: str
    findings: tuple[Finding, ...] = ()
    failed: str = ""  # the message of a failure
    kind: str = ""
    skipped: str = ""
    text: str = ""
    file: str = ""
    line: int = 0


def _found(view: View) -> Iterator[tuple[str, _Test]]:
    """A test for each file and rule with findings, in the order to read them."""
    together: dict[tuple[str, str], list[Finding]] = {}
    for finding in ordered(view.report.findings):
        name = view.path(finding.location) if finding.location else "the whole graph"
        together.setdefault((name, finding.rule), []).append(finding)
    for (name, rule), findings in together.items():
        first = findings[0]
        fails = view.fail_on is not None and first.severity >= view.fail_on
        more = f" (and {len(findings) - 1:,} more)" if len(findings) > 1 else ""
        yield (
            visible(name),
            _Test(
                visible(rule),
                tuple(findings),
                failed=view.message(first) + more if fails else "",
                kind=first.severity.label,
                text="\n\n".join(_told(finding, view) for finding in findings),
                file=visible(name) if first.location else "",
                line=first.location.line if first.location else 0,
            ),
        )


def _quiet(view: View) -> Iterator[tuple[str, _Test]]:
    """A test for each rule that found nothing: passed, or skipped when it was not run."""
    report = view.report
    loud = {finding.rule for finding in report.findings}
    not_run: dict[str, list[str]] = {}
    for item in report.not_run:
        not_run.setdefault(item.rule, []).append(item.reason)
    for rule in sorted((set(view.rules) | set(not_run)) - loud):
        reasons = "; ".join(visible(reason) for reason in not_run.get(rule, ()))
        yield "rules", _Test(visible(rule), skipped=reasons, text=view.title(rule))
    for rule in sorted(loud & set(not_run)):
        reasons = "; ".join(visible(reason) for reason in not_run[rule])
        yield "rules", _Test(visible(rule), skipped=f"not run on everything: {reasons}")
    if not loud and not view.rules:
        checked = report.rules > 0
        failed = "" if checked else "nothing was checked: there is no rule"
        yield "rules", _Test("validation", failed=failed, kind="violation")


def _told(finding: Finding, view: View) -> str:
    head = f"{view.place(finding.location)}: {finding.severity.label}[{visible(finding.rule)}]"
    return "\n  ".join((head, *view.words(finding)))


def _numbers(name: str, tests: list[_Test]) -> dict[str, str]:
    return {
        "name": name,
        "tests": str(len(tests)),
        "failures": str(sum(bool(test.failed) for test in tests)),
        "errors": "0",
        "skipped": str(sum(bool(test.skipped) for test in tests)),
        "time": "0",
    }


def _case(suite: str, test: _Test) -> ET.Element:
    case = ET.Element("testcase", {"classname": suite, "name": test.rule, "time": "0"})
    if test.file:
        case.set("file", test.file)
    if test.line:
        case.set("line", str(test.line))
    if test.failed:
        failure = ET.SubElement(case, "failure", {"message": test.failed, "type": test.kind})
        failure.text = test.text
    elif test.skipped:
        ET.SubElement(case, "skipped", {"message": test.skipped})
    elif test.text:
        ET.SubElement(case, "system-out").text = test.text
    return case
