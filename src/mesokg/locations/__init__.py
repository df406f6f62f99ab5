"""Where a finding is: file, line and column of what is wrong, and of what it clashes with.

This package decides which statement a finding means (`aim`) and how the place of a
statement is found again in a file (`places`), after the check and only for what has
findings: a dataset carries no positions, so a clean run pays nothing for them.
"""

from __future__ import annotations

from mesokg.locations.aim import locate

__all__ = ["locate"]
