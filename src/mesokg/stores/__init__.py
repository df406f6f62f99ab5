"""How named graphs get into a SPARQL 1.1 store, and back.

This package decides what a store must be told so that a graph never stands half sent under
its name, is sent once only, and is never taken from somebody else. It needs nothing of a store
but SPARQL 1.1 Query and Update.
"""

from __future__ import annotations

from mesokg.stores.pulling import Pulled, pull, pull_index
from mesokg.stores.pushing import Pushed, Step, push

__all__ = ["Pulled", "Pushed", "Step", "pull", "pull_index", "push"]
