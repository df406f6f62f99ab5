"""A SPARQL constraint, rewritten so that one query answers for all focus nodes.

SHACL (5.3.1) asks a constraint's SELECT once for each focus node, with $this bound
beforehand. This module decides when joining the query with the set of all focus nodes
gives the same rows, and refuses wherever that is not plain: what it hands back is
right, what it refuses is for an engine that binds beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mesokg.engine import sparql_tokens
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["FOCUS", "Rewritten", "is_fickle", "predicates_read", "rewrite"]

#: Stands in a rewritten query where the pattern goes that binds ?this to each focus node.
FOCUS: Final = "\ue002"
#: What depends on rows of other focus nodes, looks elsewhere, or means another thing after
#: binding beforehand (SHACL, 5.2.1).
_REFUSED: Final = re.compile(
    """ASK|AVG|BASE|BNODE|CONSTRUCT|COUNT|DESCRIBE|FROM|GRAPH|GROUP|GROUP_CONCAT|HAVING|LATERAL
    |LIMIT|MAX|MIN|MINUS|NOW|OFFSET|ORDER|PREFIX|RAND|REDUCED|SAMPLE|SERVICE|STRUUID|SUM|UUID
    |VALUES""",
    re.IGNORECASE | re.VERBOSE,
)
_SPECIAL: Final = frozenset({"currentShape", "failure", "shapesGraph"})
_ESCAPE: Final = re.compile(r"\\(.)")
_TERMS: Final = frozenset({"iri", "name", "string", "variable"})


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A query with `FOCUS` in it, its columns, and the IRIs it names.

    `terms` is None when the query may look at statements of any predicate.
    """

    query: str
    columns: tuple[str, ...]
    terms: frozenset[str] | None


class _RefusedError(Exception):
    """The query cannot be shown to mean the same for all focus nodes at once."""


class _Group:
    """A group in braces: what it is to the one around it, and how it uses $this."""

    def __init__(self, kind: str, start: int) -> None:
        self.kind = kind  # body, exists, group, optional
        self.start = start  # the offset behind its brace
        self.parens = 0
        self.mentions = False  # $this stands somewhere inside
        self.computes = False  # $this stands inside an expression of this group
        self.binds = False
        self.select: list[str] | None = None  # the columns of the SELECT that the group holds
        self.selecting = False


class _Walk:
    """What is known of a query while its tokens pass."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.groups: list[_Group] = []
        self.edits: list[tuple[int, int, str]] = []
        self.columns: list[str] | None = None


def rewrite(
    select: str, path: str = "", prefixes: Mapping[str, str] = MappingProxyType({})
) -> Rewritten | None:
    """The query for all focus nodes at once, or None when that might say something else.

    `path` is what ``$PATH`` stands for, `prefixes` are declared before the query.

    >>> rewrite("SELECT $this { $this ?p 1 }").query.replace(FOCUS, "VALUES ?this { 1 }")
    'SELECT $this { VALUES ?this { 1 } $this ?p 1 }'
    >>> rewrite("SELECT $this (COUNT(*) AS ?n) { $this ?p 1 } GROUP BY $this") is None
    True
    """
    tokens = [token for token in sparql_tokens(select) if token[0] not in {"space", "comment"}]
    try:
        _refuse_words(tokens)
        walk = _walk(tokens, path)
    except _RefusedError:
        return None
    text = select
    for start, end, inserted in sorted(walk.edits, reverse=True):
        text = f"{text[:start]}{inserted}{text[end:]}"
    head = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items())
    terms = None if _any_predicate(tokens) else frozenset(_iris(tokens, prefixes))
    return Rewritten(head + text, tuple(walk.columns or ()), terms)


_Tokens = list[tuple[str, str, int]]


def _refuse_words(tokens: _Tokens) -> None:
    if not tokens or tokens[0][1].upper() != "SELECT":
        raise _RefusedError
    for number, (kind, text, _) in enumerate(tokens):
        if kind == "word" and _REFUSED.fullmatch(text):
            raise _RefusedError
        if kind == "variable" and text[1:] in _SPECIAL:
            raise _RefusedError
        if kind == "word" and text.upper() == "AS" and tokens[number + 1][1][1:] == "this":
            raise _RefusedError


def _walk(tokens: _Tokens, path: str) -> _Walk:
    """Go through the groups of a query, and note what has to be put where."""
    walk = _Walk(path)
    outer = _Group("outer", 0)
    walk.groups.append(outer)
    previous = ""
    for kind, text, offset in tokens:
        here = walk.groups[-1]
        if text == "{":
            _open(walk, previous, offset)
        elif text == "}":
            _close(walk)
        elif kind == "mark" and text in "()":
            here.parens += 1 if text == "(" else -1
        elif kind == "word":
            _word(here, text.upper())
        elif kind == "variable":
            _variable(walk, here, text, offset, previous)
        elif here.selecting and text == "*":
            raise _RefusedError
        previous = text.upper() if kind == "word" else text
    if len(walk.groups) != 1 or outer.select is None or "this" not in outer.select:
        raise _RefusedError
    walk.columns = outer.select
    return walk


def _word(here: _Group, word: str) -> None:
    if word == "SELECT":
        if here.select is not None:
            raise _RefusedError
        here.select, here.selecting = [], True
    here.binds |= word == "BIND"


def _variable(walk: _Walk, here: _Group, text: str, offset: int, previous: str) -> None:
    name = text[1:]
    if name == "PATH":
        if not walk.path or here.parens or here.selecting:
            raise _RefusedError
        walk.edits.append((offset, offset + len(text), f"({walk.path})"))
    elif here.selecting and here.select is not None:
        if here.parens == 0 or previous == "AS":
            here.select.append(name)
        elif name == "this" and len(walk.groups) > 1:
            raise _RefusedError
    elif name == "this":
        here.mentions = True
        here.computes |= here.parens > 0


def _open(walk: _Walk, previous: str, offset: int) -> None:
    around = walk.groups[-1]
    if around.selecting:
        kind, around.selecting = "body", False
    elif previous == "EXISTS":
        kind = "exists"
    elif previous == "OPTIONAL":
        kind = "optional"
    else:
        kind = "group"
    walk.groups.append(_Group(kind, offset + 1))


def _close(walk: _Walk) -> None:
    """Settle a group: bind $this inside it where an expression needs it, or refuse."""
    if len(walk.groups) < 2:
        raise _RefusedError
    group = walk.groups.pop()
    around = walk.groups[-1]
    within = {above.kind for above in walk.groups[1:]} | {group.kind}
    top = len(walk.groups) == 1
    if group.kind == "exists":
        around.computes |= group.mentions
    elif top or (group.computes and group.kind in {"body", "group"}):
        if not within.isdisjoint({"exists", "optional"}):
            raise _RefusedError
        walk.edits.append((group.start, group.start, f" {FOCUS}"))
    elif group.kind == "optional" and group.computes and (group.binds or around.kind == "exists"):
        raise _RefusedError
    if group.mentions and group.kind in {"body", "group"} and "exists" in within:
        raise _RefusedError
    columns = around.select or []
    if group.kind == "body" and not top and not (group.mentions and "this" in columns):
        raise _RefusedError
    around.mentions |= group.mentions


# --- what a query looks at --------------------------------------------------------------------


def _iris(tokens: _Tokens, prefixes: Mapping[str, str]) -> Iterable[str]:
    """Every IRI that a query names, wherever it stands: its predicates are among them."""
    yield STANDARD_PREFIXES["rdf"] + "type"  # what ``a`` means
    for kind, text, _ in tokens:
        if kind == "iri":
            yield text[1:-1]
        elif kind == "name":
            for step in _STEP.findall(text):
                prefix, _, local = step.partition(":")
                yield prefixes.get(prefix, "") + _ESCAPE.sub(r"\1", local)


#: The names in what is one token to who only looks for strings and brackets: ``e:a/e:b``.
_STEP: Final = re.compile(r"(?:\w[\w.-]*)?:(?:[\w:%-]|\\.|\.(?=[\w.:%\\-]))*")


#: What begins a variable or a negated set, right behind a name: ``e:o;?p``.
_SWALLOWED: Final = frozenset("!$?")


def _any_predicate(tokens: _Tokens) -> bool:
    """Whether a variable or a negated set may stand for a predicate; errs on the side of yes."""
    if any(kind == "name" and not _SWALLOWED.isdisjoint(text) for kind, text, _ in tokens):
        return True
    computed = _computed(tokens)
    first = next((n for n, token in enumerate(tokens) if token[1] == "{"), len(tokens))
    for number in range(first + 1, len(tokens) - 1):
        (kind, text, _), (next_kind, after, _) = tokens[number], tokens[number + 1]
        if text == "!" and (
            next_kind in {"iri", "name"}
            or after in {"^", "a"}
            or (after == "(" and _is_set(tokens, number))
        ):
            return True
        if kind == "variable" and text[1:] != "PATH" and _starts_term(next_kind, after):
            before_kind, before, _ = tokens[number - 1]
            if before in {";", "["}:
                return True
            if number - 1 not in computed and _ends_term(before_kind, before):
                return True
    return False


def _computed(tokens: _Tokens) -> set[int]:
    """Where the brackets of expressions end: those that follow a keyword or a function's name."""
    found, opened = set(), []
    for number, (_, text, _) in enumerate(tokens):
        if text == "(":
            opened.append(number > 0 and tokens[number - 1][0] == "word")
        elif text == ")" and opened and opened.pop():
            found.add(number)
    return found


def _is_set(tokens: _Tokens, number: int) -> bool:
    """Whether what is negated here begins with a predicate."""
    kind, text, _ = tokens[min(number + 2, len(tokens) - 1)]
    return kind in {"iri", "name"} or text in {"^", "a"}


def _starts_term(kind: str, text: str) -> bool:
    return kind in _TERMS or text in {"[", "(", "true", "false", "-", "+"} or text[:1].isdigit()


def _ends_term(kind: str, text: str) -> bool:
    return kind in _TERMS or text in {"]", ")", "true", "false"} or text[:1].isdigit()


#: Words of a query whose answer may be another one each time.
_FICKLE: Final = frozenset({"BNODE", "NOW", "RAND", "SERVICE", "STRUUID", "UUID"})


def is_fickle(query: str) -> bool:
    """Whether a query may answer otherwise although the data are the same."""
    return any(kind == "word" and text.upper() in _FICKLE for kind, text, _ in sparql_tokens(query))


def predicates_read(query: str) -> frozenset[str] | None:
    """The predicates of all statements that a query may look at; None: any. Errs towards any.

    >>> sorted(predicates_read("PREFIX e: <http://e/> ASK { ?s e:p/e:q 1 }"))[:2]
    ['http://e/', 'http://e/p']
    >>> predicates_read("PREFIX e: <http://e/> ASK { ?s e:p* ?o }") is None
    True
    """
    tokens = [token for token in sparql_tokens(query) if token[0] not in {"space", "comment"}]
    prefixes: dict[str, str] = {}
    for (_, word, _), (_, name, _), (kind, iri, _) in zip(
        tokens, tokens[1:], tokens[2:], strict=False
    ):
        if word.upper() == "PREFIX" and kind == "iri":
            if prefixes.setdefault(name.removesuffix(":"), iri[1:-1]) != iri[1:-1]:
                return None
        elif word.upper() == "BASE":
            return None
    # no step at all leads from every node of the graph to itself
    endless = any(
        kind in {"mark", "name"} and ("*" in text or "?" in text) for kind, text, _ in tokens
    )
    if endless or _any_predicate(list(_without_columns(tokens))):
        return None
    return frozenset(_iris(tokens, prefixes))


#: Words behind which variables stand in a row, and are no statement.
_ROWS: Final = frozenset({"BY", "SELECT"})
_AFTER_ROWS: Final = frozenset({"HAVING", "LIMIT", "OFFSET", "ORDER", "VALUES", "WHERE"})


def _without_columns(tokens: _Tokens) -> Iterator[tuple[str, str, int]]:
    """The tokens without what a SELECT shows, and what it is grouped and sorted by."""
    skips = False
    for token in tokens:
        kind, text, _ = token
        word = text.upper() if kind == "word" else ""
        skips = skips and text not in {"{", "}"} and word not in _AFTER_ROWS
        if not skips:
            yield token
        skips = skips or word in _ROWS
