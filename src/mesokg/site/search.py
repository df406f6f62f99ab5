"""Search without a server: a list of all pages that the browser searches by itself.

This module decides what can be found: the name of a page, the other names and
identifiers of its thing, what kind of thing it is, and the first words that describe
it. The list is a script, since from a disk a page can read nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mesokg.files import File
from mesokg.site.model import DCTERMS, RDFS, SKOS, Site
from mesokg.site.page import Page
from mesokg.site.templating import clipped
from mesokg.terms import NS

__all__ = ["PATH", "Entry", "entries", "files", "pages"]

PATH: Final = "search.html"
_INDEX: Final = "assets/search-index.js"
#: Scripts of the site, and nothing from elsewhere.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'"
)
#: By which else a thing may be known.
_OTHER_NAMES: Final = (
    f"{SKOS}prefLabel",
    f"{SKOS}altLabel",
    f"{SKOS}hiddenLabel",
    f"{SKOS}notation",
    f"{RDFS}label",
    f"{DCTERMS}title",
    f"{DCTERMS}identifier",
)
#: What describes a thing, the best first.
_ABOUT: Final = (
    f"{SKOS}definition",
    f"{RDFS}comment",
    f"{DCTERMS}description",
    f"{NS}quote",
    f"{SKOS}scopeNote",
)
_LONGEST_NAME: Final = 300
_LONGEST_ABOUT: Final = 160
#: As many other names of one thing can be found.
_MOST_NAMES: Final = 12


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """What can be found: the kind of thing, its title, where it is, and words about it."""

    path: str
    title: str
    kind: str = ""
    other: str = ""
    about: str = ""


def pages(site: Site) -> Iterator[Page]:
    """The search page; without scripts it names the lists to look through."""
    there = bool(site.assets)
    yield Page(
        PATH,
        "search.html",
        "Search",
        {"built": there},
        section=PATH,
        description="Find a claim, a treatment, a source or a term. Works without a server.",
        scripts=(_INDEX, "assets/search.js") if there else (),
        csp=_POLICY,
        trail=(("index.html", "Home"),),
        listed=False,
    )


def entries(site: Site, page: Page) -> Iterator[Entry]:
    """What can be found on a page: itself, and each term of a page that holds several.

    Nothing for a page that is not listed.
    """
    if not page.listed:
        return
    yield Entry(
        page.path,
        clipped(page.title, _LONGEST_NAME),
        _kind(site, page),
        _other(site, page.iri, page.title) if page.iri else "",
        _about(site, page.iri, page.title) or clipped(page.description, _LONGEST_ABOUT),
    )
    for iri in site.fragments.get(page.iri, ()) if page.iri else ():
        title = site.label(iri)
        yield Entry(
            site.addresses.link(PATH, iri),
            clipped(title, _LONGEST_NAME),
            "Term",
            _other(site, iri, title),
            _about(site, iri, title),
        )


def files(site: Site, found: Iterable[Entry]) -> Iterator[File]:
    """The list of everything that can be found; nothing where the scripts were not built.

    The order of the entries does not count.
    """
    if not site.assets:
        return
    unique = sorted(dict.fromkeys(found))
    kinds = sorted({entry.kind for entry in unique})
    rows = [[kinds.index(e.kind), e.title, e.path, e.other, e.about] for e in unique]
    about = {"kinds": kinds, "entries": rows}
    text = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
    # These two end a line of a script in older browsers; a half surrogate is no text.
    for sign in ("\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    yield File(_INDEX, f"window.mesokgSearch={text};\n".encode("utf-8", "replace"))


def _kind(site: Site, page: Page) -> str:
    """What kind of thing a page is about, without the number that may stand behind it."""
    number = site.value(page.iri, f"{DCTERMS}identifier") if page.iri else ""
    return page.kind.removesuffix(number).strip() or "Page"


def _other(site: Site, iri: str, title: str) -> str:
    """The other names of a thing, its identifiers, and the end of its IRI."""
    names = [term.value for name in _OTHER_NAMES for term in site.values(iri, name)]
    names.append(iri.rstrip("/#").rpartition("/")[2].rpartition("#")[2])
    wanted = [clipped(name, _LONGEST_NAME) for name in dict.fromkeys(names) if name != title]
    return " · ".join(wanted[:_MOST_NAMES])


def _about(site: Site, iri: str, title: str) -> str:
    text = _first(site, iri, _ABOUT) if iri else ""
    return "" if text == title else clipped(text, _LONGEST_ABOUT)


def _first(site: Site, iri: str, properties: Sequence[str]) -> str:
    return next((text for name in properties if (text := site.value(iri, name))), "")
