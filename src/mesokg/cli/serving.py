"""The command that answers over HTTP."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from mesokg.cli.shell import PATH, Settings
from mesokg.cli.streams import this_day

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mesokg.serve import AccessLog, FilesSource, Limits, ProjectSource

__all__ = ["serve"]


@click.command()
@click.option("--data", multiple=True, type=PATH, metavar="FILE",
              help="Serve these RDF files instead of the project (default graph).")  # fmt: skip
@click.option("--named", multiple=True, metavar="IRI=FILE",
              help="A file as a named graph, beside --data.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen at; 0.0.0.0 is every one of this machine.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True,
              help="Port to listen at; 0 takes a free one.")  # fmt: skip
@click.option("--public-url", default="", metavar="URL",
              help="The address that clients use, behind a proxy.")  # fmt: skip
@click.option("--trust-proxy", "proxies", multiple=True, metavar="ADDRESS",
              help="Believe X-Forwarded-For of the proxy at this address.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0.1), default=30, show_default=True,
              help="Seconds that a query may run.")  # fmt: skip
@click.option("--memory", type=click.IntRange(min=16), default=512, show_default=True,
              help="MiB that a query may use.")  # fmt: skip
@click.option("--rows", type=click.IntRange(min=1), default=1_000_000, show_default=True,
              help="Rows that an answer may have.")  # fmt: skip
@click.option("--size", type=click.IntRange(min=1), default=256, show_default=True,
              help="MiB that an answer may have.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 256), default=8, show_default=True,
              help="Queries that run at a time.")  # fmt: skip
@click.option("--queue", type=click.IntRange(0, 100_000), default=256, show_default=True,
              help="Requests that may wait for a worker.")  # fmt: skip
@click.option("--per-client", type=click.IntRange(min=1), default=32, show_default=True,
              help="Requests of one address that may run or wait.")  # fmt: skip
@click.option("--cache", type=click.IntRange(min=0), default=64, show_default=True,
              help="MiB of answers to keep, to give them again.")  # fmt: skip
@click.option("--watch", is_flag=True, help="Serve changed files as soon as they are saved.")
@click.option("--no-site", is_flag=True, help="Serve data only, no pages.")
@click.option("--log", "log_file", type=PATH, metavar="FILE",
              help="Append the access log to this file instead of stderr.")  # fmt: skip
@click.option("--log-queries", is_flag=True, help="Write the text of queries into the log.")
@click.pass_obj
def serve(settings: Settings, /, **options: Any) -> None:
    """Answer over HTTP: SPARQL endpoint, canned queries as an API, the site's pages.

    Read-only. Serves the project, or any RDF files with --data. A query that runs too long, needs
    too much memory or answers too much is ended, and the others go on. Stops on Ctrl-C, after
    the queries that run. Each request writes one line of JSON to the access log.
    """
    from mesokg.serve import listen, serve_forever

    source = _source(settings, options)
    socket = listen(options["host"], options["port"])
    host, port = socket.getsockname()[:2]
    address = options["public_url"] or f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    if not host.startswith("127.") and host != "::1":
        settings.note("Anyone who reaches this machine can ask; put a proxy with TLS in front.")
    serve_forever(
        source, _limits(options), [socket], public=options["public_url"], watch=options["watch"],
        proxies=options["proxies"], log=_log(settings, options),
        ready=lambda: settings.note(f"Serving at {address}"),
    )  # fmt: skip


def _source(settings: Settings, options: dict[str, Any]) -> FilesSource | ProjectSource:
    from pathlib import Path

    from mesokg.cli.asking import pairs
    from mesokg.serve import FilesSource, ProjectSource

    if not (options["data"] or options["named"]):
        config = settings.project().config.resolve()
        return ProjectSource(config, site=not options["no_site"], today=this_day())
    named = [(iri, Path(path)) for iri, path in pairs(options["named"], "--named").items()]
    return FilesSource(tuple(options["data"]), tuple(named))


def _limits(options: dict[str, Any]) -> Limits:
    from mesokg.serve import MEBIBYTE, Limits

    return Limits(
        workers=options["workers"], seconds=options["timeout"],
        memory=options["memory"] * MEBIBYTE, rows=options["rows"],
        size=options["size"] * MEBIBYTE, waiting=options["queue"],
        share=options["per_client"], kept=options["cache"] * MEBIBYTE,
    )  # fmt: skip


def _log(settings: Settings, options: dict[str, Any]) -> AccessLog:
    from mesokg.serve import AccessLog

    if options["log_file"] is None and settings.quiet:
        return AccessLog()
    return AccessLog(_writer(options["log_file"]), texts=options["log_queries"])


def _writer(path: Path | None) -> Callable[[str], object]:
    """What appends a line to the log."""
    from mesokg.errors import InputError

    if path is None:
        stream = sys.stderr
    else:
        try:
            stream = path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise InputError(
                f"{path}: cannot be written ({error.strerror})", code="cannot-read",
                hint="name another file with --log",
            ) from None  # fmt: skip

    def write(line: str) -> None:
        try:
            stream.write(f"{line}\n")
            stream.flush()
        except OSError:  # a full disk must not stop the service
            pass

    return write
