"""The command line: load, call, render, exit. Nothing else happens here.

Every command is a Python function of the same name (see ``docs/commands.md``).
Only click is imported at the top; a command imports the modules it needs when
it runs, so that ``--help`` pays for nothing.
"""

from __future__ import annotations

from typing import Any

import click

from mesokg import __version__
from mesokg.cli.shell import PATH, Settings, Shell
from mesokg.errors import InputError

__all__ = ["main"]


@click.group(
    cls=Shell,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="mesokg", message="%(prog)s %(version)s")
@click.option("-C", "folder", type=PATH, default=".", metavar="DIR",
              help="Work in the project of this folder.")  # fmt: skip
@click.option("--project", "project_name", metavar="NAME",
              help="Work on a project that comes with mesokg.")  # fmt: skip
@click.option("--config", type=PATH, metavar="FILE",
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
