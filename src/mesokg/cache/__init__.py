"""What need not be found again: validation after a small change costs what the change costs.

This package decides what one run may keep for the next. The first rule is that a report
from it is the report without it; it forgets whatever it cannot be sure of.
"""

from __future__ import annotations

from mesokg.cache.change import Change, Reads
from mesokg.cache.disk import default_folder
from mesokg.cache.keys import texts_key
from mesokg.cache.memory import Cache, Run

__all__ = ["Cache", "Change", "Reads", "Run", "default_folder", "texts_key"]
