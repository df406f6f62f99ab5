"""Why a value does not meet a shape: the nested results that an engine leaves out.

SHACL lets an engine stop at "meets none of the shapes of sh:or" (3.6.2.4 makes
sh:detail optional). This module decides for which results more is asked: the shapes
inside are run once more, on the failing values alone, for the first hundred of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.shacl.engines import pass_on
from mesokg.shacl.graphs import (
    FIRST,
    NIL,
    REST,
    SH,
    TARGETS,
    TYPE,
    Index,
    Result,
    Triples,
    in_order,
    sh,
)
from mesokg.shacl.shapes import class_types

__all__ = ["explained", "unexplained"]

#: Shapes -> what they find in the data.
_Run = Callable[[Triples], Sequence[Result]]

_MOST: Final = 100
_DEEPEST: Final = 3
#: Component -> the property of a shape that holds the shapes inside.
_HOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AndConstraintComponent": "and",
        "NodeConstraintComponent": "node",
        "OrConstraintComponent": "or",
        "QualifiedMinCountConstraintComponent": "qualifiedValueShape",
        "XoneConstraintComponent": "xone",
    }
)


@dataclass(frozen=True, slots=True)
class _Ask:
    """Which shapes a node is to be asked by, to explain a result."""

    node: Term
    shapes: tuple[Term, ...]
    path: Term | None = None


def explained(
    results: Sequence[Result], shapes: Triples, run: _Run, depth: int = _DEEPEST
) -> tuple[Result, ...]:
    """The results, with the details of those that nested shapes explain.

    What an engine has explained itself stays as it is; when `run` fails, all does. Which
    results are the first to be explained is no engine's choice.
    """
    index = Index(shapes)
    asks = dict(_asks(results, index)) if depth else {}
    if not asks:
        return tuple(results)
    more: dict[_Ask, ox.BlankNode] = {
        ask: ox.BlankNode(f"mesokgAsk{n}") for n, ask in enumerate(asks.values()) if ask.path
    }
    try:
        found = run(tuple(_asked(shapes, asks.values(), more)))
    except BaseException as error:
        pass_on(error)
        return tuple(results)
    by_focus: dict[object, list[Result]] = defaultdict(list)
    with_new = (*shapes, *_questions(more))
    for result in explained(found, with_new, run, depth - 1):
        by_focus[result.focus].append(result)
    return tuple(
        replace(result, details=tuple(_details(asks[number], by_focus, index, more)))
        if number in asks
        else result
        for number, result in enumerate(results)
    )


def unexplained(results: Sequence[Result], shapes: Triples) -> list[Result]:
    """The results that `explained` would ask more about."""
    return [results[number] for number, _ in _asks(results, Index(shapes))]


def _asks(results: Sequence[Result], index: Index) -> Iterator[tuple[int, _Ask]]:
    left = _MOST
    for number in in_order(results):
        result = results[number]
        name = _HOLDERS.get(result.component.removeprefix(SH))
        if name is None or result.details or not left:
            continue
        inside = index.values(result.shape, sh(name))
        if name in {"and", "or", "xone"}:
            inside = [item for listed in inside for item in index.items(listed)]
        path = index.value(result.shape, sh("path")) if name == "qualifiedValueShape" else None
        node = result.value if result.value is not None and path is None else result.focus
        if inside and node is not None:
            left -= 1
            yield number, _Ask(node, tuple(inside), path)


def _asked(
    shapes: Triples, asks: Iterable[_Ask], more: Mapping[_Ask, ox.BlankNode]
) -> Iterator[ox.Triple]:
    """The shapes with no targets but the nodes that are asked about."""
    classes = class_types(shapes)
    for triple in shapes:
        if triple.predicate not in TARGETS and not (
            triple.predicate == TYPE and triple.object in classes
        ):
            yield triple
    yield from _questions(more)
    asked = dict.fromkeys(
        (shape, ask.node)
        for ask in asks
        for shape in (ask.shapes if ask not in more else (more[ask],))
    )
    for shape, node in asked:
        yield ox.Triple(shape, sh("targetNode"), node)  # type: ignore[arg-type]  # no literal


def _questions(more: Mapping[_Ask, ox.BlankNode]) -> Iterator[ox.Triple]:
    """Property shapes that ask each value of a path for the qualified shape.

    With sh:or, whose branches more engines explain themselves than sh:node.
    """
    for ask, shape in more.items():
        choice = ox.BlankNode(f"{shape.value}Choice")
        yield ox.Triple(shape, sh("path"), ask.path)  # type: ignore[arg-type]  # has a path
        yield ox.Triple(shape, sh("or"), choice)
        yield ox.Triple(choice, FIRST, ask.shapes[0])
        yield ox.Triple(choice, REST, NIL)


def _details(
    ask: _Ask,
    found: Mapping[object, Sequence[Result]],
    index: Index,
    more: Mapping[_Ask, ox.BlankNode],
) -> Iterator[Result]:
    mine = found.get(ask.node, ())
    if ask in more:
        for result in mine:
            if result.shape == more[ask]:
                yield from result.details
        return
    parts: set[object] = set()
    todo: list[object] = list(ask.shapes)
    while todo:
        shape = todo.pop()
        if shape not in parts:
            parts.add(shape)
            todo += index.out.get(shape, {}).get(sh("property"), ())
    yield from (result for result in mine if result.shape in parts)
