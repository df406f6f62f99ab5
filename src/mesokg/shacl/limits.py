"""What each engine is known to get wrong, seen in the shapes before it runs.

This module decides which shapes an engine must not be given. Everything here was found
by comparing engines; tests/conformance holds the comparison. It errs on the side of
another engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from mesokg.shacl.graphs import NIL, Index, Triples, sh
from mesokg.shacl.guards import guard_for, may_meet_literals
from mesokg.shacl.paths import (
    has_inverse_sequence,
    is_plain,
    read_path,
    simplified,
    starts_anywhere,
)
from mesokg.shacl.sets import plan

__all__ = ["LIMITS"]

_OWN: Final = frozenset(map(sh, ("disjoint", "equals", "node", "qualifiedValueShape")))


def _pyshacl(shapes: Triples) -> str:
    """Seen in pySHACL 0.40.1."""
    index = Index(shapes)
    for triple in shapes:
        if triple.predicate == sh("path"):
            path = read_path(triple.object, index)  # type: ignore[arg-type]  # no RDF 1.2 here
            if path is not None and has_inverse_sequence(path):
                return "it walks a sequence such as ^(a/b) backwards in the wrong order"
        if triple.predicate == sh("node") and sh("path") in index.out.get(triple.object, {}):
            return "it takes no property shape behind sh:node"
    return ""


def _shacl_rust(shapes: Triples) -> str:
    """Seen in shacl-rust 0.2.12 with its index."""
    unfit = plan(shapes).unfit
    if unfit:
        return unfit
    index = Index(shapes)
    if any(t.predicate == sh("in") and t.object == NIL for t in shapes):
        return "it passes over an empty sh:in"
    held = (shape for about in index.out.values() for shape in about.get(sh("property"), ()))
    if any(sh("path") not in index.out.get(shape, {}) for shape in held):
        return "it passes over a property shape that has no sh:path"
    if guard_for(shapes) is None:
        return "it compares values that have no order, and these shapes compare any"
    literals = set(may_meet_literals(index))
    for node, about in index.out.items():
        if node in literals and not _OWN.isdisjoint(about):
            return "it takes a literal for a node"
        for value in about.get(sh("path"), ()):
            path = read_path(value, index)
            flat = simplified(path) if path is not None else None
            if flat is None or not is_plain(flat):
                return "it does not follow every step of a long path"
            if node in literals and starts_anywhere(flat):
                return "it does not follow a path that starts at a literal"
    return ""


#: Engine -> why it cannot be given some shapes; "" when it can.
LIMITS: Final[Mapping[str, Callable[[Triples], str]]] = MappingProxyType(
    {"pyshacl": _pyshacl, "shacl-rust": _shacl_rust}
)
