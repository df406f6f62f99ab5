"""What a validation depends on besides the data: the tool, the project, and what else is asked.

This module decides when nothing that is remembered may be used: when a byte of the tool,
of what comes with it, of a shape, a check or the configuration has changed, or a library.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from mesokg.files import read_bytes
from mesokg.project import Project, query_folder, resource
from mesokg.texts import Texts

__all__ = ["digest", "folder_key", "project_key", "texts_key", "tool_key"]

#: What comes with the tool for pages alone: no finding depends on it.
_FOR_PAGES: Final = frozenset({"assets", "static", "templates"})
#: Libraries that decide what is found.
_LIBRARIES: Final = (
    "html5rdf", "pyoxigraph", "pyshacl", "pyshacl-turbo", "python-stdnum", "PyYAML", "rdflib",
    "shacl-rust",
)  # fmt: skip


def digest(*parts: str | bytes) -> str:
    """The SHA-256 of some parts, none of which can run into the next."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(f"{len(data)}:".encode())
        found.update(data)
    return found.hexdigest()


@cache
def tool_key() -> str:
    """The same as long as the tool, its data, its Python and its libraries are the same."""
    package = resource().parent
    parts: list[str | bytes] = [sys.version, sys.platform, *map(_version, _LIBRARIES)]
    for path in sorted(_deciding(package)):
        parts += [path.relative_to(package).as_posix(), read_bytes(path)]
    parts += _contents(sorted(query_folder().glob("*.rq")))
    return digest(*parts)


def _deciding(package: Path) -> Iterator[Path]:
    """The files of the package that may decide what is found."""
    for folder, below, names in os.walk(package):
        place = Path(folder)
        pages = _FOR_PAGES if place == package / "resources" else frozenset()
        below[:] = [name for name in below if name not in pages and name != "__pycache__"]
        yield from (place / name for name in names if not name.endswith(".pyc"))


def _version(library: str) -> str:
    try:
        return f"{library} {metadata.version(library)}"
    except metadata.PackageNotFoundError:
        return f"{library} none"


def project_key(project: Project) -> str:
    """The same as long as the project's configuration, queries and checks are the same."""
    asking = (*project.paths("queries"), *project.paths("checks"))
    return digest(repr(project), read_bytes(project.config), *_contents(asking))


def _contents(paths: Iterable[Path]) -> Iterator[str | bytes]:
    for path in paths:
        yield str(path)
        yield read_bytes(path)


def folder_key(folder: Path | None) -> str:
    """The same as long as the files of a folder are the same. OSError when one cannot be read."""
    if folder is None or not folder.is_dir():
        return f"{folder} {folder is not None and folder.exists()}"
    parts: list[str | bytes] = [str(folder)]
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            parts += [path.relative_to(folder).as_posix(), path.read_bytes()]
    return digest(*parts)


def texts_key(texts: Texts) -> str:
    """The same as long as the same articles have the same texts."""
    found = sorted(texts.by_article.items())
    near = [f"{hit.article}\n{hit.file}\n{hit.why}" for hit in texts.near]
    return digest(*(part for item in found for part in item), "", *texts.missing, "", *near)
