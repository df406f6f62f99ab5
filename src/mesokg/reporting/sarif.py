"""A report as SARIF 2.1.0, within what GitHub code scanning accepts of it.

This module decides how a finding becomes a result. GitHub asks for a file of each
result and a line, refuses a file with too many results and shows the first 5,000;
it shows suppressed results as open alerts, so what is waived is left out unless
asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from mesokg import __version__
from mesokg.rendering import visible
from mesokg.report import Finding, Location, Rule, Severity, Waived
from mesokg.reporting.document import dumped
from mesokg.reporting.view import SHIPPED, View, ordered

__all__ = ["as_sarif"]

#: GitHub shows so many and no more.
_MOST: Final = 5000
_LEVELS: Final[Mapping[Severity, str]] = MappingProxyType(
    {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
)
_PROBLEMS: Final[Mapping[Severity, str]] = MappingProxyType(
    {
        Severity.VIOLATION: "error",
        Severity.WARNING: "warning",
        Severity.INFO: "recommendation",
    }
)
_ROOT: Final = "%SRCROOT%"
_SEMANTIC: Final = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
#: How much of a long text a message holds; GitHub cuts long ones anyway.
_LONGEST: Final = 1000

_Object = dict[str, object]


def as_sarif(view: View) -> str:
    """The report as one SARIF log with one run, with a final newline."""
    findings = ordered(view.report.findings)
    waived = list(view.report.waived) if view.waived else []
    shown = findings[:_MOST]
    settled = waived[: _MOST - len(shown)]
    rules = _rules(view, chain(findings, (item.finding for item in waived)))
    index = {name: number for number, name in enumerate(rules)}
    repeats: Counter[str] = Counter()
    results = [_result(finding, view, index, repeats) for finding in shown]
    results += [_suppressed(item, view, index, repeats) for item in settled]
    cut = len(findings) + len(waived) - len(results)
    driver: _Object = {
        "name": "mesokg",
        "informationUri": "https://w3id.org/mesokg",
        "version": __version__,
        "semanticVersion": _semantic(__version__),
        "rules": [_rule(name, rule, view) for name, rule in rules.items()],
    }
    run: _Object = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": _notifications(view, index, cut),
            }
        ],
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The top folder of the checked-out repository."}}
        },
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return dumped(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        }
    )


def _semantic(version: str) -> str:
    """The version with three numbers, as semantic versioning wants it."""
    match = _SEMANTIC.match(version)
    return ".".join(number or "0" for number in match.groups()) if match else "0.0.0"


# --- rules -----------------------------------------------------------------------------------


def _rules(view: View, findings: Iterable[Finding]) -> dict[str, Rule]:
    """All rules that are known and all that something was found by, in order."""
    found = dict(view.rules)
    for finding in findings:
        if finding.rule not in found:
            found[finding.rule] = Rule(finding.rule, "", "", "", finding.severity, "shape")
    for item in view.report.not_run:
        if item.rule not in found:
            found[item.rule] = Rule(item.rule, "", "", "", Severity.WARNING, "shape")
    return dict(sorted(found.items()))


def _rule(name: str, rule: Rule, view: View) -> _Object:
    title = visible(rule.title) or visible(name)
    about = visible(rule.about) or f"{title}."
    fix = re.sub(r"\{\?(\w+)\}", r"(\1)", visible(rule.fix))  # what a finding would put there
    help_ = view.help(name)
    text = f"{about} {fix[:1].upper()}{fix[1:]}.".strip() if fix else about
    markdown = f"{_markdown(about)}\n\n**Way out:** {_markdown(fix)}" if fix else _markdown(about)
    if help_:
        markdown += f"\n\n[More about this rule]({help_})"
    return {
        "id": name,
        "name": _pascal(name),
        "shortDescription": {"text": _sentence(title)},
        "fullDescription": {"text": _sentence(about)},
        "help": {"text": text, "markdown": markdown},
        **({"helpUri": help_} if help_ else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["rdf", rule.how],
            "precision": "very-high" if rule.severity is Severity.VIOLATION else "high",
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _pascal(name: str) -> str:
    """A name as tools want it: ``claim-core`` is ``ClaimCore``."""
    words = re.findall(r"[A-Za-z0-9]+", re.split(r"[#/:]", name.strip("<>/#"))[-1])
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    if joined.lower() == name.lower():  # a name that only repeats the id is none (SARIF, 3.49.7)
        joined += "Rule"
    return joined if joined[:1].isalpha() else f"Rule{joined}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)


# --- results ---------------------------------------------------------------------------------


def _result(
    finding: Finding, view: View, index: Mapping[str, int], repeats: Counter[str]
) -> _Object:
    repeats[finding.fingerprint] += 1
    place: _Object = {"physicalLocation": _physical(_placed(finding.location, view), view)}
    if finding.focus:
        place["logicalLocations"] = [
            {
                "name": view.term(finding.focus),
                "fullyQualifiedName": visible(finding.focus.strip("<>")),
                "kind": "resource",
            }
        ]
    result: _Object = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding, view)},
        "locations": [place],
        "partialFingerprints": {
            "mesokg/v1": f"{finding.fingerprint}:{repeats[finding.fingerprint]}"
        },
    }
    related = [
        {
            "id": number,
            "message": {"text": _literal(_sentence(visible(other.message)))},
            **_elsewhere(other.location, view),
        }
        for number, other in enumerate(finding.related, 1)
    ]
    if related:
        result["relatedLocations"] = related
    fix = _fix(finding, view)
    if fix:
        result["fixes"] = [fix]
    return result


def _suppressed(
    item: Waived, view: View, index: Mapping[str, int], repeats: Counter[str]
) -> _Object:
    suppression: _Object = {
        "kind": "inSource" if item.kind == "inline" else "external",
        "status": "accepted",
        "justification": visible(item.reason),
    }
    return {**_result(item.finding, view, index, repeats), "suppressions": [suppression]}


def _message(finding: Finding, view: View) -> str:
    """Message, thing, causes and way out; each line a sentence, as viewers show the first."""
    first, *rest = view.words(finding)
    place = finding.location
    if place is not None and place.path.startswith(SHIPPED):
        rest.append(f"in {view.place(place)}, which comes with the tool")
    return _literal("\n".join(line[:_LONGEST] for line in (_sentence(first), *rest)))


def _literal(text: str) -> str:
    """Text in which a viewer finds no link (SARIF 2.1.0, 3.11.6)."""
    return text.replace("](", "] (")


def _placed(place: Location | None, view: View) -> Location:
    """A place in the repository: files that come with the tool are in nobody's."""
    if place is None or place.path.startswith(SHIPPED):
        return Location(view.fallback)
    return place


def _physical(place: Location, view: View) -> _Object:
    found: _Object = {"artifactLocation": _artifact(place, view)}
    return {**found, "region": _region(place)}


def _elsewhere(place: Location, view: View) -> _Object:
    if place.path.startswith(SHIPPED):
        return {"logicalLocations": [{"fullyQualifiedName": view.place(place), "kind": "shape"}]}
    return {"physicalLocation": _physical(place, view)}


def _artifact(place: Location, view: View) -> _Object:
    path = view.path(place)
    absolute = path.startswith("/") or re.match(r"[A-Za-z]:[\\/]", path) is not None
    encoded = quote(path.replace("\\", "/") if absolute else path, errors="surrogateescape")
    if absolute:
        return {"uri": f"file:///{encoded.lstrip('/')}"}
    return {"uri": encoded.removeprefix("./"), "uriBaseId": _ROOT}


def _region(place: Location) -> _Object:
    """A region that always has a line, and an end only where there is one."""
    region: _Object = {"startLine": place.line or 1}
    if place.line and place.column:
        region["startColumn"] = place.column
        if (place.end_line, place.end_column) > (place.line, place.column):
            region |= {"endLine": place.end_line, "endColumn": place.end_column}
    return region


def _fix(finding: Finding, view: View) -> _Object | None:
    place = finding.location
    if finding.replacement is None or place is None or place.path.startswith(SHIPPED):
        return None
    if not (place.line and place.column and place.end_line and place.end_column):
        return None
    new = finding.replacement
    region: _Object = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {
        "description": {"text": _literal(_sentence(view.fix(finding) or "Replace it"))},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(place, view),
                "replacements": [{"deletedRegion": region, "insertedContent": {"text": new}}],
            }
        ],
    }


# --- what was not looked at ------------------------------------------------------------------


def _notifications(view: View, index: Mapping[str, int], cut: int) -> list[_Object]:
    report = view.report
    found: list[_Object] = [
        {
            "descriptor": {"id": "not-run"},
            "associatedRule": {"id": item.rule, "index": index[item.rule]},
            "level": "warning",
            "message": {
                "text": _literal(f"{visible(item.rule)} was not run: {visible(item.reason)}.")
            },
        }
        for item in report.not_run
    ]
    left_out = 0 if view.waived else len(report.waived)
    counts = (
        (
            "held-back",
            report.held_back,
            "findings were held back: they may only follow from what does not parse",
        ),
        ("waived", left_out, "findings are waived and left out"),
        ("too-many", cut, "findings, the mildest, were left out: viewers show no more"),
    )
    found += [
        {
            "descriptor": {"id": name},
            "level": "note",
            "message": {"text": f"{count:,} {text}."},
        }
        for name, count, text in counts
        if count
    ]
    return found
