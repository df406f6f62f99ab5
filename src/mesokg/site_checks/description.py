"""What a site says of itself, as far as FAIR asks for it and it can be seen from outside.

FAIR: https://doi.org/10.1038/sdata.2016.18 · indicators: https://doi.org/10.15497/rda00050
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import pyoxigraph as ox

from mesokg.report import Finding
from mesokg.site_checks.crawling import Visit, path_of, url_of
from mesokg.site_checks.documents import Documents
from mesokg.site_checks.fetching import Answer
from mesokg.site_checks.rules import found
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["description_problems"]

_DCAT, _DCTERMS = STANDARD_PREFIXES["dcat"], STANDARD_PREFIXES["dcterms"]
_SCHEMA, _VOID = STANDARD_PREFIXES["schema"], STANDARD_PREFIXES["void"]
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
#: What the description of a dataset says, by any of these properties.
_SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "title": (f"{_DCTERMS}title", f"{_SCHEMA}name"),
    "description": (f"{_DCTERMS}description", f"{_SCHEMA}description"),
    "publisher or creator": (
        f"{_DCTERMS}publisher", f"{_DCTERMS}creator", f"{_SCHEMA}publisher", f"{_SCHEMA}creator",
    ),
    "version or date": (
        f"{_DCAT}version", f"{_DCTERMS}issued", f"{_DCTERMS}modified", f"{_SCHEMA}version",
        STANDARD_PREFIXES["owl"] + "versionInfo",
    ),
}  # fmt: skip
_LICENCE: Final = (f"{_DCTERMS}license", f"{_SCHEMA}license")


def description_problems(
    seen: Visit, documents: Documents, answers: Mapping[str, Answer]
) -> Iterator[Finding]:
    """What is missing; all of it is advice."""
    yield from _dataset_problems(seen, documents, answers)
    yield from _finding_problems(seen, answers)
    for page in seen.pages.values():
        if page.alternates and not page.iri:
            yield found("fair-identifier", "it has data, but no link rel=cite-as", page.path)
        elif page.iri and urlsplit(page.iri).scheme not in {"http", "https"}:
            yield found("fair-identifier", f"{page.iri[:200]} cannot be asked for", page.path)
        if page.alternates and not page.licences:
            yield found("fair-licence", "it has no link rel=license", page.path)
    yield from _vocabulary_problems(seen, documents)
    if seen.place.ask(url_of(seen.place, "404.html"), body=False).status != 200:
        yield found("site-not-found-page", "there is no 404.html", "404.html")


def _dataset_problems(
    seen: Visit, documents: Documents, answers: Mapping[str, Answer]
) -> Iterator[Finding]:
    classes = {f"{_DCAT}Dataset", f"{_VOID}Dataset", f"{_SCHEMA}Dataset"}
    datasets = {
        triple.subject
        for triple in documents.about
        if triple.predicate.value == _TYPE and getattr(triple.object, "value", "") in classes
    }
    if not datasets:
        yield found("fair-description", "nothing describes the dataset: no dcat:Dataset")
        return
    said: dict[object, set[str]] = {dataset: set() for dataset in datasets}
    licences = []
    for triple in documents.about:
        if triple.subject in datasets:
            said[triple.subject].add(triple.predicate.value)
            if triple.predicate.value in _LICENCE:
                licences.append(triple.object)
    fullest = max(said.values(), key=lambda held: sum(map(bool, _kept(held))))
    missing = [name for name, names in _SAID.items() if not fullest & set(names)]
    if missing:
        yield found("fair-description", f"the dataset has no {', no '.join(missing)}")
    if not any(isinstance(licence, ox.NamedNode) for licence in licences):
        yield found("fair-licence", "the dataset has no licence that is an IRI")
    if not documents.dumps:
        yield found("fair-access", "no void:dataDump and no dcat:downloadURL")
    for url in documents.dumps:
        path = path_of(seen.place, seen.own, url)
        if path is not None and not _is_there(seen, answers, path):
            yield found("fair-access", f"{url} is not there", focus=url)


def _kept(held: set[str]) -> Iterator[set[str]]:
    return (held & set(names) for names in _SAID.values())


def _is_there(seen: Visit, answers: Mapping[str, Answer], path: str) -> bool:
    known = answers.get(path) or seen.place.ask(url_of(seen.place, path), body=False)
    return known.status == 200


def _finding_problems(seen: Visit, answers: Mapping[str, Answer]) -> Iterator[Finding]:
    robots = seen.place.ask(url_of(seen.place, "robots.txt"))
    if not robots.found:
        yield found("fair-findable", "there is no robots.txt", "robots.txt")
    elif b"sitemap:" not in robots.body.lower():
        yield found("fair-findable", "it names no Sitemap", "robots.txt")
    if not seen.listed:
        yield found("fair-findable", "there is no sitemap.xml that lists pages", "sitemap.xml")
        return
    listed = {}
    for path in seen.listed:
        page = f"{path}.html"
        listed[page if page in seen.pages else path] = path
    for path, written in sorted(listed.items()):
        if path in seen.pages or (written in answers and answers[written].status == 200):
            continue
        if not _is_there(seen, answers, written):
            yield found("fair-findable", f"it lists {written}, which is not there", "sitemap.xml")
    linked = {path for (path, _), (page, _, _) in seen.wanted.items() if page != path}
    left = sorted(
        page.path
        for page in seen.pages.values()
        if page.iri and page.path not in linked | {*listed}
    )
    if left:
        message = f"{len(left):,} pages of things stand in no map and no page leads to them"
        yield found("fair-findable", f"{message}, such as {left[0]}", "sitemap.xml")


def _vocabulary_problems(seen: Visit, documents: Documents) -> Iterator[Finding]:
    """Terms below the site's own base that no page explains."""
    if not seen.own:
        return
    pages = {page.iri: page for page in seen.pages.values() if page.iri}
    for term in sorted(documents.used):
        document, _, fragment = term.partition("#")
        if not term.startswith(seen.own) or term in pages:
            continue
        page = pages.get(document) or pages.get(f"{document}#")
        if page is None:
            yield found("fair-vocabulary", "no page explains this term", focus=term)
        elif fragment and fragment not in page.ids:
            message = "the page of its namespace has no element of its name"
            yield found("fair-vocabulary", message, page.path, focus=term)
