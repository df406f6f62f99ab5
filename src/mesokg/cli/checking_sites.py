"""The command that checks a site, on disk or where it is published."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from mesokg.cli.shell import Settings
from mesokg.cli.streams import (
    choose_format,
    format_option,
    output_option,
    terminal_width,
    write_output,
)

__all__ = ["check_site"]

_FORMATS: Final = ("text", "json", "sarif", "junit", "github", "turtle")


@click.command("check-site")
@click.argument("place", metavar="URL|DIR")
@format_option(_FORMATS, "text")
@click.option("--fail-on", type=click.Choice(["violation", "warning", "info", "none"]),
              default="violation", show_default=True,
              help="The mildest finding that makes the exit code 1.")  # fmt: skip
@click.option("--most", type=click.IntRange(min=1), default=100_000, show_default=True,
              help="Ask for about this many files at the most.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0.1, max=3600), default=20.0,
              show_default=True, help="Seconds to wait for each answer.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=8, show_default=True,
              help="How many requests are under way at once.")  # fmt: skip
@output_option
@click.pass_obj
def check_site(settings: Settings, /, place: str, output: str, **options: Any) -> int:
    """Check a published site, or the folder of one, as its readers' programs would see it.

    Every page, every format of every IRI, links and anchors, the dump; at a URL also media types,
    redirects by Accept, CORS, and what is not there. Changes nothing, and asks no other host than
    that of the site and its IRIs. What could not be checked is told. Exit code 1: findings at or
    above --fail-on.
    """
    from mesokg.report import Severity
    from mesokg.reporting import render
    from mesokg.site_checks import RULES
    from mesokg.site_checks import check_site as check
    from mesokg.terms import Prefixes

    form = choose_format(options["format_"], output, _FORMATS, "text")
    limit = None if options["fail_on"] == "none" else Severity.from_name(options["fail_on"])
    report = check(
        place, most=options["most"], timeout=options["timeout"], workers=options["workers"]
    )
    text = render(
        report, form, Prefixes(), rules=RULES, fail_on=limit, fallback="index.html",
        color=form == "text" and output == "-" and settings.colors(sys.stdout),
        width=min(terminal_width(), 120), limit=None if settings.verbose else 10,
    )  # fmt: skip
    write_output(output, text.encode())
    return 0 if report.passes(limit) else 1
