"""All syntax errors of a text, and what it says in spite of them.

pyoxigraph decides whether a text is wrong; here is decided what the errors are and
where reading can go on after one, so that one slip is one error:

- What is wrong inside a token (an escape, an IRI, a prefix that is not declared)
  costs its unit, and reading goes on after it.
- A unit that runs into the next one, since its dot is missing or is a semicolon,
  ends before the last line in it that begins no deeper than the unit itself, if
  from there the text can be read further than before.
- Else reading goes on after the next dot, or at the next line that looks like the
  beginning of a unit.
- After long quotes that are not closed, or closed by the next ones, no token can be
  trusted: reading goes on at a line that begins like a unit, with a declared prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.syntax.chunks import LINE_FORMATS, chunks
from mesokg.syntax.lexer import TOKEN
from mesokg.syntax.ntriples import LineReader
from mesokg.syntax.places import Lines, Span, error_span
from mesokg.syntax.spelling import Problem, Spelling, not_unicode
from mesokg.syntax.turtle import MISSING_DOT, Statement, Stop, TurtleReader

__all__ = ["Recovery", "problems", "recover"]

_FORMATS: Final = {
    "nquads": ox.RdfFormat.N_QUADS,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "trig": ox.RdfFormat.TRIG,
    "turtle": ox.RdfFormat.TURTLE,
}
_MOST: Final = 1000
_TRIALS: Final = 20
_WIDEST: Final = 1000  # code points of white space that can be an indent
_TRIPLE_TERM: Final = re.compile(r"<<\(|\)>>")
_BEGINNING: Final = frozenset({"pname", "iri", "blank", "langtag", "word"})
_CONFLICT: Final = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: |$)")
_BARE_IRI: Final = re.compile(r"[a-z]++://[^\s<>\"']*[^\s<>\"'.;,]")
_LINE: Final = re.compile(
    r"^(?P<indent>[ \t]*+)(?:@(?:prefix|base)\s|(?i:prefix|base|graph)\s"
    r"|(?:<[^<>\s]*+>|_:\S++|(?P<prefix>[^\s:#<>\"']*+):[^\s\"']*+)"
    r"[ \t]*+(?:$|[\r\n]|\{|a\s|<|[^\s:#<>\"']*+:[^\s\"'/]))",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What could be read of a text and what could not.

    `problems` are in order of place, and empty just when pyoxigraph accepts the
    text; `total` counts those that were found but not kept, too. `statements` are
    those of the units without an error. Not `complete`: so much was wrong that
    reading ended early.
    """

    problems: tuple[Problem, ...]
    statements: tuple[Statement, ...]
    total: int
    complete: bool = True


def problems(
    text: str, format: str = "turtle", base_iri: str | None = None, limit: int = 20
) -> tuple[Problem, ...]:
    r"""The syntax errors of a text, at most `limit`; none just when pyoxigraph accepts it.

    >>> [p.message for p in problems("<a:s> <a:p> <a:o>\n<a:s> <a:p> <a:q> .")]
    ['a `.` is missing after this']
    """
    if not_unicode(text) is None and _refusal(text, format, base_iri) is None:
        return ()
    return recover(text, format, base_iri, limit).problems


def recover(
    text: str, format: str = "turtle", base_iri: str | None = None, limit: int = 20
) -> Recovery:
    """The syntax errors of a text, at most `limit`, and its statements without one.

    Never raises for what a text says. ValueError when `base_iri` is no IRI.
    """
    refusal = not_unicode(text)
    if refusal is not None:
        return Recovery((refusal,), (), 1)
    refusal = _refusal(text, format, base_iri)
    spelling = Spelling(text, None if format in LINE_FORMATS else base_iri)
    recovered: _Found
    recovered = _Lines(spelling, format) if format in LINE_FORMATS else _Units(spelling, format)
    recovered.run()
    if refusal is None:
        # Where pyoxigraph is milder than the grammar, only what reads is known with its places.
        return Recovery((), tuple(recovered.statements), 0, not recovered.problems)
    found = sorted(recovered.problems or [refusal], key=lambda problem: problem.span)
    return Recovery(
        tuple(found[:limit]), tuple(recovered.statements), len(found), recovered.complete
    )


def _refusal(text: str, format: str, base_iri: str | None) -> Problem | None:
    """Why pyoxigraph does not accept a text, or None when it does."""
    depth = 0
    for match in _TRIPLE_TERM.finditer(text):
        depth += 1 if match[0] == "<<(" else -1
        if depth > _MOST:
            return Problem(f"triple terms nest deeper than {_MOST}", Span(*match.span()))
    if format in LINE_FORMATS:
        base_iri = None
    try:
        for _ in ox.parse(text.encode(), format=_FORMATS[format], base_iri=base_iri):
            pass
    except SyntaxError as error:
        return Problem(str(error.msg).partition(": ")[2] or str(error.msg), error_span(error, text))
    except MemoryError as error:  # one token of more than 16 MiB
        return Problem(str(error), Span(0, 0))
    return None


class _Found:
    """Problems and statements as they come."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling
        self.text = spelling.text
        self.problems: list[Problem] = []
        self.statements: list[Statement] = []
        self.complete = True

    def run(self) -> None:
        """Read everything."""
        raise NotImplementedError

    def note(self, problem: Problem | None = None) -> bool:
        """Keep a problem and those of the spelling; whether reading should go on."""
        self.problems += self.spelling.problems
        self.spelling.problems.clear()
        if problem is not None:
            self.problems.append(problem)
        self.complete = len(self.problems) < _MOST
        return self.complete


class _Lines(_Found):
    """N-Triples and N-Quads: every line for itself."""

    def __init__(self, spelling: Spelling, format: str) -> None:
        super().__init__(spelling)
        self._format = format

    def run(self) -> None:
        reader = LineReader(self.spelling, self._format)
        for chunk in chunks(self.text, self._format):
            problem = None
            try:
                self.statements += reader.read(chunk.start, chunk.end)
            except Stop as stop:
                problem = _in_words(self.text, stop, Span(chunk.start, chunk.start))
            if not self.note(problem):
                return


class _Units(_Found):
    """Turtle and TriG: on to the next unit after an error."""

    def __init__(self, spelling: Spelling, format: str) -> None:
        super().__init__(spelling)
        self._reader = TurtleReader(spelling, format)
        self._lines = Lines(spelling.text)

    def run(self) -> None:
        reader = self._reader
        while not reader.finished:
            problem = None
            try:
                read = reader.read()
                if not self.spelling.problems:
                    self.statements += read
            except Stop as stop:
                problem = self._go_on(stop)
            if not self.note(problem):
                return

    # --- where to go on ----------------------------------------------------------------------

    def _go_on(self, stop: Stop) -> Problem:
        """Move the reader to where the text can be read again; the problem in better words."""
        reader, started = self._reader, self._reader.started
        kind, span = self._token(stop.at)
        word = self.text[slice(*span)]
        if kind == "end":
            reader.leave_graph()
            reader.seek(len(self.text))
            return self._at_end(stop, started)
        if reader.opened and self._left_open(word, started, stop.at):
            opened = reader.opened
            reader.leave_graph()
            reader.seek(started)
            return Problem("the graph block is not closed: `}` is missing", opened)
        conflict = self._conflict(started, stop.at)
        if conflict is not None:
            reader.seek(conflict.end)
            return Problem("a merge conflict is not resolved here", conflict)
        if word.startswith(('"""', "'''")) and kind == "error":
            self._skip_lines(span.start + 3, started)
            return Problem(
                f"the string is not closed: {_quotes(word)} is missing", _line_of(span, self.text)
            )
        before = reader.last
        if self._long(before) and before.end == span.start:
            self._skip_lines(before.start + 3, started)
            return Problem(
                "the string does not end where it should: its quotes are missing, or more of them "
                "follow", _line_of(before, self.text),
            )  # fmt: skip
        back = self._line_before(stop, started)
        if back is not None:
            problem = self._missing_dot(back, stop)
            reader.seek(back)
            return problem
        problem = self._missing_semicolon(stop, _in_words(self.text, stop, before), started)
        self._skip(span.start, started, flat=self._is_flat(started, stop.at))
        return problem

    def _conflict(self, *places: int) -> Span | None:
        """The line that a version control system left behind at one of the places."""
        for at in places:
            span = self._lines.span(self._lines.position(at)[0])
            if _CONFLICT.match(self.text, *span):
                return span
        return None

    def _token(self, at: int) -> tuple[str, Span]:
        match = TOKEN.match(self.text, at)
        assert match is not None
        kind = match.lastgroup or "end"
        return kind, Span(*match.span(kind))

    def _at_end(self, stop: Stop, started: int) -> Problem:
        """The file ends inside a unit: perhaps an earlier line is where it should have ended."""
        back = self._line_before(stop, started)
        if back is None:
            return stop.problem
        problem = self._missing_dot(back, stop)
        self._reader.seek(back)
        return problem

    def _left_open(self, word: str, started: int, at: int) -> bool:
        """Whether the unit is one that stands outside of graph blocks only."""
        if at == started:
            return word.lower() in {"@prefix", "@base", "@version", "prefix", "base", "graph"}
        return word == "{" and self._reader.last.start == started

    def _long(self, span: Span) -> bool:
        return self.text.startswith(('"""', "'''"), span.start) and "\n" in self.text[slice(*span)]

    # --- a unit that runs into the next one --------------------------------------------------

    def _line_before(self, stop: Stop, started: int) -> int | None:
        """The last line in the unit that begins no deeper than it does and reads further."""
        indent = self._indent(started)
        candidates: list[int] = []
        for kind, start, _ in self._tokens(started, stop.at + 1):
            if start > started and kind in _BEGINNING:
                own = self._indent(start)
                if own is not None and (indent is None or own <= indent):
                    candidates.append(start)
        for start in reversed(candidates[-_TRIALS:]):
            reached = self._reached(start)
            if reached is None or reached > stop.at:
                return start
        return None

    def _reached(self, at: int) -> int | None:
        """How far a unit can be read from a place: None when to its end."""
        trial = self._reader.fork(at)
        try:
            trial.read()
        except Stop as stop:
            return stop.at
        return None

    def _missing_dot(self, back: int, stop: Stop) -> Problem:
        before = Span(back, back)
        for _, start, end in self._tokens(self._reader.started, back):
            before = Span(start, end)
        if self.text[slice(*before)] in {";", ","}:
            return Problem(f"`{self.text[slice(*before)]}` stands where `.` should", before)
        return Problem(MISSING_DOT, before)

    def _missing_semicolon(self, stop: Stop, problem: Problem, started: int) -> Problem:
        """A dot is missing, but where the line is indented it may be a semicolon."""
        own, indent = self._indent(stop.at), self._indent(started)
        if problem.message != MISSING_DOT or own is None or indent is None or own <= indent:
            return problem
        return Problem("a `;` or `.` is missing after this", problem.span)

    def _tokens(self, start: int, end: int) -> Iterator[tuple[str, int, int]]:
        for match in TOKEN.finditer(self.text, start):
            kind = match.lastgroup or "end"
            at, after = match.span(kind)
            if at >= end or kind == "end":
                return
            yield kind, at, after

    def _indent(self, at: int) -> int | None:
        """How far a token is from the beginning of its line, when nothing else stands before it."""
        column = self._lines.position(at)[1]
        before = self.text[at - column + 1 : at] if column <= _WIDEST else "."
        return None if before.strip(" \t") else len(before.expandtabs(8))

    def _is_flat(self, started: int, at: int) -> bool:
        """Whether lines of the unit before an error begin no deeper than the unit."""
        indent = self._indent(started) or 0
        inside = (
            self._indent(start) for _, start, _ in self._tokens(started, at) if start > started
        )
        return any(own is not None and own <= indent for own in inside)

    # --- on to the next one ------------------------------------------------------------------

    def _skip(self, at: int, started: int, *, flat: bool) -> None:
        """Go on after the next dot, or at the next line that looks like a beginning."""
        reader, indent, trials = self._reader, self._indent(started) or 0, _TRIALS
        if at == started and self._token(at)[0] == "error":  # no line of a unit: prose, perhaps
            at = self._lines.span(self._lines.position(at)[0]).end
        for kind, start, end in self._tokens(at, len(self.text)):
            word = self.text[start:end]
            if word == ".":
                return reader.seek(end)
            if reader.trig and word in {"{", "}"}:
                return self._at_brace(word, Span(start, end))
            if start > at and kind in _BEGINNING and trials:
                own = self._indent(start)
                if own is None or own > indent:
                    continue
                trials -= 1
                if self._begins(start, kind) and (not flat or self._reached(start) is None):
                    return reader.seek(start)
            if kind == "error" and word.startswith(('"""', "'''")):
                return self._skip_lines(start + 3, started)
        return reader.seek(len(self.text))

    def _begins(self, at: int, kind: str) -> bool:
        """Whether the first two tokens at a place can be those of a unit."""
        word = self.text[at : at + 8].lower()
        if kind in {"word", "langtag"}:
            return word.startswith(("@prefix", "@base", "prefix", "base", "graph"))
        reached = self._reached(at)
        first = TOKEN.match(self.text, at)
        assert first is not None
        second = TOKEN.match(self.text, first.end())
        assert second is not None
        return reached is None or reached > second.start(second.lastgroup or 0)

    def _at_brace(self, word: str, span: Span) -> None:
        if word == "{" and not self._reader.opened:
            self._reader.enter_graph(span)
            return self._reader.seek(span.end)
        if word == "}" and self._reader.opened:
            return self._reader.seek(span.start)
        return self._reader.seek(span.end)

    def _skip_lines(self, at: int, started: int) -> None:
        """Go on at the next line that can only be a beginning, where tokens cannot be trusted."""
        indent, trials = self._indent(started) or 0, _TRIALS
        for match in _LINE.finditer(self.text, at):
            prefix = match["prefix"]
            known = prefix is None or prefix in self.spelling.prefixes
            if not known or len(match["indent"].expandtabs(8)) > indent:
                continue
            if self._reached(match.end("indent")) is None:
                return self._reader.seek(match.end("indent"))
            trials -= 1
            if not trials:
                break
        self._reader.leave_graph()
        return self._reader.seek(len(self.text))


def _in_words(text: str, stop: Stop, last: Span) -> Problem:
    """The problem of a broken unit as its writer would say it; `last` is the token before."""
    match = TOKEN.match(text, stop.at)
    assert match is not None
    kind = match.lastgroup or "end"
    span, word = Span(*match.span(kind)), match[kind]
    touching, before = last.end == span.start, text[slice(*last)]
    message, place = stop.problem.message, stop.problem.span
    bare = _BARE_IRI.match(text, last.start if touching else span.start)
    if bare is not None:
        return Problem("an IRI stands between `<` and `>`", Span(*bare.span()))
    if touching and before.endswith(('"', "'")) and len(before) > 1 and kind != "punctuation":
        message += ': the string before it has ended; a quote inside a string is written `\\"`'
    elif kind == "error" and word[0] in "\"'":
        message, place = (
            f"the string is not closed: {_quotes(word[0])} is missing on its line",
            span,
        )
    elif kind == "error" and word[0] == "<" and len(word) > 1:
        message, place = "the IRI is not closed: `>` is missing", span
    elif kind == "error" and word == "_" and touching and before.startswith("@"):
        message = "`_` stands where a language tag has `-`"
    elif kind == "word" and word.isidentifier() and _needs_prefix(word, message):
        message += f"; a name needs a prefix, as in `:{word}`"
    elif word == "." and touching is False and text[slice(*last)].endswith((".", ">")):
        message = "this `.` ends nothing: one stands before it, or a `PREFIX`, which needs none"
    return Problem(message, place)


def _needs_prefix(word: str, message: str) -> bool:
    return word not in {"a", "true", "false"} and "such as" not in message


def _quotes(word: str) -> str:
    return f"`{word[:3] if word.startswith((word[0] * 3,)) else word[0]}`"


def _line_of(span: Span, text: str) -> Span:
    """The first line of a span."""
    match = re.compile(r"[^\r\n]*+").match(text, span.start, span.end)
    assert match is not None
    return Span(*match.span())
