"""The evidence map: who or what against outcomes and conditions, and where nothing is claimed.

This module decides what the map shows. It draws the answer of one canned query, whole:
what a thing is said to do in one picture, how it is said to work in another. A large
answer is spread over pages, by rows, so that each stays readable.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.engine import Table
from mesokg.errors import MesokgError
from mesokg.files import File
from mesokg.pictures import (
    Cell,
    Edge,
    Graph,
    Head,
    Mark,
    Matrix,
    Node,
    Way,
    evidence_map,
    layered_graph,
    picture_file,
    way_of,
)
from mesokg.queries import load_queries, query
from mesokg.results import results
from mesokg.site.evidence import Claim, all_claims, code, in_order
from mesokg.site.graphs import claims_of_mechanism, mechanism_graph
from mesokg.site.model import SKOS, Site
from mesokg.site.page import Page
from mesokg.site.templating import clipped

__all__ = [
    "MAP",
    "QUERY",
    "Entry",
    "Figure",
    "Part",
    "answer",
    "entries",
    "files",
    "matrix",
    "ordered_subjects",
    "ordered_targets",
    "pages",
    "questions",
]

MAP: Final = "map.html"
#: The canned query whose answer is drawn.
QUERY: Final = "show-evidence-map"

_ACTING: Final = ("Treatment", "Substance", "Mechanism")
_AFFECTED: Final = ("Outcome", "Condition")
_UNRATED: Final = "not rated"
#: As many marks stand on one page, about.
_MARKS: Final = 300
#: As many columns stand side by side.
_COLUMNS: Final = 10
#: In more groups of columns than this, a row stands only where something is said of it.
_WHOLE: Final = 5
_FILLED: Final = "Rows without a claim in these columns are left out."
#: As many rows stand below each other.
_ROWS: Final = 30
#: The width of a map on the page of a thing, where other text stands beside it, and elsewhere.
_NARROW: Final = 820
_WIDE: Final = 1160
_CSV: Final = "map.csv"
_STEPS: Final = "map/steps.svg"
_STEPS_CSV: Final = "map/steps.csv"
#: The canned query that lists every claim with what it links.
_CLAIMS: Final = "export-claims"

#: The pictures: slug, title, what it shows, the kinds of claims in it.
_PICTURES: Final[Sequence[tuple[str, str, str, frozenset[str]]]] = (
    (
        "effects",
        "What it is said to do",
        "Claims of benefit and harm, comparisons, what is argued over and what is said not to be "
        "known.",
        frozenset({"benefit", "harm", "comparison", "controversy", "gap"}),
    ),
    (
        "background",
        "How it is said to work, and what else is said",
        "Claims of mechanism, background and scope. They say nothing of benefit or harm.",
        frozenset(),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row of the answer says one way: a mark of the map.

    `subject` and `target` are IRIs; `agent` is the label of the agent named with the
    subject; `kind` is the slug of the kind. `rank` and `certainty` are those of the most
    certain claim, whose `reason` it is; `certainty` says so if others have less.
    """

    subject: str
    agent: str
    target: str
    kind: str
    word: str
    way: Way
    count: int
    claims: tuple[Claim, ...]
    rank: int
    certainty: str
    reason: str


# --- from the answer to entries ---------------------------------------------------------------


def entries(site: Site) -> tuple[Entry, ...]:
    """The answer of the map's query, one entry for each way that a row points.

    Without such a query, or if it fails, there are none. Worked out once for a site.
    """
    key = ("evidence map", "")
    known = site.memory.get(key)
    if not isinstance(known, tuple):
        table = answer(site)
        known = tuple(_entries(site, table)) if table else ()
        site.memory[key] = known
    return known


def answer(site: Site, name: str = QUERY) -> Table | None:
    """What a canned query answers; None without such a query, or if it fails. Asked once."""
    key = ("answer", name)
    if key not in site.memory:
        site.memory[key] = _asked(site, name)
    found = site.memory[key]
    return found if isinstance(found, Table) else None


def _asked(site: Site, name: str) -> object:
    one = load_queries(site.project).get(name)
    if one is None:
        return None
    try:
        return query(site.engine, one, {}, site.prefixes)
    except MesokgError:
        return None


def questions(site: Site, names: Iterable[str]) -> list[tuple[str, str]]:
    """The canned queries of these names that exist: the IRI and the question of each."""
    known = load_queries(site.project)
    found = [known[name] for name in names if name in known]
    return [(f"{site.base}query/{one.name}", one.question or one.summary) for one in found]


_Row = tuple[str, str, str, str]  # subject, label of the agent, target, label of the kind


def _entries(site: Site, table: Table) -> Iterator[Entry]:
    behind = _claims_by_row(site)
    for row in table:
        said = {name: "" if term is None else str(term.value) for name, term in row.items()}
        key = (said["subject"], said["agentLabel"], said["target"], said["kindLabel"])
        found = behind.get(key, {})
        for column, group in (
            ("supports", "supports"),
            ("disputes", "disputes"),
            ("undecided", ""),
        ):
            count = int(said[column] or 0)
            if count:
                yield _entry(key, count, group or "mixed", in_order(found.get(group, ())))


def _entry(key: _Row, count: int, direction: str, claims: tuple[Claim, ...]) -> Entry:
    kind = code(claims[0].kind) if claims else ""
    words = {claim.word for claim in claims}
    rated = [claim.certainty for claim in claims if claim.certainty and claim.certainty.rank]
    best = min(rated, key=lambda one: (-one.rank, one.iri), default=None)
    alike = len(rated) == len(claims) and len({one.rank for one in rated}) == 1
    return Entry(
        *key[:3],
        kind,
        words.pop() if len(words) == 1 else "disputed" if direction == "disputes" else key[3],
        way_of(kind, direction),
        count,
        claims,
        best.rank if best else 0,
        (best.word if alike else f"{best.word} at best") if best else _UNRATED,
        best.reason if best else "",
    )


def _claims_by_row(site: Site) -> Mapping[_Row, Mapping[str, list[Claim]]]:
    """The claims behind each row of the answer, by the way they point.

    The query names claims by their identifiers, which two articles may share; links need IRIs.
    """
    acting = {iri for name in _ACTING for iri in site.instances(name)}
    affected = {iri for name in _AFFECTED for iri in site.instances(name)}
    rows: dict[_Row, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in all_claims(site):
        iri = claim.iri
        targets = {*site.iris(iri, "object"), *site.iris(iri, "condition")} & affected
        subjects = set(site.iris(iri, "subject")) & acting
        if not targets or not subjects:
            continue
        agents = {name for one in site.iris(iri, "agent") for name in _names(site, one)} or {""}
        kinds = {name for one in site.iris(iri, "kind") for name in _names(site, one)} or {""}
        ways = {code(way) for way in site.iris(iri, "direction")}
        groups = {way if way in {"supports", "disputes"} else "" for way in ways}
        for subject, agent, target, kind in product(subjects, agents, targets, kinds):
            for group in groups:
                rows[subject, agent, target, kind][group].append(claim)
    return rows


def _names(site: Site, thing: str) -> set[str]:
    """The English names and those without a language: what the query reads."""
    found = site.values(thing, SKOS + "prefLabel")
    return {t.value for t in found if isinstance(t, ox.Literal) and t.language in {None, "en"}}


# --- from entries to a picture ----------------------------------------------------------------

_Subject = tuple[str, str]  # the IRI of a subject, the label of the agent named with it


def matrix(
    site: Site,
    found: Sequence[Entry],
    path: str,
    *,
    title: str,
    description: str,
    anchors: Mapping[Entry, str] = MappingProxyType({}),
    rows: Sequence[_Subject] = (),
    columns: Sequence[str] = (),
) -> Matrix:
    """These entries as a map for the page at `path`.

    A mark leads to its claim; one of several claims leads to its line in the table, if
    `anchors` has one, else to the map. `rows` and `columns` say what is shown even if
    nothing is said of it; without them, whatever the entries have, in the map's order.
    """
    subjects = list(rows) or ordered_subjects(site, found)
    targets = list(columns) or ordered_targets(site, found)
    row_keys = {subject: f"{place}" for place, subject in enumerate(subjects)}
    column_keys = {target: f"{place}" for place, target in enumerate(targets)}
    marks: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    for entry in found:
        place = row_keys.get((entry.subject, entry.agent)), column_keys.get(entry.target)
        if place[0] and place[1]:
            marks[place[0], place[1]].append(_mark(site, entry, path, anchors))
    link = site.addresses.link
    return Matrix(
        title,
        description,
        tuple(
            Head(key, site.label(iri), link(path, iri), f"with {agent}" if agent else "")
            for (iri, agent), key in row_keys.items()
        ),
        tuple(Head(key, site.label(iri), link(path, iri)) for iri, key in column_keys.items()),
        tuple(Cell(*place, tuple(some)) for place, some in sorted(marks.items())),
        width=_NARROW if "/" in path else _WIDE,
    )


def ordered_subjects(site: Site, found: Iterable[Entry]) -> list[_Subject]:
    """The rows of a map, by name; those with an agent after the one without."""
    subjects = {(entry.subject, entry.agent) for entry in found}
    return sorted(subjects, key=lambda s: (site.label(s[0]).casefold(), s[0], s[1].casefold(), s))


def ordered_targets(site: Site, found: Iterable[Entry]) -> list[str]:
    """The columns of a map: those with most claims first, then by name."""
    counts: dict[str, int] = defaultdict(int)
    for entry in found:
        counts[entry.target] += entry.count
    return sorted(counts, key=lambda iri: (-counts[iri], site.label(iri).casefold(), iri))


def _mark(site: Site, entry: Entry, path: str, anchors: Mapping[Entry, str]) -> Mark:
    only = len(entry.claims) == 1 and entry.claims[0].iri
    return Mark(
        entry.way,
        entry.count,
        entry.word,
        site.addresses.link(path, only or anchors.get(entry, MAP)),
        entry.rank,
        entry.certainty,
        entry.reason,
        ", ".join(claim.name for claim in entry.claims[:6]),
    )


# --- pages and files --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """What one picture shows: some rows against some columns, on one page of the map."""

    slug: str
    title: str
    about: str
    found: tuple[Entry, ...]
    rows: tuple[_Subject, ...]
    columns: tuple[str, ...]

    @property
    def file(self) -> str:
        """The path of the picture as a file."""
        return f"map/{self.slug}.svg"


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture on a page, and the lines of its table, each with the name that links to it."""

    part: Part
    drawing: str
    lines: tuple[tuple[str, Entry], ...]
    cells: int
    empty: int


def pages(site: Site) -> Iterator[Page]:
    """The map, on as many pages as it needs."""
    sheets = _sheets(site)
    paths = [f"map-{number}.html" if number > 1 else MAP for number in range(1, len(sheets) + 1)]
    parts = [(path, _sheet_name(site, sheet)) for path, sheet in zip(paths, sheets, strict=True)]
    for number, (path, sheet) in enumerate(zip(paths, sheets, strict=True), 1):
        yield Page(
            path,
            "map.html",
            "The evidence map" if number == 1 else f"The evidence map, page {number}",
            {
                "claims_query": f"{site.base}query/{_CLAIMS}",
                "csv": _CSV,
                "figures": [_figure(site, path, part) for part in sheet],
                "steps": _steps(site, path) if number == 1 else None,
                "parts": parts,
                "query": f"{site.base}query/{QUERY}",
                "silent": _silent(site) if number == 1 else [],
                "steps_csv": _STEPS_CSV,
                "steps_svg": _STEPS,
                "total": len(entries(site)),
            },
            section=MAP,
            kind="Evidence map",
            description="Which treatment, substance or mechanism is said to do what, how sure "
            "that is, and where nothing is claimed.",
            trail=(("index.html", "Home"),),
        )


def files(site: Site) -> Iterator[File]:
    """The answer that the map draws, and each picture as a file."""
    table = answer(site)
    if table is not None:
        yield File(_CSV, results(table, "csv", site.prefixes))
    for sheet in _sheets(site):
        for part in sheet:
            yield File(part.file, picture_file(_matrix(site, part, part.file)).encode())
    steps = claims_of_mechanism(site)
    if steps:
        graph = mechanism_graph(site, steps, _STEPS, width=_WIDE)
        yield File(_STEPS, picture_file(graph).encode())
        whole = mechanism_graph(site, steps, _STEPS, limit=sys.maxsize)
        yield File(_STEPS_CSV, results(_table(whole), "csv", site.prefixes))


def _sheet_name(site: Site, sheet: Sequence[Part]) -> str:
    """What a page of the map shows, by its first and its last row."""
    if not sheet:
        return ""
    first, last = site.label(sheet[0].rows[0][0]), site.label(sheet[-1].rows[-1][0])
    about = sheet[0].title.partition(",")[0]
    return f"{about}: {clipped(first, 40)} to {clipped(last, 40)}"


def _sheets(site: Site) -> list[list[Part]]:
    """What stands on each page: pictures that are short share one, a long one has several."""
    sheets: list[list[Part]] = [[]]
    filled = 0
    named = {kind for *_, kinds in _PICTURES for kind in kinds}
    for slug, title, about, kinds in _PICTURES:
        found = [e for e in entries(site) if (e.kind in kinds if kinds else e.kind not in named)]
        for number, (rows, some) in enumerate(_chunks(site, found), 1):
            if filled and filled + len(some) > _MARKS:
                sheets.append([])
                filled = 0
            filled += len(some)
            name = f"{slug}-{number}" if number > 1 else slug
            sheets[-1] += _side_by_side(site, (name, title, about), some, rows, found)
    return sheets


def _chunks(
    site: Site, found: Sequence[Entry]
) -> Iterator[tuple[tuple[_Subject, ...], tuple[Entry, ...]]]:
    """The entries by rows, as many rows together as fit on a page."""
    by_row: dict[_Subject, list[Entry]] = defaultdict(list)
    for entry in found:
        by_row[entry.subject, entry.agent].append(entry)
    rows: list[_Subject] = []
    some: list[Entry] = []
    for row in ordered_subjects(site, found):
        if rows and (len(some) + len(by_row[row]) > _MARKS or len(rows) == _ROWS):
            yield tuple(rows), tuple(some)
            rows, some = [], []
        rows.append(row)
        some += by_row[row]
    if rows:
        yield tuple(rows), tuple(some)


def _side_by_side(
    site: Site,
    words: tuple[str, str, str],
    some: Sequence[Entry],
    rows: tuple[_Subject, ...],
    found: Sequence[Entry],
) -> Iterator[Part]:
    """The columns in groups that fit on a screen, a part for each."""
    slug, title, about = words
    targets = ordered_targets(site, found)
    groups = -(-len(targets) // _COLUMNS)
    size = -(-len(targets) // groups)
    for number in range(groups):
        columns = tuple(targets[number * size : (number + 1) * size])
        kept = tuple(entry for entry in some if entry.target in columns)
        name = f"{slug}-part-{number + 1}" if number else slug
        more = f", {number + 1} of {groups}" if groups > 1 else ""
        if groups <= _WHOLE:
            yield Part(name, title + more, about, kept, rows, columns)
            continue
        spoken = {(entry.subject, entry.agent) for entry in kept}
        filled = tuple(row for row in rows if row in spoken)
        if filled:
            yield Part(name, title + more, f"{about} {_FILLED}", kept, filled, columns)


def _figure(site: Site, path: str, part: Part) -> Figure:
    order = {row: place for place, row in enumerate(part.rows)}
    across = {target: place for place, target in enumerate(part.columns)}
    found = sorted(
        part.found,
        key=lambda e: (order[e.subject, e.agent], across[e.target], list(Way).index(e.way)),
    )
    lines = tuple((f"{part.slug}-{number}", entry) for number, entry in enumerate(found, 1))
    anchors = {entry: f"#{name}" for name, entry in lines}
    full = len({(e.subject, e.agent, e.target) for e in found})
    cells = len(part.rows) * len(part.columns)
    drawing = evidence_map(_matrix(site, part, path, anchors))
    return Figure(part, drawing, lines, cells, cells - full)


def _matrix(
    site: Site, part: Part, path: str, anchors: Mapping[Entry, str] = MappingProxyType({})
) -> Matrix:
    return matrix(
        site,
        part.found,
        path,
        title=part.title,
        description=f"{part.about} Rows are treatments, substances and mechanisms, columns are "
        "outcomes and conditions.",
        anchors=anchors,
        rows=part.rows,
        columns=part.columns,
    )


def _steps(site: Site, path: str) -> Mapping[str, object] | None:
    """How things are said to work: a drawing, what it lacks, and its lines as a table."""
    steps = claims_of_mechanism(site)
    if not steps:
        return None
    graph = mechanism_graph(site, steps, path, width=_WIDE)
    lines = list(_lines(graph))
    return {
        "drawing": layered_graph(graph) if graph.nodes else "",
        "left_out": graph.left_out,
        "lines": lines[:_MARKS],
        "more": max(len(lines) - _MARKS, 0),
    }


def _lines(graph: Graph) -> Iterator[tuple[Node, str, Edge, Node]]:
    """The claims of a graph: from, by what if that is missing, the line, to."""
    nodes = {node.key: node for node in graph.nodes}
    before = {e.target: nodes[e.source] for e in graph.edges if nodes[e.target].missing}
    for edge in graph.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        if source.missing:
            yield before[source.key], source.label, edge, target
        elif not target.missing:
            yield source, "", edge, target


def _table(graph: Graph) -> Table:
    """The claims of a graph as a table."""
    rows = sorted(
        (source.label, by, e.label, e.note, target.label, e.way.value, e.name)
        for source, by, e, target in _lines(graph)
    )
    columns = ("from", "by", "relation", "with", "to", "direction", "claim")
    return Table(columns, tuple(tuple(ox.Literal(cell) for cell in row) for row in rows))


def _silent(site: Site) -> list[str]:
    """Treatments and substances of which no outcome and no condition is claimed, by name."""
    found = entries(site)
    heard = {entry.subject for entry in found}
    heard |= {a for e in found for claim in e.claims for a in site.iris(claim.iri, "agent")}
    all_things = {iri for name in ("Treatment", "Substance") for iri in site.instances(name)}
    return sorted(all_things - heard, key=lambda iri: (site.label(iri).casefold(), iri))
