"""What changed between two states of a graph, in words for a reader.

This package decides what is worth saying: not which triples differ, but which claims are
new, which went another way, where the evidence got weaker, what is gone. It also decides
what a change asks of a version number (https://semver.org): what was published and is
gone, and what means something else now, is major; what is new is minor; wording is a patch.
Computed graphs and the texts of articles are left out: they follow from the rest.
"""

from __future__ import annotations

from mesokg.changes.listing import FORMATS, render_changes
from mesokg.changes.telling import GROUPS, LEVELS, Change, Changes, changes

__all__ = ["FORMATS", "GROUPS", "LEVELS", "Change", "Changes", "changes", "render_changes"]
