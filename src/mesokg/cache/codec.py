"""Findings, results and reports as JSON and back, exactly, anchors too.

Nothing but plain data is ever read from a disk: whoever can write there can make a report
wrong, and no more. A value that is not as it was written raises one of `BROKEN`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.report import (
    Anchor,
    Finding,
    Location,
    NotRun,
    Original,
    Related,
    Report,
    Severity,
    Waived,
)
from mesokg.shacl import Result

__all__ = [
    "BROKEN",
    "finding_from",
    "from_finding",
    "from_report",
    "from_result",
    "report_from",
    "result_from",
]

#: What reading a value back raises when it is not as it was written.
BROKEN: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)

_NOWHERE: Final = Anchor()
_PLAIN: Final = Original()


def from_finding(finding: Finding) -> list[Any]:
    """A finding as plain data."""
    anchor = finding.anchor
    return [
        finding.rule,
        int(finding.severity),
        finding.message,
        finding.focus,
        finding.path,
        finding.value,
        _from_location(finding.location),
        finding.fix,
        finding.component,
        [from_finding(cause) for cause in finding.causes],
        [[item.message, _from_location(item.location)] for item in finding.related],
        finding.shape,
        finding.replacement,
        None
        if anchor == _NOWHERE
        else [anchor.subject, anchor.predicate, anchor.object, anchor.graph],
        None
        if finding.original == _PLAIN
        else [
            finding.original.severity,
            finding.original.blank,
            finding.original.value,
            finding.original.times,
        ],
    ]


def finding_from(data: list[Any]) -> Finding:
    """A finding from plain data. Raises one of `BROKEN`."""
    (rule, severity, message, focus, path, value, place, fix, component, causes, related, shape,
     replacement, anchor, original) = data  # fmt: skip
    return Finding(
        rule,
        Severity(severity),
        message,
        focus,
        path,
        value,
        None if place is None else Location(*place),
        fix,
        component,
        tuple(map(finding_from, causes)),
        tuple(Related(text, Location(*there)) for text, there in related),
        shape,
        replacement,
        _NOWHERE if anchor is None else Anchor(*anchor),
        _PLAIN if original is None else Original(*original),
    )


def _from_location(place: Location | None) -> list[Any] | None:
    if place is None:
        return None
    return [place.path, place.line, place.column, place.end_line, place.end_column]


def from_report(report: Report) -> dict[str, Any]:
    """A report as plain data."""
    return {
        "findings": [from_finding(finding) for finding in report.findings],
        "not_run": [[item.rule, item.reason] for item in report.not_run],
        "counts": [report.rules, report.files, report.triples, report.held_back],
        "engine": report.engine,
        "waived": [
            [from_finding(item.finding), item.reason, item.kind, item.until]
            for item in report.waived
        ],
    }


def report_from(data: dict[str, Any]) -> Report:
    """A report from plain data. Raises one of `BROKEN`."""
    rules, files, triples, held_back = data["counts"]
    return Report(
        tuple(map(finding_from, data["findings"])),
        tuple(NotRun(*item) for item in data["not_run"]),
        rules,
        files,
        triples,
        data["engine"],
        tuple(Waived(finding_from(found), *rest) for found, *rest in data["waived"]),
        held_back,
    )


def from_result(result: Result) -> list[Any]:
    """A validation result as plain data. TypeError for terms that only RDF 1.2 has."""
    return [
        _from_term(result.shape),
        _from_term(result.constraint),
        result.component,
        _from_term(result.focus),
        result.path,
        _from_term(result.value),
        result.severity,
        [_from_term(message) for message in result.messages],
        [from_result(detail) for detail in result.details],
    ]


def result_from(data: list[Any]) -> Result:
    """A validation result from plain data. Raises one of `BROKEN`."""
    shape, constraint, component, focus, path, value, severity, messages, details = data
    return Result(
        _term_from(shape),
        _term_from(constraint),
        component,
        _term_from(focus),
        path,
        _term_from(value),
        severity,
        tuple(_literals(map(_term_from, messages))),
        tuple(map(result_from, details)),
    )


def _literals(terms: Iterable[Term | None]) -> Iterable[ox.Literal]:
    for term in terms:
        if not isinstance(term, ox.Literal):
            raise TypeError(term)
        yield term


def _from_term(term: Term | None) -> Any:
    if term is None:
        return None
    if isinstance(term, ox.Literal):
        datatype = "" if term.language else term.datatype.value
        if term.direction:
            raise TypeError(term)
        return [term.value, term.language or "", datatype]
    if not isinstance(term, ox.NamedNode | ox.BlankNode):
        raise TypeError(term)
    return str(term)


def _term_from(data: Any) -> Term | None:
    if data is None:
        return None
    if isinstance(data, list):
        value, language, datatype = data
        if language:
            return ox.Literal(value, language=language)
        return ox.Literal(value, datatype=ox.NamedNode(datatype))
    return ox.BlankNode(data[2:]) if data.startswith("_:") else ox.NamedNode(data[1:-1])
