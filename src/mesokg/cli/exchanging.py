"""Commands that write data in another format."""

from __future__ import annotations

from typing import Final

import click

from mesokg.cli.shell import Settings
from mesokg.cli.streams import (
    RDF_FORMATS,
    choose_format,
    format_option,
    output_option,
    read_stdin,
    write_output,
)
from mesokg.errors import InputError

__all__ = ["convert", "export"]


EXPORT_FORMATS: Final = (*RDF_FORMATS, "nanopub", "bibtex", "ris", "csl")


@click.command()
@format_option(EXPORT_FORMATS, "trig")
@click.option("--frame", type=click.Choice(["claims"]), help="JSON-LD as one tree per claim.")
@click.option("--graph", default="", metavar="G", help="Only this graph: IRI, CURIE or its path.")
@output_option
@click.pass_obj
def export(
    settings: Settings, format_: str | None, frame: str | None, graph: str, output: str
) -> None:
    """Write the project's data in one format.

    nanopub is TriG, too: each claim as a nanopublication of its own. bibtex, ris and csl (CSL-JSON)
    are the works cited, as they really are, for a reference manager; what was not seen at a source
    is left out. The same content gives the same bytes.
    """
    from mesokg.derived import derive
    from mesokg.exchange import export as write

    form = choose_format(format_, output, EXPORT_FORMATS, "jsonld" if frame else "trig")
    dataset = derive(settings.dataset())
    write_output(output, write(dataset, form, graph=graph, frame=frame or ""))


@click.command()
@click.argument("source", metavar="IN")
@click.option("--input-format", type=click.Choice(RDF_FORMATS), help="Default: by the suffix.")
@format_option(RDF_FORMATS, "turtle")
@output_option
@click.pass_obj
def convert(
    settings: Settings, source: str, input_format: str | None, format_: str | None, output: str
) -> None:
    """Write any RDF file in another format.

    IN may be - for stdin (Turtle unless said). Literals stay as they were written, the order of
    the result is canonical. Refuses a format that would lose named graphs.
    """
    from mesokg.dataset import format_of, read
    from mesokg.exchange import convert as write

    data, base = _input(source)
    read_as = input_format or ("turtle" if source == "-" else format_of(source))
    try:
        dataset = read(data, read_as, base_iri=base)
    except InputError as error:
        raise _at(error, source) from None
    form = choose_format(format_, output, RDF_FORMATS, "trig" if dataset.graphs else "turtle")
    write_output(output, write(dataset, form))


def _input(source: str) -> tuple[bytes, str | None]:
    """The bytes of a file or of stdin, and the IRI that its relative IRIs are relative to."""
    from mesokg.files import read_bytes

    if source == "-":
        return read_stdin(), None
    from pathlib import Path

    path = Path(source)
    return read_bytes(path), path.resolve().as_uri()


def _at(error: InputError, source: str) -> InputError:
    """The error with the file's name where `read` could only say -."""
    name = "stdin" if source == "-" else source
    message = f"{name}{error.message.removeprefix('-')}" if error.message.startswith("-:") else None
    return InputError(message or error.message, code=error.code, hint=error.hint)
