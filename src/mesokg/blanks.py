"""Names for blank nodes where RDFC-1.0 would not come to an end.

RDFC-1.0 walks from each blank node that looks like another one through all that
are linked to it: 1,000 nodes in a row, or twelve that all point at each other, take
more than a minute, 10,000 in a row all of the memory. This module decides when that
is too much, and then names the nodes by what surrounds them. Both choices depend on the
content alone, never on order, names or the clock, so the same content still gives the
same names.

Method: colour refinement, then individualisation (McKay and Piperno, "Practical
graph isomorphism II"), for each connected group of blank nodes by itself.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import pyoxigraph as ox

from mesokg.errors import InputError

__all__ = ["is_costly", "named_by_structure"]

_NODE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>|(_:\S+)', re.DOTALL)
#: What RDFC-1.0 does in well under a second, measured: rows of 100 nodes that look alike,
#: groups of 10 with up to 4 neighbours each.
_LONGEST_ROW: Final = 100
_LARGEST_GROUP: Final = 10
_MOST_NEIGHBOURS: Final = 4
#: As many colours are computed before giving up; ten seconds or so.
_BUDGET: Final = 2_000_000
_DEEPEST: Final = 100

_Colours = dict[str, str]


class _Line(NamedTuple):
    """A quad's N-Quads line in pieces, and the blank nodes that stand between them."""

    pieces: tuple[str, ...]
    nodes: tuple[str, ...]

    def text(self, names: Mapping[str, str]) -> str:
        """The line with these names for its nodes."""
        words = [*(word for p, n in zip(self.pieces, self.nodes, strict=False)
                   for word in (p, names[n])), self.pieces[-1]]  # fmt: skip
        return "".join(words)


_Touching = Mapping[str, list[_Line]]


def is_costly(quads: Iterable[ox.Quad]) -> bool:
    """Whether RDFC-1.0 would take too long on these quads."""
    touching = _touching(_line(quad) for quad in quads)
    plain = dict.fromkeys(touching, "")
    colours = {node: _colour(node, lines, plain) for node, lines in touching.items()}
    counts = Counter(colours.values())
    alike = {node for node in touching if counts[colours[node]] > 1}
    links = {node: neighbours & alike for node, neighbours in _links(touching).items()}
    for group in _groups({node: links[node] for node in touching if node in alike}):
        most = max(len(links[node]) for node in group)
        if len(group) > _LONGEST_ROW or most > _MOST_NEIGHBOURS:
            return True
        if len(group) > _LARGEST_GROUP and most > 2:
            return True
    return False


def named_by_structure(quads: Iterable[ox.Quad]) -> tuple[ox.Quad, ...]:
    """The quads with their blank nodes named ``c14n0``, ``c14n1``, … by what surrounds them.

    Raises InputError (``blank-nodes-alike``) when the nodes are so much alike that
    telling them apart takes too long.
    """
    quads = tuple(quads)
    touching = _touching(_line(quad) for quad in quads)
    work = _Work()
    found = sorted(
        work.best({n: touching[n] for n in group}) for group in _groups(_links(touching))
    )
    order = [node for _, nodes in found for node in nodes]
    names = {node: f"_:c14n{number}" for number, node in enumerate(order)}
    named = "".join(f"{_line(quad).text(names)} .\n" for quad in quads)
    return tuple(ox.parse(named.encode(), format=ox.RdfFormat.N_QUADS))


class _Work:
    """Tells the nodes of connected groups apart, within a budget."""

    def __init__(self) -> None:
        self.left = _BUDGET

    def best(self, touching: _Touching) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The lines of a group under its best numbering, and the nodes in that order."""
        colours = dict.fromkeys(touching, "")
        colours = self._spread(colours, touching, _links(touching, up=False))
        colours = self._spread(colours, touching, _links(touching, down=False))
        return self._search(colours, touching, 0)

    def _spread(
        self, colours: _Colours, touching: _Touching, ahead: Mapping[str, set[str]]
    ) -> _Colours:
        """Colours in one pass along the links, each node after those ahead of it.

        Lists and trees of any depth are told apart by that alone. Nodes in circles, and
        those behind them, keep their colour.
        """
        behind = defaultdict(list)
        waiting = {node: len(others) for node, others in ahead.items()}
        for node, others in ahead.items():
            for other in others:
                behind[other].append(node)
        new = dict(colours)
        ready = [node for node, count in waiting.items() if not count]
        while ready:
            node = ready.pop()
            seen = {
                other: new[other] if other in ahead[node] else colours[other]
                for line in touching[node]
                for other in line.nodes
            }
            new[node] = self._colour(node, touching[node], seen)
            for other in behind[node]:
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
        return new

    def _refined(self, colours: _Colours, touching: _Touching) -> _Colours:
        """Colours by the neighbours' colours, until no further node is told apart."""
        while True:
            counts = Counter(colours.values())
            if len(counts) == len(colours):
                return colours
            new = {
                node: colour if counts[colour] == 1
                else self._colour(node, touching[node], colours)
                for node, colour in colours.items()
            }  # fmt: skip
            if len(set(new.values())) == len(counts):
                return colours
            colours = new

    def _search(
        self, colours: _Colours, touching: _Touching, depth: int
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The least text that any choice among nodes of one colour leads to."""
        while True:
            colours = self._refined(colours, touching)
            alike = _first_alike(colours)
            if not alike:
                order = tuple(sorted(colours, key=colours.__getitem__))
                names = {node: f"_:{number}" for number, node in enumerate(order)}
                lines = {line for node in order for line in touching[node]}
                return tuple(sorted(line.text(names) for line in lines)), order
            if not all(_are_twins(alike[0], other, touching) for other in alike[1:]):
                break
            for number, node in enumerate(alike):
                colours[node] = _hash(f"{colours[node]} {number}")
        if depth > _DEEPEST:
            raise _too_much_alike()
        best: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        same: set[str] = set()
        for node in alike:
            if node in same:
                continue
            found = self._search({**colours, node: _hash(colours[node])}, touching, depth + 1)
            if best is not None and found[0] == best[0]:
                same = _reached(same | {node}, dict(zip(best[1], found[1], strict=True)))
            same.add(node)
            best = found if best is None or found[0] < best[0] else best
        assert best is not None
        return best

    def _colour(self, node: str, lines: Iterable[_Line], colours: Mapping[str, str]) -> str:
        self.left -= 1
        if self.left < 0:
            raise _too_much_alike()
        return _colour(node, lines, colours)


def _too_much_alike() -> InputError:
    return InputError(
        "the blank nodes are too much alike to be named: it would take too long",
        code="blank-nodes-alike",
        hint="give them IRIs, or something that tells them apart",
    )


def _reached(start: set[str], step: Mapping[str, str]) -> set[str]:
    """All nodes that repeated steps lead to, in either direction."""
    back = {there: here for here, there in step.items()}
    found, ready = set(start), list(start)
    while ready:
        node = ready.pop()
        for other in (step[node], back[node]):
            if other not in found:
                found.add(other)
                ready.append(other)
    return found


def _first_alike(colours: _Colours) -> list[str]:
    """The nodes of one colour that several have: the smallest such set, empty if there is none."""
    sets = defaultdict(list)
    for node, colour in colours.items():
        sets[colour].append(node)
    several = [(len(nodes), colour) for colour, nodes in sets.items() if len(nodes) > 1]
    return sets[min(several)[1]] if several else []


def _are_twins(one: str, other: str, touching: _Touching) -> bool:
    """Whether the two can be exchanged and every line still stands."""
    swap = {one: other, other: one}
    lines = {*touching[one], *touching[other]}
    return lines == {
        _Line(line.pieces, tuple(swap.get(node, node) for node in line.nodes)) for line in lines
    }


def _line(quad: ox.Quad) -> _Line:
    text = str(quad)
    places = [match.span(1) for match in _NODE.finditer(text) if match[1]]
    ends = [0, *(end for _, end in places)]
    starts = [*(start for start, _ in places), len(text)]
    pieces = tuple(text[end:start] for end, start in zip(ends, starts, strict=True))
    return _Line(pieces, tuple(text[start:end] for start, end in places))


def _touching(lines: Iterable[_Line]) -> dict[str, list[_Line]]:
    """The lines that each blank node stands in."""
    found: dict[str, list[_Line]] = defaultdict(list)
    for line in dict.fromkeys(line for line in lines if line.nodes):
        for node in set(line.nodes):
            found[node].append(line)
    return dict(found)


def _links(touching: _Touching, *, up: bool = True, down: bool = True) -> dict[str, set[str]]:
    """The other nodes in each node's lines: those before it (up), those after it (down)."""
    links: dict[str, set[str]] = {node: set() for node in touching}
    for node, lines in touching.items():
        for line in lines:
            place = line.nodes.index(node)
            links[node] |= {*(line.nodes[:place] if up else ()),
                            *(line.nodes[place + 1 :] if down else ())} - {node}  # fmt: skip
    return links


def _groups(links: Mapping[str, set[str]]) -> list[list[str]]:
    """The nodes in connected groups."""
    left = dict.fromkeys(links)
    groups = []
    while left:
        ready = [left.popitem()[0]]
        group = []
        while ready:
            node = ready.pop()
            group.append(node)
            fresh = [other for other in links[node] if other in left]
            ready += fresh
            for other in fresh:
                del left[other]
        groups.append(group)
    return groups


def _colour(node: str, lines: Iterable[_Line], colours: Mapping[str, str]) -> str:
    """A node's colour by its own, the lines it stands in, and the colours of the others there."""
    seen = sorted(
        repr((line.pieces, tuple("=" if n == node else colours[n] for n in line.nodes)))
        for line in lines
    )
    return _hash("\n".join((colours.get(node, ""), *seen)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
