"""mesokg turns the evidence in articles into linked data that can be checked, asked, published.

The functions below are the package's face: one word here, in the command line
and in the documentation. They are loaded when they are first used, so that
importing mesokg costs nothing.

>>> import mesokg
>>> data = mesokg.read("<http://e/tea> <http://e/helps> <http://e/sleep> .")
>>> mesokg.embed(data).run("ASK { ?drink <http://e/helps> ?what }")
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesokg.canon import digest
    from mesokg.checks import validate, validate_endpoint, validate_files
    from mesokg.dataset import Dataset, load, read, read_files
    from mesokg.derived import derive
    from mesokg.description import describe, stats
    from mesokg.engine import Engine, Table, embed
    from mesokg.errors import (
        ConfigError,
        EndpointError,
        InputError,
        MesokgError,
        QueryError,
        UsageError,
    )
    from mesokg.exchange import convert, export
    from mesokg.files import File, write_tree
    from mesokg.frames import to_pandas
    from mesokg.installation import doctor
    from mesokg.interop import from_rdflib, to_rdflib
    from mesokg.products import build_files
    from mesokg.project import Project, find, open_project, shipped
    from mesokg.queries import load_queries, query
    from mesokg.release import build_release
    from mesokg.remote import connect, connect_updates
    from mesokg.report import Finding, Report, Severity
    from mesokg.reporting import render
    from mesokg.rulebook import explain, rules
    from mesokg.serve import make_app, serve_forever
    from mesokg.site import build_site
    from mesokg.site_checks import check_site
    from mesokg.stores import pull, push
    from mesokg.terms import Prefixes
    from mesokg.verification import verify

__version__ = "0.1.0"

__all__ = [
    "ConfigError",
    "Dataset",
    "EndpointError",
    "Engine",
    "File",
    "Finding",
    "InputError",
    "MesokgError",
    "Prefixes",
    "Project",
    "QueryError",
    "Report",
    "Severity",
    "Table",
    "UsageError",
    "build_files",
    "build_release",
    "build_site",
    "check_site",
    "connect",
    "connect_updates",
    "convert",
    "derive",
    "describe",
    "digest",
    "doctor",
    "embed",
    "explain",
    "export",
    "find",
    "from_rdflib",
    "load",
    "load_queries",
    "make_app",
    "open_project",
    "pull",
    "push",
    "query",
    "read",
    "read_files",
    "render",
    "rules",
    "serve_forever",
    "shipped",
    "stats",
    "to_pandas",
    "to_rdflib",
    "validate",
    "validate_endpoint",
    "validate_files",
    "verify",
    "write_tree",
]

_HOME = {
    "canon": ("digest",),
    "checks": ("validate", "validate_endpoint", "validate_files"),
    "dataset": ("Dataset", "load", "read", "read_files"),
    "derived": ("derive",),
    "description": ("describe", "stats"),
    "engine": ("Engine", "Table", "embed"),
    "errors": (
        "ConfigError", "EndpointError", "InputError", "MesokgError", "QueryError", "UsageError",
    ),
    "exchange": ("convert", "export"),
    "files": ("File", "write_tree"),
    "frames": ("to_pandas",),
    "installation": ("doctor",),
    "interop": ("from_rdflib", "to_rdflib"),
    "products": ("build_files",),
    "project": ("Project", "find", "open_project", "shipped"),
    "queries": ("load_queries", "query"),
    "remote": ("connect", "connect_updates"),
    "report": ("Finding", "Report", "Severity"),
    "release": ("build_release",),
    "reporting": ("render",),
    "rulebook": ("explain", "rules"),
    "serve": ("make_app", "serve_forever"),
    "site": ("build_site",),
    "site_checks": ("check_site",),
    "stores": ("pull", "push"),
    "terms": ("Prefixes",),
    "verification": ("verify",),
}  # fmt: skip
_MODULE = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a name of `__all__` from its module when it is first used (PEP 562)."""
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
