"""Lines of a file as a terminal shows them, with a span marked below.

This module decides what a source line looks like: how wide each character is, what
stands for those that cannot be shown, and what is cut from a line that is too long.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Final

from mesokg.rendering import visible
from mesokg.report import Location

__all__ = ["cut", "lines_between", "lines_of", "marked", "width_of", "wrapped"]

_TAB: Final = 4
_LINE_END: Final = re.compile(r"\r\n?|\n")


def lines_of(text: str, numbers: set[int]) -> Mapping[int, str]:
    r"""Some lines of a text by their numbers, which count from 1, without line ends.

    >>> lines_of("one\r\ntwo\u2028three\n", {2, 3, 9})
    {2: 'two\u2028three', 3: ''}
    """
    found: dict[int, str] = {}
    start, number = 0, 1
    for match in islice(_LINE_END.finditer(text), max(numbers, default=0)):
        if number in numbers:
            found[number] = text[start : match.start()]
        start, number = match.end(), number + 1
    if number in numbers:
        found[number] = text[start:]
    return found


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> width_of("abc"), width_of("日本"), width_of("e\u0301")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_width, text))


@lru_cache(4096)
def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _cells(text: str) -> Iterator[tuple[str, int]]:
    """What stands for each character, and how many columns it takes."""
    column = 0
    for place, char in enumerate(text):
        if char == "\t":
            shown = " " * (_TAB - column % _TAB)
        elif char == "#" and text.startswith("##[", place):
            shown = "\\u0023"  # the log of a GitHub step would obey ##[command]
        else:
            shown = char if char.isascii() and char.isprintable() else visible(char)
        width = width_of(shown)
        column += width
        yield shown, width


def marked(line: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    r"""A line as it is shown, and the columns from `start` up to `end` of its mark.

    `start` and `end` are offsets into the line; what does not fit into `room`
    columns is cut away around the mark. The mark is never empty.

    >>> marked("a\tb日c", 3, 4, 20)
    ('a   b日c', 5, 7)
    >>> marked("x" * 90 + "HERE" + "x" * 90, 90, 94, 20)
    ('…xxxxxxHERExxxxxxxx…', 7, 11)
    """
    room = max(room, 10)
    start = min(start, len(line))
    end = min(max(end, start), len(line))
    first = max(0, start - 2 * room) if len(line) > 4 * room else 0
    cells = list(_cells(line[first : start + 4 * room]))
    start, end = start - first, min(end - first, len(cells))
    columns = [0]
    for _, width in cells:
        columns.append(columns[-1] + width)
    from_, to = columns[start], columns[end]
    left = 0
    if first or columns[-1] > room:
        wanted = max(0, min(from_ - room // 3, columns[-1] - room + 1))
        if first == 0 and (max(to, from_ + 1) < room or from_ <= room // 2):
            wanted = 0
        left = next(i for i, column in enumerate(columns) if column >= wanted)
    before = "…" if first or left else ""
    space = room - len(before)
    right = len(cells)
    whole = len(line) - first <= len(cells)
    if not whole or columns[-1] - columns[left] > space:
        right = max(i for i in range(left, len(columns)) if columns[i] - columns[left] < space)
        whole = False
    shown = before + "".join(text for text, _ in cells[left:right]) + ("" if whole else "…")
    shift = len(before) - columns[left]
    marks = (from_ + shift, min(to + shift, width_of(shown)))
    return shown, marks[0], max(marks[1], marks[0] + 1)


def cut(text: str, room: int) -> str:
    """A text that fits into some columns, shortened at its end.

    >>> cut("a long name", 7)
    'a long…'
    """
    if width_of(text) <= room:
        return text
    kept = ""
    for char in text:
        if width_of(kept) + _width(char) > room - 1:
            break
        kept += char
    return kept.rstrip() + "…"


def wrapped(text: str, width: int, indent: str = "", hanging: str | None = None) -> list[str]:
    """A text in lines of a width, broken between words; a longer word stays whole.

    Words of wide characters, which are written without spaces, are broken anywhere.
    >>> wrapped("one two three", 9, "  ")
    ['  one two', '  three']
    """
    rest = indent if hanging is None else hanging
    lines: list[str] = []
    line, used = indent, width_of(indent)
    empty = True
    for word in _words(text, max(10, width - width_of(rest))):
        size = width_of(word)
        if not empty and used + 1 + size > width:
            lines.append(line)
            line, used, empty = rest, width_of(rest), True
        line += word if empty else f" {word}"
        used += size if empty else size + 1
        empty = False
    lines.append(line)
    return lines


def _words(text: str, room: int) -> Iterator[str]:
    for word in text.split(" "):
        if word.isascii() or width_of(word) <= room:
            if word:
                yield word
            continue
        part = ""
        for char in word:
            if width_of(part) + _width(char) > room:
                yield part
                part = ""
            part += char
        yield part


def lines_between(location: Location) -> tuple[int, int]:
    """The first and the last line of a place, as far as it is known."""
    last = max(location.end_line, location.line)
    return location.line, last - 1 if last > location.line and location.end_column == 1 else last
