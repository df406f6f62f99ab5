"""The signs of the pictures: a shape for the way claims point, dots for how certain they are.

This module decides that a claim's direction is never said by colour alone: each way has a shape
of its own, and all shapes of one count have the same area.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from mesokg.pictures.model import Mark, Way
from mesokg.pictures.writing import clean, element, escaped, number

__all__ = [
    "DOTS",
    "anchor",
    "dots",
    "icon",
    "legend",
    "linked",
    "middle",
    "radius",
    "said",
    "scale",
    "shape",
    "text",
]

#: How many dots a rating has.
DOTS: Final = 4
_SMALLEST: Final = 10.0
_LARGEST: Final = 25.0

_MEANINGS: Final[Mapping[Way, str]] = MappingProxyType(
    {
        Way.BENEFIT: "a benefit is claimed",
        Way.HARM: "a harm is claimed",
        Way.DISPUTED: "the effect is disputed",
        Way.OPEN: "argued over, mixed or left open",
        Way.UNKNOWN: "said to be unknown",
        Way.OTHER: "something else is said, such as a mechanism",
    }
)


def radius(count: int, most: int) -> float:
    """Of a circle whose area says how many claims, beside one for the most; never too small."""
    largest = min(_LARGEST, 13 * math.sqrt(max(most, 1)))
    return max(_SMALLEST, largest * math.sqrt(count / max(most, 1)))


def shape(way: Way, x: float, y: float, size: float) -> str:
    """The way's shape with the area of a circle of that radius."""
    return _SHAPES[way](x, y, size)


def _polygon(points: Iterable[tuple[float, float]]) -> str:
    listed = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return f'<polygon class="shape" points="{listed}"/>'


def _triangle(x: float, y: float, size: float) -> str:
    side, tall = 1.347 * size, 1.555 * size  # half a side; from the centre to the tip
    return _polygon(((x, y - tall), (x + side, y + tall / 2), (x - side, y + tall / 2)))


def _upended(x: float, y: float, size: float) -> str:
    side, tall = 1.347 * size, 1.555 * size
    return _polygon(((x, y + tall), (x - side, y - tall / 2), (x + side, y - tall / 2)))


def _diamond(x: float, y: float, size: float) -> str:
    half = 1.253 * size
    return _polygon(((x, y - half), (x + half, y), (x, y + half), (x - half, y)))


def _square(x: float, y: float, size: float) -> str:
    half = 0.886 * size
    corners = ((-half, -half), (half, -half), (half, half), (-half, half))
    return _polygon((x + across, y + down) for across, down in corners)


def _circle(x: float, y: float, size: float) -> str:
    return f'<circle class="shape" cx="{number(x)}" cy="{number(y)}" r="{number(size)}"/>'


_SHAPES: Final[Mapping[Way, Callable[[float, float, float], str]]] = MappingProxyType(
    {
        Way.BENEFIT: _triangle,
        Way.HARM: _upended,
        Way.DISPUTED: _square,
        Way.OPEN: _diamond,
        Way.UNKNOWN: _circle,
        Way.OTHER: _circle,
    }
)


def dots(rank: int, x: float, y: float) -> str:
    """Four dots from `x` on, the first `rank` of them full."""
    return "".join(
        f'<circle class="{"dot full" if place < rank else "dot"}" cx="{number(x + 7.5 * place)}" '
        f'cy="{number(y)}" r="2.7"/>'
        for place in range(DOTS)
    )


@cache
def icon(way: Way) -> str:
    """The shape alone, for a line of text; it says nothing to those who cannot see it."""
    drawn = shape(way, 10.0, 3 + 14 * middle(way), 6.0)
    return (
        f'<svg class="icon way-{way}" viewBox="0 0 20 20" width="20" height="20" '
        f'aria-hidden="true">{drawn}</svg>'
    )


def middle(way: Way) -> float:
    """How far down in its box, from 0 to 1, the centre of a shape lies."""
    return {Way.BENEFIT: 0.66, Way.HARM: 0.34}.get(way, 0.5)


def text(words: str, x: float, y: float, kind: str, *, middle: bool = False) -> str:
    """A line of text that is already clean; the blank behind it keeps lines apart for ears."""
    anchor = ' text-anchor="middle"' if middle else ""
    place = f'x="{number(x)}" y="{number(y)}"'
    return f'<text class="{kind}" {place}{anchor}>{escaped(words)}</text> '


def linked(href: str, kind: str, name: str, drawn: str) -> str:
    """What is drawn as a link with that name, or as a group of that name if it leads nowhere."""
    title = f"<title>{escaped(clean(name))}</title>"
    classes = f' class="{kind}"' if kind else ""
    if not href:
        return f"<g{classes}>{title}{drawn}</g>"
    return f'<a{classes} href="{escaped(clean(href))}">{title}{drawn}</a>'


def anchor(href: str, label: str) -> str:
    """A label in a line of text, as a link if it leads somewhere, kept apart from its direction."""
    shown = f"<bdi>{escaped(clean(label)) or '(no name)'}</bdi>"
    return f'<a href="{escaped(clean(href))}">{shown}</a>' if href else shown


def said(mark: Mark) -> str:
    """A mark in words: what stands on it, in the same order, then which claims and why.

    >>> said(Mark(Way.HARM, 2, "harm", certainty=1, certainty_word="very low", name="C37, C38"))
    '2 harm, very low certainty (C37, C38)'
    """
    plain = mark.certainty and not mark.certainty_word.endswith("at best")
    certain = f"{mark.certainty_word} certainty" if plain else mark.certainty_word
    named = f" ({mark.name})" if mark.name else ""
    reason = f". Why: {mark.reason}" if mark.reason else ""
    return f"{mark.count} {mark.word}, {certain}{named}{reason}"


def legend(ways: Iterable[Way], *, rated: bool = True) -> str:
    """What the shapes, areas and dots mean, as a list for the page; only the ways that occur."""
    used = set(ways)
    items = [element("li", {}, icon(way), f" {_MEANINGS[way]}") for way in Way if way in used]
    if rated:
        items.append("<li>area and figure: how many claims</li>")
        items.append(
            "<li>certainty of the evidence: "
            f"{scale(1)} very low, {scale(2)} low, {scale(3)} moderate, {scale(4)} high</li>"
        )
    return element("ul", {"class": "legend"}, *items)


@cache
def scale(rank: int) -> str:
    """The dots for a line of text."""
    return (
        '<svg class="scale" viewBox="0 0 31 8" width="31" height="8" aria-hidden="true">'
        f"{dots(rank, 4.0, 4.0)}</svg>"
    )
