"""What is installed and found: the first thing to look at when something is odd."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import Final

import pyoxigraph as ox

from mesokg.engine import Table
from mesokg.project import Project, context_file, general_files, query_folder, shipped_names
from mesokg.terms import VOCABULARY_BASE

__all__ = ["doctor"]

#: What the tool uses, and for what; the optional ones may be absent.
_PACKAGES: Final = (
    ("click", "command line"),
    ("pyoxigraph", "parsing, SPARQL, canonical form"),
    ("rdflib", "exchange with other Python code"),
    ("pyshacl", "SHACL validation, the reference"),
    ("pyshacl-turbo", "SHACL validation, fast"),
    ("shacl-rust", "SHACL validation of large graphs"),
    ("sparqlwrapper", "remote endpoints"),
    ("pyld", "JSON-LD"),
    ("pyyaml", "headers of queries and mappings"),
    ("rich", "tables on a terminal"),
    ("pandas", "optional: data frames"),
)


def doctor(project: Project | None, version: str) -> Table:
    """What is installed and found, as rows of area, name, state and remark.

    States are ok, absent and broken; nothing is changed and no network is used.
    """
    rows = [
        ("tool", "mesokg", "ok", version),
        ("tool", "python", "ok", f"{platform.python_version()} on {sys.platform}"),
        *(_package(name, use) for name, use in _PACKAGES),
        _folder("vocabulary", len(general_files()), "files", VOCABULARY_BASE),
        _folder("queries", len(list(query_folder().glob("*.rq"))), "queries", "canned"),
        _folder("context", int(context_file().is_file()), "file", "JSON-LD context"),
        _folder("projects", len(shipped_names()), "shipped", ", ".join(shipped_names())),
        *_project_rows(project),
    ]
    cells = tuple(tuple(ox.Literal(cell) for cell in row) for row in rows)
    return Table(("area", "name", "state", "remark"), cells)


def _package(name: str, use: str) -> tuple[str, str, str, str]:
    try:
        return ("package", name, "ok", f"{metadata.version(name)} ({use})")
    except metadata.PackageNotFoundError:
        return ("package", name, "absent", use)


def _folder(name: str, count: int, what: str, remark: str) -> tuple[str, str, str, str]:
    return ("shipped", name, "ok" if count else "broken", f"{count} {what}: {remark}")


def _project_rows(project: Project | None) -> list[tuple[str, str, str, str]]:
    if project is None:
        return [("project", "mesokg.toml", "absent", "not in this folder or above it")]
    texts = project.texts
    state = "ok" if texts and texts.is_dir() else "absent"
    return [
        ("project", project.name, "ok", str(project.config)),
        ("project", "files", "ok", str(len(project.files()))),
        ("project", "texts", state, str(texts or "no texts folder is configured")),
    ]
