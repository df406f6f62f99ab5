"""Living with findings: the severities of a project, and waivers with a reason.

This module decides which findings count. A waiver names a rule and a reason, and it
is looked after: one that waives nothing, has run out, or names no rule is a finding
itself. What a file that cannot be read would say nobody knows, so such findings are
never waived, nor are those about waivers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.configuration import NEVER_WAIVED, Waiver
from mesokg.project import Project
from mesokg.report import Finding, Location, Rule, Severity, Waived
from mesokg.syntax import Lines, Span, chunks, comments
from mesokg.terms import Prefixes, nearest

__all__ = ["MARK", "WAIVER_RULES", "Inline", "Settled", "inline_waivers", "settle"]

#: A text without these letters holds no waiver.
MARK: Final = "mesokg:"

_UNUSED: Final = "waiver-unused"
_EXPIRED: Final = "waiver-expired"
_WITHOUT_REASON: Final = "waiver-without-reason"
_UNKNOWN: Final = "waiver-unknown-rule"

#: What is asked of waivers.
WAIVER_RULES: Final = (
    Rule(
        _EXPIRED,
        "A waiver holds until its day",
        "A day was set on which somebody meant to look again. From the day after, the waiver "
        "waives nothing, and its findings count.",
        "correct the data and delete the waiver, or give it a new day and say why",
        Severity.WARNING,
        "code",
    ),
    Rule(
        _UNKNOWN,
        "A waiver names a rule that can be waived",
        "A waiver of a rule that does not exist waives nothing. A file that cannot be read may "
        "say anything, so rules about that cannot be waived, nor can the rules about waivers.",
        "name a rule that `mesokg explain` lists, or delete the waiver",
        Severity.VIOLATION,
        "code",
    ),
    Rule(
        _UNUSED,
        "A waiver waives something",
        "A waiver whose finding is gone hides the next one that looks like it.",
        "delete the waiver",
        Severity.WARNING,
        "code",
    ),
    Rule(
        _WITHOUT_REASON,
        "A waiver gives a reason",
        "Who comes later must be able to tell whether the reason still holds. A comment "
        "without one waives nothing.",
        "write it behind the rule: # mesokg: ignore RULE - reason",
        Severity.VIOLATION,
        "code",
    ),
)
_RULES: Final = {rule.id: rule for rule in WAIVER_RULES}


@dataclass(frozen=True, slots=True)
class Inline:
    """A comment that waives findings of `rules` on the lines from `first` to `last`."""

    location: Location
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What is left of findings, those about waivers with them, and what was waived."""

    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...]


def settle(
    findings: Iterable[Finding],
    project: Project | None = None,
    inline: Iterable[Inline] = (),
    *,
    today: date | None = None,
    known: Collection[str] | None = None,
    not_run: Collection[str] = (),
    complete: bool = True,
) -> Settled:
    """The findings with the severities in force, without those that are waived.

    No finding is lost: each is kept or waived, in the order given. After them come the
    findings about waivers. To judge these it must see all findings of the dataset, with their
    places: select some files afterwards. Waivers until a day before `today` have run out
    (None: none has). `known` are the rules that there are (None: not checked). A waiver of
    a rule in `not_run`, or any while the findings are not `complete` (a file cannot be
    read), is not called unused.
    """
    standing = [*_of_comments(inline), *_of_project(project)]
    by_rule: dict[str, list[int]] = defaultdict(list)
    for number, waiver in enumerate(standing):
        if waiver.reason and waiver.rule not in NEVER_WAIVED:
            by_rule[waiver.rule].append(number)
    used: Counter[int] = Counter()
    kept, waived = [], []
    for finding in findings:
        found = _in_force(finding, project)
        fitting = [n for n in by_rule.get(found.rule, ()) if standing[n].fits(found)]
        used.update(fitting)
        holding = next((standing[n] for n in fitting if not standing[n].expired(today)), None)
        if holding is None:
            kept.append(found)
        else:
            until = holding.until.isoformat() if holding.until else ""
            waived.append(Waived(found, holding.reason, holding.kind, until))
    left = Counter(finding.rule for finding in kept)
    for number, waiver in enumerate(standing):
        problem = _misspoken(waiver, known) or _outlived(waiver, used[number], today)
        if not (problem or used[number]) and complete and waiver.rule not in not_run:
            problem = _unused(waiver, left[waiver.rule])
        if problem:
            kept.append(_in_force(problem, project))
    return Settled(tuple(kept), tuple(waived))


@cache
def _fits_glob(glob: str, name: str) -> bool:
    """Whether a file name, with forward slashes, fits a glob; ``**`` is any folders, or all below.

    >>> _fits_glob("data/**", "data/a/b.ttl"), _fits_glob("data/*", "data/a/b.ttl")
    (True, False)
    """
    return _fit(PurePosixPath(glob).parts, PurePosixPath(name).parts)


def _fit(glob: Sequence[str], name: Sequence[str]) -> bool:
    if not glob:
        return not name
    if glob[0] == "**":
        return any(_fit(glob[1:], name[n:]) for n in range(len(name) + 1))
    return bool(name) and fnmatchcase(name[0], glob[0]) and _fit(glob[1:], name[1:])


def _in_force(finding: Finding, project: Project | None) -> Finding:
    """The finding with the severity that the project gives its rule, in its file or everywhere."""
    if project is None:
        return finding
    severity = project.severity.get(finding.rule)
    for glob, table in project.severities if finding.location else ():
        if finding.rule in table and finding.location and _fits_glob(glob, finding.location.path):
            severity = table[finding.rule]
    return finding if severity is None else replace(finding, severity=severity)


# --- waivers of both kinds ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Standing:
    """A waiver of one rule, wherever it was said; `about` is what it is about, in words."""

    rule: str
    reason: str
    kind: str
    location: Location
    fits: Callable[[Finding], bool]
    about: str = ""
    until: date | None = None

    def expired(self, today: date | None) -> bool:
        return self.until is not None and today is not None and self.until < today


def _of_comments(inline: Iterable[Inline]) -> Iterator[_Standing]:
    for comment in inline:
        for rule in comment.rules or ("",):
            yield _Standing(
                rule, comment.reason, "inline", comment.location, partial(_stands_on, comment)
            )


def _stands_on(comment: Inline, finding: Finding) -> bool:
    place = finding.location
    return (
        place is not None
        and place.path == comment.location.path
        and place.line <= comment.last
        and comment.first <= (place.end_line or place.line)
    )


def _of_project(project: Project | None) -> Iterator[_Standing]:
    for waiver in project.waivers if project else ():
        assert project is not None
        about = ", ".join(
            text for text in (waiver.focus, waiver.path, waiver.value, waiver.file) if text
        )
        yield _Standing(
            waiver.rule,
            waiver.reason,
            "config",
            Location(project.config.name, waiver.line),
            partial(_is_meant, waiver, project.prefixes),
            about,
            waiver.until,
        )


def _is_meant(waiver: Waiver, prefixes: Prefixes, finding: Finding) -> bool:
    if waiver.file:
        path = finding.location.path if finding.location else ""
        if not path or not _fits_glob(waiver.file, path):
            return False
    pairs = (
        (waiver.focus, finding.focus),
        (waiver.path, finding.path),
        (waiver.value, finding.value),
    )
    return all(not text or _means(text, term, prefixes) for text, term in pairs)


def _means(text: str, term: str, prefixes: Prefixes) -> bool:
    """Whether a text means a term in N-Triples form: that form, an IRI, a CURIE, or the words."""
    if term in (text, f"<{text}>", f"<{prefixes.expand(text)}>"):
        return True
    words = str(ox.Literal(text))
    return term == words or term.startswith((f"{words}@", f"{words}^^"))


# --- what is wrong with a waiver -------------------------------------------------------------


def _misspoken(waiver: _Standing, known: Collection[str] | None) -> Finding | None:
    """What is wrong with how a waiver is written."""
    if not waiver.rule:
        return _complaint(_UNKNOWN, waiver, "the waiver names no rule")
    if waiver.rule in NEVER_WAIVED:
        return _complaint(_UNKNOWN, waiver, f"findings of {waiver.rule} cannot be waived")
    if known is not None and waiver.rule not in known:
        close = nearest(waiver.rule, known, 1)
        fix = f"did you mean {close[0]}?" if close else ""
        return _complaint(_UNKNOWN, waiver, f"there is no rule {waiver.rule}", fix)
    if not waiver.reason:
        return _complaint(_WITHOUT_REASON, waiver, f"{_named(waiver)} gives no reason")
    return None


def _outlived(waiver: _Standing, count: int, today: date | None) -> Finding | None:
    """A waiver that has run out, and how many findings it would waive."""
    if not waiver.expired(today):
        return None
    rest = f"{_counted(count, 'counts', 'count')} again" if count else "its findings are gone"
    return _complaint(_EXPIRED, waiver, f"{_named(waiver)} held until {waiver.until}; {rest}")


def _unused(waiver: _Standing, others: int) -> Finding:
    more = f"; {_counted(others, 'is', 'are')} about something else" if others else ""
    return _complaint(_UNUSED, waiver, f"{_named(waiver)} waives nothing{more}")


def _named(waiver: _Standing) -> str:
    return f"the waiver of {waiver.rule}" + (f" ({waiver.about})" if waiver.about else "")


def _counted(count: int, one: str, many: str) -> str:
    return f"1 finding of the rule {one}" if count == 1 else f"{count} findings of the rule {many}"


def _complaint(rule: str, waiver: _Standing, message: str, fix: str = "") -> Finding:
    known = _RULES[rule]
    return Finding(rule, known.severity, message, location=waiver.location, fix=fix or known.fix)


# --- comments --------------------------------------------------------------------------------

_IGNORE: Final = re.compile(r"#+\s*mesokg:\s*ignore(?![\w-])(?P<said>.*)", re.DOTALL)
_DASH: Final = re.compile(r"(?:^|\s)[-\N{EN DASH}\N{EM DASH}]+(?:\s|$)")
_TRIVIA: Final = re.compile(r"[ \t\r\n]*+(?:#[^\r\n]*+[ \t\r\n]*+)*+")
_QUERY: Final = "query"
_FORMATS: Final = MappingProxyType(
    {".nq": "nquads", ".nt": "ntriples", ".trig": "trig", ".ttl": "turtle"}
)


def inline_waivers(name: str, text: str) -> tuple[Inline, ...]:
    r"""The comments ``# mesokg: ignore RULE, RULE - reason`` of a file; at once when it has none.

    Behind something, a comment speaks of its line. Alone on a line, it speaks of the next
    line that is no comment, and of the whole statement if one begins there. Turtle,
    TriG, N-Triples and N-Quads are read, and queries (``.rq``), line by line; files in other
    formats have no such comments, and standard input (``-``) is Turtle.

    >>> [found] = inline_waivers("a.ttl", "# mesokg: ignore iri-form - theirs\n<b>\n<c> <d> .")
    >>> found.rules, found.reason, found.first, found.last
    (('iri-form',), 'theirs', 2, 3)
    """
    format = _format(name) if MARK in text else ""
    found = list(_comments(text, format)) if format else []
    lines = Lines(text if found else "")
    waivers = []
    for span, said, unit in found:
        line, column = lines.position(span.start)
        first = last = line
        if _is_alone(text, lines, span) and (start := _next(text, span.end)) < len(text):
            first = lines.position(start)[0]
            last = lines.position(unit.end - 1)[0] if start == unit.start else first
        location = Location(name, line, column, *lines.position(span.end))
        rules, reason = _parts(said)
        waivers.append(Inline(location, rules, reason, first, last))
    return tuple(waivers)


def _comments(text: str, format: str) -> Iterator[tuple[Span, str, Span]]:
    """The comments that waive something, what they say, and the unit that they stand in or before.

    Only the units that hold the mark, with what stands before them, are read letter by letter.
    """
    for before, unit in _marked(text, format):
        for comment in comments(text[before : unit.end], MARK):
            span = Span(before + comment.start, before + comment.end)
            if match := _IGNORE.match(text, *span):
                yield span, match["said"], unit


def _marked(text: str, format: str) -> Iterator[tuple[int, Span]]:
    """Where the unit before one ends, for each statement or directive with the mark since there."""
    before, mark = 0, text.find(MARK)
    for unit in chunks(text, format) if format != _QUERY else ():
        if mark < 0:
            return
        if mark < unit.end:
            yield before, Span(unit.start, unit.end)
            mark = text.find(MARK, unit.end)
        before = unit.end
    if mark >= 0:
        yield before, Span(len(text), len(text))


def _is_alone(text: str, lines: Lines, span: Span) -> bool:
    """Whether nothing but white space stands before a comment on its line."""
    return not text[lines.span(lines.position(span.start)[0]).start : span.start].strip()


def _format(name: str) -> str:
    """The format that a file is read as, or nothing when it cannot hold such comments."""
    suffix = PurePosixPath(name).suffix.lower()
    if name == "-":
        return "turtle"
    return _QUERY if suffix == ".rq" else _FORMATS.get(suffix, "")


def _next(text: str, offset: int) -> int:
    """Where the next thing begins that is neither white space nor a comment."""
    match = _TRIVIA.match(text, offset)
    return match.end() if match else offset


def _parts(said: str) -> tuple[tuple[str, ...], str]:
    """The rules and the reason of a comment."""
    names, *rest = _DASH.split(said, maxsplit=1)
    rules = re.split(r"[,\s]+", names)
    return tuple(dict.fromkeys(rule for rule in rules if rule)), "".join(rest).strip()
