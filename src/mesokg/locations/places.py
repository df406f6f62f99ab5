"""The places of statements in a text.

This module decides how little of a text must be read for that: of Turtle and its
kin only the blocks that begin with a subject asked for, unless blank nodes are meant
that hang on no name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import pyoxigraph as ox

from mesokg.errors import InputError
from mesokg.syntax import Span, Statement, find, recover, statements

__all__ = ["Place", "has_blank", "turtle_places"]

_Node = ox.NamedNode | ox.BlankNode
#: As many statements of the dataset are looked at to find the one that the text says.
_AHEAD: Final = 1000


class _Written(NamedTuple):
    text: str
    format: str
    base: str | None


class Place(NamedTuple):
    """Where the parts of a statement stand in a text; an empty span: nowhere."""

    subject: Span
    predicate: Span
    object: Span


def turtle_places(
    text: str,
    format: str,
    wanted: Collection[ox.Quad],
    said: Sequence[ox.Quad],
    base: str | None = None,
) -> dict[ox.Quad, Place]:
    """The first place of each wanted statement that the text says.

    `said` is what a dataset has from this text, in its order: blank nodes are called
    there as in `wanted`, in the text otherwise. It may be empty when no blank node
    is wanted. Relative IRIs are resolved against `base`. A text that does not parse
    gives what can be read of it.
    """
    written = _Written(text, format, base)
    plain = {quad for quad in wanted if not has_blank(quad)}
    found = _named_places(written, plain) if plain else {}
    blank = [quad for quad in wanted if has_blank(quad)]
    return found | _blank_places(written, set(blank), said) if blank else found


def _place(statement: Statement) -> Place:
    return Place(statement.subject.span, statement.predicate.span, statement.object.span)


def _named_places(written: _Written, wanted: Collection[ox.Quad]) -> dict[ox.Quad, Place]:
    found: dict[ox.Quad, Place] = {}
    subjects = {q.subject for q in wanted if isinstance(q.subject, ox.NamedNode)}
    blocks = _readable(written, subjects)
    for read in (blocks, _readable(written, None)):
        for statement in read:
            quad = statement.quad
            if quad in wanted and quad not in found:
                found[quad] = _place(statement)
                if len(found) == len(wanted):
                    return found
    return found


def _readable(written: _Written, subjects: Collection[_Node] | None) -> Iterator[Statement]:
    """The statements of some subjects' blocks, or all; where one is broken, the good ones."""
    text, format, base = written
    try:
        if subjects is None:
            yield from statements(*written)
        else:
            yield from find(text, format, subjects, base)
    except InputError:
        yield from recover(*written, limit=1).statements


# --- blank nodes -----------------------------------------------------------------------------


def has_blank(quad: ox.Quad) -> bool:
    """Whether a statement is about a blank node, or has one as its value."""
    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)


def _blank_places(
    written: _Written, wanted: set[ox.Quad], said: Sequence[ox.Quad]
) -> dict[ox.Quad, Place]:
    roots, part = _around(wanted, said)
    found: dict[ox.Quad, Place] = {}
    for quad, statement in _aligned(_readable(written, roots), part):
        if quad in wanted:
            found[quad] = _place(statement)
            if len(found) == len(wanted):
                break
    return found


def _around(
    wanted: Iterable[ox.Quad], said: Sequence[ox.Quad]
) -> tuple[Collection[_Node] | None, Sequence[ox.Quad]]:
    """The named things that hold the wanted blank nodes, and all that is said in their blocks.

    None and everything when a blank node hangs on no name, or may be reached from elsewhere.
    """
    holders: dict[object, list[_Node]] = {}
    inner: dict[object, list[object]] = {}
    for quad in said:
        if isinstance(quad.object, ox.BlankNode):
            holders.setdefault(quad.object, []).append(quad.subject)  # type: ignore[arg-type]
            inner.setdefault(quad.subject, []).append(quad.object)
    ready: list[object] = [quad.subject for quad in wanted]
    seen, roots = set(ready), set()
    while ready:
        node = ready.pop()
        if isinstance(node, ox.NamedNode):
            roots.add(node)
            continue
        above = holders.get(node, ())
        if len(above) != 1:
            return None, said
        ready += {above[0]} - seen
        seen.add(above[0])
    inside: set[object] = set(roots)
    ready = list(roots)
    while ready:
        below = [node for node in inner.get(ready.pop(), ()) if node not in inside]
        ready += below
        inside.update(below)
    return roots, [quad for quad in said if quad.subject in inside]


def _aligned(
    read: Iterable[Statement], said: Sequence[ox.Quad]
) -> Iterator[tuple[ox.Quad, Statement]]:
    """The statements of a text, each with its quad in the dataset, which has each but once.

    Both are in the order of the text, so the nodes need not be compared by what
    surrounds them. What is only in one of the two is passed over.
    """
    names: dict[object, object] = {}
    taken: set[object] = set()
    done: set[ox.Quad] = set()
    position = 0
    for statement in read:
        quad = statement.quad
        if _renamed(quad, names) in done:
            continue
        for place in range(position, min(position + _AHEAD, len(said))):
            fresh = _pairs(quad, said[place], names, taken)
            if fresh is None:
                continue
            names.update(fresh)
            taken.update(fresh.values())
            done.add(said[place])
            position = place + 1
            yield said[place], statement
            break


def _renamed(quad: ox.Quad, names: Mapping[object, object]) -> ox.Quad | None:
    """The quad under the dataset's names of its blank nodes; None when one has none yet."""
    parts = [
        names.get(t) if isinstance(t, ox.BlankNode) else t for t in (quad.subject, quad.object)
    ]
    if None in parts:
        return None
    return ox.Quad(parts[0], quad.predicate, parts[1], quad.graph_name)  # type: ignore[arg-type]


def _pairs(
    quad: ox.Quad, other: ox.Quad, names: Mapping[object, object], taken: Collection[object]
) -> dict[object, object] | None:
    """The new names that make two quads one; None when no names do."""
    if quad.predicate != other.predicate or quad.graph_name != other.graph_name:
        return None
    fresh: dict[object, object] = {}
    for here, there in ((quad.subject, other.subject), (quad.object, other.object)):
        if isinstance(here, ox.BlankNode) and isinstance(there, ox.BlankNode):
            known = names.get(here, fresh.get(here))
            if known is None and there not in taken and there not in fresh.values():
                fresh[here] = there
            elif known != there:
                return None
        elif here != there:
            return None
    return fresh
