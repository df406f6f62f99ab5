"""What every format needs to say of a finding: names, places, help, and what comes first.

This module decides how a finding is put into words and in which order findings are
read; the formats decide where the words go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from mesokg.rendering import show, visible
from mesokg.report import Finding, Location, Report, Rule, Severity
from mesokg.terms import SHAPES, VOCABULARY_BASE, Prefixes

__all__ = ["SHIPPED", "View", "counted", "help_uri", "looked_at", "ordered"]

#: How the path of a file begins that comes with the tool and lies in nobody's project.
SHIPPED: Final = "mesokg:"
#: Rules whose findings explain others, so they are read first.
_FIRST: Final = frozenset({"does-not-parse"})
_RULE_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: Characters of a message that are shown; a longer one has no reader.
_LONGEST: Final = 2000
_DEEPEST: Final = 10
_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")


@dataclass(frozen=True, slots=True)
class View:
    """A report with what is known about its terms, rules and files.

    `source` gives the text of a file by the path in a location, or None. `root` is
    the folder that paths are written relative to, `folder` where the project lies below
    it, `fallback` the file that stands in where a format asks for a file and a finding
    has none.
    """

    report: Report
    prefixes: Prefixes
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rules: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))
    source: Callable[[str], str | None] | None = None
    root: str = ""
    folder: str = ""
    fallback: str = "mesokg.toml"
    color: bool = False
    width: int = 100
    limit: int | None = 10
    fail_on: Severity | None = Severity.VIOLATION
    waived: bool = False

    def message(self, finding: Finding) -> str:
        """The message on one line, nothing in it that a terminal would obey."""
        return visible(_shortened(finding.message).strip()) or finding.severity.label

    def focus(self, finding: Finding, room: int = 80) -> str:
        """The thing that is wrong with its name in brackets, or nothing."""
        if not finding.focus:
            return ""
        name = visible(self.labels.get(finding.focus[1:-1], ""))
        if len(name) > room:
            name = name[: room - 1].rstrip() + "…"
        return f"{self.term(finding.focus)} ({name})" if name else self.term(finding.focus)

    def statement(self, finding: Finding) -> str:
        """The property and the value, as far as they are known and not the thing itself."""
        value = finding.value if finding.value != finding.focus else ""
        return " ".join(self.term(part) for part in (finding.path, value) if part)

    def term(self, text: str) -> str:
        """A term, or a path of terms, as a person reads it."""
        return show(_shortened(text), self.prefixes)

    def fix(self, finding: Finding) -> str:
        """The way out on one line, or nothing."""
        return visible(_shortened(finding.fix).strip())

    def words(self, finding: Finding) -> list[str]:
        """All that there is to say, a line each: message, thing, causes, way out."""
        about = " ".join(part for part in (self.focus(finding), self.statement(finding)) if part)
        lines = [self.message(finding), about]
        lines += [f"{'  ' * depth}because: {text}" for depth, text in self.causes(finding)]
        lines += [
            f"also: {self.place(other.location)}: {visible(other.message)}"
            for other in finding.related
            if not other.location.path.startswith(SHIPPED)
        ]
        lines.append(f"help: {self.fix(finding)}" if finding.fix else "")
        return [line for line in lines if line]

    def causes(self, finding: Finding, depth: int = 0) -> Iterator[tuple[int, str]]:
        """The nested results below a finding: how deep each stands, and what it says."""
        for cause in finding.causes if depth < _DEEPEST else ():
            yield depth, self.cause(cause)
            yield from self.causes(cause, depth + 1)

    def cause(self, cause: Finding) -> str:
        """What a nested result says, with the property and the value it does not name itself."""
        message = self.message(cause)
        value = cause.value if cause.value != cause.focus else ""
        parts = [self.term(part) for part in (cause.path, value) if part]
        unsaid = " ".join(part for part in parts if part not in message)
        return f"{message} ({unsaid})" if unsaid else message

    def path(self, location: Location) -> str:
        """The path of a location as seen from the root, where it lies below it."""
        root = self.root.replace("\\", "/").rstrip("/")
        path = location.path.replace("\\", "/") if "\\" in self.root else location.path
        if root and path.startswith(f"{root}/"):
            return path[len(root) + 1 :]
        elsewhere = path == "-" or path.startswith(("/", SHIPPED)) or _DRIVE.match(path)
        folder = self.folder.strip("/")
        return path if elsewhere or folder in {"", "."} else f"{folder}/{path}"

    def place(self, location: Location | None) -> str:
        """``path:line:column`` on one line, the form editors and terminals understand."""
        if location is None:
            return "the whole graph"
        numbers = (str(number) for number in (location.line, location.column) if number)
        return visible(":".join((self.path(location), *numbers)))

    def title(self, rule: str) -> str:
        """What a rule asks, or nothing for a rule nobody described."""
        return visible(self.rules[rule].title) if rule in self.rules else ""

    def help(self, rule: str) -> str:
        """Where a rule is described, or nothing."""
        return help_uri(rule, self.prefixes)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def help_uri(rule: str, prefixes: Prefixes) -> str:
    """Where a rule is described: our page for an id, the shape itself for a CURIE or an IRI.

    >>> help_uri("claim-core", Prefixes())
    'https://w3id.org/mesokg/rules#claim-core'
    >>> help_uri("ex:PersonShape", Prefixes({"ex": "http://example.org/"}))
    'http://example.org/PersonShape'
    >>> help_uri("no such", Prefixes())
    ''
    """
    if _RULE_ID.fullmatch(rule):
        return f"{VOCABULARY_BASE}rules#{rule}"
    iri = prefixes.expand(rule) or rule.strip("<>")
    if iri.startswith(SHAPES):
        return f"{VOCABULARY_BASE}rules#{quote(iri[len(SHAPES) :])}"
    if not iri.startswith(("http://", "https://")):
        return ""
    return quote(iri, safe="%/:=&?~#+!$,;'@()*[]", errors="replace")


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in the order to read them: files that do not parse, then the worst."""
    return sorted(findings, key=lambda finding: (finding.rule not in _FIRST, -finding.severity))


def counted(number: int, word: str) -> str:
    """A number with its noun.

    >>> counted(1, "file"), counted(9812, "triple")
    ('1 file', '9,812 triples')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def looked_at(report: Report) -> tuple[str, str]:
    """What was found and what was looked at, in words.

    >>> looked_at(Report(rules=97, files=1, triples=9812, engine="pyshacl"))
    ('0 violations, 0 warnings, 0 infos', '97 rules, 1 file, 9,812 triples (pyshacl)')
    """
    found = (
        counted(report.count(severity), severity.label)
        for severity in sorted(Severity, reverse=True)
    )
    numbers = ((report.rules, "rule"), (report.files, "file"), (report.triples, "triple"))
    engine = f" ({visible(report.engine)})" if report.engine else ""
    return ", ".join(found), ", ".join(counted(*pair) for pair in numbers) + engine
