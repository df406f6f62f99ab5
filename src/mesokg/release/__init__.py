"""Releases: an immutable folder that says what it holds, and that anyone can check.

This package decides what may be published and what a published version consists of. A
release is a function of the graph, its version, its date and the release before it: the
same input gives the same bytes. What is published stays: a folder is never written over,
an IRI never vanishes, a number is never used twice, and the words of others are passed on
only as far as their rights allow.
"""

from __future__ import annotations

from mesokg.release.gates import RELEASE_RULES, Plan, plan_release
from mesokg.release.making import build_release, write_release
from mesokg.release.previous import Previous, find_previous, read_release
from mesokg.release.versions import Version, lowest_after, parse_version

__all__ = [
    "RELEASE_RULES",
    "Plan",
    "Previous",
    "Version",
    "build_release",
    "find_previous",
    "lowest_after",
    "parse_version",
    "plan_release",
    "read_release",
    "write_release",
]
