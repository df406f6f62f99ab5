"""How a term is spelt: from what stands in a text to the term it means, and what is wrong with it.

Terms, base IRIs and language tags follow pyoxigraph to the letter, since it is asked:
whatever it would refuse becomes a `Problem` and no term.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from mesokg.syntax.places import Span

__all__ = ["Problem", "Spelling", "Term", "is_absolute", "not_unicode", "shown"]

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NOT_WRITABLE: Final = frozenset({f"{_RDF}langString", f"{_RDF}dirLangString"})
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(?s:(.)))")
_LETTERS: Final = {
    "t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\",
}  # fmt: skip
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MOST: Final = 50_000
_DIRECTIONS: Final = {"ltr": ox.BaseDirection.LTR, "rtl": ox.BaseDirection.RTL}


@dataclass(frozen=True, slots=True)
class Problem:
    """A syntax error: what stands there and what was expected, and its place.

    For a prefix that is not declared, `prefix` is its name and `known` are those that
    are, so that the caller can say which one may be meant.
    """

    message: str
    span: Span
    prefix: str | None = None
    known: tuple[str, ...] = ()


def shown(written: str, most: int = 40) -> str:
    r"""A piece of the text for a message: short, on one line, nothing invisible.

    >>> shown('"a\nb"')
    '`"a\\nb"`'
    """
    short = written if len(written) <= most else written[: most - 1] + "…"
    clean = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)
    return f"`{''.join(clean)}`"


def is_absolute(iri: str) -> bool:
    """Whether an IRI begins with a scheme, so that no base is needed."""
    return _SCHEME.match(iri) is not None


def not_unicode(text: str) -> Problem | None:
    """The first letter of a text that no file can hold: half of a surrogate pair."""
    found = None if text.isascii() else _SURROGATE.search(text)
    return found and Problem("half of a surrogate pair is no character", Span(*found.span()))


class Spelling:
    """The terms of one text under its prefixes and base, and the `problems` met on the way.

    A method that finds no term notes the problem and gives None. A prefix that is not
    declared is noted once.
    """

    def __init__(self, text: str, base_iri: str | None = None) -> None:
        self.text = text
        self.base = base_iri
        self.prefixes: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.undeclared: set[str] = set()
        self._names: dict[str, ox.NamedNode] = {}
        longest = max(map(len, re.findall(r"_:(b*)", text)), default=0)
        self._mark = "b" * (longest + 1)

    def fork(self) -> Spelling:
        """A spelling that starts where this one stands and keeps its problems to itself."""
        other = object.__new__(Spelling)
        other.text, other.base, other._mark = self.text, self.base, self._mark
        other.prefixes, other.undeclared = dict(self.prefixes), set(self.undeclared)
        other.problems, other._names = [], {}
        return other

    def declare(self, name: str, iri: str) -> None:
        """Give a prefix its IRI."""
        if self.prefixes.get(name) != iri:
            self._names = {}
        self.prefixes[name] = iri

    def set_base(self, iri: str) -> None:
        """Resolve relative IRIs against this one from now on."""
        self.base = iri
        self._names = {}

    # --- names -------------------------------------------------------------------------------

    def iri(self, start: int, end: int) -> ox.NamedNode | None:
        """The node of ``<iri>``."""
        written = self.text[start:end]
        return self._names.get(written) or self._remember(written, self._iri(start, end))

    def pname(self, start: int, end: int) -> ox.NamedNode | None:
        """The node of ``prefix:local``."""
        written = self.text[start:end]
        return self._names.get(written) or self._remember(written, self._pname(written, start, end))

    def _remember(self, written: str, node: ox.NamedNode | None) -> ox.NamedNode | None:
        if node is not None:
            if len(self._names) >= _MOST:
                self._names = {}
            self._names[written] = node
        return node

    def _iri(self, start: int, end: int) -> ox.NamedNode | None:
        value = self.text[start + 1 : end - 1]
        if "\\" in value:
            unescaped = self._unescaped(start + 1, end - 1, {})
            if unescaped is None:
                return None
            value = unescaped
        try:
            if _SCHEME.match(value):
                return ox.NamedNode(value)
            if self.base is not None:
                return _resolved(value, self.base)
        except ValueError as error:
            self._wrong(f"{shown(value)} is no valid IRI: {_reason(error)}", start, end)
            return None
        what = f"the IRI {shown(value)} is relative, and there is no base to resolve it against"
        self._wrong(what, start, end)
        return None

    def _pname(self, written: str, start: int, end: int) -> ox.NamedNode | None:
        prefix, _, local = written.partition(":")
        namespace = self.prefixes.get(prefix)
        if namespace is None:
            # An IRI without < and > goes on with what no grammar allows, which is said then.
            if prefix not in self.undeclared and not self.text.startswith("//", end):
                self.undeclared.add(prefix)
                self.problems.append(
                    Problem(
                        f"the prefix {shown(prefix + ':')} is not declared",
                        Span(start, start + len(prefix) + 1), prefix, tuple(sorted(self.prefixes)),
                    )
                )  # fmt: skip
            return None
        if "\\" in local:
            local = re.sub(r"\\(.)", r"\1", local)
        try:
            return ox.NamedNode(namespace + local)
        except ValueError as error:
            self._wrong(
                f"{shown(written)} stands for {shown(namespace + local, 80)}, which is no valid "
                f"IRI: {_reason(error)}",
                start, end,
            )  # fmt: skip
            return None

    def blank(self, start: int, end: int) -> ox.BlankNode:
        """The node of ``_:label``."""
        return ox.BlankNode(self.text[start + 2 : end])

    def anonymous(self, start: int, kind: str = "") -> ox.BlankNode:
        """The node without a label at an offset; its name is no label of the text."""
        return ox.BlankNode(f"{self._mark}{kind}{start}")

    # --- literals ----------------------------------------------------------------------------

    def string(self, start: int, end: int) -> str | None:
        """What a string in any kind of quotes says."""
        quote = 3 if self.text.startswith(('"""', "'''"), start) and end - start >= 6 else 1
        value = self.text[start + quote : end - quote]
        return self._unescaped(start + quote, end - quote, _LETTERS) if "\\" in value else value

    def number(self, start: int, end: int) -> ox.Literal:
        """The literal of a number as it is written."""
        written = self.text[start:end]
        kind = "double" if "e" in written.lower() else "decimal" if "." in written else "integer"
        return ox.Literal(written, datatype=_DATATYPES[kind])

    def boolean(self, start: int, end: int) -> ox.Literal:
        """The literal of true or false."""
        return ox.Literal(self.text[start:end], datatype=_DATATYPES["boolean"])

    def tagged(self, value: str, start: int, end: int) -> ox.Literal | None:
        """A string with the language tag, and perhaps the direction, at a place."""
        language, _, direction = self.text[start + 1 : end].partition("--")
        try:
            if not direction:
                return ox.Literal(value, language=language)
            if direction not in _DIRECTIONS:
                self._wrong(f"{shown(direction)} is no direction: ltr or rtl", start, end)
                return None
            return ox.Literal(value, language=language, direction=_DIRECTIONS[direction])
        except ValueError as error:
            what = f"{shown(self.text[start:end])} is no language tag: {_reason(error)}"
            self._wrong(what, start, end)
            return None

    def typed(
        self, value: str, datatype: ox.NamedNode | None, start: int, end: int
    ) -> ox.Literal | None:
        """A string with a datatype, which is written at a place."""
        if datatype is not None and datatype.value in _NOT_WRITABLE:
            what = f"{shown(self.text[start:end])} needs a language tag instead of a datatype"
            self._wrong(what, start, end)
            return None
        return None if datatype is None else ox.Literal(value, datatype=datatype)

    def _unescaped(self, start: int, end: int, letters: Mapping[str, str]) -> str | None:
        """The text between two places with its escapes resolved."""
        text, parts, at = self.text, [], start
        for match in _ESCAPE.finditer(text, start, end):
            code = match[1] or match[2]
            letter = _character(code) if code else letters.get(match[3])
            if letter is None:
                what = "stands for no character" if code else "is no escape here"
                self._wrong(f"{shown(match[0])} {what}", *match.span())
                return None
            parts += [text[at : match.start()], letter]
            at = match.end()
        return "".join([*parts, text[at:end]])

    def _wrong(self, message: str, start: int, end: int) -> None:
        self.problems.append(Problem(message, Span(start, end)))


_DATATYPES: Final = {
    name: ox.NamedNode(_XSD + name) for name in ("boolean", "decimal", "double", "integer")
}


def _character(code: str) -> str | None:
    point = int(code, 16)
    return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else None


def _reason(error: ValueError) -> str:
    return shown(str(error), 120).strip("`")


@lru_cache(maxsize=4096)
def _resolved(relative: str, base: str) -> ox.NamedNode:
    """The IRI that pyoxigraph makes of a relative one; ValueError when it makes none."""
    escaped = "".join(
        c if c > " " and c not in '<>"{}|^`\\' else f"\\U{ord(c):08x}" for c in relative
    )
    try:
        quads = list(
            ox.parse(f"<{escaped}> <a:> <a:> .", format=ox.RdfFormat.TURTLE, base_iri=base)
        )
    except (SyntaxError, UnicodeEncodeError) as error:
        raise ValueError(str(error).partition(": ")[2] or "not Unicode") from None
    node = quads[0].subject
    assert isinstance(node, ox.NamedNode)
    return node
