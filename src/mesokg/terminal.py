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
    """A result for eyes: a grid where it fits the width, else one block a row.

    A column and its ``…Label`` are shown as one: the label, in a block with the
    CURIE beside it. Numbers stand to the right. Nothing is cut; text wraps.
    """
    columns, rows = _paired(table, prefixes)
    console, out = _console(width, color)
    if title:
        console.print(Text(title, style="bold"))
        console.print()
    if rows and _fits(columns, rows, width):
        console.print(_grid(table, columns, rows))
        console.print()
    else:
        for row in rows:
            console.print(_block(columns, row))
            console.print()
    console.print(Text("1 row" if len(rows) == 1 else f"{len(rows):,} rows", style="dim"))
    return _trim(out)


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


_Cell = tuple[Text, str]  # what to read, and the CURIE of what it names


def _paired(table: Table, prefixes: Prefixes) -> tuple[list[str], list[list[_Cell]]]:
    """The columns without those that only label others, and the cells with their labels."""
    place = {name: number for number, name in enumerate(table.columns)}
    columns = [
        name
        for name in table.columns
        if not (name.endswith("Label") and name.removesuffix("Label") in place)
    ]
    rows = []
    for row in table.rows:
        cells = []
        for name in columns:
            term = row[place[name]]
            label = row[place[f"{name}Label"]] if f"{name}Label" in place else None
            shown = _cell(label if label is not None else term, prefixes)
            cells.append((shown, _cell(term, prefixes).plain if label is not None else ""))
        rows.append(cells)
    return [name.removesuffix("Label") for name in columns], rows


#: In a grid a cell may wrap at this width; a table that needs more room is shown as blocks.
_WRAP = 26


def _fits(columns: list[str], rows: list[list[_Cell]], width: int) -> bool:
    """Whether a grid shows every column at its longest word, and no cell in over five lines."""
    needed = 0
    for place, name in enumerate(columns):
        texts = [row[place][0].plain for row in rows]
        if any(len(text) > 5 * _WRAP for text in texts):
            return False
        longest = max((len(text) for text in texts), default=0)
        word = max((len(word) for text in texts for word in text.split()), default=0)
        needed += max(len(name), word, min(longest, _WRAP)) + 2
    return needed - 2 <= width


def _grid(table: Table, columns: list[str], rows: list[list[_Cell]]) -> Grid:
    grid = Grid(box=_BOX, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1))
    for place, name in enumerate(columns):
        original = table.columns.index(name if name in table.columns else f"{name}Label")
        numeric = all(_is_number(row[original]) for row in table.rows)
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
        if max(len(row[place][0].plain) for row in rows) <= _WRAP:
            grid.columns[-1].no_wrap = True
    for row in rows:
        grid.add_row(*(text for text, _ in row))
    return grid


def _block(columns: list[str], row: list[_Cell]) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="cyan", min_width=max(map(len, columns)))
    grid.add_column(overflow="fold")
    for name, (text, curie) in zip(columns, row, strict=True):
        if text.plain:
            grid.add_row(name, Text.assemble(text, "  ", (curie, "dim")) if curie else text)
    return grid


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


def _trim(out: io.StringIO) -> str:
    """What was printed, without blanks at line ends."""
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())
