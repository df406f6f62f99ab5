"""Where the nodes of a layered graph lie: which are drawn, in which order, how high.

This module decides the layout and knows nothing of drawing. Columns are given; within
a column nodes are ordered by the mean place of their neighbours (barycentre), the best
of a few sweeps is kept, and every tie is broken by name, so that the same graph gives
the same picture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mesokg.pictures.model import Edge, Graph, Node

__all__ = ["Chosen", "Link", "arrange", "choose", "heights"]

_SWEEPS: Final = 12
_ROUNDS: Final = 6
_MOST_EDGES: Final = 4  # per node that is drawn, on average


@dataclass(frozen=True, slots=True)
class Link:
    """An edge as it is laid out: always from a lower column to a higher one.

    `path` are the keys it passes, ends included; those in between are places that are
    kept free for it. A `reverse` link is an edge that leads from right to left.
    """

    edge: Edge
    path: tuple[str, ...]
    reverse: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a graph is drawn.

    `inner` are edges within a column, by the node they leave. `left_nodes` and
    `left_edges` count what was left out.
    """

    nodes: Mapping[str, Node]
    links: tuple[Link, ...]
    inner: Mapping[str, tuple[Edge, ...]]
    left_nodes: int
    left_edges: int


def choose(graph: Graph) -> Chosen:
    """What is drawn: what the page is about, what is near to it, and what has most edges."""
    nodes: dict[str, Node] = {}
    for node in sorted(graph.nodes, key=lambda n: (n.key, n.label, n.column, n.href)):
        if 0 <= node.column < len(graph.columns):
            nodes.setdefault(node.key, node)
    edges = sorted(
        {edge for edge in graph.edges if edge.source in nodes and edge.target in nodes},
        key=_edge_order,
    )
    kept = _nearest(nodes, edges, graph.limit)
    drawn = {key: node for key, node in nodes.items() if key in kept}
    inside = [edge for edge in edges if edge.source in drawn and edge.target in drawn]
    some = inside[: _MOST_EDGES * graph.limit]
    links, inner = _split(drawn, some)
    return Chosen(drawn, links, inner, len(nodes) - len(drawn), len(set(graph.edges)) - len(some))


def _edge_order(edge: Edge) -> tuple[str, ...]:
    return (edge.source, edge.target, edge.label, edge.way.value, edge.href, edge.name)


def _nearest(nodes: Mapping[str, Node], edges: Sequence[Edge], limit: int) -> set[str]:
    """The keys of the nodes to draw.

    What is in focus, then step by step what lies next to it; without a focus, or when
    nothing is left beside what is drawn, it goes on from whatever has most edges.
    """
    if len(nodes) <= limit:
        return set(nodes)
    beside: dict[str, set[str]] = {key: set() for key in nodes}
    for edge in edges:
        beside[edge.source].add(edge.target)
        beside[edge.target].add(edge.source)
    by_edges = sorted(nodes, key=lambda key: (not nodes[key].focus, -len(beside[key]), key))
    rest = iter(by_edges)
    kept: set[str] = set()
    far: dict[str, int] = {}  # what may come next: how many steps from where it began
    while len(kept) < limit:
        if far:
            key = min(far, key=lambda k: (far[k], -len(beside[k] & kept), -len(beside[k]), k))
        else:
            key = next(one for one in rest if one not in kept)
        steps = far.pop(key, 0) + 1
        kept.add(key)
        for other in beside[key] - kept:
            far.setdefault(other, steps)
    return kept


def _split(
    nodes: Mapping[str, Node], edges: Iterable[Edge]
) -> tuple[tuple[Link, ...], dict[str, tuple[Edge, ...]]]:
    """Edges between columns, with the places they pass, and edges within one."""
    links = []
    inner: dict[str, tuple[Edge, ...]] = {}
    for number, edge in enumerate(edges):
        start, end = nodes[edge.source].column, nodes[edge.target].column
        if start == end:
            inner[edge.source] = (*inner.get(edge.source, ()), edge)
            continue
        reverse = start > end
        first, last = (edge.target, edge.source) if reverse else (edge.source, edge.target)
        between = range(min(start, end) + 1, max(start, end))
        passed = tuple(f"\0{number}\0{column}" for column in between)
        links.append(Link(edge, (first, *passed, last), reverse))
    return tuple(links), inner


# --- order ----------------------------------------------------------------------------------


def arrange(chosen: Chosen, columns: int) -> tuple[tuple[str, ...], ...]:
    """The keys of each column from top to bottom, places for passing links among them."""
    layers: list[list[str]] = [[] for _ in range(columns)]
    for node in sorted(chosen.nodes.values(), key=lambda n: (n.missing, n.label, n.key)):
        layers[node.column].append(node.key)
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for link in chosen.links:
        start = chosen.nodes[link.path[0]].column
        for step, (left, right) in enumerate(pairwise(link.path)):
            after[left].append(right)
            before[right].append(left)
            if step + 2 < len(link.path):
                layers[start + step + 1].append(right)
    best = [list(layer) for layer in layers]
    fewest = _crossings(best, after)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        forwards = sweep % 2 == 0
        order = range(1, columns) if forwards else range(columns - 2, -1, -1)
        for column in order:
            beside = before if forwards else after
            _sort(layers[column], layers[column - 1 if forwards else column + 1], beside)
        crossings = _crossings(layers, after)
        if crossings < fewest:
            fewest, best = crossings, [list(layer) for layer in layers]
    return tuple(tuple(layer) for layer in best)


def _sort(layer: list[str], fixed: list[str], beside: Mapping[str, list[str]]) -> None:
    """Order a layer by the mean place of each node's neighbours in the fixed one."""
    places = {key: place for place, key in enumerate(fixed)}
    now = {key: place for place, key in enumerate(layer)}

    def mean(key: str) -> tuple[float, int]:
        found = [places[other] for other in beside.get(key, ()) if other in places]
        scale = len(fixed) / max(len(layer), 1)
        return (sum(found) / len(found) if found else now[key] * scale, now[key])

    layer.sort(key=mean)


def _crossings(layers: Sequence[Sequence[str]], after: Mapping[str, list[str]]) -> int:
    """How many pairs of lines cross."""
    total = 0
    for left, right in pairwise(layers):
        places = {key: place for place, key in enumerate(right)}
        ends = [place for key in left for place in sorted(places[k] for k in after.get(key, ()))]
        total += _inversions(ends)
    return total


def _inversions(values: Sequence[int]) -> int:
    """How many pairs stand in the wrong order; counted while merging."""
    total = 0
    runs = [[value] for value in values]
    while len(runs) > 1:
        pairs = zip(runs[::2], runs[1::2], strict=False)
        odd = [runs[-1]] if len(runs) % 2 else []
        merged = []
        for left, right in pairs:
            run, crossed = _merge(left, right)
            merged.append(run)
            total += crossed
        runs = merged + odd
    return total


def _merge(left: Sequence[int], right: Sequence[int]) -> tuple[list[int], int]:
    run: list[int] = []
    crossed = taken = 0
    for value in right:
        while taken < len(left) and left[taken] <= value:
            run.append(left[taken])
            taken += 1
        crossed += len(left) - taken
        run.append(value)
    run.extend(left[taken:])
    return run, crossed


# --- heights --------------------------------------------------------------------------------


def heights(
    layers: Sequence[Sequence[str]],
    links: Iterable[Link],
    tall: Mapping[str, float],
    gap: float,
) -> dict[str, float]:
    """The top of each node: as near to its neighbours as its column allows, none over another."""
    beside: dict[str, list[str]] = defaultdict(list)
    for link in links:
        for left, right in pairwise(link.path):
            beside[left].append(right)
            beside[right].append(left)
    tops: dict[str, float] = {}
    whole = max((sum(tall[key] + gap for key in layer) for layer in layers), default=0)
    for layer in layers:
        y = (whole - sum(tall[key] + gap for key in layer)) / 2
        for key in layer:
            tops[key] = y
            y += tall[key] + gap
    forwards = list(layers)
    for turn in range(_ROUNDS):
        before = dict(tops)
        for layer in forwards if turn % 2 == 0 else forwards[::-1]:
            wanted = {key: _wanted(key, beside, tops, tall) for key in layer}
            _settle(layer, wanted, tops, tall, gap)
        if tops == before:
            break
    least = min(tops.values(), default=0)
    return {key: top - least for key, top in tops.items()}


def _wanted(
    key: str,
    beside: Mapping[str, list[str]],
    tops: Mapping[str, float],
    tall: Mapping[str, float],
) -> float:
    near = beside.get(key)
    if not near:
        return tops[key]
    return sum(tops[other] + tall[other] / 2 for other in near) / len(near) - tall[key] / 2


def _settle(
    layer: Sequence[str],
    wanted: Mapping[str, float],
    tops: dict[str, float],
    tall: Mapping[str, float],
    gap: float,
) -> None:
    """Give each node the place it wants; those that would overlap share the shift.

    Nodes that touch form a block that lies where its members want it on average.
    """
    blocks: list[tuple[list[str], float, float]] = []  # keys, sum of wishes, height
    for key in layer:
        keys, wish, size = [key], wanted[key], tall[key] + gap
        while blocks and blocks[-1][1] / len(blocks[-1][0]) + blocks[-1][2] > wish / len(keys):
            others, other_wish, other_size = blocks.pop()
            wish = other_wish + wish - other_size * len(keys)
            keys, size = others + keys, other_size + size
        blocks.append((keys, wish, size))
    for keys, wish, _ in blocks:
        y = wish / len(keys)
        for key in keys:
            tops[key] = y
            y += tall[key] + gap
