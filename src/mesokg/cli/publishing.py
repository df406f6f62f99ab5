"""Commands that write a project's web site."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mesokg.cli.shell import PATH, Settings
from mesokg.cli.streams import report_text, texts_option, this_day

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["site"]


@click.command()
@click.option("-o", "--output", type=PATH, default="site",
              metavar="DIR", show_default=True, help="The folder to write.")  # fmt: skip
@texts_option
@click.pass_obj
def site(settings: Settings, output: Path, texts: Path | None) -> int:
    """Validate the project, then write its web site.

    Every claim in its sentence, every IRI as HTML, Turtle, JSON-LD and N-Triples; it works from any
    host and from a disk. Replaces DIR in one step, and only when no violation is found; the same
    input gives the same bytes. Exit code 1: there are violations, DIR stays as it was.
    """
    from mesokg.checks import validate as check
    from mesokg.dataset import load
    from mesokg.files import write_tree
    from mesokg.products import site_files, size_warning
    from mesokg.report import Severity
    from mesokg.texts import find_texts

    project = settings.project()
    dataset = load(project)
    report = check(dataset, project, texts=texts, today=this_day())
    said = report_text(settings, report, dataset, sys.stderr, project)
    if not report.passes(Severity.VIOLATION):
        settings.note(said)
        settings.note(f"{output} was not touched.")
        return 1
    if warning := size_warning(dataset):
        settings.note(f"warning: {warning}")
    found = find_texts(dataset, texts or project.texts)
    shown = dataset.with_graphs(found.quads(dataset.base))
    count = write_tree(output, site_files(shown, report, project))
    settings.note(said.rstrip().splitlines()[-1])
    settings.note(f"{count} files in {output}/; open {output / 'index.html'}.")
    return 0
