"""A baseline: the findings that were there at the start, so that only new ones count.

This module decides when a finding is one that is known. It goes by fingerprints, which
stay the same when lines move, and by how many findings share one; a file that
is renamed has new findings. The file is JSON with one entry a line, in a fixed order,
so that two people's changes to it merge. It is a ratchet: what is gone can only go.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mesokg.configuration import ALWAYS_REPORTED, NEVER_WAIVED
from mesokg.errors import InputError
from mesokg.report import Finding, Location, Report, Rule, Severity, Waived

__all__ = ["BASELINE_RULES", "Baseline", "Entry", "compare", "read_baseline", "write_baseline"]

_VERSION: Final = 1
_OUTDATED: Final = "baseline-outdated"
_LONGEST: Final = 120

#: What is asked of a baseline.
BASELINE_RULES: Final = (
    Rule(
        _OUTDATED,
        "A baseline holds no finding that is gone",
        "As long as an entry stays, the finding it stands for can come back unseen.",
        "tighten it: mesokg validate --baseline FILE --write-baseline FILE",
        Severity.INFO,
        "code",
    ),
)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """How many findings with one fingerprint are known; the rest is for people."""

    file: str
    rule: str
    fingerprint: str
    count: int
    about: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known findings: an entry for each fingerprint. `name` is the file, for messages."""

    name: str
    entries: Mapping[str, Entry]


def write_baseline(report: Report, *, new: bool = True) -> bytes:
    """The findings of a report as a baseline; same findings, same bytes.

    What another baseline waived is written again, what a waiver waived is not; without
    `new` nothing else is written, so that a baseline can only shrink. Files that cannot be
    read and waivers in disorder are left out: they count whatever a baseline says.
    """
    known = [waived.finding for waived in report.waived if waived.kind == "baseline"]
    known += report.findings if new else ()
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in sorted(known, key=lambda finding: finding.order):
        if finding.rule not in NEVER_WAIVED:
            groups[finding.fingerprint].append(finding)
    entries = sorted(_entry(mark, findings) for mark, findings in groups.items())
    lines = ",\n".join(_line(entry) for entry in entries)
    text = f'{{\n"version": {_VERSION},\n"findings": [\n{lines}\n]\n}}\n'
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate, as JSON escapes it


def _entry(mark: str, findings: list[Finding]) -> Entry:
    first = findings[0]
    place = first.location.path if first.location else ""
    about = " ".join(dict.fromkeys(filter(None, (first.focus, first.path, first.value))))
    about = about or first.message
    if len(about) > _LONGEST:
        about = about[: _LONGEST - 1] + "…"
    return Entry(place, first.rule, mark, len(findings), about)


def _line(entry: Entry) -> str:
    keys = ("file", "rule", "about", "count", "fingerprint")
    return json.dumps({key: getattr(entry, key) for key in keys}, ensure_ascii=False)


def read_baseline(data: bytes, name: str) -> Baseline:
    """The baseline in the bytes of a file of that name.

    An entry that stands there twice, as after a merge, is one. Raises InputError
    (``baseline-form``), which names the line where it can.
    """
    try:
        whole = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _bad_form(name, "is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _bad_form(
            f"{name}:{error.lineno}:{error.colno}", f"is not JSON: {error.msg}"
        ) from None
    except (RecursionError, ValueError):
        raise _bad_form(name, "is not JSON that a baseline could be") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("findings"), list):
        raise _bad_form(name, "is no baseline: it has no list of findings")
    if whole.get("version") != _VERSION:
        raise _bad_form(name, f"has a version other than {_VERSION}")
    entries: dict[str, Entry] = {}
    for number, item in enumerate(whole["findings"], 1):
        entry = _read_entry(item)
        if entry is None:
            raise _bad_form(name, f"its entry {number} has no fingerprint, count, rule or file")
        entries[entry.fingerprint] = max(
            entry, entries.get(entry.fingerprint, entry), key=lambda entry: entry.count
        )
    return Baseline(name, entries)


def _read_entry(item: object) -> Entry | None:
    if not isinstance(item, dict):
        return None
    file, rule, about = (item.get(key, "") for key in ("file", "rule", "about"))
    mark, count = item.get("fingerprint"), item.get("count")
    if not (isinstance(file, str) and isinstance(rule, str) and isinstance(about, str) and rule):
        return None
    if not isinstance(mark, str) or not re.fullmatch("[0-9a-f]{32}", mark):
        return None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return None
    return Entry(file, rule, mark, count, about)


def _bad_form(where: str, problem: str) -> InputError:
    return InputError(
        f"{where}: {problem}",
        code="baseline-form",
        hint="settle a merge in it by hand, or write it anew with --write-baseline",
    )


def compare(
    report: Report,
    baseline: Baseline,
    files: Collection[str] | None = None,
    *,
    severity: Severity = Severity.INFO,
) -> Report:
    """The report with the findings that are known moved to the waived ones.

    Of findings that share a fingerprint, as many are known as the baseline counts: the
    first ones, as nobody can tell which is the new one. Entries whose finding is gone make
    one finding of `BASELINE_RULES`, of this `severity`. They are looked for in `files`
    only (the names of the files and folders that were selected; None: all), not for
    rules that were not run, and not while a file cannot be read.
    """
    left = {mark: entry.count for mark, entry in baseline.entries.items()}
    new: list[Finding] = []
    waived = list(report.waived)
    for finding in report.findings:
        mark = finding.fingerprint
        if left.get(mark, 0) and finding.rule not in NEVER_WAIVED:
            left[mark] -= 1
            waived.append(Waived(finding, f"known since {baseline.name} was written", "baseline"))
        else:
            new.append(finding)
    new += (replace(f, severity=severity) for f in _outdated(report, baseline, left, files))
    settled = Report.of(new, waived=waived)
    return replace(report, findings=settled.findings, waived=settled.waived)


def _outdated(
    report: Report,
    baseline: Baseline,
    left: Mapping[str, int],
    files: Collection[str] | None,
) -> Iterator[Finding]:
    """A finding that says how many entries can go, if that is known and there are any."""
    if report.held_back or any(finding.rule in ALWAYS_REPORTED for finding in report.findings):
        return
    not_run = {item.rule for item in report.not_run}
    gone = sum(
        left[mark]
        for mark, entry in baseline.entries.items()
        if entry.rule not in not_run and (files is None or _is_in(entry.file, files))
    )
    if gone:
        total = sum(entry.count for entry in baseline.entries.values())
        [rule] = BASELINE_RULES
        yield Finding(
            rule.id,
            rule.severity,
            f"{gone} of the {total} findings in the baseline {'is' if gone == 1 else 'are'} gone",
            location=Location(baseline.name),
            fix=rule.fix.replace("FILE", baseline.name),
        )


def _is_in(file: str, files: Collection[str]) -> bool:
    """Whether a file is one of these, or lies in one of these folders."""
    return any(file == name or file.startswith(f"{name.rstrip('/')}/") for name in files)
