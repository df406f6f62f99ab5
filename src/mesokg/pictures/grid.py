"""How an evidence map is drawn: a grid where there is room, a list where there is none.

This module decides the layout of the map. Rows grow with what stands in their cells,
so nothing overlaps; an empty cell says in words that nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mesokg.pictures.marks import (
    anchor,
    dots,
    icon,
    legend,
    linked,
    middle,
    radius,
    said,
    scale,
    shape,
    text,
)
from mesokg.pictures.model import Head, Mark, Matrix
from mesokg.pictures.writing import MANY, clean, element, escaped, number, text_width, wrap

__all__ = ["evidence_grid", "evidence_map"]

_SIDE: Final = 208.0  # the column with the heads of the rows
_NARROWEST: Final = 96.0
_WIDEST: Final = 160.0
_HEAD: Final = 14.0  # font size of the heads
_BOLD: Final = 1.08  # how much wider bold letters are
_WORD: Final = 12.0
_LINE: Final = 17.0
_PAD: Final = 10.0
_UNDER: Final = 36.0  # below a shape: its word and its dots
_DOTS: Final = 34.0


def evidence_map(matrix: Matrix, *, explained: bool = True) -> str:
    """The map as HTML: a legend, a grid for wide screens and a list for narrow ones.

    The style sheet shows one of the two. Every mark with an address is a link, in reading
    order; its name says row, column, way, number, certainty and reason.
    """
    ways = [mark.way for cell in matrix.cells for mark in cell.marks]
    parts = (
        legend(ways) if explained else "",
        element(
            "div",
            {
                "class": "picture-wide",
                "role": "region",
                "tabindex": "0",
                "aria-label": f"Picture: {matrix.title}",
            },
            evidence_grid(matrix),
        ),
        element("div", {"class": "picture-narrow"}, _list(matrix)),
    )
    return element("div", {"class": "picture evidence-map"}, *parts)


# --- the grid -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Where the rows and columns of a grid lie."""

    column: float  # width of each
    top: float  # height of the heads of the columns
    rows: tuple[float, ...]  # height of each
    most: int  # the largest count, which has the largest shape

    def left(self, place: int) -> float:
        return _SIDE + place * self.column


def evidence_grid(matrix: Matrix) -> str:
    """The grid alone, as an SVG element."""
    marks = _marks(matrix)
    sizes = _sizes(matrix, marks)
    width = sizes.left(len(matrix.columns))
    height = sizes.top + sum(sizes.rows) + 1
    heads = "".join(_column_head(head, sizes, place) for place, head in enumerate(matrix.columns))
    body = []
    y = sizes.top
    for row, tall in zip(matrix.rows, sizes.rows, strict=True):
        body.append(_row(matrix, row, marks, sizes, y, tall))
        y += tall
    return element(
        "svg",
        {
            "class": "grid many" if width > MANY else "grid",
            "role": "group",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": number(width),
            "height": number(height),
        },
        element("title", {}, escaped(clean(matrix.title))),
        element("desc", {}, escaped(clean(matrix.description))),
        element("g", {"class": "heads"}, heads),
        *body,
        _rule(width, y),
    )


def _marks(matrix: Matrix) -> Mapping[tuple[str, str], tuple[Mark, ...]]:
    """The marks of each cell that has some, in a set order."""
    found: dict[tuple[str, str], list[Mark]] = {}
    for cell in matrix.cells:
        found.setdefault((cell.row, cell.column), []).extend(cell.marks)
    return {place: tuple(sorted(marks, key=_order)) for place, marks in found.items() if marks}


def _order(mark: Mark) -> tuple[object, ...]:
    ways = list(type(mark.way))
    return (ways.index(mark.way), mark.word, -mark.count, mark.name, mark.href, mark.certainty)


def _sizes(matrix: Matrix, marks: Mapping[tuple[str, str], tuple[Mark, ...]]) -> _Sizes:
    room = (matrix.width - _SIDE) / max(len(matrix.columns), 1)
    column = min(_WIDEST, max(_NARROWEST, room))
    most = max((mark.count for found in marks.values() for mark in found), default=1)
    lines = [len(_column_lines(head, column)) for head in matrix.columns]
    heights = []
    for row in matrix.rows:
        label, note = _row_lines(row)
        needed = (len(label) + len(note)) * _LINE + 2 * _PAD
        cells = (marks.get((row.key, head.key), ()) for head in matrix.columns)
        stacked = (sum(_tall(mark, most, column) for mark in found) + _PAD for found in cells)
        heights.append(max(needed, 44.0, *stacked))
    return _Sizes(column, max(lines, default=0) * _LINE + 1.5 * _PAD, tuple(heights), most)


def _tall(mark: Mark, most: int, column: float) -> float:
    """The height that a mark takes with its words."""
    more = len(_under(mark, column)) - 1
    return 2.4 * radius(mark.count, most) + _UNDER + _PAD / 2 + (_LINE - 2) * more


def _under(mark: Mark, column: float) -> tuple[str, ...]:
    """The word for the certainty; a line of its own below the dots where it needs that."""
    dotted = _DOTS if mark.certainty else 0
    words = clean(mark.certainty_word)
    if text_width(words, _WORD) + dotted <= column - 4:
        return (words,)
    lines = wrap(words, column - 4, _WORD, 2)
    return ("", *lines) if mark.certainty else lines


def _row_lines(head: Head) -> tuple[tuple[str, ...], tuple[str, ...]]:
    width = _SIDE - 2 * _PAD
    return wrap(head.label, width, _HEAD * _BOLD, 4), wrap(head.note, width, _HEAD, 3)


def _column_lines(head: Head, column: float) -> tuple[str, ...]:
    return wrap(head.label, column - _PAD, _HEAD * _BOLD, 6)


def _column_head(head: Head, sizes: _Sizes, place: int) -> str:
    lines = _column_lines(head, sizes.column)
    x = sizes.left(place) + sizes.column / 2
    y = sizes.top - _PAD - (len(lines) - 1) * _LINE
    drawn = "".join(
        text(line, x, y + _LINE * i, "name", middle=True) for i, line in enumerate(lines)
    )
    return linked(head.href, "", head.label, drawn)


def _row(
    matrix: Matrix,
    head: Head,
    marks: Mapping[tuple[str, str], tuple[Mark, ...]],
    sizes: _Sizes,
    y: float,
    tall: float,
) -> str:
    label, note = _row_lines(head)
    start = y + tall / 2 - (len(label) + len(note) - 1) * _LINE / 2 + 4
    lines = [text(line, 0.0, start + _LINE * i, "name") for i, line in enumerate(label)]
    rest = [text(line, 0.0, start + _LINE * (len(label) + i), "sub") for i, line in enumerate(note)]
    name = f"{head.label} {head.note}" if head.note else head.label
    cells: list[str] = []
    for place, column in enumerate(matrix.columns):
        x = sizes.left(place) + sizes.column / 2
        found = marks.get((head.key, column.key), ())
        if found:
            cells += _stack(found, f"{name}, {column.label}", sizes, x, y, tall)
        else:
            middle = y + tall / 2 + 4
            cells.append(text(clean(matrix.empty), x, middle, "empty", middle=True))
    width = sizes.left(len(matrix.columns))
    return element(
        "g",
        {"class": "row"},
        _rule(width, y),
        linked(head.href, "", name, "".join(lines + rest)),
        *cells,
    )


def _stack(
    found: tuple[Mark, ...], where: str, sizes: _Sizes, x: float, y: float, tall: float
) -> Iterator[str]:
    """The marks of one cell, one below the other, in the middle of it."""
    top = y + (tall - sum(_tall(mark, sizes.most, sizes.column) for mark in found)) / 2 + _PAD / 4
    for mark in found:
        yield _mark(mark, where, sizes, x, top)
        top += _tall(mark, sizes.most, sizes.column)


def _mark(mark: Mark, where: str, sizes: _Sizes, x: float, top: float) -> str:
    size = radius(mark.count, sizes.most)
    centre = top + 2.4 * size * middle(mark.way)
    base = top + 2.4 * size
    beside, *below = _under(mark, sizes.column)
    dotted = _DOTS if mark.certainty else 0
    start = x - (text_width(beside, _WORD) + dotted - (0 if beside else 6)) / 2
    drawn = (
        f'<rect class="hit" x="{number(x - sizes.column / 2 + 2)}" y="{number(top - 2)}" '
        f'width="{number(sizes.column - 4)}" '
        f'height="{number(_tall(mark, sizes.most, sizes.column) - _PAD / 2 + 2)}" rx="4"/>',
        shape(mark.way, x, centre, size),
        text(str(mark.count), x, centre + 4.5, "count", middle=True),
        text(_cut(mark.word, sizes.column), x, base + 14, "word", middle=True),
        dots(mark.certainty, start + 3, base + 25) if mark.certainty else "",
        text(beside, start + dotted, base + 29, "certainty") if beside else "",
        *(
            text(line, x, base + 29 + (_LINE - 2) * (i + bool(beside)), "certainty", middle=True)
            for i, line in enumerate(below, 0 if beside else 1)
        ),
    )
    kind = f"mark way-{mark.way} c{mark.certainty}"
    return linked(mark.href, kind, f"{where}: {said(mark)}", "".join(drawn))


def _cut(words: str, width: float) -> str:
    return "".join(wrap(words, width - 4, _WORD * _BOLD, 1))


def _rule(right: float, y: float) -> str:
    return f'<line class="rule" x2="{number(right)}" y1="{number(y)}" y2="{number(y)}"/>'


# --- the list -------------------------------------------------------------------------------


def _list(matrix: Matrix) -> str:
    """The same for a narrow screen: under each row what its cells say, and what is missing."""
    marks = _marks(matrix)
    return element("ul", {"class": "map-list"}, *(_item(matrix, row, marks) for row in matrix.rows))


def _item(matrix: Matrix, row: Head, marks: Mapping[tuple[str, str], tuple[Mark, ...]]) -> str:
    note = f' <span class="sub">{escaped(clean(row.note))}</span>' if row.note else ""
    entries = [
        element("li", {}, _entry(mark, column))
        for column in matrix.columns
        for mark in marks.get((row.key, column.key), ())
    ]
    missing = [
        f"<bdi>{escaped(clean(column.label))}</bdi>"
        for column in matrix.columns
        if not marks.get((row.key, column.key))
    ]
    if missing:
        words = clean(matrix.empty)
        first = escaped(words[:1].upper() + words[1:])
        entries.append(element("li", {"class": "empty"}, f"{first}: {'; '.join(missing)}"))
    head = element("p", {"class": "map-head"}, anchor(row.href, row.label), note)
    return element("li", {}, head, element("ul", {}, *entries))


def _entry(mark: Mark, column: Head) -> str:
    """A mark as a line: what it is about is the link, the rest stands below."""
    certain = clean(mark.certainty_word)
    rated = f"{scale(mark.certainty)} {escaped(certain)}" if mark.certainty else escaped(certain)
    said_of = f"<bdi>{escaped(clean(column.label))}</bdi>"
    link = element("a", {"href": mark.href, "title": said(mark)}, said_of) if mark.href else said_of
    words = f"{mark.count} {clean(mark.word)}"
    word = element("span", {"class": "word"}, escaped(words))
    return element(
        "div",
        {"class": f"mark way-{mark.way}"},
        icon(mark.way),
        link,
        element("span", {"class": "under"}, f"{word}, {rated}"),
    )
