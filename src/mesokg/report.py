"""Findings: what is wrong, where, by which rule, and the way out.

A report is a value. Whoever finds problems makes `Finding`s; whoever shows
them (`mesokg.reporting`) never asks how they were found.
"""

from __future__ import annotations

import enum
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

__all__ = [
    "Anchor",
    "Finding",
    "Location",
    "NotRun",
    "Original",
    "Related",
    "Report",
    "Rule",
    "Severity",
    "Waived",
]


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
    """A place in a file, perhaps with its end.

    Lines and columns count from 1, columns in Unicode code points; the end is the first column
    that no longer belongs to it (SARIF 2.1.0, 3.30). 0 means not known.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    @classmethod
    def within(cls, path: str, text: str, start: int, end: int) -> Location:
        r"""Where a stretch of a file's text stands, given by offsets.

        >>> Location.within("a.ttl", "one\ntwo", 4, 7)
        Location(path='a.ttl', line=2, column=1, end_line=2, end_column=4)
        """
        line, end_line = (text.count("\n", 0, place) + 1 for place in (start, end))
        column, end_column = (place - text.rfind("\n", 0, place) for place in (start, end))
        return cls(path, line, column, end_line, end_column)

    def __str__(self) -> str:
        """``path:line:column`` as far as it is known, the form editors understand."""
        return ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True, order=True)
class Related:
    """Another place that a finding is about, and what stands there."""

    message: str
    location: Location


@dataclass(frozen=True, slots=True)
class Anchor:
    """The statement that a finding is about, as the dataset has it, to find its place by.

    Terms in N-Triples form; unlike in a finding they may be labels of blank nodes,
    so an anchor is never shown. Empty parts are not known; an empty object with a
    predicate means that a value is missing.
    """

    subject: str = ""
    predicate: str = ""
    object: str = ""
    graph: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """What a result of SHACL says that its finding puts in other words.

    `severity` is the IRI of a severity of one's own, which a finding tells as a violation.
    A focus node that is blank has no name to tell: the finding names the thing that it
    belongs to. `value` is "blank" for a blank node and "focus" if that is the focus node.
    `times` is how many results of the report say the same.
    """

    severity: str = ""
    blank: bool = False
    value: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `focus`, `path` and `value` are terms in N-Triples form, or empty.

    `causes` are the nested results that explain this one (``sh:detail``), `shape` is
    the named shape that asks for what is missing, `related` are other places worth a
    look. `replacement` is what should stand at `location` instead, only where that
    is certain. `original` is for whoever wants SHACL's own report of it.
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
    related: tuple[Related, ...] = ()
    shape: str = ""
    replacement: str | None = None
    anchor: Anchor = field(default=Anchor(), compare=False, repr=False)
    original: Original = field(default=Original(), compare=False, repr=False)

    @property
    def order(self) -> tuple[object, ...]:
        """Sort key: worst first, then by place, then by content; total, so output is stable."""
        place = self.location or Location("~")
        return (
            -self.severity, place, self.rule, self.focus, self.path, self.value, self.message,
            self.fix, self.component, tuple(cause.order for cause in self.causes), self.related,
            self.shape, self.replacement or "",
        )  # fmt: skip

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that stay the same when lines move or other files change.

        Made from the rule, the file and what the finding is about; from the message
        only when it is about no thing. Two findings may share a fingerprint.
        """
        path = self.location.path if self.location else ""
        about = (self.focus, self.path, self.value, self.component)
        parts = (self.rule, path, *(about if any(about) else (self.message,)))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule asks (`title`), why (`about`) and the way out (`fix`).

    `how` is shape, check or code: what it is written in.
    """

    id: str
    title: str
    about: str
    fix: str
    severity: Severity
    how: str
    needs_text: bool = False


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that somebody decided to live with, and why.

    `kind` is where that was said: config (a waiver in the configuration), inline (a
    comment beside the statement) or baseline.
    """

    finding: Finding
    reason: str
    kind: str
    until: str = ""


@dataclass(frozen=True, slots=True, order=True)
class NotRun:
    """A rule that could not be checked, and why. Never the same as passed."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a validation found, in a fixed order, with what it looked at and what it could not.

    `waived` findings count for nothing. `held_back` is how many findings were left out
    because they may only follow from files that do not parse.

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
    waived: tuple[Waived, ...] = ()
    held_back: int = 0

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
        waived: Iterable[Waived] = (),
        held_back: int = 0,
    ) -> Report:
        """A report with its findings sorted and without repeats, which are counted."""
        ordered = sorted(_counted(findings), key=lambda finding: finding.order)
        settled = sorted(dict.fromkeys(waived), key=lambda item: (item.finding.order, item.kind))
        return cls(
            tuple(ordered), tuple(sorted(set(not_run))), rules, files, triples, engine,
            tuple(settled), held_back,
        )  # fmt: skip

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


def _counted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, each once; of results of SHACL it is kept how many said the same."""
    times: Counter[Finding] = Counter()
    for finding in findings:
        times[finding] += finding.original.times if finding.component else 0
    for finding, count in times.items():
        same = count in {0, finding.original.times}
        yield finding if same else replace(finding, original=replace(finding.original, times=count))
