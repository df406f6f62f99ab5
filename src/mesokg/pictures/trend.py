"""A number from release to release, as a line.

This module decides how a trend is drawn: from zero, so that a small change looks small, with the
values written beside the points, so that no axis has to be read. It is one of a row of small
pictures and has a table beside it that says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mesokg.pictures.writing import element, escaped, number, text_width, wrap

__all__ = ["trend"]

_WIDTH: Final = 300.0
_HEIGHT: Final = 150.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 24.0, 276.0, 30.0, 118.0
#: With more points than this only the first, the last, the least and the most are written.
_MOST_WRITTEN: Final = 6


def trend(name: str, points: Sequence[tuple[str, int]], ident: str) -> str:
    """The SVG of a number at two or more points (words, value from 0); "" for fewer.

    `ident` must be fit for an id and be given once on a page.

    >>> trend("Claims", [("1.0.0", 3)], "t")
    ''
    """
    if len(points) < 2:
        return ""
    values = [value for _, value in points]
    top = max(*values, 1)
    step = (_RIGHT - _LEFT) / (len(points) - 1)
    places = [
        (_LEFT + step * place, _BOTTOM - (_BOTTOM - _TOP) * value / top)
        for place, value in enumerate(values)
    ]
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in places)
    told = ", ".join(f"{value} in {words}" for words, value in points)
    parts = [
        f'<title id="{ident}">{escaped(f"{name}: {told}")}</title>',
        f'<path class="rule" d="M{number(_LEFT)} {number(_BOTTOM)}H{number(_RIGHT)}"/>',
        f'<path class="line" d="{path}"/>',
    ]
    written = _written(values)
    for place, (x, y) in enumerate(places):
        at = {"cx": number(x), "cy": number(y), "r": "4", "class": "tip"}
        parts.append(element("circle", at))
        if place in written:
            parts.append(_text(x, y - 10, str(values[place]), "count"))
    for place in sorted({0, len(points) - 1}):
        (words,) = wrap(points[place][0], 130, 12, 1) or ("",)
        parts.append(_text(places[place][0], _BOTTOM + 20, words, "kind"))
    size = f"0 0 {number(_WIDTH)} {number(_HEIGHT)}"
    opened = f'<svg class="way-other" viewBox="{size}" width="300" height="150" role="img"'
    return f'{opened} aria-labelledby="{ident}">{"".join(parts)}</svg>'


def _written(values: Sequence[int]) -> set[int]:
    if len(values) <= _MOST_WRITTEN:
        return set(range(len(values)))
    ends = {0, len(values) - 1}
    return ends | {values.index(max(values)), values.index(min(values))}


def _text(x: float, y: float, words: str, class_: str) -> str:
    """Words centred at a place, or as near to it as they stay within the picture."""
    half = text_width(words, 14) / 2
    x = min(max(x, half), _WIDTH - half)
    at = {"x": number(x), "y": number(y), "text-anchor": "middle", "class": class_}
    return element("text", at, escaped(words))
