"""The static site's files, answered as its best host would, and things that have no page.

A path is only ever looked up among the files that there are; it never reaches a disk. The
IRI of a thing is answered by 303 to the representation that the request prefers, with full
weights; the IRI of a document, such as the vocabulary's, by 200.
"""

from __future__ import annotations

import gzip
import mimetypes
import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response

from mesokg.negotiation import REPRESENTATIONS, choose
from mesokg.serve.problems import Problem
from mesokg.serve.service import Service
from mesokg.serve.traffic import accepts_gzip, etag, in_pieces, unchanged
from mesokg.terms import NS, SHAPES, VOCABULARY_BASE

__all__ = ["page"]

_TYPES: Final = {
    **REPRESENTATIONS,
    ".bib": "application/x-bibtex",
    ".css": "text/css",
    ".csv": "text/csv",
    ".js": "text/javascript",
    ".json": "application/json",
    ".nq": "application/n-quads",
    ".rdf": "application/rdf+xml",
    ".ris": "application/x-research-info-systems",
    ".rq": "application/sparql-query",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".trig": "application/trig",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml",
}
_PACKED: Final = frozenset({".gz", ".ico", ".jpg", ".jpeg", ".png", ".webp", ".woff2", ".zip"})
#: What a thing without a page can be had as: suffix -> format.
_SUFFIXES: Final = {
    ".ttl": "turtle", ".jsonld": "jsonld", ".nt": "ntriples", ".rdf": "rdfxml",
}  # fmt: skip
_STYLE: Final = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
#: Paths of documents whose parts have hash IRIs.
_DOCUMENTS: Final = frozenset(iri.removeprefix(VOCABULARY_BASE).rstrip("#") for iri in (NS, SHAPES))


async def page(service: Service, request: Request) -> Response:
    """The file or thing at a path. Raises Problem (``not-found``, ``not-acceptable``) and Gone."""
    pages = service.catalogue.pages
    path = request.scope["path"].removeprefix("/")
    if path in pages:
        return _file(service, request, path)
    if (not path or path.endswith("/")) and f"{path}index.html" in pages:
        return _file(service, request, f"{path}index.html")
    if not path:  # there is no site
        return _see_other("sparql")
    if path.startswith("/") or "\\" in path:
        raise _not_found(path)
    if f"{path}/index.html" in pages:
        return _moved(f"{_last(path)}/", 301)
    there = [suffix for suffix in REPRESENTATIONS if path + suffix in pages]
    if there:
        suffix = _chosen(request, there)
        if path in _DOCUMENTS:
            return _file(service, request, path + suffix, location=_last(path) + suffix)
        return _see_other(_last(path) + suffix)
    bare = path.rstrip("/")
    if path != bare and any(bare + suffix in pages for suffix in REPRESENTATIONS):
        return _moved(f"../{_last(bare)}", 301)
    return await _thing(service, request, path)


async def _thing(service: Service, request: Request, path: str) -> Response:
    """What is known of the thing whose IRI ends in a path."""
    suffix = next((suffix for suffix in _SUFFIXES if path.endswith(suffix)), "")
    stem = path.removesuffix(suffix)
    for base in dict.fromkeys((service.catalogue.base, VOCABULARY_BASE)):
        try:
            iri = ox.NamedNode(base + stem).value
        except ValueError:
            continue
        job = {"kind": "thing", "format": _SUFFIXES.get(suffix, "turtle")}
        try:
            found = await service.answer(request, job, iri)
        except Problem as problem:
            if problem.code != "not-found":
                raise
            continue
        return found if suffix else _see_other(_last(path) + _chosen(request, list(_SUFFIXES)))
    raise _not_found(path)


def _chosen(request: Request, suffixes: list[str]) -> str:
    """The suffix of what a request prefers, out of those that there are."""
    types = {_TYPES[suffix]: suffix for suffix in suffixes}
    accept = request.headers.get("accept", "")
    chosen = choose(accept, list(types))
    if chosen is None:
        raise Problem(
            "not-acceptable", f"it cannot be had as {accept[:200]!r}",
            "ask for one of the types listed, or for */*", {"allowed": list(types)},
            {"Vary": "Accept"},
        )  # fmt: skip
    return types[chosen]


def _file(service: Service, request: Request, path: str, location: str = "") -> Response:
    suffix = PurePosixPath(path).suffix
    data = service.catalogue.pages[path]
    packed = suffix not in _PACKED and len(data) > 600 and accepts_gzip(request)
    tag = etag(service.catalogue.digest, path, packed)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if location:
        headers |= {"Vary": "Accept, Accept-Encoding", "Content-Location": quote(location)}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    kind = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    if suffix == ".html" and (style := _STYLE.search(data)):  # a page that is one file
        digest = b64encode(sha256(style[1]).digest()).decode()
        headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        )
    if packed:
        headers["Content-Encoding"] = "gzip"
        data = _gzipped(data)
    return in_pieces(data, headers={"Content-Type": kind, **headers})


@lru_cache(maxsize=512)
def _gzipped(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)


def _see_other(target: str) -> Response:
    return Response(
        status_code=303,
        headers={"Location": quote(target), "Vary": "Accept", "Cache-Control": "no-cache"},
    )


def _moved(target: str, status: int) -> Response:
    return Response(status_code=status, headers={"Location": quote(target)})


def _last(path: str) -> str:
    """The last part of a path, to which relative links are relative; never like a scheme.

    >>> _last("claim/c01"), _last("urn:x")
    ('c01', './urn:x')
    """
    last = path.rpartition("/")[2]
    return f"./{last}" if ":" in last else last


def _not_found(path: str) -> Problem:
    return Problem("not-found", f"nothing is at {path[:200]!r}")
