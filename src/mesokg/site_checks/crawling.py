"""Every page of a site, what each leads to and what each loads.

This module decides which pages there are: in a folder all of them, of a live site those
in its map and whatever links lead to. A page is read once and forgotten but for what
other pages may ask of it, so that ten thousand of them fit into memory.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from mesokg.negotiation import REPRESENTATIONS
from mesokg.report import Finding, NotRun
from mesokg.site_checks.fetching import Answer, Place
from mesokg.site_checks.reading import PageFacts, Reference, loads_of_css, read_page
from mesokg.site_checks.rules import found

__all__ = ["SeenPage", "Visit", "missing_links", "path_of", "url_of", "visit"]

_SCHEMES: Final = frozenset({"", "http", "https", "mailto", "tel"})
_LOC: Final = re.compile(r"<(?:\w+:)?loc>\s*([^<]*?)\s*</(?:\w+:)?loc>")


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What is kept of a page. `alternates` are paths by media type, `iri` its link rel=cite-as.

    A `copy` is what a server sends for the name of a page without its suffix.
    """

    path: str
    url: str
    ids: frozenset[str]
    alternates: Mapping[str, str]
    canonical: tuple[str, ...]
    iri: str
    licences: tuple[str, ...]
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What was seen of a site.

    `answers` are those for every file that was asked for, without their bodies; `wanted`
    what pages lead to: path and fragment -> where that stands first, and how often in all.
    `own` is the absolute address that the site gives itself, `listed` what its map lists.
    """

    place: Place
    pages: Mapping[str, SeenPage]
    answers: Mapping[str, Answer]
    wanted: Mapping[tuple[str, str], tuple[str, Reference, int]]
    own: str
    listed: tuple[str, ...]
    findings: tuple[Finding, ...]
    not_run: tuple[NotRun, ...]


def path_of(place: Place, own: str, url: str) -> str | None:
    """The path of a URL's document in the site, decoded; None for a URL that leads elsewhere."""
    document = urldefrag(url)[0].partition("?")[0]
    for start in (place.url, own):
        if start and (document == start[:-1] or document.startswith(start)):
            path = unquote(document[len(start) :])
            return f"{path}index.html" if path == "" or path.endswith("/") else path
    return None


def url_of(place: Place, path: str) -> str:
    """Where to ask for a file of the site."""
    return place.url + quote(path, safe="/-._~!$&'()*+,;=:@")


def visit(place: Place, most: int) -> Visit:
    """Reads every page, `most` at the most, and every style sheet."""
    return _Crawler(place, most).run()


def missing_links(seen: Visit, answers: Mapping[str, Answer]) -> Iterator[Finding]:
    """Links that lead to no file, and fragments that no element has."""
    for (path, fragment), (page, reference, count) in sorted(seen.wanted.items()):
        answer = answers.get(path)
        more = f" (the same in {count - 1:,} more places)" if count > 1 else ""
        place = (page, reference.line, reference.column)
        if answer is None or answer.problem:
            continue  # not asked, or told by another rule
        if answer.status >= 400:
            yield found("page-link", f"{path} is not there{more}", *place)
        elif "=" in fragment or fragment == "top":
            continue  # what a script reads, or a browser itself
        elif fragment and path in seen.pages and fragment not in seen.pages[path].ids:
            yield found("page-anchor", f"{path} has no element {fragment[:80]!r}{more}", *place)


class _Crawler:
    """One walk through a site."""

    def __init__(self, place: Place, most: int) -> None:
        self.place = place
        self.most = most
        self.pages: dict[str, SeenPage] = {}
        self.answers: dict[str, Answer] = {}
        self.wanted: dict[tuple[str, str], tuple[str, Reference, int]] = {}
        self.findings: list[Finding] = []
        self.own = ""
        self.listed: tuple[str, ...] = ()

    def run(self) -> Visit:
        first = self.place.ask(url_of(self.place, "index.html" if not self.place.live else ""))
        canonical = read_page(first.body).related("canonical") if first.found else ()
        if canonical and urlsplit(canonical[0]).scheme in {"http", "https"}:
            self.own = canonical[0].removesuffix("index.html")
            self.own = self.own if self.own.endswith("/") else ""
        frontier = dict.fromkeys(self._seeds())
        left = 0
        while frontier:
            batch = list(frontier)[: max(0, self.most - len(self.answers))]
            left = len(frontier) - len(batch)
            if not batch:
                break
            frontier = {}
            for path, answer in zip(batch, self.place.each(self._ask, batch), strict=True):
                for target in self._take(path, answer):
                    if target not in self.answers and self._is_text(target):
                        frontier[target] = None
            frontier = {path: None for path in frontier if path not in self.answers}
        self._settle()
        reason = f"{left:,} pages and more were not looked at: the limit is {self.most:,} files"
        return Visit(
            self.place, self.pages, self.answers, self.wanted, self.own, self.listed,
            tuple(self.findings), (NotRun("page-link", reason),) if left else (),
        )  # fmt: skip

    def _seeds(self) -> Iterator[str]:
        sitemap = self.place.ask(url_of(self.place, "sitemap.xml"))
        if sitemap.found:
            urls = map(html.unescape, _LOC.findall(sitemap.body.decode("utf-8", "replace")))
            paths = (path_of(self.place, self.own, url) for url in urls)
            self.listed = tuple(path for path in paths if path is not None)
        for path in self.place.paths():
            path = path or "index.html"
            if self.place.live or self._is_text(path):
                yield path
        if self.place.live:
            yield from (path for path in self.listed if self._is_text(path))

    @staticmethod
    def _is_text(path: str) -> bool:
        """Whether a path may be that of a page or a style sheet."""
        name = path.rpartition("/")[2]
        return name.endswith((".html", ".css")) or "." not in name

    def _ask(self, path: str) -> Answer:
        answer = self.place.ask(url_of(self.place, path))
        if path.endswith("index.html") and answer.status == 404:
            return self.place.ask(url_of(self.place, path.removesuffix("index.html")))
        return answer

    def _take(self, path: str, answer: Answer) -> list[str]:
        """Notes what a file says; the paths that it leads to."""
        self.answers[path] = Answer(answer.url, answer.status, answer.headers, b"", answer.problem)
        if answer.problem:
            self.findings.append(found("host-answers", f"{answer.url}: {answer.problem}", path))
        if 300 <= answer.status < 400:
            to = path_of(
                self.place, self.own, urljoin(answer.url, answer.headers.get("location", ""))
            )
            return [] if to is None else [to]
        if not answer.found:
            return []
        if path.endswith(".css"):
            return self._css(path, answer)
        if path.endswith(".html") or answer.media_type == "text/html":
            return self._page(path, answer)
        return []

    def _css(self, path: str, answer: Answer) -> list[str]:
        text = answer.body.decode("utf-8", "replace")
        for url, at in loads_of_css(text):
            line = text.count("\n", 0, at) + 1
            self._refer(path, answer.url, Reference("load", url, line, 1))
        return []

    def _page(self, path: str, answer: Answer) -> list[str]:
        facts = read_page(answer.body)
        base = urljoin(answer.url, facts.base) if facts.base else answer.url
        canonical = tuple(urljoin(base, url) for url in facts.related("canonical"))
        self.findings += _embedded_problems(path, facts)
        targets = [self._refer(path, base, reference) for reference in facts.references]
        alternates = {}
        for media_type, url in facts.alternates.items():
            to = path_of(self.place, self.own, urljoin(base, url))
            if to is not None:
                alternates[media_type] = to
        cited = facts.related("cite-as")
        self.pages[path] = SeenPage(
            path, answer.url, facts.ids, alternates, canonical, cited[0] if cited else "",
            facts.related("license"),
        )  # fmt: skip
        if self.place.live and "." not in path.rpartition("/")[2]:
            targets.append(f"{path}.html")  # perhaps this page under the name of its file
        return [target for target in targets if target is not None]

    def _refer(self, page: str, base: str, reference: Reference) -> str | None:
        """Notes one reference of a page; the path it leads to, if that is in the site."""
        place = (page, reference.line, reference.column)
        try:
            scheme = urlsplit(reference.url).scheme.lower()
            url = urljoin(base, reference.url)
        except ValueError:
            self.findings.append(found("page-link", f"{reference.url!r} is no URL", *place))
            return None
        written = reference.url[:80]
        if reference.kind == "load" and scheme == "data":
            return None
        if scheme not in _SCHEMES:
            self.findings.append(found("page-unsafe-link", f"{written!r} is no web link", *place))
            return None
        if scheme in {"mailto", "tel"} or (reference.kind == "relation" and scheme):
            return None
        path = path_of(self.place, self.own, url)
        if path is None:
            if reference.kind == "load":
                self.findings.append(
                    found("page-loads-elsewhere", f"{written} is fetched by this page", *place)
                )
            return None
        if scheme and not self.place.live:
            return None  # an absolute link to the site: to an IRI, perhaps, which a disk has not
        fragment = unquote(urlsplit(url).fragment) if reference.kind == "link" else ""
        first = self.wanted.get((path, fragment))
        count = first[2] + 1 if first else 1
        page, reference = first[:2] if first else (page, reference)
        self.wanted[path, fragment] = (page, reference, count)
        return path

    def _settle(self) -> None:
        """Takes a page that came under two names for one, and looks at what pages say of it."""
        for path, page in list(self.pages.items()):
            twin = self.pages.get(f"{path}.html")
            if twin and twin.canonical == page.canonical:
                self.pages[path] = replace(page, alternates={}, canonical=(), iri="", copy=True)
        for page in self.pages.values():
            if not page.copy:
                self.findings += _alternate_problems(page)
        self.findings += _canonical_problems(self.place, self.own, self.pages)


def _canonical_problems(place: Place, own: str, pages: Mapping[str, SeenPage]) -> Iterator[Finding]:
    """Pages without an address of their own, with several, or with that of another page."""
    holders: dict[str, str] = {}
    for path, page in sorted(pages.items()):
        if page.copy or path == "404.html":
            continue
        if len(page.canonical) != 1:
            count = len(page.canonical) or "no"
            yield found("page-canonical", f"{count} canonical addresses, one is wanted", path)
        for url in page.canonical:
            named = path_of(place, own, url)
            if urlsplit(url).scheme not in {"http", "https"}:
                yield found("page-canonical", f"{url[:200]} is no address", path)
            elif named is not None and named not in {path, path.removesuffix(".html")}:
                yield found("page-canonical", f"its canonical address is that of {named}", path)
            elif holders.setdefault(url, path) != path:
                message = f"{url} is the address of {holders[url]}, too"
                yield found("page-canonical", message, path)


def _alternate_problems(page: SeenPage) -> Iterable[Finding]:
    """A page that offers its data, or has an IRI, offers it in every format."""
    wanted = list(REPRESENTATIONS.values())[1:]
    there = [kind for kind in wanted if kind in page.alternates]
    missing = [kind for kind in wanted if kind not in page.alternates]
    if there and missing:
        yield found("page-alternates", f"no alternate of type {', '.join(missing)}", page.path)
    for kind in there:
        suffix = next(s for s, media_type in REPRESENTATIONS.items() if media_type == kind)
        if not page.alternates[kind].endswith(suffix):
            message = f"the alternate of type {kind} is called {page.alternates[kind]}"
            yield found("page-alternates", message, page.path)


def _embedded_problems(path: str, facts: PageFacts) -> Iterator[Finding]:
    for text, line in facts.embedded:
        try:
            data = json.loads(text)
        except (RecursionError, ValueError) as error:
            yield found("page-embedded-data", f"it is no JSON: {error}", path, line)
            continue
        nodes = data if isinstance(data, list) else [data]
        for node in nodes:
            if not isinstance(node, dict) or "@context" not in node:
                yield found("page-embedded-data", "it has no @context", path, line)
            elif "@type" not in node and "@graph" not in node:
                yield found("page-embedded-data", "it has no @type", path, line)
