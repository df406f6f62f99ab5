"""Asking a dataset: the SPARQL index, made from quads and thrown away.

This module decides which engine answers (Oxigraph, in memory) and what every
engine promises, so that a remote endpoint (`mesokg.remote`) can stand in for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Protocol

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.errors import QueryError
from mesokg.terms import STANDARD_PREFIXES

__all__ = [
    "Answer",
    "Engine",
    "Solutions",
    "Table",
    "embed",
    "evaluate",
    "make_store",
    "names_graphs",
    "sparql_tokens",
]


@dataclass(frozen=True, slots=True)
class Table:
    """The solutions of a SELECT: column names, and rows of terms (None: unbound).

    >>> from mesokg.dataset import read
    >>> table = embed(read("<http://e/s> <http://e/p> 1, 2 .")).run(
    ...     "SELECT ?n { ?s ?p ?n } ORDER BY ?n")
    >>> table.columns, [row[0].value for row in table.rows]
    (('n',), ['1', '2'])
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Term | None]]:
        """Each row as a dictionary, column name -> term."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)


_DEFAULT: Final = ox.DefaultGraph()

#: What a query gives: a Table (SELECT), a bool (ASK), triples (CONSTRUCT, DESCRIBE).
Answer = Table | bool | tuple[ox.Triple, ...]
#: The same as Oxigraph gives it, which is evaluated while it is read.
Solutions = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class Engine(Protocol):
    """Whatever answers SPARQL 1.1 queries."""

    def run(self, query: str) -> Answer:
        """The answer. Raises QueryError, and EndpointError where a network is involved."""
        ...


def embed(dataset: Dataset, *, named: bool = True, services: bool = False) -> Engine:
    """An engine over a dataset, in memory; every graph under its name.

    A query may ask other endpoints by SERVICE only with `services`: else none reaches
    the network.

    The default graph of queries is `Dataset.default_graph`. Without `named` there is
    nothing else, which is enough for a query that `names_graphs` denies, at half the cost.
    Oxigraph gives literals back in canonical form: ``01`` is answered as ``1``.
    """
    return _Embedded(make_store(dataset, named=named), services)


def make_store(dataset: Dataset, *, named: bool = True) -> ox.Store:
    """The index that `embed` asks; whoever reads answers piece by piece asks it by `evaluate`."""
    store = ox.Store()
    if named:
        store.bulk_extend(dataset.quads)
    if dataset.merged or not named:
        store.bulk_extend(  # the store merges repeats itself
            ox.Quad(quad.subject, quad.predicate, quad.object)
            for quad in dataset.quads
            if quad.graph_name in dataset.merged or quad.graph_name == _DEFAULT
        )
    return store


def evaluate(
    store: ox.Store,
    query: str,
    *,
    base_iri: str | None = None,
    default_graph: Sequence[ox.NamedNode] | None = None,
    named_graphs: Sequence[ox.NamedNode] | None = None,
    services: bool = False,
) -> Solutions:
    """The answer of a store, not yet read; reading it may still raise what Oxigraph raises.

    The graphs, if given, go before those that the query names. Raises QueryError
    (``query-too-deep``, ``query-syntax``, ``query-failed``; ``query-service`` for SERVICE
    without `services`).
    """
    ordered = _prepared(query)
    if not services and _asks_others(query):
        raise QueryError(
            "the query asks another endpoint (SERVICE), and nothing goes to the network unasked",
            code="query-service",
            hint="allow it with --service, or ask that endpoint with --endpoint",
        )
    graphs: dict[str, Any] = {"default_graph": default_graph, "named_graphs": named_graphs}
    try:
        try:
            return store.query(ordered, base_iri=base_iri, **graphs)
        except SyntaxError:  # says where the mistake is in what was written
            return store.query(query, base_iri=base_iri, **graphs)
    except SyntaxError as error:
        raise _syntax_error(error, query) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise _failed(error) from None


@lru_cache(maxsize=64)
def _prepared(query: str) -> str:
    """The query as it can be run: neither too deep nor sorted without an order of kinds."""
    _guard(query)
    return _with_total_order(query)


@dataclass(frozen=True, slots=True)
class _Embedded:
    store: ox.Store
    services: bool

    def run(self, query: str) -> Answer:
        answer = evaluate(self.store, query, services=self.services)
        try:
            if isinstance(answer, ox.QueryBoolean):
                return bool(answer)
            if isinstance(answer, ox.QueryTriples):
                return tuple(answer)
            columns = tuple(variable.value for variable in answer.variables)
            return Table(columns, tuple(tuple(row) for row in answer))
        except (OSError, RuntimeError, ValueError) as error:
            raise _failed(error) from None


def _failed(error: Exception) -> QueryError:
    return QueryError(f"the query cannot be answered: {error}", code="query-failed")


# --- reading a query without parsing it ------------------------------------------------------

_TOKEN: Final = re.compile(
    r"""
      (?P<comment> \#[^\n\r]* )
    | (?P<iri>     <[^<>"{}|^`\\\x00-\x20]*> )
    | (?P<string>  \"{3}(?:\\.|(?!\"{3}).)*(?:\"{3}|\Z) | '{3}(?:\\.|(?!'{3}).)*(?:'{3}|\Z)
                 | "(?:\\.|[^"\\\n\r])*"? | '(?:\\.|[^'\\\n\r])*'? )
    | (?P<variable> [?$][\w\u00b7]+ )
    | (?P<name>    (?:\w[\w-]*)?:(?:[\w.:%\\~!$&'()*+,;=/?\#@-]*[\w:%\\-])? )
    | (?P<word>    @?\w[\w-]* )
    | (?P<space>   \s+ )
    | (?P<mark>    . )
    """,
    re.VERBOSE | re.DOTALL,
)
#: Oxigraph recurses, into brackets and along chains alike. What overruns a stack of 8 MB, measured:
#: 1,000 nested function calls, 1,200 nested sub-selects; 2,700 steps of MINUS or BIND, 6,900 of +.
_DEEPEST: Final = 200
_LONGEST: Final = 1500
#: Lists in lists are parsed in a time that grows with the third power of their depth, or a higher
#: one: 190 take minutes.
_LISTS: Final = 16
#: Words that are terms, so that a bracket behind one opens no arguments.
_TERMS: Final = frozenset(["a", "false", "true"])
_STEPS: Final = frozenset(["bind", "filter", "graph", "minus", "optional", "service", "union"])


def names_graphs(query: str) -> bool:
    """Whether a query looks beyond the default graph: by GRAPH, FROM or FROM NAMED.

    >>> names_graphs("SELECT * { GRAPH ?g { ?s ?p ?o } }"), names_graphs('ASK { ?s ?p "graph" }')
    (True, False)
    """
    return any(
        kind == "word" and text.upper() in {"FROM", "GRAPH"}
        for kind, text, _ in sparql_tokens(query)
    )


def _asks_others(query: str) -> bool:
    """Whether a query sends a part of itself to another endpoint.; escapes hide nothing."""
    plain = _ESCAPE.sub(lambda match: chr(min(int(match[1] or match[2], 16), 0x10FFFF)), query)
    return any(
        kind == "word" and word.upper() == "SERVICE"
        for text in dict.fromkeys((query, plain))
        for kind, word, _ in sparql_tokens(text)
    )


_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


def sparql_tokens(query: str) -> Iterator[tuple[str, str, int]]:
    """The tokens of a SPARQL text as (kind, text, offset), in order and without gaps.

    Kinds: comment, iri, string, variable, name, word, space, mark. Good enough to
    know what is inside a string, an IRI or a comment, and what is not.

    >>> [text for kind, text, _ in sparql_tokens('ASK { ?s ?p "}" } # }') if kind == "mark"]
    ['{', '}']
    """
    for match in _TOKEN.finditer(query):
        yield match.lastgroup or "mark", match[0], match.start()


def _guard(query: str) -> None:
    """Refuse what would bring the process down before any engine sees it."""
    brackets: list[str] = []
    lists: list[bool] = []  # for each bracket, whether it may be that of a list or of a path
    steps = 0
    opens_data = after_term = after_word = False
    for kind, text, _ in sparql_tokens(query):
        word = text.lower() if kind == "word" else ""
        term = kind in {"iri", "name", "string", "variable", "word"}
        if term and after_term and brackets[-1:] == ["("] and "values" not in brackets:
            steps += 1  # the items of a collection, which no comma parts
        after_term = term or (after_term and kind in {"space", "comment"})
        steps += word in _STEPS or (kind == "mark" and _chains(text, brackets))
        if kind == "mark" and text in "{([":
            computes = brackets[-1:] == ["("] and not lists[-1]
            lists.append(text == "(" and not (after_word or computes))
            brackets.append("values" if opens_data and text == "{" else text)
            opens_data = opens_data and text == "("
        elif kind == "mark" and text in "})]":
            del brackets[-1:], lists[-1:]
        after_word = (word[:1].isalpha() and word not in _TERMS) or (
            after_word and kind in {"space", "comment"}
        )
        opens_data = opens_data or word == "values"
        if len(brackets) > _DEEPEST:
            raise _too_deep(f"the query nests deeper than {_DEEPEST} brackets", "write it flatter")
        if sum(lists) > _LISTS:
            raise _too_deep(f"the query nests more than {_LISTS} lists", "write it flatter")
        if steps > _LONGEST:
            raise _too_deep(
                f"the query has more than {_LONGEST} steps", "give long lists as VALUES"
            )


def _chains(mark: str, brackets: list[str]) -> bool:
    """Whether a mark makes what Oxigraph reads by recursion longer; lists in ( ) do not."""
    if "values" in brackets[-2:]:
        return False
    return mark in ".;+-*/!|&^<{" or (mark == "," and brackets[-1:] != ["("])


# --- a total order ---------------------------------------------------------------------------

_XSD: Final = STANDARD_PREFIXES["xsd"]
#: What is put before a sort key {key}: numbers together, every other datatype by itself, times
#: with and without a zone apart.
_KIND: Final = (
    'IF(isNumeric({key}), "", COALESCE(CONCAT(STR(DATATYPE({key})), IF(DATATYPE({key}) IN ('
    f"<{_XSD}date>, <{_XSD}dateTime>, <{_XSD}time>"
    ') && REGEX(STR({key}), "(Z|[+-][0-9]{{2}}:[0-9]{{2}})$"), "Z", "")), ""))'
)
#: Functions that give values of one kind only, whatever they are given.
_ONE_KIND: Final = frozenset({"COUNT", "LANG", "STR", "STRLEN"})
_AFTER_ORDER: Final = frozenset({"LIMIT", "OFFSET", "VALUES"})


def _with_total_order(query: str) -> str:
    """The query, sorted by the kind of a value before the value.

    SPARQL leaves open how values of different kinds compare. Oxigraph 0.5.13 compares them as
    texts, but 3 and 25 as numbers, so that "25" < 3 < 25: where an integer and a string stand in
    one column, its sort can end the process.
    """
    tokens = [t for t in sparql_tokens(query) if t[0] not in {"comment", "space"}]
    words = [text.upper() if kind == "word" else text for kind, text, _ in tokens]
    added: list[tuple[int, str]] = []
    for place, pair in enumerate(pairwise(words)):
        if pair == ("ORDER", "BY"):
            added += _kinds(query, tokens, words, place + 2)
    for offset, text in sorted(added, reverse=True):
        query = f"{query[:offset]}{text} {query[offset:]}"
    return query


def _kinds(
    query: str, tokens: Sequence[tuple[str, str, int]], words: Sequence[str], place: int
) -> Iterator[tuple[int, str]]:
    """What to put where before each sort key from a place on."""
    while place < len(tokens) and words[place] not in _AFTER_ORDER:
        kind, _, offset = tokens[place]
        end = place + 1 if kind == "variable" or words[place] == "NOT" else _closed(tokens, place)
        if end == place:
            return
        given = words[place] in {"ASC", "DESC"}
        key_words = words[place + 2 : end - 1] if given else words[place:end]
        if words[place] not in {"EXISTS", "NOT"} and not _of_one_kind(key_words):
            start, (_, last, stop) = tokens[place + given][2], tokens[end - 1]
            key = _KIND.format(key=query[start : stop + len(last)])
            yield offset, f"{words[place] if given else 'ASC'}({key})"
        place = end


def _of_one_kind(key: Sequence[str]) -> bool:
    """Whether a sort key gives strings only, or numbers only: STR(?x), COALESCE(STR(?x), "")."""
    if key[:1] == ["COALESCE"] and len(key) == 9 and key[7][:1] in {'"', "'"}:
        return key[2] == "STR" and _of_one_kind(key[2:6]) and key[6] == ","
    return len(key) == 4 and key[0] in _ONE_KIND and key[1] == "(" and key[2][:1] in {"?", "$"}


def _closed(tokens: Sequence[tuple[str, str, int]], place: int) -> int:
    """Where the brackets end that open at a place or at the next; the place itself if none do."""
    depth = 0
    for end in range(place, len(tokens)):
        kind, text, _ = tokens[end]
        if kind in {"mark", "name"}:
            depth += sum(map(text.count, "({")) - sum(map(text.count, ")}"))
        if depth == 0 and (end > place or kind == "mark"):
            return end + 1 if text in ")}" else place
    return place


def _too_deep(message: str, hint: str) -> QueryError:
    return QueryError(message, code="query-too-deep", hint=hint)


def _syntax_error(error: SyntaxError, query: str) -> QueryError:
    """What the parser said, made readable: place, line of the query, likely cause."""
    match = re.match(r"error at (\d+):(\d+): (.*)", str(error.msg), re.DOTALL)
    if not match:
        return QueryError(f"the query does not parse: {error.msg}", code="query-syntax")
    line, column = int(match[1]), int(match[2])
    missing = _undeclared(query)
    if missing:
        return QueryError(
            f"query:{missing[1]}: the prefix {missing[0]}: is not declared",
            code="query-syntax",
            hint=f"add a line PREFIX {missing[0]}: <{STANDARD_PREFIXES.get(missing[0], '...')}>",
        )
    text = query.splitlines()[line - 1].strip() if line <= len(query.splitlines()) else "(end)"
    expected = match[3] if len(match[3]) < 120 else "something else"
    expected = expected.removeprefix("expected ")
    return QueryError(
        f"query:{line}:{column}: {expected} was expected here: {text}", code="query-syntax"
    )


def _undeclared(query: str) -> tuple[str, int] | None:
    """The first prefix that is used and not declared, with its line."""
    declared: set[str] = set()
    previous = ""
    for kind, text, offset in sparql_tokens(query):
        if kind == "name":
            prefix = text.partition(":")[0]
            if previous.upper() in {"PREFIX", "@PREFIX"}:
                declared.add(prefix)
            elif prefix not in declared and prefix != "_":
                return prefix, query.count("\n", 0, offset) + 1
        if kind not in {"space", "comment"}:
            previous = text
    return None
