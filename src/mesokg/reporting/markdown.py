"""A report as the Markdown page that a CI job shows.

This module decides what stands on that page. Data may be hostile: no character of it
becomes a link, a picture or HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from mesokg.rendering import visible
from mesokg.report import Finding, Location, Severity
from mesokg.reporting.view import View, counted, looked_at, ordered

__all__ = ["as_markdown"]

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+!|~@$-])")
_ICONS: Final = {
    Severity.VIOLATION: "❌",
    Severity.WARNING: "⚠️",
    Severity.INFO: "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16}",
}
_ROWS: Final = 50
#: GitHub refuses a page above one mebibyte, so each text on it is short.
_LONGEST: Final = 500


def as_markdown(view: View, link: Callable[[Location], str] | None = None) -> str:
    """A page with the numbers, the rules and the worst findings; with a final newline."""
    found, numbers = looked_at(view.report)
    worst = view.report.worst
    passed = view.report.passes(view.fail_on)
    icon = "✅" if worst is None else _ICONS[worst]
    lines = [f"### {icon} mesokg: {'passed' if passed else 'failed'}", "", f"**{found}**: "
             f"{_escaped(numbers)}."]  # fmt: skip
    for part in (_rules(view), _findings(view, link), _rest(view)):
        block = list(part)
        lines += ["", *block] if block else []
    return "\n".join(lines) + "\n"


def _rules(view: View) -> Iterator[str]:
    counts = Counter((-f.severity, f.rule) for f in view.report.findings)
    if not counts:
        return
    yield "| findings | severity | rule | asks |"
    yield "|---:|---|---|---|"
    rows = sorted(counts.items(), key=lambda row: (row[0][0], -row[1], row[0][1]))
    for (severity, rule), count in rows[:_ROWS]:
        name, help_ = _escaped(visible(rule)), view.help(rule)
        linked = f"[{name}]({_target(help_)})" if help_ else name
        level = Severity(-severity)
        title = _escaped(view.title(rule))
        yield f"| {count:,} | {_ICONS[level]} {level.label} | {linked} | {title} |"
    if len(rows) > _ROWS:
        yield f"\n… and {counted(len(rows) - _ROWS, 'more rule')}."


def _findings(view: View, link: Callable[[Location], str] | None) -> Iterator[str]:
    findings = ordered(view.report.findings)
    limit = len(findings) if view.limit is None else view.limit
    for finding in findings[:limit]:
        yield from _finding(finding, view, link)
    if len(findings) > limit:
        yield f"- … and {counted(len(findings) - limit, 'more finding')}"


def _finding(finding: Finding, view: View, link: Callable[[Location], str] | None) -> Iterator[str]:
    place = _escaped(view.place(finding.location))
    target = link(finding.location) if link and finding.location else ""
    shown = f"[{place}]({_target(target)})" if target else place
    message, *rest = (_escaped(line.strip()[:_LONGEST]) for line in view.words(finding))
    yield f"- {_ICONS[finding.severity]} {shown} **{_escaped(visible(finding.rule))}**: {message}"
    yield from (f"  <br>{line}" for line in rest[:10])


def _rest(view: View) -> Iterator[str]:
    report = view.report
    if report.not_run:
        rules = sorted({item.rule for item in report.not_run})
        names = ", ".join(_escaped(visible(rule)) for rule in rules[:_ROWS])
        yield f"- not run: {names}{' …' if len(rules) > _ROWS else ''}"
    if report.waived:
        yield f"- waived: {counted(len(report.waived), 'finding')}"
    if report.held_back:
        yield (
            f"- held back: {counted(report.held_back, 'finding')} that may only follow from what "
            "does not parse"
        )


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is; an address in it is no link."""
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = _SPECIAL.sub(r"\\\1", entities).replace("://", "&#58;//")
    return re.sub(r"(?i)\bwww\.", "www&#46;", escaped)


def _target(address: str) -> str:
    """An address that cannot leave its brackets."""
    return address.replace("(", "%28").replace(")", "%29").replace(" ", "%20").replace("|", "%7C")
