"""What a query may not ask for, seen in its tokens before any engine sees the text.

A worker can open neither a file nor a connection (`mesokg.serve.cell`), so these guards are
not what keeps the house safe; they are what says clearly why the answer is no.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import urljoin

from mesokg.engine import sparql_tokens
from mesokg.serve.problems import Problem
from mesokg.terms import nearest

__all__ = ["inspect", "refuse_unknown"]

_UPDATES: Final = frozenset(
    "ADD CLEAR COPY CREATE DELETE DROP INSERT LOAD MOVE WITH".split()  # noqa: SIM905
)
_FORMS: Final = frozenset({"ASK", "CONSTRUCT", "DESCRIBE", "SELECT"})
#: Functions that answer differently each time.
_VOLATILE: Final = frozenset({"BNODE", "NOW", "RAND", "STRUUID", "UUID"})
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U00([0-9A-Fa-f]{6})")

_Token = tuple[str, str]


def inspect(query: str, graphs: Collection[str], base: str) -> bool:
    """Whether a query gives the same answer each time; a query that may not be asked is refused.

    Raises Problem: ``read-only`` for an update, ``query-refused`` for SERVICE,
    ``unknown-graph`` for FROM with a graph that the dataset does not have.
    """
    tokens = [
        (kind, text)
        for kind, text, _ in sparql_tokens(_ESCAPE.sub(_decoded, query))
        if kind not in {"comment", "space"}
    ]
    words = [text.upper() if kind == "word" else "" for kind, text in tokens]
    form = next((word for word in words if word in _FORMS | _UPDATES), "")
    if form in _UPDATES:
        raise Problem(
            "read-only",
            f"{form} changes data, and this service only answers questions",
            "ask with SELECT, ASK, CONSTRUCT or DESCRIBE",
        )
    if "SERVICE" in words:
        raise Problem(
            "query-refused",
            "the query asks another service (SERVICE), and this one asks nobody",
            "ask the other service yourself and give its answer as VALUES",
        )
    for iri in _from(tokens, words, base):
        refuse_unknown(iri, graphs)
    return _VOLATILE.isdisjoint(words)


def refuse_unknown(iri: str, graphs: Collection[str]) -> None:
    """Raise Problem (``unknown-graph``) for a graph that the dataset does not have."""
    if iri in graphs:
        return
    close = nearest(iri, graphs)
    raise Problem(
        "unknown-graph",
        f"the dataset has no graph <{iri[:200]}>, and nothing is fetched",
        f"did you mean {' or '.join(close)}?" if close else "the service description lists them",
    )


def _decoded(match: re.Match[str]) -> str:
    number = int(match[1] or match[2], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def _from(tokens: list[_Token], words: list[str], base: str) -> Iterator[str]:
    """The IRIs after FROM and FROM NAMED."""
    prefixes: dict[str, str] = {}
    for place, word in enumerate(words):
        after = place + 1 + (words[place + 1 : place + 2] == ["NAMED"])
        following = tokens[place + 1 : place + 3]
        if word == "BASE" and following and following[0][0] == "iri":
            base = urljoin(base, following[0][1][1:-1])
        elif word == "PREFIX" and len(following) == 2 and following[1][0] == "iri":
            prefixes[following[0][1]] = urljoin(base, following[1][1][1:-1])
        elif word == "FROM" and after < len(tokens):
            kind, text = tokens[after]
            prefix, colon, local = text.partition(":")
            if kind == "iri":
                yield urljoin(base, text[1:-1])
            elif kind == "name" and prefix + colon in prefixes and "\\" not in local:
                yield prefixes[prefix + colon] + local
