"""The site: every claim in its sentence, every IRI with a page and its data beside it.

This package decides which pages there are. Each content module makes the pages of one
part from the `Site`, a read view of one dataset, so that page and dump never differ;
whoever adds a module adds it to `_PARTS`. Pages are made one after the other and
handed on as files, so that memory does not grow with their number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from mesokg.dataset import Dataset
from mesokg.errors import InputError
from mesokg.files import File, read_bytes
from mesokg.hosts import host_files
from mesokg.project import Project, resource
from mesokg.report import Report
from mesokg.site import (
    about,
    articles,
    claims,
    compare,
    dataset_page,
    discovery,
    evidence_map,
    gaps,
    home,
    quality,
    questions,
    records,
    releases,
    search,
    shapes_in_words,
    sources,
    sparql_page,
    strength,
    things,
    vocabulary,
)
from mesokg.site.linked_data import LinkedData
from mesokg.site.model import Site
from mesokg.site.page import Page
from mesokg.site.templating import Templates

__all__ = ["Page", "Site", "build_site", "pages"]

#: What makes pages, in the order in which they are written: one line for each module.
#: A file that comes with a page, such as the answer to its question, may come between them.
_PARTS: Final[tuple[Callable[[Site], Iterator[Page | File]], ...]] = (
    home.pages,
    articles.pages,
    claims.pages,
    things.pages,
    sources.pages,
    strength.pages,
    evidence_map.pages,
    compare.pages,
    gaps.pages,
    questions.pages,
    sparql_page.pages,
    search.pages,
    vocabulary.pages,
    shapes_in_words.pages,
    quality.pages,
    dataset_page.pages,
    releases.pages,
    about.pages,
    discovery.pages,
)
#: What makes other files: one line for each module that has some.
_FILES: Final[tuple[Callable[[Site], Iterator[File]], ...]] = (
    evidence_map.files,
    compare.files,
    gaps.files,
    sparql_page.files,
    quality.files,
)

#: The entries of the header and the footer: group, path, words, whether the header has it too,
#: and the class that must have instances ("": none). One line for each page worth finding.
_ENTRIES: Final[tuple[tuple[str, str, str, bool, str], ...]] = (
    ("The evidence", "claims.html", "Claims", True, ""),
    *(
        ("The evidence", kind.path, kind.plural, kind.class_ in {"Treatment", "Mechanism"},
         kind.class_)
        for kind in things.KINDS_OF_THING
    ),
    ("The evidence", "work/index.html", "Sources", True, "Work"),
    ("The evidence", evidence_map.MAP, "Evidence map", True, "Claim"),
    ("The evidence", compare.PATH, "Side by side", False, "Claim"),
    ("How sure", gaps.PATH, "What is missing", False, "Claim"),
    ("How sure", "strength.html", "How sure: the scales", False, ""),
    ("Ask", questions.INDEX, "Questions", True, ""),
    ("Ask", "sparql.html", "Ask the data", True, ""),
    ("Ask", "search.html", "Search", False, ""),
    ("The data", dataset_page.PATH, "Dataset", True, ""),
    ("The data", vocabulary.PATH, "Vocabulary", False, ""),
    ("The data", shapes_in_words.RULES, "Rules in words", False, ""),
    ("The data", quality.PATH, "Quality report", False, ""),
    ("The data", releases.PATH, "Releases and changes", False, ""),
    ("The data", about.PATH, "About", True, ""),
)  # fmt: skip


def build_site(
    dataset: Dataset,
    project: Project,
    report: Report,
    *,
    results: Mapping[str, object] = MappingProxyType({}),
    assets: Mapping[str, bytes] = MappingProxyType({}),
) -> Iterator[File]:
    """The files of a project's site, one after the other; paths start at its root.

    Each page is HTML that needs no script and no server; the page of an IRI has its
    triples as Turtle, JSON-LD and N-Triples beside it. The texts of articles are shown
    only where the article's rights allow it and the dataset has them. The same input
    gives the same bytes. Raises UsageError (``no-base``) and InputError
    (``template-failed``, ``site-path-taken``).
    """
    site = Site.of(dataset, project, report, results=results, assets=assets)
    templates = Templates(site, *_entries(site))
    data = LinkedData(site)
    written: set[str] = set()
    found: list[search.Entry] = []
    announced: list[str] = []
    for page in pages(site):
        if isinstance(page, File):
            yield page
            continue
        if page.path in written:
            raise InputError(
                f"{page.path}: two pages of the site have this path",
                code="site-path-taken",
                hint="rename the page of the project that has the name of one of the site's own",
            )
        written.add(page.path)
        if page.listed:
            announced.append(discovery.address(site, page))
        found.extend(search.entries(site, page))
        yield File(page.path, templates.render(page))
        yield from data.files(page)
    for files in _FILES:
        yield from files(site)
    yield from search.files(site, found)
    yield from discovery.files(site, announced)
    for sheet in sorted(resource("static").glob("*.css")):
        yield File(f"assets/{sheet.name}", _without_air(read_bytes(sheet)))
    yield from host_files(site.addresses)


def _without_air(style: bytes) -> bytes:
    """A style sheet without comments and white space that means nothing; strings stay whole."""
    parts = re.split(r'("[^"\n]*")', re.sub(r"/\*.*?\*/", "", style.decode(), flags=re.DOTALL))
    for place in range(0, len(parts), 2):
        one = re.sub(r"\s+", " ", parts[place])
        parts[place] = re.sub(r" ?([{};,]) ?", r"\1", one).replace(": ", ":").replace(";}", "}")
    return f"{''.join(parts).strip()}\n".encode()


def pages(site: Site) -> Iterator[Page | File]:
    """Every page of a site before it is rendered, and the files that come between pages.

    Those of the modules, then the project's own, then a plain page for each IRI that has
    none yet. A page is made when it is asked for.
    """
    done: set[str] = set()
    for part in _PARTS:
        for made in part(site):
            if isinstance(made, Page):
                done.add(made.iri)
            yield made
    yield from _own_pages(site.project)
    yield from records.pages(site, done)


def _own_pages(project: Project) -> Iterator[Page]:
    """The pages that a project adds: each template of its folder ``pages``."""
    folder = project.root / "pages"
    for path in sorted(folder.glob("*.html")) if folder.is_dir() else []:
        if not path.name.startswith((".", "_")):
            title = path.stem.replace("-", " ").capitalize()
            yield Page(path.name, f"pages/{path.name}", title, {}, section=path.name)


def _entries(
    site: Site,
) -> tuple[list[tuple[str, str]], list[tuple[str, list[tuple[str, str]]]]]:
    """The menu of the header, and the groups of links of the footer."""
    menu = [(articles.article_section(site), _word_for_articles(site))]
    groups: dict[str, list[tuple[str, str]]] = {"The evidence": list(menu)}
    for group, path, words, prominent, class_ in _ENTRIES:
        if class_ and not site.instances(class_):
            continue
        groups.setdefault(group, []).append((path, words))
        if prominent:
            menu.append((path, words))
    own = [(page.path, page.title) for page in _own_pages(site.project)]
    if own:
        groups["More"] = own
    return menu, list(groups.items())


def _word_for_articles(site: Site) -> str:
    return "The article" if len(site.instances("Article")) == 1 else "Articles"
