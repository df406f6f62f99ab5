"""Commands that publish a version, and that check one."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from mesokg.cli.shell import PATH, Settings
from mesokg.cli.streams import (
    choose_format,
    format_option,
    output_option,
    report_text,
    terminal_width,
    texts_option,
    this_day,
    write_output,
)
from mesokg.errors import UsageError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from mesokg.project import Project
    from mesokg.release import Plan, Previous
    from mesokg.report import Report

__all__ = ["release", "verify"]

#: More lines of changes than this are read in the file.
_MOST_LINES: Final = 60
_VERIFY_FORMATS: Final = ("text", "json", "sarif", "junit", "github", "turtle")


@click.command()
@click.argument("version")
@click.option("-o", "--output", type=PATH, metavar="DIR",
              help="The new folder.  [default: release/VERSION]")  # fmt: skip
@click.option("--previous", type=PATH, metavar="DIR",
              help="The release before. Default: the newest one beside DIR, if any.")  # fmt: skip
@click.option("--since", metavar="REV",
              help="Compare with this git revision instead of a release.")  # fmt: skip
@click.option("--date", "day", metavar="YYYY-MM-DD",
              help="The date of issue. Default: SOURCE_DATE_EPOCH, else today (UTC).")  # fmt: skip
@click.option("--sign", "key", type=PATH, metavar="KEY",
              help="Sign with this Ed25519 private key (PEM or OpenSSH).")  # fmt: skip
@click.option("--commit", default="", metavar="ID",
              help="The revision that is released, for the record.")  # fmt: skip
@click.option("--report", "report_file", type=PATH, metavar="FILE",
              help="Write the findings here, in every case (JSON).")  # fmt: skip
@texts_option
@click.pass_obj
def release(settings: Settings, /, version: str, output: Path | None, **options: Any) -> int:
    """Publish a version: validate, compare with the release before, write an immutable folder.

    Writes DIR in one step and never over anything; the same input and date give the same bytes.
    Refused are violations, more words of a source than its rights allow, a version that is too
    low for what changed, and published IRIs that are gone and not deprecated. Exit code 1: it
    was refused, nothing was written.
    """
    from pathlib import Path

    from mesokg.checks import validate as check
    from mesokg.dataset import load
    from mesokg.files import read_bytes, write_file
    from mesokg.release import build_release, parse_version, plan_release, write_release
    from mesokg.reporting import render
    from mesokg.signing import public_key
    from mesokg.texts import find_texts

    parse_version(version)
    day = _day(options["day"])
    folder = output or Path("release") / version
    key = read_bytes(options["key"]) if options["key"] else b""
    password = os.environ.get("MESOKG_KEY_PASSWORD", "")
    if key:
        public_key(key, password=password)  # so that a wrong key is told of at once
    project = settings.project()
    dataset = load(project)
    texts = options["texts"]
    report = check(dataset, project, texts=texts, today=day)
    previous = _previous(settings, project, folder, options)
    plan = plan_release(
        dataset, report, project, version=version, issued=day, previous=previous,
        texts=find_texts(dataset, texts or project.texts), commit=options["commit"],
    )  # fmt: skip
    if options["report_file"]:
        write_file(options["report_file"], render(plan.refusals, "json", dataset.prefixes).encode())
    if plan.refusals.findings:
        settings.note(report_text(settings, plan.refusals, dataset, sys.stderr, project))
        settings.note(f"{version} is not released; {folder} was not touched.")
        return 1
    count = write_release(folder, build_release(plan, key=key, password=password))
    _tell(settings, plan)
    settings.note(f"{count} files in {folder}/; check them with `mesokg verify {folder}`.")
    return 0


@click.command()
@click.argument("folder", type=PATH, metavar="DIR")
@click.option("--key", type=PATH, metavar="PUBLIC",
              help="The publisher's public key; get it elsewhere than DIR.")  # fmt: skip
@format_option(_VERIFY_FORMATS, "text")
@output_option
@click.pass_obj
def verify(
    settings: Settings, folder: Path, key: Path | None, format_: str | None, output: str
) -> int:
    """Check a release against its checksums and its signature.

    Needs no project and no network, and writes nothing. A signature is checked only if you
    say whose it must be, with --key. Exit code 1: a file is altered, missing, added or
    renamed, or the signature is not by this key.
    """
    from mesokg.files import read_bytes
    from mesokg.reporting import render
    from mesokg.terms import Prefixes
    from mesokg.verification import RULES
    from mesokg.verification import verify as verified

    public = read_bytes(key) if key else None
    report = verified(folder, public)
    form = choose_format(format_, output, _VERIFY_FORMATS, "text")
    text = (
        _verified(report, public)
        if form == "text"
        else render(report, form, Prefixes(), rules=RULES)
    )
    write_output(output, text.encode())
    return 1 if report.findings else 0


def _verified(report: Report, public: bytes | None) -> str:
    """What became of a check, for eyes."""
    from mesokg.signing import fingerprint

    lines = [f"{f.location}: {f.message} [{f.rule}]" for f in report.findings]
    if lines:
        return "\n".join([*lines, "This is not what was published."]) + "\n"
    if public:
        signed = f"signed with the key {fingerprint(public)}"
    elif report.not_run:
        signed = "signed, but whether by the right key is not checked (--key)"
    else:
        signed = "not signed"
    return f"{report.files} files, as they were published; {signed}.\n"


def _day(word: str | None) -> date:
    """The date of issue: as given, else that of SOURCE_DATE_EPOCH, else today."""
    from datetime import date

    if word is None:
        return this_day()
    with contextlib.suppress(ValueError):
        if len(word) == len("2026-01-31"):
            return date.fromisoformat(word)
    raise UsageError(
        f"{word!r} is no date", code="wrong-date", hint="write it as 2026-01-31: year, month, day"
    )


def _previous(
    settings: Settings, project: Project, folder: Path, options: dict[str, Any]
) -> Previous | None:
    """What the new version is held against; it is said when there is nothing."""
    from mesokg.release import Previous, find_previous, parse_version, read_release

    if options["since"] and options["previous"]:
        raise click.UsageError("--previous and --since both name what to compare with: choose one")
    if options["since"]:
        from mesokg.dataset import load
        from mesokg.project import open_project
        from mesokg.revisions import commit_of, tree_at

        commit = commit_of(project.root, options["since"])
        with tree_at(project.root, commit) as tree:
            old = open_project(tree / project.config.name)
            return Previous(parse_version(old.version), load(old))
    place = options["previous"] or find_previous(folder, project)
    if place is None:
        settings.note("no release before this one: nothing to compare with (see --previous).")
        return None
    settings.note(f"compared with {place}.")
    return read_release(place)


def _tell(settings: Settings, plan: Plan) -> None:
    """What changed, and what nobody could look at."""
    from mesokg.changes import render_changes

    lines = render_changes(plan.changes).splitlines()
    if len(lines) > _MOST_LINES and not settings.verbose:
        left = len(lines) - _MOST_LINES
        lines = [*lines[:_MOST_LINES], f"{left} more lines in CHANGES.md (-v shows them)."]
    rules = sorted({item.rule for item in plan.refusals.not_run})
    if rules:
        lines.append(f"not checked, as texts are not at hand (see --texts): {', '.join(rules)}.")
    for line in lines:
        settings.note(click.wrap_text(line, min(terminal_width(), 100), "", "  ") if line else "")
