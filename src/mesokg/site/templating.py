"""From pages to HTML: the one place that knows the template engine.

This module decides what templates may use. Everything that comes from data is escaped
on its way out; a name that a template uses and nobody gives is an error; a project's
own templates go before the ones that come with the tool.

Templates: https://jinja.palletsprojects.com/en/stable/templates/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import jinja2
from markupsafe import Markup, escape

from mesokg import __version__
from mesokg.addresses import Addresses
from mesokg.errors import InputError
from mesokg.pictures import Way
from mesokg.project import resource
from mesokg.site.evidence import RANKS, Assessed, Claim, code
from mesokg.site.linked_data import DATA_FORMATS
from mesokg.site.model import SKOS, Site
from mesokg.site.page import Page
from mesokg.terms import NS

__all__ = ["WAY_WORDS", "Templates", "clipped", "counted", "number", "slug"]

#: So many things keep their linked name at hand.
_REMEMBERED: Final = 1 << 14
#: How near a concept of another vocabulary is.
_NEARNESS: Final[Mapping[str, str]] = {
    "exactMatch": "The same as",
    "closeMatch": "Close to",
    "broadMatch": "Narrower than",
    "narrowMatch": "Broader than",
    "relatedMatch": "Related to",
}
#: The words for the ways of claims where a column is named after them.
WAY_WORDS: Final[Mapping[str, str]] = {
    Way.BENEFIT: "benefit",
    Way.HARM: "harm",
    Way.DISPUTED: "disputed",
    Way.OPEN: "open",
    Way.UNKNOWN: "not known",
    Way.OTHER: "other",
}
#: Nothing from elsewhere, no script: what a page of text needs and no more. (Without a script
#: nothing can connect; that it could to its own host lets Lighthouse fetch robots.txt by itself.)
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'"
)


@dataclass(frozen=True)
class Templates:
    """The templates of a site, ready to render its pages.

    `menu` are the entries of the header (path, words), `footer` those of all pages, by group.
    """

    site: Site
    menu: Sequence[tuple[str, str]] = ()
    footer: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()

    @cached_property
    def _environment(self) -> jinja2.Environment:
        root: Path = self.site.project.root
        folders = (root / "templates", resource("templates"))
        own = jinja2.FileSystemLoader(str(root / "pages"))
        shared = jinja2.FileSystemLoader([str(folder) for folder in folders])
        environment = jinja2.Environment(
            auto_reload=False,
            autoescape=True,
            cache_size=-1,
            loader=jinja2.ChoiceLoader([shared, jinja2.PrefixLoader({"pages": own})]),
            lstrip_blocks=True,
            trim_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
        environment.filters["label"] = self.site.label
        environment.filters["link"] = _link
        environment.filters["term"] = self._term
        environment.filters["address"] = self._address
        environment.filters["menu"] = self._menu
        environment.filters["links"] = self._links
        environment.filters["certainty"] = _certainty
        environment.filters["code"] = code
        environment.filters["dots"] = _dots
        environment.filters["host"] = _host
        environment.filters["short"] = self._short
        environment.filters["number"] = number
        environment.filters["safe_svg"] = Markup
        environment.filters["slug"] = slug
        environment.filters["way"] = _way
        environment.filters["beside"] = _beside
        environment.filters["clipped"] = clipped
        environment.filters["count"] = counted
        environment.filters["licence"] = _licence
        environment.filters["web"] = _is_web
        environment.globals.update(
            data_formats=[(suffix, *words) for suffix, words in DATA_FORMATS.items()],
            entries=frozenset(path for _, links in self.footer for path, _ in links),
            footer=self.footer,
            menu=self.menu,
            meso=NS,
            policy=_POLICY,
            site=self.site,
            skos=SKOS,
            version=__version__,
            nearness=_NEARNESS,
            way_words=WAY_WORDS,
        )
        return environment

    def render(self, page: Page) -> bytes:
        """The HTML of a page. Raises InputError (``template-failed``) that names the template."""
        try:
            template = self._environment.get_template(page.template)
            text = template.render(page.context, page=page, root="../" * page.path.count("/"))
        except jinja2.TemplateError as error:
            name = getattr(error, "name", None) or page.template
            line = getattr(error, "lineno", None)
            place = f"{name}:{line}" if line else name
            raise InputError(
                f"{place}: {error.message or error}",
                code="template-failed",
                hint="correct the template, or delete it to use the one that comes with mesokg",
            ) from error
        return text.encode("utf-8", "replace")

    def _menu(self, page: Page) -> Markup:
        """The entries of the header, worked out once for each folder and section."""
        here = page.section == page.path
        key = ("menu", page.path.count("/"), page.section, here)
        if key not in self._chrome:
            items = []
            for path, words in self.menu:
                current = ' aria-current="page"' if here else ' aria-current="true"'
                items.append(
                    Markup('<li><a href="{}"{}>{}</a></li>').format(
                        self.site.addresses.link(page.path, path),
                        Markup(current if path == page.section else ""),
                        words,
                    )
                )
            self._chrome[key] = Markup("\n").join(items)
        return self._chrome[key]

    def _links(self, page: Page) -> Markup:
        """The groups of links of the footer, worked out once for each folder."""
        key = ("links", page.path.count("/"), "", False)
        if key not in self._chrome:
            groups = []
            for heading, links in self.footer:
                items = Markup("").join(
                    Markup('<li><a href="{}">{}</a></li>').format(
                        self.site.addresses.link(page.path, path), words
                    )
                    for path, words in links
                )
                groups.append(
                    Markup("<section><h2>{}</h2><ul>{}</ul></section>").format(heading, items)
                )
            self._chrome[key] = Markup("\n").join(groups)
        return self._chrome[key]

    @cached_property
    def _chrome(self) -> dict[tuple[str, int, str, bool], Markup]:
        return {}

    @jinja2.pass_context
    def _term(self, context: jinja2.runtime.Context, iri: str, words: str = "") -> Markup:
        """A thing by its name, linked to its page if it has one.

        The name is isolated (`bdi`), so that one that runs from right to left leaves the
        rest of the line alone.
        """
        page: Page = context["page"]
        if iri == page.iri:
            return Markup(f"<bdi>{escape(words or self.site.label(iri))}</bdi>")
        return self._named(iri, words, page.path.count("/"))

    @cached_property
    def _named(self) -> Callable[[str, str, int], Markup]:
        """A thing by its name for pages of one depth; the same things are named again and again."""
        site = self.site

        @lru_cache(maxsize=_REMEMBERED)
        def named(iri: str, words: str, depth: int) -> Markup:
            name = escape(words or site.label(iri))
            href = site.addresses.link("/" * depth, iri)
            if not href:
                return Markup(f"<bdi>{name}</bdi>")
            return Markup(f'<a href="{escape(href)}"><bdi>{name}</bdi></a>')

        return named

    def _short(self, iri: str) -> str:
        """An IRI with a prefix, where the project knows one; else in full."""
        return self.site.prefixes.shorten(iri).removeprefix("<").removesuffix(">")

    def _address(self, page: Page) -> str:
        """The one address that a page goes by, wherever copies of it lie."""
        if page.iri:
            return page.iri
        path = page.path.removesuffix("index.html").removesuffix(".html")
        return f"{self.site.base}{quote(path)}"


@lru_cache(maxsize=256)
def clipped(text: str, longest: int = 160) -> str:
    """A text on one line, cut between words with an ellipsis if it is longer than that.

    >>> clipped("one two  three", 8)
    'one two…'
    """
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    cut = text[:longest].rpartition(" ")[0]
    return (cut if len(cut) > longest // 2 else text[: longest - 1]).rstrip(" ,;:–") + "…"


def number(value: int) -> str:
    """A number with a space before each group of three digits, from five digits on.

    >>> number(3401), number(12345).split()
    ('3401', ['12', '345'])
    """
    spaced = f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")
    return spaced if abs(value) > 9999 else str(value)


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun, small ones as words.

    >>> counted(1, "claim"), counted(23, "entry", "entries")
    ('one claim', '23 entries')
    """
    noun = one if count == 1 else many or f"{one}s"
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
             "eleven", "twelve")  # fmt: skip
    return f"{words[count] if 0 <= count < len(words) else number(count)} {noun}"


def slug(iri: str) -> str:
    """An id for a thing within a page: letters, digits and dashes; unlike for unlike IRIs.

    >>> slug("https://e.org/kg/claim/c-1"), slug("https://e.org/kg/claim/c.1")
    ('claim-c-1', 'c-1-...')
    """
    kind, _, name = iri.rpartition("/")
    kind = kind.rpartition("/")[2]
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", kind) and re.fullmatch(r"[A-Za-z0-9-]+", name):
        return f"{kind}-{name}"
    words = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40]
    return f"{words or 'x'}-{hashlib.sha256(iri.encode()).hexdigest()[:8]}"


def _way(claim: Claim) -> Markup:
    """Which way a claim goes: shape, word and colour."""
    return _sign(claim.way, claim.word)


@lru_cache(maxsize=1024)
def _sign(way: Way, word: str) -> Markup:
    return Markup(
        '<span class="way way-{}"><span class="shape" aria-hidden="true">{}</span>&nbsp;{}</span>'
    ).format(way.value, way.glyph, word)


def _certainty(assessed: Assessed | None) -> Markup:
    """How sure: dots and a word, never a number alone."""
    if assessed is None:
        return _sure(0, "not rated", long=True)
    return _sure(assessed.rank, assessed.word, long=True)


def _dots(assessed: Assessed | None) -> Markup:
    """How sure, short enough for a column that says so."""
    if assessed is None:
        return _sure(0, "not rated", long=False)
    return _sure(assessed.rank, assessed.word, long=False)


@lru_cache(maxsize=1024)
def _sure(rank: int, word: str, *, long: bool) -> Markup:
    if not rank:
        return Markup('<span class="sure">{}{}</span>').format("certainty " if long else "", word)
    return Markup(
        '<span class="sure"><span class="dots" aria-hidden="true">{}</span>&nbsp;{}{}</span>'
    ).format("●" * rank + "○" * (RANKS - rank), word, " certainty" if long else "")


def _beside(page: Page, suffix: str) -> str:
    """The href of a page's data file."""
    return _stem(page.path) + suffix


@lru_cache(maxsize=8)
def _stem(path: str) -> str:
    """The href of a page from itself, without its suffix."""
    return Addresses("").link(path, path.removesuffix(".html"))


def _licence(iri: str) -> str:
    """A short name for a licence, where its IRI says one."""
    match = re.search(r"creativecommons\.org/licenses/([a-z-]+)/([0-9.]+)", iri)
    if match:
        return f"CC {match[1].upper()} {match[2]}"
    return "CC0 1.0" if "creativecommons.org/publicdomain/zero/1.0" in iri else iri


def _host(iri: str) -> str:
    """The name of the site that an IRI leads to."""
    try:
        return (urlsplit(iri).hostname or iri).removeprefix("www.")
    except ValueError:
        return iri


def _is_web(iri: str) -> bool:
    return Addresses("").link("index.html", iri) == iri and iri.startswith("http")


@jinja2.pass_context
def _link(context: jinja2.runtime.Context, to: str) -> str:
    """The href that leads from this page to an IRI or a path; "" where there is none."""
    site: Site = context["site"]
    page: Page = context["page"]
    return site.addresses.link(page.path, to)
