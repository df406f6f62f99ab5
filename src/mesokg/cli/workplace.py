"""Where the command runs: which repository a project lies in, and how its host shows a line.

Code hosts want paths as they are in the repository, which need not be as they are in the
project. In a GitHub workflow the environment says what is known.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mesokg.report import Location

__all__ = ["folder_in_repository", "line_link"]


def folder_in_repository(root: Path) -> str:
    """Where a project's folder lies in its repository, with ``/``; "" at its top or in none."""
    here = root.resolve()
    top = os.environ.get("GITHUB_WORKSPACE")
    tops = [type(root)(top).resolve()] if top else []
    tops += [folder for folder in (here, *here.parents) if (folder / ".git").exists()]
    for folder in tops:
        if here.is_relative_to(folder):
            inside = here.relative_to(folder).as_posix()
            return "" if inside == "." else inside
    return ""


def line_link(folder: str) -> Callable[[Location], str] | None:
    """What gives the address of a line in the repository's web view; None where it has none."""
    known = [os.environ.get(f"GITHUB_{n}", "") for n in ("SERVER_URL", "REPOSITORY", "SHA")]
    if not all(known):
        return None
    server, repository, commit = known

    def link(place: Location) -> str:
        path = f"{folder}/{place.path}" if folder else place.path
        line = f"#L{place.line}" if place.line else ""
        return f"{server}/{repository}/blob/{commit}/{quote(path)}{line}"

    return link
