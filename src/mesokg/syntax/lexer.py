"""Tokens of Turtle, TriG, N-Triples and N-Quads, and the regular expressions behind them.

One set of patterns serves all four formats: what a format does not allow, its
reader refuses. Names follow the grammar of Turtle 1.2
(https://www.w3.org/TR/rdf12-turtle/#sec-grammar). Every loop is possessive, so
no text makes a pattern go back, and none takes more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from mesokg.syntax.places import Span

__all__ = [
    "BODY",
    "NAME_RUN",
    "TOKEN",
    "TRIVIA",
    "Comment",
    "Token",
    "comments",
    "prefix_uses",
    "tokens",
]

_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARS: Final = _BASE + "_0-9\\-\u00b7\u0300-\u036f\u203f-\u2040"
_PREFIX: Final = rf"(?:[{_BASE}](?:[{_CHARS}]++|\.++(?=[{_CHARS}]))*+)?+:"
_ESCAPED: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LOCAL: Final = (
    rf"(?:(?:[{_BASE}_0-9:]|{_ESCAPED})"
    rf"(?:[{_CHARS}:]++|{_ESCAPED}|\.++(?=[{_CHARS}:]|{_ESCAPED}))*+)?+"
)
_WORD: Final = rf"[{_BASE}](?:[{_CHARS}]++|\.++(?=[{_CHARS}]))*+"
_BLANK: Final = rf"_:[{_BASE}_0-9](?:[{_CHARS}]++|\.++(?=[{_CHARS}]))*+"
_IRI: Final = r"<(?:[^\x00-\x20<>\"{}|^`\\]++|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>"
_ANY_IRI: Final = r"<[^<>\"\r\n]*+>"
_NUMBER: Final = (
    r"[+\-]?+(?:(?:[0-9]++\.[0-9]*+|\.[0-9]++|[0-9]++)[eE][+\-]?+[0-9]++"
    r"|(?:[0-9]*+\.[0-9]++|[0-9]++)(?![eE]))"
)
_TAG: Final = r"@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+"


def _string(quote: str) -> str:
    """The pattern of a string in this quote, long or short, whatever its escapes say."""
    rest = f"[^{quote}\\\\"
    return (
        f"{quote * 3}(?:{rest}]++|\\\\(?s:.)|{quote}(?!{quote * 2}))*+{quote * 3}"
        f"|{quote}(?!{quote * 2})(?:{rest}\\r\\n]++|\\\\[^\\r\\n])*+{quote}"
    )


_STRING: Final = _string('"') + "|" + _string("'")
_OPEN_LONG: Final = r"(?:\"\"\"|''')(?s:.*+)"
#: White space and comments, which may stand between any two tokens.
TRIVIA: Final = r"[ \t\r\n]*+(?:#[^\r\n]*+[ \t\r\n]*+)*+"
_TOKENS: Final = (
    rf"(?P<pname>{_PREFIX}{_LOCAL})|(?P<iri>{_IRI}|{_ANY_IRI})"
    r"|(?P<punctuation><<\(?|\)>>|>>|\{\||\|\}|\^\^|\.(?![0-9])|[;,()\[\]{}~])"
    rf"|(?P<word>{_WORD})|(?P<string>{_STRING})|(?P<number>{_NUMBER})|(?P<blank>{_BLANK})"
    rf"|(?P<langtag>{_TAG})"
    # What fits nothing: an open quote or < to where it must have ended, a spoilt number, a letter.
    rf"|(?P<error>{_OPEN_LONG}"
    r"|\"[^\r\n]*+|'[^\r\n]*+|<[^\s<>\"]*+|[+\-]?+[0-9.]*+[eE][+\-]?+|@[\w\-]++|(?s:.))"
)
#: The next token after white space and comments: its kind is the name of the last group.
TOKEN: Final = re.compile(rf"{TRIVIA}(?:{_TOKENS}|(?P<end>\Z))")
_LOSSLESS: Final = re.compile(rf"(?P<space>[ \t\r\n]++)|(?P<comment>#[^\r\n]*+)|{_TOKENS}")

#: A run of letters in which a dot belongs to a name, for the fast splitter.
NAME_RUN: Final = rf"[{_BASE}_:](?:[{_CHARS}:%]++|\\.|\.++(?=[{_CHARS}:%\\]))*+"
#: What may stand inside a statement, except the last resort: any other letter.
BODY: Final = (
    rf"[\s;,()\[\]]++|{NAME_RUN}|<[^<>\"\s]*+>|{_STRING}|{_OPEN_LONG}|#[^\r\n]*+|{_NUMBER}"
    r"|@[A-Za-z]++(?:-[A-Za-z0-9]++)*+|\{\||\|\}"
)

_WORDS: Final = {"a": "a", "true": "boolean", "false": "boolean"}
_KEYWORDS: Final = frozenset({"prefix", "base", "version", "graph"})
_DIRECTIVES: Final = frozenset({"@prefix", "@base", "@version"})


class Token(NamedTuple):
    """A token: its kind, and where it stands.

    The kinds: ``space comment iri pname blank string number boolean a keyword
    langtag datatype punctuation error``. A string and an IRI keep their kind when
    an escape or a letter in them is wrong; ``error`` fits nothing.
    """

    kind: str
    start: int
    end: int


class Comment(NamedTuple):
    """A comment from its ``#`` to the end of the line; `alone` when only space stands before it."""

    start: int
    end: int
    alone: bool


def tokens(text: str) -> Iterator[Token]:
    """Every token of a text, white space and comments too: together they are the text.

    >>> [token.kind for token in tokens('ex:a a "b"@en .')]
    ['pname', 'space', 'a', 'space', 'string', 'langtag', 'space', 'punctuation']
    """
    before = ""
    for match in _LOSSLESS.finditer(text):
        kind = match.lastgroup or "error"
        if kind in {"word", "langtag", "punctuation"}:
            kind = _kind(kind, match[0], before)
        if kind not in {"space", "comment"}:
            before = kind
        yield Token(kind, *match.span())


def _kind(group: str, written: str, before: str) -> str:
    if group == "punctuation":
        return "datatype" if written == "^^" else group
    if group == "langtag":
        return "keyword" if written in _DIRECTIVES and before != "string" else group
    if written.lower() in _KEYWORDS:
        return "keyword"
    return _WORDS.get(written, "error")


def comments(text: str, containing: str = "") -> Iterator[Comment]:
    """The comments of a text that contain some words; at once when the text does not.

    >>> [text[c.start:c.end] for text in ["<a#b> <c> 1 . # so"] for c in comments(text)]
    ['# so']
    """
    if containing not in text or "#" not in text:
        return
    line = 0
    for token in tokens(text):
        if token.kind == "comment" and containing in text[token.start : token.end]:
            line = max(text.rfind("\n", line, token.start), text.rfind("\r", line, token.start), 0)
            alone = not text[line : token.start].strip()
            yield Comment(token.start, token.end, alone)


def prefix_uses(text: str) -> Iterator[tuple[str, Span]]:
    """Every prefixed name that is not the one a directive declares: its prefix and its place.

    Reads on only as far as it is asked.

    >>> list(prefix_uses("PREFIX a: <http://e/> a:b a a:c ."))
    [('a', Span(start=22, end=25)), ('a', Span(start=28, end=31))]
    """
    directive = False
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "pname" and not directive:
            start, end = match.span(kind)
            yield text[start : text.index(":", start)], Span(start, end)
        directive = (
            kind in {"word", "langtag"} and match[kind].lower().removeprefix("@") == "prefix"
        )
