"""The SPARQL 1.1 Protocol: what a request must look like, and what it asks.

Queries only: an update is refused whatever way it comes. Spec:
https://www.w3.org/TR/sparql11-protocol/
"""

from __future__ import annotations

import re
from typing import Final

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mesokg.negotiation import choose
from mesokg.serve.descriptions import described, service_description
from mesokg.serve.html import query_form
from mesokg.serve.media import GRAPHS
from mesokg.serve.problems import Problem
from mesokg.serve.service import Service
from mesokg.serve.traffic import asked_format, form_fields, query_fields, read_body, single

__all__ = ["sparql"]

_FORM: Final = "application/x-www-form-urlencoded"
_QUERY: Final = "application/sparql-query"
_UPDATE: Final = "application/sparql-update"
_CHARSET: Final = re.compile(r';\s*charset\s*=\s*"?([^";\s]+)')


async def sparql(service: Service, request: Request) -> Response:
    """Answer a request to the endpoint. Raises Problem and Gone."""
    fields = query_fields(request)
    query = None
    if request.method == "POST":
        fields, query = await _posted(service, request, fields)
    if any(name in {"update", "using-graph-uri", "using-named-graph-uri"} for name, _ in fields):
        raise Problem(
            "read-only", "an update changes data, and this service only answers questions"
        )
    if query is None and not any(name == "query" for name, _ in fields):
        return _without_query(service, request)
    asked = single(fields, "query")
    if query is not None and asked:
        raise Problem("bad-request", "the query is given twice, in the body and in the URL")
    query = asked if query is None else query
    job = {
        "kind": "sparql",
        "default": [_iri(value) for name, value in fields if name == "default-graph-uri"],
        "named": [_iri(value) for name, value in fields if name == "named-graph-uri"],
        "base": service.catalogue.base or f"{service.root(request)}sparql",
        "format": asked_format(fields),
    }
    return await service.answer(request, job, query)


async def _posted(
    service: Service, request: Request, fields: list[tuple[str, str]]
) -> tuple[list[tuple[str, str]], str | None]:
    """The fields of a request with a body, and its query if the body is one."""
    said = request.headers.get("content-type", "").lower()
    kind = said.partition(";")[0].strip()
    charset = _CHARSET.search(said)
    if charset and charset[1] not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem("media-type", f"the body is in {charset[1][:40]}", "send it as UTF-8")
    if kind == _UPDATE:
        raise Problem(
            "read-only", "an update changes data, and this service only answers questions"
        )
    if kind not in {_FORM, _QUERY}:
        raise Problem(
            "media-type",
            f"the body is {kind[:100] or 'of no type'}, which is not read here",
            f"send it as {_FORM} or {_QUERY}",
            {"allowed": [_FORM, _QUERY]},
            {"Accept-Post": f"{_FORM}, {_QUERY}"},
        )
    body = await read_body(request, service.limits)
    if kind == _FORM:
        return [*fields, *form_fields(body.strip(b"\r\n"), "the form")], None
    try:
        query = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("bad-request", f"the query is not UTF-8 (byte {error.start})") from None
    if "\0" in query:
        raise Problem("bad-request", "the query holds the character NUL", "leave it out")
    return fields, query


def _without_query(service: Service, request: Request) -> Response:
    """The service description; for a browser a page to write a query on."""
    if request.method == "POST":
        raise Problem("bad-request", "the form has no field named query")
    accept = request.headers.get("accept", "")
    # Whoever does not ask for HTML by name gets RDF.
    if choose(accept, [*GRAPHS, "text/html"]) == "text/html" and "text/html" in accept.lower():
        if "sparql.html" in service.catalogue.pages:
            return RedirectResponse("sparql.html", 303, {"Vary": "Accept"})
        return query_form(service.catalogue)
    root = service.root(request)
    return described(service, request, service_description(service.catalogue, root))


def _iri(value: str) -> str:
    try:
        return ox.NamedNode(value).value
    except ValueError:
        raise Problem("bad-request", f"{value[:200]!r} cannot name a graph: it is no IRI") from None
