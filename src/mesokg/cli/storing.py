"""Commands that publish named graphs in a SPARQL store, and bring them back."""

from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING, Any

import click

from mesokg.cli.shell import PATH, Settings
from mesokg.cli.streams import TABLE_FORMATS, format_option, write_answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mesokg.dataset import Dataset
    from mesokg.stores import Step

__all__ = ["pull", "push"]


@click.command()
@click.option("--endpoint", required=True, metavar="URL", help="Where the store is asked.")
@click.option("--update", metavar="URL",
              help="Where the store takes SPARQL updates.  [default: as --endpoint]")  # fmt: skip
@click.option("--graph", "graphs", multiple=True, metavar="IRI",
              help="Only this graph; may be repeated.")  # fmt: skip
@click.option("--data", multiple=True, type=PATH, metavar="FILE",
              help="The named graphs of these files instead of the project's.")  # fmt: skip
@click.option("--named", multiple=True, metavar="IRI=FILE",
              help="A file as a named graph, beside --data.")  # fmt: skip
@click.option("--prune", is_flag=True,
              help="Remove what was published from here and is no longer there.")  # fmt: skip
@click.option("--chunk", type=click.IntRange(min=1), default=2000, show_default=True,
              help="Triples in one request, at most.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0.1), default=600, show_default=True,
              help="Seconds to wait for an answer.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be done, change nothing.")
@format_option(TABLE_FORMATS, "table on a terminal, tsv in a pipe")
@click.pass_obj
def push(settings: Settings, /, format_: str | None, **options: Any) -> int:
    """Publish named graphs in a SPARQL 1.1 store: only what changed.

    Each graph arrives under another name, is read back and compared, and then takes its place in
    one step; a push that was cut off goes on where it was. A graph that was not published from
    here is never touched. User name and password come from MESOKG_ENDPOINT_USER and
    MESOKG_ENDPOINT_PASSWORD. Exit code 1: the store does not hold all graphs as they are here.
    """
    from mesokg.remote import connect, connect_updates
    from mesokg.stores import push as publish

    dataset, owner = _published(settings, options["data"], options["named"])
    common = {"timeout": options["timeout"], **_login()}
    done = publish(
        dataset,
        connect(options["endpoint"], largest=2**31, **common),
        connect_updates(options["update"] or options["endpoint"], **common),
        owner=owner,
        holder=f"{platform.node()}:{os.getpid()}",
        only=options["graphs"],
        chunk=options["chunk"],
        prune=options["prune"],
        dry_run=options["dry_run"],
        is_dead=_is_dead,
        tell=settings.note if settings.verbose or sys.stderr.isatty() else lambda text: None,
    )
    _show(settings, dataset, done.steps, format_)
    return 1 if done.pending else 0


@click.command()
@click.option("--endpoint", required=True, metavar="URL", help="Where the store is asked.")
@click.option("--graph", "graphs", multiple=True, metavar="IRI",
              help="This graph, whoever published it; may be repeated.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0.1), default=600, show_default=True,
              help="Seconds to wait for an answer.")  # fmt: skip
@click.option("-o", "--output", type=PATH, default="pulled", metavar="DIR", show_default=True,
              help="The folder to write.")  # fmt: skip
@click.pass_obj
def pull(
    settings: Settings, endpoint: str, graphs: tuple[str, ...], timeout: float, output: Path
) -> None:
    """Bring the graphs that push has published into files.

    One file of Turtle for each graph, and index.json with their digests. Replaces DIR in one step,
    and only when every graph came whole and as it was left there.
    """
    from mesokg.files import write_tree
    from mesokg.remote import connect
    from mesokg.stores import pull as bring
    from mesokg.stores import pull_index
    from mesokg.terms import STANDARD_PREFIXES, Prefixes

    project = settings.project_if_any()
    found = bring(
        connect(endpoint, timeout=timeout, largest=2**31, **_login()),
        only=graphs,
        prefixes=project.prefixes if project else Prefixes(STANDARD_PREFIXES),
    )
    write_tree(output, [*(one.file for one in found), pull_index(found)])
    for one in found:
        if one.note:
            settings.note(f"{one.graph}: {one.note}")
    total = sum(one.triples for one in found)
    settings.note(f"{len(found)} graphs, {total:,} triples in {output}/.")


def _published(
    settings: Settings, data: Sequence[Path], named: Sequence[str]
) -> tuple[Dataset, str]:
    """What is to be published, and in whose name."""
    from pathlib import Path

    from mesokg.cli.asking import pairs
    from mesokg.dataset import read_files
    from mesokg.derived import derive

    if data or named:
        files = {iri: Path(path) for iri, path in pairs(named, "--named").items()}
        project = settings.project_if_any()
        return read_files(data, files), project.base if project else "files"
    dataset = derive(settings.dataset())
    return dataset, dataset.base or "files"


def _login() -> dict[str, Any]:
    return {
        "user": os.environ.get("MESOKG_ENDPOINT_USER", ""),
        "password": os.environ.get("MESOKG_ENDPOINT_PASSWORD", ""),
    }


def _is_dead(holder: str) -> bool:
    """Whether a process of this machine has ended; of others nothing is known."""
    node, _, number = holder.rpartition(":")
    if node != platform.node() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _show(settings: Settings, dataset: Dataset, steps: Sequence[Step], format_: str | None) -> None:
    import pyoxigraph as ox

    from mesokg.engine import Table

    rows = tuple(
        (ox.Literal(step.action), ox.NamedNode(step.graph), ox.Literal(step.triples),
         ox.Literal(step.note))
        for step in steps
    )  # fmt: skip
    table = Table(("action", "graph", "triples", "note"), rows)
    write_answer(settings, table, dataset.prefixes, None, format_, "-")
