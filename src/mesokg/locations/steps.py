"""Property paths as they stand in findings, taken step by step.

A part that branches or repeats is taken as one step by any of its properties: that
is enough to find a statement that belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import pyoxigraph as ox

from mesokg.locations.said import Said, term_of

__all__ = ["Hop", "Step", "along", "steps_of"]

_PROPERTY: Final = re.compile(r"\^?<[^<>]*>")
_TOKEN: Final = re.compile(r"<[^<>]*>|.", re.DOTALL)
_MOST: Final = 8


class Step(NamedTuple):
    """One step: by any of some properties, by others from the value to the subject."""

    forward: frozenset[object]
    backward: frozenset[object]


class Hop(NamedTuple):
    """A statement that was followed, and what it led to."""

    quad: ox.Quad
    end: object


def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path in SPARQL's syntax with whole IRIs.

    >>> [len(step.backward) for step in steps_of("^<http://e/a>/<http://e/b>")]
    [1, 0]
    >>> [len(step.backward) for step in steps_of("(<http://e/a>|^<http://e/b>)*/<http://e/c>")]
    [1, 0]
    """
    parts = _parts(path)
    if len(parts) == 1 and path.startswith("(") and path.endswith(")"):
        parts = _parts(path[1:-1])
    if len(parts) > _MOST or any(part.count("(") != part.count(")") for part in parts):
        parts = [path]
    found = [_PROPERTY.findall(part) for part in parts]
    return tuple(_step(names) for names in found) if all(found) else ()


def _parts(path: str) -> list[str]:
    """A path cut at the slashes that stand in no brackets."""
    parts, depth = [""], 0
    for token in _TOKEN.findall(path):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "/" and not depth:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def along(said: Said, node: object, step: Step) -> Iterator[Hop]:
    """The statements that lead from a node by one step."""
    for quad in said.about(node) if step.forward else ():
        if quad.predicate in step.forward:
            yield Hop(quad, quad.object)
    for quad in said.naming(node) if step.backward else ():
        if quad.predicate in step.backward:
            yield Hop(quad, quad.subject)


def _step(names: list[str]) -> Step:
    forward = {term_of(name) for name in names if not name.startswith("^")}
    backward = {term_of(name[1:]) for name in names if name.startswith("^")}
    return Step(frozenset(forward - {None}), frozenset(backward - {None}))
