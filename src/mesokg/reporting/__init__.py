"""A report for people and for programs, in the formats that both already read.

This package decides how a report looks. `render` writes one of `FORMATS`, `summary`
the page that a CI job shows. Each format has a module of its own; `view` puts a
finding into words for all of them. Nothing here reads a file or asks a clock: the
same report gives the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from mesokg.errors import UsageError
from mesokg.report import Location, Report, Rule, Severity
from mesokg.reporting.annotations import as_annotations
from mesokg.reporting.document import as_json
from mesokg.reporting.junit import as_junit
from mesokg.reporting.markdown import as_markdown
from mesokg.reporting.sarif import as_sarif
from mesokg.reporting.text import as_text
from mesokg.reporting.turtle import as_turtle
from mesokg.reporting.view import View
from mesokg.terms import Prefixes, nearest

__all__ = ["FORMATS", "render", "summary"]

_WRITERS: Final[Mapping[str, Callable[[View], str]]] = MappingProxyType(
    {
        "text": as_text,
        "json": as_json,
        "sarif": as_sarif,
        "junit": as_junit,
        "github": as_annotations,
        "turtle": as_turtle,
    }
)
#: The names of the formats that `render` writes.
FORMATS: Final = tuple(_WRITERS)


def render(
    report: Report,
    format: str,
    prefixes: Prefixes,
    *,
    labels: Mapping[str, str] = MappingProxyType({}),
    rules: Mapping[str, Rule] = MappingProxyType({}),
    source: Callable[[str], str | None] | None = None,
    color: bool = False,
    width: int = 100,
    limit: int | None = 10,
    root: str = "",
    folder: str = "",
    fallback: str = "mesokg.toml",
    fail_on: Severity | None = Severity.VIOLATION,
    waived: bool = False,
) -> str:
    """The report in one of `FORMATS`, with a final newline; same report, same text.

    `labels` (IRI -> name) and `rules` (id -> rule) put names to what is found. Paths
    below the folder `root` are written relative to it, and those of a project that lies in
    a `folder` of its repository with that before them, as code hosts want them (in json
    paths stay as they are).

    For text: `source` gives the text of a file by its path (None: not at hand), `color`
    asks for ANSI colours, and of each rule `limit` findings are shown, of all together
    20 times as many (None: all). For sarif: `fallback` is the file of findings that have
    none, and what is waived is told only with `waived`, since code hosts show it as open.
    For junit: findings milder than `fail_on` are told, but fail no test.

    >>> from mesokg.report import Finding
    >>> finding = Finding("claim-core", Severity.VIOLATION, "Name the article.", "<http://e/c>")
    >>> print(render(Report.of([finding], rules=1), "text", Prefixes({"e": "http://e/"})), end="")
    the whole graph: violation[claim-core]
      Name the article.
        e:c
    <BLANKLINE>
    1 violation, 0 warnings, 0 infos: 1 rule, 0 files, 0 triples.

    Raises UsageError (``unknown-format``).
    """
    if format not in _WRITERS:
        close = nearest(format, FORMATS, 1)
        raise UsageError(
            f"no report format {format!r}",
            code="unknown-format",
            hint=f"did you mean {close[0]}?" if close else f"one of {', '.join(FORMATS)}",
        )
    view = View(
        report, prefixes, labels, rules, source, root, folder, fallback, color, width, limit,
        fail_on, waived,
    )  # fmt: skip
    return _WRITERS[format](view)


def summary(
    report: Report,
    prefixes: Prefixes,
    *,
    labels: Mapping[str, str] = MappingProxyType({}),
    rules: Mapping[str, Rule] = MappingProxyType({}),
    link: Callable[[Location], str] | None = None,
    limit: int | None = 20,
    root: str = "",
    folder: str = "",
    fail_on: Severity | None = Severity.VIOLATION,
) -> str:
    """The report as a Markdown page for a CI job, with a final newline.

    `link` gives the address of a place, such as a line in the repository's web view, or
    an empty string. Of all findings the `limit` worst are shown, and each rule with its
    count. Small enough for GitHub at any limit below a few hundred.

    >>> print(summary(Report.of([], rules=97, files=31), Prefixes()), end="")
    ### ✅ mesokg: passed
    <BLANKLINE>
    **0 violations, 0 warnings, 0 infos**: 97 rules, 31 files, 0 triples.
    """
    return as_markdown(
        View(
            report, prefixes, labels, rules, root=root, folder=folder, limit=limit, fail_on=fail_on
        ),
        link,
    )
