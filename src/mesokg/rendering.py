"""Terms and texts as a person reads them, safe to print.

This module decides how a single term looks: IRIs as CURIEs, long literals cut. Data may
be hostile; no character of it reaches a terminal that could move the cursor, change
colours or turn the direction of the text.
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import Final

from mesokg.terms import STANDARD_PREFIXES, Prefixes

__all__ = ["show", "visible"]

_LONGEST: Final = 60

_LITERAL: Final = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")(?:\^\^<(?P<type>[^<>]*)>|(?P<tag>@\S+))?', re.DOTALL
)
_XSD: Final = STANDARD_PREFIXES["xsd"]
#: Literals that Turtle writes without quotes, in their canonical form.
_BARE: Final = MappingProxyType(
    {
        _XSD + "boolean": re.compile('"(true|false)"'),
        _XSD + "decimal": re.compile(r'"-?(0|[1-9][0-9]*)\.[0-9]*[1-9]"'),
        _XSD + "integer": re.compile(r'"(0|-?[1-9][0-9]*)"'),
    }
)
_NEVER: Final = re.compile(r"(?!)")
_IRI: Final = re.compile(r"<([^<>\s]*)>")


def show(term: str, prefixes: Prefixes, longest: int = _LONGEST) -> str:
    r"""A term in N-Triples form, or a property path of such terms, as a person reads it.

    IRIs become CURIEs, a long literal is cut, and what would be invisible or
    dangerous on a terminal is written out.

    >>> show('"2012"^^<http://www.w3.org/2001/XMLSchema#gYear>', Prefixes())
    '"2012"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    >>> show("<http://e/a>/<http://e/b>*", Prefixes({"e": "http://e/"}))
    'e:a/e:b*'
    """
    literal = _LITERAL.fullmatch(term)
    if literal is None:
        return visible(_IRI.sub(lambda match: prefixes.shorten(match[1]), term))
    text = literal["text"]
    if _BARE.get(literal["type"] or "", _NEVER).fullmatch(text):
        return text[1:-1]
    if len(text) > longest:
        text = text[: longest - 1].rstrip("\\") + '…"'
    datatype = f"^^{prefixes.shorten(literal['type'])}" if literal["type"] else ""
    return visible(text + datatype + (literal["tag"] or ""))


def visible(text: str) -> str:
    """The text with every character written out that a terminal would obey or not show."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(char):04X}"
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        else char
        for char in text.replace("\n", "\\n").replace("\t", "\\t")
    )
