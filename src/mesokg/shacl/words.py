"""Results in words: findings that a person can read.

This module decides what a finding says where a shape says nothing, how a blank node and
a property path are called, and which statement is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.rendering import show
from mesokg.report import Anchor, Finding, Original, Severity
from mesokg.shacl.graphs import (
    MESSAGE,
    SEVERITIES,
    SH,
    TARGETS,
    TYPE,
    Index,
    Result,
    Triples,
    first_step,
    lexical,
    sh,
)
from mesokg.shacl.shapes import class_types, is_implicit_class, one_text, rule_id
from mesokg.terms import Prefixes

__all__ = ["Words", "aimed_by", "prepared", "short_path", "speechless"]

#: Switches that count only when they are ``true``.
_SWITCHES: Final = frozenset(
    map(sh, ("closed", "deactivated", "qualifiedValueShapesDisjoint", "uniqueLang"))
)
_QUERIES: Final = frozenset(map(sh, ("ask", "construct", "select")))
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")
_OURS: Final = re.compile(r"\{[?$](this|value|path)\}")
#: Private-use characters stand for the braces: engines paste values into templates unescaped.
_HIDDEN: Final = re.compile("\ue000(\\w+)\ue001")

# --- what engines are shown ---------------------------------------------------------------------


def prepared(shapes: Triples) -> Iterator[ox.Triple]:
    """The shapes as engines are shown them.

    The placeholders that we fill are hidden, so that they come back as written. A
    switch counts only when it is ``true``: the specification knows no ``1``, engines do.
    A shape that is a class gets itself for a target, as engines differ in what is a class.
    """
    index = Index(shapes)
    classes = class_types(shapes)
    typed = (t.subject for t in shapes if t.predicate == TYPE and t.object in classes)
    for node in dict.fromkeys(typed):
        if isinstance(node, ox.NamedNode) and is_implicit_class(node, index):
            yield ox.Triple(node, sh("targetClass"), node)
    for triple in shapes:
        value = triple.object
        if triple.predicate in _SWITCHES and lexical(value) == "1":
            continue
        if triple.predicate == MESSAGE and isinstance(value, ox.Literal) and "{" in value.value:
            text = _OURS.sub("\ue000\\1\ue001", value.value)
            literal = (
                ox.Literal(text, language=value.language)
                if value.language
                else ox.Literal(text, datatype=value.datatype)
            )
            yield ox.Triple(triple.subject, MESSAGE, literal)
        else:
            yield triple


def speechless(shapes: Triples) -> Iterator[ox.Triple]:
    """The shapes without a message that an engine could paste a value into."""
    queries = {triple.subject for triple in shapes if triple.predicate in _QUERIES}
    yield from (triple for triple in prepared(shapes) if triple.predicate != MESSAGE)
    for subject in dict.fromkeys(triple.subject for triple in shapes):
        if subject not in queries:
            yield ox.Triple(subject, MESSAGE, MESSAGE)


def aimed_by(shapes: Triples, shape: Term) -> Triples:
    """The shapes, of which one alone has targets: the others are asked only where it names them."""
    classes = class_types(shapes)
    return tuple(
        triple
        for triple in shapes
        if triple.subject == shape
        or not (
            triple.predicate in TARGETS or (triple.predicate == TYPE and triple.object in classes)
        )
    )


# --- findings in words -------------------------------------------------------------------------

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


class Words:
    """Turns results into findings that a person can read."""

    def __init__(self, data: Callable[[], Index], shapes: Index, prefixes: Prefixes) -> None:
        self.read = data
        self.shapes = shapes
        self.prefixes = prefixes

    @cached_property
    def data(self) -> Index:
        """The data, looked up only for what is said of blank nodes."""
        return self.read()

    @cached_property
    def labels(self) -> frozenset[str]:
        """The labels of all blank nodes in the data."""
        nodes = self.data.out.keys() | self.data.holders.keys()
        return frozenset(node.value for node in nodes if isinstance(node, ox.BlankNode))

    def finding(self, result: Result, around: Anchor | None = None) -> Finding:
        """The finding of a result, with those of its details as causes.

        A literal stands where the result `around` it says, and not elsewhere too.
        """
        anchor = around if around and isinstance(result.focus, ox.Literal) else _anchor(result)
        named = self._named(result.shape)
        message = self._message(result)
        if isinstance(result.focus, ox.BlankNode):
            message = f"{message} ({self._show(result.focus)})"
        causes = dict.fromkeys(self.finding(detail, anchor) for detail in result.details)
        return Finding(
            rule_id(named.value, self.prefixes) if named else "shape",
            SEVERITIES.get(ox.NamedNode(result.severity), Severity.VIOLATION),
            message,
            focus=self._term(result.focus),
            path=result.path,
            value="" if isinstance(result.value, ox.BlankNode) else self._term(result.value),
            component=result.component,
            causes=tuple(sorted(causes, key=lambda finding: finding.order)),
            shape=named.value if named else "",
            anchor=anchor,
            original=_original(result),
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
        inner = self.shapes.values(result.constraint, MESSAGE)
        outer = self.shapes.values(result.shape, MESSAGE)
        name = result.component.removeprefix(SH).removesuffix("ConstraintComponent")
        name = "sparql" if name == "SPARQL" else name[:1].lower() + name[1:]
        if name in _SAYS and not inner and not outer:
            return self._own_words(name, result)
        messages: Iterable[ox.Literal] = result.messages
        if inner:
            general = {lexical(term) for term in _hidden(outer)}
            messages = [text for text in messages if text.value not in general] or messages
        template = one_text(inner or outer)
        text = one_text(messages) or _PLACEHOLDER.sub("\ue000\\1\ue001", template)
        if len(_PLACEHOLDER.findall(template)) > len(_OURS.findall(template)):
            text = self._tidied(text)
        filled = {"this": result.focus, "value": result.value}
        text = _HIDDEN.sub(
            lambda match: (
                self._path(result)
                if match[1] == "path"
                else self._show(filled.get(match[1])) or "…"
            ),
            text,
        )
        return text or f"does not meet {show(f'<{result.component}>', self.prefixes)}"

    def _tidied(self, text: str) -> str:
        """IRIs that an engine pasted into a message as CURIEs, and no labels of blank nodes."""

        def shortened(match: re.Match[str]) -> str:
            curie = self.prefixes.shorten(match[0])
            return match[0] if curie.startswith("<") else curie

        text = _URL.sub(shortened, text)
        return re.sub(r"\w+", lambda m: "a blank node" if m[0] in self.labels else m[0], text)

    def _own_words(self, name: str, result: Result) -> str:
        parameters = []
        for value in self.shapes.values(result.shape, sh(name)):
            listed = self.shapes.items(value) if name in {"in", "languageIn"} else [value]
            parameters += [self._parameter(term) for term in listed]
        path = self._path(result) or "it"
        it = self._show(result.value) or path
        if result.path and it != path:
            it = f"{path} {it}"
        words = _SAYS[name].format(it=it, path=path, param=", ".join(parameters[:8]) or "it")
        plural = name in {"maxCount", "minCount"} and parameters[:1] != ["1"]
        return words + "s" if plural else words

    def _path(self, result: Result) -> str:
        """What the path is called: the name that the shape gives it, else itself, kept short."""
        name = one_text(self.shapes.values(result.shape, sh("name")))
        return name or short_path(show(result.path, self.prefixes))

    def _parameter(self, term: Term) -> str:
        if isinstance(term, ox.Literal):
            return term.value
        return show(str(term), self.prefixes) if isinstance(term, ox.NamedNode) else "its shape"


def _hidden(messages: Iterable[Term]) -> Iterator[ox.Literal]:
    """Messages as they come back from an engine that was shown the hidden form."""
    for text in messages:
        if isinstance(text, ox.Literal):
            yield ox.Literal(_OURS.sub("\ue000\\1\ue001", text.value))


#: The longest path in a message; the finding itself has all of it.
_LONGEST: Final = 60


def short_path(path: str) -> str:
    """A path as shown, cut behind a step when it is too long to read.

    >>> short_path("(skos:narrower|^skos:broader)*/(^meso:subject|^meso:object|^meso:agent)")
    '(skos:narrower|^skos:broader)*/(^meso:subject|^meso:object|…)'
    """
    if len(path) <= _LONGEST:
        return path
    cuts = [match.end() for match in re.finditer("[/|](?=[\\w^(])", path)]
    end = max((cut for cut in cuts if cut < _LONGEST), default=0)
    if not end:
        return path
    kept = path[:end]
    return f"{kept}…{')' * (kept.count('(') - kept.count(')'))}"


def _anchor(result: Result) -> Anchor:
    """The statement that a result is about: that of the path's first step."""
    focus = "" if result.focus is None else str(result.focus)
    value = "" if result.value is None else str(result.value)
    if isinstance(result.focus, ox.Literal):
        return Anchor(object=focus)
    if not result.path:
        return Anchor(focus)
    predicate, backwards = first_step(result.path)
    if result.path == predicate:
        return Anchor(focus, predicate, value)
    if result.path == f"^{predicate}":
        return Anchor(value, predicate, focus) if value else Anchor(focus)
    if backwards or result.path.startswith("("):
        return Anchor(focus, "", value)
    return Anchor(focus, predicate)


def _original(result: Result) -> Original:
    """What the finding of a result says otherwise."""
    blank = isinstance(result.value, ox.BlankNode)
    return Original(
        "" if ox.NamedNode(result.severity) in SEVERITIES else result.severity,
        isinstance(result.focus, ox.BlankNode),
        "focus" if blank and result.value == result.focus else "blank" if blank else "",
    )
