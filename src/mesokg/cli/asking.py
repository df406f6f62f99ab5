"""Commands that ask: a question, a thing, numbers."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from mesokg.cli.shell import PATH, Settings
from mesokg.cli.streams import (
    RESULT_FORMATS,
    TABLE_FORMATS,
    choose_format,
    format_option,
    output_option,
    read_stdin,
    terminal_width,
    write_answer,
    write_output,
)
from mesokg.errors import QueryError

if TYPE_CHECKING:
    from pathlib import Path

    from mesokg.engine import Engine
    from mesokg.terms import Prefixes

__all__ = ["describe", "pairs", "query", "stats"]

_endpoint_option = click.option(
    "--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead."
)
_timeout_option = click.option(
    "--timeout", type=click.FloatRange(min=0.1), default=60, show_default=True,
    help="Seconds to wait for the endpoint.",
)  # fmt: skip


@click.command()
@click.argument("name", required=False)
@click.option("-p", "--param", "params", multiple=True, metavar="K=V", help="A parameter's value.")
@click.option("--file", "file", type=PATH, metavar="F",
              help="Run the query in this file.")  # fmt: skip
@click.option("--text", metavar="Q", help="Run this SPARQL text.")
@click.option("--show", is_flag=True, help="Print the query NAME instead of running it.")
@click.option("--data", multiple=True, type=PATH, metavar="FILE",
              help="Ask these RDF files instead of the project (default graph).")  # fmt: skip
@click.option("--named", multiple=True, metavar="IRI=FILE",
              help="A file as a named graph, beside --data.")  # fmt: skip
@_endpoint_option
@_timeout_option
@click.option("--service", is_flag=True, help="Let SERVICE in the query reach other endpoints.")
@format_option(RESULT_FORMATS, "table on a terminal, tsv in a pipe")
@output_option
@click.pass_obj
def query(settings: Settings, /, name: str | None, output: str, **options: Any) -> None:
    """Answer a canned question, or any SPARQL query.

    Without NAME: lists the questions. Asks the project; with --data any RDF files; with --endpoint
    a SPARQL 1.1 endpoint. Values of -p are bound as RDF terms, never pasted into the query. User
    name and password of an endpoint come from MESOKG_ENDPOINT_USER and MESOKG_ENDPOINT_PASSWORD.
    """
    from mesokg.queries import get_query, load_queries, parse_query
    from mesokg.queries import query as ask

    if sum(map(bool, (name, options["file"], options["text"]))) > 1:
        raise click.UsageError("give one of NAME, --file and --text")
    if not (name or options["file"] or options["text"]):
        _list_queries(settings)
        return
    project = settings.project_if_any()
    if name:
        chosen = get_query(load_queries(project), name)
    else:
        chosen = parse_query(_query_text(options["file"], options["text"]), "query")
    if options["show"]:
        write_output(output, chosen.text.encode())
        return
    engine, prefixes = _engine(settings, options, chosen.text)
    values = pairs(options["params"], "-p")
    answer = ask(engine, chosen, values, prefixes)
    if values and not isinstance(answer, bool) and not len(answer):
        named = ", ".join(values.values())
        settings.note(f"No row with {named}; `mesokg describe` shows what is related to a thing.")
    write_answer(settings, answer, prefixes, chosen, options["format_"], output)


@click.command()
@click.argument("thing", metavar="IRI|CURIE|LABEL")
@_endpoint_option
@_timeout_option
@format_option(("text", "turtle", "jsonld", "ntriples"), "text")
@output_option
@click.pass_obj
def describe(
    settings: Settings,
    thing: str,
    endpoint: str | None,
    timeout: float,
    format_: str | None,
    output: str,
) -> None:
    """Show one thing: what is said of it, what points at it.

    In the project, or with --endpoint in a SPARQL 1.1 store.
    """
    from mesokg.canon import serialize_triples
    from mesokg.dataset import load
    from mesokg.derived import derive
    from mesokg.description import describe as description_of
    from mesokg.description import excerpt
    from mesokg.terminal import show_description

    if endpoint:
        dataset = excerpt(*_remote(settings, endpoint, timeout), thing)
    else:
        dataset = derive(load(settings.project()))
    found = description_of(dataset, thing)
    form = choose_format(format_, output, ("text", "turtle", "jsonld", "ntriples"), "text")
    if form == "text":
        text = show_description(
            found, dataset.prefixes, width=terminal_width(), color=settings.colors(sys.stdout)
        )
        write_output(output, text.encode())
    else:
        write_output(output, serialize_triples(found.triples, form, dataset.prefixes))


@click.command()
@_endpoint_option
@_timeout_option
@format_option(TABLE_FORMATS, "table on a terminal, tsv in a pipe")
@output_option
@click.pass_obj
def stats(
    settings: Settings, endpoint: str | None, timeout: float, format_: str | None, output: str
) -> None:
    """Count statements, graphs, files, and records by class.

    Of the project, or with --endpoint of a SPARQL 1.1 store.
    """
    from mesokg.dataset import load
    from mesokg.description import stats as count
    from mesokg.description import stats_of_engine

    if endpoint:
        engine, prefixes = _remote(settings, endpoint, timeout)
        table = stats_of_engine(engine, prefixes)
    else:
        dataset = load(settings.project())
        table, prefixes = count(dataset), dataset.prefixes
    write_answer(settings, table, prefixes, None, format_, output)


def _remote(settings: Settings, endpoint: str, timeout: float) -> tuple[Engine, Prefixes]:
    """The endpoint to ask, and the prefixes to speak of its answers: the project's, if any."""
    from mesokg.remote import connect
    from mesokg.terms import STANDARD_PREFIXES, Prefixes

    project = settings.project_if_any()
    user = os.environ.get("MESOKG_ENDPOINT_USER", "")
    password = os.environ.get("MESOKG_ENDPOINT_PASSWORD", "")
    engine = connect(endpoint, timeout=timeout, user=user, password=password)
    return engine, project.prefixes if project else Prefixes(STANDARD_PREFIXES)


def _engine(
    settings: Settings, options: dict[str, Any], query_text: str
) -> tuple[Engine, Prefixes]:
    """Whom to ask, and by which prefixes to speak of the answer."""
    from pathlib import Path

    from mesokg.dataset import read_files
    from mesokg.engine import embed, names_graphs

    if options["endpoint"] and (options["data"] or options["named"]):
        raise click.UsageError("give either --endpoint or --data and --named")
    if options["endpoint"]:
        return _remote(settings, options["endpoint"], options["timeout"])
    services = options["service"]
    if options["data"] or options["named"]:
        named = {iri: Path(path) for iri, path in pairs(options["named"], "--named").items()}
        dataset = read_files(options["data"], named)
    else:
        dataset = settings.dataset()
        if not names_graphs(query_text):  # what is derived stands in graphs of its own
            return embed(dataset, named=False, services=services), dataset.prefixes
        from mesokg.derived import derive

        dataset = derive(dataset)
    return embed(dataset, services=services), dataset.prefixes


def _list_queries(settings: Settings) -> None:
    from mesokg.queries import load_queries
    from mesokg.terminal import show_queries

    queries = load_queries(settings.project_if_any())
    write_output(
        "-",
        show_queries(queries, width=terminal_width(), color=settings.colors(sys.stdout)).encode(),
    )


def _query_text(file: Path | None, text: str | None) -> str:
    from mesokg.files import read_bytes

    if file is None:
        return text or ""
    data = read_stdin() if str(file) == "-" else read_bytes(file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QueryError(
            f"{file}: is not UTF-8 (byte {error.start})", code="query-syntax"
        ) from None


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """``k=v`` words as a dictionary."""
    pairs = {}
    for word in words:
        key, equals, value = word.rpartition("=") if option == "--named" else word.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{option} wants a pair with an equals sign, not {word!r}")
        pairs[key] = value
    return pairs
