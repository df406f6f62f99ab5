"""A report for programs: the JSON form that ``resources/report.schema.json`` describes."""

from __future__ import annotations

import json
import re
from typing import Final

from mesokg.report import Finding, Location, Severity
from mesokg.reporting.view import View

__all__ = ["as_json", "dumped"]

#: A key is only ever added without changing it.
_VERSION: Final = 1
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def as_json(view: View) -> str:
    """The report as JSON with a final newline."""
    report = view.report
    return dumped(
        {
            "version": _VERSION,
            "summary": {
                **{s.label: report.count(s) for s in sorted(Severity, reverse=True)},
                "rules": report.rules,
                "files": report.files,
                "triples": report.triples,
                "engine": report.engine,
                "waived": len(report.waived),
                "heldBack": report.held_back,
            },
            "findings": [_finding(finding, view) for finding in report.findings],
            "notRun": [{"rule": item.rule, "reason": item.reason} for item in report.not_run],
            "waived": [
                {
                    "finding": _finding(item.finding, view),
                    "reason": item.reason,
                    "kind": item.kind,
                    "until": item.until or None,
                }
                for item in report.waived
            ],
        }
    )


def dumped(value: object) -> str:
    r"""A value as JSON that is valid UTF-8 whatever is in it, with a final newline.

    >>> dumped({"name": "\udc80é"})
    '{\n  "name": "\\udc80é"\n}\n'
    """
    text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _finding(finding: Finding, view: View) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.label,
        "message": finding.message,
        "focus": finding.focus or None,
        "label": view.labels.get(finding.focus[1:-1]) or None,
        "path": finding.path or None,
        "value": finding.value or None,
        "location": _location(finding.location),
        "fix": finding.fix or None,
        "replacement": finding.replacement,
        "help": view.help(finding.rule) or None,
        "component": finding.component or None,
        "shape": finding.shape or None,
        "causes": [_finding(cause, view) for cause in finding.causes],
        "related": [
            {"message": related.message, "location": _location(related.location)}
            for related in finding.related
        ],
        "fingerprint": finding.fingerprint,
    }


def _location(place: Location | None) -> dict[str, object] | None:
    if place is None:
        return None
    return {
        "path": place.path,
        "line": place.line or None,
        "column": place.column or None,
        "endLine": place.end_line or None,
        "endColumn": place.end_column or None,
    }
