"""Reads N-Triples and N-Quads line by line into statements that know where their terms stand."""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from mesokg.syntax.lexer import TOKEN
from mesokg.syntax.places import Span
from mesokg.syntax.spelling import Problem, Spelling, Term
from mesokg.syntax.turtle import Node, Statement, Stop, found

__all__ = ["LineReader"]

_DEFAULT: Final = Node(ox.DefaultGraph(), Span(0, 0))
_DEEPEST: Final = 1000


class LineReader:
    """Reads the statement of one line; `read` raises `Stop` where the grammar is broken."""

    def __init__(self, spelling: Spelling, format: str) -> None:
        self.spelling = spelling
        self.quads: bool = format == "nquads"
        self._text = spelling.text

    def read(self, start: int, end: int) -> list[Statement]:
        """The statement of the line at a place: one, or none when a term in it is wrong."""
        self._scan = TOKEN.finditer(self._text, start, end).__next__
        self._next()
        parts = [self._subject(), self._predicate(), self._object()]
        if self.quads and self._kind in {"iri", "blank"}:
            parts.append(self._node("the name of a graph"))
        else:
            parts.append(_DEFAULT)
        self._take(".", "the name of a graph or `.`" if self.quads else "`.`")
        if self._kind != "end":
            raise self._expected("the end of the line")
        nodes = [part for part in parts if part is not None]
        return [Statement(*nodes)] if len(nodes) == 4 else []

    def _next(self) -> None:
        match = self._scan()
        self._kind = match.lastgroup or "end"
        self._start, self._end = match.span(self._kind)

    def _expected(self, what: str) -> Stop:
        if self._kind == "end" and self._end < len(self._text):
            words = "the end of the line"
        else:
            words = found(self._text, self._kind, self._start, self._end)
        span = Span(self._start, self._end)
        return Stop(Problem(f"{words} stands where {what} should", span), self._start)

    def _take(self, written: str, what: str) -> None:
        if self._text[self._start : self._end] != written:
            raise self._expected(what)
        self._next()

    def _node(self, what: str) -> Node | None:
        """The IRI or blank node here, and on to the next token."""
        start, end = self._start, self._end
        term: Term | None
        if self._kind == "iri":
            term = self.spelling.iri(start, end)
        elif self._kind == "blank":
            term = self.spelling.blank(start, end)
        else:
            raise self._expected(what)
        self._next()
        return term and Node(term, Span(start, end))

    def _subject(self) -> Node | None:
        return self._node("the subject, an IRI or a blank node,")

    def _predicate(self) -> Node | None:
        if self._kind != "iri":
            raise self._expected("the predicate, an IRI,")
        return self._node("")

    def _object(self) -> Node | None:
        """An object; triple terms nest without recursion."""
        opened: list[tuple[int, Node | None, Node | None]] = []
        while self._text[self._start : self._end] == "<<(":
            if len(opened) == _DEEPEST:
                span = Span(self._start, self._end)
                raise Stop(Problem(f"triple terms nest deeper than {_DEEPEST}", span), self._start)
            start = self._start
            self._next()
            opened.append((start, self._subject(), self._predicate()))
        node = self._literal() if self._kind == "string" else self._node("the object")
        while opened:
            start, subject, predicate = opened.pop()
            span = Span(start, self._end)
            self._take(")>>", "`)>>`")
            if subject and predicate and node:
                triple = ox.Triple(subject.term, predicate.term, node.term)  # type: ignore[arg-type]
                node = Node(triple, span)
            else:
                node = None
        return node

    def _literal(self) -> Node | None:
        start, end = self._start, self._end
        if self._text[start] == "'" or (self._text.startswith('"""', start) and end - start >= 6):
            raise self._expected('a string in `"` on one line')
        value = self.spelling.string(start, end)
        term: Term | None = None if value is None else ox.Literal(value)
        self._next()
        suffix, at, end = self._kind, self._start, end
        if suffix == "langtag":
            end = self._end
            term = None if value is None else self.spelling.tagged(value, at, end)
            self._next()
        elif self._text[at : self._end] == "^^":
            self._next()
            at, end = self._start, self._end
            datatype = self._datatype()
            term = None if value is None else self.spelling.typed(value, datatype, at, end)
        return None if term is None else Node(term, Span(start, end))

    def _datatype(self) -> ox.NamedNode | None:
        if self._kind != "iri":
            raise self._expected("the IRI of a datatype")
        node = self._node("")
        return node.term if node and isinstance(node.term, ox.NamedNode) else None
