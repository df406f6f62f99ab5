"""RDF files that belong to no project, as one dataset.

This module decides what a path on the command line stands for: a file, the RDF files
in a folder, or standard input; each becomes a graph, and all of them the default graph.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import FORMATS, Dataset, format_of, load_sources, parse
from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.project import SourceFile
from mesokg.report import Finding, Location, Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes

__all__ = ["read_about", "read_loose"]

#: What the name of a file that holds RDF ends in, when a folder stands for its files.
_RDF_SUFFIXES: Final = frozenset({".jsonld", ".nq", ".nt", ".owl", ".rdf", ".trig", ".ttl"})
_PREFIX: Final = re.compile(r"(?:^|[\s.])@?prefix\s+([\w-]+):\s*<([^<>\s]*)>", re.IGNORECASE)
_STDIN: Final = "-"


def read_loose(
    paths: Iterable[str | Path],
    role: str,
    stdin: Callable[[], bytes] | None,
    *,
    resolve: bool = False,
) -> Dataset:
    """Files, and those in folders, as one dataset: each a graph, all in the default graph.

    ``-`` is what `stdin` gives, as Turtle. With `resolve`, relative IRIs are resolved
    against the file's own (RFC 3986 section 5.1.3), not mistakes. Raises InputError
    (``cannot-read``, ``unknown-format``); what does not parse is a problem of the dataset.
    """
    sources: list[SourceFile] = []
    spoken = Dataset(())
    texts = []
    for path in paths:
        if str(path) == _STDIN and stdin is not None:
            spoken, text = _read_stdin(stdin(), role)
            texts.append(text)
        else:
            sources += [_source(file, role, resolve=resolve) for file in _files(Path(path))]
    dataset = load_sources(dict.fromkeys(sources), Prefixes(STANDARD_PREFIXES))
    texts += [read_bytes(source.path).decode("utf-8", "replace") for source in dataset.sources]
    found = {name: iri for text in texts for name, iri in _PREFIX.findall(text)}
    graphs = frozenset(quad.graph_name for quad in dataset.quads)
    return replace(
        dataset,
        quads=dataset.quads + spoken.quads,
        prefixes=dataset.prefixes | found,
        sources=dataset.sources + spoken.sources,
        merged=frozenset(graph for graph in graphs if isinstance(graph, ox.NamedNode))
        | spoken.merged,
        problems=dataset.problems + spoken.problems,
        given=spoken.given,
    )


def read_about(path: Path, subjects: Collection[str], role: str) -> Dataset:
    """What a file that parses says about some IRIs, as `read_loose` would have it.

    The rest passes by and is never in memory. Its prefixes are those of the file.
    Raises InputError (``cannot-read``, ``unknown-format``).
    """
    source = _source(path, role, resolve=True)
    graph = ox.NamedNode(source.graph)
    wanted = {ox.NamedNode(iri) for iri in subjects}
    try:
        with path.open("rb") as file:
            reader = ox.parse(file, FORMATS[format_of(path.name)], base_iri=source.base)
            quads = tuple(
                ox.Quad(quad.subject, quad.predicate, quad.object, graph)
                for quad in reader
                if quad.subject in wanted
            )
    except (OSError, SyntaxError) as error:
        raise InputError(
            f"{path}: {error}", code="cannot-read", hint="see whether it is being written"
        ) from error
    prefixes = Prefixes(STANDARD_PREFIXES) | dict(reader.prefixes)
    return Dataset(quads, prefixes, sources=(source,), merged=frozenset({graph}))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [
        inner
        for inner in sorted(path.rglob("*"))
        if inner.suffix.lower() in _RDF_SUFFIXES and inner.is_file()
    ]
    if not found:
        raise InputError(
            f"{path}: the folder holds no RDF file",
            code="cannot-read",
            hint=f"files end in one of {' '.join(sorted(_RDF_SUFFIXES))}",
        )
    return found


def _source(path: Path, role: str, *, resolve: bool) -> SourceFile:
    format_of(path.name)
    iri = Path(os.path.realpath(path)).as_uri()
    return SourceFile(path, path.as_posix(), iri, role, iri if resolve else None)


def _read_stdin(data: bytes, role: str) -> tuple[Dataset, str]:
    text = data.decode("utf-8-sig", "replace")
    source = SourceFile(Path(_STDIN), _STDIN, "urn:mesokg:stdin", role)
    graph = ox.NamedNode(source.graph)
    parsed = parse(text, "turtle", _STDIN)
    problems = parsed.problems
    if "\N{REPLACEMENT CHARACTER}" in text and not _is_utf8(data):
        problems = (
            Finding(
                "does-not-parse",
                Severity.VIOLATION,
                "the input is not UTF-8",
                location=Location(_STDIN),
                fix="give it as UTF-8",
            ),
        )
    quads = tuple(
        ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in parsed.quads
    )
    return Dataset(
        quads,
        sources=(source,),
        merged=frozenset({graph}),
        problems=problems,
        given={_STDIN: text},
    ), text


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
