"""What a terminal shows, as an SVG: text with the colours of ANSI becomes the same bytes each time.

Every stretch of one colour has its place and its width in the picture, so that the columns
stand below each other whatever font there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from unicodedata import east_asian_width

__all__ = ["as_svg"]

#: Letters are so wide and lines so high, in units of the picture.
WIDTH, HEIGHT, EDGE = 8.4, 19, 16
PAPER, INK = "#1b1f27", "#d7dce5"
COLORS = {
    30: "#8b93a3", 31: "#ff7b7b", 32: "#8fd18f", 33: "#f0c674", 34: "#7fb4ff", 35: "#d7a3ff",
    36: "#7fd6d6", 37: INK, 90: "#8b93a3", 91: "#ff7b7b", 92: "#8fd18f", 93: "#f0c674",
    94: "#7fb4ff", 95: "#d7a3ff", 96: "#7fd6d6", 97: "#ffffff",
}  # fmt: skip
WORDS = re.compile(r"\S+(?: \S+)*")
CODE = re.compile(r"\x1b\[([0-9;]*)m")


def as_svg(text: str, title: str) -> str:
    """The picture of a terminal that shows this text, and says so to who cannot see it."""
    lines = text.rstrip("\n").split("\n")
    plain = [CODE.sub("", line) for line in lines]
    width = round(max(map(columns, plain)) * WIDTH + 2 * EDGE)
    height = len(lines) * HEIGHT + 2 * EDGE
    body = "\n".join(run for number, line in enumerate(lines) for run in runs(line, number))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="t">\n'
        f'<title id="t">{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}"/>\n'
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, '
        f'monospace" font-size="14" fill="{INK}">\n{body}\n</g>\n</svg>\n'
    )


def columns(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def runs(line: str, number: int) -> Iterator[str]:
    """The stretches of one look of a line, each as an element."""
    look: dict[str, str] = {}
    column, start = 0, 0
    for match in [*CODE.finditer(line), None]:
        piece = line[start : match.start() if match else len(line)]
        said = "".join(f' {name}="{value}"' for name, value in sorted(look.items()))
        for words in WORDS.finditer(piece):  # viewers do not keep blanks, so each has its place
            x = round(EDGE + (column + columns(piece[: words.start()])) * WIDTH, 1)
            length = round(columns(words[0]) * WIDTH, 1)
            yield (
                f'<text x="{x}" y="{EDGE + number * HEIGHT + 14}" textLength="{length}" '
                f'lengthAdjust="spacingAndGlyphs"{said}>{escape(words[0])}</text>'
            )
        column += columns(piece)
        if match:
            start = match.end()
            look = changed(look, match[1])


def changed(look: dict[str, str], codes: str) -> dict[str, str]:
    """A look after the codes of one escape sequence."""
    now = dict(look)
    for code in (int(code or 0) for code in codes.split(";")):
        if code == 0:
            now = {}
        elif code == 1:
            now["font-weight"] = "bold"
        elif code == 2:
            now["opacity"] = "0.65"
        elif code == 22:
            now = {k: v for k, v in now.items() if k not in {"font-weight", "opacity"}}
        elif code == 39:
            now.pop("fill", None)
        elif code in COLORS:
            now["fill"] = COLORS[code]
        else:
            raise ValueError(f"no look for the code {code}")
    return now
