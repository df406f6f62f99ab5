"""SHACL: shapes as rules, and the engines that run them.

This module decides which engine validates and what its report means. An engine
is one entry of `ENGINES`: a function from data and shapes to a validation report
as triples. Everything else (which rule a result belongs to, what it says, how a
blank node is called) is done here, alike for every engine, so that their findings
can be compared. Whatever an engine raises becomes a finding about the shape.

Spec: https://www.w3.org/TR/shacl/
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import re
import warnings
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import pyoxigraph as ox
import rdflib

from mesokg.dataset import Term
from mesokg.engine import sparql_tokens
from mesokg.errors import UsageError
from mesokg.rendering import show
from mesokg.report import Finding, Severity
from mesokg.terms import NS, SHAPES, STANDARD_PREFIXES, Prefixes, nearest

__all__ = [
    "ENGINES",
    "FAILED",
    "Result",
    "Shape",
    "choose_engine",
    "read_shapes",
    "run_shapes",
    "validate_shapes",
]

#: The rule of a finding that says that a shape could not be checked.
FAILED: Final = "shape-failed"

_SH: Final = STANDARD_PREFIXES["sh"]
_RDF: Final = STANDARD_PREFIXES["rdf"]
_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_XSD_STRING: Final = STANDARD_PREFIXES["xsd"] + "string"
_TYPE: Final = ox.NamedNode(_RDF + "type")
_FIRST: Final = ox.NamedNode(_RDF + "first")
_REST: Final = ox.NamedNode(_RDF + "rest")
_LABEL: Final = ox.NamedNode(_RDFS + "label")
_COMMENT: Final = ox.NamedNode(_RDFS + "comment")
_CLASS: Final = ox.NamedNode(_RDFS + "Class")
_REQUIRES: Final = ox.NamedNode(NS + "requires")
_TEXT: Final = ox.NamedNode(NS + "text")

_Triples = Sequence[ox.Triple]
_Node = ox.NamedNode | ox.BlankNode


def _sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SH + name)


_MESSAGE: Final = _sh("message")
_SEVERITY: Final = _sh("severity")
_DEACTIVATED: Final = _sh("deactivated")
_SWITCHES: Final = frozenset(
    map(_sh, ("closed", "deactivated", "qualifiedValueShapesDisjoint", "uniqueLang"))
)
_TARGETS: Final = frozenset(
    map(_sh, ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "target"))
)
_SEVERITIES: Final[Mapping[object, Severity]] = MappingProxyType(
    {
        _sh("Info"): Severity.INFO,
        _sh("Violation"): Severity.VIOLATION,
        _sh("Warning"): Severity.WARNING,
    }
)


# --- what shapes say about themselves -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """A named shape with a target: a rule. `fix` is the first of its messages."""

    id: str
    iri: str
    title: str
    about: str
    fix: str
    severity: Severity
    needs_text: bool


def read_shapes(triples: Iterable[ox.Triple], prefixes: Prefixes) -> tuple[Shape, ...]:
    """The rules among these triples, ordered by id.

    A rule is a shape with an IRI that has a target and is not deactivated. Its id
    is the local name for shapes of the tool's own namespace, else CURIE or IRI.

    >>> from mesokg.dataset import read
    >>> data = read('''@prefix sh: <http://www.w3.org/ns/shacl#> .
    ...     <https://w3id.org/mesokg/shapes#tea-hot> sh:targetClass <http://e/Tea> .''')
    >>> [shape.id for shape in read_shapes(data.default_graph, Prefixes())]
    ['tea-hot']
    """
    index = _Index(triples)
    shapes = (_shape(node, index, prefixes) for node in index.out if _is_rule(node, index))
    return tuple(sorted(shapes, key=lambda shape: shape.id))


def _is_rule(node: _Node, index: _Index) -> bool:
    about = index.out[node]
    implicit = _CLASS in about.get(_TYPE, ()) and _sh("NodeShape") in about.get(_TYPE, ())
    return (
        isinstance(node, ox.NamedNode)
        and (implicit or not _TARGETS.isdisjoint(about))
        and not any(_lexical(value) == "true" for value in about.get(_DEACTIVATED, ()))
    )


def _shape(node: _Node, index: _Index, prefixes: Prefixes) -> Shape:
    return Shape(
        _rule_id(node.value, prefixes),
        node.value,
        _text(index.values(node, _LABEL)),
        _text(index.values(node, _COMMENT)),
        next((_text(found) for found in _messages(node, index) if found), ""),
        next((_SEVERITIES[s] for s in index.values(node, _SEVERITY) if s in _SEVERITIES), _WORST),
        _TEXT in index.values(node, _REQUIRES),
    )


_WORST: Final = max(Severity)


def _messages(node: _Node, index: _Index) -> Iterator[list[Term]]:
    """The messages of a shape, then those of the nodes it holds, in the order of the triples."""
    yield index.values(node, _MESSAGE)
    seen: set[object] = {node}
    queue: deque[_Node] = deque([node])
    while queue:
        for name in ("property", "sparql"):
            for inner in index.out.get(queue[0], {}).get(_sh(name), ()):
                if isinstance(inner, ox.BlankNode) and inner not in seen:
                    seen.add(inner)
                    queue.append(inner)
                    yield index.values(inner, _MESSAGE)
        queue.popleft()


def _rule_id(iri: str, prefixes: Prefixes) -> str:
    if iri.startswith(SHAPES):
        return iri.removeprefix(SHAPES)
    return prefixes.shorten(iri).removeprefix("<").removesuffix(">")


def _text(values: Iterable[Term]) -> str:
    """One text out of several: English before no language before any other."""
    texts = [value for value in values if isinstance(value, ox.Literal)]
    return min(texts, key=_by_language).value if texts else ""


def _by_language(text: ox.Literal) -> tuple[int, str]:
    language = text.language or ""
    return (0 if language.startswith("en") else 2 if language else 1), text.value


def _lexical(term: object) -> str:
    return term.value if isinstance(term, ox.Literal) else ""


# --- engines --------------------------------------------------------------------------------

#: Data, shapes and the IRIs of the shapes to run (all: none named) -> a validation report.
_Adapter = Callable[[_Triples, _Triples, Sequence[str]], Iterable[ox.Triple]]


def _like_pyshacl(
    module: str, store: str, data: _Triples, shapes: _Triples, use: Sequence[str]
) -> _Triples:
    """The report of a library with pySHACL's function; it is loaded when it is chosen."""
    run = importlib.import_module(module).validate
    with _quiet():
        conforms, report, text = run(
            _to_rdflib(data, store),
            shacl_graph=_to_rdflib(shapes, store),
            use_shapes=list(use) or None,
        )
        if not isinstance(report, rdflib.Graph):
            raise RuntimeError(text)
        found = tuple(_from_rdflib(report))
    if not conforms and not found:
        raise RuntimeError("the engine found the data wrong and does not say why")
    return found


#: Engine name -> how to run it. One entry is all it takes to add an engine.
ENGINES: Final[Mapping[str, _Adapter]] = MappingProxyType(
    {
        "pyshacl": partial(_like_pyshacl, "pyshacl", "Memory"),
        "pyshacl-turbo": partial(_like_pyshacl, "pyshacl_turbo", "SimpleMemory"),
    }
)
#: What ``auto`` takes, the first that is installed.
_PREFERRED: Final = ("pyshacl-turbo", "pyshacl")


def choose_engine(name: str, shapes: Iterable[ox.Triple] = ()) -> str:
    """The engine that a name stands for; ``auto`` is the fastest installed that is exact.

    An engine is not exact if it is known to misread something in these shapes.
    Raises UsageError (``unknown-engine``, ``engine-missing``, ``engine-unfit``).
    """
    if name != "auto" and name not in ENGINES:
        close = nearest(name, ["auto", *ENGINES], 1)
        raise UsageError(
            f"no SHACL engine {name!r}",
            code="unknown-engine",
            hint=f"did you mean {close[0]}?" if close else f"one of auto, {', '.join(ENGINES)}",
        )
    queries = {
        triple.object.value
        for triple in shapes
        if triple.predicate in _QUERIES and isinstance(triple.object, ox.Literal)
    }
    misread = _MISREADERS if any(_misread(query) for query in queries) else frozenset()
    if name == "auto":
        fit = [known for known in _PREFERRED if known not in misread and _is_installed(known)]
        return fit[0] if fit else "pyshacl"
    if not _is_installed(name):
        raise UsageError(
            f"the SHACL engine {name} is not installed",
            code="engine-missing",
            hint=f"pip install {name}, or choose another with --engine",
        )
    if name in misread:
        raise UsageError(
            f"{name} reads a - b + c as a - (b + c), and the shapes hold such a sum",
            code="engine-unfit",
            hint="put brackets around a - b, or choose another engine with --engine",
        )
    return name


def _is_installed(name: str) -> bool:
    return importlib.util.find_spec(name.replace("-", "_")) is not None


#: Engines that take sums and products of three from the right (seen in pyshacl-turbo 0.6.5).
_MISREADERS: Final = frozenset({"pyshacl-turbo"})
_QUERIES: Final = frozenset(map(_sh, ("ask", "construct", "select")))
_INNERMOST: Final = re.compile(r"\(([^()]*)\)")
_FROM_THE_LEFT: Final = re.compile(r"-[^-+,&|<>=!{};]*[-+]|[v\d]\s*/\s*[v\d][^,&|<>=!{};]*[*/]")


def _misread(query: str) -> bool:
    """Whether a SPARQL text may hold ``a - b + c`` or ``a / b * c`` without brackets.

    Errs on the side of yes. Expressions stand in brackets, so it looks there, from
    the inside out.
    """
    letters = {"variable": "v", "string": "v", "iri": "i", "name": "n", "word": " ", "comment": " "}
    text = "".join(
        token if token.isdigit() else letters.get(kind, token)
        for kind, token, _ in sparql_tokens(query)
    )
    while True:
        inner = _INNERMOST.findall(text)
        if any(_FROM_THE_LEFT.search(part) for part in inner):
            return True
        if not inner:
            return False
        text = _INNERMOST.sub("v", text)


@contextmanager
def _quiet() -> Iterator[None]:
    """What the libraries would log or warn of, such as ill-typed literals, is not news."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
            try:
                yield
            finally:
                rdflib.NORMALIZE_LITERALS = normalize
    finally:
        logging.disable(disabled)


def _to_rdflib(triples: _Triples, store: str) -> rdflib.Graph:
    """The triples as a graph of rdflib, literals as written; RDF 1.2 triple terms are left out."""
    graph = rdflib.Graph(store, bind_namespaces="none")
    known: dict[object, rdflib.term.Node] = {}
    for triple in triples:
        terms = []
        for term in triple:
            if term not in known and not isinstance(term, ox.Triple):
                known[term] = _rdflib_term(term)
            terms.append(known.get(term))
        if None not in terms:
            graph.add(tuple(terms))  # type: ignore[arg-type]  # three nodes, as just checked
    return graph


def _rdflib_term(term: Term) -> rdflib.term.Node:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language, normalize=False)
    if term.datatype.value == _XSD_STRING:
        return rdflib.Literal(term.value, normalize=False)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def _from_rdflib(graph: rdflib.Graph) -> Iterator[ox.Triple]:
    for subject, predicate, value in graph:
        yield ox.Triple(
            ox.BlankNode(str(subject))
            if isinstance(subject, rdflib.BNode)
            else ox.NamedNode(str(subject)),
            ox.NamedNode(str(predicate)),
            _ox_term(value),
        )


def _ox_term(term: rdflib.term.Node) -> Term:
    if isinstance(term, rdflib.Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        datatype = ox.NamedNode(str(term.datatype)) if term.datatype else None
        return ox.Literal(str(term), datatype=datatype)
    return ox.BlankNode(str(term)) if isinstance(term, rdflib.BNode) else ox.NamedNode(str(term))


# --- running shapes -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result as the engine gave it: terms, with nested results in `details`.

    `path` is a property path in SPARQL's syntax with full IRIs; `severity` is an IRI.
    """

    shape: Term | None
    constraint: Term | None
    component: str
    focus: Term | None
    path: str
    value: Term | None
    severity: str
    messages: tuple[ox.Literal, ...]
    details: tuple[Result, ...]


def validate_shapes(
    data: Iterable[ox.Triple],
    shapes: Iterable[ox.Triple],
    *,
    prefixes: Prefixes,
    engine: str = "auto",
) -> list[Finding]:
    """What the shapes find wrong in the data, in no particular order.

    A finding's rule is the id of the named shape that holds the constraint. Its
    message is the shape's, with ``{?this}``, ``{?value}`` and ``{?path}`` filled in,
    or one of our own where the shape has none. No finding shows the label of a blank
    node: `focus` is then the thing it belongs to. A shape that an engine cannot run
    is a finding of the rule `FAILED`, and the other shapes are run all the same.

    >>> from mesokg.dataset import read
    >>> shapes = read('''@prefix sh: <http://www.w3.org/ns/shacl#> .
    ...     <https://w3id.org/mesokg/shapes#tea-hot> sh:targetClass <http://e/Tea> ;
    ...         sh:property [ sh:path <http://e/heat> ; sh:minCount 1 ] .''')
    >>> data = read("<http://e/t> a <http://e/Tea> .")
    >>> found = validate_shapes(data.default_graph, shapes.default_graph,
    ...     prefixes=Prefixes({"e": "http://e/"}))
    >>> found[0].rule, found[0].focus, found[0].message
    ('tea-hot', '<http://e/t>', 'e:heat needs at least 1 value')

    Raises UsageError (``unknown-engine``, ``engine-missing``, ``engine-unfit``).
    """
    data, shapes = tuple(data), tuple(shapes)
    results, failures = _run(data, shapes, choose_engine(engine, shapes), prefixes)
    words = _Words(_Index(data), _Index(shapes), prefixes)
    return [words.finding(result) for result in results] + failures


def run_shapes(
    data: Iterable[ox.Triple], shapes: Iterable[ox.Triple], *, engine: str = "auto"
) -> tuple[Result, ...]:
    """The engine's own results, for whoever compares engines.

    Raises UsageError (``unknown-engine``, ``engine-missing``, ``engine-unfit``,
    ``engine-failed``).
    """
    data, shapes = tuple(data), tuple(shapes)
    results, failures = _run(data, shapes, choose_engine(engine, shapes), Prefixes())
    if failures:
        raise UsageError(failures[0].message, code="engine-failed")
    return results


def _run(
    data: _Triples, shapes: _Triples, engine: str, prefixes: Prefixes
) -> tuple[tuple[Result, ...], list[Finding]]:
    """All results, and a finding for each shape that the engine does not get through."""
    if not shapes:
        return (), []
    attempts = [tuple(_prepared(shapes))]
    if engine in _PASTERS:
        attempts.append(tuple(_speechless(shapes)))
    errors = []
    for attempt in attempts:
        try:
            return _read_report(ENGINES[engine](data, attempt, ()), shapes), []
        except BaseException as error:
            errors.append(_failure(error, "", prefixes))
    results: list[Result] = []
    failures = []
    rules = read_shapes(shapes, prefixes)
    for rule in rules:
        try:
            results += _read_report(ENGINES[engine](data, attempts[-1], [rule.iri]), shapes)
        except BaseException as error:
            failures.append(_failure(error, rule.iri, prefixes))
    return tuple(results), errors[:1] if len(failures) == len(rules) else failures


def _failure(error: BaseException, shape: str, prefixes: Prefixes) -> Finding:
    """The finding for what an engine raised; a panic of a Rust engine is no Exception."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
        raise error
    first = next((line for line in str(error).splitlines() if line.strip()), "")
    first = re.sub(r"_:\w+|\bN?[0-9a-f]{24,}\b", "a blank node", first)
    what = _rule_id(shape, prefixes) if shape else "some shape"
    return Finding(
        FAILED,
        Severity.VIOLATION,
        f"the engine cannot check {what}: {first[:200] or type(error).__name__}",
        focus=f"<{shape}>" if shape else "",
        fix="correct the shape, or choose another engine",
    )


#: Engines that paste values into messages by regular expression, even where there is no
#: placeholder, and fail on a backslash in the data (seen in pySHACL 0.40.1). Only a message that
#: is no literal is left alone.
_PASTERS: Final = frozenset({"pyshacl"})
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")
_OURS: Final = re.compile(r"\{[?$](this|value|path)\}")
#: Private-use characters stand for the braces: engines paste values into templates unescaped.
_HIDDEN: Final = re.compile("\ue000(\\w+)\ue001")


def _prepared(shapes: _Triples) -> Iterator[ox.Triple]:
    """The shapes as engines are shown them.

    The placeholders that we fill are hidden, so that they come back as written. A
    switch counts only when it is ``true``: the specification knows no ``1``, engines do.
    """
    for triple in shapes:
        value = triple.object
        if triple.predicate in _SWITCHES and _lexical(value) == "1":
            continue
        if triple.predicate == _MESSAGE and isinstance(value, ox.Literal) and "{" in value.value:
            text = _OURS.sub("\ue000\\1\ue001", value.value)
            literal = (
                ox.Literal(text, language=value.language)
                if value.language
                else ox.Literal(text, datatype=value.datatype)
            )
            yield ox.Triple(triple.subject, _MESSAGE, literal)
        else:
            yield triple


def _speechless(shapes: _Triples) -> Iterator[ox.Triple]:
    """The shapes without a message that an engine could paste a value into."""
    queries = {triple.subject for triple in shapes if triple.predicate in _QUERIES}
    yield from (triple for triple in _prepared(shapes) if triple.predicate != _MESSAGE)
    for subject in dict.fromkeys(triple.subject for triple in shapes):
        if subject not in queries:
            yield ox.Triple(subject, _MESSAGE, _MESSAGE)


# --- reading reports ------------------------------------------------------------------------


class _Index:
    """Triples by subject and predicate, with the subjects that point at each blank node."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.out: dict[Any, dict[ox.NamedNode, list[Any]]] = defaultdict(dict)
        self.holders: dict[Any, list[Any]] = defaultdict(list)
        for subject, predicate, value in triples:
            self.out[subject].setdefault(predicate, []).append(value)
            if isinstance(value, ox.BlankNode):
                self.holders[value].append(subject)

    def values(self, node: object, predicate: ox.NamedNode) -> list[Term]:
        """The values of a property, in a fixed order."""
        return sorted(self.out.get(node, {}).get(predicate, ()), key=str)

    def value(self, node: object, predicate: ox.NamedNode) -> Term | None:
        """The value of a property that has at most one."""
        return next(iter(self.values(node, predicate)), None)

    def items(self, node: object) -> list[Term]:
        """The members of a list; what is no list has none."""
        found: list[Term] = []
        seen = set()
        while node in self.out and node not in seen:
            seen.add(node)
            found += self.values(node, _FIRST)[:1]
            node = self.value(node, _REST)
        return found

    def owner(self, node: Term | None) -> ox.NamedNode | None:
        """The thing with an IRI that a blank node belongs to, the nearest one."""
        level: list[Any] = [node] if isinstance(node, ox.BlankNode) else []
        seen = set(level)
        while level:
            above = [holder for inner in level for holder in self.holders.get(inner, ())]
            named = [holder for holder in above if isinstance(holder, ox.NamedNode)]
            if named:
                return min(named, key=str)
            level = [holder for holder in dict.fromkeys(above) if holder not in seen]
            seen.update(level)
        return None


def _read_report(report: Iterable[ox.Triple], shapes: _Triples) -> tuple[Result, ...]:
    index = _Index(report)
    shape_index = _Index(shapes)
    tops = [
        result
        for node, about in list(index.out.items())
        if _sh("ValidationReport") in about.get(_TYPE, ())
        for result in about.get(_sh("result"), ())
    ]
    return tuple(_result(node, index, shape_index, 0) for node in dict.fromkeys(tops))


_DEEPEST: Final = 10


def _result(node: Term, report: _Index, shapes: _Index, depth: int) -> Result:
    def one(name: str) -> Term | None:
        return report.value(node, _sh(name))

    def iri(name: str) -> str:
        term = one(name)
        return term.value if isinstance(term, ox.NamedNode) else ""

    path = one("resultPath")
    details = report.values(node, _sh("detail")) if depth < _DEEPEST else []
    return Result(
        one("sourceShape"),
        one("sourceConstraint"),
        iri("sourceConstraintComponent"),
        one("focusNode"),
        _path(path, shapes if path in shapes.out else report, 0) if path is not None else "",
        one("value"),
        iri("resultSeverity"),
        tuple(t for t in report.values(node, _sh("resultMessage")) if isinstance(t, ox.Literal)),
        tuple(_result(detail, report, shapes, depth + 1) for detail in details),
    )


def _path(node: Term, index: _Index, depth: int) -> str:
    """A property path as SPARQL writes it, such as ``^<http://e/a>/<http://e/b>*``."""
    if isinstance(node, ox.NamedNode):
        return str(node)
    if depth > _DEEPEST:
        return "…"
    sequence = index.items(node)
    if sequence:
        steps = "/".join(_path(step, index, depth + 1) for step in sequence)
        return f"({steps})" if depth else steps

    def inner(name: str) -> Term | None:
        return index.value(node, _sh(name))

    step = inner("inversePath")
    if step is not None:
        return f"^{_path(step, index, depth + 1)}"
    for name, mark in (("zeroOrMorePath", "*"), ("oneOrMorePath", "+"), ("zeroOrOnePath", "?")):
        step = inner(name)
        if step is not None:
            return f"{_path(step, index, depth + 1)}{mark}"
    choices = index.items(inner("alternativePath"))
    return f"({'|'.join(_path(choice, index, depth + 1) for choice in choices)})"


# --- findings in words ----------------------------------------------------------------------

#: What is wrong, by constraint, where a shape gives no message of its own.
_SAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "and": "{it} does not meet every shape of sh:and",
        "class": "{it} is not a {param}",
        "closed": "{path} may not be used here: the shape is closed",
        "datatype": "{it} is not a literal of the datatype {param}",
        "disjoint": "{it} is also a value of {param}",
        "equals": "{it} is not a value of both {path} and {param}",
        "hasValue": "{path} lacks the value {param}",
        "in": "{it} is not one of {param}",
        "languageIn": "{it} is in none of the languages {param}",
        "lessThan": "{it} is not less than each value of {param}",
        "lessThanOrEquals": "{it} is not less than or equal to each value of {param}",
        "maxCount": "{path} has more than {param} value",
        "maxExclusive": "{it} is not less than {param}",
        "maxInclusive": "{it} is more than {param}",
        "maxLength": "{it} is longer than {param} characters",
        "minCount": "{path} needs at least {param} value",
        "minExclusive": "{it} is not more than {param}",
        "minInclusive": "{it} is less than {param}",
        "minLength": "{it} is shorter than {param} characters",
        "node": "{it} does not meet {param}",
        "nodeKind": "{it} is not of the kind {param}",
        "not": "{it} meets a shape that it must not meet",
        "or": "{it} meets none of the shapes of sh:or",
        "pattern": "{it} does not match {param}",
        "qualifiedMaxCount": "{path} has more than {param} values that meet the qualified shape",
        "qualifiedMinCount": "{path} has fewer than {param} values that meet the qualified shape",
        "sparql": "{it} does not hold to the SPARQL constraint",
        "uniqueLang": "{path} has more than one value in one language",
        "xone": "{it} meets none or several of the shapes of sh:xone",
    }
)
_URL: Final = re.compile(r"https?://[^\s<>\"'{}|^`]*[^\s<>\"'{}|^`.,;:!?)]")


class _Words:
    """Turns results into findings that a person can read."""

    def __init__(self, data: _Index, shapes: _Index, prefixes: Prefixes) -> None:
        self.data = data
        self.shapes = shapes
        self.prefixes = prefixes

    def finding(self, result: Result) -> Finding:
        named = self._named(result.shape)
        message = self._message(result)
        if isinstance(result.focus, ox.BlankNode):
            message = f"{message} ({self._show(result.focus)})"
        return Finding(
            _rule_id(named.value, self.prefixes) if named else "shape",
            _SEVERITIES.get(ox.NamedNode(result.severity), Severity.VIOLATION),
            message,
            focus=self._term(result.focus),
            path=result.path,
            value="" if isinstance(result.value, ox.BlankNode) else self._term(result.value),
            component=result.component,
            causes=tuple(
                sorted(map(self.finding, result.details), key=lambda finding: finding.order)
            ),
        )

    def _named(self, shape: Term | None) -> ox.NamedNode | None:
        return shape if isinstance(shape, ox.NamedNode) else self.shapes.owner(shape)

    def _term(self, term: Term | None) -> str:
        """A term in N-Triples form; for a blank node that of the thing it belongs to."""
        if isinstance(term, ox.BlankNode):
            term = self.data.owner(term)
        return "" if term is None else str(term)

    def _show(self, term: Term | None) -> str:
        if not isinstance(term, ox.BlankNode):
            return "" if term is None else show(str(term), self.prefixes)
        inside = sorted(
            f"{show(str(predicate), self.prefixes)} {show(str(value), self.prefixes)}"
            for predicate, values in self.data.out.get(term, {}).items()
            for value in values
            if isinstance(value, ox.NamedNode | ox.Literal)
        )
        content = " ; ".join(inside[:2] + ["…"] * (len(inside) > 2))
        owner = self.data.owner(term)
        name = f" of {show(str(owner), self.prefixes)}" if owner else ""
        return f"a blank node{name}{f' [ {content} ]' if content else ''}"

    def _message(self, result: Result) -> str:
        inner = self.shapes.values(result.constraint, _MESSAGE)
        outer = self.shapes.values(result.shape, _MESSAGE)
        name = result.component.removeprefix(_SH).removesuffix("ConstraintComponent")
        name = "sparql" if name == "SPARQL" else name[:1].lower() + name[1:]
        if name in _SAYS and not inner and not outer:
            return self._own_words(name, result)
        messages: Iterable[ox.Literal] = result.messages
        if inner:
            general = {_lexical(term) for term in _hidden(outer)}
            messages = [text for text in messages if text.value not in general] or messages
        template = _text(inner or outer)
        text = _text(messages) or _PLACEHOLDER.sub("\ue000\\1\ue001", template)
        if len(_PLACEHOLDER.findall(template)) > len(_OURS.findall(template)):
            text = self._tidied(text)
        filled = {"this": result.focus, "value": result.value}
        text = _HIDDEN.sub(
            lambda match: (
                show(result.path, self.prefixes)
                if match[1] == "path"
                else self._show(filled.get(match[1])) or "…"
            ),
            text,
        )
        return text or f"does not meet {show(f'<{result.component}>', self.prefixes)}"

    def _tidied(self, text: str) -> str:
        """IRIs that an engine pasted into a message as CURIEs, and no labels of blank nodes."""
        nodes = self.data.out.keys() | self.data.holders.keys()
        labels = {node.value for node in nodes if isinstance(node, ox.BlankNode)}

        def shortened(match: re.Match[str]) -> str:
            curie = self.prefixes.shorten(match[0])
            return match[0] if curie.startswith("<") else curie

        text = _URL.sub(shortened, text)
        return re.sub(r"\w+", lambda m: "a blank node" if m[0] in labels else m[0], text)

    def _own_words(self, name: str, result: Result) -> str:
        parameters = []
        for value in self.shapes.values(result.shape, _sh(name)):
            listed = self.shapes.items(value) if name in {"in", "languageIn"} else [value]
            parameters += [self._parameter(term) for term in listed]
        path = show(result.path, self.prefixes) if result.path else "it"
        it = self._show(result.value) or path
        if result.path and it != path:
            it = f"{path} {it}"
        words = _SAYS[name].format(it=it, path=path, param=", ".join(parameters[:8]) or "it")
        plural = name in {"maxCount", "minCount"} and parameters[:1] != ["1"]
        return words + "s" if plural else words

    def _parameter(self, term: Term) -> str:
        if isinstance(term, ox.Literal):
            return term.value
        return show(str(term), self.prefixes) if isinstance(term, ox.NamedNode) else "its shape"


def _hidden(messages: Iterable[Term]) -> Iterator[ox.Literal]:
    """Messages as they come back from an engine that was shown the hidden form."""
    for text in messages:
        if isinstance(text, ox.Literal):
            yield ox.Literal(_OURS.sub("\ue000\\1\ue001", text.value))
