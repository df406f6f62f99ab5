"""The Dataset: exact quads, and which file each graph came from.

The one value in the middle of everything. It keeps literals as they were
written (``01`` stays ``01``), never touches the disk after `load`, and knows
which graphs make up the default graph. The SPARQL index (`mesokg.engine`) is
made from it and thrown away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.mappings import read_mappings
from mesokg.project import Project, SourceFile, general_files
from mesokg.report import Finding, Location, Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes, nearest

__all__ = [
    "FORMATS",
    "Dataset",
    "Term",
    "format_of",
    "load",
    "load_sources",
    "parse",
    "read",
    "read_files",
]

Term = ox.NamedNode | ox.BlankNode | ox.Literal
_DEFAULT: Final = ox.DefaultGraph()
_TRIPLE_TERM: Final = re.compile(r"<<\(|\)>>|parseType\s*=\s*[\"']Triple")
_DEEPEST: Final = 1000

#: Format names of the command line -> pyoxigraph's formats.
FORMATS: Final[Mapping[str, ox.RdfFormat]] = MappingProxyType(
    {
        "jsonld": ox.RdfFormat.JSON_LD,
        "nquads": ox.RdfFormat.N_QUADS,
        "ntriples": ox.RdfFormat.N_TRIPLES,
        "rdfxml": ox.RdfFormat.RDF_XML,
        "trig": ox.RdfFormat.TRIG,
        "turtle": ox.RdfFormat.TURTLE,
    }
)
_SUFFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".json": "jsonld",
        ".jsonld": "jsonld",
        ".nq": "nquads",
        ".nt": "ntriples",
        ".owl": "rdfxml",
        ".rdf": "rdfxml",
        ".trig": "trig",
        ".ttl": "turtle",
        ".xml": "rdfxml",
    }
)


@dataclass(frozen=True)
class Dataset:
    """Quads with their prefixes and origin. Immutable; every operation makes a new value.

    `merged` names the graphs whose union, together with the default graph's
    own quads, is the default graph of queries. `problems` are the files that
    did not parse: the rest of the dataset is complete without them. `lost` names what
    their unreadable statements seem to be about, once they were recovered. `given` are the
    texts of sources that lie on no disk, by name.

    >>> data = read("<http://e/s> <http://e/p> 01 .")
    >>> str(data.quads[0].object)
    '"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
    """

    quads: tuple[ox.Quad, ...]
    prefixes: Prefixes = field(default_factory=Prefixes)
    base: str = ""
    sources: tuple[SourceFile, ...] = ()
    merged: frozenset[ox.NamedNode] = frozenset()
    problems: tuple[Finding, ...] = ()
    lost: frozenset[str] = frozenset()
    given: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def graphs(self) -> tuple[ox.NamedNode | ox.BlankNode, ...]:
        """The named graphs, ordered by name."""
        names = {quad.graph_name for quad in self.quads}
        return tuple(sorted((n for n in names if not isinstance(n, ox.DefaultGraph)), key=str))

    @cached_property
    def default_graph(self) -> tuple[ox.Triple, ...]:
        """The triples of the default graph: its own and those of the merged graphs, once each."""
        inside = self.merged | {_DEFAULT}
        return tuple(dict.fromkeys(quad.triple for quad in self.quads if quad.graph_name in inside))

    def graph(self, name: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> tuple[ox.Triple, ...]:
        """The triples of one graph."""
        return tuple(quad.triple for quad in self.quads if quad.graph_name == name)

    def with_graphs(self, quads: Iterable[ox.Quad]) -> Dataset:
        """This dataset and more quads, which stay outside the default graph."""
        return replace(self, quads=self.quads + tuple(quads))

    def source_of(self, graph: str) -> SourceFile | None:
        """The file that a graph was read from, if it was read from one."""
        return next((source for source in self.sources if source.graph == graph), None)


def load(project: Project) -> Dataset:
    """Everything a project says, with the vocabulary and shapes that come with the tool.

    Each file is its own graph. A file that does not parse is a finding in
    `Dataset.problems`; the others are read all the same. The same files give
    the same dataset, wherever they lie. Raises InputError (``cannot-read``).
    """
    return load_sources((*general_files(), *project.files()), project.prefixes, project.base)


def load_sources(sources: Iterable[SourceFile], prefixes: Prefixes, base: str = "") -> Dataset:
    """The files as one dataset, each as its own graph, all of them in the default graph."""
    quads: list[ox.Quad] = []
    problems: list[Finding] = []
    kept = []
    for source in sources:
        kept.append(source)
        text, found = _decode(read_bytes(source.path), source.name)
        problems += found
        graph = ox.NamedNode(source.graph)
        if source.role == "mappings":
            table = read_mappings(text, source.name, prefixes)
            problems += table.problems
            prefixes = table.prefixes | prefixes
            quads += [
                ox.Quad(
                    ox.NamedNode(row.subject),
                    ox.NamedNode(row.predicate),
                    ox.NamedNode(row.object),
                    graph,
                )
                for row in table.mappings
                if not row.negated
            ]
            continue
        parsed = parse(text, format_of(source.path.name), source.name, source.base)
        problems += parsed.problems
        quads += [_placed(quad, graph) for quad in parsed.quads]
    merged = frozenset(
        quad.graph_name for quad in quads if isinstance(quad.graph_name, ox.NamedNode)
    )
    return Dataset(
        tuple(dict.fromkeys(quads)), prefixes, base, tuple(kept), merged, tuple(problems)
    )


def read(data: str | bytes, format: str = "turtle", *, base_iri: str | None = None) -> Dataset:
    """The dataset that a text in one of `FORMATS` says.

    Raises InputError (``does-not-parse``) with line and column.
    """
    if format not in FORMATS:
        raise _unknown_format(format)
    text, found = _decode(data, "-") if isinstance(data, bytes) else (data, [])
    parsed = parse(text, format, "-", base_iri)
    _raise_first((*found, *parsed.problems))
    return parsed


def read_files(
    default: Iterable[Path] = (), named: Mapping[str, Path] = MappingProxyType({})
) -> Dataset:
    """RDF files as a dataset: the first ones its default graph, the others its named graphs.

    Raises InputError (``cannot-read``, ``unknown-format``, ``does-not-parse``, ``not-an-iri``).
    """
    quads: list[ox.Quad] = []
    prefixes = Prefixes(STANDARD_PREFIXES)
    graphs: list[tuple[Path, ox.NamedNode | ox.DefaultGraph]]
    graphs = [(path, _DEFAULT) for path in default]
    graphs += [(path, _graph_name(iri)) for iri, path in named.items()]
    for path, graph in graphs:
        text, found = _decode(read_bytes(path), str(path))
        parsed = parse(text, format_of(path.name), str(path), path.resolve().as_uri())
        _raise_first((*found, *parsed.problems))
        prefixes = prefixes | parsed.prefixes
        quads += [_placed(quad, graph) for quad in parsed.quads]
    return Dataset(tuple(dict.fromkeys(quads)), prefixes)


def format_of(name: str) -> str:
    """The format that a file's suffix stands for.

    >>> format_of("claims.ttl")
    'turtle'

    Raises InputError (``unknown-format``).
    """
    suffix = Path(name).suffix.lower()
    if suffix not in _SUFFIXES:
        raise InputError(
            f"{name}: the suffix {suffix!r} names no RDF format",
            code="unknown-format",
            hint=f"rename it to one of {' '.join(_SUFFIXES)}, or say the format",
        )
    return _SUFFIXES[suffix]


def parse(text: str, format: str, name: str, base_iri: str | None = None) -> Dataset:
    """The quads of a text; what does not parse is a finding in `problems`, not an exception.

    Blank nodes get names of their own, so that two texts never share one. When
    there is a syntax error, no quad of the text is kept.
    """
    try:
        _refuse_deep(text)
        parser = ox.parse(
            text.encode(), format=FORMATS[format], base_iri=base_iri, rename_blank_nodes=True
        )
        quads = tuple(parser)
    except SyntaxError as error:
        return Dataset((), problems=(_syntax_finding(error, text, name),))
    except (MemoryError, ValueError) as error:  # MemoryError: one token of more than 16 MiB
        problem = Finding(
            "does-not-parse", Severity.VIOLATION, _printable(str(error)), location=Location(name)
        )
        return Dataset((), problems=(problem,))
    return Dataset(quads, Prefixes(parser.prefixes))


def _refuse_deep(text: str) -> None:
    """Refuse nesting on which Oxigraph overruns the stack: 20,000 levels do (measured)."""
    depth = 0
    for match in _TRIPLE_TERM.finditer(text):
        depth += -1 if match[0] == ")>>" else 1
        if depth > _DEEPEST:
            raise ValueError(f"triple terms nest deeper than {_DEEPEST}")


def _graph_name(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise InputError(
            f"{iri!r} cannot name a graph: {error}",
            code="not-an-iri",
            hint="write a whole IRI, such as https://example.org/graph/one",
        ) from None


def _placed(quad: ox.Quad, graph: ox.NamedNode | ox.DefaultGraph) -> ox.Quad:
    """The quad in the file's graph, unless the file itself names one (TriG, N-Quads)."""
    if not isinstance(quad.graph_name, ox.DefaultGraph):
        return quad
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def _raise_first(problems: tuple[Finding, ...]) -> None:
    for finding in problems:
        if finding.severity is Severity.VIOLATION:
            raise InputError(
                f"{finding.location}: {finding.message}", code="does-not-parse", hint=finding.fix
            )


def _unknown_format(format: str) -> InputError:
    close = nearest(format, FORMATS, 1)
    return InputError(
        f"no format {format!r}",
        code="unknown-format",
        hint=f"did you mean {close[0]}?" if close else f"one of {', '.join(FORMATS)}",
    )


# --- text that is not as it should be ------------------------------------------------------

_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"


def _decode(data: bytes, name: str) -> tuple[str, list[Finding]]:
    """The text of a file, and what had to be put right to read it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        return "", [
            Finding(
                "does-not-parse",
                Severity.VIOLATION,
                f"the file is not UTF-8: byte 0x{data[error.start]:02x} cannot stand here",
                location=Location(name, line, column),
                fix="save the file as UTF-8",
            )
        ]
    found = []
    if text.startswith(_BOM):
        text = text.removeprefix(_BOM)
        found.append(
            _note(name, "byte-order-mark", "starts with a byte order mark; it was skipped")
        )
    if "\r" in text:
        found.append(_note(name, "line-ends", "has CR line ends; LF is the house form"))
    return text, found


def _note(name: str, rule: str, what: str) -> Finding:
    return Finding(
        rule,
        Severity.INFO,
        f"the file {what}",
        location=Location(name, 1),
        fix="save it as UTF-8 without a byte order mark, with LF line ends",
    )


_UNDECLARED: Final = re.compile(r"The prefix (\S*): has not been declared")
_DECLARED: Final = re.compile(r"@?\bprefix\s+([^\s:<>\"']*):\s*<", re.IGNORECASE)


def _syntax_finding(error: SyntaxError, text: str, name: str) -> Finding:
    message = re.sub(r"^Parser error (at|between) .*?: ", "", str(error.msg))
    line, column = error.lineno or 0, error.offset or 0
    end = (error.end_lineno or 0, error.end_offset or 0)
    location = Location(name, line, column, *(end if end > (line, column) else (0, 0)))
    undeclared = _UNDECLARED.search(message)
    if undeclared:
        return _undeclared_prefix(undeclared[1], text, location)
    odd = _odd_space(text, line, column)
    return Finding(
        "does-not-parse",
        Severity.VIOLATION,
        f"{odd} stands here" if odd else _printable(message),
        location=location,
        fix="write an ordinary space instead" if odd else "",
    )


def _undeclared_prefix(prefix: str, text: str, location: Location) -> Finding:
    """A file that uses a prefix without declaring it: what was meant, or the line to add."""
    declared = set(_DECLARED.findall(text))
    close = nearest(prefix, declared, 1)
    known = STANDARD_PREFIXES.get(prefix)
    fix = f"add: PREFIX {prefix}: <{known}>" if known else f"declare {prefix}: at the top"
    return Finding(
        "prefix-undefined",
        Severity.VIOLATION,
        _printable(f"the prefix {prefix}: is not declared"),
        location=location,
        fix=f"did you mean {close[0]}:?" if close else fix,
    )


def _printable(message: str) -> str:
    """A parser's message, which repeats characters of the text, without those that act."""
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in message)


def _odd_space(text: str, line: int, column: int) -> str:
    """The name of a space that is no white space to RDF syntaxes, at or next to a place."""
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return ""
    near = lines[line - 1][max(0, column - 2) : column + 1]
    for character in near:
        if ord(character) > 127 and unicodedata.category(character) in {"Zs", "Cf"}:
            return f"{unicodedata.name(character).lower()} (U+{ord(character):04X})"
    return ""
