"""What crawlers and lost visitors find: sitemap, robots.txt, and the page for what is not there.

This module decides which addresses are announced. A page that is the document of an IRI
goes by that IRI, wherever copies of it lie; a page of somebody else's IRI is not
announced here. The page for what is not there is served at any depth and on any host, so
it needs no other file, and its links are whole.

Specs: https://www.sitemaps.org/protocol.html, RFC 9309
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final
from urllib.parse import quote

from mesokg.files import File
from mesokg.site.model import Site
from mesokg.site.page import Page

__all__ = ["address", "files", "pages"]

#: As many addresses as one sitemap may hold.
_MOST: Final = 50_000
_SITEMAPS: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: Characters of an IRI that a URL holds as they are (RFC 3986).
_URL: Final = "%/:=&?~#+!$,;'@()*[]-._"

#: All that the page needs, in itself.
_STYLE: Final = """
:root { color-scheme: light dark; }
body { max-width: 36rem; margin: 12vh auto; padding: 0 1.25rem; color: #1c1b19;
  background: #fdfcf9; font: 106.25%/1.5 Charter, "Iowan Old Style", Cambria, Georgia, serif; }
h1 { font-size: 2rem; line-height: 1.2; }
a { color: #124f86; }
@media (prefers-color-scheme: dark) {
  body { color: #eceae4; background: #161614; }
  a { color: #8fc1f2; }
}
"""


def pages(site: Site) -> Iterator[Page]:
    """The page for what is not there."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    yield Page(
        "404.html",
        "404.html",
        "There is no such page",
        {"style": _STYLE},
        csp=f"default-src 'none'; style-src 'sha256-{digest}'",
        listed=False,
    )


def files(site: Site, announced: Iterable[str]) -> Iterator[File]:
    """``sitemap.xml`` (in parts, where it would be too long) and ``robots.txt``.

    `announced` are the addresses of the pages that are listed; the order does not count.
    """
    urls = sorted(url for url in set(announced) if url.startswith(quote(site.base, _URL)))
    parts = [urls[start : start + _MOST] for start in range(0, len(urls), _MOST)] or [[]]
    if len(parts) == 1:
        yield File("sitemap.xml", _list("urlset", "url", parts[0]))
    else:
        names = [f"sitemap-{place}.xml" for place in range(1, len(parts) + 1)]
        for name, part in zip(names, parts, strict=True):
            yield File(name, _list("urlset", "url", part))
        whole = [quote(site.base, _URL) + name for name in names]
        yield File("sitemap.xml", _list("sitemapindex", "sitemap", whole))
    sitemap = f"{quote(site.base, _URL)}sitemap.xml"
    yield File("robots.txt", f"User-agent: *\nAllow: /\n\nSitemap: {sitemap}\n".encode())


def address(site: Site, page: Page) -> str:
    """The one address that a page goes by, as a URL."""
    if page.iri:
        return quote(page.iri, _URL, errors="replace")
    path = page.path.removesuffix("index.html").removesuffix(".html")
    return quote(site.base, _URL, errors="replace") + quote(path)


def _list(whole: str, one: str, urls: Iterable[str]) -> bytes:
    lines = "".join(f"<{one}><loc>{escape(url)}</loc></{one}>\n" for url in urls)
    return f'{_XML}<{whole} xmlns="{_SITEMAPS}">\n{lines}</{whole}>\n'.encode()
