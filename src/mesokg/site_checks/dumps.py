"""The files that hold the whole: does each parse, do they agree with each other and the pages.

This module decides which file is the dump, and keeps little of it: a number for each
triple, since a dump may be as large as the disk allows.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Final, cast

import pyoxigraph as ox

from mesokg.report import Finding, NotRun
from mesokg.site_checks.crawling import Visit, path_of, url_of
from mesokg.site_checks.fetching import Answer
from mesokg.site_checks.rules import found
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["FORMATS", "Dumps", "has_blanks", "numbers", "read_dumps"]

#: Suffix -> format, of the RDF files that a site may hold.
FORMATS: Final[Mapping[str, ox.RdfFormat]] = {
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".nq": ox.RdfFormat.N_QUADS,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".trig": ox.RdfFormat.TRIG,
    ".ttl": ox.RdfFormat.TURTLE,
}
_WITH_GRAPHS: Final = (".jsonld", ".nq", ".trig")
#: Ends of the names of dumps, the best first.
_DUMP_ENDS: Final = (".nq", ".nq.gz", ".trig", ".trig.gz", ".nt", ".nt.gz")
#: Folders that hold older dumps, or parts of one.
_PARTS: Final = ("release/", "releases/", "graphs/", "graph/")
_JSON: Final = (".json", ".srj")
_DUMP_LINKS: Final = frozenset(
    {STANDARD_PREFIXES["dcat"] + "downloadURL", STANDARD_PREFIXES["void"] + "dataDump"}
)
_Index = Mapping[str, tuple[frozenset[int], frozenset[int]]]


@dataclass(frozen=True, slots=True)
class Dumps:
    """What was found; `linked` are the URLs of dumps to which a description leads."""

    linked: tuple[str, ...]
    answers: Mapping[str, Answer]
    findings: tuple[Finding, ...]
    not_run: tuple[NotRun, ...]


def read_dumps(
    seen: Visit, about: Iterable[ox.Triple], compared: Mapping[str, tuple[str, frozenset[int]]],
    most: int,
) -> Dumps:  # fmt: skip
    """Reads every data file that is not beside a page, and holds one dump against the pages.

    `about` describes the dataset, `compared` is for each document IRI its page and the
    numbers of its triples. Not more than `most` files are read.
    """
    linked = sorted(
        triple.object.value
        for triple in about
        if triple.predicate.value in _DUMP_LINKS and isinstance(triple.object, ox.NamedNode)
    )
    every = _data_files(seen, linked)
    main = _main(every)
    paths = sorted(every, key=lambda path: path != main)[: max(0, most)]
    not_run = []
    if len(paths) < len(every):
        reason = f"{len(every) - len(paths):,} files were not read: the limit is reached"
        not_run.append(NotRun("data-parses", reason))
    findings: list[Finding] = []
    answers: dict[str, Answer] = {}
    whole: dict[str, frozenset[int]] = {}
    index: _Index = {}
    for path in paths:
        answer = seen.place.ask(url_of(seen.place, path))
        answers[path] = Answer(answer.url, answer.status, answer.headers, b"", answer.problem)
        if not answer.found:
            continue
        try:
            if path.endswith(_JSON):
                json.loads(answer.body)
            elif path == main or _stem(path) == _stem(main):
                whole[path], part = _read(
                    answer.body, path, compared.keys() if path == main else ()
                )
                index = part or index
            else:
                for _ in _quads(answer.body, path):
                    pass
        except (SyntaxError, ValueError, OSError, EOFError, RecursionError, zlib.error) as error:
            findings.append(found("data-parses", " ".join(str(error).split())[:300], path))
    if main in whole:
        findings += _page_problems(compared, index, main)
        findings += _dump_problems(whole, main)
    elif compared:
        not_run.append(NotRun("data-agrees-with-dump", "there is no dump to compare with"))
    return Dumps(tuple(linked), answers, tuple(findings), tuple(not_run))


def numbers(triples: Iterable[ox.Triple]) -> frozenset[int]:
    """A number for each triple without blank nodes, whose names mean nothing elsewhere."""
    return frozenset(hash(triple) for triple in triples if not has_blanks((triple,)))


def has_blanks(triples: Iterable[ox.Triple]) -> bool:
    """Whether a blank node is subject or object of one of the triples."""
    return any(
        isinstance(term, ox.BlankNode)
        for triple in triples
        for term in (triple.subject, triple.object)
    )


def _data_files(seen: Visit, linked: Sequence[str]) -> list[str]:
    """The data files of a site that are not beside a page."""
    inside = [path for url in linked if (path := path_of(seen.place, seen.own, url)) is not None]
    beside = {path for page in seen.pages.values() for path in page.alternates.values()}
    others = [path for path, _ in seen.wanted]
    others += [] if seen.place.live else seen.place.paths()
    ends = (*FORMATS, *_JSON)
    return sorted(
        path
        for path in {*inside, *others} - beside
        if path.removesuffix(".gz").endswith(ends) and not path.startswith("hosting/")
    )


def _main(paths: Iterable[str]) -> str:
    """The dump to compare pages with: the one nearest to the root in the best format."""
    ranked = [
        (end, path.count("/"), path)
        for path in paths
        for end, suffix in enumerate(_DUMP_ENDS)
        if path.endswith(suffix) and not any(part in path for part in _PARTS)
    ]
    return min(ranked)[2] if ranked else ""


def _stem(path: str) -> str:
    """A path without the suffixes that are those of data."""
    stem = path.removesuffix(".gz")
    return next((stem.removesuffix(end) for end in FORMATS if stem.endswith(end)), stem)


def _quads(data: bytes, path: str) -> Iterator[ox.Quad]:
    stream: IO[bytes] = io.BytesIO(data)
    if path.endswith(".gz"):
        stream = cast(IO[bytes], gzip.GzipFile(fileobj=stream))
    suffix = f".{path.removesuffix('.gz').rpartition('.')[2]}"
    return ox.parse(stream, format=FORMATS[suffix])


def _read(data: bytes, path: str, documents: Iterable[str]) -> tuple[frozenset[int], _Index]:
    """The numbers of all triples; and of each document those about its things and to them."""
    known = frozenset(documents)
    whole: set[int] = set()
    about: dict[str, set[int]] = defaultdict(set)
    incoming: dict[str, set[int]] = defaultdict(set)
    for quad in _quads(data, path):
        if has_blanks((quad.triple,)):
            continue
        number = hash(quad.triple)
        whole.add(number)
        for term, part in ((quad.subject, about), (quad.object, incoming)):
            document = term.value.partition("#")[0] if isinstance(term, ox.NamedNode) else ""
            if document in known:
                part[document].add(number)
    index = {
        name: (frozenset(about.get(name, ())), frozenset(incoming.get(name, ()))) for name in known
    }
    return frozenset(whole), index


def _page_problems(
    compared: Mapping[str, tuple[str, frozenset[int]]], index: _Index, dump: str
) -> Iterator[Finding]:
    """What pages say and the dump does not, and the other way round."""
    for document, (page, held) in sorted(compared.items()):
        about, incoming = index.get(document, (frozenset(), frozenset()))
        extra = len(held - about - incoming)
        lacking = len(about - held)
        if incoming & held:  # a page that tells what points at its thing tells all of it
            lacking += len(incoming - held - about)
        if extra:
            message = f"{extra:,} triples of its data are not in {dump}"
            yield found("data-agrees-with-dump", message, page, focus=document)
        if lacking:
            message = f"its data lacks {lacking:,} triples that {dump} has about it"
            yield found("data-agrees-with-dump", message, page, focus=document)


def _dump_problems(whole: Mapping[str, frozenset[int]], main: str) -> Iterator[Finding]:
    """Dumps of one name that hold other triples than the first.

    A format without graphs may hold a part of them, such as the default graph.
    """
    for path, held in sorted(whole.items()):
        if path == main:
            continue
        missing, extra = len(whole[main] - held), len(held - whole[main])
        if missing and path.removesuffix(".gz").endswith(_WITH_GRAPHS):
            yield found("data-formats-agree", f"it lacks {missing:,} triples of {main}", path)
        if extra:
            yield found("data-formats-agree", f"it has {extra:,} triples more than {main}", path)
