"""What earlier releases say: how many claims, findings and sources, and when a claim came.

This module decides what of a release's folder tells its history: the claims and works of
``data/dataset.nq``, the findings of ``report.json``, the sentences of ``changes.json``. They are
read as they were published; what a folder lacks is not known, and is not guessed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.report import Severity
from mesokg.site.model import RDF_TYPE, Site
from mesokg.site.releases import PATH, Release, read_releases
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = ["Past", "Step", "claim_history", "numbers_now", "past"]

_BIBO: Final = STANDARD_PREFIXES["bibo"]
_IDENTIFIERS: Final = frozenset({f"{_BIBO}doi", f"{_BIBO}pmid", f"{_BIBO}isbn13", f"{NS}pmcid"})
#: Only lines that hold one of these are parsed.
_NEEDLES: Final = (b"ns#Claim>", b"ns#Work>", b"ns#unverified>", b"/doi>", b"/pmid>", b"/isbn13>",
                   b"ns#pmcid>")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Past:
    """One state in numbers. `findings` counts those that are violations or warnings; -1: not known.

    `identified` are the sources with an identifier that was seen.
    """

    version: str
    issued: str
    anchor: str
    claims: int
    sources: int
    identified: int
    findings: int = -1


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a claim: words, and the place of the release they lead to."""

    words: str
    href: str
    version: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A release with what its files hold: IRIs of claims, and sentences by what they are about."""

    release: Release
    past: Past
    claims: frozenset[str]
    told: Mapping[str, tuple[str, ...]]


def past(site: Site) -> tuple[Past, ...]:
    """The releases in numbers, the oldest first; none of which nothing can be read."""
    return tuple(one.past for one in _read_all(site))


def numbers_now(site: Site) -> Past:
    """The state that the site shows, in the same numbers."""
    claims, *works = _counted(site.written.quads)
    found = site.report.count(Severity.VIOLATION) + site.report.count(Severity.WARNING)
    ran = bool(site.report.rules)
    return Past(site.project.version, "", "", len(claims), works[0], works[1], found if ran else -1)


def claim_history(site: Site, claim: str) -> tuple[Step, ...]:
    """In which release a claim came, and what became of it since; nothing without a release."""
    every = _read_all(site)
    holding = [one for one in every if claim in one.claims]
    if not every:
        return ()
    newest = every[-1]
    if not holding:
        return (Step("Not in a release yet; the newest is", _href(newest), newest.past.version),)
    first = holding[0]
    older = first is every[0] and bool(first.release.previous)
    word = "Already in version" if older else "First in version"
    steps = [Step(word, _href(first), first.past.version)]
    for one in every[every.index(first) + 1 :]:
        steps += [Step(text, _href(one), one.past.version) for text in one.told.get(claim, ())]
    return tuple(steps)


def _href(one: _Read) -> str:
    return f"{PATH}#{one.release.anchor}"


# --- reading ----------------------------------------------------------------------------------


def _read_all(site: Site) -> tuple[_Read, ...]:
    """The releases that can be read, the oldest first, read once."""
    key = ("releases", "")
    known = site.memory.get(key)
    if not isinstance(known, tuple):
        found = (_read(one) for one in reversed(read_releases(site)))
        site.memory[key] = known = tuple(one for one in found if one is not None)
    return known


def _read(release: Release) -> _Read | None:
    try:
        lines = read_bytes(release.folder / "data" / "dataset.nq").splitlines(keepends=True)
        wanted = b"".join(line for line in lines if any(one in line for one in _NEEDLES))
        claims, works, identified = _counted(ox.parse(wanted, format=ox.RdfFormat.N_QUADS))
    except (InputError, SyntaxError, ValueError):
        return None
    numbers = Past(
        release.version, release.issued, release.anchor, len(claims), works, identified,
        _findings(release.folder),
    )  # fmt: skip
    return _Read(release, numbers, claims, _told(release.folder))


def _counted(quads: Iterable[ox.Quad]) -> tuple[frozenset[str], int, int]:
    """The claims, the number of works, and of those with an identifier that was seen."""
    kinds: dict[str, set[str]] = defaultdict(set)
    has: dict[str, set[str]] = defaultdict(set)
    unseen: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        name, value = quad.predicate.value, str(getattr(quad.object, "value", ""))
        if name == RDF_TYPE:
            kinds[value].add(quad.subject.value)
        elif name in _IDENTIFIERS:
            has[quad.subject.value].add(name)
        elif name == f"{NS}unverified":
            unseen[quad.subject.value].add(value)
    works = kinds[f"{NS}Work"]
    identified = sum(bool(has[work] - unseen[work]) for work in works)
    return frozenset(kinds[f"{NS}Claim"]), len(works), identified


def _findings(folder: Path) -> int:
    try:
        said = _json(folder / "report.json")["summary"]
        return int(said["violation"]) + int(said["warning"])
    except (InputError, KeyError, RecursionError, TypeError, ValueError):
        return -1


def _told(folder: Path) -> dict[str, tuple[str, ...]]:
    """Thing -> the sentences on it, of what changed; what came is told by the release it is in."""
    found: dict[str, list[str]] = defaultdict(list)
    try:
        for change in _json(folder / "changes.json")["changes"]:
            if change["kind"] != "added":
                found[str(change["iri"])].append(str(change["text"]))
    except (InputError, KeyError, RecursionError, TypeError, ValueError):
        return {}
    return {iri: tuple(texts) for iri, texts in found.items()}


def _json(path: Path) -> Any:
    return json.loads(read_bytes(path))
