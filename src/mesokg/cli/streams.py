"""What goes in and comes out, alike for every command: options, formats, stdin, stdout.

Results go to stdout or, in one step, to a file; its suffix names the format.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from mesokg.cli.shell import PATH, Settings
from mesokg.errors import InputError, UsageError

if TYPE_CHECKING:
    from datetime import date

    from mesokg.dataset import Dataset
    from mesokg.engine import Answer
    from mesokg.project import Project
    from mesokg.queries import Query
    from mesokg.report import Report
    from mesokg.terms import Prefixes

__all__ = [
    "RDF_FORMATS",
    "RESULT_FORMATS",
    "TABLE_FORMATS",
    "choose_format",
    "format_option",
    "output_option",
    "read_stdin",
    "report_text",
    "sources_of",
    "terminal_width",
    "texts_option",
    "this_day",
    "write_answer",
    "write_output",
]

F = TypeVar("F", bound=Callable[..., Any])

RDF_FORMATS: Final = ("jsonld", "turtle", "trig", "nquads", "ntriples", "rdfxml")
TABLE_FORMATS: Final = ("table", "csv", "tsv", "json", "xml")
RESULT_FORMATS: Final = (*TABLE_FORMATS, "turtle", "ntriples", "jsonld", "rdfxml")
_SUFFIX_FORMATS: Final = {
    ".bib": "bibtex", ".csv": "csv", ".json": "json", ".jsonld": "jsonld", ".nq": "nquads",
    ".nt": "ntriples",
    ".rdf": "rdfxml", ".ris": "ris", ".srj": "json", ".srx": "xml", ".trig": "trig", ".tsv": "tsv",
    ".ttl": "turtle", ".txt": "text", ".xml": "xml",
}  # fmt: skip


def format_option(formats: Sequence[str], default: str) -> Callable[[F], F]:
    """The option -f of a command that can write these formats."""
    return click.option(
        "-f", "--format", "format_", type=click.Choice(list(formats)),
        help=f"Default: by the suffix of -o, else {default}.",
    )  # fmt: skip


output_option: Callable[[F], F] = click.option(
    "-o", "--output", default="-", metavar="FILE",
    help="Write here, in one step; - is stdout.",
)  # fmt: skip
texts_option: Callable[[F], F] = click.option(
    "--texts", type=PATH, metavar="DIR",
    help="Where the articles' texts are, found by their hash.",
)  # fmt: skip


def choose_format(format_: str | None, output: str, allowed: Sequence[str], default: str) -> str:
    """The format that was asked for: by -f, else by the suffix of -o, else the default."""
    if format_ or output == "-":
        return format_ or default
    stem, dot, end = output.rpartition(".")
    suffix = f".{end}".lower() if dot and stem and os.sep not in end else ""
    form = _SUFFIX_FORMATS.get(suffix, default if not suffix else "")
    if form not in allowed:
        raise UsageError(
            f"{output}: the suffix names none of this command's formats",
            code="unknown-format",
            hint=f"say which with -f: {', '.join(allowed)}",
        )
    return form


def read_stdin() -> bytes:
    """All that comes in, as bytes."""
    return sys.stdin.buffer.read()


def write_output(output: str, data: bytes) -> None:
    """Write a result to stdout (-), or to a file, whole or not at all."""
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    from pathlib import Path

    from mesokg.files import write_file

    write_file(Path(output), data)


def write_answer(
    settings: Settings, answer: Answer, prefixes: Prefixes, chosen: Query | None,
    format_: str | None, output: str,
) -> None:  # fmt: skip
    """Write what was answered; a table drawn for eyes only where eyes look."""
    from mesokg.engine import Table
    from mesokg.results import results

    terminal = output == "-" and sys.stdout.isatty()
    if isinstance(answer, tuple):
        form = choose_format(format_, output, RESULT_FORMATS, "turtle")
        form = "turtle" if form == "table" else form
    else:
        form = choose_format(format_, output, RESULT_FORMATS, "table" if terminal else "tsv")
    if form == "table" and isinstance(answer, Table):
        from mesokg.terminal import show_table

        title = chosen.question if chosen else ""
        text = show_table(
            answer, prefixes, width=terminal_width(), color=settings.colors(sys.stdout), title=title
        )
        write_output(output, text.encode())
        return
    write_output(output, results(answer, "tsv" if form == "table" else form, prefixes))


def report_text(
    settings: Settings, report: Report, dataset: Dataset, stream: Any, project: Project | None
) -> str:
    """A report for eyes, with labels and source lines, coloured if the stream shows colours."""
    from mesokg.description import labels
    from mesokg.reporting import render

    return render(
        report, "text", dataset.prefixes, labels=labels(dataset), color=settings.colors(stream),
        source=sources_of(dataset, project), width=min(terminal_width(), 120),
        limit=None if settings.verbose else 10,
    )  # fmt: skip


def sources_of(dataset: Dataset, project: Project | None) -> Callable[[str], str | None]:
    """What gives the text of a file by the name that findings call it."""
    from pathlib import Path

    from mesokg.files import read_bytes

    paths = {source.name: source.path for source in dataset.sources}

    def source(name: str) -> str | None:
        if name in dataset.given:
            return dataset.given[name]
        path = paths.get(name) or (project.root / name if project else Path(name))
        try:
            return read_bytes(path).decode("utf-8-sig")
        except (InputError, UnicodeDecodeError):
            return None

    return source


def this_day() -> date:
    """The day by which findings are judged; SOURCE_DATE_EPOCH sets it (reproducible-builds.org)."""
    from datetime import UTC, datetime

    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if seconds.isdecimal() and len(seconds) < 12:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    return datetime.now(UTC).date()


def terminal_width() -> int:
    """The terminal's width; where there is none, a width at which tables stay readable."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
