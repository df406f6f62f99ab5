"""A list of changes as text, Markdown or JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Final

from mesokg.changes.telling import GROUPS, Changes
from mesokg.errors import UsageError
from mesokg.terms import nearest

__all__ = ["FORMATS", "render_changes"]

FORMATS: Final = ("text", "markdown", "json")

#: Characters that mean something in Markdown or in the HTML it may hold.
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~@&!$])")
_ADVICE: Final = {
    "none": "Nothing changed.",
    "patch": "Only wording: a patch.",
    "minor": "Something new, nothing taken away: a minor version.",
    "major": "Something is gone or means something else: a major version.",
}


def render_changes(changes: Changes, format: str = "text") -> str:
    """The changes in one of FORMATS, ending in a line feed; same changes, same text.

    A first state is told in numbers. In Markdown, no text of the data is markup. Raises
    UsageError (``unknown-format``).

    >>> print(render_changes(Changes()), end="")
    Nothing changed.
    """
    if format not in FORMATS:
        close = nearest(format, FORMATS, 1)
        raise UsageError(
            f"no format {format!r}",
            code="unknown-format",
            hint=f"did you mean {close[0]}?" if close else f"one of {', '.join(FORMATS)}",
        )
    if format == "json":
        return f"{json.dumps(_document(changes), ensure_ascii=False, indent=2)}\n"
    if format == "markdown":
        lines = _lines(changes, lambda text: f"### {text}", _escaped)
    else:
        lines = _lines(changes, str, str)
    return "\n".join(lines) + "\n"


def _document(changes: Changes) -> dict[str, object]:
    return {
        "level": changes.level,
        "first": changes.first,
        "statements": {"added": changes.added, "removed": changes.removed},
        "vanished": list(changes.vanished),
        "things": _counts(changes) if changes.first else {},
        "changes": [] if changes.first else [asdict(item) for item in changes.items],
    }


def _lines(
    changes: Changes, heading: Callable[[str], str], plain: Callable[[str], str]
) -> Iterator[str]:
    if changes.first:
        yield "The first state. Things by kind: " + plain(_counted(changes))
        return
    for key, title in GROUPS.items():
        items = changes.group(key)
        if items:
            yield heading(title)
            yield ""
            yield from (f"- {plain(item.text)}" for item in items)
            yield ""
    if changes.added or changes.removed:
        yield f"Statements: {changes.added:,} added, {changes.removed:,} removed."
        yield ""
        yield _ADVICE[changes.level]
    else:
        yield _ADVICE["none"]


def _counted(changes: Changes) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in _counts(changes).items()) + "."


def _counts(changes: Changes) -> dict[str, int]:
    """How many things of each kind there are: in the order of the groups, the most first."""
    order = list(GROUPS)
    counts = Counter((order.index(item.group), item.thing) for item in changes.items)
    ordered = sorted(counts.items(), key=lambda pair: (pair[0][0], -pair[1], pair[0][1]))
    return {word: count for (_, word), count in ordered}


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
