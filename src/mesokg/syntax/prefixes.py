"""Which prefixes a text declares, and which of them it never uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mesokg.syntax.chunks import LINE_FORMATS, Chunk, chunks
from mesokg.syntax.lexer import TOKEN
from mesokg.syntax.places import Span
from mesokg.syntax.spelling import Spelling

__all__ = ["Prefix", "declaration", "prefixes", "unused_prefixes"]

_MAYBE: Final = re.compile(r"(?i:prefix)[\s#]")


@dataclass(frozen=True, slots=True)
class Prefix:
    """A declared prefix: `span` is the place of ``name:``, `whole` that of the directive.

    `iri` is resolved against the base, and empty where that does not work.
    """

    name: str
    iri: str
    span: Span
    whole: Span


def declaration(text: str, chunk: Chunk, spelling: Spelling) -> Prefix | None:
    """What a directive says, told to the spelling too; None unless it declares a prefix."""
    found = [
        (match.lastgroup, *match.span(match.lastgroup or 0))
        for match in TOKEN.finditer(text, chunk.start, chunk.end)
    ]
    word = text[slice(*chunk.first)].lower().removeprefix("@")
    iris = [token for token in found if token[0] == "iri"]
    names = [token for token in found if token[0] == "pname"]
    iri = spelling.iri(*iris[0][1:]) if iris else None
    if word == "base" and iri is not None:
        spelling.set_base(iri.value)
    if word != "prefix" or not names:
        return None
    name = text[names[0][1] : names[0][2]].partition(":")[0]
    if iri is not None:
        spelling.declare(name, iri.value)
    whole, span = Span(chunk.start, chunk.end), Span(*names[0][1:])
    return Prefix(name, iri.value if iri else "", span, whole)


def prefixes(text: str, format: str = "turtle", base_iri: str | None = None) -> tuple[Prefix, ...]:
    """The prefixes that a text declares, in order, each as often as it is declared.

    >>> [(p.name, p.iri) for p in prefixes("@prefix a: <http://e/> . PREFIX : <#>", "turtle")]
    [('a', 'http://e/'), ('', '')]
    """
    if format in LINE_FORMATS or not _MAYBE.search(text):
        return ()
    spelling = Spelling(text, base_iri)
    found = (
        declaration(text, chunk, spelling)
        for chunk in chunks(text, format)
        if chunk.kind == "directive"
    )
    return tuple(prefix for prefix in found if prefix is not None)


def unused_prefixes(text: str, format: str = "turtle") -> tuple[Prefix, ...]:
    """The declared prefixes that no name uses before the text ends or declares them anew.

    Stops reading as soon as every prefix has been seen in use.

    >>> [p.name for p in unused_prefixes("PREFIX a: <http://a/> PREFIX b: <http://b/> b:c a b:d .")]
    ['a']
    """
    if format in LINE_FORMATS:
        return ()
    last = max((match.end() for match in _MAYBE.finditer(text)), default=0)
    if not last:
        return ()
    pending: dict[str, tuple[Span, Span, str]] = {}
    unused: list[Prefix] = []
    for name, span, iri, whole in _mentions(text):
        if iri is None:
            pending.pop(name, None)
            if not pending and span.start > last:
                break
            continue
        if name in pending:
            unused.append(_prefix(name, *pending[name]))
        pending[name] = (span, whole, iri)
    unused += [_prefix(name, *found) for name, found in pending.items()]
    return tuple(sorted(unused, key=lambda prefix: prefix.span))


def _prefix(name: str, span: Span, whole: Span, iri: str) -> Prefix:
    return Prefix(name, iri, span, whole)


def _mentions(text: str) -> Iterator[tuple[str, Span, str | None, Span]]:
    """Each prefixed name: prefix, place, and where it is a declaration its IRI as written."""
    found = TOKEN.finditer(text)
    before = ""
    for match in found:
        kind = match.lastgroup or ""
        start, end = match.span(kind)
        if kind == "pname":
            name = text[start : text.index(":", start)]
            if before.lower().removeprefix("@") == "prefix":
                after = next(found, match)
                written = after["iri"] or ""
                yield name, Span(start, end), written[1:-1], Span(start - len(before), after.end())
            else:
                yield name, Span(start, end), None, Span(start, end)
        before = match[kind] if kind in {"word", "langtag"} else ""
