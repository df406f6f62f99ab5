"""A table for a paper: LaTeX with booktabs, in which no text of the data is a command.

This module decides how text becomes LaTeX. Letters stay UTF-8, which every LaTeX since 2018 reads;
what LaTeX takes for markup gets its name, and what its usual fonts lack a formula.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["latex_table", "latex_text"]

_NAMES: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "{": r"\{", "}": r"\}", "<": r"\textless{}", ">": r"\textgreater{}",
        "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}",
        "`": r"\textasciigrave{}", "[": "{[}", "]": "{]}", "-": "{-}",
        **{c: f"\\{c}" for c in "#$%&_"},
        "≤": r"\ensuremath{\leq}", "≥": r"\ensuremath{\geq}", "−": r"\ensuremath{-}",
        "→": r"\ensuremath{\rightarrow}", "≈": r"\ensuremath{\approx}",
        "≠": r"\ensuremath{\neq}", "▲": r"\ensuremath{\blacktriangle}",
        "\N{GREEK SMALL LETTER ALPHA}": r"\ensuremath{\alpha}",
        "\N{GREEK SMALL LETTER BETA}": r"\ensuremath{\beta}",
        "\N{GREEK SMALL LETTER GAMMA}": r"\ensuremath{\gamma}",
        "μ": r"\ensuremath{\mu}",
    }
)  # fmt: skip
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)


def latex_text(text: str) -> str:
    r"""A text on one line as LaTeX that prints it and does nothing else.

    >>> latex_text("5 % of {it} \\input{x}")
    '5 \\% of \\{it\\} \\textbackslash{}input\\{x\\}'
    """
    words = " ".join(_UNSEEN.sub(" ", text).split())
    plain = re.sub(r"\{-\}(?![-{])", "-", words.translate(_NAMES))
    return plain.replace(",,", ",{,}")


def latex_table(
    caption: str, label: str, head: Sequence[str], rows: Sequence[Sequence[Sequence[str]]]
) -> str:
    r"""A floating table: a row has a cell for each word of `head`, a cell has lines.

    Columns share the width of the text. The packages that it wants stand at its top.
    """
    first = "p{0.16\\linewidth}"
    width = f"{0.78 / max(len(head) - 1, 1):.3f}"
    others = (
        f"*{{{max(len(head) - 1, 1)}}}{{>{{\\raggedright\\arraybackslash}}p{{{width}\\linewidth}}}}"
    )
    lines = [
        r"% \usepackage[T1]{fontenc}",
        r"% \usepackage{amssymb,array,booktabs,textcomp}",
        r"\begin{table}",
        rf"\caption{{{latex_text(caption)}}}\label{{{re.sub('[^A-Za-z0-9:-]+', '-', label)}}}",
        r"\footnotesize\setlength{\tabcolsep}{3pt}",
        rf"\begin{{tabular}}{{@{{}}{first}{others}@{{}}}}",
        r"\toprule",
        f"{' & '.join(map(latex_text, head))} \\\\",
        r"\midrule",
        *(f"{' & '.join(map(_cell, row))} \\\\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _cell(lines: Sequence[str]) -> str:
    return r"\newline ".join(latex_text(line) for line in lines)
