"""What a dataset says about a few things, and which file says it.

This module decides which file is asked first: a project's own before those that come
with the tool, then in the order of the sources.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.project import SourceFile
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["TYPE", "Said", "term_of"]

TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")

_SH: Final = STANDARD_PREFIXES["sh"]
_PATH: Final = ox.NamedNode(_SH + "path")
_LIMITS: Final = {
    ox.NamedNode(_SH + name): name for name in ("disjoint", "lessThan", "lessThanOrEquals")
}
_TOOL: Final = "mesokg:"
_NAMES_GRAPHS: Final = frozenset({".json", ".jsonld", ".nq", ".trig"})
_NAME: Final = re.compile(r"(?<![\w:/])[A-Za-z][\w-]*:[A-Za-z][\w-]*(?![\w:/])")
_Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


def term_of(text: str) -> Term | None:
    """The term of an N-Triples form; None for anything else.

    >>> term_of('"tea"@en')
    <Literal value=tea language=en>
    """
    try:
        if text.startswith("<"):
            return ox.NamedNode(text[1:-1])
        if text.startswith("_:"):
            return ox.BlankNode(text[2:])
        parsed = ox.parse(f"<a:a> <a:a> {text} .".encode(), format=ox.RdfFormat.N_TRIPLES)
        value = next(iter(parsed)).object if text.startswith('"') else None
    except (SyntaxError, ValueError):
        return None
    return value if isinstance(value, ox.Literal) else None


class Said:
    """The statements about the things that findings are about, best file first.

    Statements that no file says are left out.
    """

    def __init__(self, datasets: Sequence[Dataset]) -> None:
        self._datasets = datasets
        self.sources: dict[str, SourceFile] = {}
        self._by_graph: dict[object, SourceFile] = {}
        for source in chain.from_iterable(dataset.sources for dataset in datasets):
            self.sources.setdefault(source.name, source)
            self._by_graph.setdefault(ox.NamedNode(source.graph), source)
        self._prefixes = datasets[0].prefixes
        self._named: dict[str, tuple[ox.NamedNode, ...]] = {}
        self._rank = {
            name: (name.startswith(_TOOL), number) for number, name in enumerate(self.sources)
        }
        self._with_graphs = tuple(
            source for source in self.sources.values()
            if source.path.suffix.lower() in _NAMES_GRAPHS
        )  # fmt: skip
        self._about: dict[object, list[ox.Quad]] = {}
        self._naming: dict[object, list[ox.Quad]] = {}
        self._limits: dict[tuple[str, str], list[ox.NamedNode]] | None = None

    def about(self, subject: object) -> Sequence[ox.Quad]:
        """The statements about a thing that was looked up."""
        return self._about.get(subject, ())

    def naming(self, value: object) -> Sequence[ox.Quad]:
        """The statements that have a value which was looked up."""
        return self._naming.get(value, ())

    def look_up(self, subjects: Collection[object], values: Collection[object]) -> None:
        """Remember what is said about some things, and what has others as its value."""
        about: dict[object, list[ox.Quad]] = {t: [] for t in subjects if t not in self._about}
        naming: dict[object, list[ox.Quad]] = {t: [] for t in values if t not in self._naming}
        if not about and not naming:
            return
        for quad in self._quads():
            if quad.subject in about and self.files_of(quad.graph_name):
                about[quad.subject].append(quad)
            if naming and quad.object in naming and self.files_of(quad.graph_name):
                naming[quad.object].append(quad)
        for found in (*about.values(), *naming.values()):
            found.sort(key=self.rank)
        self._about |= about
        self._naming |= naming

    def home(self, thing: object) -> ox.Quad | None:
        """The statement with which a thing's description begins: best what type it has."""
        quads = self.about(thing)
        return min(
            quads,
            key=lambda quad: (self.rank(quad)[0], quad.predicate != TYPE, self.rank(quad)),
            default=None,
        )

    def named_in(self, message: str) -> Sequence[ox.NamedNode]:
        """The IRIs of the names with a prefix in a message, in its order, each once."""
        known = self._named.get(message)
        if known is None:
            names = (self._prefixes.expand(name) for name in _NAME.findall(message))
            known = tuple(dict.fromkeys(ox.NamedNode(name) for name in names if name))
            self._named[message] = known
        return known

    def mentions(self, terms: Collection[object]) -> dict[object, tuple[ox.Quad, int]]:
        """The first statement that has each term as value (2) or property (1), best file first."""
        found: dict[object, tuple[ox.Quad, int]] = {}
        for quad in self._quads() if terms else ():
            for part, term in ((2, quad.object), (1, quad.predicate)):
                if term not in terms or not self.files_of(quad.graph_name):
                    continue
                known = found.get(term)
                if known is None or self.rank(quad) < self.rank(known[0]):
                    found[term] = (quad, part)
        return found

    def files_of(self, graph: _Graph) -> Sequence[SourceFile]:
        """The file that a graph is, or those that may name it."""
        source = self._by_graph.get(graph)
        return (source,) if source else self._with_graphs

    def file_of(self, graph: object) -> SourceFile | None:
        """The file that a graph is."""
        return self._by_graph.get(graph)

    def rank(self, quad: ox.Quad) -> tuple[bool, int]:
        """How good the file of a statement is, the less the better."""
        return self._rank[self.files_of(quad.graph_name)[0].name]

    def of_file(self, source: SourceFile) -> Iterator[ox.Quad]:
        """What a file says, in its order, each statement in the graph that the file names."""
        for quad in self._quads():
            if source in self.files_of(quad.graph_name):
                yield self.in_file(quad, source)

    def in_file(self, quad: ox.Quad, source: SourceFile) -> ox.Quad:
        """The statement as its file says it, which does not name the graph that it is."""
        if self._by_graph.get(quad.graph_name) is not source:
            return quad
        return ox.Quad(quad.subject, quad.predicate, quad.object)

    def limits(self, component: str, path: str) -> Sequence[ox.NamedNode]:
        """The properties that shapes with this path compare its values with."""
        if self._limits is None:
            self._limits = defaultdict(list)
            others, paths = [], {}
            for quad in self._quads():
                if quad.predicate == _PATH:
                    paths[quad.subject] = str(quad.object)
                elif quad.predicate in _LIMITS and isinstance(quad.object, ox.NamedNode):
                    others.append((_LIMITS[quad.predicate], quad.subject, quad.object))
            for name, shape, other in others:
                self._limits[name, paths.get(shape, "")].append(other)
        return self._limits.get((component, path), ())

    def _quads(self) -> Iterator[ox.Quad]:
        return chain.from_iterable(dataset.quads for dataset in self._datasets)
