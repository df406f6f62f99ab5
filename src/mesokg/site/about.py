"""About: what this is, what it is not, how it is made, and on which terms.

This module decides what is said of every site of this kind, and which facts of the
project go with it. It gives no advice, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mesokg.site.model import DCTERMS, SKOS, Site
from mesokg.site.page import Page
from mesokg.terms import VOCABULARY_BASE

__all__ = ["PATH", "pages"]

#: The page itself.
PATH: Final = "about.html"
#: The scales that a reader needs first: name of the scheme, what it answers.
_SCALES: Final = (
    ("direction", "which way a claim points"),
    ("hedge", "how cautiously it is worded"),
    ("certainty", "how sure the evidence makes it"),
    ("level", "what sort of study stands behind it"),
    ("check", "whether the source says so"),
)


def pages(site: Site) -> Iterator[Page]:
    """The page itself."""
    articles = site.instances("Article")
    numbers = {
        name: len(site.instances(name))
        for name in ("Article", "Claim", "Work", "Issue", "Assessment")
    }
    yield Page(
        PATH,
        "about.html",
        "About this site",
        {
            "articles": [_article(site, article) for article in articles],
            "numbers": numbers,
            "scales": [
                (f"{VOCABULARY_BASE}scheme/{name}", words)
                for name, words in _SCALES
                if f"{VOCABULARY_BASE}scheme/{name}" in site.addresses
            ],
        },
        section=PATH,
        kind="About",
        description="What this is, what it is not, how it is made, and on which terms.",
        trail=(("index.html", "Home"),),
    )


def _article(site: Site, article: str) -> tuple[str, str, str, str]:
    """An article: its IRI, the rights in its text as concept and meaning, its licence."""
    rights = next(iter(site.iris(article, "textRights")), "")
    licence = site.value(article, f"{DCTERMS}license")
    return article, rights, site.value(rights, f"{SKOS}definition") if rights else "", licence
