"""One lossless reader of Turtle, TriG, N-Triples and N-Quads.

pyoxigraph reads quads and forgets where they stood. This package decides where in a
text each of them is written, cuts a text into tokens and units without losing a
letter, and reads on after a syntax error. Quads, their order, and whether a text is
accepted at all are pyoxigraph's; offsets are code points.

Not given: places in JSON-LD and RDF/XML. pyoxigraph accepts a few texts that the
grammars do not (a last name that ends with an escaped dot right before the end of
the file); these have no places from there on.
"""

from __future__ import annotations

from mesokg.syntax.chunks import Chunk, chunks
from mesokg.syntax.lexer import Comment, Token, comments, prefix_uses, tokens
from mesokg.syntax.places import Lines, Span, error_span
from mesokg.syntax.prefixes import Prefix, prefixes, unused_prefixes
from mesokg.syntax.reading import find, statements
from mesokg.syntax.recovery import Recovery, problems, recover
from mesokg.syntax.spelling import Problem
from mesokg.syntax.turtle import Node, Statement

__all__ = [
    "Chunk",
    "Comment",
    "Lines",
    "Node",
    "Prefix",
    "Problem",
    "Recovery",
    "Span",
    "Statement",
    "Token",
    "chunks",
    "comments",
    "error_span",
    "find",
    "prefix_uses",
    "prefixes",
    "problems",
    "recover",
    "statements",
    "tokens",
    "unused_prefixes",
]
