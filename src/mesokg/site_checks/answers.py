"""How a live host answers: media types, negotiation, redirects, what is not there.

This module decides which requests prove that. An IRI below the site's own address is
asked for in every format and followed as a client would follow it, on its own host and
that of the site and nowhere else; where the site is on this machine but its IRIs are
not, the same paths are asked for here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urldefrag, urljoin, urlsplit

import pyoxigraph as ox

from mesokg.negotiation import MEDIA_TYPES, REPRESENTATIONS
from mesokg.report import Finding, NotRun
from mesokg.site_checks.crawling import SeenPage, Visit, path_of
from mesokg.site_checks.documents import Documents
from mesokg.site_checks.dumps import numbers
from mesokg.site_checks.fetching import Answer, is_loopback
from mesokg.site_checks.rules import found

__all__ = ["host_problems"]

#: Suffixes whose media type matters to a client, and other names that hosts have for some.
_TYPED: Final = (
    ".css", ".csv", ".html", ".js", ".json", ".jsonld", ".nq", ".nt", ".rdf", ".svg", ".trig",
    ".ttl", ".wasm",
)  # fmt: skip
_SYNONYMS: Final[Mapping[str, str]] = {"application/javascript": "text/javascript"}
#: Suffixes of what programs on other sites may want to read.
_OPEN: Final = (".csv", ".gz", ".json", ".jsonld", ".nq", ".nt", ".rdf", ".trig", ".ttl")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS: Final = 6
_NOBODY: Final = "-there-is-none-of-this-name"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One thing: its page, and the URL under which it is asked for."""

    page: SeenPage
    url: str


def host_problems(
    seen: Visit, documents: Documents, answers: Mapping[str, Answer], most: int
) -> tuple[list[Finding], list[NotRun]]:
    """What is wrong with the answers of a live host; nothing for a folder."""
    if not seen.place.live:
        reason = "a folder has no host: give the address of the site"
        rules = ("host-allows-others", "host-media-type", "host-negotiates", "host-slash",
                 "host-unknown", "host-varies")  # fmt: skip
        return [], [NotRun(rule, reason) for rule in rules]
    findings = [
        problem
        for path, answer in sorted(answers.items())
        if answer.status == 200
        for problem in _file_problems(path, answer)
    ]
    asked = [
        _Asked(page, url)
        for page in seen.pages.values()
        if page.iri and page.alternates and (url := _address(seen, page.iri))
    ]
    kept = asked[: max(0, most - len(answers)) // 8]
    not_run = []
    if len(kept) < len(asked):
        reason = f"{len(asked) - len(kept):,} IRIs were not asked for: the limit is {most:,}"
        not_run.append(NotRun("host-negotiates", reason))
    namespaces = {urldefrag(term)[0] for term in documents.used if "#" in term}
    for problems in seen.place.each(
        lambda one: list(_iri_problems(seen, documents, one, namespaces)), kept
    ):
        findings += problems
    for problems in seen.place.each(lambda one: list(_edge_problems(seen, one)), _samples(kept)):
        findings += problems
    return findings, not_run


def _address(seen: Visit, iri: str) -> str:
    """Where an IRI is asked for: at itself, or at the site if only that is on this machine.

    Empty for an IRI that is not the site's own, such as a term that a page explains.
    """
    document = quote(urldefrag(iri)[0], safe="/?:@!$&'()*+,;=~-._%[]")
    place = seen.place.url
    if document.startswith(place):
        return document
    if not seen.own or not document.startswith(seen.own):
        return ""
    if is_loopback(place) and not is_loopback(document):
        return place + document[len(seen.own) :]
    return document


# --- files ----------------------------------------------------------------------------------


def _suffix(path: str) -> str:
    name = path.rpartition("/")[2]
    return f".{name.rpartition('.')[2]}" if "." in name else ""


def _file_problems(path: str, answer: Answer) -> Iterator[Finding]:
    suffix = _suffix(path)
    if suffix in _TYPED:
        wanted, _, parameters = MEDIA_TYPES[suffix].partition("; ")
        said = answer.headers.get("content-type", "nothing")
        media_type = _SYNONYMS.get(answer.media_type, answer.media_type)
        charset = said.lower().replace('"', "").replace(" ", "")
        textual = parameters and wanted.startswith("text/")
        if media_type != wanted or (textual and "charset=utf-8" not in charset):
            message = f"it comes as {said}, not as {MEDIA_TYPES[suffix]}"
            yield found("host-media-type", message, path)
    if suffix in _OPEN and answer.headers.get("access-control-allow-origin") != "*":
        yield found("host-allows-others", "it has no Access-Control-Allow-Origin: *", path)


# --- IRIs -----------------------------------------------------------------------------------


def _follow(seen: Visit, url: str, accept: str) -> list[Answer]:
    """The answers on the way from a URL to the document it leads to."""
    hosts = {urlsplit(url).netloc, urlsplit(seen.place.url).netloc}
    chain: list[Answer] = []
    for _ in range(_MOST_HOPS):
        answer = seen.place.ask(url, accept, body=False)
        chain.append(answer)
        if answer.status not in _REDIRECTS:
            return chain
        url = urldefrag(urljoin(url, answer.headers.get("location", "")))[0]
        if urlsplit(url).netloc not in hosts or urlsplit(url).scheme not in {"http", "https"}:
            chain.append(Answer(url, 0, problem=f"it leads to {url[:200]}, which is not asked"))
            return chain
    chain.append(Answer(url, 0, problem=f"it is redirected more than {_MOST_HOPS} times"))
    return chain


def _iri_problems(
    seen: Visit, documents: Documents, one: _Asked, namespaces: Iterable[str]
) -> Iterator[Finding]:
    wrong: dict[tuple[str, str], list[str]] = {}
    for suffix, media_type in REPRESENTATIONS.items():
        chain = _follow(seen, one.url, media_type)
        for rule, message in _chain_problems(seen, documents, one, chain, suffix, namespaces):
            wrong.setdefault((rule, message), []).append(media_type)
    for (rule, message), types in wrong.items():
        every = len(types) == len(REPRESENTATIONS)
        asked = "for any Accept" if every else f"for Accept: {', '.join(types)}"
        yield found(rule, f"{message}, {asked}", one.page.path, focus=one.page.iri)


def _chain_problems(
    seen: Visit, documents: Documents, one: _Asked, chain: Sequence[Answer], suffix: str,
    namespaces: Iterable[str],
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """What is wrong on the way from an IRI to one of its documents: rule and message."""
    last = chain[-1]
    deciding = next((a for a in chain if a.status == 303 or a not in _moved(chain)), last)
    if last.problem:
        yield "host-answers", last.problem
        return
    if last.status != 200:
        yield "host-negotiates", f"it ends in {last.status}"
        return
    if last.media_type != REPRESENTATIONS[suffix]:
        yield "host-negotiates", f"it ends in {last.media_type or 'no media type'}"
        return
    direct = all(answer.status != 303 for answer in chain)
    document = urldefrag(one.page.iri)[0]
    if direct and document not in namespaces and "content-location" not in last.headers:
        yield "host-negotiates", "it is answered at once, though a thing is no document (303)"
    varying = {word.strip().lower() for word in deciding.headers.get("vary", "").split(",")}
    if not varying & {"accept", "*"}:
        yield "host-varies", f"the answer {deciding.status} does not say Vary: Accept"
    if any(answer.headers.get("access-control-allow-origin") != "*" for answer in chain):
        yield "host-allows-others", "not every answer has Access-Control-Allow-Origin: *"
    yield from _content_problems(seen, documents, one, last, suffix)


def _moved(chain: Sequence[Answer]) -> list[Answer]:
    """The redirects that only say that an address has changed."""
    return [answer for answer in chain if answer.status in _REDIRECTS - {303}]


def _content_problems(
    seen: Visit, documents: Documents, one: _Asked, last: Answer, suffix: str
) -> Iterator[tuple[str, str]]:
    """Whether an IRI led to the data of its page; read again only where it led elsewhere."""
    path = path_of(seen.place, seen.own, last.url)
    if path in {one.page.path, *one.page.alternates.values()} or suffix == ".html":
        return
    answer = seen.place.ask(last.url, REPRESENTATIONS[suffix])
    if one.page.path not in documents.data:
        return
    try:
        formats = {".ttl": ox.RdfFormat.TURTLE, ".jsonld": ox.RdfFormat.JSON_LD}
        format_ = formats.get(suffix, ox.RdfFormat.N_TRIPLES)
        triples = {quad.triple for quad in ox.parse(answer.body, format=format_)}
    except (SyntaxError, ValueError):
        yield "data-parses", "what it leads to does not parse"
        return
    if numbers(triples) != documents.data[one.page.path]:
        yield "data-formats-agree", f"{last.url} holds other triples than the page's data"


# --- what is not there ----------------------------------------------------------------------


def _samples(asked: Iterable[_Asked]) -> list[_Asked]:
    """The first thing of each kind, a folder of the site being a kind."""
    first: dict[str, _Asked] = {}
    for one in asked:
        first.setdefault(one.page.path.rpartition("/")[0], one)
    return list(first.values())


def _edge_problems(seen: Visit, one: _Asked) -> Iterator[Finding]:
    """How the host answers beside a thing: with another name, with a slash too many."""
    bare = one.url.partition("?")[0]
    for accept in ("text/html", "text/turtle"):
        chain = _follow(seen, bare + _NOBODY, accept)
        last, first = chain[-1], chain[0]
        told = f"{bare}{_NOBODY} for Accept: {accept}"
        if last.problem:
            yield found("host-answers", f"{told}: {last.problem}", one.page.path)
        elif last.status not in {404, 410}:
            message = f"{told}: {last.status}, where there is nothing"
            yield found("host-unknown", message, one.page.path)
        elif first.status == 303 and urlsplit(first.url).netloc == urlsplit(last.url).netloc:
            message = f"{told}: a redirect (303) to {last.url}, which is not there"
            yield found("host-unknown", message, one.page.path)
    last = _follow(seen, f"{bare}/", "text/html")[-1]
    if last.status == 200 and urlsplit(last.url).path.endswith("/"):
        message = f"{bare}/ is a second address of what {bare} names"
        yield found("host-slash", message, one.page.path, focus=one.page.iri)
