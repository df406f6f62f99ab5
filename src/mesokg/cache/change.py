"""What changed since a state was kept, and whether a finding may stand elsewhere for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

import pyoxigraph as ox

from mesokg.report import Finding, Location
from mesokg.terms import STANDARD_PREFIXES, Prefixes

__all__ = ["Change", "Reads"]

_SH: Final = STANDARD_PREFIXES["sh"]
_IRI: Final = re.compile(r"<([^<>]*)>")
_NAME: Final = re.compile(r"(?<![\w:/])[A-Za-z][\w-]*:[A-Za-z][\w-]*(?![\w:/])")
#: Files that may name graphs themselves, so that any statement may be theirs.
_NAMES_GRAPHS: Final = frozenset({".json", ".jsonld", ".nq", ".trig"})


@dataclass(frozen=True)
class Change:
    """What came or went: statements, the bytes of files, and graphs or the files that they are."""

    quads: frozenset[ox.Quad] = frozenset()
    files: frozenset[str] = frozenset()
    graphs: frozenset[str] = frozenset()

    @cached_property
    def triples(self) -> frozenset[ox.Triple]:
        """The statements, whatever graph they stand in."""
        return frozenset(quad.triple for quad in self.quads)

    @cached_property
    def predicates(self) -> frozenset[str]:
        """The predicates of the statements."""
        return frozenset(quad.predicate.value for quad in self.quads)

    @cached_property
    def terms(self) -> frozenset[str]:
        """All terms of the statements, in N-Triples form."""
        found = {f"<{graph}>" for graph in self.graphs}
        for quad in self.quads:
            found.update(map(str, quad))
        return frozenset(found)

    @cached_property
    def moves_all(self) -> bool:
        """Whether any finding may have another place now."""
        suffixes = {PurePosixPath(name).suffix.lower() for name in self.files}
        shapes = any(predicate.startswith(_SH) for predicate in self.predicates)
        return shapes or not suffixes.isdisjoint(_NAMES_GRAPHS)

    def moves(self, before: Finding, after: Finding, prefixes: Prefixes) -> bool:
        """Whether a finding, which had no place `before` it was given one, may have another now."""
        if not (self.files or self.quads):
            return False
        if self.moves_all or any(map(self._is_touched, _places(before))):
            return True
        if any(map(self._is_touched, _places(after))) or after.location is None:
            return True
        return any(self._concerns(finding, prefixes) for finding in _with_causes(before))

    def _is_touched(self, place: Location) -> bool:
        return not place.line or place.path in self.files

    def _concerns(self, finding: Finding, prefixes: Prefixes) -> bool:
        """Whether what a finding is about, or names, or is reached by, has changed."""
        anchor = finding.anchor
        about = {
            finding.focus, finding.value, f"<{finding.shape}>", anchor.subject, anchor.object,
        }  # fmt: skip
        if not self.terms.isdisjoint(about):
            return True
        steps = _IRI.findall(finding.path)
        if len(steps) > 1 and not self.predicates.isdisjoint(steps):
            return True
        names = (prefixes.expand(name) for name in _NAME.findall(finding.message))
        return any(f"<{name}>" in self.terms for name in names if name)


#: The predicates of all statements that decide what is found; None: any; or whether a change
#: may change it.
Reads = frozenset[str] | Callable[[Change], bool] | None


def _with_causes(finding: Finding) -> list[Finding]:
    return [finding, *(inner for cause in finding.causes for inner in _with_causes(cause))]


def _places(finding: Finding) -> list[Location]:
    found = []
    for part in _with_causes(finding):
        found += [part.location] if part.location else []
        found += [item.location for item in part.related]
    return found
