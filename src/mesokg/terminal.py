"""What a person reads on a terminal: tables, one thing in full, the list of queries.

This module decides how results look for eyes; programs get the formats of
`mesokg.results`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from itertools import groupby

import pyoxigraph as ox
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from mesokg.dataset import Term
from mesokg.description import Description, Statement
from mesokg.engine import Table
from mesokg.queries import Query
from mesokg.terms import Prefixes

__all__ = ["show_description", "show_queries", "show_table"]

_BOX = box.SIMPLE_HEAD


def show_table(
    table: Table, prefixes: Prefixes, *, width: int, color: bool, title: str = ""
) -> str:
    """A result table wrapped to the width; numbers to the right, IRIs as CURIEs.

    Every cell is shown in full: text wraps, nothing is cut.
    """
    grid = Grid(
        title=title or None, title_justify="left", title_style="bold", box=_BOX, pad_edge=False,
        header_style="bold", show_edge=False, padding=(0, 1), leading=0, row_styles=("", ""),
    )  # fmt: skip
    for place, name in enumerate(table.columns):
        numeric = table.rows and all(_is_number(row[place]) for row in table.rows)
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(_cell(term, prefixes) for term in row))
    lines = _print(grid, width, color)
    count = "1 row" if len(table) == 1 else f"{len(table):,} rows"
    return f"{lines}\n{count}\n"


def show_description(thing: Description, prefixes: Prefixes, *, width: int, color: bool) -> str:
    """One thing: its name, what is said of it, what points at it, with labels for IRIs."""
    console, out = _console(width, color)
    console.print(Text(thing.label or prefixes.shorten(thing.iri), style="bold"))
    console.print(Text(thing.iri, style="dim"), soft_wrap=True)
    console.print()
    console.print(_statements(thing.outgoing, thing, prefixes, arrow=""))
    if thing.incoming:
        console.print()
        console.print(Text("what points here", style="bold"))
        console.print(_statements(thing.incoming, thing, prefixes, arrow="← "))
    return _trim(out)


def show_queries(queries: Mapping[str, Query], *, width: int, color: bool) -> str:
    """The canned queries as questions, each with its name and its parameters."""
    console, out = _console(width, color)
    for name, query in sorted(queries.items()):
        options = " ".join(f"[-p {param.name}=…]" for param in query.params)
        console.print(Text.assemble((name, "bold"), " ", (options, "dim")))
        console.print(Padding(Text(query.question), (0, 0, 0, 2)))
    return _trim(out)


def _statements(
    statements: Iterable[Statement], thing: Description, prefixes: Prefixes, *, arrow: str
) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="cyan")
    grid.add_column(overflow="fold")
    for predicate, group in groupby(statements, key=lambda item: item.predicate):
        name = arrow + prefixes.shorten(predicate)
        for place, item in enumerate(group):
            grid.add_row("" if place else name, _named(item.other, thing, prefixes))
    return grid


def _named(term: Term, thing: Description, prefixes: Prefixes) -> Text:
    text = _cell(term, prefixes)
    if isinstance(term, ox.NamedNode) and term.value in thing.labels:
        return Text.assemble(thing.labels[term.value], "  ", (text.plain, "dim"))
    return text


def _cell(term: Term | None, prefixes: Prefixes) -> Text:
    if term is None:
        return Text("")
    if isinstance(term, ox.NamedNode):
        return Text(prefixes.shorten(term.value).removeprefix("<").removesuffix(">"))
    if isinstance(term, ox.BlankNode):
        return Text("[ ]", style="dim")
    return Text(_printable(term.value))


def _printable(text: str) -> str:
    """The text without the control characters that could steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _is_number(term: Term | None) -> bool:
    return isinstance(term, ox.Literal) and term.datatype.value.rpartition("#")[2] in {
        "integer",
        "decimal",
        "double",
        "float",
    }


def _console(width: int, color: bool) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, no_color=not color, highlight=False,
        color_system="standard" if color else None, legacy_windows=False,
    )  # fmt: skip
    return console, out


def _print(grid: Grid, width: int, color: bool) -> str:
    console, out = _console(width, color)
    console.print(grid)
    return _trim(out).rstrip("\n")


def _trim(out: io.StringIO) -> str:
    """What was printed, without blanks at line ends."""
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())
