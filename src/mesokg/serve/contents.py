"""What a server serves: where it comes from, and when that has changed.

A source is a small value that goes to another process, which reads it: loading never
stands in the way of a request. The digest names the content, so that a client that has an
answer already need not be sent it again, whichever machine it asked.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

import pyoxigraph as ox

from mesokg import __version__
from mesokg.checks import validate
from mesokg.dataset import Dataset, load, parse, read_files
from mesokg.derived import derive
from mesokg.description import Labels, labels
from mesokg.engine import Engine, embed
from mesokg.errors import ConfigError, InputError, QueryError
from mesokg.files import read_bytes
from mesokg.products import site_files
from mesokg.project import Project, context_file, general_files, open_project, query_folder
from mesokg.queries import Param, Query, choices, load_queries
from mesokg.report import Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes
from mesokg.texts import find_texts

__all__ = [
    "About",
    "Catalogue",
    "Contents",
    "DatasetSource",
    "FilesSource",
    "ProjectSource",
    "Source",
    "catalogue",
]

_TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")
#: What the API calls its own parameters.
_RESERVED: Final = frozenset({"format", "page", "page-size"})


@dataclass(frozen=True, slots=True)
class About:
    """What a service says about itself."""

    title: str = "RDF files"
    description: str = ""
    licence: str = ""
    publisher: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that is served. `pages` are files by path, as a static host would have them."""

    dataset: Dataset
    digest: str
    queries: Mapping[str, Query] = field(default_factory=dict)
    pages: Mapping[str, bytes] = field(default_factory=dict)
    about: About = About()


class Source(Protocol):
    """Where contents come from."""

    def read(self) -> Contents:
        """The contents as they are now. Raises MesokgError."""
        ...

    def stamp(self) -> str:
        """Something that differs when the contents may have changed; cheap to ask for."""
        ...


@dataclass(frozen=True, slots=True)
class ProjectSource:
    """A project: its files, the vocabulary, derived graphs, canned queries, the site."""

    config: Path
    site: bool = True
    today: date | None = None

    def read(self) -> Contents:
        """The project as it is now. Raises what `load` raises, and InputError for bad files."""
        project = open_project(self.config)
        dataset = load(project)
        for finding in dataset.problems:
            if finding.severity is Severity.VIOLATION:
                raise InputError(
                    f"{finding.location}: {finding.message}", code="does-not-parse",
                    hint=finding.fix or "`mesokg validate` shows everything that is wrong",
                )  # fmt: skip
        about = About(
            project.title, project.description, project.licence, project.publisher, project.version
        )
        queries = _queries(project)
        pages = _pages(dataset, project, self.today) if self.site else {}
        digest = _digest(_project_files(project))
        return Contents(derive(dataset), digest, queries, pages, about)

    def stamp(self) -> str:
        """The sizes and times of the project's files."""
        try:
            return _stamp(_project_files(open_project(self.config)))
        except (ConfigError, InputError) as error:
            return error.message


@dataclass(frozen=True, slots=True)
class FilesSource:
    """RDF files: the first ones are the default graph, the others named graphs."""

    default: tuple[Path, ...]
    named: tuple[tuple[str, Path], ...] = ()
    title: str = "RDF files"

    def read(self) -> Contents:
        """The files as they are now. Raises what `read_files` raises."""
        dataset = read_files(self.default, dict(self.named))
        queries = _queries(None)
        return Contents(dataset, _digest(self._paths()), queries, about=About(self.title))

    def stamp(self) -> str:
        """The sizes and times of the files."""
        return _stamp(self._paths())

    def _paths(self) -> list[Path]:
        return [*self.default, *(path for _, path in self.named)]


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """A dataset that is in memory, as N-Quads, with queries and pages; it never changes."""

    nquads: bytes
    merged: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    queries: Mapping[str, Query] = field(default_factory=dict)
    pages: Mapping[str, bytes] = field(default_factory=dict)
    about: About = About()

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        queries: Mapping[str, Query] = MappingProxyType({}),
        pages: Mapping[str, bytes] = MappingProxyType({}),
        about: About = About(),
    ) -> DatasetSource:
        """The source that holds a dataset."""
        return cls(
            ox.serialize(dataset.quads, format=ox.RdfFormat.N_QUADS) or b"",
            tuple(graph.value for graph in dataset.merged),
            dict(dataset.prefixes), dataset.base, dict(queries), dict(pages), about,
        )  # fmt: skip

    def read(self) -> Contents:
        """The dataset."""
        merged = frozenset(map(ox.NamedNode, self.merged))
        quads = parse(self.nquads.decode(), "nquads", "-").quads
        dataset = Dataset(quads, Prefixes(self.prefixes), self.base, merged=merged)
        digest = hashlib.sha256(self.nquads).hexdigest()
        return Contents(dataset, digest, self.queries, self.pages, self.about)

    def stamp(self) -> str:
        """Always the same."""
        return ""


# --- what the server itself needs to know ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the process that talks HTTP knows of the contents: no data, only what it tells of them.

    `choices` are the things that each parameter may stand for, by query and parameter;
    `graphs` the named graphs with their sizes; `classes` and `properties` how often each
    stands in the default graph.
    """

    digest: str
    base: str
    prefixes: Mapping[str, str]
    graphs: Mapping[str, int]
    triples: int
    subjects: int
    objects: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    queries: Mapping[str, Query]
    choices: Mapping[tuple[str, str], tuple[tuple[str, str], ...]]
    pages: Mapping[str, bytes]
    about: About


def catalogue(contents: Contents) -> Catalogue:
    """The catalogue of contents. Raises ConfigError (``parameter-taken``)."""
    dataset = contents.dataset
    default = dataset.default_graph
    graphs = Counter(
        quad.graph_name.value for quad in dataset.quads if isinstance(quad.graph_name, ox.NamedNode)
    )
    classes = Counter(
        triple.object.value
        for triple in default
        if triple.predicate == _TYPE and isinstance(triple.object, ox.NamedNode)
    )
    engine = embed(dataset, named=False)
    names = labels(dataset)
    found = {
        (name, param.name): _choices(name, param, engine, dataset.prefixes, names)
        for name, query in contents.queries.items()
        for param in query.params
    }
    return Catalogue(
        digest=contents.digest,
        base=dataset.base,
        prefixes=dict(dataset.prefixes),
        graphs=dict(sorted(graphs.items())),
        triples=len(default),
        subjects=len({triple.subject for triple in default}),
        objects=len({triple.object for triple in default}),
        classes=dict(sorted(classes.items())),
        properties=dict(sorted(Counter(t.predicate.value for t in default).items())),
        queries=contents.queries,
        choices={key: values for key, values in found.items() if values},
        pages=contents.pages,
        about=contents.about,
    )


def _choices(
    name: str, param: Param, engine: Engine, prefixes: Prefixes, names: Labels
) -> tuple[tuple[str, str], ...]:
    if param.name in _RESERVED:
        raise ConfigError(
            f"the query {name} has a parameter {param.name!r}, a word that the API uses itself",
            code="parameter-taken",
            hint="rename the parameter",
        )
    if param.type == "boolean":
        return (("false", "false"), ("true", "true"))
    things = choices(param, engine, prefixes)
    return tuple((word, names.get(thing.value, word)) for word, thing in things)


def _queries(project: Project | None) -> dict[str, Query]:
    """The canned queries that can be read; `mesokg validate` says what is wrong with the others."""
    found = load_queries(project)
    readable = {}
    for name in found:
        try:
            readable[name] = found[name]
        except (InputError, QueryError):
            continue
    return readable


def _pages(dataset: Dataset, project: Project, today: date | None) -> dict[str, bytes]:
    """The files of the static site by path, which `mesokg site` would write."""
    texts = find_texts(dataset, project.texts)
    report = validate(dataset, project, texts=texts, today=today)
    told = dataset.with_graphs(texts.quads(dataset.base))
    return {file.path: file.data for file in site_files(told, report, project)}


# --- which files, and their state -----------------------------------------------------------


def _project_files(project: Project) -> Iterator[Path]:
    yield project.config
    yield context_file()
    yield from (file.path for file in general_files())
    yield from (file.path for file in project.files())
    yield from sorted(query_folder().glob("*.rq"))
    yield from project.paths("queries")
    for folder in ("pages", "templates"):
        yield from sorted(p for p in (project.root / folder).rglob("*") if p.is_file())


def _digest(paths: Iterator[Path] | list[Path]) -> str:
    """A name for what these files say to this version of the tool, wherever they lie."""
    whole = hashlib.sha256(f"{__version__} {ox.__version__}".encode())
    for path in paths:
        whole.update(hashlib.sha256(path.name.encode() + b"\0" + read_bytes(path)).digest())
    return whole.hexdigest()


def _stamp(paths: Iterator[Path] | list[Path]) -> str:
    parts = []
    for path in paths:
        try:
            state = path.stat()
            parts.append(f"{path} {state.st_mtime_ns} {state.st_size}")
        except OSError as error:
            parts.append(f"{path} {error.strerror}")
    return hashlib.sha256("\n".join(parts).encode(errors="surrogateescape")).hexdigest()
