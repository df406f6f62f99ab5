"""Is a published site what it promises, seen from outside.

This package decides what is asked of a site and how it is found out: from a folder by
reading it, from a live host by asking like the clients that will come. Nothing is
believed because this tool wrote it, so any site of the same kind can be checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mesokg.report import Finding, NotRun, Report
from mesokg.site_checks.answers import host_problems
from mesokg.site_checks.crawling import SeenPage, missing_links, url_of, visit
from mesokg.site_checks.description import description_problems
from mesokg.site_checks.documents import read_documents
from mesokg.site_checks.fetching import Place, open_place
from mesokg.site_checks.rules import RULES, found

__all__ = ["RULES", "check_site"]


def check_site(
    place: str | Path, *, most: int = 100_000, timeout: float = 20, workers: int = 8
) -> Report:
    """What is wrong with the site in a folder or at a URL, by `RULES`.

    Every page is read, every document of every IRI, and the dump; of a live site also how
    it answers: each IRI in each format, media types, redirects, what is not there. IRIs are
    asked for at their own address; if the site is on this machine and they are not, at the
    site. At most about `most` files are asked for, `workers` at once, and each is waited for
    `timeout` seconds; what was left out is reported as not run. Nothing is changed, and no
    other host is asked. What a server does never raises. Raises UsageError (``no-such-site``).
    """
    there = open_place(place, timeout=timeout, workers=workers)
    problem = _nothing(there)
    if problem:
        reason = "there is no site to check"
        return Report.of(
            [problem], not_run=[NotRun(rule, reason) for rule in RULES if rule != problem.rule],
            rules=len(RULES),
        )  # fmt: skip
    seen = visit(there, most)
    documents = read_documents(seen, most)
    answers = {**seen.answers, **documents.answers}
    left = sorted({path for path, _ in seen.wanted} - answers.keys())[: max(0, most - len(answers))]
    asked = there.each(lambda path: there.ask(url_of(there, path), body=False), left)
    answers |= dict(zip(left, asked, strict=True))
    host, not_run = host_problems(seen, documents, answers, most)
    return Report.of(
        [
            *seen.findings,
            *_without_data(seen.pages),
            *missing_links(seen, answers),
            *documents.findings,
            *description_problems(seen, documents, answers),
            *host,
        ],
        not_run=[*seen.not_run, *documents.not_run, *not_run],
        rules=len(RULES),
        files=len(answers),
        triples=documents.triples,
    )


def _nothing(place: Place) -> Finding | None:
    """Why there is nothing to check, if that is so."""
    answer = place.ask(place.url)
    if answer.problem:
        return found("host-answers", f"{place.url}: {answer.problem}")
    if answer.status != 200:
        where = f"{place.url} answers {answer.status}" if place.live else "there is no index.html"
        return found("site-has-pages", where)
    return None


def _without_data(pages: Mapping[str, SeenPage]) -> Iterator[Finding]:
    if not any(page.alternates for page in pages.values()):
        yield found("site-has-pages", f"none of {len(pages):,} pages offers data")
