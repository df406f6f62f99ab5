"""Where the top-level units of a text begin and end, found by one regular expression.

Nothing is read here: a unit is cut out by what its letters look like, so that
a few subjects can be looked up in a file of 100 MB. In a text that parses, the
units are those of the grammar; in any other text they are a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from mesokg.syntax.lexer import BODY, NAME_RUN, TRIVIA
from mesokg.syntax.places import Span

__all__ = ["LINE_FORMATS", "Chunk", "chunks"]

#: The formats in which a line is a statement.
LINE_FORMATS: Final = frozenset({"nquads", "ntriples"})
_DIRECTIVE: Final = (
    rf"(?P<sparql>(?i:prefix|base|version)(?=[\s<\"'#])){TRIVIA}(?:{NAME_RUN}{TRIVIA})?+"
    r"(?:<[^<>\"\s]*+>|\"[^\"\r\n]*+\"|'[^'\r\n]*+')"
)
_FIRST: Final = rf"(?P<first>{NAME_RUN}|<<\(?|<[^<>\"\s]*+>|@[a-z]++|[^{{}}])"
_UNIT: Final = {
    "turtle": re.compile(
        rf"{TRIVIA}(?:{_DIRECTIVE}|{_FIRST}(?:{BODY}|[^.])*+(?P<stop>\.|\Z)|(?P<end>\Z))"
    ),
    "trig": re.compile(
        rf"{TRIVIA}(?:{_DIRECTIVE}|(?P<close>\}})|(?P<open>\{{)"
        rf"|{_FIRST}(?:{BODY}|[^.{{}}])*+(?P<stop>[.{{]|(?=\}})|\Z)|(?P<end>\Z))"
    ),
}
_LINE: Final = re.compile(
    rf"{TRIVIA}(?:(?P<first><[^<>\"\r\n]*+>|_:[^\s<]++|[^\r\n])(?P<stop>[^\r\n]*+)|(?P<end>\Z))"
)


class Chunk(NamedTuple):
    """A top-level unit: its kind, its place, and the place of its first token.

    The kinds: ``directive``, ``statement`` (with its dot, where it has one),
    ``open`` (the name of a graph and ``{``), ``close`` (``}``), ``rest`` (what never ends).
    """

    kind: str
    start: int
    end: int
    first: Span


def chunks(text: str, format: str) -> Iterator[Chunk]:
    """The top-level units of a text in one of turtle, trig, ntriples, nquads.

    >>> [chunk.kind for chunk in chunks("PREFIX a: <http://e/> a:g { a:b a 1.5 }", "trig")]
    ['directive', 'open', 'statement', 'close']
    """
    if format in LINE_FORMATS:
        for match in _LINE.finditer(text):
            first = match.span("first")
            if first[0] >= 0:
                yield Chunk("statement", first[0], match.end(), Span(*first))
        return
    for match in _UNIT[format].finditer(text):
        last = match.lastgroup
        if last == "stop":
            start, end = match.span("first")
            yield Chunk(_kind(text, match, start), start, match.end(), Span(start, end))
        elif last != "end":
            start, end = match.span(last or "sparql")
            kind = "directive" if last == "sparql" else last or "rest"
            yield Chunk(kind, start, match.end(), Span(start, end))


def _kind(text: str, match: re.Match[str], start: int) -> str:
    stop = match["stop"]
    if text[start] == "@":
        return "directive"
    if stop == "{":
        return "open"
    if stop or match.end() < len(text):
        return "statement"
    return "rest"
