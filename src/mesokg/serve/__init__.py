"""The service: a SPARQL endpoint, canned queries as an API, and the site's pages, over HTTP.

This package decides how a dataset is answered from so that no request can stop it: the
process that talks HTTP never evaluates a query. Queries run in workers (`worker`), which a
nursery that has loaded the data forks (`nursery`), the operating system shuts in (`cell`) and
a pool starts, bounds and kills (`pool`). A nursery loads nothing of what talks HTTP, which is
why the names here are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesokg.serve.app import make_app
    from mesokg.serve.contents import DatasetSource, FilesSource, ProjectSource
    from mesokg.serve.limits import MEBIBYTE, Limits
    from mesokg.serve.log import AccessLog
    from mesokg.serve.server import listen, serve_forever

__all__ = [
    "MEBIBYTE",
    "AccessLog",
    "DatasetSource",
    "FilesSource",
    "Limits",
    "ProjectSource",
    "listen",
    "make_app",
    "serve_forever",
]

_HOME = {
    "MEBIBYTE": "limits",
    "AccessLog": "log",
    "DatasetSource": "contents",
    "FilesSource": "contents",
    "Limits": "limits",
    "ProjectSource": "contents",
    "listen": "server",
    "make_app": "app",
    "serve_forever": "server",
}


def __getattr__(name: str) -> object:
    """Load a name of `__all__` from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
