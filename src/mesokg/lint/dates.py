"""Rules about dates: what has happened has a day in the past, and years are possible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import pyoxigraph as ox

from mesokg.lint.rule import Given, Lint, breaches, local_names
from mesokg.report import Finding, Severity
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
)
