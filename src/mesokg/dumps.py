"""The whole dataset as one file, in each form that people ask for.

This module decides which dumps there are, what they are called and what is in them. A
build, a release and a site take them from here: what has the same name is the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mesokg.canon import serialize
from mesokg.dataset import Dataset
from mesokg.files import read_bytes
from mesokg.jsonld import to_jsonld
from mesokg.project import context_file

__all__ = ["Dump", "dumps"]


@dataclass(frozen=True, slots=True)
class Dump:
    """A file that holds the dataset: its path, its format, what it holds, and its bytes."""

    path: str
    name: str
    media_type: str
    about: str
    data: bytes


#: Path, name, format, media type, what it holds.
_DUMPS: Final = (
    ("data/dataset.nq", "N-Quads", "nquads", "application/n-quads",
     "every graph, canonical: the same content is the same file"),
    ("data/dataset.trig", "TriG", "trig", "application/trig", "every graph under its name"),
    ("data/dataset.jsonld", "JSON-LD", "jsonld", "application/ld+json", "every graph"),
    ("data/dataset.ttl", "Turtle", "turtle", "text/turtle",
     "all that is written, without the names of graphs and without what is computed"),
)  # fmt: skip


def dumps(dataset: Dataset, *, jsonld: bool = True) -> Iterator[Dump]:
    """The dumps of a dataset, one after the other, the canonical N-Quads first; byte-stable.

    JSON-LD takes about six times as long as all others together and can be left out. Raises
    InputError (``not-writable``).
    """
    for path, name, form, media_type, about in _DUMPS:
        if form != "jsonld":
            yield Dump(path, name, media_type, about, serialize(dataset, form))
        elif jsonld:
            document = json.loads(read_bytes(context_file()))
            yield Dump(path, name, media_type, about, to_jsonld(dataset, document))
