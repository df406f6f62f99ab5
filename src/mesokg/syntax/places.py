"""Places in a text: spans of code points, lines and columns, and what a line is.

Only LF, CR LF and CR end a line. ``str.splitlines`` also breaks at U+2028 and
eight other characters that may stand inside a literal, so nothing here uses it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final, NamedTuple

__all__ = ["Lines", "Span", "error_span"]

_LINE_END: Final = re.compile(r"\r\n?|\n")
#: The code points of a block, and of a text that is not looked up by a list of its lines.
_BLOCK: Final = 4096
_LONG: Final = 1_000_000


class Span(NamedTuple):
    """A stretch of a text in code points, the end excluded.

    Where start equals end, nothing is written: the place of a term that the
    syntax implies (``rdf:first``, ``rdf:rest``, ``rdf:reifies``, the default graph).

    >>> "a claim"[slice(*Span(2, 7))]
    'claim'
    """

    start: int
    end: int


class Lines:
    r"""Offsets as lines and columns and back; both count from 1, columns in code points.

    >>> lines = Lines("one\r\ntwo\u2028three\n")
    >>> lines.position(5), lines.position(10), len(lines)
    ((2, 1), (2, 6), 3)
    >>> lines.offset(2, 6), lines.span(2)
    (10, Span(start=5, end=14))
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _ends(self) -> list[tuple[int, int]]:
        """Where the end of each line begins and ends; the last line has none."""
        return [match.span() for match in _LINE_END.finditer(self._text)]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end for _, end in self._ends)]

    @cached_property
    def _blocks(self) -> tuple[list[int], list[int]] | None:
        """How many lines end before each block of the text, and where its first line starts.

        Made at the speed of C, so that a few places in a million lines cost no list of
        them. None for a short text, and where CR ends lines too.
        """
        text = self._text
        if len(text) < _LONG or "\r" in text:
            return None
        counts, starts = [0], [0]
        for block in range(0, len(text), _BLOCK):
            last = text.rfind("\n", block, block + _BLOCK) + 1
            counts.append(counts[-1] + text.count("\n", block, block + _BLOCK))
            starts.append(last or starts[-1])
        return counts, starts

    def __len__(self) -> int:
        return len(self._starts)

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset; the end of the text is a place too."""
        if self._blocks is None:
            line = bisect_right(self._starts, offset)
            return line, offset - self._starts[line - 1] + 1
        counts, starts = self._blocks
        block = offset // _BLOCK
        begin = block * _BLOCK
        line = counts[block] + self._text.count("\n", begin, offset) + 1
        start = self._text.rfind("\n", begin, offset) + 1 or starts[block]
        return line, offset - start + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, moved into the text when it lies outside of it."""
        line = min(max(line, 1), len(self._starts))
        start = self._starts[line - 1]
        after = self._starts[line] if line < len(self._starts) else len(self._text)
        return min(start + max(column, 1) - 1, after)

    def span(self, line: int) -> Span:
        """The stretch of a line without its end."""
        end = self._ends[line - 1][0] if line <= len(self._ends) else len(self._text)
        return Span(self._starts[line - 1], end)


def error_span(error: SyntaxError, text: str, lines: Lines | None = None) -> Span:
    """Where pyoxigraph says that a text is wrong.

    Its columns are code points and count from 1, measured with letters of two
    and four bytes before the error. An error without a place lies at the end.
    """
    if error.lineno is None:
        return Span(len(text), len(text))
    lines = lines or Lines(text)
    start = lines.offset(error.lineno, error.offset or 1)
    if error.end_lineno is None:
        return Span(start, start)
    return Span(start, max(start, lines.offset(error.end_lineno, error.end_offset or 1)))
