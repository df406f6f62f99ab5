"""Article texts: found by their hash, used, and never kept.

A text may belong to somebody else, so a graph holds only its SHA-256 and its
length. Whoever has the text puts it into a folder; this module decides which
file is the text of which article: the one whose content has the hash that the
article states. The hash is asked of the file as it is stored first, so a text that was
encoded with CR line ends or in another Unicode form stays what it is, and offsets count
its own code points. Only then is it asked of the file without a byte order mark, with LF
line ends, and in NFC, the form in which texts are best encoded: whatever a copy or an
editor did to a file, the text is the one that was hashed, letter by letter, or none.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.errors import InputError
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, graph_iri

__all__ = ["NearText", "Texts", "find_texts"]

_ARTICLE: Final = ox.NamedNode(NS + "Article")
_SHA256: Final = ox.NamedNode(NS + "sha256")
_LENGTH: Final = ox.NamedNode(NS + "length")
_TEXT: Final = ox.NamedNode(NS + "text")
_TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")

#: Larger files are no article texts and are not read.
_LARGEST: Final = 32 * 1024 * 1024
#: How much the length of a text may be off and the file still looks like it.
_NEAR: Final = 0.02


@dataclass(frozen=True, slots=True)
class NearText:
    """A file that looks like the text of an article and is not: `why` says what differs."""

    article: str
    file: str
    why: str


@dataclass(frozen=True, slots=True)
class Texts:
    """Which articles have their text at hand (IRI -> text), and which have not."""

    by_article: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    near: tuple[NearText, ...] = ()

    def quads(self, base: str) -> tuple[ox.Quad, ...]:
        """``<article> meso:text "…"`` for each text, in the graph ``<base>graph/text``.

        >>> str(Texts({"http://e/a": "Tea."}).quads("http://e/")[0].graph_name)
        '<http://e/graph/text>'
        """
        graph = ox.NamedNode(graph_iri(base or VOCABULARY_BASE, "text"))
        return tuple(
            ox.Quad(ox.NamedNode(article), _TEXT, ox.Literal(text), graph)
            for article, text in sorted(self.by_article.items())
        )


def find_texts(dataset: Dataset, folder: Path | None) -> Texts:
    """The texts of the dataset's articles, as far as the folder holds them.

    Every file of the folder and of the folders below it is looked at; hidden
    ones, very large ones and those that are not UTF-8 are not. No folder is the
    same as an empty one. Nothing is written. Raises InputError (``cannot-read``)
    when the folder is a file or a file in it cannot be read.

    >>> from mesokg.dataset import read
    >>> data = read("<http://e/a> a <https://w3id.org/mesokg/ns#Article> .")
    >>> find_texts(data, None).missing
    ('http://e/a',)
    """
    articles: set[str] = set()
    hashes: dict[str, set[str]] = defaultdict(set)
    lengths: dict[str, set[str]] = defaultdict(set)
    for subject, predicate, value in dataset.default_graph:
        if not isinstance(subject, ox.NamedNode):
            continue
        if predicate == _TYPE and value == _ARTICLE:
            articles.add(subject.value)
        elif predicate == _SHA256 and isinstance(value, ox.Literal):
            articles.add(subject.value)
            hashes[subject.value].add(value.value.lower())
        elif predicate == _LENGTH and isinstance(value, ox.Literal):
            lengths[subject.value].add(value.value)
    if not articles:
        return Texts()
    files = dict(_texts_in(folder)) if folder is not None and folder.exists() else {}
    by_hash = {
        hashlib.sha256(text.encode()).hexdigest(): text
        for forms in files.values()
        for text in forms
    }
    found = {
        article: by_hash[digest]
        for article in sorted(articles)
        for digest in sorted(hashes[article] & by_hash.keys())[:1]
    }
    missing = tuple(sorted(articles - found.keys()))
    used = set(found.values())
    spare = {name: forms[-1] for name, forms in files.items() if used.isdisjoint(forms)}
    near = [hit for name in missing for hit in _near(name, lengths[name], spare)]
    return Texts(MappingProxyType(found), missing, tuple(near))


def _texts_in(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The forms of each text of a folder, by path from it, in order."""
    if not folder.is_dir():
        raise InputError(
            f"{folder}: is a file, the folder of the texts is wanted",
            code="cannot-read",
            hint="name the folder that holds the texts",
        )
    try:
        for path in sorted(folder.rglob("*")):
            inner = path.relative_to(folder)
            if any(part.startswith(".") for part in inner.parts) or not path.is_file():
                continue
            if path.stat().st_size <= _LARGEST:
                forms = _forms_of(path.read_bytes())
                if forms:
                    yield inner.as_posix(), forms
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: cannot be read ({error.strerror or error})",
            code="cannot-read",
        ) from error


def _forms_of(data: bytes) -> tuple[str, ...]:
    """What may be the text of a file: as it is stored, then without what copying does to it.

    Nothing if it is not UTF-8.
    """
    try:
        stored = data.decode("utf-8")
    except UnicodeDecodeError:
        return ()
    bare = stored.removeprefix("\ufeff")
    lines = bare.replace("\r\n", "\n").replace("\r", "\n")
    return tuple(dict.fromkeys((stored, bare, lines, unicodedata.normalize("NFC", lines))))


def _near(article: str, lengths: set[str], files: Mapping[str, str]) -> Iterator[NearText]:
    """The files that somebody may have meant to be the text of an article."""
    key = article.rstrip("/").rpartition("/")[2]
    stated = [int(length) for length in lengths if length.isascii() and length.isdigit()]
    for name, text in files.items():
        if Path(name).stem == key or any(abs(len(text) - n) <= _NEAR * n for n in stated):
            wanted = "".join(f" and {n:,} code points" for n in sorted(stated)[:1])
            why = (
                f"it has {len(text):,} code points and another SHA-256; "
                f"the article states its SHA-256{wanted}"
            )
            yield NearText(article, name, why)
