"""The scripts that a published site carries: SPARQL engine, editor, search.

This module decides where they lie and when they count as there. They are bundled
from npm packages when a wheel is built, or by ``make build`` in a checkout, and are
never committed; a site without them has no SPARQL page and no search that works,
and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mesokg.files import read_bytes

__all__ = ["ASSETS", "built"]

#: The files of a whole set, by name.
ASSETS: Final = ("THIRD_PARTY.txt", "oxigraph.wasm.gz", "search.js", "sparql.js", "worker.js")

_FOLDER: Final = Path(__file__).parent / "resources" / "assets"


def built(folder: Path = _FOLDER) -> Mapping[str, bytes] | None:
    """The assets by file name; None unless all of them are there.

    Raises InputError (``cannot-read``).
    """
    paths = [folder / name for name in ASSETS]
    if not all(path.is_file() for path in paths):
        return None
    return {path.name: read_bytes(path) for path in paths}
