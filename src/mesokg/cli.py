"""The command line: load, call, render, exit. Nothing else happens here.

Every command is a Python function of the same name (see ``docs/commands.md``).
Only click is imported at the top; a command imports the modules it needs when
it runs, so that ``--help`` pays for nothing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeVar

import click

from mesokg import __version__
from mesokg.errors import ConfigError, InputError, MesokgError, QueryError, UsageError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from mesokg.dataset import Dataset
    from mesokg.engine import Answer, Engine
    from mesokg.project import Project
    from mesokg.queries import Query
    from mesokg.report import Report
    from mesokg.terms import Prefixes

__all__ = ["main"]

F = TypeVar("F", bound=Callable[..., Any])

RDF_FORMATS: Final = ("jsonld", "turtle", "trig", "nquads", "ntriples", "rdfxml")
TABLE_FORMATS: Final = ("table", "csv", "tsv", "json", "xml")
RESULT_FORMATS: Final = (*TABLE_FORMATS, "turtle", "ntriples", "jsonld", "rdfxml")
_SUFFIX_FORMATS: Final = {
    ".csv": "csv", ".json": "json", ".jsonld": "jsonld", ".nq": "nquads", ".nt": "ntriples",
    ".rdf": "rdfxml", ".srj": "json", ".srx": "xml", ".trig": "trig", ".tsv": "tsv",
    ".ttl": "turtle", ".txt": "text", ".xml": "xml",
}  # fmt: skip


class _PathType(click.ParamType[Any]):
    """A path; pathlib is loaded only when there is one to convert."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The value as a `pathlib.Path`."""
        from pathlib import Path

        return Path(value)


_PATH: Final = _PathType()


class Settings(NamedTuple):
    """What stands before the command."""

    folder: Path
    project_name: str | None
    config: Path | None
    verbose: bool
    quiet: bool
    color: str

    def project(self) -> Project:
        """The project that these settings name, or that the folder lies in."""
        from mesokg.project import find, open_project, shipped

        if self.project_name:
            return shipped(self.project_name)
        if self.config:
            return open_project(self.config)
        return find(self.folder)

    def project_if_any(self) -> Project | None:
        """The project, or None outside one; a broken configuration is still an error."""
        try:
            return self.project()
        except ConfigError as error:
            if error.code == "no-project":
                return None
            raise

    def colors(self, stream: Any) -> bool:
        """Whether to write colours to a stream (https://no-color.org)."""
        if self.color != "auto":
            return self.color == "always"
        return bool(stream.isatty()) and not os.environ.get("NO_COLOR")

    def note(self, text: str) -> None:
        """Say something on stderr, unless told to be quiet."""
        if not self.quiet:
            click.echo(text, err=True)


class _Shell(click.Group):
    """Turns what goes wrong into one readable message and the promised exit code."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run the command line and leave the process with its exit code."""
        arguments: Sequence[str] = kwargs.pop("args", None) or (args[0] if args else sys.argv[1:])
        kwargs.pop("standalone_mode", None)
        try:
            _open_streams()
            code = super().main(list(arguments), standalone_mode=False, **kwargs)
            sys.stdout.flush()
        except click.exceptions.Abort:
            code = 130
        except click.ClickException as error:
            error.show()
            code = 2
        except MesokgError as error:
            code = _fail(error, arguments)
        except KeyboardInterrupt:
            code = 130
        except BrokenPipeError:
            _close_stdout()
            code = 0
        except OSError as error:
            full = error.errno in {errno.EFBIG, errno.EIO, errno.ENOSPC}  # `files` catches its own
            code = _fail(_stdout_failed(error) if full else _internal(error), arguments)
        except Exception as error:  # the last net: no traceback without -v
            code = _fail(_internal(error), arguments)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(error: MesokgError, arguments: Sequence[str]) -> int:
    from mesokg.rendering import visible

    with contextlib.suppress(OSError):  # stderr may be full or gone; the exit code still tells
        click.echo(f"mesokg: {visible(error.message)} [{error.code}]", err=True)
        if error.hint:
            click.echo(f"  hint: {visible(error.hint)}", err=True)
    if any(word in {"-v", "--verbose"} for word in arguments):
        import traceback

        traceback.print_exc()
    return error.exit_code


def _internal(error: Exception) -> MesokgError:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return MesokgError(
        f"internal error: {what}", code="internal", hint="please report it with the output of -v"
    )


def _open_streams() -> None:
    """Give a process that was started with closed streams (``<&-``, ``>&-``) empty ones."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def _stdout_failed(error: OSError) -> MesokgError:
    """What to say when the disk behind stdout is full; nothing more is written to it."""
    _close_stdout()
    return MesokgError(
        f"stdout: cannot be written ({error.strerror or error})",
        code="write-failed",
        hint="free some room, or write elsewhere with -o",
    )


def _close_stdout() -> None:
    """Whoever read our output has gone: make sure that nothing more is written to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _format_option(formats: Sequence[str], default: str) -> Callable[[F], F]:
    return click.option(
        "-f", "--format", "format_", type=click.Choice(list(formats)),
        help=f"Default: by the suffix of -o, else {default}.",
    )  # fmt: skip


_output_option: Callable[[F], F] = click.option(
    "-o", "--output", default="-", metavar="FILE",
    help="Write here, in one step; - is stdout.",
)  # fmt: skip
_texts_option: Callable[[F], F] = click.option(
    "--texts", type=_PATH, metavar="DIR",
    help="Where the articles' texts are, found by their hash.",
)  # fmt: skip


@click.group(
    cls=_Shell,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="mesokg", message="%(prog)s %(version)s")
@click.option("-C", "folder", type=_PATH, default=".", metavar="DIR",
              help="Work in the project of this folder.")  # fmt: skip
@click.option("--project", "project_name", metavar="NAME",
              help="Work on a project that comes with mesokg.")  # fmt: skip
@click.option("--config", type=_PATH, metavar="FILE",
              help="The project's configuration.")  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Say more; show tracebacks.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto",
              help="Colours on a terminal (NO_COLOR is respected).")  # fmt: skip
@click.pass_context
def main(ctx: click.Context, /, **options: Any) -> None:
    """Turn the evidence in articles into linked data that can be checked, asked and published.

    It records what articles say and how surely; it gives no medical advice.
    """
    if not options["folder"].is_dir():
        raise InputError(f"{options['folder']}: there is no such folder", code="cannot-read")
    ctx.obj = Settings(**options)


# --- the main job ---------------------------------------------------------------------------


@main.command()
@click.option("-o", "--output", type=_PATH, default="build",
              metavar="DIR", show_default=True, help="The folder to write.")  # fmt: skip
@click.option("--report", "report_file", type=_PATH, metavar="FILE",
              help="Write the findings here, in every case (JSON).")  # fmt: skip
@_texts_option
@click.pass_obj
def build(settings: Settings, output: Path, report_file: Path | None, texts: Path | None) -> int:
    """Validate the project, then write all its data products.

    Replaces DIR in one step, and only when no violation is found; the same input gives the same
    bytes. Exit code 1: there are violations, DIR stays as it was.
    """
    from mesokg.checks import validate as check
    from mesokg.dataset import load
    from mesokg.files import write_file, write_tree
    from mesokg.products import build_files
    from mesokg.rendering import render
    from mesokg.report import Severity

    project = settings.project()
    dataset = load(project)
    report = check(dataset, project, texts=texts, today=_today())
    if report_file:
        write_file(report_file, render(report, "json", dataset.prefixes).encode())
    if not report.passes(Severity.VIOLATION):
        settings.note(_rendered(settings, report, dataset, sys.stderr))
        settings.note(f"{output} was not touched.")
        return 1
    count = write_tree(output, build_files(dataset, report, project))
    settings.note(_rendered(settings, report, dataset, sys.stderr).rstrip().splitlines()[-1])
    settings.note(f"{count} files in {output}/; {output / 'index.json'} lists them.")
    return 0


# --- checking -------------------------------------------------------------------------------


@main.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_format_option(("text", "json"), "text")
@click.option("--fail-on", type=click.Choice(["violation", "warning", "info", "none"]),
              default="violation", show_default=True,
              help="The mildest finding that makes the exit code 1.")  # fmt: skip
@click.option("--shapes", multiple=True, type=_PATH, metavar="FILE",
              help="Check PATHs against these SHACL shapes and nothing else.")  # fmt: skip
@click.option("--engine", type=click.Choice(["auto", "pyshacl", "pyshacl-turbo"]), default="auto",
              show_default=True, help="What runs the shapes.")  # fmt: skip
@_texts_option
@_output_option
@click.pass_obj
def validate(
    settings: Settings, paths: tuple[str, ...], format_: str | None, fail_on: str,
    shapes: tuple[Path, ...], engine: str, texts: Path | None, output: str,
) -> int:  # fmt: skip
    """Check a project, or any RDF files, by every rule.

    Writes nothing but the report. Without PATH: the whole project. With PATHs inside a project:
    the whole project, but only findings in these files. With --shapes: a plain SHACL validator for
    any RDF; - is stdin (Turtle). Exit code 1: findings at or above --fail-on.
    """
    from mesokg.rendering import render
    from mesokg.report import Severity

    report, dataset = _validated(settings, paths, shapes, engine, texts)
    form = _choose(format_, output, ("text", "json"), "text")
    if form == "text" and output == "-":
        text = _rendered(settings, report, dataset, sys.stdout)
    else:
        text = render(report, form, dataset.prefixes)
    _write(output, text.encode())
    limit = None if fail_on == "none" else Severity.from_name(fail_on)
    return 0 if report.passes(limit) else 1


@main.command()
@click.argument("rule", required=False)
@click.pass_obj
def explain(settings: Settings, rule: str | None) -> None:
    """Say what a rule asks, with a wrong and a right example.

    Without RULE: lists all rules.
    """
    from mesokg.rulebook import explain as explanation_of
    from mesokg.rulebook import rules

    known = rules(settings.project_if_any())
    if rule is None:
        width = max(map(len, known))
        for name, entry in sorted(known.items()):
            click.echo(f"{name:<{width}}  {entry.severity.label:<9}  {entry.title}")
        return
    found = explanation_of(rule, known)
    color = settings.colors(sys.stdout)
    name = click.style(rule, bold=True) if color else rule
    click.echo(f"{name}  ({found.rule.severity.label}, {found.rule.how})")
    for heading, text in (("asks", found.rule.about), ("fix", found.rule.fix)):
        if text:
            click.echo("\n" + click.wrap_text(f"{heading}: {text}", _width(), "", "  "))
    for heading, lines, hue in (("wrong", found.wrong, "red"), ("right", found.right, "green")):
        if lines:
            click.echo(f"\n{heading}:")
            for line in lines:
                click.echo("  " + (click.style(line, fg=hue) if color else line))


# --- asking ---------------------------------------------------------------------------------


@main.command()
@click.argument("name", required=False)
@click.option("-p", "--param", "params", multiple=True, metavar="K=V", help="A parameter's value.")
@click.option("--file", "file", type=_PATH, metavar="F",
              help="Run the query in this file.")  # fmt: skip
@click.option("--text", metavar="Q", help="Run this SPARQL text.")
@click.option("--show", is_flag=True, help="Print the query NAME instead of running it.")
@click.option("--data", multiple=True, type=_PATH, metavar="FILE",
              help="Ask these RDF files instead of the project (default graph).")  # fmt: skip
@click.option("--named", multiple=True, metavar="IRI=FILE",
              help="A file as a named graph, beside --data.")  # fmt: skip
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=60, show_default=True,
              help="Seconds to wait for the endpoint.")  # fmt: skip
@_format_option(RESULT_FORMATS, "table on a terminal, tsv in a pipe")
@_output_option
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
        _write(output, chosen.text.encode())
        return
    engine, prefixes = _engine(settings, options, chosen.text)
    values = _pairs(options["params"], "-p")
    answer = ask(engine, chosen, values, prefixes)
    if values and not isinstance(answer, bool) and not len(answer):
        named = ", ".join(values.values())
        settings.note(f"No row with {named}; `mesokg describe` shows what is related to a thing.")
    _write_answer(settings, answer, prefixes, chosen, options["format_"], output)


@main.command()
@click.argument("thing", metavar="IRI|CURIE|LABEL")
@_format_option(("text", "turtle", "jsonld", "ntriples"), "text")
@_output_option
@click.pass_obj
def describe(settings: Settings, thing: str, format_: str | None, output: str) -> None:
    """Show one thing: what is said of it, what points at it."""
    from mesokg.canon import serialize_triples
    from mesokg.dataset import load
    from mesokg.derived import derive
    from mesokg.description import describe as description_of
    from mesokg.terminal import show_description

    dataset = derive(load(settings.project()))
    found = description_of(dataset, thing)
    form = _choose(format_, output, ("text", "turtle", "jsonld", "ntriples"), "text")
    if form == "text":
        text = show_description(found, dataset.prefixes, width=_width(), color=_out(settings))
        _write(output, text.encode())
    else:
        _write(output, serialize_triples(found.triples, form, dataset.prefixes))


@main.command()
@_format_option(TABLE_FORMATS, "table on a terminal, tsv in a pipe")
@_output_option
@click.pass_obj
def stats(settings: Settings, format_: str | None, output: str) -> None:
    """Count statements, graphs, files, and records by class."""
    from mesokg.dataset import load
    from mesokg.description import stats as count

    dataset = load(settings.project())
    _write_answer(settings, count(dataset), dataset.prefixes, None, format_, output)


# --- data out -------------------------------------------------------------------------------


@main.command()
@_format_option(RDF_FORMATS, "trig")
@click.option("--frame", type=click.Choice(["claims"]), help="JSON-LD as one tree per claim.")
@click.option("--graph", default="", metavar="G", help="Only this graph: IRI, CURIE or its path.")
@_output_option
@click.pass_obj
def export(
    settings: Settings, format_: str | None, frame: str | None, graph: str, output: str
) -> None:
    """Write the project's data in one format.

    The same content gives the same bytes.
    """
    from mesokg.derived import derive
    from mesokg.exchange import export as write

    form = _choose(format_, output, RDF_FORMATS, "jsonld" if frame else "trig")
    dataset = derive(_loaded(settings))
    _write(output, write(dataset, form, graph=graph, frame=frame or ""))


@main.command()
@click.argument("source", metavar="IN")
@click.option("--input-format", type=click.Choice(RDF_FORMATS), help="Default: by the suffix.")
@_format_option(RDF_FORMATS, "turtle")
@_output_option
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
    form = _choose(format_, output, RDF_FORMATS, "trig" if dataset.graphs else "turtle")
    _write(output, write(dataset, form))


@main.command()
@_format_option(TABLE_FORMATS, "table")
@_output_option
@click.pass_obj
def doctor(settings: Settings, format_: str | None, output: str) -> None:
    """Show what is installed and found.

    Changes nothing, uses no network.
    """
    from mesokg.installation import doctor as examine
    from mesokg.terms import Prefixes

    project = settings.project_if_any()
    _write_answer(
        settings, examine(project, __version__), Prefixes(), None, format_ or "table", output
    )


# --- shared by the commands -----------------------------------------------------------------


def _loaded(settings: Settings) -> Dataset:
    """The project's dataset, complete: a file that does not parse is an error here."""
    from mesokg.dataset import load
    from mesokg.report import Severity

    dataset = load(settings.project())
    for finding in dataset.problems:
        if finding.severity is Severity.VIOLATION:
            raise InputError(
                f"{finding.location}: {finding.message}",
                code="does-not-parse",
                hint=finding.fix or "`mesokg validate` shows everything that is wrong",
            )
    return dataset


def _validated(
    settings: Settings, paths: tuple[str, ...], shapes: tuple[Path, ...], engine: str,
    texts: Path | None,
) -> tuple[Report, Dataset]:  # fmt: skip
    from mesokg.checks import validate as check
    from mesokg.checks import validate_files
    from mesokg.dataset import load

    if shapes:
        if not paths:
            raise click.UsageError("--shapes checks the files that you name: give a PATH")
        return validate_files(paths, shapes, engine=engine, stdin=_stdin)
    project = settings.project_if_any() if paths else settings.project()
    if project is None:
        return validate_files(paths, (), engine=engine, stdin=_stdin, today=_today())
    dataset = load(project)
    report = check(dataset, project, texts=texts, only=paths, engine=engine, today=_today())
    return report, dataset


def _today() -> date:
    """The day it is; SOURCE_DATE_EPOCH sets it (https://reproducible-builds.org)."""
    from datetime import UTC, datetime

    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if seconds.isdecimal() and len(seconds) < 12:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    return datetime.now(UTC).date()


def _rendered(settings: Settings, report: Report, dataset: Dataset, stream: Any) -> str:
    from mesokg.description import labels
    from mesokg.rendering import render

    return render(
        report, "text", dataset.prefixes, labels=labels(dataset), color=settings.colors(stream)
    )


def _engine(
    settings: Settings, options: dict[str, Any], query_text: str
) -> tuple[Engine, Prefixes]:
    """Whom to ask, and by which prefixes to speak of the answer."""
    from pathlib import Path

    from mesokg.dataset import read_files
    from mesokg.engine import embed, names_graphs
    from mesokg.terms import STANDARD_PREFIXES, Prefixes

    if options["endpoint"] and (options["data"] or options["named"]):
        raise click.UsageError("give either --endpoint or --data and --named")
    if options["endpoint"]:
        from mesokg.remote import connect

        project = settings.project_if_any()
        user = os.environ.get("MESOKG_ENDPOINT_USER", "")
        password = os.environ.get("MESOKG_ENDPOINT_PASSWORD", "")
        engine = connect(
            options["endpoint"], timeout=options["timeout"], user=user, password=password
        )
        return engine, project.prefixes if project else Prefixes(STANDARD_PREFIXES)
    if options["data"] or options["named"]:
        named = {iri: Path(path) for iri, path in _pairs(options["named"], "--named").items()}
        dataset = read_files(options["data"], named)
    else:
        dataset = _loaded(settings)
        if not names_graphs(query_text):  # what is derived stands in graphs of its own
            return embed(dataset, named=False), dataset.prefixes
        from mesokg.derived import derive

        dataset = derive(dataset)
    return embed(dataset), dataset.prefixes


def _write_answer(
    settings: Settings, answer: Answer, prefixes: Prefixes, chosen: Query | None,
    format_: str | None, output: str,
) -> None:  # fmt: skip
    from mesokg.engine import Table
    from mesokg.results import results

    terminal = output == "-" and sys.stdout.isatty()
    if isinstance(answer, tuple):
        form = _choose(format_, output, RESULT_FORMATS, "turtle")
        form = "turtle" if form == "table" else form
    else:
        form = _choose(format_, output, RESULT_FORMATS, "table" if terminal else "tsv")
    if form == "table" and isinstance(answer, Table):
        from mesokg.terminal import show_table

        title = chosen.question if chosen else ""
        text = show_table(answer, prefixes, width=_width(), color=_out(settings), title=title)
        _write(output, text.encode())
        return
    _write(output, results(answer, "tsv" if form == "table" else form, prefixes))


def _list_queries(settings: Settings) -> None:
    from mesokg.queries import load_queries
    from mesokg.terminal import show_queries

    queries = load_queries(settings.project_if_any())
    _write("-", show_queries(queries, width=_width(), color=_out(settings)).encode())


def _query_text(file: Path | None, text: str | None) -> str:
    from mesokg.files import read_bytes

    if file is None:
        return text or ""
    data = _stdin() if str(file) == "-" else read_bytes(file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QueryError(
            f"{file}: is not UTF-8 (byte {error.start})", code="query-syntax"
        ) from None


def _pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """``k=v`` words as a dictionary."""
    pairs = {}
    for word in words:
        key, equals, value = word.rpartition("=") if option == "--named" else word.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{option} wants a pair with an equals sign, not {word!r}")
        pairs[key] = value
    return pairs


def _choose(format_: str | None, output: str, allowed: Sequence[str], default: str) -> str:
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


def _input(source: str) -> tuple[bytes, str | None]:
    """The bytes of a file or of stdin, and the IRI that its relative IRIs are relative to."""
    from mesokg.files import read_bytes

    if source == "-":
        return _stdin(), None
    from pathlib import Path

    path = Path(source)
    return read_bytes(path), path.resolve().as_uri()


def _at(error: InputError, source: str) -> InputError:
    """The error with the file's name where `read` could only say -."""
    name = "stdin" if source == "-" else source
    message = f"{name}{error.message.removeprefix('-')}" if error.message.startswith("-:") else None
    return InputError(message or error.message, code=error.code, hint=error.hint)


def _stdin() -> bytes:
    return sys.stdin.buffer.read()


def _write(output: str, data: bytes) -> None:
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    from pathlib import Path

    from mesokg.files import write_file

    write_file(Path(output), data)


def _width() -> int:
    """The terminal's width; where there is none, a width at which tables stay readable."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def _out(settings: Settings) -> bool:
    return settings.colors(sys.stdout)
