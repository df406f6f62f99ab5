"""Releases and changes: what was published, and what changed for a reader.

This module decides where that is written down: below ``release/`` in the project, in the
folders of releases, each with its ``index.json`` and ``CHANGES.md``, in a ``CHANGELOG.md``
of the graph, and in notes of changes that wait in ``changelog.d/``. Nothing is
claimed that none of them says. Of Markdown only a few plain things are read; whatever else
stands there is shown as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mesokg.files import read_bytes
from mesokg.site.model import Site
from mesokg.site.page import Page

__all__ = [
    "PATH", "Block", "Entry", "Inline", "Release", "blocks", "pages", "read_releases",
]  # fmt: skip

#: The page of releases and changes.
PATH: Final = "releases.html"
_FOLDER: Final = "release"
_CHANGELOG: Final = ("CHANGELOG.md", "CHANGELOG", "changelog.md")
_FRAGMENTS: Final = "changelog.d"
#: Kinds of changes in the order to read them, as the ends of fragments' names.
_KINDS: Final = ("added", "changed", "deprecated", "removed", "fixed", "security")
#: A text of changes longer than this has no reader, and is cut.
_LONGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Inline:
    """A stretch of a line: text, code, strong, or a link with its address."""

    kind: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (with its level), a paragraph, an item of a list, or a block of code."""

    kind: str
    parts: tuple[Inline, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """What changed, under one heading: a version with its date, or what waits."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """A published version: what its folder says of it. `files` are path, bytes, SHA-256."""

    version: str
    issued: str
    iri: str
    change: str
    digest: str
    quads: int
    files: tuple[tuple[str, int, str], ...]
    changes: tuple[Block, ...] = ()
    previous: str = ""
    folder: Path = Path()

    @property
    def anchor(self) -> str:
        """The name of its place on the page."""
        return "v" + re.sub(r"[^0-9A-Za-z.-]", "-", self.version)


def pages(site: Site) -> Iterator[Page]:
    """The page of releases and changes; it says so where there is none."""
    root = site.project.root
    releases = read_releases(site)
    waiting = _waiting(root / _FOLDER / _FRAGMENTS)
    entries = _changelog(root / _FOLDER)
    yield Page(
        PATH,
        "releases.html",
        "Releases and changes",
        {
            "entries": entries,
            "releases": releases,
            "waiting": waiting,
        },
        section=PATH,
        kind="Releases",
        description=_in_short(releases, entries, site),
        trail=(("index.html", "Home"),),
    )


def _in_short(releases: list[Release], entries: list[Entry], site: Site) -> str:
    if releases:
        return f"The newest of {len(releases)} releases is {releases[0].version}."
    if entries:
        return "What changed from version to version."
    return f"No release is recorded. This is the work towards version {site.project.version}."


# --- where changes are written down -----------------------------------------------------------


def read_releases(site: Site) -> list[Release]:
    """The releases of this graph, the newest first; what is none is passed over."""
    folder, base = site.project.root / _FOLDER, site.base
    found = []
    for index in sorted(folder.glob("*/index.json")) if folder.is_dir() else ():
        try:
            about = json.loads(_text(index))
            if about["project"]["base"] != base:
                continue
            released, data = about["release"], about["dataset"]
            notes = index.parent / "CHANGES.md"
            release = Release(
                str(released["version"]), str(released.get("issued", "")),
                str(released.get("iri", "")), str(released.get("change", "")),
                str(data.get("digest", "")), int(data.get("quads", 0)),
                tuple((str(f["path"]), int(f["bytes"]), str(f["sha256"])) for f in about["files"]),
                blocks(_text(notes)) if notes.is_file() else (),
                str(released.get("previous", "")), index.parent,
            )  # fmt: skip
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            continue
        found.append(release)
    return sorted(found, key=lambda r: (_order(r.version), r.version), reverse=True)


def _order(version: str) -> tuple[tuple[int, ...], bool]:
    """The numbers of a version; a candidate (``-rc.1``) goes before its release."""
    core, mark, _ = version.partition("-")
    return tuple(int(n) for n in re.findall(r"[0-9]{1,9}", core)[:3]), not mark


def _changelog(folder: Path) -> list[Entry]:
    """The versions of a changelog, as its headings of the second level part it."""
    path = next((folder / name for name in _CHANGELOG if (folder / name).is_file()), None)
    if path is None:
        return []
    parts = re.split(r"(?m)^##[ \t]+(?!#)(.*)$", _text(path))
    return [
        Entry(_bare(heading), blocks(body))
        for heading, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


def _waiting(folder: Path) -> list[Entry]:
    """Changes that no release has gathered yet, by their kind."""
    entries = []
    for kind in _KINDS:
        found = sorted(folder.glob(f"*.{kind}.md")) if folder.is_dir() else []
        items = tuple(
            Block("item", tuple(_inline(" ".join(_text(path).split())))) for path in found
        )
        if items:
            entries.append(Entry(kind.capitalize(), items))
    return entries


def _text(path: Path) -> str:
    return read_bytes(path).decode("utf-8", "replace").replace("\r\n", "\n")[:_LONGEST]


def _bare(heading: str) -> str:
    """A heading without the marks of links around a version."""
    return re.sub(r"\[([^\]]*)\](\([^)]*\))?", r"\1", heading).strip()


# --- the little Markdown that changelogs are written in ---------------------------------------

_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(.*)")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+(.*)")
_INLINE: Final = re.compile(
    r"`(?P<code>[^`\n]+)`|\*\*(?P<strong>[^*\n]+)\*\*"
    r"|\[(?P<text>[^\]\n]+)\]\((?P<address>[^)\s]+)\)|<(?P<bare>https?://[^>\s]+)>"
)


def blocks(text: str) -> tuple[Block, ...]:
    r"""Headings, paragraphs, list items and code of a Markdown text, in order.

    >>> [(b.kind, b.parts[0].text) for b in blocks("# One\n\n* two\n  more\n\nthree")]
    [('heading', 'One'), ('item', 'two more'), ('paragraph', 'three')]
    """
    return tuple(_blocks(text.split("\n")))


def _blocks(lines: Iterable[str]) -> Iterator[Block]:
    kind, held = "", list[str]()
    for line in [*lines, ""]:
        if kind == "code":
            if line.strip().startswith("```"):
                yield Block("code", (Inline("text", "\n".join(held)),))
                kind, held = "", []
            else:
                held.append(line)
            continue
        heading, item = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
        starts = heading or item or not line.strip() or line.startswith("```")
        if starts and held:
            yield Block(kind, tuple(_inline(" ".join(held))))
            held = []
        if heading:
            yield Block("heading", tuple(_inline(heading[2].strip())), len(heading[1]))
        elif item:
            kind, held = "item", [item[1].strip()]
        elif line.startswith("```"):
            kind = "code"
        elif line.strip():
            kind = kind if held else "paragraph"
            held.append(line.strip())
    if held:
        yield Block("code" if kind == "code" else kind, (Inline("text", "\n".join(held)),))


def _inline(text: str) -> Iterator[Inline]:
    """The stretches of a line; a link to anything but the web is only its words."""
    done = 0
    for match in _INLINE.finditer(text):
        if match.start() > done:
            yield Inline("text", text[done : match.start()])
        done = match.end()
        if match["code"]:
            yield Inline("code", match["code"])
        elif match["strong"]:
            yield Inline("strong", match["strong"])
        else:
            address = match["address"] or match["bare"]
            web = address.startswith(("http://", "https://"))
            yield Inline("link" if web else "text", match["text"] or address, address)
    if done < len(text):
        yield Inline("text", text[done:])
