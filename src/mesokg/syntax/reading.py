"""Statements with their places: of a whole text, or only those of some subjects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from mesokg.errors import InputError
from mesokg.syntax.chunks import LINE_FORMATS, Chunk, chunks
from mesokg.syntax.ntriples import LineReader
from mesokg.syntax.places import Lines, Span
from mesokg.syntax.prefixes import declaration
from mesokg.syntax.spelling import Problem, Spelling, is_absolute, not_unicode
from mesokg.syntax.turtle import Statement, Stop, TurtleReader

__all__ = ["find", "statements"]


def statements(
    text: str, format: str = "turtle", base_iri: str | None = None
) -> Iterator[Statement]:
    """The statements of a text, each with the places of its terms, as they are read.

    The quads and their order are those of ``pyoxigraph.parse``; only the labels of
    blank nodes differ: one that is written stays, any other comes from its place. Raises
    InputError (``does-not-parse``) when a unit is wrong, after what stands before it.

    >>> [str(s.object.term) for s in statements("<a:s> <a:p> 01, 'x'@EN .")]
    ['"01"^^<http://www.w3.org/2001/XMLSchema#integer>', '"x"@en']
    """
    problem = not_unicode(text)
    if problem is not None:
        raise _error(problem, text)
    spelling = Spelling(text, None if format in LINE_FORMATS else base_iri)
    try:
        for read in _units(spelling, format):
            if spelling.problems:
                raise _error(spelling.problems[0], text)
            yield from read
    except Stop as stop:
        raise _error(stop.problem, text) from None


def _units(spelling: Spelling, format: str) -> Iterator[list[Statement]]:
    if format in LINE_FORMATS:
        lines = LineReader(spelling, format)
        for chunk in chunks(spelling.text, format):
            yield lines.read(chunk.start, chunk.end)
        return
    reader = TurtleReader(spelling, format)
    while not reader.finished:
        yield reader.read()


def _error(problem: Problem, text: str) -> InputError:
    line, column = Lines(text).position(problem.span.start)
    return InputError(
        f"line {line}, column {column}: {problem.message}",
        code="does-not-parse",
        hint="mend the text",
    )


def find(
    text: str,
    format: str,
    subjects: Iterable[ox.NamedNode | ox.BlankNode],
    base_iri: str | None = None,
) -> Iterator[Statement]:
    """The statements of the top-level units that begin with one of the subjects.

    What is nested in such a unit comes with it. Nothing else is read, so a few
    subjects in a large file cost little more than one regular expression. A blank
    node is looked up by the label it has in the text. For a text that parses; in
    another one, units that do not are passed over.
    """
    spelling = Spelling(text, None if format in LINE_FORMATS else base_iri)
    wanted = frozenset(subjects)
    if format in LINE_FORMATS:
        lines = LineReader(spelling, format)
        for start, end in _wanted_lines(spelling, wanted):
            try:
                yield from lines.read(start, end)
            except Stop:
                continue
        return
    reader = TurtleReader(spelling, format)
    for chunk in _wanted(_outside(chunks(text, format), reader), spelling, wanted):
        reader.seek(chunk.start)
        try:
            yield from reader.read()
        except Stop:
            continue


def _wanted_lines(
    spelling: Spelling, wanted: frozenset[ox.NamedNode | ox.BlankNode]
) -> Iterator[Span]:
    """The lines that begin with one of the subjects, found without looking further into others."""
    text = spelling.text
    if "\r" in text:  # may end lines too
        for chunk in _wanted(chunks(text, "ntriples"), spelling, wanted):
            yield Span(chunk.start, chunk.end)
        return
    values = frozenset(map(str, wanted))
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        head = text[start : text.find(">", start, end) + 1]
        if head in values:
            yield Span(start, end)
        elif head[:1] != "<" or "\\" in head:  # blank, a comment, a blank node, an escape
            for chunk in _wanted(chunks(text[start:end], "ntriples"), spelling, wanted, start):
                yield Span(start + chunk.start, start + chunk.end)
        start = end + 1


def _outside(found: Iterable[Chunk], reader: TurtleReader) -> Iterator[Chunk]:
    """The statements, while directives and graph blocks are told to the reader."""
    for chunk in found:
        if chunk.kind == "directive":
            declaration(reader.spelling.text, chunk, reader.spelling)
        elif chunk.kind in {"open", "close"}:
            reader.seek(chunk.start)
            try:
                reader.read()
            except Stop:
                reader.leave_graph()
        else:
            yield chunk


def _wanted(
    found: Iterable[Chunk],
    spelling: Spelling,
    wanted: frozenset[ox.NamedNode | ox.BlankNode],
    offset: int = 0,
) -> Iterator[Chunk]:
    """The chunks whose first token is one of the wanted subjects; places count from `offset`."""
    text = spelling.text
    values = frozenset(
        str(node) if isinstance(node, ox.BlankNode) else node.value for node in wanted
    )
    for chunk in found:
        first = Span(chunk.first.start + offset, chunk.first.end + offset)
        if _value(spelling, text[slice(*first)], first) in values:
            yield chunk


def _value(spelling: Spelling, written: str, span: Span) -> str | None:
    """The IRI that a token stands for, or the blank node as it is written."""
    if "\\" not in written:
        if written.startswith("<"):
            value = written[1:-1]
            if is_absolute(value):
                return value
        else:
            prefix, colon, local = written.partition(":")
            if prefix == "_":
                return written
            return spelling.prefixes.get(prefix, "") + local if colon else None
    node = spelling.iri(*span) if written.startswith("<") else spelling.pname(*span)
    return node.value if node else None
