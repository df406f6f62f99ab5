"""A picture as a file of its own, to save, print or put into another document.

This module decides what a picture takes along when it leaves its page: its namespace
and a style sheet, which on the page belongs to the site.
"""

from __future__ import annotations

from typing import Final

from mesokg.pictures.grid import evidence_grid
from mesokg.pictures.layered import graph_columns
from mesokg.pictures.model import Graph, Matrix

__all__ = ["picture_file"]

_LIGHT: Final = (
    "svg{--ink:#1c1b19;--soft:#57544d;--rule:#d8d3c6;--paper:#fff;--link:#124f86;"
    "--benefit:#17653a;--harm:#a3271f;--disputed:#8a3a06;--open:#6a3a92;--unknown:#4f565f;"
    "--other:#3c4654;background:var(--paper);color:var(--ink);"
    "font:14px 'Source Sans 3','Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif}"
)
_DARK: Final = (
    "@media(prefers-color-scheme:dark){svg{--ink:#eceae4;--soft:#b3afa5;--rule:#3b3933;"
    "--paper:#161614;--link:#8fc1f2;--benefit:#7fd09c;--harm:#ff9a8d;--disputed:#f0ae73;"
    "--open:#cfa8f2;--unknown:#b6bec8;--other:#c0cad8}}"
)
_RULES: Final = (
    ".way-benefit{--way:var(--benefit)}.way-harm{--way:var(--harm)}"
    ".way-disputed{--way:var(--disputed)}.way-open{--way:var(--open)}"
    ".way-unknown{--way:var(--unknown)}.way-other{--way:var(--other)}"
    "text{fill:var(--ink)}.name,.label,.column{font-weight:600}"
    ".sub,.kind,.column,.certainty,.empty{fill:var(--soft)}"
    ".word,.certainty,.line-words,.empty,.kind,.column,.columns .sub{font-size:12px}"
    ".empty,.missing .label{font-style:italic}.missing .label{font-weight:400}"
    ".word,.line-words{fill:var(--way)}.word{font-weight:600}"
    ".count{font-weight:700;font-variant-numeric:tabular-nums}"
    "a .name,a .label{fill:var(--link)}.rule{stroke:var(--rule)}"
    ".shape{fill:var(--way);fill-opacity:.14;stroke:var(--way);stroke-width:2}"
    ".c2 .shape{fill-opacity:.22}.c3 .shape{fill-opacity:.3}.c4 .shape{fill-opacity:.4}"
    ".way-unknown .shape{fill:none;stroke-dasharray:3 2.5}"
    ".dot{fill:none;stroke:var(--ink)}.full{fill:var(--ink)}.hit{fill:none}"
    ".box{fill:var(--paper);stroke:var(--soft)}.focus .box{stroke:var(--ink);stroke-width:2}"
    ".missing .box{fill:none;stroke-dasharray:4 3}"
    ".line{fill:none;stroke:var(--way);stroke-width:1.5}.tip{fill:var(--way)}"
    ".way-disputed .line{stroke-dasharray:7 4}.way-open .line{stroke-dasharray:2 3}"
    ".way-unknown .line{stroke-dasharray:9 3 2 3}"
)


def picture_file(picture: Matrix | Graph) -> str:
    """The picture as an SVG document with its own style sheet, light or dark by preference.

    Links are those of the values; make them for the place where the file will lie.
    """
    drawn = evidence_grid(picture) if isinstance(picture, Matrix) else graph_columns(picture)
    style = f"<style>{_LIGHT}{_DARK}{_RULES}</style>"
    start, rest = drawn.split(">", 1)
    name = '<svg xmlns="http://www.w3.org/2000/svg"'
    return f"{name}{start.removeprefix('<svg')}>{style}{rest}\n"
