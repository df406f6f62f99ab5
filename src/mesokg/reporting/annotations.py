"""A report as commands to the log of a GitHub step, which annotate the changed lines.

This module decides what is worth one of the ten errors, ten warnings and ten notices
that GitHub shows of a step: the worst first. Nothing in the data can become a command
of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from mesokg.rendering import visible
from mesokg.report import Finding, Severity
from mesokg.reporting.view import SHIPPED, View, counted, looked_at, ordered

__all__ = ["as_annotations"]

#: GitHub shows so many of each level for one step.
_MOST: Final = 10
_LEVELS: Final[Mapping[Severity, str]] = MappingProxyType(
    {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
)


def as_annotations(view: View) -> str:
    """The commands, the worst first, then the summary in words; with a final newline."""
    lines = list(_commands(view))
    return "\n".join([*lines, f"{': '.join(looked_at(view.report))}."]) + "\n"


def _commands(view: View) -> Iterator[str]:
    findings = ordered(view.report.findings)
    counts = Counter(finding.severity for finding in findings)
    most = dict.fromkeys(Severity, _MOST)
    notices = counts[Severity.INFO]
    if notices >= _MOST or any(counts[severity] > _MOST for severity in Severity):
        most[Severity.INFO] -= 1  # the last one says how many are not shown
    shown: Counter[Severity] = Counter()
    for finding in findings:
        if shown[finding.severity] < most[finding.severity]:
            shown[finding.severity] += 1
            yield _command(finding, view)
    left = len(findings) - shown.total()
    if left:
        text = f"{counted(left, 'more finding')}, not shown here; the log and the summary have all"
        yield f"::notice title=mesokg::{_data(text)}"


def _command(finding: Finding, view: View) -> str:
    place = finding.location
    properties: dict[str, object] = {}
    if place is not None and not place.path.startswith(SHIPPED):
        properties["file"] = view.path(place)
        if place.line:
            properties["line"] = place.line
            if place.end_line > place.line:
                properties["endLine"] = place.end_line
            elif place.column:
                properties["col"] = place.column
                if place.end_column > place.column:
                    properties["endColumn"] = place.end_column
    title = view.title(finding.rule)
    properties["title"] = f"{finding.rule}: {title}" if title else finding.rule
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {written}::{_data(chr(10).join(view.words(finding)))}"


def _data(text: str) -> str:
    """The message of a command: lines stay lines, everything else is shown."""
    lines = (visible(line) for line in text.split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    escaped = visible(text).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C")
