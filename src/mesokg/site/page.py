"""One page to be: what it is about and what its template is given.

This module decides what every page has in common, so that whoever adds one thinks
about its content and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Page"]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site.

    `path` ends in ``.html`` and has no ``..``; `template` is a file of the templates,
    `context` what it is given besides ``site``, ``page`` and ``root``. A page with an
    `iri` is the document of that IRI: it gets ``.ttl .jsonld .nt`` beside it, unless
    `data` is switched off. `section` is the path of the entry of the menu it belongs
    to. `kind` is the word above the title, `trail` the pages above it (path or IRI,
    words). `about` says the same as embedded JSON-LD, or nothing. `scripts` are paths
    of the site; `csp` replaces the policy of pages without scripts. `listed` pages
    stand in the sitemap.
    """

    path: str
    template: str
    title: str
    context: Mapping[str, object] = field(default_factory=dict)
    iri: str = ""
    section: str = ""
    description: str = ""
    scripts: tuple[str, ...] = ()
    csp: str = ""
    wide: bool = False
    kind: str = ""
    trail: tuple[tuple[str, str], ...] = ()
    about: Mapping[str, object] = field(default_factory=dict)
    data: bool = True
    incoming: bool = True
    listed: bool = True
