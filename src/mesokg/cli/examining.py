"""Commands about the tool itself."""

from __future__ import annotations

import click

from mesokg import __version__
from mesokg.cli.shell import Settings
from mesokg.cli.streams import TABLE_FORMATS, format_option, output_option, write_answer

__all__ = ["doctor"]


@click.command()
@format_option(TABLE_FORMATS, "table")
@output_option
@click.pass_obj
def doctor(settings: Settings, format_: str | None, output: str) -> None:
    """Show what is installed and found.

    Changes nothing, uses no network.
    """
    from mesokg.installation import doctor as examine
    from mesokg.terms import Prefixes

    project = settings.project_if_any()
    write_answer(
        settings, examine(project, __version__), Prefixes(), None, format_ or "table", output
    )
