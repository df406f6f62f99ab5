"""Version numbers, and which one may follow another (https://semver.org/spec/v2.0.0.html)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mesokg.errors import UsageError

__all__ = ["Version", "lowest_after", "parse_version"]

_NUMBER: Final = r"(0|[1-9][0-9]{0,8})"
_WORD: Final = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_WORD}(?:\.{_WORD})*))?(?:\+[0-9A-Za-z.-]+)?"
)
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Version:
    """A version in the order of SemVer; what stands behind a + is no part of it.

    >>> parse_version("1.10.0") > parse_version("1.9.9") > parse_version("1.9.9-rc.1")
    True
    """

    core: tuple[int, int, int]
    before: tuple[str, ...] = ()

    @property
    def _key(self) -> tuple[object, ...]:
        """A release goes after its candidates; numbers go before words."""
        words = tuple(
            (0, int(word), "") if word.isdigit() else (1, 0, word) for word in self.before
        )
        return self.core, not self.before, words

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    def __gt__(self, other: Version) -> bool:
        return self._key > other._key

    def __str__(self) -> str:
        """The version as it is written, without what stands behind a +."""
        core = ".".join(map(str, self.core))
        return f"{core}-{'.'.join(self.before)}" if self.before else core


def parse_version(text: str) -> Version:
    """The version that a text is. Raises UsageError (``version-syntax``).

    >>> str(parse_version("1.2.0-rc.1+today"))
    '1.2.0-rc.1'
    """
    match = _VERSION.fullmatch(text) if len(text) <= _LONGEST else None
    if not match:
        raise UsageError(
            f"{text[:_LONGEST]!r} is no version",
            code="version-syntax",
            hint="three numbers such as 1.4.0, perhaps with a word behind: 1.4.0-rc.1",
        )
    before = tuple(match[4].split(".")) if match[4] else ()
    return Version((int(match[1]), int(match[2]), int(match[3])), before)


def lowest_after(previous: Version, level: str) -> Version:
    """The lowest version that may follow, given what changed (see `mesokg.changes.LEVELS`).

    Before 1.0.0 the second number stands for the first, as nothing is promised yet.
    After a candidate (``-rc.1``) its own release may follow.

    >>> str(lowest_after(parse_version("1.4.2"), "minor"))
    '1.5.0'
    >>> str(lowest_after(parse_version("0.4.2"), "major"))
    '0.5.0'
    """
    major, minor, patch = previous.core
    if previous.before:
        return Version(previous.core)
    if level == "major":
        return Version((major + 1, 0, 0) if major else (0, minor + 1, 0))
    if level == "minor" and major:
        return Version((major, minor + 1, 0))
    return Version((major, minor, patch + 1))
