"""The quality report: what was checked, what was found, what could not be checked.

This module decides how a report is told to a reader. What a rule found stands before
what holds; a rule that could not be run is never counted as one that holds. The page
and the files beside it are made from one report.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mesokg.files import File
from mesokg.pictures import trend
from mesokg.report import Finding, Rule, Severity
from mesokg.reporting import render
from mesokg.rulebook import rules
from mesokg.site.earl import EARL_FILES, earl_files
from mesokg.site.history import Past, numbers_now, past
from mesokg.site.model import Site
from mesokg.site.page import Page
from mesokg.site.shapes_in_words import RuleView, grouped, rule_views

__all__ = ["PATH", "Found", "Mention", "files", "pages"]

#: The page of the report.
PATH: Final = "quality.html"
#: As many findings of one rule stand on the page.
_MOST: Final = 40


@dataclass(frozen=True, slots=True)
class Mention:
    """One finding: what it is about (IRI or ""), its place in the files, its own message."""

    iri: str
    name: str
    place: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found: its message once where all findings share it, and each finding."""

    view: RuleView
    message: str
    mentions: tuple[Mention, ...]
    number: int

    @property
    def left_out(self) -> int:
        """How many findings stand in the files only."""
        return self.number - len(self.mentions)


def pages(site: Site) -> Iterator[Page]:
    """The page of the report."""
    views = _views(site)
    report = site.report
    earlier = past(site)
    held = [view for view in views if view.state == "holds"]
    open_ = [view for view in views if view.state == "open"]
    yield Page(
        PATH,
        "quality.html",
        "What was checked, and what was found",
        {
            "counts": {s.label: report.count(s) for s in Severity},
            "files": [("quality.ttl", "Turtle"), ("quality.json", "JSON"), *EARL_FILES],
            "found": {
                severity.label: _found(site, views, severity)
                for severity in sorted(Severity, reverse=True)
            },
            "earlier": earlier,
            "now": numbers_now(site),
            "pictures": _pictures(earlier),
            "held": grouped(held),
            "held_number": len(held),
            "not_run": _reasons(open_),
            "not_run_number": len(open_),
            "report": report,
            "rules_page": "rules.html",
            "verdict": _verdict(site),
            "waived": report.waived,
        },
        section=PATH,
        kind="Quality report",
        description=_verdict(site),
        trail=(("index.html", "Home"),),
    )


def files(site: Site) -> Iterator[File]:
    """The report as a SHACL validation report in Turtle, and as JSON."""
    known = rules(site.project)
    for path, form in (("quality.ttl", "turtle"), ("quality.json", "json")):
        text = render(
            site.report, form, site.prefixes, labels=site.labels, rules=known,
            root=str(site.project.root),
        )  # fmt: skip
        yield File(path, text.encode("utf-8", "replace"))
    yield from earl_files(site, _views(site))


def _views(site: Site) -> list[RuleView]:
    """Every rule with its state, those too that only the report knows."""
    views = rule_views(site)
    known = {view.rule.id for view in views}
    return views + [
        _stranger(item.rule, Severity.INFO, item.reason)
        for item in site.report.not_run
        if item.rule not in known
    ]


def _pictures(earlier: Sequence[Past]) -> list[tuple[str, str]]:
    """What is followed from release to release, as (words, SVG); nothing for a single one."""
    lines = {
        "Claims": [(one.version, one.claims) for one in earlier],
        "Findings, violations and warnings": [
            (one.version, one.findings) for one in earlier if one.findings >= 0
        ],
        "Sources with a verified identifier": [(one.version, one.identified) for one in earlier],
    }
    drawn = (
        (words, trend(words, points, f"trend-{place}"))
        for place, (words, points) in enumerate(lines.items(), 1)
    )
    return [(words, picture) for words, picture in drawn if picture]


def _verdict(site: Site) -> str:
    """The report in one sentence."""
    report = site.report
    bad = report.count(Severity.VIOLATION)
    if not report.rules:
        return "Nothing was checked."
    if not bad:
        return "No rule that must hold is broken."
    return f"{bad} finding{'' if bad == 1 else 's'} against rules that must hold."


def _found(site: Site, views: Iterable[RuleView], severity: Severity) -> list[Found]:
    """What was found of this severity, rule by rule, the most findings first."""
    by_id = {view.rule.id: view for view in views}
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in site.report.findings:
        if finding.severity == severity:
            groups[finding.rule].append(finding)
    found = []
    for rule, findings in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        messages = {finding.message for finding in findings}
        shared = messages.pop() if len(messages) == 1 else ""
        view = by_id.get(rule) or _stranger(rule, severity)
        mentions = tuple(_mention(site, finding, not shared) for finding in findings[:_MOST])
        found.append(Found(view, shared, mentions, len(findings)))
    return found


def _stranger(rule: str, severity: Severity, reason: str = "") -> RuleView:
    """A rule that the report names and the rule book does not know; it has no page."""
    about = Rule(rule, rule, "", "", severity, "code")
    return RuleView(about, "", "open" if reason else "found", "", "", reasons=(reason,))


def _mention(site: Site, finding: Finding, with_message: bool) -> Mention:
    focus = finding.focus
    iri = focus[1:-1] if focus.startswith("<") and focus.endswith(">") else ""
    place = str(finding.location) if finding.location else ""
    root = f"{site.project.root}/"
    name = site.label(iri) if iri else focus
    message = finding.message if with_message else ""
    return Mention(iri, name, place.removeprefix(root), message)


def _reasons(views: Iterable[RuleView]) -> list[tuple[str, list[RuleView]]]:
    """Why rules could not be run, each reason once with its rules."""
    found: dict[str, list[RuleView]] = defaultdict(list)
    for view in views:
        for reason in view.reasons:
            found[reason].append(view)
    return sorted(found.items())
