"""RDF files that belong to no project, as one dataset.

This module decides what a path on the command line stands for: a file, the RDF files
in a folder, or standard input; each becomes a graph, and all of them the default graph.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, format_of, load_sources, parse
from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.project import SourceFile
from mesokg.report import Finding, Location, Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes

__all__ = ["read_loose"]

#: What the name of a file that holds RDF ends in, when a folder stands for its files.
_RDF_SUFFIXES: Final = frozenset({".jsonld", ".nq", ".nt", ".owl", ".rdf", ".trig", ".ttl"})
_PREFIX: Final = re.compile(r"(?:^|[\s.])@?prefix\s+([\w-]+):\s*<([^<>\s]*)>", re.IGNORECASE)
_STDIN: Final = "-"


def read_loose(
    paths: Iterable[str | Path], role: str, stdin: Callable[[], bytes] | None
) -> Dataset:
    """Files, and those in folders, as one dataset: each a graph, all in the default graph.

    ``-`` is what `stdin` gives, as Turtle. Raises InputError (``cannot-read``,
    ``unknown-format``); what does not parse is a problem of the dataset.
    """
    sources: list[SourceFile] = []
    spoken = Dataset(())
    texts = []
    for path in paths:
        if str(path) == _STDIN and stdin is not None:
            spoken, text = _read_stdin(stdin(), role)
            texts.append(text)
        else:
            sources += [_source(file, role) for file in _files(Path(path))]
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


def _source(path: Path, role: str) -> SourceFile:
    format_of(path.name)
    return SourceFile(path, path.as_posix(), Path(os.path.realpath(path)).as_uri(), role)


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
