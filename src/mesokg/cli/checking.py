"""Commands that check data and explain what they ask."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from mesokg.cli.shell import PATH, Settings
from mesokg.cli.streams import (
    choose_format,
    format_option,
    output_option,
    read_stdin,
    report_text,
    sources_of,
    terminal_width,
    texts_option,
    this_day,
    write_output,
)

if TYPE_CHECKING:
    from mesokg.cache import Cache
    from mesokg.dataset import Dataset
    from mesokg.project import Project
    from mesokg.report import Report, Rule, Severity
    from mesokg.rulebook import Explanation

__all__ = ["explain", "validate"]


REPORT_FORMATS: Final = ("text", "json", "sarif", "junit", "github", "turtle")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@format_option(REPORT_FORMATS, "text")
@click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE",
              help="Write the report in one more format; may be repeated.")  # fmt: skip
@click.option("--fail-on", type=click.Choice(["violation", "warning", "info", "none"]),
              default="violation", show_default=True,
              help="The mildest finding that makes the exit code 1.")  # fmt: skip
@click.option("--changed-since", metavar="REV",
              help="Only findings on lines changed since this git revision, or new.")  # fmt: skip
@click.option("--baseline", type=PATH, metavar="FILE",
              help="Findings in this file are known and do not count.")  # fmt: skip
@click.option("--write-baseline", type=PATH, metavar="FILE",
              help="Write today's findings as a baseline.")  # fmt: skip
@click.option("--shapes", multiple=True, type=PATH, metavar="FILE",
              help="Check PATHs against these SHACL shapes and nothing else.")  # fmt: skip
@click.option("--engine", default="auto", show_default=True, metavar="NAME",
              help="What runs the shapes: auto, pyshacl, pyshacl-turbo or shacl-rust.")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Look for everything again, and remember nothing.")
@click.option("--endpoint", metavar="URL",
              help="Ask this SPARQL endpoint the checks that are queries.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0.1), default=60, show_default=True,
              help="Seconds to wait for the endpoint.")  # fmt: skip
@texts_option
@output_option
@click.pass_obj
def validate(settings: Settings, /, paths: tuple[str, ...], output: str, **options: Any) -> int:
    """Check a project, or any RDF files, by every rule.

    Writes nothing but reports. Without PATH: the whole project. With PATHs inside a project: the
    whole project, but only findings in these files. With --shapes: a plain SHACL validator for any
    RDF; - is stdin (Turtle). In a GitHub workflow, findings become annotations and a job summary
    as well. Exit code 1: findings at or above --fail-on.
    """
    from mesokg.report import Severity

    form = choose_format(options["format_"], output, REPORT_FORMATS, "text")
    more = [_report_option(word) for word in options["reports"]]
    limit = None if options["fail_on"] == "none" else Severity.from_name(options["fail_on"])
    checked = _checked(settings, paths, options)
    report = checked.report
    write = _Writer(settings, report, checked.dataset, checked.project, paths, limit)
    for format_, file in more:
        write_output(file, write.text(format_).encode())
    if form == "text" and output == "-":
        data = report_text(settings, report, checked.dataset, sys.stdout, checked.project)
    else:
        data = write.text(form)
    write_output(output, data.encode())
    if os.environ.get("GITHUB_ACTIONS") == "true" and options["format_"] is None:
        write.for_github(output)
    return 0 if report.passes(limit) else 1


@click.command()
@click.argument("rule", required=False)
@click.pass_obj
def explain(settings: Settings, rule: str | None) -> None:
    """Say what a rule asks, with a wrong and a right example, or what an error code means.

    Knows the rules of all commands. Without RULE: lists them.
    """
    from mesokg.rulebook import error_help
    from mesokg.rulebook import explain as explanation_of

    known = _all_rules(settings)
    if rule is None:
        width = max(map(len, known))
        for name, entry in sorted(known.items()):
            click.echo(f"{name:<{width}}  {entry.severity.label:<9}  {entry.title}")
        return
    meaning = error_help(rule)
    color = settings.colors(sys.stdout)
    name = click.style(rule, bold=True) if color else rule
    if rule in known or not meaning:
        found = explanation_of(rule, known)
        click.echo(f"{name}  ({found.rule.severity.label}, {found.rule.how})")
        _explained(found, color=color)
    if meaning:
        click.echo("\n" * (rule in known) + f"{name}  (error)")
        click.echo("\n" + click.wrap_text(meaning, terminal_width(), preserve_paragraphs=True))


def _all_rules(settings: Settings) -> dict[str, Rule]:
    """The rules of every command that has findings, by id."""
    from mesokg.release import RELEASE_RULES
    from mesokg.rulebook import rules
    from mesokg.site_checks import RULES as SITE_RULES
    from mesokg.verification import RULES as VERIFICATION_RULES

    project = settings.project_if_any()
    return {**SITE_RULES, **VERIFICATION_RULES, **RELEASE_RULES, **rules(project)}


def _explained(found: Explanation, *, color: bool) -> None:
    """Print what a rule asks, and its two examples."""
    for heading, text in (("asks", found.rule.about), ("fix", found.rule.fix)):
        if text:
            click.echo("\n" + click.wrap_text(f"{heading}: {text}", terminal_width(), "", "  "))
    for heading, lines, hue in (("wrong", found.wrong, "red"), ("right", found.right, "green")):
        if lines:
            click.echo(f"\n{heading}:")
            for line in lines:
                click.echo("  " + (click.style(line, fg=hue) if color else line))


class _Checked(NamedTuple):
    """A report with what it is about."""

    report: Report
    dataset: Dataset
    project: Project | None


class _Writer(NamedTuple):
    """Writes one report in any format."""

    settings: Settings
    report: Report
    dataset: Dataset
    project: Project | None
    paths: tuple[str, ...]
    limit: Severity | None

    def _about(self) -> dict[str, Any]:
        from mesokg.cli.workplace import folder_in_repository
        from mesokg.description import labels
        from mesokg.rulebook import rules

        return {
            "labels": labels(self.dataset),
            "rules": rules(self.project),
            "fail_on": self.limit,
            "root": os.getcwd() if self.project is None else "",  # noqa: PTH109  # no pathlib here
            "folder": folder_in_repository(self.project.root) if self.project else "",
        }

    def text(self, format_: str) -> str:
        """The report in one format."""
        from mesokg.reporting import render

        if self.project:
            fallback = self.project.config.name
        else:
            fallback = next((path for path in self.paths if path != "-"), "stdin")
        return render(
            self.report, format_, self.dataset.prefixes, **self._about(), fallback=fallback,
            source=sources_of(self.dataset, self.project),
        )  # fmt: skip

    def for_github(self, output: str) -> None:
        """Annotations on stdout and the job's summary, if the report itself is there for eyes."""
        from mesokg.cli.workplace import line_link
        from mesokg.reporting import summary

        if output == "-":
            write_output("-", self.text("github").encode())
        place = os.environ.get("GITHUB_STEP_SUMMARY")
        if place:
            about = self._about()
            page = summary(
                self.report, self.dataset.prefixes, **about, link=line_link(about["folder"])
            )
            with open(place, "a", encoding="utf-8") as stream:  # noqa: PTH123  # GitHub's own file
                stream.write(page)


def _report_option(word: str) -> tuple[str, str]:
    """FORMAT=FILE of the option --report."""
    format_, equals, file = word.partition("=")
    if not equals or not file or format_ not in REPORT_FORMATS:
        formats = ", ".join(REPORT_FORMATS)
        raise click.UsageError(f"--report wants FORMAT=FILE, not {word!r}; formats: {formats}")
    return format_, file


def _settled(
    report: Report, project: Project | None, paths: tuple[str, ...], options: dict[str, Any]
) -> Report:
    """The report without the findings of a baseline; writes a new baseline where asked to."""
    baseline, fresh = options["baseline"], options["write_baseline"]
    if fresh and paths:
        raise click.UsageError("--write-baseline needs all findings: leave the PATHs out")
    if baseline:
        from mesokg.baseline import compare, read_baseline
        from mesokg.files import read_bytes
        from mesokg.report import Severity

        root = os.path.realpath(project.root) if project else ""
        names = [os.path.relpath(os.path.realpath(p), root).replace(os.sep, "/") for p in paths]
        severities = project.severity if project else {}
        report = compare(
            report, read_baseline(read_bytes(baseline), str(baseline)),
            (names if project else paths) or None,
            severity=severities.get("baseline-outdated", Severity.INFO),
        )  # fmt: skip
    if fresh:
        from mesokg.baseline import write_baseline

        write_output(str(fresh), write_baseline(report, new=not baseline))
    return report


def _checked(settings: Settings, paths: tuple[str, ...], options: dict[str, Any]) -> _Checked:
    from mesokg.checks import validate as check
    from mesokg.checks import validate_files
    from mesokg.dataset import load

    shapes, engine = options["shapes"], options["engine"]
    if options["endpoint"]:
        return _at_endpoint(settings, paths, options)
    if shapes and not paths:
        raise click.UsageError("--shapes checks the files that you name: give a PATH")
    project = None
    if not shapes:
        project = settings.project_if_any() if paths else settings.project()
    if project is None:
        if options["changed_since"]:
            raise click.UsageError("--changed-since needs a project")
        today = this_day()
        report, dataset = validate_files(
            paths, shapes, engine=engine, stdin=read_stdin, today=today
        )
        return _Checked(_settled(report, None, paths, options), dataset, None)
    cache = None if options["no_cache"] else _cache(project)
    dataset = cache.load() if cache else load(project)
    report = check(
        dataset, project, texts=options["texts"], only=paths, engine=engine, today=this_day(),
        cache=cache,
    )  # fmt: skip
    report = _settled(report, project, paths, options)
    if options["changed_since"]:
        report = _since(report, project, options)
    return _Checked(report, dataset, project)


def _at_endpoint(settings: Settings, paths: tuple[str, ...], options: dict[str, Any]) -> _Checked:
    from mesokg.checks import validate_endpoint
    from mesokg.dataset import Dataset
    from mesokg.remote import connect
    from mesokg.terms import STANDARD_PREFIXES, Prefixes

    if paths or options["shapes"] or options["changed_since"] or options["texts"]:
        raise click.UsageError(
            "--endpoint goes with none of PATH, --shapes, --changed-since, --texts"
        )
    project = settings.project_if_any()
    engine = connect(
        options["endpoint"],
        timeout=options["timeout"],
        user=os.environ.get("MESOKG_ENDPOINT_USER", ""),
        password=os.environ.get("MESOKG_ENDPOINT_PASSWORD", ""),
    )
    report = _settled(validate_endpoint(engine, project), project, paths, options)
    prefixes = project.prefixes if project else Prefixes(STANDARD_PREFIXES)
    return _Checked(report, Dataset((), prefixes), project)


def _cache(project: Project) -> Cache:
    """What earlier runs remember of a project."""
    from pathlib import Path

    from mesokg.cache import Cache, default_folder

    return Cache(project, default_folder(os.environ, Path.home()))


def _since(report: Report, project: Project, options: dict[str, Any]) -> Report:
    """The report with the findings alone that changes since a revision have to do with."""
    from mesokg.checks import validate as check
    from mesokg.dataset import load
    from mesokg.project import open_project
    from mesokg.report import Report
    from mesokg.revisions import changed_lines, merge_base, since, tree_at

    base = merge_base(project.root, options["changed_since"])
    then = Report()
    with tree_at(project.root, base) as folder:
        config = folder / project.config.name
        if config.is_file():
            old = open_project(config)
            texts = options["texts"] or project.texts
            texts = texts if texts and texts.exists() else None
            then = check(load(old), old, texts=texts, engine=options["engine"], today=this_day())
    return since(report, then, changed_lines(project.root, base))
