"""What must hold before anything is published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.changes import Changes, changes
from mesokg.dataset import Dataset
from mesokg.derived import derive
from mesokg.description import labels
from mesokg.project import Project
from mesokg.release.previous import Previous
from mesokg.release.versions import lowest_after, parse_version
from mesokg.report import Finding, Report, Rule, Severity
from mesokg.terms import NS, SCHEME_PATHS, STANDARD_PREFIXES, VOCABULARY_BASE, graph_iri
from mesokg.texts import Texts

__all__ = ["RELEASE_RULES", "Plan", "plan_release"]

#: What is asked when a version is published, beside all that validation asks.
RELEASE_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        name: Rule(name, title, about, fix, Severity.VIOLATION, "code")
        for name, title, about, fix in (
            ("iri-vanished", "What was published stays described",
             "An IRI that a release described may be cited anywhere. What is withdrawn is kept, "
             "marked as deprecated, so that a reader learns what became of it.",
             "bring it back; to withdraw it keep it with owl:deprecated true and, if there is "
             "one, dcterms:isReplacedBy what stands in its place"),
            ("release-version", "A version is high enough for what changed",
             "Whoever relies on a version number must see from it whether something was taken "
             "away or came to mean something else (docs/releases.md).",
             "release it as the version that the finding names, or higher"),
            ("text-beyond-rights", "A release holds no more of a text than its rights allow",
             "No literal of a release shares a run of more than 90 characters with a text that "
             "may not be passed on, and the text itself is not in it.",
             "say it in your own words, or quote key words only; meso:start and meso:end keep "
             "the place"),
        )
    }
)  # fmt: skip
#: Rules about the words of others: in a release they always count, whatever a project makes of
#: them and whoever lives with them.
_RIGHTS_RULES: Final = frozenset({"label-copies-text", "quote-length", "quoted-share"})
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_TEXT: Final = ox.NamedNode(NS + "text")
_RIGHTS: Final = ox.NamedNode(NS + "textRights")
_FULL: Final = ox.NamedNode(f"{VOCABULARY_BASE}{SCHEME_PATHS['rights']}/full")
_PLACES: Final = tuple(ox.NamedNode(NS + name) for name in ("listedIn", "occursIn"))
_START: Final = ox.NamedNode(NS + "start")
_END: Final = ox.NamedNode(NS + "end")
#: Titles, citations and entries of reference lists are facts about publications.
_PRINTED: Final = frozenset({ox.NamedNode(NS + "asPrinted"), ox.NamedNode(_DCTERMS + "title")})
_LABEL: Final = ox.NamedNode(STANDARD_PREFIXES["rdfs"] + "label")
_TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")
_NAMED_BY_TITLE: Final = frozenset(
    ox.NamedNode(NS + name) for name in ("Article", "InTextCitation", "Reference", "Work")
)
#: No such fact is longer.
_LONGEST_NAME: Final = 600
#: No literal shares a longer run of characters with a text that may not be passed on.
_LONGEST_RUN: Final = 90


@dataclass(frozen=True, slots=True)
class Plan:
    """A release to be: what goes into it, what is new in it, and why it may not be made.

    `dataset` is complete with its computed graphs and without any text of an article;
    `written` is the same as it was loaded. `refusals` are the findings that stand in
    the way: with one of them nothing is made.
    """

    project: Project
    written: Dataset
    dataset: Dataset
    report: Report
    version: str
    issued: date
    previous: Previous | None
    changes: Changes
    refusals: Report
    commit: str = ""


def plan_release(
    dataset: Dataset, report: Report, project: Project, *, version: str, issued: date,
    previous: Previous | None = None, texts: Texts | None = None, commit: str = "",
) -> Plan:  # fmt: skip
    """The plan of a release, with everything that speaks against it.

    `report` is what `mesokg.validate` found in the dataset, `texts` are those that it was
    held against. Refused are violations, words of others beyond their rights, a version
    that is not high enough for what changed since `previous`, and IRIs that were
    published and are described no more. Raises UsageError (``version-syntax``, ``no-base``).
    """
    wanted = parse_version(version)
    text_graph = ox.NamedNode(graph_iri(dataset.base, "text"))
    kept = tuple(quad for quad in dataset.quads if quad.graph_name != text_graph)
    written = replace(dataset, quads=kept, merged=dataset.merged - {text_graph})
    whole = derive(written)
    moved = changes(previous.dataset if previous else Dataset(()), whole)
    findings = [
        *(f for f in report.findings if f.severity is Severity.VIOLATION),
        *_rights(report),
        *_texts(whole, texts or Texts()),
    ]
    if previous:
        lowest = lowest_after(previous.version, moved.level)
        if not wanted > previous.version:
            findings.append(_too_low(f"{wanted} is not higher than {previous.version}", lowest))
        elif wanted.core < lowest.core:
            what = f"what changed since {previous.version} is {moved.level}"
            findings.append(_too_low(f"{wanted} is too low: {what}", lowest))
        findings += _vanished(moved, previous)
    refusals = Report.of(
        findings,
        not_run=report.not_run,
        rules=report.rules,
        files=report.files,
        triples=report.triples,
        engine=report.engine,
    )
    return Plan(
        replace(project, version=version), written, whole, report, version, issued, previous,
        moved, refusals, commit,
    )  # fmt: skip


def _too_low(message: str, lowest: object) -> Finding:
    return Finding(
        "release-version", Severity.VIOLATION, message, fix=f"release it as {lowest} or higher"
    )


def _vanished(moved: Changes, previous: Previous) -> Iterator[Finding]:
    names = labels(previous.dataset)
    for iri in moved.vanished:
        name = f" (“{names[iri]}”)" if iri in names else ""
        yield Finding(
            "iri-vanished",
            Severity.VIOLATION,
            f"was published in {previous.version} and is described no more{name}",
            focus=f"<{iri}>",
            fix=RELEASE_RULES["iri-vanished"].fix,
        )


# --- the words of others ---------------------------------------------------------------------


def _rights(report: Report) -> Iterator[Finding]:
    """What the rules about rights found, as violations; waivers do not help here."""
    for finding in (*report.findings, *(item.finding for item in report.waived)):
        if finding.rule in _RIGHTS_RULES:
            yield replace(finding, severity=Severity.VIOLATION)


def _texts(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    """Articles' texts, or long runs of them, in what would be published."""
    rights: dict[object, set[object]] = {}
    bibliographic = set()
    for quad in dataset.quads:
        if quad.predicate == _RIGHTS:
            rights.setdefault(quad.subject, set()).add(quad.object)
        elif quad.predicate == _TYPE and quad.object in _NAMED_BY_TITLE:
            bibliographic.add(quad.subject)
    free = {article for article, said in rights.items() if said == {_FULL}}
    closed = {i: text for i, text in texts.by_article.items() if ox.NamedNode(i) not in free}
    windows = _windows(dataset, closed)
    for quad in dataset.quads:
        value = quad.object
        if quad.predicate == _TEXT and quad.subject not in free:
            yield _beyond(quad, "the text of an article whose rights do not allow it")
        elif isinstance(value, ox.Literal) and len(value.value) > _LONGEST_RUN:
            names = quad.predicate in _PRINTED or (
                quad.predicate == _LABEL and quad.subject in bibliographic
            )
            is_name = names and len(value.value) <= _LONGEST_NAME
            if windows and not is_name and not windows.isdisjoint(_runs(_folded(value.value))):
                yield _beyond(quad, f"more than {_LONGEST_RUN} characters of an article's text")


def _beyond(quad: ox.Quad, what: str) -> Finding:
    return Finding(
        "text-beyond-rights",
        Severity.VIOLATION,
        f"holds {what}",
        focus=str(quad.subject) if isinstance(quad.subject, ox.NamedNode) else "",
        path=str(quad.predicate),
        fix=RELEASE_RULES["text-beyond-rights"].fix,
    )


def _windows(dataset: Dataset, texts: Mapping[str, str]) -> frozenset[str]:
    """Every run of the texts that is too long to be passed on, folded.

    In-text citations and entries of reference lists are facts about publications: a
    run that reaches into one ends there.
    """
    spans = _bibliography(dataset) if texts else {}
    found: set[str] = set()
    for article, text in texts.items():
        masked = list(text)
        for start, end in spans.get(article, ()):
            masked[start:end] = "\0" * len(masked[start:end])
        for piece in re.split("\0+", "".join(masked)):
            found.update(_runs(_folded(piece)))
    return frozenset(found)


def _runs(text: str) -> Iterator[str]:
    """Every stretch of a text that is too long by one character."""
    for place in range(len(text) - _LONGEST_RUN):
        yield text[place : place + _LONGEST_RUN + 1]


def _bibliography(dataset: Dataset) -> Mapping[str, list[tuple[int, int]]]:
    """Article -> the stretches of its text that are citations and references."""
    records: dict[object, dict[object, str]] = {}
    for quad in dataset.quads:
        if quad.predicate in {*_PLACES, _START, _END}:
            place = "in" if quad.predicate in _PLACES else quad.predicate
            records.setdefault(quad.subject, {})[place] = str(getattr(quad.object, "value", ""))
    spans: dict[str, list[tuple[int, int]]] = {}
    for values in records.values():
        places = [values.get(name, "") for name in (_START, _END)]
        if "in" in values and all(re.fullmatch("[0-9]{1,12}", place) for place in places):
            spans.setdefault(values["in"], []).append((int(places[0]), int(places[1])))
    return spans


def _folded(text: str) -> str:
    """A text for comparing: no capitals, one blank for all white space."""
    return re.sub(r"\s+", " ", text.lower())
