"""The data beside the pages: does it parse, do its formats agree, does the dump say the same.

This module decides what is compared with what. Documents are read one after the other
and forgotten but for a number for each triple.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from mesokg.canon import digest
from mesokg.dataset import Dataset
from mesokg.errors import MesokgError
from mesokg.negotiation import REPRESENTATIONS
from mesokg.report import Finding, NotRun
from mesokg.site_checks.crawling import SeenPage, Visit, url_of
from mesokg.site_checks.dumps import FORMATS, has_blanks, numbers, read_dumps
from mesokg.site_checks.fetching import Answer
from mesokg.site_checks.rules import found
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["Documents", "read_documents"]

_DCAT, _VOID = STANDARD_PREFIXES["dcat"], STANDARD_PREFIXES["void"]
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"


@dataclass(frozen=True, slots=True)
class Documents:
    """What the data of a site is.

    `data` are the triples of the N-Triples of each page with an IRI, as numbers; `used` the
    properties and classes in them; `about` what is said of the dataset itself.
    """

    data: Mapping[str, frozenset[int]]
    answers: Mapping[str, Answer]
    used: frozenset[str]
    about: frozenset[ox.Triple]
    dumps: tuple[str, ...]
    triples: int
    findings: tuple[Finding, ...]
    not_run: tuple[NotRun, ...] = ()


@dataclass(frozen=True, slots=True)
class _Page:
    """The documents of one page."""

    page: SeenPage
    triples: frozenset[ox.Triple]
    answers: Mapping[str, Answer]
    findings: tuple[Finding, ...]
    whole: bool = True
    terms: frozenset[str] = field(default_factory=frozenset)


def read_documents(seen: Visit, most: int) -> Documents:
    """Reads the data of every page, and the dump."""
    pages = [page for page in seen.pages.values() if page.alternates]
    kept = pages[: max(0, (most - len(seen.answers)) // 3)]
    answers: dict[str, Answer] = {}
    data: dict[str, frozenset[int]] = {}
    compared: dict[str, tuple[str, frozenset[int]]] = {}
    findings: list[Finding] = []
    not_run = []
    used: set[str] = set()
    about: set[ox.Triple] = set()
    count = 0
    if len(kept) < len(pages):
        reason = f"the data of {len(pages) - len(kept):,} pages was not read: the limit is {most:,}"
        not_run.append(NotRun("data-formats-agree", reason))
    for start in range(0, len(kept), 64):
        batch = kept[start : start + 64]
        for one in seen.place.each(lambda page: _read_page(seen, page), batch):
            answers |= one.answers
            findings += one.findings
            count += len(one.triples)
            used |= one.terms
            if _is_description(one.triples):
                about |= one.triples
            if one.whole and one.page.iri:
                data[one.page.path] = numbers(one.triples)
                compared[one.page.iri.partition("#")[0]] = (one.page.path, data[one.page.path])
    void = seen.place.ask(url_of(seen.place, ".well-known/void"))
    if void.found:
        about |= set(_parsed(void.body, ".ttl", ".well-known/void", findings) or ())
    left = most - len(seen.answers) - len(answers)
    dumps = read_dumps(seen, about, compared, left)
    findings += dumps.findings
    not_run += dumps.not_run
    return Documents(
        data, {**answers, **dumps.answers}, frozenset(used), frozenset(about), dumps.linked, count,
        tuple(findings), tuple(not_run),
    )  # fmt: skip


# --- the documents of one page --------------------------------------------------------------


def _read_page(seen: Visit, page: SeenPage) -> _Page:
    findings: list[Finding] = []
    answers: dict[str, Answer] = {}
    read: dict[str, frozenset[ox.Triple]] = {}
    for suffix, media_type in list(REPRESENTATIONS.items())[1:]:
        path = page.alternates.get(media_type)
        if path is None:
            continue
        answer = seen.place.ask(url_of(seen.place, path))
        answers[path] = Answer(answer.url, answer.status, answer.headers, b"", answer.problem)
        if answer.problem:
            findings.append(found("host-answers", f"{answer.url}: {answer.problem}", path))
        elif not answer.found:
            findings.append(found("page-alternates", f"{path} is not there", page.path))
        else:
            triples = _parsed(answer.body, suffix, path, findings)
            if triples is not None:
                read[suffix] = triples
    findings += _format_problems(page, read)
    first = next(iter(read.values()), frozenset())
    if read and page.iri and not any(_is_about(triple, page.iri) for triple in first):
        message = "its data says nothing about the IRI that it gives to cite"
        findings.append(found("data-names-its-thing", message, page.path, focus=page.iri))
    terms = {triple.predicate.value for triple in first}
    terms |= {
        triple.object.value
        for triple in first
        if triple.predicate.value == _TYPE and isinstance(triple.object, ox.NamedNode)
    }
    return _Page(page, first, answers, tuple(findings), bool(read), frozenset(terms))


def _parsed(
    data: bytes, suffix: str, path: str, findings: list[Finding]
) -> frozenset[ox.Triple] | None:
    """The triples of a document; None, and a finding, for one that does not parse."""
    try:
        quads = ox.parse(data, format=FORMATS[suffix])
        return frozenset(quad.triple for quad in quads)
    except (SyntaxError, ValueError, OSError) as error:
        line = getattr(error, "lineno", None) or 0
        message = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
        findings.append(found("data-parses", message[:300], path, line))
        return None


def _format_problems(page: SeenPage, read: Mapping[str, frozenset[ox.Triple]]) -> Iterator[Finding]:
    """Formats that hold other triples than the first one."""
    (first, triples), *others = read.items() if read else [("", frozenset[ox.Triple]())]
    for suffix, held in others:
        if held == triples:
            continue
        if has_blanks(held) or has_blanks(triples):
            try:
                if digest(_dataset(held)) == digest(_dataset(triples)):
                    continue
            except MesokgError:
                continue  # so many blank nodes look alike that nobody can compare them
        for left, right, name in ((triples, held, suffix), (held, triples, first)):
            lost = sorted(map(str, left - right))
            if lost:
                other = first if name == suffix else suffix
                message = f"{name} lacks {len(lost):,} triples of {other}, such as {lost[0][:300]}"
                yield found("data-formats-agree", message, page.path, focus=page.iri)


def _is_about(triple: ox.Triple, iri: str) -> bool:
    """Whether a triple is about a thing, or about a part of its document."""
    document = iri.partition("#")[0]
    return any(
        isinstance(term, ox.NamedNode) and term.value.partition("#")[0] == document
        for term in (triple.subject, triple.object)
    )


def _dataset(triples: Iterable[ox.Triple]) -> Dataset:
    return Dataset(tuple(ox.Quad(*triple) for triple in sorted(triples, key=str)))


def _is_description(triples: Iterable[ox.Triple]) -> bool:
    """Whether a document describes a dataset."""
    classes = {f"{_DCAT}Dataset", f"{_VOID}Dataset"}
    return any(
        triple.predicate.value == _TYPE and getattr(triple.object, "value", "") in classes
        for triple in triples
    )
