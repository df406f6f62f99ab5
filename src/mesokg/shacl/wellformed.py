"""Shapes that are wrong themselves.

This module decides what a shapes graph must look like, before any data: the syntax rules
of the Recommendation (SHACL, appendix A and the sections that it names), in our own
words. A shape that breaks one has no defined meaning, and engines pass over it without
a word, so that a check that was meant is not made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.engine import embed, sparql_tokens
from mesokg.errors import QueryError
from mesokg.files import read_bytes
from mesokg.project import resource
from mesokg.rendering import show
from mesokg.report import Anchor, Finding, Severity
from mesokg.shacl.graphs import (
    FIRST,
    MESSAGE,
    NIL,
    REST,
    SEVERITIES,
    SH,
    TYPE,
    Index,
    Triples,
    lexical,
    path_text,
    sh,
)
from mesokg.shacl.guards import inside
from mesokg.shacl.sets import declared_prefixes
from mesokg.terms import STANDARD_PREFIXES, Prefixes, nearest

__all__ = ["ILL_FORMED", "UNKNOWN_TERM", "check_shapes"]

#: The rule of a finding about a shape that breaks the syntax of SHACL.
ILL_FORMED: Final = "shape-ill-formed"
#: The rule of a finding about a term that SHACL does not have.
UNKNOWN_TERM: Final = "term-unknown"

_XSD: Final = STANDARD_PREFIXES["xsd"]
_RDF: Final = STANDARD_PREFIXES["rdf"]
_KINDS: Final = frozenset(
    map(sh, ("BlankNode", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRI", "IRIOrLiteral", "Literal"))
)


@dataclass(frozen=True, slots=True)
class _Parameter:
    """What a property of a shape may say: kind of value, how often, on which shapes."""

    kind: str
    single: bool = False
    property_only: bool = False


_P = _Parameter
_PARAMETERS: Final[Mapping[ox.NamedNode, _Parameter]] = MappingProxyType(
    {
        sh(name): parameter
        for name, parameter in {
            "and": _P("shapes"), "class": _P("iri"), "closed": _P("boolean", True),
            "datatype": _P("iri", True), "deactivated": _P("boolean", True),
            "description": _P("text"), "disjoint": _P("iri"), "equals": _P("iri"),
            "flags": _P("string", True), "hasValue": _P("any"),
            "ignoredProperties": _P("iris", True), "in": _P("list", True),
            "languageIn": _P("strings", True), "lessThan": _P("iri", False, True),
            "lessThanOrEquals": _P("iri", False, True), "maxCount": _P("integer", True, True),
            "maxExclusive": _P("literal", True), "maxInclusive": _P("literal", True),
            "maxLength": _P("integer", True), "message": _P("text"),
            "minCount": _P("integer", True, True), "minExclusive": _P("literal", True),
            "minInclusive": _P("literal", True), "minLength": _P("integer", True),
            "name": _P("text", False, True), "node": _P("node"), "nodeKind": _P("kind", True),
            "not": _P("node"), "or": _P("shapes"), "pattern": _P("string", True),
            "property": _P("node"), "qualifiedMaxCount": _P("integer", True, True),
            "qualifiedMinCount": _P("integer", True, True),
            "qualifiedValueShape": _P("node", True, True),
            "qualifiedValueShapesDisjoint": _P("boolean", True, True), "severity": _P("iri", True),
            "sparql": _P("node"), "targetClass": _P("iri"), "targetNode": _P("iri or literal"),
            "targetObjectsOf": _P("iri"), "targetSubjectsOf": _P("iri"),
            "uniqueLang": _P("boolean", True, True), "xone": _P("shapes"),
        }.items()
    }
)  # fmt: skip
#: What says of a node that it is a shape: targets and constraints (2.1), but not a name.
_SHOWS: Final = frozenset(_PARAMETERS) - frozenset(
    map(sh, ("deactivated", "description", "flags", "message", "name", "severity"))
)


def check_shapes(
    shapes: Iterable[ox.Triple], prefixes: Prefixes, *, terms: bool = True
) -> list[Finding]:
    """What is wrong with shapes themselves, in a fixed order.

    Findings of the rule `ILL_FORMED` and, unless `terms` is false, of `UNKNOWN_TERM`.
    Each has the statement that is wrong as its anchor.

    >>> from mesokg.dataset import read
    >>> shapes = read('''@prefix sh: <http://www.w3.org/ns/shacl#> .
    ...     <http://e/s> sh:property [ sh:path <http://e/p> ; sh:minCount "one" ] .''')
    >>> [f.message for f in check_shapes(shapes.default_graph, Prefixes({"sh": SH}))]
    ['sh:minCount must be an integer, not "one"']
    """
    checker = _Checker(tuple(shapes), prefixes)
    found = list(checker.findings())
    if terms:
        found += checker.unknown_terms()
    return sorted(dict.fromkeys(found), key=lambda finding: (finding.order, str(finding.anchor)))


class _Checker:
    def __init__(self, shapes: Triples, prefixes: Prefixes) -> None:
        self.triples = shapes
        self.index = Index(sorted(dict.fromkeys(shapes), key=str))
        self.prefixes = prefixes
        self.referred = {
            inner: node for node in list(self.index.out) for inner in inside(node, self.index)
        }

    def findings(self) -> Iterator[Finding]:
        """All but unknown terms."""
        for node in list(self.index.out):
            if self._is_shape(node):
                yield from self._shape(node)
        for node, holder in self.referred.items():
            if node not in self.index.out and isinstance(node, ox.NamedNode):
                yield from self._missing(node, holder)
        yield from self._recursions()

    def _is_shape(self, node: object) -> bool:
        about = self.index.out[node]
        types = about.get(TYPE, ())
        return (
            node in self.referred
            or sh("NodeShape") in types
            or sh("PropertyShape") in types
            or not _SHOWS.isdisjoint(about)
        )

    # --- one shape ---

    def _shape(self, node: object) -> Iterator[Finding]:
        about = self.index.out[node]
        types = about.get(TYPE, ())
        is_property = sh("path") in about or sh("PropertyShape") in types
        yield from self._paths(node, is_property)
        for name, parameter in _PARAMETERS.items():
            values = about.get(name, ())
            if len(values) > 1 and parameter.single:
                yield self._wrong(
                    node, name, values[-1], f"{self._say(name)} may be given only once"
                )
            for value in values:
                yield from self._value(node, name, parameter, value)
            if values and parameter.property_only and not is_property:
                text = f"{self._say(name)} belongs to a property shape, and this has no sh:path"
                yield self._wrong(node, name, values[0], text)
        yield from self._combinations(node, about)
        for constraint in about.get(sh("sparql"), ()):
            yield from self._sparql(constraint, node)

    def _paths(self, node: object, is_property: bool) -> Iterator[Finding]:
        paths = self.index.out[node].get(sh("path"), [])
        types = self.index.out[node].get(TYPE, ())
        path = sh("path")
        if sh("NodeShape") in types and paths:
            yield self._wrong(node, path, paths[0], "a node shape may not have a sh:path")
        holder = self.referred.get(node)
        owed = holder is not None and node in self.index.out[holder].get(sh("property"), ())
        if (is_property or owed) and not paths:
            text = "a property shape needs a sh:path"
            yield self._wrong(node, path, None, text)
        if len(paths) > 1:
            yield self._wrong(node, path, paths[-1], "a property shape has exactly one sh:path")
        for value in paths:
            problem = self._path(value, frozenset())
            if problem:
                yield self._wrong(node, path, value, f"the sh:path is no property path: {problem}")

    def _path(self, node: Term, seen: frozenset[object]) -> str:
        """What is wrong with a path (2.3.1), or nothing."""
        if isinstance(node, ox.NamedNode) and node != NIL:
            return ""
        if not isinstance(node, ox.BlankNode):
            return f"{self._say(node)} is neither a property nor a path"
        if node in seen:
            return "it holds itself"
        seen |= {node}
        about = self.index.out.get(node, {})
        forms = [name for name in _PATH_FORMS if name in about]
        if FIRST in about:
            return self._members(node, seen) if not forms else "it is a list and something else"
        if len(forms) != 1 or len(about[forms[0]]) != 1:
            names = ", ".join(map(self._say, _PATH_FORMS))
            return f"a blank node must be a list or have exactly one of {names}"
        value = about[forms[0]][0]
        if forms[0] == sh("alternativePath"):
            return self._members(value, seen)
        return self._path(value, seen)

    def _members(self, node: Term, seen: frozenset[object]) -> str:
        problem = self._list(node)
        if problem:
            return problem
        members = self.index.items(node)
        if len(members) < 2:
            return "a list of paths needs at least two members"
        return next(filter(None, (self._path(member, seen) for member in members)), "")

    def _value(
        self, node: object, name: ox.NamedNode, parameter: _Parameter, value: Term
    ) -> Iterator[Finding]:
        wanted, fits = _VALUES[parameter.kind]
        if not fits(value):
            text = f"{self._say(name)} must be {wanted}, not {self._say(value)}"
            yield self._wrong(node, name, value, text)
            return
        if parameter.kind in _LISTS:
            problem = self._list(value)
            if problem:
                yield self._wrong(node, name, value, f"{self._say(name)} needs a list: {problem}")
                return
            wanted, fits = _VALUES[_LISTS[parameter.kind]]
            for item in self.index.items(value):
                if not fits(item):
                    text = (
                        f"each member of {self._say(name)} must be {wanted}, not {self._say(item)}"
                    )
                    yield self._wrong(node, name, value, text)

    def _list(self, node: Term) -> str:
        """What is wrong with a list, or nothing."""
        seen: set[object] = set()
        rest: Term = node
        while rest != NIL:
            about = self.index.out.get(rest, {})
            if rest in seen:
                return "the list runs in a circle"
            seen.add(rest)
            if len(about.get(FIRST, ())) != 1 or len(about.get(REST, ())) != 1:
                if not seen - {rest} and not about.get(FIRST) and not about.get(REST):
                    return f"{self._say(node)} is none"
                return "a member has not exactly one rdf:first and rdf:rest"
            rest = about[REST][0]
        return ""

    def _combinations(
        self, node: object, about: Mapping[ox.NamedNode, list[Term]]
    ) -> Iterator[Finding]:
        for name, others in _NEEDS.items():
            if name in about and not any(other in about for other in others):
                text = (
                    f"{self._say(name)} says nothing without {' or '.join(map(self._say, others))}"
                )
                yield self._wrong(node, name, about[name][0], text)
        for value in about.get(sh("pattern"), ()):
            flags = lexical(next(iter(about.get(sh("flags"), ())), None))
            if isinstance(value, ox.Literal) and not _is_regex(value.value, flags):
                text = f"{self._say(value)} is no regular expression"
                yield self._wrong(node, sh("pattern"), value, text)
        for value in about.get(sh("severity"), ()):
            if isinstance(value, ox.NamedNode) and value not in SEVERITIES:
                text = (
                    f"the severity {self._say(value)} is none of sh:Info, sh:Warning, sh:Violation"
                )
                yield self._wrong(node, sh("severity"), value, text, Severity.WARNING)

    def _missing(self, node: object, holder: object) -> Iterator[Finding]:
        for name, values in self.index.out[holder].items():
            listed = [item for value in values for item in self.index.items(value)]
            if node in (*values, *listed):
                text = f"the shapes do not say what {self._say(node)} is"
                yield self._wrong(holder, name, node, text, Severity.WARNING)

    def _recursions(self) -> Iterator[Finding]:
        """A finding for each shape that refers to itself: what that means is undefined (3.4.3)."""
        for node in list(self.index.out):
            seen: set[object] = set()
            todo = list(inside(node, self.index))
            while todo:
                inner = todo.pop()
                if inner not in seen:
                    seen.add(inner)
                    todo += inside(inner, self.index)
            if node in seen and isinstance(node, ox.NamedNode):
                text = f"the shape {self._say(node)} refers to itself, which SHACL leaves undefined"
                yield self._wrong(node, None, None, text, Severity.WARNING)

    # --- SPARQL ---

    def _sparql(self, constraint: Term, shape: object) -> Iterator[Finding]:
        about = self.index.out.get(constraint, {})
        selects = about.get(sh("select"), [])
        if len(selects) != 1:
            text = "a SPARQL constraint needs exactly one sh:select"
            yield self._wrong(constraint, sh("select"), None, text)
            return
        (select,) = selects
        if not _is_string(select):
            yield self._wrong(constraint, sh("select"), select, "sh:select must be a string")
            return
        for value in about.get(MESSAGE, ()):
            if not _is_text(value):
                yield self._wrong(constraint, MESSAGE, value, "sh:message must be a text")
        prefixes = yield from self._declared(constraint)
        path = self.index.value(shape, sh("path"))
        written = path_text(path, self.index) if path is not None else "<urn:path>"
        problem = _query_problem(select.value, prefixes, written)
        if problem:
            yield self._wrong(constraint, sh("select"), select, problem)

    def _declared(self, constraint: Term) -> Generator[Finding, None, Mapping[str, str]]:
        for holder in self.index.values(constraint, sh("prefixes")):
            for declared in self.index.values(holder, sh("declare")):
                about = self.index.out.get(declared, {})
                for name in (sh("prefix"), sh("namespace")):
                    values = about.get(name, [])
                    if len(values) != 1 or not isinstance(values[0], ox.Literal):
                        text = (
                            f"a prefix declaration needs exactly one {self._say(name)}, a literal"
                        )
                        yield self._wrong(declared, name, None, text)
        found = declared_prefixes(constraint, self.index)
        if found is None:
            text = "two declarations give one prefix different namespaces"
            yield self._wrong(constraint, sh("prefixes"), None, text)
        return found or {}

    # --- terms ---

    def unknown_terms(self) -> Iterator[Finding]:
        """A finding for each use of a term that SHACL does not have."""
        for subject, predicate, value in self.triples:
            for term in (predicate, value):
                if not isinstance(term, ox.NamedNode) or not term.value.startswith(SH):
                    continue
                local = term.value.removeprefix(SH)
                if local and local not in _known_terms():
                    close = [self._say(sh(name)) for name in nearest(local, _known_terms(), 2)]
                    meant = f"; did you mean {' or '.join(close)}?" if close else ""
                    text = f"there is no term {self._say(term)}{meant}"
                    yield self._wrong(
                        subject, predicate, value, text, Severity.VIOLATION, UNKNOWN_TERM
                    )

    # --- words ---

    def _say(self, term: object) -> str:
        if isinstance(term, ox.BlankNode):
            return "a blank node"
        return show(str(term), self.prefixes)

    def _wrong(
        self,
        node: object,
        predicate: ox.NamedNode | None,
        value: object,
        message: str,
        severity: Severity = Severity.VIOLATION,
        rule: str = ILL_FORMED,
    ) -> Finding:
        named = node if isinstance(node, ox.NamedNode) else None
        if named is None and isinstance(node, ox.BlankNode):
            named = self.index.owner(node)
        return Finding(
            rule,
            severity,
            message,
            focus="" if named is None else str(named),
            path="" if predicate is None else str(predicate),
            value="" if value is None or isinstance(value, ox.BlankNode) else str(value),
            shape="" if named is None else named.value,
            anchor=Anchor(
                str(node),
                "" if predicate is None else str(predicate),
                "" if value is None else str(value),
            ),
        )


# --- values ---------------------------------------------------------------------------------

_PATH_FORMS: Final = tuple(
    map(
        sh,
        ("alternativePath", "inversePath", "oneOrMorePath", "zeroOrMorePath", "zeroOrOnePath"),
    )
)
_NEEDS: Final = MappingProxyType(
    {
        sh("flags"): (sh("pattern"),),
        sh("ignoredProperties"): (sh("closed"),),
        sh("qualifiedMaxCount"): (sh("qualifiedValueShape"),),
        sh("qualifiedMinCount"): (sh("qualifiedValueShape"),),
        sh("qualifiedValueShape"): (sh("qualifiedMinCount"), sh("qualifiedMaxCount")),
        sh("qualifiedValueShapesDisjoint"): (sh("qualifiedValueShape"),),
    }
)


def _has_type(value: object, *datatypes: str) -> bool:
    return isinstance(value, ox.Literal) and value.datatype.value in datatypes


def _is_string(value: object) -> bool:
    return _has_type(value, _XSD + "string")


def _is_text(value: object) -> bool:
    return _has_type(value, _XSD + "string", _RDF + "langString")


def _is_integer(value: object) -> bool:
    number = re.compile(r"[+-]?\d+")
    return _has_type(value, _XSD + "integer") and bool(number.fullmatch(lexical(value)))


def _is_boolean(value: object) -> bool:
    return _has_type(value, _XSD + "boolean") and lexical(value) in {"true", "false"}


def _is_node(value: object) -> bool:
    return isinstance(value, ox.NamedNode | ox.BlankNode)


#: Kind of value -> how a message calls it, and what fits it.
_VALUES: Final[Mapping[str, tuple[str, Callable[[object], bool]]]] = MappingProxyType(
    {
        "any": ("anything", lambda _: True),
        "boolean": ("true or false", _is_boolean),
        "integer": ("an integer", _is_integer),
        "iri": ("an IRI", lambda value: isinstance(value, ox.NamedNode)),
        "iri or literal": ("an IRI or a literal", lambda v: not isinstance(v, ox.BlankNode)),
        "iris": ("a list of IRIs", _is_node),
        "kind": ("one of the six kinds, such as sh:IRI", lambda value: value in _KINDS),
        "list": ("a list", _is_node),
        "literal": ("a literal", lambda value: isinstance(value, ox.Literal)),
        "node": ("an IRI or a blank node", _is_node),
        "shapes": ("a list of shapes", _is_node),
        "string": ("a string without a language", _is_string),
        "strings": ("a list of language tags", _is_node),
        "text": ("a text", _is_text),
    }
)
#: Kind of list -> kind of its members.
_LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {"iris": "iri", "list": "any", "shapes": "node", "strings": "string"}
)


@cache
def _is_regex(pattern: str, flags: str) -> bool:
    """Whether SPARQL's REGEX takes a pattern."""
    quoted = ", ".join(str(ox.Literal(text)) for text in ("", pattern, flags))
    try:
        rows = ox.Store().query(f"SELECT (REGEX({quoted}) AS ?fits) {{}}")
        return next(iter(rows))[0] is not None  # type: ignore[arg-type]  # a SELECT
    except (SyntaxError, ValueError, RuntimeError, OSError):
        return False


_UNBINDABLE: Final = frozenset({"MINUS", "SERVICE", "VALUES"})


def _query_problem(select: str, prefixes: Mapping[str, str], path: str) -> str:
    """What is wrong with the query of a constraint (5.2), or nothing."""
    tokens = [token for token in sparql_tokens(select) if token[0] not in {"space", "comment"}]
    for kind, text, _ in tokens:
        if kind == "word" and text.upper() in _UNBINDABLE:
            return f"sh:select may not use {text.upper()}"
    if not any(kind == "variable" and text[1:] == "this" for kind, text, _ in tokens):
        return "sh:select does not look at $this"
    head = "".join(f"PREFIX {name}: <{iri}> " for name, iri in prefixes.items())
    text = re.sub(r"[$?]PATH\b", lambda _: path, select)
    try:
        embed(Dataset(())).run(head + text)
    except QueryError as error:
        hint = f" ({error.hint})" if error.hint and "prefix" in error.message else ""
        if hint:
            hint = " (declare it behind sh:prefixes)"
        return f"sh:select does not parse: {error.message}{hint}"
    if tokens[0][1].upper() != "SELECT" and "PREFIX" not in tokens[0][1].upper():
        return "sh:select must be a SELECT"
    return ""


@cache
def _known_terms() -> frozenset[str]:
    """The local names of SHACL's terms."""
    text = read_bytes(resource("terms.txt")).decode("utf-8")
    listed = re.search(r"^sh:((?:[^\n]|\n(?=[ \t]))*)", text, re.MULTILINE)
    return frozenset(listed[1].split()) if listed else frozenset()
