"""Findings: what is wrong, where, by which rule, and the way out.

A report is a value. Whoever finds problems makes `Finding`s; whoever shows
them (`mesokg.rendering`) never asks how they were found.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Finding", "Location", "NotRun", "Report", "Severity"]


class Severity(enum.IntEnum):
    """How bad a finding is; the larger the worse, so severities compare.

    >>> Severity.VIOLATION > Severity.WARNING
    True
    >>> Severity.from_name("info").label
    'info'
    """

    INFO = 1
    WARNING = 2
    VIOLATION = 3

    @property
    def label(self) -> str:
        """The word used in options, files and reports: violation, warning or info."""
        return self.name.lower()

    @classmethod
    def from_name(cls, name: str) -> Severity:
        """The severity of a word; ValueError for any other word."""
        try:
            return cls[name.upper()]
        except KeyError:
            raise ValueError(f"no severity {name!r}; one of violation, warning, info") from None


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file; lines and columns count from 1, 0 means not known."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``path:line:column`` as far as it is known, the form editors understand."""
        return ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `focus`, `path` and `value` are terms in N-Triples form, or empty.

    `causes` are the nested results that explain this one (``sh:detail``).
    """

    rule: str
    severity: Severity
    message: str
    focus: str = ""
    path: str = ""
    value: str = ""
    location: Location | None = None
    fix: str = ""
    component: str = ""
    causes: tuple[Finding, ...] = ()

    @property
    def order(self) -> tuple[object, ...]:
        """Sort key: worst first, then by place, then by content; total, so output is stable."""
        place = self.location or Location("~")
        return (
            -self.severity, place, self.rule, self.focus, self.path, self.value, self.message,
            self.fix, self.component, tuple(cause.order for cause in self.causes),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class NotRun:
    """A rule that could not be checked, and why. Never the same as passed."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a validation found, in a fixed order, with what it looked at and what it could not.

    >>> report = Report.of([Finding("claim-core", Severity.WARNING, "no label")])
    >>> report.worst.label, report.count(Severity.WARNING), report.passes(Severity.VIOLATION)
    ('warning', 1, True)
    """

    findings: tuple[Finding, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    rules: int = 0
    files: int = 0
    triples: int = 0
    engine: str = ""

    @classmethod
    def of(
        cls,
        findings: Iterable[Finding],
        *,
        not_run: Iterable[NotRun] = (),
        rules: int = 0,
        files: int = 0,
        triples: int = 0,
        engine: str = "",
    ) -> Report:
        """A report with its findings sorted and without repeats."""
        ordered = sorted(dict.fromkeys(findings), key=lambda finding: finding.order)
        return cls(tuple(ordered), tuple(sorted(set(not_run))), rules, files, triples, engine)

    @property
    def worst(self) -> Severity | None:
        """The worst severity found, or None when nothing was."""
        return max((finding.severity for finding in self.findings), default=None)

    def count(self, severity: Severity) -> int:
        """How many findings have exactly this severity."""
        return Counter(finding.severity for finding in self.findings)[severity]

    def passes(self, limit: Severity | None) -> bool:
        """Whether nothing at or above the limit was found (None: always)."""
        return limit is None or self.worst is None or self.worst < limit
