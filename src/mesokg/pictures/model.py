"""What a picture shows, before anybody draws it.

This module decides what a drawing may depend on: the values below and nothing
else. Every text in them may come from data and may be hostile; links are taken
as they are, so make them with the site's addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Cell", "Edge", "Graph", "Head", "Mark", "Matrix", "Node", "Way", "way_of"]


class Way(StrEnum):
    """Which way claims point: each has a shape, a line style, a colour class and a word."""

    BENEFIT = "benefit"
    HARM = "harm"
    DISPUTED = "disputed"
    OPEN = "open"
    UNKNOWN = "unknown"
    OTHER = "other"

    @property
    def glyph(self) -> str:
        """The shape as a character, for text beside or instead of a picture."""
        return _GLYPHS[self]


_GLYPHS = {
    Way.BENEFIT: "▲",
    Way.HARM: "▼",
    Way.DISPUTED: "■",
    Way.OPEN: "◆",
    Way.UNKNOWN: "○",
    Way.OTHER: "●",
}


def way_of(kind: str, direction: str) -> Way:
    """How a claim is drawn, by the slugs of its kind and its direction.

    >>> way_of("benefit", "supports").glyph, way_of("benefit", "disputes").value
    ('▲', 'disputed')
    >>> way_of("gap", "disputes"), way_of("mechanism", "supports")
    (<Way.UNKNOWN: 'unknown'>, <Way.OTHER: 'other'>)
    """
    if kind == "gap":
        return Way.UNKNOWN
    if kind == "controversy" or direction in {"mixed", "neutral"}:
        return Way.OPEN
    if direction == "disputes":
        return Way.DISPUTED
    return {"benefit": Way.BENEFIT, "harm": Way.HARM}.get(kind, Way.OTHER)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a row or a column; `note` stands below the label, `key` names it in cells."""

    key: str
    label: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Claims of one cell that point the same way.

    `word` is the word for the way ("benefit", "mechanism"); `certainty` is 0 (not rated)
    to 4, `certainty_word` its name, `reason` why it is so. `name` says which claims these
    are ("C37, C38"); with an `href` the mark is a link.
    """

    way: Way
    count: int
    word: str
    href: str = ""
    certainty: int = 0
    certainty_word: str = "not rated"
    reason: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """The marks where a row and a column meet, by the keys of their heads."""

    row: str
    column: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """An evidence map: rows and columns in the order in which they are read.

    Cells may come in any order; a cell that is missing or has no marks is a gap and says
    `empty`. `corner` names what rows and columns are. The picture is about `width` wide, more
    if its columns need more.
    """

    title: str
    description: str
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    cells: tuple[Cell, ...]
    corner: tuple[str, str] = ("Treatment", "Outcome")
    empty: str = "no claim"
    width: int = 820


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in column `column` (from 0); `kind` is a word above its label, `note` one below.

    The node in `focus` is the one that the page is about. A node that is `missing` stands for
    what is not stated.
    """

    key: str
    label: str
    column: int
    href: str = ""
    kind: str = ""
    note: str = ""
    focus: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from one node to another, by their keys; `label` is a word or two on it.

    `note` stands below the line. `name` is what the link is called behind the words on it (a
    claim's sentence); without it, the two nodes.
    """

    source: str
    target: str
    label: str = ""
    way: Way = Way.OTHER
    href: str = ""
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in layered columns with headings; nodes and edges may come in any order.

    At most `limit` nodes are drawn, and words say what was left out. Edges to unknown nodes
    are left out too. Edges within a column are written into the node that they leave. The
    picture is about `width` wide, more if its columns need more. Ways are `explained` above it
    unless they mean something else here. `left_out` says in a sentence what the values lack.
    """

    title: str
    description: str
    columns: tuple[str, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    limit: int = 60
    width: int = 820
    explained: bool = True
    left_out: str = ""
