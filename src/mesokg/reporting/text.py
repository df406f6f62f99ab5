"""A report for people at a terminal, laid out like the messages of a good compiler.

This module decides what stands where: the place first, so that it can be clicked,
then the message, the line of the file with a mark, the thing and the way out; what
says the same only once; and no more than can be read. Data may be hostile: no
character of it reaches a terminal that could move the cursor, change colours or turn
the direction of the text, and no line that the log of a CI step would obey.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from mesokg.rendering import visible
from mesokg.report import Finding, Location, Severity
from mesokg.reporting.source import cut, lines_between, lines_of, marked, width_of, wrapped
from mesokg.reporting.view import SHIPPED, View, counted, looked_at, ordered

__all__ = ["as_text"]

_PLAIN: Final = "\N{ESCAPE}[0m"
_BOLD: Final = "1"
_DIM: Final = "2"
_EDGE: Final = "34"
_GONE: Final = "31"
_NEW: Final = "32"
_COLOURS: Final[Mapping[Severity, str]] = MappingProxyType(
    {Severity.VIOLATION: "31", Severity.WARNING: "33", Severity.INFO: "36"}
)
#: How many times the limit of one rule the limit of all together is.
_RULES: Final = 20
#: How many findings make a table of counts worth its lines.
_TABLE: Final = 20
_TABLE_ROWS: Final = 30
_RELATED: Final = 3
_NAMED: Final = 6
_CAUSES: Final = 20
_NARROWEST: Final = 40

#: What the log of a GitHub step takes for a command, besides ##[command].
_COMMAND: Final = re.compile(r"^([^\S\n]*)::", re.MULTILINE)

_Group = list[Finding]


def as_text(view: View) -> str:
    """The report as text with a final newline; its last line says in numbers what was found."""
    text = "\n".join(_Page(view).lines()) + "\n"
    return _COMMAND.sub(r"\1\\u003A:", text.replace("##[", "\\u0023#["))


class _Page:
    def __init__(self, view: View) -> None:
        self.view = replace(view, width=max(view.width, _NARROWEST))
        self.width = self.view.width
        self.sources: dict[str, Mapping[int, str]] = {}

    def lines(self) -> Iterator[str]:
        groups, hidden = self._chosen()
        self.sources = self._read(group[0] for group, _ in groups)
        for group, more in groups:
            yield from self._group(group, more)
            yield ""
        if hidden:
            yield from self._hidden(hidden)
            yield ""
        for part in (self._table(), self._rest()):
            lines = list(part)
            yield from lines
            if lines:
                yield ""
        yield self._summary()

    # --- what is shown -------------------------------------------------------------------

    def _chosen(self) -> tuple[list[tuple[_Group, int]], Counter[str]]:
        """The findings to show, those that say the same together, with how many more each has.

        And how many of each rule are not shown at all.
        """
        said: dict[tuple[object, ...], _Group] = {}
        for finding in ordered(self.view.report.findings):
            key = (finding.severity, finding.rule, finding.message, finding.fix)
            said.setdefault(key, []).append(finding)
        limit = self.view.limit
        total = limit * _RULES if limit is not None else 0
        shown: Counter[str] = Counter()
        hidden: Counter[str] = Counter()
        groups: list[tuple[_Group, int]] = []
        for group in said.values():
            rule = group[0].rule
            room = len(group)
            if limit is not None:
                room = min(room, limit - shown[rule], total - shown.total())
            if room <= 0:
                hidden[rule] += len(group)
                continue
            shown[rule] += room
            groups.append((group[:room], len(group) - room))
        return groups, hidden

    def _read(self, findings: Iterable[Finding]) -> dict[str, Mapping[int, str]]:
        """The lines that will be shown, of each file in one pass."""
        wanted: defaultdict[str, set[int]] = defaultdict(set)
        for finding in findings:
            places = [finding.location, *(r.location for r in finding.related[:_RELATED])]
            for place in places:
                if place and place.line:
                    wanted[place.path].update(lines_between(place))
        found = {}
        for path, numbers in wanted.items() if self.view.source else ():
            text = self.view.source(path) if self.view.source else None
            if text is not None:
                found[path] = lines_of(text.removeprefix("\ufeff"), numbers)
        return found

    # --- one finding ---------------------------------------------------------------------

    def _group(self, group: _Group, more: int) -> Iterator[str]:
        """The first finding in full, then where else the same is the case."""
        first = group[0]
        yield from self._head(first)
        gutter = self._gutter(first)
        yield from self._excerpt(first.location, gutter, _COLOURS[first.severity])
        yield from self._about(first, gutter)
        yield from self._causes(first)
        yield from self._fix(first, gutter)
        yield from self._related(first, gutter)
        yield from self._elsewhere(group, more)

    def _head(self, finding: Finding) -> Iterator[str]:
        place = self._paint(_BOLD, self.view.place(finding.location))
        colour = _COLOURS[finding.severity]
        rule = visible(finding.rule)
        word = self._paint(f"1;{colour}", finding.severity.label) + self._paint(colour, f"[{rule}]")
        yield f"{place}: {word}"
        for line in wrapped(self.view.message(finding), self.width, "  "):
            yield self._paint(_BOLD, line)

    def _gutter(self, finding: Finding) -> int:
        """How wide the column of line numbers is; 0 when no line of a file is shown."""
        places = [finding.location, *(r.location for r in finding.related[:_RELATED])]
        numbers = [
            number
            for place in places
            if place is not None
            for number in lines_between(place)
            if number in self.sources.get(place.path, {})
        ]
        return max(2, *(len(str(number)) for number in numbers)) if numbers else 0

    def _excerpt(self, place: Location | None, gutter: int, colour: str) -> Iterator[str]:
        """The line of a place with its span marked; of a longer span the first and last line."""
        lines = self.sources.get(place.path, {}) if place else {}
        if place is None or place.line not in lines:
            return
        first, last = lines_between(place)
        text = lines[first]
        start = place.column - 1 if place.column else 0
        ends_here = place.end_column - 1 if place.end_line == first and place.column else start
        yield self._bar(gutter)
        if last == first:
            end = ends_here if place.end_line in {0, first} else len(text.rstrip())
            yield from self._line(first, text, start, end, gutter, colour, bool(place.column))
            return
        yield from self._line(first, text, start, len(text.rstrip()), gutter, colour)
        if last not in lines:
            return
        if last > first + 1:
            yield self._bar(gutter, "…")
        text = lines[last]
        begin = len(text) - len(text.lstrip())
        end = place.end_column - 1 if place.end_line == last else len(text)
        yield from self._line(last, text, begin, end, gutter, colour)

    def _line(
        self, number: int, text: str, start: int, end: int, gutter: int, colour: str,
        mark: bool = True,
    ) -> Iterator[str]:  # fmt: skip
        shown, left, right = marked(text, start, end, self.width - gutter - 5)
        yield f"{self._bar(gutter, str(number))} {shown}".rstrip()
        if mark:
            yield f"{self._bar(gutter)} {' ' * left}" + self._paint(
                f"1;{colour}", "^" * (right - left)
            )

    def _bar(self, gutter: int, text: str = "") -> str:
        return self._paint(_EDGE, f"  {text:>{gutter}} │")

    def _about(self, finding: Finding, gutter: int) -> Iterator[str]:
        """What the finding is about: the thing with its name, then property and value."""
        lead = f"{self._bar(gutter)} " if gutter else "    "
        room = self.width - (gutter + 5 if gutter else 4)
        focus = self.view.focus(finding)
        if focus:
            iri = self.view.term(finding.focus)
            name = cut(focus[len(iri) :], max(20, room - width_of(iri)))
            yield lead + self._paint(_DIM, wrapped(iri, 0)[0] + name)
        path, value = self._out_of_sight(finding)
        for line in wrapped(" ".join((cut(path, room), value)), room, hanging="  "):
            if line:
                yield lead + self._paint(_DIM, line)

    def _out_of_sight(self, finding: Finding) -> tuple[str, str]:
        """The property and the value, unless the lines and the message shown name both."""
        place = finding.location
        lines = self.sources.get(place.path, {}) if place else {}
        numbers = lines_between(place) if place else ()
        shown = [self.view.message(finding), *(lines[n] for n in numbers if n in lines)]
        value = finding.value if finding.value != finding.focus else ""
        parts = tuple(self.view.term(part) if part else "" for part in (finding.path, value))
        seen = all(any(part in text for text in shown) for part in parts)
        return ("", "") if seen else (parts[0], parts[1])

    def _causes(self, finding: Finding) -> Iterator[str]:
        """The nested results as a tree."""
        if finding.causes:
            yield "  because"
        lines = self._branches(finding, "  ")
        for count, line in enumerate(lines, 1):
            if count > _CAUSES:
                yield "  … and more causes"
                return
            yield line

    def _branches(self, finding: Finding, indent: str) -> Iterator[str]:
        for count, cause in enumerate(finding.causes, 1):
            last = count == len(finding.causes)
            fork, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
            if len(indent) > self.width // 3:
                yield indent + "└─ …"
                return
            tree, rest = self._paint(_EDGE, indent + fork), self._paint(_EDGE, indent + below)
            room = self.width - len(indent) - len(fork)
            for number, line in enumerate(wrapped(self.view.cause(cause), room)):
                yield (rest if number else tree) + line
            yield from self._branches(cause, indent + below)

    def _fix(self, finding: Finding, gutter: int) -> Iterator[str]:
        """The way out, and what the line becomes where that is certain."""
        if finding.fix:
            text = wrapped(f"help: {self.view.fix(finding)}", self.width, "  ", "        ")
            yield self._paint(_NEW, text[0][:7]) + text[0][7:]
            yield from text[1:]
        place, new = finding.location, finding.replacement
        if new is None or place is None:
            return
        old = self.sources.get(place.path, {}).get(place.line)
        one_line = place.end_line == place.line and "\n" not in new and "\r" not in new
        if old is None or not one_line or not place.column:
            if not finding.fix:
                yield from wrapped(
                    f"help: write {visible(new[:200])}", self.width, "  ", "        "
                )
            return
        start, end = place.column - 1, place.end_column - 1
        after = old[:start] + new + old[end:]
        room = self.width - gutter - 5
        before_line = marked(old, start, end, room)[0]
        after_line = marked(after, start, start + len(new), room)[0]
        yield self._paint(_GONE, f"  {place.line:>{gutter}} - {before_line}")
        yield self._paint(_NEW, f"  {place.line:>{gutter}} + {after_line}")

    def _related(self, finding: Finding, gutter: int) -> Iterator[str]:
        """Other places worth a look, with their lines; not the shapes that come with the tool."""
        related = [r for r in finding.related if not r.location.path.startswith(SHIPPED)]
        for other in related[:_RELATED]:
            message = visible(other.message)
            place = self.view.place(other.location)
            text = wrapped(f"also: {place}: {message}", self.width, "  ", "        ")
            yield self._paint(_EDGE, text[0][:7]) + text[0][7:]
            yield from text[1:]
            yield from self._excerpt(other.location, gutter, _EDGE)
        if len(related) > _RELATED:
            yield f"  also: {counted(len(related) - _RELATED, 'more place')}"

    def _elsewhere(self, group: _Group, more: int) -> Iterator[str]:
        """Where else the same is the case."""
        first, *others = group
        if others or more:
            yield f"  the same in {counted(len(others) + more, 'more place')}:"
        for finding in others:
            place = self.view.place(finding.location)
            same = replace(finding, path="") if finding.path == first.path else finding
            about = " ".join(filter(None, (self.view.focus(same), self.view.statement(same))))
            about = cut(about, max(20, self.width - width_of(place) - 6))
            yield f"    {self._paint(_BOLD, place)}  {self._paint(_DIM, about)}".rstrip()
        if others and more:
            yield f"    … and {more:,} more"

    # --- the end -------------------------------------------------------------------------

    def _hidden(self, hidden: Counter[str]) -> Iterator[str]:
        most = sorted(hidden.items(), key=lambda row: (-row[1], row[0]))
        rules = [f"{count:,} of {visible(rule)}" for rule, count in most[:_NAMED]]
        rules += ["…"] if len(most) > _NAMED else []
        text = f"not shown: {counted(hidden.total(), 'more finding')} ({', '.join(rules)})"
        yield from wrapped(f"{text}; -f json has all", self.width, "", "  ")

    def _table(self) -> Iterator[str]:
        """How many findings each rule has, when there are more than a screen shows."""
        findings = self.view.report.findings
        if len(findings) <= _TABLE:
            return
        counts = Counter((-finding.severity, finding.rule) for finding in findings)
        rows = sorted(counts.items(), key=lambda row: (row[0][0], -row[1], row[0][1]))
        shown = rows[:_TABLE_ROWS]
        number = max(len(f"{count:,}") for _, count in shown)
        column = max(width_of(visible(rule)) for (_, rule), _ in shown)
        for (severity, rule), count in shown:
            colour = _COLOURS[Severity(-severity)]
            word = self._paint(colour, f"{Severity(-severity).label:<9}")
            name = visible(rule)
            room = self.width - number - column - 15
            title = cut(self.view.title(rule), room) if room > 10 else ""
            line = f"  {count:>{number},} {word} {name}"
            if title:
                line += " " * (column - width_of(name)) + "  " + self._paint(_DIM, title)
            yield line
        if len(rows) > len(shown):
            yield f"  … and {counted(len(rows) - len(shown), 'more rule')}"

    def _rest(self) -> Iterator[str]:
        """What was not looked at, and what does not count."""
        report = self.view.report
        reasons: dict[str, list[str]] = {}
        for item in report.not_run:
            reasons.setdefault(item.reason, []).append(item.rule)
        for reason, rules in reasons.items():
            yield from wrapped(
                visible(f"not run, {reason}: {', '.join(rules)}"), self.width, "", "  "
            )
        if report.waived:
            kinds = Counter(item.kind for item in report.waived)
            text = ", ".join(f"{count:,} {visible(kind)}" for kind, count in sorted(kinds.items()))
            yield f"waived: {counted(len(report.waived), 'finding')} ({text})"
        if report.held_back:
            yield from wrapped(
                f"held back: {counted(report.held_back, 'finding')} that may only follow from what "
                "does not parse",
                self.width, "", "  ",
            )  # fmt: skip

    def _summary(self) -> str:
        found, numbers = looked_at(self.view.report)
        worst = self.view.report.worst
        return f"{self._paint(f'1;{_COLOURS[worst] if worst else _NEW}', found)}: {numbers}."

    def _paint(self, colour: str, text: str) -> str:
        return f"\N{ESCAPE}[{colour}m{text}{_PLAIN}" if self.view.color and text else text
