"""What can be saved of files that do not parse.

This module decides how far a syntax error reaches: to the end of its statement. The
other statements of the file are read, so that one missing dot is one finding and not
one for everything that refers to the file; and what the broken statements seem to be
about is remembered, so that findings that only follow from them can be held back.
A dataset without such files is not touched and costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, format_of
from mesokg.files import read_bytes
from mesokg.project import SourceFile
from mesokg.report import Finding, Location, Severity
from mesokg.syntax import Lines, Problem, Recovery, recover, tokens
from mesokg.terms import STANDARD_PREFIXES, nearest

__all__ = ["salvage"]

_RULES: Final = frozenset({"does-not-parse", "prefix-undefined"})
_FORMATS: Final = frozenset({"nquads", "ntriples", "trig", "turtle"})
#: Above this many characters the first error is all that is told of a file.
_LONGEST: Final = 5_000_000
#: Errors shown of one file.
_MOST: Final = 20


def salvage(dataset: Dataset) -> Dataset:
    """The dataset with every syntax error of its broken files, and their readable statements.

    Turtle, TriG, N-Triples and N-Quads of up to 5 million characters; of other files
    the first error stays what is known.
    """
    broken = {
        finding.location.path
        for finding in dataset.problems
        if finding.rule in _RULES and finding.location and finding.location.line
    }
    for source in dataset.sources if broken else ():
        text = _text(source, dataset) if source.name in broken else ""
        if text and len(text) <= _LONGEST:
            found = recover(text, _format(source), source.base, limit=_MOST)
            if found.problems:
                dataset = _with(dataset, source, text, found)
    return dataset


def _format(source: SourceFile) -> str:
    return "turtle" if source.path.name == "-" else format_of(source.path.name)


def _text(source: SourceFile, dataset: Dataset) -> str:
    """The text of a source as it was parsed; empty where it cannot be salvaged."""
    if source.role == "mappings" or _format(source) not in _FORMATS:
        return ""
    if source.name in dataset.given:
        return dataset.given[source.name]
    try:
        return read_bytes(source.path).decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return ""


def _with(dataset: Dataset, source: SourceFile, text: str, found: Recovery) -> Dataset:
    name = source.name
    kept = [
        finding
        for finding in dataset.problems
        if finding.rule not in _RULES or not finding.location or finding.location.path != name
    ]
    advised = {
        (finding.location.line, finding.location.column): finding
        for finding in dataset.problems
        if finding.fix and finding.location and finding.location.path == name
    }
    quads = tuple(_quads(found, ox.NamedNode(source.graph)))
    graphs = {quad.graph_name for quad in quads}
    return replace(
        dataset,
        quads=tuple(dict.fromkeys(dataset.quads + quads)),
        merged=dataset.merged | {graph for graph in graphs if isinstance(graph, ox.NamedNode)},
        problems=(*kept, *_findings(found, text, name, advised)),
        lost=dataset.lost | _lost(found, text, dataset),
    )


def _quads(found: Recovery, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """The readable statements, in the file's graph, their blank nodes under fresh names."""
    fresh: dict[object, ox.BlankNode] = {}

    def renamed(term: object) -> object:
        if isinstance(term, ox.BlankNode):
            return fresh.setdefault(term, ox.BlankNode())
        return term

    for statement in found.statements:
        quad = statement.quad
        name = graph if isinstance(quad.graph_name, ox.DefaultGraph) else renamed(quad.graph_name)
        yield ox.Quad(renamed(quad.subject), quad.predicate, renamed(quad.object), name)  # type: ignore[arg-type]  # terms of a quad that was one


def _findings(
    found: Recovery, text: str, name: str, advised: Mapping[tuple[int, int], Finding]
) -> Iterator[Finding]:
    """A finding for each error; what was known before with an advice stays as it is."""
    lines = Lines(text)
    for problem in found.problems:
        start = lines.position(problem.span.start)
        end = lines.position(max(problem.span))
        place = Location(name, *start, *(end if end > start else (0, 0)))
        if problem.prefix is not None:
            yield _undeclared(problem, place)
        elif start in advised:
            yield advised[start]
        else:
            yield Finding("does-not-parse", Severity.VIOLATION, problem.message, location=place)
    if found.total > len(found.problems):
        more = found.total - len(found.problems)
        yield Finding(
            "does-not-parse",
            Severity.VIOLATION,
            f"{more:,} more syntax errors in this file",
            location=Location(name),
        )


def _undeclared(problem: Problem, place: Location) -> Finding:
    """A prefix that is used and not declared: what was meant, or the line to add."""
    prefix = problem.prefix or ""
    close = nearest(prefix, problem.known, 1)
    known = STANDARD_PREFIXES.get(prefix)
    fix = f"add: PREFIX {prefix}: <{known}>" if known else f"declare {prefix}: at the top"
    return Finding(
        "prefix-undefined",
        Severity.VIOLATION,
        f"the prefix {prefix}: is not declared",
        location=place,
        fix=f"did you mean {close[0]}:?" if close else fix,
    )


def _lost(found: Recovery, text: str, dataset: Dataset) -> frozenset[str]:
    """What begins a line of a broken file by name, and no readable statement is about."""
    saved = {str(statement.subject.term) for statement in found.statements}
    names = set()
    for token in tokens(text):
        begins = token.start == 0 or text[token.start - 1] in "\r\n"
        if not begins or token.kind not in {"iri", "pname"}:
            continue
        word = text[token.start : token.end]
        iri = word[1:-1] if token.kind == "iri" else dataset.prefixes.expand(word)
        names.add(f"<{iri}>")
    return frozenset(names - saved)
