"""How text stands in a picture: safe in XML, and never wider than its place.

This module decides how wide a text is without a font: widths are those of a wide
sans-serif face, so that in a narrower one lines only get shorter. What XML forbids
and what would turn the direction of the text around it is replaced.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from typing import Final

__all__ = ["MANY", "clean", "element", "escaped", "number", "text_width", "wrap"]

#: A picture wider than this is not made smaller than legible: it scrolls.
MANY: Final = 1000
#: Widths in thousandths of the font size.
_WIDTHS: Final[Mapping[str, int]] = {
    char: width
    for width, chars in (
        (280, "ijlI'|"),
        (320, " .,"),
        (340, ":;/\\!"),
        (400, '()[]{}ft-"'),
        (420, "r"),
        (530, "sczJ"),
        (600, "LFvxyk?*_"),
        (650, "abdeghnopquTYPE$#+=<>~^0123456789–"),
        (700, "ABCKRSVXZ"),
        (770, "DHNUG&w"),
        (800, "OQ"),
        (1000, "mMW%@—…"),
    )
    for char in chars
}
_USUAL: Final = 680
_WIDE: Final = 1050
#: What joins letters in Persian, Indic scripts and emoji; harmless, and wrong to take away.
_JOINERS: Final = "\u200c\u200d"
_SPECIAL: Final = re.compile("[&<>\"']")
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str) -> str:
    r"""The text on one line, with every character that XML forbids or that hides made visible.

    >>> clean("a\x00b\n c\u202ed")
    'a\ufffdb c\ufffdd'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = "".join(
        "\ufffd" if unicodedata.category(char) in _UNSEEN and char not in _JOINERS else char
        for char in text.replace("\t", " ").replace("\r", " ").replace("\n", " ")
    )
    return " ".join(shown.split())


def escaped(text: str) -> str:
    """A clean text as XML and HTML have it, between tags and in attributes.

    >>> escaped('<a href="x">')
    '&lt;a href=&quot;x&quot;&gt;'
    """
    return escape(text) if _SPECIAL.search(text) else text


def element(name: str, attributes: Mapping[str, str], *children: str) -> str:
    """An element; attribute values are cleaned and escaped, children are markup already."""
    written = [f' {key}="{escaped(clean(value))}"' for key, value in attributes.items()]
    return f"<{name}{''.join(written)}>{''.join(children)}</{name}>"


def number(value: float) -> str:
    """A coordinate with at most one decimal.

    >>> number(3.04), number(-0.01), number(2.5), number(-2.54)
    ('3', '0', '2.5', '-2.5')
    """
    tenths = round(value * 10)
    return str(tenths // 10) if tenths % 10 == 0 else str(tenths / 10)


def text_width(text: str, size: float) -> float:
    """How wide the text is at most, in the unit of the font size."""
    return _units(text) * size / 1000


def _units(text: str) -> int:
    if text.isascii():
        return sum(map(_ASCII.__getitem__, text.encode()))
    return sum(map(_width, text))


def _width(char: str) -> int:
    known = _WIDTHS.get(char)
    if known is not None:
        return known
    if unicodedata.combining(char) or char in _JOINERS:
        return 0
    return _WIDE if ord(char) > 0x2E7F or unicodedata.east_asian_width(char) in "WF" else _USUAL


#: Byte -> width.
_ASCII: Final = tuple(_WIDTHS.get(chr(code), _USUAL) for code in range(128))


@lru_cache(maxsize=4096)
def wrap(text: str, width: float, size: float, lines: int) -> tuple[str, ...]:
    """The text in at most so many lines, none wider than asked; an ellipsis says it was cut.

    Words longer than a line are cut between letters, never within a letter and its accents.

    >>> wrap("length of stay where it is needed", 90, 12, 2)
    ('length of stay', 'where it is…')
    """
    rows: list[str] = []
    line: list[str] = []
    room = width * 1000 / size
    blank = _WIDTHS[" "]
    taken = 0
    for word in _pieces(clean(text), room):
        units = _units(word)
        if line and taken + blank + units > room:
            rows.append(" ".join(line))
            line = []
            taken = 0
            if len(rows) > lines:
                break
        taken += units + (blank if line else 0)
        line.append(word)
    rows.append(" ".join(line))
    if len(rows) <= lines:
        return tuple(row for row in rows if row)
    last = rows[lines - 1]
    while last and _units(last + "…") > room:
        last = last.rpartition(" ")[0] or "".join(list(_letters(last))[:-1])
    return (*rows[: lines - 1], last.rstrip() + "…")


def _pieces(text: str, room: float) -> Iterator[str]:
    """The words, those that are wider than a line in parts."""
    for word in text.split(" "):
        if _units(word) <= room:
            yield word
            continue
        part = ""
        for letter in _letters(word):
            if part and _units(part + letter) > room:
                yield part
                part = ""
            part += letter
        yield part


def _letters(text: str) -> Iterator[str]:
    """The text in pieces that a reader takes for one letter."""
    letter = ""
    for char in text:
        joined = unicodedata.category(char).startswith("M") or char in _JOINERS
        if letter and not joined and not letter.endswith("\u200d"):
            yield letter
            letter = ""
        letter += char
    if letter:
        yield letter
