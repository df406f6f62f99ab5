"""Canned queries: a SPARQL file that says what it answers, and what may be chosen.

This module decides how a query describes itself (YAML behind ``#+`` at its top)
and how values get into it: each parameter stands in the text as a data block,
``VALUES ?name { … }``, and only the content of that block is exchanged, for one
RDF term. Text is never pasted.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox
import yaml

from mesokg.engine import Answer, Engine, Table, sparql_tokens
from mesokg.errors import QueryError
from mesokg.files import read_bytes
from mesokg.project import Project, query_folder
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, Prefixes, nearest

__all__ = [
    "PARAM_TYPES",
    "Param",
    "Query",
    "bind",
    "choices",
    "get_query",
    "load_queries",
    "parse_query",
    "query",
]

#: What a parameter may be; concept and record are things of the data, the others literals.
PARAM_TYPES: Final = ("boolean", "concept", "decimal", "integer", "record", "string", "year")


@dataclass(frozen=True, slots=True)
class Param:
    """One thing that may be chosen. Without a value: the default, or no restriction at all.

    A concept is of a `scheme` (its slug, CURIE or IRI) or of a `class_`, a record of
    a `class_` (the local name of a class of the vocabulary, a CURIE or an IRI).
    """

    name: str
    type: str
    scheme: str = ""
    class_: str = ""
    default: str | None = None
    required: bool = False
    about: str = ""

    @property
    def wanted(self) -> str:
        """What a value must be, in words.

        >>> Param("strength", "concept", scheme="certainty").wanted
        'a concept of the scheme certainty'
        """
        if self.scheme:
            return f"a concept of the scheme {self.scheme}"
        if self.class_:
            return f"a {self.type} of the class {self.class_}"
        return _LITERALS[self.type].wanted


@dataclass(frozen=True, slots=True)
class Query:
    """A query and what it says about itself. `path` is how messages call its file."""

    name: str
    text: str
    path: str = ""
    summary: str = ""
    question: str = ""
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, int | bool] = field(default_factory=dict)


def load_queries(project: Project | None) -> Mapping[str, Query]:
    """The canned queries by name: those that come with the tool, and the project's own.

    Where both have a query of one name, the project's counts. A file is read when
    its query is asked for, so a broken one spoils nothing but itself. Raises
    QueryError (``query-taken``) if two files of the project claim one name; asking
    for a query raises what `parse_query` raises, and InputError (``cannot-read``).
    """
    general = {
        path.stem: (path, f"mesokg:queries/{path.name}")
        for path in sorted(query_folder().glob("*.rq"))
    }
    own: dict[str, tuple[Path, str]] = {}
    for path in project.paths("queries") if project else ():
        place = path.relative_to(project.root).as_posix() if project else path.name
        if path.stem in own:
            raise QueryError(
                f"{place}: the query {path.stem} already stands in {own[path.stem][1]}",
                code="query-taken",
                hint="rename one of the two files",
            )
        own[path.stem] = (path, place)
    return _Files(general | own)


class _Files(Mapping[str, Query]):
    """Query files by name, each read when it is first asked for."""

    def __init__(self, files: Mapping[str, tuple[Path, str]]) -> None:
        self._files = dict(sorted(files.items()))
        self._read: dict[str, Query] = {}

    def __getitem__(self, name: str) -> Query:
        if name not in self._read:
            path, place = self._files[name]
            self._read[name] = parse_query(_text(path, place), name, place)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def get_query(queries: Mapping[str, Query], name: str) -> Query:
    """The query of this name. Raises QueryError (``unknown-query``) with the nearest names."""
    if name in queries:
        return queries[name]
    close = nearest(name, queries)
    raise QueryError(
        f"no query is called {name!r}",
        code="unknown-query",
        hint=f"did you mean {' or '.join(close)}?" if close else "`mesokg query` lists them",
    )


def query(
    engine: Engine,
    query: Query,
    values: Mapping[str, str] = MappingProxyType({}),
    prefixes: Prefixes | None = None,
) -> Answer:
    r"""What an engine answers to a query with these values bound.

    >>> from mesokg.dataset import read
    >>> from mesokg.engine import embed
    >>> half = parse_query("#+ params: {n: {type: integer, default: 8}}\n"
    ...                    "SELECT (?n / 2 AS ?half) { VALUES ?n { 8 } }", "half")
    >>> query(embed(read("")), half, {"n": "6"}).rows[0][0].value
    '3'

    Raises what `bind` and the engine raise; a syntax error names the query's file.
    """
    try:
        return engine.run(bind(query, values, engine, prefixes or Prefixes(STANDARD_PREFIXES)))
    except QueryError as error:
        if not query.path or not error.message.startswith("query:"):
            raise
        message = query.path + error.message.removeprefix("query")
        raise QueryError(message, code=error.code, hint=error.hint) from None


# --- values into the text --------------------------------------------------------------------


def bind(query: Query, values: Mapping[str, str], engine: Engine, prefixes: Prefixes) -> str:
    """The SPARQL text of a query in which parameters have these values.

    A concept or record may be given by IRI, CURIE, slug (the end of its IRI),
    notation, identifier or label; the engine is asked which there are. Whatever a
    value holds, it becomes exactly one RDF term or an error. A parameter without a
    value keeps what stands in the text.

    Raises QueryError (``unknown-parameter``, ``missing-parameter``,
    ``parameter-type``, ``parameter-value``, ``parameter-ambiguous``).
    """
    known = {param.name: param for param in query.params}
    for name in values:
        if name not in known:
            raise _unknown_parameter(query, name)
    for param in query.params:
        if param.required and param.name not in values:
            raise QueryError(
                f"{query.name} needs a value for {param.name}: {param.wanted}",
                code="missing-parameter",
                hint=f"give one with -p {param.name}=…",
            )
    terms = {name: _term(known[name], value, engine, prefixes) for name, value in values.items()}
    return _filled(query.text, terms)


def choices(
    param: Param, engine: Engine, prefixes: Prefixes
) -> tuple[tuple[str, ox.NamedNode], ...]:
    """What a parameter of the type concept or record may stand for, each with a word for it.

    The word is the shortest that `bind` understands: the slug where it is unique, else the
    CURIE or IRI. Ordered by word; empty for the other types.
    """
    if param.type in _LITERALS:
        return ()
    return _Things(param, engine, prefixes).choices()


def _unknown_parameter(query: Query, name: str) -> QueryError:
    names = [param.name for param in query.params]
    close = nearest(name, names, 1)
    hint = f"it has: {', '.join(names)}" if names else "it has none"
    return QueryError(
        f"{query.name} has no parameter {name!r}",
        code="unknown-parameter",
        hint=f"did you mean {close[0]}?" if close else hint,
    )


def _filled(text: str, terms: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
    """The text with the blocks of these parameters exchanged; line numbers stay."""
    parts = []
    done = 0
    for block in _blocks(text):
        if block.name in terms:
            lines = text.count("\n", block.start, block.end)
            parts += [text[done : block.start], " ", _sparql(terms[block.name]), " ", "\n" * lines]
            done = block.end
    return "".join([*parts, text[done:]])


@dataclass(frozen=True, slots=True)
class _Block:
    """The inside of ``VALUES ?name { … }``: where it starts and ends, and its tokens."""

    name: str
    start: int
    end: int
    tokens: tuple[str, ...]


def _blocks(text: str) -> Iterator[_Block]:
    """The one-variable data blocks of a SPARQL text, in order."""
    tokens = [token for token in sparql_tokens(text) if token[0] not in {"space", "comment"}]
    for place, (kind, word, _) in enumerate(tokens):
        if kind != "word" or word.upper() != "VALUES" or len(tokens) < place + 4:
            continue
        variable, bracket = tokens[place + 1], tokens[place + 2]
        if variable[0] != "variable" or bracket[1] != "{":
            continue
        inside: list[str] = []
        for kind, word, offset in tokens[place + 3 :]:
            if kind == "mark" and word == "}":
                yield _Block(variable[1][1:], bracket[2] + 1, offset, tuple(inside))
                break
            inside.append(word)


#: An escape of N-Triples, and a backslash before a u: see `_sparql`.
_ESCAPE: Final = re.compile(r"\\(?:\\([uU]?)|u([0-9A-F]{4})|.)")


def _sparql(term: ox.NamedNode | ox.Literal) -> str:
    r"""A term so that every reader of SPARQL takes it for the same term.

    Some readers exchange ``\uXXXX`` before they look for strings, do not see that
    the backslash in ``\\u0022`` is itself escaped, and take up to eight digits. So a
    u after a backslash is escaped itself, and escapes always have eight digits.

    >>> print(_sparql(ox.Literal('" \\u0022')))
    "\" \\\U000000750022"
    """
    if isinstance(term, ox.NamedNode):
        return str(term)

    def safe(match: re.Match[str]) -> str:
        if match[2]:
            return f"\\U0000{match[2]}"
        return f"\\\\\\U{ord(match[1]):08X}" if match[1] else match[0]

    return _ESCAPE.sub(safe, str(term))


# --- what a value means ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Literal:
    pattern: re.Pattern[str]
    datatype: str
    wanted: str


_XSD: Final = STANDARD_PREFIXES["xsd"]
_LITERALS: Final[Mapping[str, _Literal]] = MappingProxyType(
    {
        "boolean": _Literal(re.compile(r"true|false"), "boolean", "true or false"),
        "decimal": _Literal(
            re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?"), "decimal", "a number such as 0.5"
        ),
        "integer": _Literal(
            re.compile(r"[+-]?[0-9]{1,18}"), "integer", "a whole number of at most 18 digits"
        ),
        "string": _Literal(re.compile(r".*", re.DOTALL), "string", "a text"),
        "year": _Literal(re.compile(r"-?[0-9]{4}"), "gYear", "a year of four digits"),
    }
)


def _term(
    param: Param, value: str, engine: Engine, prefixes: Prefixes
) -> ox.NamedNode | ox.Literal:
    if param.type in {"concept", "record"}:
        return _Things(param, engine, prefixes).find(value)
    kind = _LITERALS[param.type]
    if kind.pattern.fullmatch(value):
        try:
            return ox.Literal(value, datatype=ox.NamedNode(_XSD + kind.datatype))
        except ValueError:
            pass  # half a surrogate pair, which is no text
    raise QueryError(
        f"{param.name} must be {kind.wanted}, not {_shown(value)}", code="parameter-type"
    )


_NAMES: Final = """
  OPTIONAL {
    VALUES ?property {
      skos:prefLabel skos:altLabel skos:hiddenLabel skos:notation
      rdfs:label dcterms:title dcterms:identifier
    }
    ?thing ?property ?name
  }"""
#: As many values are named in an error message.
_MOST: Final = 8


class _Things:
    """The concepts or records that a parameter may stand for."""

    def __init__(self, param: Param, engine: Engine, prefixes: Prefixes) -> None:
        self.param = param
        self.engine = engine
        self.prefixes = prefixes

    def find(self, value: str) -> ox.NamedNode:
        """The one thing that a word means. Raises QueryError."""
        for iri in self._iris(value):
            if self.engine.run(f"ASK {{ VALUES ?thing {{ {iri} }} {self._pattern()} }}"):
                return iri
        names = self._names()
        if not names:
            return self._unchecked(value)
        for reading in (self._by_slug, self._by_name):
            found = sorted(reading(value, names), key=str)
            if len(found) > 1:
                raise QueryError(
                    f"{self.param.name}: {_shown(value)} may mean {len(found)} things",
                    code="parameter-ambiguous",
                    hint=f"say which: {', '.join(self._shorten(iri) for iri in found[:_MOST])}",
                )
            if found:
                return found[0]
        raise QueryError(
            f"{self.param.name} must be {self.param.wanted}, not {_shown(value)}",
            code="parameter-value",
            hint=f"there is: {self._nearest(value, names)}",
        )

    def choices(self) -> tuple[tuple[str, ox.NamedNode], ...]:
        """Every thing that fits, with the shortest word for it."""
        names = self._names()
        slugs = Counter(map(_slug, names))
        found = []
        for thing in names:
            slug = _slug(thing)
            found.append((slug if slug and slugs[slug] == 1 else self._shorten(thing), thing))
        return tuple(sorted(found, key=lambda entry: entry[0]))

    def _iris(self, value: str) -> Iterator[ox.NamedNode]:
        """The IRIs that a value may be, written in full, in angle brackets or as a CURIE."""
        bare = value[1:-1] if value.startswith("<") and value.endswith(">") else value
        for text in (self.prefixes.expand(value), bare):
            try:
                yield ox.NamedNode(text or "")
            except ValueError:
                continue

    def _unchecked(self, value: str) -> ox.NamedNode:
        """An IRI that cannot be checked, because the data hold none of what is wanted."""
        for iri in self._iris(value):
            return iri
        raise QueryError(
            f"{self.param.name} must be {self.param.wanted}, and the data hold none",
            code="parameter-value",
            hint="give a whole IRI, or ask data that include the vocabulary",
        )

    def _pattern(self) -> str:
        if self.param.scheme:
            scheme = self._named(self.param.scheme, f"{VOCABULARY_BASE}scheme/")
            return f"?thing <{_NS_SKOS}inScheme> {scheme} ."
        of = self._named(self.param.class_, NS)
        return f"?thing a ?class . ?class <{_NS_RDFS}subClassOf>* {of} ."

    def _named(self, word: str, namespace: str) -> ox.NamedNode:
        """The scheme or class that a header names."""
        for iri in self._iris(word):
            return iri
        return ox.NamedNode(namespace + word)

    def _names(self) -> dict[ox.NamedNode, set[str]]:
        """Every thing that fits, with its labels, notations and identifiers."""
        prologue = "".join(
            f"PREFIX {name}: <{STANDARD_PREFIXES[name]}> " for name in ("dcterms", "rdfs", "skos")
        )
        answer = self.engine.run(
            f"{prologue}SELECT DISTINCT ?thing ?name {{ {self._pattern()} {_NAMES} }}"
        )
        found: dict[ox.NamedNode, set[str]] = {}
        for thing, name in answer.rows if isinstance(answer, Table) else ():
            if isinstance(thing, ox.NamedNode):
                names = found.setdefault(thing, set())
                names |= {name.value} if isinstance(name, ox.Literal) else set()
        return found

    @staticmethod
    def _by_slug(value: str, names: Iterable[ox.NamedNode]) -> list[ox.NamedNode]:
        return [thing for thing in names if _slug(thing) == value]

    @staticmethod
    def _by_name(value: str, names: Mapping[ox.NamedNode, Iterable[str]]) -> list[ox.NamedNode]:
        return [thing for thing, known in names.items() if _folded(value) in map(_folded, known)]

    def _nearest(self, value: str, names: Mapping[ox.NamedNode, Iterable[str]]) -> str:
        """The slugs of things, those first whose slug or name is most like the value."""
        slug_of = {name: _slug(thing) for thing, known in names.items() for name in known}
        slug_of |= {_slug(thing): _slug(thing) for thing in names}
        close = [slug_of[name] for name in nearest(value, slug_of, _MOST)]
        ordered = list(dict.fromkeys([*close, *sorted(map(_slug, names))]))
        rest = len(ordered) - _MOST
        return ", ".join(ordered[:_MOST]) + (f" and {rest} more" if rest > 0 else "")

    def _shorten(self, iri: ox.NamedNode) -> str:
        return self.prefixes.shorten(iri.value)


_NS_SKOS: Final = STANDARD_PREFIXES["skos"]
_NS_RDFS: Final = STANDARD_PREFIXES["rdfs"]


def _slug(thing: ox.NamedNode) -> str:
    """The end of an IRI, after its last slash, hash or colon."""
    return re.split(r"[/#:]", thing.value)[-1]


def _folded(text: str) -> str:
    """A label as people compare labels: spaces, case and composition do not count."""
    return unicodedata.normalize("NFC", " ".join(text.split()).casefold())


def _shown(value: str) -> str:
    """A value as a message may show it: quoted, without control characters, not too long."""
    return repr(value if len(value) <= 60 else f"{value[:60]}…")


# --- the header ------------------------------------------------------------------------------

_KEYS: Final = ("columns", "expect", "params", "question", "summary", "tags")
_PARAM_KEYS: Final = ("about", "class", "default", "required", "scheme", "type")
#: Both read all scalars as text; the one in C is ten times as fast and not everywhere.
_LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
#: libyaml recurses: 100,000 nested brackets overrun the stack (measured).
_LONGEST: Final = 20_000


def parse_query(text: str, name: str, path: str = "") -> Query:
    r"""The query that a SPARQL text with or without a ``#+`` header is.

    >>> parsed = parse_query("#+ summary: All triples\nSELECT * { ?s ?p ?o }", "all")
    >>> parsed.summary, parsed.params
    ('All triples', ())

    The SPARQL itself is not looked at, except for the data blocks of its
    parameters. Raises QueryError (``query-header``) that names file and line.
    """
    return _Header(text, name, path).query()


class _Header:
    """Reads the header of one query and knows on which line each key stands."""

    def __init__(self, text: str, name: str, path: str) -> None:
        self.text = text
        self.name = name
        self.path = path
        self.place = path or name

    def query(self) -> Query:
        entries = self._entries(self._compose(), _KEYS, "the header")
        params = {} if "params" not in entries else self._entries(entries["params"], None, "params")
        return Query(
            name=self.name,
            text=self.text,
            path=self.path,
            summary=self._scalar(entries.get("summary"), "summary"),
            question=self._scalar(entries.get("question"), "question"),
            tags=tuple(self._list(entries.get("tags"), "tags")),
            params=tuple(self._param(name, node) for name, node in params.items()),
            columns={
                key: self._scalar(node, key)
                for key, node in self._entries(entries.get("columns"), None, "columns").items()
            },
            expect=self._expect(entries.get("expect")),
        )

    def _compose(self) -> yaml.Node | None:
        """The YAML behind ``#+`` before the first line that is no comment."""
        lines = []
        for line in self.text.split("\n"):
            bare = line.strip()
            if bare and not bare.startswith("#"):
                break
            lines.append(bare[2:] if bare.startswith("#+") else "")
        header = "\n".join(lines)
        if len(header) > _LONGEST:
            raise self._error(None, f"the header is longer than {_LONGEST} characters")
        try:
            return yaml.compose(header, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            number = error.problem_mark.line + 1 if error.problem_mark else 1
            number = min(number, len(header.rstrip().split("\n")))
            raise self._error(number, f"the header is no YAML: {error.problem}") from None
        except (yaml.YAMLError, RecursionError, ValueError):
            raise self._error(None, "the header is no YAML") from None

    def _param(self, name: str, node: yaml.Node) -> Param:
        entries = self._entries(node, _PARAM_KEYS, f"the parameter {name}")
        words = {key: self._scalar(value, f"{name}.{key}") for key, value in entries.items()}
        param = Param(
            name=name,
            type=words.get("type", ""),
            scheme=words.get("scheme", ""),
            class_=words.get("class", ""),
            default=words.get("default"),
            required=words.get("required") == "true",
            about=words.get("about", ""),
        )
        problem = self._type_problem(param, words) or self._block_problem(param)
        if problem:
            raise self._error(node.start_mark.line + 1, f"the parameter {name} {problem}")
        return param

    def _type_problem(self, param: Param, words: Mapping[str, str]) -> str:
        if param.type not in PARAM_TYPES:
            return f"needs a type: one of {', '.join(PARAM_TYPES)}"
        if words.get("required", "false") not in {"true", "false"}:
            return "is required: true or false"
        if param.required and param.default is not None:
            return "is required, so it can have no default"
        of = bool(param.scheme) + bool(param.class_)
        if not _is_name(param.scheme or param.class_):
            return "has a scheme or class that can be no part of an IRI"
        if param.type == "concept" and of != 1:
            return "needs either the scheme or the class of the concept"
        if param.type == "record" and (of != 1 or param.scheme):
            return "needs the class of the record"
        if param.type in _LITERALS:
            if of:
                return f"is of type {param.type}, which has no scheme or class"
            if param.default is not None:
                kind = _LITERALS[param.type]
                return "" if kind.pattern.fullmatch(param.default) else f"must be {kind.wanted}"
        return ""

    def _block_problem(self, param: Param) -> str:
        """Text and header must agree on whether there is a default."""
        blocks = [block for block in _blocks(self.text) if block.name == param.name]
        if not blocks:
            return f"has no place: write VALUES ?{param.name} {{ UNDEF }} in the query"
        for block in blocks:
            undefined = [word.upper() for word in block.tokens] == ["UNDEF"]
            if undefined and param.default is not None:
                return "has a default, but UNDEF stands in the query"
            if not undefined and param.default is None and not param.required:
                return "has no default, so write UNDEF in the query"
        return ""

    def _expect(self, node: yaml.Node | None) -> dict[str, int | bool]:
        found: dict[str, int | bool] = {}
        for key, value in self._entries(node, ("boolean", "rows"), "expect").items():
            word = self._scalar(value, key)
            if key == "boolean" and word in {"true", "false"}:
                found[key] = word == "true"
            elif key == "rows" and re.fullmatch(r"[0-9]{1,9}", word):
                found[key] = int(word)
            else:
                wanted = "a number" if key == "rows" else "true or false"
                raise self._error(value.start_mark.line + 1, f"expect.{key} must be {wanted}")
        return found

    def _entries(
        self, node: yaml.Node | None, known: Iterable[str] | None, what: str
    ) -> dict[str, yaml.Node]:
        """The keys and values of a mapping, each key once and known; none if it is missing."""
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node.start_mark.line + 1, f"{what} must be keys with values")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            word = self._scalar(key, what)
            line = key.start_mark.line + 1
            if word in found:
                raise self._error(line, f"{what} has {word!r} twice")
            if known is not None and word not in known:
                close = nearest(word, known, 1)
                hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
                raise self._error(line, f"{what} has no key {word!r}", hint)
            found[word] = value
        return found

    def _list(self, node: yaml.Node | None, what: str) -> list[str]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node.start_mark.line + 1, f"{what} must be a list: [one, two]")
        return [self._scalar(item, what) for item in node.value]

    def _scalar(self, node: yaml.Node | None, what: str) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node.start_mark.line + 1, f"{what} must be one text")
        return str(node.value)

    def _error(self, line: int | None, problem: str, hint: str = "") -> QueryError:
        return QueryError(f"{self.place}:{line or 1}: {problem}", code="query-header", hint=hint)


def _is_name(word: str) -> bool:
    for text in (word, NS + word):
        try:
            ox.NamedNode(text)
        except ValueError:
            continue
        return True
    return False


def _text(path: Path, place: str) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise QueryError(
            f"{place}:{line}: the file is not UTF-8", code="query-header", hint="save it as UTF-8"
        ) from None
