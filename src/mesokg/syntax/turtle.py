"""Reads Turtle and TriG unit by unit into statements that know where their terms stand.

A stack of states instead of recursion: nesting costs memory, never the stack of
Python. The states follow the grammar of TriG 1.2
(https://www.w3.org/TR/rdf12-trig/#sec-grammar-grammar). Statements come in the
order of pyoxigraph, which gives what one token completes last first: the batch of
a token is turned round.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import pyoxigraph as ox

from mesokg.syntax.lexer import TOKEN
from mesokg.syntax.places import Span
from mesokg.syntax.spelling import Problem, Spelling, Term, shown

__all__ = ["MISSING_DOT", "Node", "Statement", "Stop", "TurtleReader", "found"]

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_FIRST, _REST, _NIL, _TYPE, _REIFIES = (
    ox.NamedNode(_RDF + name) for name in ("first", "rest", "nil", "type", "reifies")
)
_OPENING: Final = frozenset({"[", "(", "<<", "<<("})
#: What is wrong where one statement runs into the next.
MISSING_DOT: Final = "a `.` is missing after this"
_DEEPEST: Final = 1000  # pyoxigraph overruns its stack at 20,000 nested triple terms


class Node(NamedTuple):
    """A term and where it is written; an empty span when the syntax only implies it."""

    term: Term | ox.DefaultGraph
    span: Span


class Statement(NamedTuple):
    """A quad and the place of each of its terms.

    A node ``[ … ]``, a list ``( … )`` and a triple ``<< … >>`` stand where the
    brackets do, from the first to the last. A list is made of cells: the first stands
    where the list does, each other one where its member does; ``rdf:first`` and
    ``rdf:rest`` are not written, and the last ``rdf:nil`` stands at the closing bracket.
    """

    subject: Node
    predicate: Node
    object: Node
    graph: Node

    @property
    def quad(self) -> ox.Quad:
        """The quad without its places."""
        return ox.Quad(
            self.subject.term,  # type: ignore[arg-type]
            self.predicate.term,  # type: ignore[arg-type]
            self.object.term,  # type: ignore[arg-type]
            self.graph.term,  # type: ignore[arg-type]
        )

    @property
    def span(self) -> Span:
        """From the predicate, where it is written, to the end of the object."""
        predicate, value = self.predicate.span, self.object.span
        start = value.start if predicate.start == predicate.end else predicate.start
        return Span(min(start, value.start), max(predicate.end, value.end))


class Stop(Exception):  # noqa: N818 - ends the reading of one unit, and is no error of the program
    """The unit breaks the grammar here."""

    def __init__(self, problem: Problem, at: int) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.at = at


class _Part:
    """A term being read: what it is, and from where to where; the end may come later."""

    __slots__ = ("_node", "end", "start", "term")

    def __init__(self, term: Term | ox.DefaultGraph | None, start: int, end: int) -> None:
        self.term, self.start, self.end = term, start, end
        self._node: Node | None = None

    def node(self) -> Node:
        """The node, once term and end are known."""
        if self._node is None:
            assert self.term is not None
            self._node = Node(self.term, Span(self.start, self.end))
        return self._node


# A state takes a token, of which the kind of punctuation is the punctuation itself; False: the
# token is for the next state.
_State = Callable[[str, int, int], bool]
_Raw = tuple[_Part, _Part, _Part, _Part]


def found(text: str, kind: str, start: int, end: int) -> str:
    """A token in words, for "… stands where …"."""
    if kind == "end":
        return "the end of the file"
    if kind == "string":
        return f"the string {shown(text[start:end])}"
    return shown(text[start:end])


class TurtleReader:
    """Reads one top-level unit after the other, from any offset on.

    `read` raises `Stop` where the grammar is broken; what is wrong inside a token is
    noted in the spelling, and the statements of that unit are left out.
    """

    def __init__(self, spelling: Spelling, format: str, at: int = 0) -> None:
        self.spelling = spelling
        self.trig: bool = format == "trig"
        self.opened: Span | None = None  # the { of the graph block that we are in
        self.finished: bool = False
        self.started: int = at
        self.last: Span = Span(at, at)
        self._text = spelling.text
        self._outside = _Part(ox.DefaultGraph(), 0, 0)
        self._graph = self._outside
        self.seek(at)

    def seek(self, at: int) -> None:
        """Go on reading at an offset, with a new unit."""
        self._scan = TOKEN.finditer(self._text, at).__next__
        self._stack: list[_State] = []
        self._subjects: list[_Part] = []
        self._predicates: list[_Part] = []
        self._objects: list[_Part] = []
        self._reifiers: list[_Part] = []
        self._open: list[_Part] = []
        self._batch: list[_Raw] = []
        self._string = (0, 0)
        self._name = ""
        self._deep = 0
        self.last = Span(at, at)
        self.started = at

    def fork(self, at: int) -> TurtleReader:
        """A reader in the same state at another offset, which leaves this one alone."""
        other = TurtleReader(self.spelling.fork(), "trig" if self.trig else "turtle", at)
        other.opened, other._graph = self.opened, self._graph
        return other

    def leave_graph(self) -> None:
        """Go on outside of any graph block."""
        self.opened, self._graph = None, self._outside

    def enter_graph(self, brace: Span) -> None:
        """Go on inside a graph block whose name is not known: its statements are left out."""
        self.opened, self._graph = brace, _Part(None, brace.start, brace.end)

    def read(self) -> list[Statement]:
        """The statements of the next unit; none for a directive or a brace, and at the end.

        A unit is a directive, a statement up to its dot, a graph's name with ``{``, or ``}``.
        """
        self._stack = [self._in_graph if self.opened else self._document]
        raw: list[_Raw] = []
        batch, stack, scan, text = self._batch, self._stack, self._scan, self._text
        fresh = True
        while stack:
            match = scan()
            kind = match.lastgroup or "end"
            start, end = match.span(kind)
            if kind == "punctuation":
                kind = text[start:end]
            if fresh:
                self.started, fresh = start, False
            while not stack.pop()(kind, start, end):
                pass
            self.last = Span(start, end)
            if batch:
                batch.reverse()
                raw += batch
                batch.clear()
        for part in (self._subjects, self._predicates, self._objects, self._reifiers, self._open):
            part.clear()
        self._deep = 0
        return self._statements(raw)

    def _statements(self, raw: list[_Raw]) -> list[Statement]:
        if any(part.term is None for quad in raw for part in quad):
            return []
        return [Statement(s.node(), p.node(), o.node(), g.node()) for s, p, o, g in raw]

    # --- the ground --------------------------------------------------------------------------

    def _expected(self, what: str, kind: str, start: int, end: int) -> Stop:
        return Stop(
            Problem(
                f"{found(self._text, kind, start, end)} stands where {what} should",
                Span(start, end),
            ),
            start,
        )

    def _emit(self) -> None:
        self._batch.append(
            (self._subjects[-1], self._predicates[-1], self._objects[-1], self._graph)
        )

    def _named(self, kind: str, start: int, end: int) -> _Part | None:
        """The part of an IRI, a prefixed name or a label; None for any other token."""
        if kind == "pname":
            return _Part(self.spelling.pname(start, end), start, end)
        if kind == "iri":
            return _Part(self.spelling.iri(start, end), start, end)
        if kind == "blank":
            return _Part(self.spelling.blank(start, end), start, end)
        return None

    # --- documents, directives, graph blocks -------------------------------------------------

    def _document(self, kind: str, start: int, end: int) -> bool:
        if kind == "end":
            self.finished = True
            return True
        word = self._text[start:end]
        if kind == "word" and self._directive(word.lower()):
            return True
        if kind == "langtag" and word in {"@prefix", "@base", "@version"}:
            self._stack.append(self._directive_dot)
            return self._directive(word[1:])
        if kind == "{" and self.trig:
            self.opened, self._graph = Span(start, end), self._outside
            return True
        self._stack.append(self._dot)
        part = self._named(kind, start, end)
        if part is None:
            return self._compound_subject(kind, start, end)
        self._subjects.append(part)
        self._stack.append(self._label_or_subject)
        return True

    def _directive(self, word: str) -> bool:
        state = {
            "prefix": self._prefix_name,
            "base": self._base_iri,
            "version": self._version,
            "graph": self._graph_name if self.trig else None,
        }.get(word)
        if state is not None:
            self._stack.append(state)
        return state is not None

    def _prefix_name(self, kind: str, start: int, end: int) -> bool:
        name, _, local = self._text[start:end].partition(":")
        if kind != "pname" or local:
            self.spelling.undeclared.add(name)
            raise self._expected("the prefix to declare, such as `ex:`,", kind, start, end)
        self._name = name
        self._stack.append(self._prefix_iri)
        return True

    def _prefix_iri(self, kind: str, start: int, end: int) -> bool:
        if kind != "iri":
            self.spelling.undeclared.add(self._name)
            raise self._expected("the `<IRI>` of the prefix", kind, start, end)
        node = self.spelling.iri(start, end)
        if node is not None:
            self.spelling.declare(self._name, node.value)
        else:  # The declaration is wrong; that its uses are undeclared would say it again.
            self.spelling.undeclared.add(self._name)
        return True

    def _base_iri(self, kind: str, start: int, end: int) -> bool:
        if kind != "iri":
            raise self._expected("the base `<IRI>`", kind, start, end)
        node = self.spelling.iri(start, end)
        if node is not None:
            self.spelling.set_base(node.value)
        return True

    def _version(self, kind: str, start: int, end: int) -> bool:
        if kind != "string":
            raise self._expected('a version such as `"1.2"`', kind, start, end)
        return True

    def _directive_dot(self, kind: str, start: int, end: int) -> bool:
        if kind != ".":
            raise self._expected("the `.` of the directive", kind, start, end)
        return True

    def _graph_name(self, kind: str, start: int, end: int) -> bool:
        part = self._named(kind, start, end)
        self._stack.append(self._brace)
        if part is not None:
            self._subjects.append(part)
        elif kind == "[":
            self._subjects.append(_Part(self.spelling.anonymous(start), start, end))
            self._stack.append(self._anon_closed)
        else:
            raise self._expected("the name of a graph", kind, start, end)
        return True

    def _anon_closed(self, kind: str, start: int, end: int) -> bool:
        if kind != "]":
            raise self._expected("`]`", kind, start, end)
        (self._subjects or self._objects)[-1].end = end
        return True

    def _brace(self, kind: str, start: int, end: int) -> bool:
        if kind != "{":
            raise self._expected("`{`", kind, start, end)
        self._graph = self._subjects.pop()
        self.opened = Span(start, end)
        return True

    def _label_or_subject(self, kind: str, start: int, end: int) -> bool:
        if self.trig and kind == "{":
            self._stack.pop()  # no dot after a graph block
            return self._brace(kind, start, end)
        return self._predicate_list(kind, start, end)

    def _in_graph(self, kind: str, start: int, end: int) -> bool:
        if kind == "}":
            self.leave_graph()
            return True
        if kind == "end" and self.opened:
            problem = Problem("the graph block is not closed: `}` is missing", self.opened)
            raise Stop(problem, start)
        self._stack.append(self._graph_dot)
        part = self._named(kind, start, end)
        if part is None:
            return self._compound_subject(kind, start, end)
        self._subjects.append(part)
        self._stack.append(self._predicate_list)
        return True

    def _dot(self, kind: str, start: int, end: int) -> bool:
        if kind != ".":
            raise self._no_dot("`.`, `;` or `,`", kind, start, end)
        return True

    def _graph_dot(self, kind: str, start: int, end: int) -> bool:
        if kind == "}":
            self.leave_graph()
            return True
        if kind != ".":
            raise self._no_dot("`.`, `;`, `,` or `}`", kind, start, end)
        return True

    def _no_dot(self, what: str, kind: str, start: int, end: int) -> Stop:
        """A dot is missing at the end of a line, or something else is wrong in the line."""
        before = self._text[self.last.end : start]
        if kind != "error" and ("\n" in before or "\r" in before or kind == "end"):
            return Stop(Problem(MISSING_DOT, self.last), start)
        return self._expected(what, kind, start, end)

    # --- subjects ----------------------------------------------------------------------------

    def _compound_subject(self, kind: str, start: int, end: int) -> bool:
        if kind == "[":
            self._subjects.append(_Part(self.spelling.anonymous(start), start, end))
            self._stack.append(self._anon_subject)
        elif kind == "(":
            self._open.append(_Part(self.spelling.anonymous(start), start, end))
            self._stack += (self._predicate_list, self._list_subject)
        elif kind == "<<":
            self._stack += (self._maybe_predicates, self._reified_subject)
            self._reified(start, end)
        else:
            what = "the subject of a statement" if self.opened else "a statement or a directive"
            raise self._expected(what, kind, start, end)
        return True

    def _anon_subject(self, kind: str, start: int, end: int) -> bool:
        if kind == "]":
            self._subjects[-1].end = end
            label = not self.opened
            self._stack.append(self._label_or_subject if label else self._predicate_list)
            return True
        self._stack += (self._maybe_predicates, self._anon_subject_end)
        return self._predicate_list(kind, start, end)

    def _anon_subject_end(self, kind: str, start: int, end: int) -> bool:
        if kind != "]":
            raise self._expected("`]`, `;` or `,`", kind, start, end)
        self._subjects[-1].end = end
        return True

    def _maybe_predicates(self, kind: str, start: int, end: int) -> bool:
        if kind in {".", "}"}:
            return False
        return self._predicate_list(kind, start, end)

    # --- predicates --------------------------------------------------------------------------

    def _predicate_list(self, kind: str, start: int, end: int) -> bool:
        self._stack += (self._predicate_end, self._annotation, self._object)
        return self._verb(kind, start, end)

    def _verb(self, kind: str, start: int, end: int) -> bool:
        if kind == "pname":
            part = _Part(self.spelling.pname(start, end), start, end)
        elif kind == "iri":
            part = _Part(self.spelling.iri(start, end), start, end)
        elif kind == "word" and self._text[start:end] == "a":
            part = _Part(_TYPE, start, end)
        else:
            raise self._expected("a predicate", kind, start, end)
        self._predicates.append(part)
        return True

    def _predicate_end(self, kind: str, start: int, end: int) -> bool:
        self._predicates.pop()
        if kind != ";":
            return False
        self._stack.append(self._semicolon)
        return True

    def _semicolon(self, kind: str, start: int, end: int) -> bool:
        if kind == ";":
            self._stack.append(self._semicolon)
            return True
        if kind in {".", "}", "]", "|}"}:
            return False
        return self._predicate_list(kind, start, end)

    # --- objects -----------------------------------------------------------------------------

    def _object(self, kind: str, start: int, end: int) -> bool:
        if kind in _OPENING:
            return self._compound_object(kind, start, end)
        if kind == "string":
            self._string = (start, end)
            self._stack.append(self._suffix)
            return True
        self._objects.append(self._simple_object(kind, start, end))
        self._emit()
        return True

    def _simple_object(self, kind: str, start: int, end: int) -> _Part:
        part = self._named(kind, start, end)
        if part is not None:
            return part
        if kind == "number":
            return _Part(self.spelling.number(start, end), start, end)
        if kind == "word" and self._text[start:end] in {"true", "false"}:
            return _Part(self.spelling.boolean(start, end), start, end)
        raise self._expected("an object", kind, start, end)

    def _compound_object(self, kind: str, start: int, end: int) -> bool:
        if kind == "[":
            self._subjects.append(_Part(self.spelling.anonymous(start), start, end))
            self._stack.append(self._anon_object)
        elif kind == "(":
            self._open.append(_Part(self.spelling.anonymous(start), start, end))
            self._stack.append(self._list_object)
        elif kind == "<<":
            self._stack.append(self._reified_object)
            self._reified(start, end)
        else:
            self._stack.append(self._triple_term)
            self._triple(start, end)
        return True

    def _suffix(self, kind: str, start: int, end: int) -> bool:
        if kind == "^^":
            self._stack.append(self._datatype)
            return True
        consumed = self._plain_or_tagged(kind, start, end)
        self._emit()
        return consumed

    def _plain_or_tagged(self, kind: str, start: int, end: int) -> bool:
        """The literal of the string before; whether the token was a part of it."""
        opening, closing = self._string
        value = self.spelling.string(opening, closing)
        if kind == "langtag":
            term = None if value is None else self.spelling.tagged(value, start, end)
            self._objects.append(_Part(term, opening, end))
            return True
        literal = None if value is None else ox.Literal(value)
        self._objects.append(_Part(literal, opening, closing))
        return False

    def _datatype(self, kind: str, start: int, end: int) -> bool:
        self._typed(kind, start, end)
        self._emit()
        return True

    def _typed(self, kind: str, start: int, end: int) -> None:
        datatype = None if kind == "blank" else self._named(kind, start, end)
        if datatype is None:
            raise self._expected("the IRI of a datatype", kind, start, end)
        opening, closing = self._string
        value = self.spelling.string(opening, closing)
        term = None
        if value is not None and isinstance(datatype.term, ox.NamedNode):
            term = self.spelling.typed(value, datatype.term, start, end)
        self._objects.append(_Part(term, opening, end))

    def _anon_object(self, kind: str, start: int, end: int) -> bool:
        if kind == "]":
            return self._anon_object_end(kind, start, end)
        self._stack.append(self._anon_object_end)
        return self._predicate_list(kind, start, end)

    def _anon_object_end(self, kind: str, start: int, end: int) -> bool:
        if kind != "]":
            raise self._expected("`]`, `;` or `,`", kind, start, end)
        part = self._subjects.pop()
        part.end = end
        self._objects.append(part)
        self._emit()
        return True

    # --- lists -------------------------------------------------------------------------------

    def _list_object(self, kind: str, start: int, end: int) -> bool:
        if kind == ")":
            self._objects.append(_Part(_NIL, self._open.pop().start, end))
            self._emit()
            return True
        self._objects.append(self._open[-1])
        self._emit()
        return self._list_start(start)

    def _list_subject(self, kind: str, start: int, end: int) -> bool:
        if kind == ")":
            self._subjects.append(_Part(_NIL, self._open.pop().start, end))
            return True
        self._subjects.append(self._open[-1])
        return self._list_start(start)

    def _list_start(self, start: int) -> bool:
        self._subjects.append(self._open[-1])
        self._predicates.append(_Part(_FIRST, start, start))
        self._stack += (self._list_next, self._object)
        return False

    def _list_next(self, kind: str, start: int, end: int) -> bool:
        cell, member, whole = self._subjects.pop(), self._objects.pop(), self._open[-1]
        if cell is not whole:
            cell.end = member.end
        rest = _Part(_REST, start, start)
        if kind == ")":
            self._predicates.pop()
            self._open.pop().end = end
            self._batch.append((cell, rest, _Part(_NIL, start, end), self._graph))
            return True
        after = _Part(self.spelling.anonymous(start, "c"), start, end)
        self._batch.append((cell, rest, after, self._graph))
        self._subjects.append(after)
        self._predicates[-1] = _Part(_FIRST, start, start)
        self._stack += (self._list_next, self._member)
        return False

    def _member(self, kind: str, start: int, end: int) -> bool:
        if kind in {"end", "error"} or kind in {".", ";", ",", "]", "}"}:
            raise self._expected("`)` or a member of the list", kind, start, end)
        return self._object(kind, start, end)

    # --- RDF 1.2: triple terms, reified triples, annotations ---------------------------------

    def _reified(self, start: int, end: int) -> None:
        self._open.append(_Part(None, start, end))
        self._stack += (self._reifier, self._quoted_object, self._verb, self._quoted_subject)

    def _triple(self, start: int, end: int) -> None:
        self._deep += 1
        if self._deep > _DEEPEST:
            what = f"triple terms nest deeper than {_DEEPEST}"
            raise Stop(Problem(what, Span(start, end)), start)
        self._open.append(_Part(None, start, end))
        self._stack += (self._quoted_object, self._verb, self._quoted_subject)

    def _quoted_subject(self, kind: str, start: int, end: int) -> bool:
        part = self._named(kind, start, end)
        if part is not None:
            self._subjects.append(part)
        elif kind == "[":
            self._subjects.append(_Part(self.spelling.anonymous(start), start, end))
            self._stack.append(self._quoted_anon(self._subjects[-1]))
        elif kind == "<<":
            self._stack.append(self._reified_subject)
            self._reified(start, end)
        else:
            raise self._expected("the subject of a triple", kind, start, end)
        return True

    def _quoted_object(self, kind: str, start: int, end: int) -> bool:
        if kind == "[":
            self._objects.append(_Part(self.spelling.anonymous(start), start, end))
            self._stack.append(self._quoted_anon(self._objects[-1]))
        elif kind == "<<":
            self._stack.append(self._quoted_reified)
            self._reified(start, end)
        elif kind == "<<(":
            self._stack.append(self._quoted_triple)
            self._triple(start, end)
        elif kind == "string":
            self._string = (start, end)
            self._stack.append(self._quoted_suffix)
        else:
            self._objects.append(self._simple_object(kind, start, end))
        return True

    def _quoted_anon(self, part: _Part) -> _State:
        def closed(kind: str, start: int, end: int) -> bool:
            if kind != "]":
                raise self._expected("`]`", kind, start, end)
            part.end = end
            return True

        return closed

    def _quoted_suffix(self, kind: str, start: int, end: int) -> bool:
        if kind == "^^":
            self._stack.append(self._quoted_datatype)
            return True
        return self._plain_or_tagged(kind, start, end)

    def _quoted_datatype(self, kind: str, start: int, end: int) -> bool:
        self._typed(kind, start, end)
        return True

    def _taken(self) -> _Part:
        """The triple of the last subject, predicate and object, which are used up by it."""
        subject, predicate = self._subjects.pop(), self._predicates.pop()
        return _triple_of(subject, predicate, self._objects.pop())

    def _reifier(self, kind: str, start: int, end: int) -> bool:
        triple, whole = self._taken(), self._open[-1]
        if kind == "~":
            self._stack.append(self._reifier_name(triple, start, end))
            return True
        whole.term = self.spelling.anonymous(whole.start)
        self._reify(whole, triple)
        return False

    def _reify(self, reifier: _Part, triple: _Part) -> None:
        at = _Part(_REIFIES, reifier.start, reifier.start)
        self._batch.append((reifier, at, triple, self._graph))
        self._reifiers.append(reifier)

    def _reifier_name(self, triple: _Part, tilde: int, after: int) -> _State:
        def name(kind: str, start: int, end: int) -> bool:
            part = self._named(kind, start, end)
            anonymous = _Part(self.spelling.anonymous(tilde), tilde, after)
            self._reify(part or anonymous, triple)
            return part is not None

        return name

    def _reified_end(self, kind: str, start: int, end: int) -> _Part:
        if kind != ">>":
            raise self._expected("`>>`", kind, start, end)
        whole = self._open.pop()
        whole.term, whole.end = self._reifiers.pop().term, end
        return whole

    def _reified_subject(self, kind: str, start: int, end: int) -> bool:
        self._subjects.append(self._reified_end(kind, start, end))
        return True

    def _quoted_reified(self, kind: str, start: int, end: int) -> bool:
        self._objects.append(self._reified_end(kind, start, end))
        return True

    def _reified_object(self, kind: str, start: int, end: int) -> bool:
        self._quoted_reified(kind, start, end)
        self._emit()
        return True

    def _quoted_triple(self, kind: str, start: int, end: int) -> bool:
        if kind != ")>>":
            raise self._expected("`)>>`", kind, start, end)
        self._deep -= 1
        whole = self._open.pop()
        whole.term, whole.end = self._taken().term, end
        self._objects.append(whole)
        return True

    def _triple_term(self, kind: str, start: int, end: int) -> bool:
        self._quoted_triple(kind, start, end)
        self._emit()
        return True

    def _annotation(self, kind: str, start: int, end: int) -> bool:
        return self._after_object(kind, start, end, reified=False)

    def _annotation_of_reifier(self, kind: str, start: int, end: int) -> bool:
        return self._after_object(kind, start, end, reified=True)

    def _after_object(self, kind: str, start: int, end: int, *, reified: bool) -> bool:
        again = self._annotation_of_reifier if reified else self._annotation
        if kind == "~":
            triple = _triple_of(self._subjects[-1], self._predicates[-1], self._objects[-1])
            self._stack += (self._annotation_of_reifier, self._reifier_name(triple, start, end))
            return True
        if kind == "{|":
            if not reified:
                triple = _triple_of(self._subjects[-1], self._predicates[-1], self._objects[-1])
                self._reify(_Part(self.spelling.anonymous(start), start, end), triple)
            self._subjects.append(self._reifiers[-1] if reified else self._reifiers.pop())
            self._stack += (again, self._annotation_end, self._predicate_list)
            return True
        self._objects.pop()
        if reified:
            self._reifiers.pop()
        if kind != ",":
            return False
        self._stack += (self._annotation, self._object)
        return True

    def _annotation_end(self, kind: str, start: int, end: int) -> bool:
        if kind != "|}":
            raise self._expected("`|}`, `;` or `,`", kind, start, end)
        self._subjects.pop()
        return True


def _triple_of(subject: _Part, predicate: _Part, value: _Part) -> _Part:
    """A triple term from its parts; none when one of them is none."""
    terms = (subject.term, predicate.term, value.term)
    triple = None if None in terms else ox.Triple(*terms)  # type: ignore[arg-type]
    start = subject.start if subject.start < value.start else value.start
    return _Part(triple, start, value.end)
