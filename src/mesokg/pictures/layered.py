"""How a layered graph is drawn: columns where there is room, a list where there is none.

This module decides how nodes and lines look. A line ends at a place of its own beside
its target, and its words stand on that last straight piece, so words never meet. A box
is as high as its text and its lines need.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mesokg.pictures.layers import Chosen, Link, arrange, choose, heights
from mesokg.pictures.marks import anchor, icon, legend, linked, text
from mesokg.pictures.model import Edge, Graph, Node, Way
from mesokg.pictures.writing import MANY, clean, element, escaped, number, text_width, wrap

__all__ = ["graph_columns", "layered_graph"]

_NARROWEST: Final = 148.0
_WIDEST: Final = 230.0
_FONT: Final = 14.0
_SMALL: Final = 12.0
_LINE: Final = 17.0
_PAD: Final = 10.0
_SLOT: Final = 24.0  # between two lines that end at one node
_NOTED: Final = 15.0  # more of it, for a line with a note below
_GAP: Final = 18.0  # between two nodes
_TOP: Final = 34.0  # the headings of the columns
_BEND: Final = 56.0  # the part of a gutter in which lines bend
_WORDS: Final = 176.0  # the part of a gutter that holds words, at most
_FREE: Final = 14.0  # the height kept free for a line that passes a column


def layered_graph(graph: Graph) -> str:
    """The graph as HTML: columns for wide screens and a list of its lines for narrow ones.

    The style sheet shows one of the two. Nodes and lines with an address are links, in
    reading order. Words say what was left out of a large graph.
    """
    chosen = choose(graph)
    wide = {
        "class": "picture-wide",
        "role": "region",
        "tabindex": "0",
        "aria-label": f"Picture: {graph.title}",
    }
    ways = {link.edge.way for link in chosen.links} - {Way.OTHER}
    return element(
        "div",
        {"class": "picture layered-graph"},
        legend(ways, rated=False) if ways and graph.explained else "",
        element("div", wide, _columns(graph, chosen)),
        element("div", {"class": "picture-narrow"}, _list(graph, chosen)),
        _left_out(graph, chosen),
    )


def graph_columns(graph: Graph) -> str:
    """The columns alone, as an SVG element."""
    return _columns(graph, choose(graph))


def _left_out(graph: Graph, chosen: Chosen) -> str:
    words = _left_words(graph, chosen)
    return f'<p class="left-out">{escaped(words)}</p>' if words else ""


def _left_words(graph: Graph, chosen: Chosen) -> str:
    """What was left out, in words; nothing if everything is drawn."""
    already = clean(graph.left_out)
    if not chosen.left_nodes and not chosen.left_edges:
        return already
    things = len(chosen.nodes) + chosen.left_nodes
    lines = len(chosen.links) + sum(map(len, chosen.inner.values()))
    return (
        f"Drawn are {len(chosen.nodes)} of {things} things and {lines} of "
        f"{lines + chosen.left_edges} connections: those nearest and those with most "
        f"connections. The data has them all. {already}"
    ).strip()


# --- columns --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Box:
    """A node with its place and its lines of text."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    kind: str
    label: tuple[str, ...]
    note: tuple[str, ...]
    inner: tuple[tuple[str, Edge], ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The whole layout: boxes by key, where each link runs, and the size."""

    boxes: Mapping[str, _Box]
    lefts: tuple[float, ...]
    width: float
    height: float
    node_width: float
    routes: tuple[tuple[Link, tuple[tuple[float, float, float], ...]], ...]


def _columns(graph: Graph, chosen: Chosen) -> str:
    plan = _plan(graph, chosen)
    heads = "".join(
        text(line, left + 1, 14, "column")
        for left, label in zip(plan.lefts, graph.columns, strict=True)
        for line in wrap(label, plan.node_width, _SMALL * 1.1, 1)
    )
    places = {key: (box.x, box.y) for key, box in plan.boxes.items()}
    lines: dict[str, list[str]] = defaultdict(list)
    for link, stops in plan.routes:
        lines[link.path[0]].append(_line(link, stops, plan))
    body = [
        _box(plan.boxes[key], chosen) + "".join(lines[key])
        for key in sorted(places, key=lambda key: places[key])
    ]
    left = _left_words(graph, chosen)
    desc = f"{clean(graph.description)} {left}".strip()
    return element(
        "svg",
        {
            "class": "columns many" if plan.width > MANY else "columns",
            "role": "group",
            "viewBox": f"0 0 {number(plan.width)} {number(plan.height)}",
            "width": number(plan.width),
            "height": number(plan.height),
        },
        element("title", {}, escaped(clean(graph.title))),
        element("desc", {}, escaped(desc)),
        heads,
        *body,
    )


def _plan(graph: Graph, chosen: Chosen) -> _Plan:
    columns = len(graph.columns)
    words = _word_widths(chosen, columns)
    room = (graph.width - 2 - sum(words[1:]) - _BEND * (columns - 1)) / max(columns, 1)
    node_width = min(_WIDEST, max(_NARROWEST, room))
    lefts = [1.0]
    for column in range(1, columns):
        lefts.append(lefts[-1] + node_width + _BEND + words[column])
    layers = arrange(chosen, columns)
    into, out = _ports(chosen.links)
    written = {key: _written(node, chosen, node_width) for key, node in chosen.nodes.items()}
    tall = {
        key: max(_text_height(written[key]), sum(map(_slot, into[key])), 12.0 * len(out[key]))
        if key in written
        else _FREE
        for layer in layers
        for key in layer
    }
    tops = heights(layers, chosen.links, tall, _GAP)
    boxes = {
        key: _Box(node, lefts[node.column], _TOP + tops[key], node_width, tall[key], *written[key])
        for key, node in chosen.nodes.items()
    }
    routes = _routes(chosen, boxes, {key: _TOP + top for key, top in tops.items()}, lefts)
    height = _TOP + max((tops[key] + tall[key] for key in tops), default=0) + 2
    return _Plan(boxes, tuple(lefts), lefts[-1] + node_width + 1, height, node_width, routes)


def _word_widths(chosen: Chosen, columns: int) -> list[float]:
    """For each column, the room that the words on the lines into it need."""
    needed = [20.0] * columns
    for link in chosen.links:
        column = chosen.nodes[link.path[-1]].column
        words = (_edge_words(link), *_note(link))
        width = max(text_width(one, _SMALL) for one in words) + 24
        needed[column] = min(_WORDS, max(needed[column], width))
    return needed


def _edge_words(link: Link) -> str:
    mark = "" if link.edge.way is Way.OTHER else f"{link.edge.way.glyph} "
    return mark + clean(link.edge.label)


_Written = tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, Edge], ...]]


def _written(node: Node, chosen: Chosen, width: float) -> _Written:
    """The lines of text in a node: kind, label, note, and edges within its column."""
    room = width - 2 * _PAD
    inner = []
    edges = chosen.inner.get(node.key, ())
    for edge in edges[:6]:
        end = "itself" if edge.target == node.key else chosen.nodes[edge.target].label
        line = f"→ {edge.label} {end}" if edge.label else f"→ {end}"
        inner.append((wrap(line, room, _SMALL, 1)[0], edge))
    kind = "".join(wrap(node.kind, room, _SMALL, 1))
    return (
        kind,
        wrap(node.label, room, _FONT * 1.08, 5) or ("(no name)",),
        wrap(node.note, room, _SMALL, 3),
        tuple(inner),
    )


def _text_height(written: _Written) -> float:
    kind, label, note, inner = written
    small = bool(kind) + len(note) + len(inner)
    return 2 * _PAD + _LINE * len(label) + (_LINE - 2) * small - 2


def _slot(link: Link) -> float:
    """The height that a line and its words need beside its target."""
    return _SLOT + _NOTED * len(_note(link))


def _note(link: Link) -> tuple[str, ...]:
    return wrap(link.edge.note, _WORDS - 14, _SMALL, 2)


def _ports(
    links: Sequence[Link],
) -> tuple[Mapping[str, list[Link]], Mapping[str, list[Link]]]:
    """The links that end and that start at each node."""
    into: dict[str, list[Link]] = defaultdict(list)
    out: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        out[link.path[0]].append(link)
        into[link.path[-1]].append(link)
    return into, out


def _routes(
    chosen: Chosen,
    boxes: Mapping[str, _Box],
    tops: Mapping[str, float],
    lefts: Sequence[float],
) -> tuple[tuple[Link, tuple[tuple[float, float, float], ...]], ...]:
    """For each link its stops: height, where it leaves to the right, where it comes from."""
    into, out = _ports(chosen.links)
    starts: dict[Link, float] = {}
    ends: dict[Link, float] = {}
    for key, box in boxes.items():
        order = sorted(out[key], key=lambda link: (_middle(link.path[1], boxes, tops), link.path))
        for place, link in enumerate(order):
            starts[link] = box.y + box.height * (place + 0.5) / len(order)
        order = sorted(into[key], key=lambda link: (_middle(link.path[-2], boxes, tops), link.path))
        y = box.y + (box.height - sum(map(_slot, order))) / 2
        for link in order:
            ends[link] = y + _SLOT / 2 + 5
            y += _slot(link)
    return tuple(
        (link, tuple(_stops(link, chosen, boxes, tops, lefts, starts[link], ends[link])))
        for link in chosen.links
    )


def _middle(key: str, boxes: Mapping[str, _Box], tops: Mapping[str, float]) -> float:
    box = boxes.get(key)
    return tops[key] + (box.height if box else _FREE) / 2


def _stops(
    link: Link,
    chosen: Chosen,
    boxes: Mapping[str, _Box],
    tops: Mapping[str, float],
    lefts: Sequence[float],
    start: float,
    end: float,
) -> Iterator[tuple[float, float, float]]:
    width = next(iter(boxes.values())).width
    column = chosen.nodes[link.path[0]].column
    yield lefts[column], start, lefts[column] + width
    for step, key in enumerate(link.path[1:-1], 1):
        left = lefts[column + step]
        yield left, tops[key] + _FREE / 2, left + width
    last = lefts[chosen.nodes[link.path[-1]].column]
    yield last, end, last + width


def _line(link: Link, stops: Sequence[tuple[float, float, float]], plan: _Plan) -> str:
    """A line with its words and its arrow, as one link."""
    edge = link.edge
    words = _edge_words(link)
    room = stops[-1][0] - stops[-2][2] - _BEND
    steps = [f"M{number(stops[0][2])} {number(stops[0][1])}"]
    for place, ((_, y, right), (left, lower, far)) in enumerate(pairwise(stops)):
        last = place == len(stops) - 2
        arrive = right + _BEND if last else left
        half = (arrive - right) / 2
        steps.append(
            f"C{number(right + half)} {number(y)} {number(arrive - half)} {number(lower)} "
            f"{number(arrive)} {number(lower)}"
        )
        steps.append(f"H{number(left - 1 if last else far)}")
    tip = _arrow(stops[0][2], stops[0][1], -1) if link.reverse else ""
    tip = tip or _arrow(stops[-1][0], stops[-1][1], 1)
    x, y = stops[-1][0] - room, stops[-1][1]
    shown = "".join(wrap(words, room - 12, _SMALL, 1)) if words else ""
    source, target = plan.boxes[edge.source].node, plan.boxes[edge.target].node
    name = _edge_name(edge, source, target)
    hit = (
        f'<rect class="hit" x="{number(x)}" y="{number(y - 15)}" width="{number(room - 10)}" '
        f'height="{number(_slot(link) - 4)}" rx="3"/>'
    )
    drawn = (
        f'<path class="line" d="{"".join(steps)}"/>',
        tip,
        hit if edge.href else "",
        text(shown, x + 2, y - 4, "line-words") if shown else "",
        *(text(line, x + 2, y + 13 + 14 * i, "sub") for i, line in enumerate(_note(link))),
    )
    return linked(edge.href, f"edge way-{edge.way}", name, "".join(drawn))


def _edge_name(edge: Edge, source: Node, target: Node) -> str:
    """What a line is called: the words on it, what it links or stands for, and its way."""
    words = clean(f"{edge.label} {edge.note}")
    meant = clean(edge.name) or f"{clean(source.label)} → {clean(target.label)}"
    way = "" if edge.way is Way.OTHER else f" ({edge.way.value})"
    return f"{words}: {meant}{way}" if words else f"{meant}{way}"


def _arrow(x: float, y: float, way: int) -> str:
    back = x - 8 * way
    points = (
        f"{number(x)},{number(y)} {number(back)},{number(y - 4)} {number(back)},{number(y + 4)}"
    )
    return f'<polygon class="tip" points="{points}"/>'


def _box(box: _Box, chosen: Chosen) -> str:
    node = box.node
    x = box.x + _PAD
    y = box.y + (box.height - _text_height((box.kind, box.label, box.note, box.inner))) / 2 + _PAD
    drawn = [
        f'<rect class="box" x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" '
        f'height="{number(box.height)}" rx="3"/>'
    ]
    if box.kind:
        drawn.append(text(box.kind, x, y + 9, "kind"))
        y += _LINE - 2
    for line in box.label:
        drawn.append(text(line, x, y + 12, "label"))
        y += _LINE
    for line in box.note:
        drawn.append(text(line, x, y + 10, "sub"))
        y += _LINE - 2
    kind = "node" + (" focus" if node.focus else "") + (" missing" if node.missing else "")
    said = ", ".join(clean(part) for part in (node.kind, node.label, node.note) if part)
    inner = []
    for line, edge in box.inner:
        name = _edge_name(edge, node, chosen.nodes[edge.target])
        inner.append(
            linked(edge.href, f"edge way-{edge.way}", name, text(line, x, y + 9, "line-words"))
        )
        y += _LINE - 2
    return linked(node.href, kind, said, "".join(drawn)) + "".join(inner)


# --- the list -------------------------------------------------------------------------------


def _list(graph: Graph, chosen: Chosen) -> str:
    """The same for a narrow screen: each node with the lines that leave it.

    What leaves a missing node that only one line reaches stands under that line.
    """
    leaving: dict[str, list[Edge]] = defaultdict(list)
    for link in chosen.links:
        leaving[link.edge.source].append(link.edge)
    for key, edges in chosen.inner.items():
        leaving[key].extend(edges)
    reached = Counter(edge.target for edges in leaving.values() for edge in edges)
    nested = {key for key, node in chosen.nodes.items() if node.missing and reached[key] == 1}
    layers = arrange(chosen, len(graph.columns))
    items = [
        element("li", {}, _head(chosen.nodes[key], graph), _lines(key, leaving, nested, chosen))
        for layer in layers
        for key in layer
        if key in chosen.nodes and key not in nested and (leaving[key] or not reached[key])
    ]
    return element("ul", {"class": "graph-list"}, *items)


def _head(node: Node, graph: Graph) -> str:
    kind = clean(node.kind or graph.columns[node.column])
    small = f'<span class="kind">{escaped(kind)}</span> '
    return element("p", {"class": "graph-head"}, small, anchor(node.href, node.label))


def _lines(
    key: str, leaving: Mapping[str, list[Edge]], nested: Collection[str], chosen: Chosen
) -> str:
    items = []
    for edge in leaving[key]:
        words = escaped(clean(edge.label)) or "→"
        mark = icon(edge.way) if edge.way is not Way.OTHER else ""
        link = element("a", {"href": edge.href}, words) if edge.href else words
        note = f' <span class="sub">{escaped(clean(edge.note))}</span>' if edge.note else ""
        target = chosen.nodes[edge.target]
        inner = ""
        if edge.target in nested and edge.target != key:
            inner = _lines(edge.target, leaving, (), chosen)
        items.append(
            element(
                "li",
                {"class": f"edge way-{edge.way}"},
                f"{mark}{link}{note} {anchor(target.href, target.label)}",
                inner,
            )
        )
    return element("ul", {}, *items) if items else ""
