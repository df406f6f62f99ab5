"""A report for people and for programs.

This module decides how a report looks: what stands on a line of a terminal, and
what the keys of the JSON form are (``resources/report.schema.json`` describes
them). Data may be hostile; no character of it reaches a terminal that could move
the cursor, change colours or turn the direction of the text.
"""

from __future__ import annotations

import json
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from mesokg.errors import UsageError
from mesokg.report import Finding, Report, Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes, nearest

__all__ = ["REPORT_FORMATS", "render", "show", "visible"]

REPORT_FORMATS: Final = ("json", "text")
#: The version of the JSON form; a key is only ever added without changing it.
_VERSION: Final = 1
_WIDTH: Final = 80
_LONGEST: Final = 60

_LITERAL: Final = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")(?:\^\^<(?P<type>[^<>]*)>|(?P<tag>@\S+))?', re.DOTALL
)
_XSD: Final = STANDARD_PREFIXES["xsd"]
#: Literals that Turtle writes without quotes, in their canonical form.
_BARE: Final = MappingProxyType(
    {
        _XSD + "boolean": re.compile('"(true|false)"'),
        _XSD + "decimal": re.compile(r'"-?(0|[1-9][0-9]*)\.[0-9]*[1-9]"'),
        _XSD + "integer": re.compile(r'"(0|-?[1-9][0-9]*)"'),
    }
)
_NEVER: Final = re.compile(r"(?!)")
_IRI: Final = re.compile(r"<([^<>\s]*)>")
_COLOURS: Final = MappingProxyType(
    {
        Severity.VIOLATION: "\N{ESCAPE}[1;31m",
        Severity.WARNING: "\N{ESCAPE}[33m",
        Severity.INFO: "\N{ESCAPE}[36m",
    }
)
_BOLD: Final = "\N{ESCAPE}[1m"
_DIM: Final = "\N{ESCAPE}[2m"
_PLAIN: Final = "\N{ESCAPE}[0m"


def render(
    report: Report,
    format: str,
    prefixes: Prefixes,
    *,
    labels: Mapping[str, str] = MappingProxyType({}),
    color: bool = False,
) -> str:
    """The report in one of `REPORT_FORMATS`, with a final newline; same report, same text.

    `labels` (IRI -> name) and `color` (ANSI) are for the text form, which is laid
    out for 80 columns.

    >>> finding = Finding("claim-core", Severity.VIOLATION, "Name the article.", "<http://e/c>")
    >>> print(render(Report.of([finding], rules=1), "text", Prefixes({"e": "http://e/"})), end="")
    in the whole graph
      violation  claim-core  Name the article.
                 e:c
    <BLANKLINE>
    1 violation, 0 warnings, 0 infos: 1 rule, 0 files, 0 triples.

    Raises UsageError (``unknown-format``).
    """
    if format == "json":
        return json.dumps(_as_json(report), ensure_ascii=False, indent=2) + "\n"
    if format == "text":
        return _Page(prefixes, labels, color).report(report)
    close = nearest(format, REPORT_FORMATS, 1)
    raise UsageError(
        f"no report format {format!r}",
        code="unknown-format",
        hint=f"did you mean {close[0]}?" if close else f"one of {', '.join(REPORT_FORMATS)}",
    )


def show(term: str, prefixes: Prefixes, longest: int = _LONGEST) -> str:
    r"""A term in N-Triples form, or a property path of such terms, as a person reads it.

    IRIs become CURIEs, a long literal is cut, and what would be invisible or
    dangerous on a terminal is written out.

    >>> show('"2012"^^<http://www.w3.org/2001/XMLSchema#gYear>', Prefixes())
    '"2012"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    >>> show("<http://e/a>/<http://e/b>*", Prefixes({"e": "http://e/"}))
    'e:a/e:b*'
    """
    literal = _LITERAL.fullmatch(term)
    if literal is None:
        return visible(_IRI.sub(lambda match: prefixes.shorten(match[1]), term))
    text = literal["text"]
    if _BARE.get(literal["type"] or "", _NEVER).fullmatch(text):
        return text[1:-1]
    if len(text) > longest:
        text = text[: longest - 1].rstrip("\\") + '…"'
    datatype = f"^^{prefixes.shorten(literal['type'])}" if literal["type"] else ""
    return visible(text + datatype + (literal["tag"] or ""))


# --- for programs ---------------------------------------------------------------------------


def _as_json(report: Report) -> dict[str, object]:
    return {
        "version": _VERSION,
        "summary": {
            **{s.label: report.count(s) for s in sorted(Severity, reverse=True)},
            "rules": report.rules,
            "files": report.files,
            "triples": report.triples,
            "engine": report.engine,
        },
        "findings": [_finding_as_json(finding) for finding in report.findings],
        "notRun": [{"rule": item.rule, "reason": item.reason} for item in report.not_run],
    }


def _finding_as_json(finding: Finding) -> dict[str, object]:
    place = finding.location
    return {
        "rule": finding.rule,
        "severity": finding.severity.label,
        "message": finding.message,
        "focus": finding.focus or None,
        "path": finding.path or None,
        "value": finding.value or None,
        "location": None
        if place is None
        else {"path": place.path, "line": place.line or None, "column": place.column or None},
        "fix": finding.fix or None,
        "component": finding.component or None,
        "causes": [_finding_as_json(cause) for cause in finding.causes],
    }


# --- for people -----------------------------------------------------------------------------


class _Page:
    """Lays a report out for a terminal."""

    def __init__(self, prefixes: Prefixes, labels: Mapping[str, str], color: bool) -> None:
        self.prefixes = prefixes
        self.labels = labels
        self.color = color

    def report(self, report: Report) -> str:
        lines: list[str] = []
        for heading, findings in _by_file(report.findings):
            lines += [self._paint(_BOLD, visible(heading)), *self._file(findings), ""]
        lines += self._not_run(report)
        lines.append(self._summary(report))
        return "\n".join(lines) + "\n"

    def _file(self, findings: Iterable[Finding]) -> Iterator[str]:
        """The findings of one file; those that say the same stand together."""
        groups: dict[tuple[object, ...], list[Finding]] = {}
        for finding in findings:
            key = (finding.severity, finding.rule, finding.message, finding.fix, _place(finding))
            groups.setdefault(key, []).append(finding)
        for group in groups.values():
            first = group[0]
            indent = " " * (2 + len("violation") + 2)
            word = self._paint(_COLOURS[first.severity], f"{first.severity.label:<9}")
            place = _place(first)
            head = f"{place}  {first.rule}" if place else first.rule
            text = _wrapped(visible(f"{head}  {first.message}"), indent)
            yield f"  {word}  {text[0][len(indent) :]}"
            yield from text[1:]
            for finding in group:
                yield from (self._paint(_DIM, line) for line in self._thing(finding, indent))
            if first.fix:
                yield from _wrapped(f"fix: {visible(first.fix)}", indent)

    def _thing(self, finding: Finding, indent: str) -> Iterator[str]:
        """What a finding is about: the thing with its name, then property and value."""
        focus = show(finding.focus, self.prefixes) if finding.focus else ""
        name = self.labels.get(finding.focus[1:-1], "")
        if name and focus:
            room = max(20, _WIDTH - len(indent) - len(focus) - 3)
            focus += f" ({textwrap.shorten(visible(name), room, placeholder=' …')})"
        if focus:
            yield indent + focus
        path = show(finding.path, self.prefixes) if finding.path else ""
        value = show(finding.value, self.prefixes) if finding.value != finding.focus else ""
        if path or value:
            yield from _wrapped(" ".join(part for part in (path, value) if part), indent + "  ")
        for cause in finding.causes:
            yield from _wrapped(f"because: {visible(cause.message)}", indent + "  ")

    def _not_run(self, report: Report) -> Iterator[str]:
        reasons: dict[str, list[str]] = {}
        for item in report.not_run:
            reasons.setdefault(item.reason, []).append(item.rule)
        for reason, rules in reasons.items():
            yield from _wrapped(visible(f"not run, {reason}: {', '.join(rules)}"), "", "  ")
        if reasons:
            yield ""

    def _summary(self, report: Report) -> str:
        found = ", ".join(
            _count(report.count(severity), severity.label)
            for severity in sorted(Severity, reverse=True)
        )
        looked_at = ", ".join(
            _count(number, word)
            for number, word in (
                (report.rules, "rule"),
                (report.files, "file"),
                (report.triples, "triple"),
            )
        )
        engine = f" ({visible(report.engine)})" if report.engine else ""
        worst = report.worst
        colour = _COLOURS[worst] if worst else "\N{ESCAPE}[32m"
        return f"{self._paint(colour, found)}: {looked_at}{engine}."

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self.color else text


def _by_file(findings: Iterable[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """The findings of each file, the file with the worst one first."""
    files: dict[str, list[Finding]] = {}
    for finding in findings:
        heading = finding.location.path if finding.location else "in the whole graph"
        files.setdefault(heading, []).append(finding)
    yield from files.items()


def _place(finding: Finding) -> str:
    """Line and column, as far as they are known."""
    location = finding.location
    if location is None or not location.line:
        return ""
    return f"{location.line}:{location.column}" if location.column else str(location.line)


def _wrapped(text: str, indent: str, hanging: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [indent]


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def visible(text: str) -> str:
    """The text with every character written out that a terminal would obey or not show."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(char):04X}"
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        else char
        for char in text.replace("\n", "\\n").replace("\t", "\\t")
    )
