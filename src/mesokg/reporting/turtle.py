"""A report as a SHACL validation report in Turtle (SHACL, 3.6).

This module decides how a finding becomes a ``sh:ValidationResult``, also one of a rule
that is no shape. What SHACL has no word for is said with a few terms of our own in
``https://w3id.org/mesokg/report#`` (docs/formats.md declares them). What a finding merges
or puts in other words is as SHACL said it: each result by itself, severities of one's own,
blank nodes as blank nodes. These are nested, or numbered where one stands twice, so the
same report is the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from mesokg.report import Finding, Location, Related, Severity, Waived
from mesokg.reporting.view import View
from mesokg.terms import STANDARD_PREFIXES, VOCABULARY_BASE, Prefixes

__all__ = ["as_turtle"]

_OURS: Final = VOCABULARY_BASE + "report#"
_SH: Final = STANDARD_PREFIXES["sh"]
_PREFIX: Final = re.compile(r"[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_PATH_TOKEN: Final = re.compile(r"<[^<>]*>|[()|/^*+?]")
_MARKS: Final = {"*": "zeroOrMorePath", "+": "oneOrMorePath", "?": "zeroOrOnePath"}
_SEVERITIES: Final = {
    Severity.VIOLATION: "sh:Violation",
    Severity.WARNING: "sh:Warning",
    Severity.INFO: "sh:Info",
}
_DEEPEST: Final = 50


def as_turtle(view: View) -> str:
    """The report as Turtle with a final newline; parses whatever the data hold."""
    page = _Page(view.prefixes)
    body = "\n".join(page.report(view))
    heads = "".join(
        f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in sorted(page.used.items())
    )
    return f"{heads}\n{body}\n"


class _Page:
    def __init__(self, prefixes: Prefixes) -> None:
        own = {"sh": _SH, "report": _OURS, "xsd": STANDARD_PREFIXES["xsd"]}
        self.prefixes = Prefixes(
            {p: n for p, n in prefixes.items() if _PREFIX.fullmatch(p) and _is_iri(n)} | own
        )
        self.used = {"sh": _SH}
        self.blank = 0

    def report(self, view: View) -> Iterator[str]:
        report = view.report
        yield "[] a sh:ValidationReport ;"
        yield f"    sh:conforms {'false' if report.findings else 'true'} ;"
        for name in ("rules", "files", "triples"):
            yield f"    {self.own(name)} {getattr(report, name)} ;"
        if report.engine:
            yield f"    {self.own('engine')} {_string(report.engine)} ;"
        if report.held_back:
            yield f"    {self.own('heldBack')} {report.held_back} ;"
        for item in report.not_run:
            rule, reason = self.own("rule"), self.own("reason")
            yield (
                f"    {self.own('notRun')} [ {rule} {_string(item.rule)} ; "
                f"{reason} {_string(item.reason)} ] ;"
            )
        for waived in report.waived:
            yield from self.waived(waived, view)
        for finding in report.findings:
            for _ in range(finding.original.times):
                yield f"    sh:result {self.result(finding, view, 1)} ;"
        yield "."

    def waived(self, item: Waived, view: View) -> Iterator[str]:
        """A result that does not count: no ``sh:result`` of the report."""
        yield (
            f"    {self.own('waived')} [ {self.own('reason')} {_string(item.reason)} ; "
            f"{self.own('kind')} {_string(item.kind)} ; "
            f"{self.own('finding')} {self.result(item.finding, view, 1)} ] ;"
        )

    def result(self, finding: Finding, view: View, depth: int) -> str:
        """A result as a blank node; all that SHACL says must be there, is."""
        focus, value = self.nodes(finding, view)
        lines = ["a sh:ValidationResult", f"sh:focusNode {focus}"]
        if finding.original.blank and finding.focus:
            lines.append(f"{self.own('holder')} {self.term(finding.focus)}")
        path = self.path(finding.path)
        if path:
            lines.append(f"sh:resultPath {path}")
        if value:
            lines.append(f"sh:value {value}")
        component = finding.component or _OURS + "RuleConstraintComponent"
        shape = finding.shape or view.help(finding.rule)
        lines += [
            f"sh:resultSeverity {self.severity(finding)}",
            f"sh:sourceConstraintComponent {self.iri(component)}",
            *([f"sh:sourceShape {self.iri(shape)}"] if shape else []),
            f"sh:resultMessage {_string(finding.message)}",
            f"{self.own('rule')} {_string(finding.rule)}",
        ]
        if finding.fix:
            lines.append(f"{self.own('fix')} {_string(finding.fix)}")
        if finding.replacement is not None:
            lines.append(f"{self.own('replacement')} {_string(finding.replacement)}")
        lines += self.location(finding.location, view)
        lines += [f"{self.own('related')} {self.related(r, view, depth)}" for r in finding.related]
        if depth < _DEEPEST:
            lines += [f"sh:detail {self.result(c, view, depth + 1)}" for c in finding.causes]
        indent = "\n" + "    " * (depth + 1)
        return f"[{indent}" + f" ;{indent}".join(lines) + "\n" + "    " * depth + "]"

    def nodes(self, finding: Finding, view: View) -> tuple[str, str]:
        """The focus node and the value, which may be empty; blank nodes as such."""
        original = finding.original
        if original.value == "focus":
            self.blank += 1
            return f"_:n{self.blank}", f"_:n{self.blank}"
        value = self.term(finding.value) if finding.value else ""
        return (
            "[]" if original.blank else self.focus(finding, view),
            "[]" if original.value else value,
        )

    def severity(self, finding: Finding) -> str:
        """SHACL's severity, or the shape's own, unless a project has set another one."""
        own = finding.original.severity
        if own and finding.severity is Severity.VIOLATION:
            return self.iri(own)
        return _SEVERITIES[finding.severity]

    def focus(self, finding: Finding, view: View) -> str:
        """The thing; for a finding about no thing the file, which is a node, too."""
        if finding.focus:
            return self.term(finding.focus)
        if finding.location is None:
            return "[]"
        path = view.path(finding.location)
        return f"[ a {self.own('File')} ; {self.own('file')} {_string(path)} ]"

    def location(self, place: Location | None, view: View) -> list[str]:
        if place is None:
            return []
        numbers = (
            ("line", place.line),
            ("column", place.column),
            ("endLine", place.end_line),
            ("endColumn", place.end_column),
        )
        return [
            f"{self.own('file')} {_string(view.path(place))}",
            *(f"{self.own(name)} {number}" for name, number in numbers if number),
        ]

    def related(self, related: Related, view: View, depth: int) -> str:
        lines = [f"sh:message {_string(related.message)}"]
        return f"[ {' ; '.join(lines + self.location(related.location, view))} ]"

    def path(self, text: str) -> str:
        """A path of SPARQL as SHACL writes it, or nothing for what is none."""
        if not text:
            return ""
        tokens = _PATH_TOKEN.findall(text)
        if "".join(tokens) != text:
            return ""
        try:
            return _Path(tokens, self).read()
        except (IndexError, RecursionError, ValueError):
            return ""

    def term(self, text: str) -> str:
        """A term in N-Triples form; what is none becomes a string that says so."""
        if text.startswith("<") and text.endswith(">") and _is_iri(text[1:-1]):
            return self.iri(text[1:-1])
        return text if _is_literal(text) else _string(text)

    def iri(self, iri: str) -> str:
        if not _is_iri(iri):
            iri = "urn:x-mesokg:" + quote(iri, errors="replace")
        short = self.prefixes.shorten(iri)
        if not short.startswith("<"):
            prefix = short.partition(":")[0]
            self.used[prefix] = self.prefixes[prefix]
        return short

    def own(self, name: str) -> str:
        return self.iri(_OURS + name)


class _Path:
    """Reads a path by SPARQL's grammar (SPARQL 1.1, rules 88 to 94) and writes SHACL's."""

    def __init__(self, tokens: list[str], page: _Page) -> None:
        self.tokens = [*tokens, ""]
        self.place = 0
        self.page = page
        self.depth = 0

    def read(self) -> str:
        path = self.choice()
        if self.tokens[self.place]:
            raise ValueError("more than a path")
        return path

    def take(self, *wanted: str) -> str:
        token = self.tokens[self.place]
        if not token or (wanted and token not in wanted):
            return ""
        self.place += 1
        return token

    def choice(self) -> str:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError("too deep")
        parts = [self.sequence()]
        while self.take("|"):
            parts.append(self.sequence())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else f"[ sh:alternativePath ( {' '.join(parts)} ) ]"

    def sequence(self) -> str:
        parts = [self.step()]
        while self.take("/"):
            parts.append(self.step())
        return parts[0] if len(parts) == 1 else f"( {' '.join(parts)} )"

    def step(self) -> str:
        if self.take("^"):
            return f"[ sh:inversePath {self.step()} ]"
        token = self.take()
        if token == "(":
            path = self.choice()
            if not self.take(")"):
                raise ValueError("no closing bracket")
        elif token.startswith("<") and _is_iri(token[1:-1]):
            path = self.page.iri(token[1:-1])
        else:
            raise ValueError("no path")
        while mark := self.take(*_MARKS):
            path = f"[ sh:{_MARKS[mark]} {path} ]"
        return path


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def _is_literal(text: str) -> bool:
    """Whether a text is one literal of RDF 1.1, as every reader of Turtle knows it."""
    if not text.startswith('"') or "--" in text.rpartition('"')[2]:
        return False
    try:
        quads = list(ox.parse(f"<a:a> <a:a> {text} .", format=ox.RdfFormat.N_TRIPLES))
    except (SyntaxError, ValueError):
        return False
    return len(quads) == 1


def _string(text: str) -> str:
    """A string of Turtle; lone surrogates, which no file can hold, become U+FFFD."""
    return str(ox.Literal(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")))
