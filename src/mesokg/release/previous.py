"""The release before: what was published already."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from mesokg.dataset import Dataset, read
from mesokg.errors import InputError, UsageError
from mesokg.files import read_bytes
from mesokg.project import Project
from mesokg.release.versions import Version, parse_version
from mesokg.verification import verify

__all__ = ["Previous", "find_previous", "read_release"]


@dataclass(frozen=True, slots=True)
class Previous:
    """An earlier state: its version, and what it said."""

    version: Version
    dataset: Dataset


def read_release(folder: Path) -> Previous:
    """A release that was written before. Nothing of a damaged one is used.

    Raises InputError (``cannot-read``, ``release-damaged``).
    """
    for finding in verify(folder).findings:
        raise _damaged(folder, f"{finding.location}: {finding.message}")
    about = _index(folder)
    try:
        version = parse_version(str(about["release"]["version"]))
        base = str(about["project"]["base"])
        dataset = read(read_bytes(folder / "data" / "dataset.nq"), "nquads")
    except (InputError, KeyError, TypeError, UsageError) as error:
        raise _damaged(folder, str(error) or "index.json is not that of a release") from None
    merged = frozenset(
        graph
        for graph in dataset.graphs
        if isinstance(graph, ox.NamedNode) and not graph.value.startswith(f"{base}graph/derived/")
    )
    return Previous(version, Dataset(dataset.quads, base=base, merged=merged))


def find_previous(folder: Path, project: Project) -> Path | None:
    """The newest release of the same graph that lies beside a folder, by its version.

    Only what calls itself a release of this project's base is looked at. Nothing is checked.
    """
    beside = folder.parent
    found: list[tuple[Version, Path]] = []
    with contextlib.suppress(OSError):  # a folder that cannot be read cannot be written either
        found += _releases(beside, project)
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _releases(beside: Path, project: Project) -> Iterator[tuple[Version, Path]]:
    for path in sorted(beside.iterdir()) if beside.is_dir() else ():
        if path.name.startswith(".") or not (path / "index.json").is_file():
            continue
        try:
            about = _index(path)
            if about["project"]["base"] == project.base:
                yield parse_version(str(about["release"]["version"])), path
        except (InputError, KeyError, TypeError, UsageError):
            continue


def _index(folder: Path) -> Any:
    try:
        return json.loads(read_bytes(folder / "index.json"))
    except (ValueError, RecursionError):
        raise _damaged(folder, "index.json is no JSON") from None


def _damaged(folder: Path, why: str) -> InputError:
    return InputError(
        f"{folder}: is no whole release ({why})",
        code="release-damaged",
        hint="`mesokg verify` shows all that is wrong; get it again from where it is published",
    )
