"""Rules about SPARQL files: they parse, name what exists, and give what they promise.

This module decides what is looked at in a query before it is of use to anybody: the
canned queries and the checks, those of the project and those that come with the tool.
A query is read as tokens; only the engine that answers it says whether it parses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.engine import Answer, Engine, Table, sparql_tokens
from mesokg.errors import MesokgError
from mesokg.files import read_bytes
from mesokg.lint import Facts, closed_terms, unknown_term
from mesokg.project import Project, query_folder, resource
from mesokg.queries import Query, parse_query
from mesokg.report import Finding, Location, Rule, Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes

__all__ = ["QUERY_RULES", "check_queries", "check_query"]

_PARSE: Final = Rule(
    "query-does-not-parse",
    "Every query can be run",
    "A query with a mistake in its SPARQL or its header answers nothing. It is found when it is "
    "written and not when somebody asks it.",
    "correct the query at the line given",
    Severity.VIOLATION,
    "code",
)
_SLOW: Final = Rule(
    "query-slow-exists",
    "EXISTS asks for one thing",
    "Oxigraph looks at all pairs when FILTER EXISTS or NOT EXISTS holds two patterns or a path "
    "a/b: with ten times the data a hundred times the work. One pattern, one EXISTS inside "
    "another, and MINUS are as fast as a join.",
    "nest a second EXISTS in the first, or use MINUS",
    Severity.WARNING,
    "code",
)
_TERM: Final = Rule(
    "query-term-unknown",
    "Queries name terms that exist",
    "A query that asks for a term that its vocabulary does not define gets no answer, and looks "
    "as if the data held nothing.",
    "correct the name of the term",
    Severity.VIOLATION,
    "code",
)
_UNMET: Final = Rule(
    "query-unmet-expect",
    "A query gives what it promises",
    "The header of a query says how many rows it gives, or which answer. Fewer rows mean that "
    "data went missing, or that a change of the data passed the query by.",
    "look at what became of the rows; if all is right, change `expect`",
    Severity.WARNING,
    "code",
)

#: Rule id -> rule.
QUERY_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {rule.id: rule for rule in (_PARSE, _SLOW, _TERM, _UNMET)}
)


@dataclass(frozen=True, slots=True)
class _File:
    """A SPARQL file: how reports call it, its text, and whether it is of this project."""

    name: str
    stem: str
    text: str
    canned: bool
    own: bool


def check_queries(project: Project | None, dataset: Dataset, engine: Engine) -> list[Finding]:
    """What is wrong with the queries and checks of a project and those that come with the tool.

    `engine` answers over the dataset. What a query that comes with the tool expects is
    asked only in the project that it lies in. Raises InputError (``cannot-read``).
    """
    known = closed_terms(Facts(dataset))
    found: list[Finding] = []
    for file in _files(project):
        found += _check(file, known, engine)
    return found


def check_query(
    text: str, name: str, dataset: Dataset, engine: Engine, *, canned: bool = True
) -> list[Finding]:
    """What is wrong with one SPARQL text, which findings call `name`.

    >>> from mesokg.dataset import read
    >>> from mesokg.engine import embed
    >>> data = read("")
    >>> found = check_query("ASK { ?s a <http://www.w3.org/2002/07/owl#Clas> }", "x.rq", data,
    ...                     embed(data))
    >>> [(finding.rule, str(finding.location)) for finding in found]
    [('query-term-unknown', 'x.rq:1:12')]
    """
    file = _File(name, Path(name).stem, text, canned, own=True)
    return list(_check(file, closed_terms(Facts(dataset)), engine))


def _files(project: Project | None) -> Iterator[_File]:
    """The SPARQL files, each once; those of the project first."""
    seen: set[Path] = set()
    own = [(path, role == "queries") for role in ("queries", "checks")
           for path in (project.paths(role) if project else ())]  # fmt: skip
    for path, canned in own:
        name = path.relative_to(project.root).as_posix() if project else path.name
        seen.add(path)
        yield _read(path, name, canned=canned, own=True)
    for folder, place in ((query_folder(), "queries"), (resource("checks"), "checks")):
        for path in sorted(folder.glob("*.rq")):
            if path not in seen:
                yield _read(
                    path, f"mesokg:{place}/{path.name}", canned=place == "queries", own=False
                )


def _read(path: Path, name: str, *, canned: bool, own: bool) -> _File:
    text = read_bytes(path).decode("utf-8-sig", "replace")
    return _File(name, path.stem, text, canned, own)


def _check(file: _File, known: Mapping[str, frozenset[str]], engine: Engine) -> Iterator[Finding]:
    yield from _unknown_terms(file, known)
    yield from _slow_exists(file)
    try:
        query = parse_query(file.text, file.stem, file.name) if file.canned else None
        if query is None or not (file.own and query.expect):
            _parse(file, engine)
            return
        answer = engine.run(file.text)
    except MesokgError as error:
        yield _unreadable(file, error)
        return
    yield from _unmet(file, query, answer)


#: The word that says what a query is for, on which the parser's work is done.
_FORMS: Final = frozenset({"ASK", "CONSTRUCT", "DESCRIBE", "SELECT"})
_EMPTY: Final = ox.Store()


def _parse(file: _File, engine: Engine) -> None:
    """Let a query be parsed without anything being asked of the data."""
    try:
        _EMPTY.query(file.text)
    except SyntaxError:
        engine.run(file.text)  # says it readably
    except (OSError, RuntimeError, ValueError):
        return  # parsed, and not answered: a function or a service that is not there


def _unreadable(file: _File, error: MesokgError) -> Finding:
    """What an error says, at its place in the file."""
    place = re.match(r"(?P<file>.*?):(?P<line>[0-9]+)(?::(?P<column>[0-9]+))?: ", error.message)
    where = Location(file.name)
    message = error.message
    if place and place["file"] in {"query", file.name, file.stem}:
        where = Location(file.name, int(place["line"]), int(place["column"] or 0))
        message = message[place.end() :]
    return Finding(
        _PARSE.id, _PARSE.severity, message, location=where, fix=error.hint or _PARSE.fix
    )


def _unmet(file: _File, query: Query, answer: Answer) -> Iterator[Finding]:
    """A finding when an answer is less than its query promises."""
    problem = ""
    if isinstance(answer, bool):
        wanted = query.expect.get("boolean", answer)
        if wanted is not answer:
            problem = f"the query promises {str(wanted).lower()} and gives {str(answer).lower()}"
    else:
        rows = len(answer)
        wanted = query.expect.get("rows", 0)
        if rows < wanted:
            what = "rows" if isinstance(answer, Table) else "triples"
            problem = f"the query promises {wanted} {what} and gives {rows}"
    if problem:
        before = file.text.partition("expect:")[0]
        line = before.count("\n") + 1 if before != file.text else 1
        yield Finding(
            _UNMET.id, _UNMET.severity, problem, location=Location(file.name, line), fix=_UNMET.fix
        )


# --- terms -----------------------------------------------------------------------------------

#: A token of a query: kind, text, offset.
_Token = tuple[str, str, int]


#: A name with a prefix, and what stands between two names of a path.
_NAME: Final = re.compile(
    r"(?P<name>(?:\w[\w.-]*)?:(?:[\w:%-]|\\.|\.(?=[\w.:%\\-]))*)|(?P<mark>.)", re.DOTALL
)


def _spoken(text: str) -> list[_Token]:
    """The tokens of a query that are neither blanks nor comments; a path in its steps."""
    found: list[_Token] = []
    for kind, word, offset in sparql_tokens(text):
        if kind == "name":
            found += [
                (match.lastgroup or "mark", match[0], offset + match.start())
                for match in _NAME.finditer(word)
            ]
        elif kind not in {"space", "comment"}:
            found.append((kind, word, offset))
    return found


def _unknown_terms(file: _File, known: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    prefixes: dict[str, str] = {}
    tokens = _spoken(file.text)
    for place, (kind, text, offset) in enumerate(tokens):
        declares = place > 0 and tokens[place - 1][1].upper() == "PREFIX"
        if kind == "name" and declares:
            if place + 1 < len(tokens) and tokens[place + 1][0] == "iri":
                prefixes[text.removesuffix(":")] = tokens[place + 1][1][1:-1]
            continue
        if kind == "iri":
            follows = place > 1 and tokens[place - 2][1].upper() == "PREFIX"
            iri = "" if follows else text[1:-1]
        elif kind == "name":
            prefix, _, local = text.partition(":")
            iri = prefixes.get(prefix, "") and prefixes[prefix] + local.replace("\\", "")
        else:
            continue
        problem = unknown_term(iri, known, Prefixes(STANDARD_PREFIXES) | prefixes) if iri else ""
        if problem:
            where = Location.within(file.name, file.text, offset, offset + len(text))
            yield Finding(
                _TERM.id, _TERM.severity, problem, value=f"<{iri}>", location=where, fix=_TERM.fix
            )


# --- EXISTS ----------------------------------------------------------------------------------


def _slow_exists(file: _File) -> Iterator[Finding]:
    tokens = _spoken(file.text)
    for place, (kind, text, offset) in enumerate(tokens):
        if kind != "word" or text.upper() != "EXISTS":
            continue
        if place + 1 == len(tokens) or tokens[place + 1][1] != "{":
            continue
        problem = _joined(_without_graph(list(_inside(tokens[place + 2 :]))))
        if problem:
            where = Location.within(file.name, file.text, offset, offset + len(text))
            yield Finding(
                _SLOW.id, _SLOW.severity, f"EXISTS holds {problem}", location=where, fix=_SLOW.fix
            )


def _inside(tokens: Iterable[_Token]) -> Iterator[_Token]:
    """The tokens up to the bracket that closes a group."""
    depth = 0
    for token in tokens:
        depth += (token[1] == "{") - (token[1] == "}")
        if depth < 0:
            return
        yield token


def _without_graph(block: list[_Token]) -> Iterator[_Token]:
    """A group in which GRAPH makes no group of its own: each end of one ends a pattern."""
    braces: list[bool] = []
    for place, token in enumerate(block):
        if token[1] == "{":
            braces.append(place > 1 and block[place - 2][1].upper() == "GRAPH")
        opens = token[1] == "{" and braces[-1]
        closes = token[1] == "}" and bool(braces) and braces.pop()
        yield ("mark", ".", token[2]) if opens or closes else token


def _joined(block: Iterable[_Token]) -> str:
    """What makes a group slow as the content of EXISTS, or nothing."""
    patterns, path = 0, False
    for tokens in _statements(block):
        terms = [kind for kind, text, _ in tokens if kind in _TERM_KINDS or text == "a"]
        if len(terms) < 3:
            continue
        marks = [text for kind, text, _ in tokens if kind == "mark"]
        patterns += 1 + marks.count(";") + marks.count(",")
        path = path or "/" in marks
    if patterns > 1:
        return f"{patterns} patterns that are joined"
    return "a path of several steps" if path and patterns else ""


_TERM_KINDS: Final = frozenset({"iri", "name", "string", "variable"})


def _statements(block: Iterable[_Token]) -> Iterator[list[_Token]]:
    """The triple patterns of a group, apart from what stands in FILTERs and groups within."""
    current: list[_Token] = []
    depth = 0
    for token in block:
        kind, text, _ = token
        depth += (text in {"{", "("}) - (text in {"}", ")"}) if kind == "mark" else 0
        ends = kind == "mark" and text in {".", "{", "}"}
        ends = ends or (kind == "word" and text.upper() in {"FILTER", "GRAPH", "VALUES", "BIND"})
        if depth == 0 and ends:
            yield current
            current = []
        elif (depth == 0 and kind != "word") or (depth == 0 and text in {"a", "true", "false"}):
            current.append(token)
    yield current
