"""Canned queries as questions: the answer first, the SPARQL beneath.

This module decides how an answer is shown: which columns belong together, where a cell
leads to, how much of a long answer stands on the page, and what is said of one that is
empty or failed. The result files beside a page hold the whole answer, byte for byte as
``mesokg query`` writes it.
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from mesokg.canon import canonical
from mesokg.engine import Answer, Table, sparql_tokens
from mesokg.errors import MesokgError
from mesokg.files import File
from mesokg.queries import Param, Query, load_queries, query
from mesokg.results import results
from mesokg.site.model import DCTERMS, RDFS, SKOS, Site
from mesokg.site.page import Page
from mesokg.site.templating import number
from mesokg.terms import NS, SCHEME_PATHS, VOCABULARY_BASE

__all__ = [
    "INDEX",
    "AnswerView",
    "Cell",
    "Choice",
    "Column",
    "answer_view",
    "pages",
    "topic",
    "worded",
]

#: The page that lists the questions.
INDEX: Final = "queries.html"
#: As many rows stand on a page; the files beside it hold them all.
_MOST: Final = 100
#: From this many columns on, what is the same in every row is said once, above the table.
_MANY: Final = 7
#: From this many columns on, a table is as wide as it needs to be, and scrolls.
_VAST: Final = 11
#: As many values of a parameter are named one by one.
_CHOICES: Final = 12
#: What joins the parts of one cell in the answers of the queries that come with the tool.
_JOINT: Final = "; "
#: A text longer than this is cut in a cell, and whole in the files.
_LONGEST: Final = 400

#: Groups of questions: heading, sentence, tags. A question stands in the first that fits.
_GROUPS: Final[Sequence[tuple[str, str, frozenset[str]]]] = (
    (
        "What is claimed",
        "Benefits, harms, mechanisms, and what is said about each thing.",
        frozenset({"argument", "benefit", "harm", "map", "mechanism", "reading", "route"}),
    ),
    (
        "What is not known, and where claims disagree",
        "Gaps by the text's own word, tensions, and claims without a source.",
        frozenset({"contradiction", "gap"}),
    ),
    (
        "How sure it is",
        "Wording, certainty, and what the claims rest on.",
        frozenset({"certainty", "design", "hedge", "indirectness", "retraction"}),
    ),
    (
        "Whether the sources bear it out",
        "Citations followed to the publications, and what was found there.",
        frozenset({"citation", "issue", "results", "sources"}),
    ),
    (
        "The claims as a whole",
        "Every claim, by kind, by thing, by evidence.",
        frozenset({"claims", "direction", "entities", "evidence", "kind"}),
    ),
    (
        "Whose word it is, and how the data are kept",
        "For those who check, map and reuse the data.",
        frozenset({"curation", "dataset", "export", "mapping", "provenance", "quotation",
                   "rights", "voice"}),
    ),
)  # fmt: skip
#: The scheme whose concepts are shown with dots, and the columns that hold their names.
_CERTAINTY: Final = f"{VOCABULARY_BASE}scheme/certainty"
_RATED: Final = frozenset({"certainty", "certaintyLabel"})
#: Tags that say what a question is for, whatever else it is about.
_CURATION: Final = frozenset({"curation", "export"})
_OTHER: Final = ("More questions", "Asked by this project.")


# --- an answer to be shown -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its parts, each a text and the IRI that it leads to (or "").

    `rank` is that of a rating of certainty, 1 to 4; 0 for anything else.
    """

    parts: tuple[tuple[str, str], ...] = ()
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it holds in words, its names in the files, whether it holds numbers."""

    heading: str
    names: tuple[str, ...]
    number: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter in words: what may be chosen, and how many things that is.

    `values` are label and the fragment that asks for it on the page with the editor.
    """

    name: str
    about: str
    wanted: str
    default: str
    required: bool
    values: tuple[tuple[str, str], ...] = ()
    number: int = 0
    of: str = ""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A question with its answer, ready to be shown.

    `said` is the answer in a few words. `verdict` is yes, no, some, none, choose or failed.
    `same` are columns that hold one thing in every row; they are not among the others.
    `files` are the result files: path, format, media type; `editor` is what follows the
    hash of the page with the editor.
    """

    name: str
    question: str
    summary: str
    said: str
    verdict: str
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    same: tuple[tuple[Column, Cell], ...] = ()
    number: int = 0
    problem: str = ""
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    tokens: tuple[tuple[str, str], ...] = ()
    path: str = ""
    editor: str = ""
    command: str = ""
    needs: str = ""
    files: tuple[tuple[str, str, str], ...] = ()

    @property
    def size(self) -> str:
        """How much room the table needs: plain, broad or vast."""
        many = len(self.columns)
        return "vast" if many >= _VAST else "broad" if many >= _MANY else "plain"

    @property
    def every_column(self) -> tuple[Column, ...]:
        """The columns of the files that have a name."""
        return (*self.columns, *(column for column, _ in self.same))

    @property
    def left_out(self) -> int:
        """How many rows stand in the files only."""
        return self.number - len(self.rows)


@dataclass(frozen=True)
class _Asked:
    """A query as it was asked: the answer, or why there is none."""

    name: str
    query: Query | None
    answer: Answer | None
    error: MesokgError | None
    files: Mapping[str, bytes] = field(default_factory=dict)


def _ask(site: Site, name: str, queries: Mapping[str, Query]) -> _Asked:
    one: Query | None = None
    try:
        one = queries[name]
        answer = query(site.engine, one, {}, site.prefixes)
        formats = ("csv", "json") if isinstance(answer, Table | bool) else ("turtle", "ntriples")
        written = {form: results(answer, form, site.prefixes) for form in formats}
    except MesokgError as error:
        return _Asked(name, one, None, error)
    return _Asked(name, one, answer, None, written)


def answer_view(site: Site, name: str) -> AnswerView:
    """The question of this name with its answer; a query that fails says why."""
    return _Viewer(site).view(_ask(site, name, load_queries(site.project)))


# --- the pages --------------------------------------------------------------------------------


def pages(site: Site) -> Iterator[Page | File]:
    """A page for each question with its files beside it, and the list of questions last.

    Each query is asked once, and its answer is forgotten before the next one is asked.
    """
    viewer = _Viewer(site)
    views = []
    queries = load_queries(site.project)
    for name in queries:
        asked = _ask(site, name, queries)
        view = viewer.view(asked)
        yield _page(view)
        yield from _files(_stem(site, name), asked)
        views.append(replace(view, rows=(), tokens=(), text="", editor=""))
    yield Page(
        INDEX,
        "questions.html",
        "Questions you can ask",
        {"groups": _grouped(views), "number": len(views)},
        section=INDEX,
        kind="Questions",
        description=f"{len(views)} questions with their answers, each with its SPARQL query.",
        trail=(("index.html", "Home"),),
    )


def worded(site: Site) -> list[tuple[str, str]]:
    """The questions that can be asked as they are, as IRI and words, in the order to read them.

    A query that cannot be read is left out; its own page says what is wrong with it.
    """
    queries = load_queries(site.project)
    order = [*(heading for heading, _, _ in _GROUPS), _OTHER[0]]
    found = []
    for name in queries:
        try:
            one = queries[name]
        except MesokgError:
            continue
        if one.question and not any(param.required for param in one.params):
            iri = f"{site.base}query/{name}"
            found.append((order.index(topic(one.tags)), name, iri, one.question))
    return [(iri, question) for _, _, iri, question in sorted(found)]


def _page(view: AnswerView) -> Page:
    return Page(
        view.path,
        "question.html",
        view.question,
        {"view": view},
        section=INDEX,
        kind="Question",
        description=f"{view.summary or view.question} {view.said}.",
        trail=(("index.html", "Home"), (INDEX, "Questions")),
        wide=view.size != "plain",
    )


def _files(stem: str, asked: _Asked) -> Iterator[File]:
    """A query as a file, and its answer in the formats that fit it."""
    if asked.query:
        yield File(f"{stem}.rq", asked.query.text.encode())
    for form, data in asked.files.items():
        yield File(f"{stem}{_ENDS[form][0]}", data)


#: Format -> the end of its file, how it is called, its media type.
_ENDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "csv": (".csv", "CSV", "text/csv"),
    "json": (".json", "JSON", "application/sparql-results+json"),
    "turtle": (".result.ttl", "Turtle", "text/turtle"),
    "ntriples": (".result.nt", "N-Triples", "application/n-triples"),
}


def _stem(site: Site, name: str) -> str:
    iri = f"{site.base}query/{name}"
    return site.addresses.file_stem(iri) or f"query/{quote(name, safe='')}"


def _grouped(views: Iterable[AnswerView]) -> list[tuple[str, str, list[AnswerView]]]:
    """The questions by what they are about; groups without one are left out."""
    found: dict[str, list[AnswerView]] = defaultdict(list)
    for view in views:
        found[topic(view.tags)].append(view)
    groups = [*((heading, about) for heading, about, _ in _GROUPS), _OTHER]
    return [(heading, about, found[heading]) for heading, about in groups if found[heading]]


def topic(tags: Sequence[str]) -> str:
    """The heading under which a question with these tags stands."""
    own = set(tags)
    if own & _CURATION:
        return _GROUPS[-1][0]
    return next((heading for heading, _, known in _GROUPS if own & known), _OTHER[0])


# --- from answer to view ----------------------------------------------------------------------


class _Viewer:
    """Makes views of answers; knows the names by which cells can be linked."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.named = _unique_names(site)
        self.ranks = {
            site.label(iri): int(rank)
            for iri in site.incoming(_CERTAINTY, f"{SKOS}inScheme")
            if (rank := site.value(iri, "rank")) in {"1", "2", "3", "4"}
        }

    def view(self, asked: _Asked) -> AnswerView:
        one = asked.query
        stem = _stem(self.site, asked.name)
        question = (one.question or one.summary) if one else ""
        said, verdict = _said(asked)
        table, total = self._table(asked.answer)
        columns, rows, same = self._laid_out(one, table)
        body = _body(one.text) if one else ""
        return AnswerView(
            name=asked.name,
            question=question or asked.name,
            summary=one.summary if one and one.question else "",
            said=said,
            verdict=verdict,
            columns=columns,
            rows=rows[:_MOST],
            same=same,
            number=total,
            problem=asked.error.message if asked.error else "",
            hint=asked.error.hint if asked.error else "",
            choices=tuple(self._choice(one, param) for param in one.params) if one else (),
            tags=one.tags if one else (),
            text=body,
            tokens=_tokens(body),
            path=f"{stem}.html",
            editor=_fragment(asked.name) if body else "",
            command=_command(one) if one else "",
            needs=", ".join(param.name for param in one.params if param.required) if one else "",
            files=tuple(_file_rows(stem, asked)),
        )

    def _table(self, answer: Answer | None) -> tuple[Table, int]:
        """An answer as a table, of triples only the first, and how many rows it has."""
        if isinstance(answer, tuple):
            triples = [quad.triple for quad in canonical(ox.Quad(*t) for t in answer)]
            rows = tuple(tuple(triple) for triple in triples[:_MOST])
            return Table(("subject", "predicate", "object"), rows), len(triples)
        return (answer, len(answer)) if isinstance(answer, Table) else (Table((), ()), 0)

    def _laid_out(
        self, one: Query | None, table: Table
    ) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...], tuple[tuple[Column, Cell], ...]]:
        """The columns as people read them: a thing and its name are one column.

        Of a wide table, columns that are the same in every row are returned apart.
        """
        names = table.columns
        joined = {f"{name}Label" for name in names} & set(names)
        shown = [name for name in names if name not in joined]
        about = one.columns if one else {}
        rows = [dict(zip(names, row, strict=True)) for row in table.rows]
        columns = {
            name: Column(
                _heading(name, about),
                (name, f"{name}Label") if f"{name}Label" in joined else (name,),
                _is_numeric([row[name] for row in rows]),
            )
            for name in shown
        }
        lifted = []
        if len(shown) >= _MANY and len(rows) > 1:
            lifted = [
                name
                for name in shown
                if len({(row[name], row.get(f"{name}Label")) for row in rows}) == 1
            ]
        kept = [name for name in shown if name not in lifted] or shown
        cells = tuple(tuple(self._cell(row, name) for name in kept) for row in rows[:_MOST])
        same = tuple(
            (columns[name], self._cell(rows[0], name)) for name in lifted if name not in kept
        )
        return tuple(columns[name] for name in kept), cells, same

    def _cell(self, row: Mapping[str, object], name: str) -> Cell:
        """A cell of a row, with the name that another column gives to its thing."""
        term, label = row[name], row.get(f"{name}Label")
        words = _cut(label.value) if isinstance(label, ox.Literal) else ""
        if isinstance(term, ox.NamedNode):
            return Cell(((words or self._called(term.value, row), term.value),))
        if term is None:
            return Cell(((words, ""),)) if words else Cell()
        if isinstance(term, ox.Literal):
            rank = self.ranks.get(term.value, 0) if name in _RATED else 0
            return Cell(tuple(self._parts(term)), rank)
        if isinstance(term, ox.BlankNode):
            return Cell((("(something without a name)", ""),))
        return Cell(((_cut(str(term)), ""),))

    def _parts(self, literal: ox.Literal) -> Iterator[tuple[str, str]]:
        """A literal, split where every part is the name of something that has a page."""
        words = literal.value.split(_JOINT)
        if words != [""] and all(word in self.named for word in words):
            for place, word in enumerate(words):
                if place:
                    yield _JOINT, ""
                yield word, self.named[word]
        elif literal.value in {"true", "false"} and literal.datatype.value.endswith("#boolean"):
            yield ("yes" if literal.value == "true" else "no"), ""
        else:
            yield _cut(literal.value), ""

    def _called(self, iri: str, row: Mapping[str, object]) -> str:
        """A thing by its label, unless the row has that already; else by its CURIE or itself."""
        if iri in self.site.labels:
            label = self.site.label(iri)
            if not any(isinstance(t, ox.Literal) and t.value == label for t in row.values()):
                return _cut(label)
        short = self.site.prefixes.shorten(iri)
        return iri if short.startswith("<") else short

    def _choice(self, one: Query, param: Param) -> Choice:
        of, found = self._values(param)
        values = tuple(
            (self.site.label(iri), _fragment(one.name, param.name, iri)) for iri in found[:_CHOICES]
        )
        return Choice(
            param.name, param.about, param.wanted, self._default(param), param.required,
            values if len(found) <= _CHOICES else (), len(found), of,
        )  # fmt: skip

    def _values(self, param: Param) -> tuple[str, list[str]]:
        """What a parameter's values are taken from, and the values in the order to read them."""
        site = self.site
        expand = site.prefixes.expand
        if param.scheme:
            path = SCHEME_PATHS.get(param.scheme, param.scheme)
            of = expand(param.scheme) or f"{VOCABULARY_BASE}scheme/{path}"
            found = site.incoming(of, SKOS + "inScheme")
            return of, sorted(found, key=lambda iri: (_rank(site, iri), site.label(iri), iri))
        if param.class_:
            of = expand(param.class_) or NS + param.class_
            things = {t for c in _below(site, of) for t in site.instances(c)}
            return of, sorted(things, key=lambda iri: (site.label(iri).casefold(), iri))
        return "", []

    def _default(self, param: Param) -> str:
        if param.default is None:
            return ""
        for iri in self._values(param)[1]:
            if re.split(r"[/#]", iri)[-1] == param.default:
                return self.site.label(iri)
        return {"true": "yes", "false": "no"}.get(param.default, param.default)


def _rank(site: Site, iri: str) -> float:
    """The place in an ordered scheme, highest first; what has none comes last."""
    text = site.value(iri, "rank")
    return -float(text) if re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", text) else 1e9


def _below(site: Site, class_: str) -> list[str]:
    """A class and everything that is said to be below it."""
    found = [class_]
    for one in found:
        found += [c for c in site.incoming(one, RDFS + "subClassOf") if c not in found]
    return found


def _fragment(name: str, param: str = "", value: str = "") -> str:
    """What opens a question in the editor, perhaps with a value chosen.

    >>> _fragment("list-claims", "kind", "https://e.org/a&b")
    'query=list-claims&p.kind=https%3A%2F%2Fe.org%2Fa%26b'
    """
    chosen = f"&p.{quote(param, safe='')}={quote(value, safe='')}" if param else ""
    return f"query={quote(name, safe='')}{chosen}"


def _command(one: Query) -> str:
    """How a question is asked on the command line; what is in brackets may be left out."""
    given = (f"-p {shlex.quote(param.name)}=…" for param in one.params)
    marked = (
        word if param.required else f"[{word}]"
        for word, param in zip(given, one.params, strict=True)
    )
    return " ".join(["mesokg query", shlex.quote(one.name), *marked])


def _unique_names(site: Site) -> dict[str, str]:
    """Names and numbers of records that mean one thing only: text -> IRI."""
    found: dict[str, set[str]] = defaultdict(set)
    for thing, edges in site.outgoing.items():
        if thing not in site.addresses:
            continue
        for predicate, term in edges:
            if predicate == f"{DCTERMS}identifier" and isinstance(term, ox.Literal):
                found[term.value].add(thing)
    for work in site.instances("Work"):
        if work in site.addresses:
            found[site.label(work)].add(work)
    return {name: next(iter(things)) for name, things in found.items() if name and len(things) == 1}


def _said(asked: _Asked) -> tuple[str, str]:
    """The answer in a few words, and its kind."""
    answer = asked.answer
    if answer is None:
        needs = asked.error is not None and asked.error.code == "missing-parameter"
        return ("choose first", "choose") if needs else ("no answer", "failed")
    if isinstance(answer, bool):
        return ("yes", "yes") if answer else ("no", "no")
    rows = len(answer)
    if not rows:
        return "none", "none"
    noun = "row" if isinstance(answer, Table) else "statement"
    return f"{number(rows)} {noun}{'' if rows == 1 else 's'}", "some"


def _file_rows(stem: str, asked: _Asked) -> Iterator[tuple[str, str, str]]:
    for form in asked.files:
        end, name, media_type = _ENDS[form]
        yield f"{stem}{end}", name, media_type
    if asked.query:
        yield f"{stem}.rq", "SPARQL", "application/sparql-query"


def _heading(name: str, about: Mapping[str, str]) -> str:
    """What a column holds: by the header of the query, else its name taken apart.

    >>> _heading("firstClaim", {}), _heading("claim", {"claim": "the claim"})
    ('First claim', 'The claim')
    """
    words = about.get(name, "")
    if words.casefold() == "in our words" or not words:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Label")).lower()
    return words[:1].upper() + words[1:]


_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def _is_numeric(column: Sequence[object]) -> bool:
    """Whether a column holds numbers and nothing else."""
    cells = [cell for cell in column if cell is not None]
    return bool(cells) and all(
        isinstance(cell, ox.Literal) and not cell.language and _NUMBER.fullmatch(cell.value)
        for cell in cells
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


# --- the query as text ------------------------------------------------------------------------


def _body(text: str) -> str:
    """A query without its header, as people share it."""
    lines = [line for line in text.splitlines() if not line.startswith("#+")]
    return "\n".join(lines).strip() + "\n"


def _tokens(text: str) -> tuple[tuple[str, str], ...]:
    """The query in pieces, each with what it is: word, variable, string, comment or nothing."""
    pieces: list[tuple[str, str]] = []
    for kind, word, _ in sparql_tokens(text):
        shown = kind if kind in {"word", "variable", "string", "comment"} else ""
        if pieces and pieces[-1][0] == shown == "":
            pieces[-1] = ("", pieces[-1][1] + word)
        else:
            pieces.append((shown, word))
    return tuple(pieces)
