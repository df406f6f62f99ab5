"""JSON-LD that people read: the whole dataset, or one tree for each claim.

This module decides how quads become JSON. Nodes stand in the order of their
names, a blank node that is used once stands inside its user, a well-formed
list is a list, and an integer is a number only where no reader can change it.
The context is written into each document, on one line, so that every reader
works offline; nothing is ever fetched. PyLD chooses the keys by the context.

Framing is a walk of our own along a frame that any JSON-LD tool can read: PyLD
looks at every node of the graph for each reverse property of each match, which
is quadratic, and the tests hold the result against PyLD's.

Spec: https://www.w3.org/TR/json-ld11/, https://www.w3.org/TR/json-ld11-framing/
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NoReturn

import pyoxigraph as ox
from pyld import jsonld

from mesokg.canon import canonical
from mesokg.dataset import Dataset, Term, parse
from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.project import resource
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["claims_jsonld", "prefix_context", "to_jsonld"]

_RDF: Final = STANDARD_PREFIXES["rdf"]
_XSD: Final = STANDARD_PREFIXES["xsd"]
_TYPE: Final = ox.NamedNode(_RDF + "type")
_FIRST: Final = ox.NamedNode(_RDF + "first")
_REST: Final = ox.NamedNode(_RDF + "rest")
_NIL: Final = ox.NamedNode(_RDF + "nil")
_CONCEPT: Final = ox.NamedNode(STANDARD_PREFIXES["skos"] + "Concept")
_DEFAULT: Final = ox.DefaultGraph()

#: Integers beyond this lose digits in JavaScript.
_LARGEST: Final = 2**53 - 1
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,15}")
_PREFIX: Final = re.compile(r"[^\W_][\w.-]*")
#: JSON readers recurse; a blank node that would lie deeper stands at the top and is pointed at.
_DEEPEST: Final = 16

_Node = ox.NamedNode | ox.BlankNode
_Json = dict[str, Any]


def to_jsonld(dataset: Dataset, context: Mapping[str, Any]) -> bytes:
    """The dataset, compacted by a context document, with its named graphs; byte-stable.

    Expanding it gives back the dataset exactly: `mesokg.canon.digest` is the same.
    That is checked by reading it back; a dataset with IRIs that the context would
    turn into others is written without context. Time grows with the number of
    quads. Raises InputError (``not-writable``).
    """
    quads = canonical(dataset.quads)
    return _written([*_graphs(quads)], context)


def claims_jsonld(dataset: Dataset, context: Mapping[str, Any]) -> bytes:
    """One tree for each claim, in the order of their IRIs; byte-stable.

    A tree holds what the frame ``resources/frames/claims.jsonld`` names, from all
    graphs, the derived ones too: what the claim says and where, its evidence down
    to the findings of the works, and how it was assessed. Every triple of it is
    in the dataset. Without context, and raising, as `to_jsonld`.
    """
    frame = json.loads(read_bytes(resource("frames", "claims.jsonld")))
    (expanded_frame,) = _processed("expand", {**frame, **context}, {"isFrame": True})
    graph = _Graph.of(canonical(ox.Quad(*quad.triple) for quad in dataset.quads))
    wanted = ox.NamedNode(expanded_frame["@type"][0])
    found = sorted((node for node in graph.nodes if wanted in graph.types(node)), key=str)
    trees = [graph.tree(node, expanded_frame) for node in found]
    return _written(trees, context, frame)


def prefix_context(prefixes: Mapping[str, str]) -> Mapping[str, Any]:
    """A context document that only knows these prefixes, as far as JSON-LD allows them.

    >>> prefix_context({"ex": "http://e/", "": "http://d/"})
    {'@context': {'ex': {'@id': 'http://e/', '@prefix': True}}}
    """
    usable = {
        prefix: {"@id": namespace, "@prefix": True}
        for prefix, namespace in sorted(prefixes.items())
        if _PREFIX.fullmatch(prefix)
    }
    return {"@context": usable}


# --- quads to expanded JSON-LD ----------------------------------------------------------------


def _graphs(quads: Sequence[ox.Quad]) -> Iterable[_Json]:
    """The nodes of the default graph, then each named graph with its nodes."""
    layout = _Layout.of(quads)
    by_graph: dict[object, list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        by_graph[quad.graph_name].append(quad)
    yield from _nodes(by_graph.pop(_DEFAULT, []), layout)
    for name, inside in sorted(by_graph.items(), key=lambda item: str(item[0])):
        yield {"@id": _name(name), "@graph": [*_nodes(inside, layout)]}


def _nodes(quads: Iterable[ox.Quad], layout: _Layout) -> Iterable[_Json]:
    graph = _Graph.of(quads, layout)
    for node in sorted(graph.nodes, key=str):
        if layout.depth.get(node, 0) == 0 and node not in layout.inner:
            yield graph.node(node)


@dataclass(frozen=True)
class _Graph:
    """The triples of one graph by subject, and how its blank nodes are laid out."""

    about: Mapping[_Node, Mapping[ox.NamedNode, Sequence[Term]]]
    layout: _Layout

    @classmethod
    def of(cls, quads: Iterable[ox.Quad], layout: _Layout | None = None) -> _Graph:
        about: dict[_Node, dict[ox.NamedNode, list[Term]]] = {}
        for quad in quads:
            if isinstance(quad.object, ox.Triple) or isinstance(quad.subject, ox.Triple):
                raise _not_writable("a triple term has no form in JSON-LD")
            about.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)
        return cls(about, layout or _Layout())

    @property
    def nodes(self) -> Iterable[_Node]:
        return self.about

    def types(self, node: _Node) -> list[ox.NamedNode]:
        found = self.about.get(node, {}).get(_TYPE, ())
        return [kind for kind in found if isinstance(kind, ox.NamedNode)]

    def node(self, node: _Node) -> _Json:
        """A node with all that is said about it."""
        written: _Json = {} if self.layout.depth.get(node) else {"@id": _name(node)}
        if node in self.layout.lists:
            first, *rest = self.layout.lists[node]
            tail = [{"@list": [self.value(item) for item in rest]}] if rest else [_ref(_NIL)]
            return {**written, _FIRST.value: [self.value(first)], _REST.value: tail}
        if types := self.types(node):
            written["@type"] = [kind.value for kind in types]
        for predicate, objects in self.about.get(node, {}).items():
            values = [
                self.value(term)
                for term in objects
                if predicate != _TYPE or not isinstance(term, ox.NamedNode)
            ]
            if values:
                written[predicate.value] = values
        return written

    def value(self, term: Term) -> _Json:
        if isinstance(term, ox.Literal):
            return _literal(term)
        if isinstance(term, ox.BlankNode) and self.layout.depth.get(term):
            if term in self.layout.lists:
                return {"@list": [self.value(item) for item in self.layout.lists[term]]}
            return self.node(term)
        return _ref(term)

    # --- following a frame ---

    @cached_property
    def users(self) -> Mapping[tuple[ox.NamedNode, Term], Sequence[_Node]]:
        """Property and object -> the subjects, for reverse properties."""
        found: dict[tuple[ox.NamedNode, Term], list[_Node]] = defaultdict(list)
        for subject, properties in self.about.items():
            for predicate, objects in properties.items():
                for term in objects:
                    if not isinstance(term, ox.Literal):
                        found[predicate, term].append(subject)
        return found

    def tree(self, node: _Node, frame: _Json) -> _Json:
        """A node with what the frame names, and no more.

        A thing of several types is shown without skos:Concept, which every entity
        carries for tools that do not infer it.
        """
        types = self.types(node)
        shown = [kind.value for kind in types if kind != _CONCEPT or len(types) == 1]
        written: _Json = {"@id": _name(node)} | ({"@type": shown} if shown else {})
        for key, (inner, *_) in _properties(frame):
            if values := self.about.get(node, {}).get(ox.NamedNode(key)):
                written[key] = [self.branch(term, inner) for term in values]
        reverse = {
            key: [self.branch(user, inner) for user in users]
            for key, (inner, *_) in frame.get("@reverse", {}).items()
            if (users := self.users.get((ox.NamedNode(key), node)))
        }
        return written | ({"@reverse": reverse} if reverse else {})

    def branch(self, term: Term, frame: _Json) -> _Json:
        if isinstance(term, ox.Literal):
            return _literal(term)
        return _ref(term) if frame.get("@embed") == ["@never"] else self.tree(term, frame)


def _properties(frame: _Json) -> Iterable[tuple[str, list[_Json]]]:
    return ((key, inner) for key, inner in frame.items() if not key.startswith("@"))


def _name(node: object) -> str:
    """An IRI as it is, a blank node with its mark."""
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def _ref(node: object) -> _Json:
    return {"@id": _name(node)}


def _literal(literal: ox.Literal) -> _Json:
    """A value object; a number or a truth value only if its text is the canonical one."""
    text, datatype = literal.value, literal.datatype.value
    if literal.direction is not None:
        raise _not_writable(f"the text {text!r} has a base direction")
    if literal.language:
        return {"@value": text, "@language": literal.language}
    if datatype == _XSD + "string":
        return {"@value": text}
    if datatype == _XSD + "boolean" and text in {"true", "false"}:
        return {"@value": text == "true"}
    if datatype == _XSD + "integer" and _INTEGER.fullmatch(text) and abs(int(text)) <= _LARGEST:
        return {"@value": int(text)}
    return {"@value": text, "@type": datatype}


# --- where blank nodes stand ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which blank nodes are written where.

    `depth`: how deep a blank node or list lies inside others; 0 or absent: it has
    a name and stands at the top. `lists`: the first cell of each list -> its items.
    `inner`: the cells after the first, which are never written.
    """

    depth: Mapping[object, int] = field(default_factory=dict)
    lists: Mapping[object, Sequence[Term]] = field(default_factory=dict)
    inner: frozenset[object] = frozenset()

    @classmethod
    def of(cls, quads: Sequence[ox.Quad]) -> _Layout:
        said = defaultdict(list)
        for quad in quads:
            if isinstance(quad.subject, ox.BlankNode):
                said[quad.subject].append(quad)
        user = _used_once(quads, said)
        cells = {node for node in user if _is_cell(said[node])}
        lists: dict[object, list[Term]] = {}
        head_of: dict[object, object] = {}
        for quad in quads:
            if quad.predicate == _REST and quad.object == _NIL and quad.subject in cells:
                chain: list[Any] = [quad.subject]
                while user[chain[-1]].predicate == _REST and user[chain[-1]].subject in cells:
                    chain.append(user[chain[-1]].subject)
                lists[chain[-1]] = [_first(said[cell]) for cell in reversed(chain)]
                head_of |= dict.fromkeys(chain, chain[-1])
        inner = frozenset(head_of) - frozenset(lists)
        outer = {node: quad.subject for node, quad in user.items() if node not in inner}
        owner = {node: head_of.get(subject, subject) for node, subject in outer.items()}
        return cls(_depths(owner), lists, inner)


def _used_once(
    quads: Sequence[ox.Quad], said: Mapping[ox.BlankNode, Sequence[ox.Quad]]
) -> Mapping[ox.BlankNode, ox.Quad]:
    """Blank nodes with one statement that points at them, and all else in its graph: node -> it."""
    uses = defaultdict(list)
    for quad in quads:
        if isinstance(quad.object, ox.BlankNode):
            uses[quad.object].append(quad)
    graphs = {quad.graph_name for quad in quads}
    return {
        node: user
        for node, (user, *others) in uses.items()
        if not others
        and node not in graphs
        and all(quad.graph_name == user.graph_name for quad in said.get(node, ()))
    }


def _is_cell(quads: Sequence[ox.Quad]) -> bool:
    return len(quads) == 2 and {quad.predicate for quad in quads} == {_FIRST, _REST}


def _first(quads: Sequence[ox.Quad]) -> Any:
    return next(quad.object for quad in quads if quad.predicate == _FIRST)


def _depths(owner: Mapping[Any, object]) -> Mapping[object, int]:
    """How deep each node lies; 0 breaks a circle, or a chain that is too deep."""
    depth: dict[object, int] = {}
    for start in sorted(owner, key=str):
        path: dict[object, None] = {}
        node = start
        while node in owner and node not in depth and node not in path:
            path[node] = None
            node = owner[node]
        if node in path:
            depth[node] = 0
        for below in reversed(path):
            if below not in depth:
                deeper = depth.get(owner[below], 0) + 1
                depth[below] = deeper if deeper <= _DEEPEST else 0
    return depth


# --- expanded JSON-LD to bytes ----------------------------------------------------------------


def _written(expanded: list[_Json], context: Mapping[str, Any], frame: Any = None) -> bytes:
    """The nodes by the context if they are read back as they are, else without context."""
    _compact([], context)  # what is wrong with the context itself is an error
    plain = _document(expanded, {}, frame)
    try:
        written = _document(_compact(expanded, context), context, frame)
    except InputError:
        return plain
    return written if _read_back(written) == _read_back(plain) else plain


def _read_back(document: bytes) -> tuple[ox.Quad, ...]:
    return canonical(parse(document.decode(), "jsonld", "-").quads)


def _compact(expanded: list[_Json], context: Mapping[str, Any]) -> list[_Json]:
    """The nodes with the keys that the context has for them."""
    options = {"skipExpansion": True, "graph": True}
    compacted = _processed("compact", expanded, options, context)
    return next((value for key, value in compacted.items() if key != "@context"), [])


def _processed(name: str, document: Any, options: _Json, *arguments: Any) -> Any:
    """What a function of PyLD makes of a document, without any network."""
    options = {**options, "documentLoader": _refuse, "processingMode": "json-ld-1.1"}
    try:
        return getattr(jsonld, name)(document, *arguments, options)
    except jsonld.JsonLdError as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        raise _not_writable(str(cause.args[0] if cause.args else cause)) from error


def _refuse(url: str, options: _Json) -> NoReturn:
    raise jsonld.JsonLdError(f"{url} is not fetched", "jsonld.LoadDocumentError")


def _document(nodes: list[_Json], context: Mapping[str, Any], frame: Any) -> bytes:
    """The bytes: the context on one line, then the nodes, keys in the order of the frame."""
    head = json.dumps(context.get("@context", {}), ensure_ascii=False)
    body = json.dumps([_arranged(node, frame) for node in nodes], ensure_ascii=False, indent=2)
    return f'{{"@context": {head},\n"@graph": {body}}}\n'.encode()


def _arranged(value: Any, frame: Any) -> Any:
    """The same with keys in order: id, type, those of the frame, the others by name."""
    if isinstance(value, list):
        return [_arranged(item, frame) for item in value]
    if not isinstance(value, dict):
        return value
    known = frame if isinstance(frame, dict) else {}
    order = {key: place for place, key in enumerate(("@id", "id", "@type", "type", *known))}
    keys = sorted(value, key=lambda key: (order.get(key, len(order)), key))
    return {key: _arranged(value[key], known.get(key, {})) for key in keys}


def _not_writable(reason: str) -> InputError:
    return InputError(
        f"the data cannot be written as jsonld: {reason}",
        code="not-writable",
        hint="choose another format; nquads and trig can say everything",
    )
