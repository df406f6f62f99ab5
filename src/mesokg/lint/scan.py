"""The prefixes that a Turtle or TriG text declares and uses, found in one pass.

This module decides how much of a text must be understood for that: what is a string,
an IRI, a comment or a name, and no more. A text that does not parse is scanned too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mesokg.project import SourceFile

__all__ = ["Declaration", "ScannedFile", "scan"]

#: What a text is made of as far as prefixes go: what may hold a colon and is no name, the
#: declarations, and the names with a prefix.
_SCAN: Final = re.compile(
    r'''
      "{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3}|\Z) | '{3}(?:[^'\\]|\\.|'(?!''))*+(?:'{3}|\Z)
    | "(?:[^"\\\n\r]|\\.)*+"? | '(?:[^'\\\n\r]|\\.)*+'?
    | <[^<>"{}|^`\x00-\x20]*+>
    | \#[^\n\r]*+
    | @?\bprefix\s++(?P<name>[^\W\d_][\w.-]*+)?:\s*+<(?P<iri>[^<>"{}|^`\x00-\x20]*+)>
    | (?P<used>[^\W\d_][\w.-]*+)?:(?:[\w.:%-]|\\.)*+
    | [\w-]++
    ''',
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration: the prefix, its namespace, and from where to where it reaches."""

    name: str
    iri: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file, its text, the prefixes that it declares, in order, and those that it uses."""

    source: SourceFile
    text: str
    declared: tuple[Declaration, ...]
    used: frozenset[str]


def scan(source: SourceFile, text: str) -> ScannedFile:
    """A file with its prefixes. Never fails; a broken text may hide some of them."""
    found, used = [], set()
    for match in _SCAN.finditer(text):
        if match["iri"] is not None:
            found.append(Declaration(match["name"] or "", match["iri"], *match.span()))
        elif match[0].partition(":")[1] and match[0][:1] not in "\"'<#":
            used.add(match["used"] or "")
    return ScannedFile(source, text, tuple(found), frozenset(used))
