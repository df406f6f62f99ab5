"""Commands that write a project's products."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mesokg.cli.shell import PATH, Settings
from mesokg.cli.streams import report_text, texts_option, this_day

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["build"]


@click.command()
@click.option("-o", "--output", type=PATH, default="build",
              metavar="DIR", show_default=True, help="The folder to write.")  # fmt: skip
@click.option("--report", "report_file", type=PATH, metavar="FILE",
              help="Write the findings here, in every case (JSON).")  # fmt: skip
@texts_option
@click.pass_obj
def build(settings: Settings, output: Path, report_file: Path | None, texts: Path | None) -> int:
    """Validate the project, then write all its data products and its web site.

    Replaces DIR in one step, and only when no violation is found; the same input gives the same
    bytes. Exit code 1: there are violations, DIR stays as it was.
    """
    from mesokg.checks import validate as check
    from mesokg.dataset import load
    from mesokg.description import labels
    from mesokg.files import write_file, write_tree
    from mesokg.products import build_files
    from mesokg.report import Severity
    from mesokg.reporting import render
    from mesokg.rulebook import rules
    from mesokg.texts import find_texts

    project = settings.project()
    dataset = load(project)
    report = check(dataset, project, texts=texts, today=this_day())
    if report_file:
        text = render(
            report, "json", dataset.prefixes, labels=labels(dataset), rules=rules(project)
        )
        write_file(report_file, text.encode())
    if not report.passes(Severity.VIOLATION):
        settings.note(report_text(settings, report, dataset, sys.stderr, project))
        settings.note(f"{output} was not touched.")
        return 1
    found = find_texts(dataset, texts or project.texts)
    shown = dataset.with_graphs(found.quads(dataset.base))
    count = write_tree(output, build_files(shown, report, project))
    settings.note(
        report_text(settings, report, dataset, sys.stderr, project).rstrip().splitlines()[-1]
    )
    settings.note(f"{count} files in {output}/; {output / 'index.json'} lists them.")
    return 0
