"""Rules about dates: what has happened has a day in the past, and years are possible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import pyoxigraph as ox

from mesokg.files import read_bytes
from mesokg.lint.rule import Given, Lint, breaches, local_names
from mesokg.mappings import read_mappings
from mesokg.report import Finding, Location, Severity
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = ["DATES"]

_SCHEMA: Final = ("http://schema.org/", "https://schema.org/")
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
#: When something came out, which for a text is not before there was print.
_PUBLISHED: Final = (
    local_names(_DCTERMS, "issued") | {space + "datePublished" for space in _SCHEMA} | {NS + "year"}
)
#: When something happened to a thing or its description; what may yet come (valid, available) is
#: left out.
_HAPPENED: Final = (
    _PUBLISHED
    | local_names(_DCTERMS, "created date dateAccepted dateCopyrighted dateSubmitted modified")
    | local_names("http://purl.org/dc/elements/1.1/", "date")
    | local_names("http://purl.org/pav/", "authoredOn createdOn curatedOn lastUpdateOn")
    | local_names(
        STANDARD_PREFIXES["prov"], "endedAtTime generatedAtTime invalidatedAtTime startedAtTime"
    )
    | {space + name for space in _SCHEMA for name in ("dateCreated", "dateModified")}
)
_FIRST_YEAR: Final = 1450
_DAY: Final = re.compile(r"(-?[0-9]{4,})(?:-([0-9]{2})(?:-([0-9]{2})(?:T.*|Z|[+-]..:..)?)?)?")


def _date_future(given: Given) -> Iterator[Finding]:
    latest = given.today + timedelta(days=1)  # tomorrow has begun somewhere
    wrong: dict[ox.Literal, str] = {}
    for term in given.facts.of(*_HAPPENED):
        when = _day(term)
        if isinstance(term, ox.Literal) and when and when > _limit(when, latest):
            wrong[term] = f"{term.value} is yet to come"
    yield from breaches(given, wrong, predicates=_HAPPENED)


def _day(term: object) -> tuple[int, int, int] | None:
    """Year, month and day of a date as far as they are given, else 0."""
    match = _DAY.fullmatch(term.value) if isinstance(term, ox.Literal) else None
    if match is None or len(match[1]) > 9 or (len(match[1]) > 5 and not match[2]):
        return None
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)


def _limit(when: tuple[int, int, int], latest: date) -> tuple[int, int, int]:
    """The last day that is no future; a year alone may be the next one, which is in print."""
    if when[1]:
        return latest.year, latest.month, latest.day
    return latest.year + 1, 0, 0


def _date_impossible(given: Given) -> Iterator[Finding]:
    wrong: dict[ox.Literal, str] = {}
    for term in given.facts.of(*_PUBLISHED):
        when = _day(term)
        if isinstance(term, ox.Literal) and when and when[0] < _FIRST_YEAR:
            wrong[term] = f"nothing was published in the year {when[0]}"
    yield from breaches(given, wrong, predicates=_PUBLISHED)
    empty = {
        term: f"{term.value} stands for a date that is missing"
        for term in given.facts.of(*(_HAPPENED - _PUBLISHED))
        if isinstance(term, ox.Literal) and (when := _day(term)) and when in {(1, 1, 1), (0, 0, 0)}
    }
    yield from breaches(given, empty, predicates=_HAPPENED - _PUBLISHED)


# --- the days of mappings ---------------------------------------------------------------------

_DATE_COLUMNS: Final = ("mapping_date", "publication_date", "review_date")
#: Before it there was no vocabulary that a row could map to.
_FIRST_MAPPING: Final = 1950


def _mapping_date(given: Given) -> Iterator[Finding]:
    latest = given.today + timedelta(days=1)
    for source in given.dataset.sources:
        if source.role != "mappings":
            continue
        text = read_bytes(source.path).decode("utf-8-sig", "replace")
        for row in read_mappings(text, source.name, given.dataset.prefixes).mappings:
            for column in _DATE_COLUMNS:
                problem = _wrong_day(row.columns.get(column, "").strip(), latest)
                if problem:
                    yield Finding(
                        "",
                        Severity.INFO,
                        f"{column}: {problem}",
                        focus=row.columns["subject_id"],
                        value=row.columns["object_id"],
                        location=Location(source.name, row.line),
                    )


def _wrong_day(day: str, latest: date) -> str:
    """What is wrong with the date of a mapping, or nothing."""
    if not day:
        return ""
    try:
        when = date.fromisoformat(day) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) else None
    except ValueError:
        return f"there is no day {day}"
    if when is None:
        return f"{day!r} is no date; write year, month and day as 2026-01-31"
    if when > latest:
        return f"{day} is yet to come"
    return f"no mapping was made in the year {when.year}" if when.year < _FIRST_MAPPING else ""


DATES: Final = (
    Lint(
        "date-future",
        "What has happened has a date in the past",
        "Something that was published, made or changed cannot have been so tomorrow. A year alone "
        "may be the next one, since journals print ahead.",
        "correct the date",
        Severity.WARNING,
        False,
        _date_future,
    ),
    Lint(
        "date-impossible",
        "Years of publication are possible",
        "Before 1450 nothing was printed. A year like 213 or 1013 has lost or exchanged a digit, "
        "and 0001-01-01 is what some programs write for no date at all.",
        "correct the year, or leave the date out",
        Severity.WARNING,
        False,
        _date_impossible,
    ),
    Lint(
        "mapping-date",
        "A mapping was made on a day that has been",
        "The date of a row says when its identifier and label were seen at the other vocabulary, "
        "which may have changed since. A day that does not exist or is yet to come says nothing.",
        "write the day on which the row was made, as year-month-day",
        Severity.WARNING,
        False,
        _mapping_date,
    ),
)
