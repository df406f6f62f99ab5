"""Canned queries as an API: one address each, typed parameters, every result format.

Values are bound as RDF terms by `mesokg.queries.bind`, in a worker; no text becomes SPARQL
here. An answer comes whole, or in pages where ``page-size`` asks for them.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from html import escape
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mesokg.negotiation import choose
from mesokg.queries import Query
from mesokg.serve.askers import asker
from mesokg.serve.descriptions import described, queries_as_rdf
from mesokg.serve.html import CSS, list_page, query_page
from mesokg.serve.media import GRAPHS
from mesokg.serve.openapi import openapi
from mesokg.serve.problems import Problem
from mesokg.serve.service import Service
from mesokg.serve.traffic import (
    Fields,
    asked_format,
    etag,
    in_pieces,
    query_fields,
    single,
    unchanged,
    while_there,
)
from mesokg.terms import nearest

__all__ = ["answer_canned", "list_queries", "openapi_document", "style"]

_OWN: Final = ("format", "page", "page-size")
_LARGEST_PAGE: Final = 10_000
_ON_A_PAGE: Final = 200


async def list_queries(service: Service, request: Request) -> Response:
    """The canned queries: as JSON, as a page, or as RDF that tools for example queries read."""
    known = service.catalogue
    asked = asked_format(query_fields(request))
    wanted = choose(request.headers.get("accept", ""), ["application/json", "text/html", *GRAPHS])
    if asked in GRAPHS.values() or (not asked and wanted in set(GRAPHS) - {"application/json"}):
        return described(service, request, queries_as_rdf(known, service.root(request)))
    if wanted == "text/html" and not asked:
        return list_page(known)
    root = service.root(request)
    said = [
        {
            "name": name,
            "question": query.question,
            "summary": query.summary,
            "tags": list(query.tags),
            "parameters": [param.name for param in query.params],
            "url": f"{root}api/{name}",
        }
        for name, query in known.queries.items()
    ]
    return JSONResponse({"queries": said}, headers={"Cache-Control": "no-cache", "Vary": "Accept"})


async def openapi_document(service: Service, request: Request) -> Response:
    """The OpenAPI description of this service."""
    root = service.root(request)
    tag = etag(service.catalogue.digest, root, "openapi")
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)

    def make() -> bytes:
        said = openapi(service.catalogue, root, service.limits)
        return json.dumps(said, ensure_ascii=False).encode()

    return in_pieces(service.once(make, root, "openapi"), 200, headers, "application/json")


async def style(service: Service, request: Request) -> Response:
    """The style sheet of the API's pages."""
    return Response(CSS, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


async def answer_canned(service: Service, request: Request) -> Response:
    """The answer to a canned query. Raises Problem and Gone."""
    known = service.catalogue
    name = request.path_params["name"]
    if name not in known.queries:
        close = nearest(name, known.queries)
        raise Problem(
            "unknown-query", f"no query is called {name[:60]!r}",
            f"did you mean {' or '.join(close)}?" if close else "",
        )  # fmt: skip
    query = known.queries[name]
    fields = query_fields(request)
    page = choose(request.headers.get("accept", ""), ["application/json", "text/html"])
    browser = page == "text/html" and "text/html" in request.headers.get("accept", "")
    if browser:  # a form sends every field, also the empty ones
        fields = [(key, value) for key, value in fields if value]
    values = _values(service, query, fields)
    job = {
        "kind": "canned",
        "values": values,
        "format": asked_format(fields),
        "page": _number(fields, "page", 1, 1_000_000),
        "size": _number(fields, "page-size", 0, _LARGEST_PAGE),
    }
    if browser and not job["format"]:
        return await _shown(service, request, query, values)
    try:
        return await service.answer(request, job, name)
    except Problem as problem:
        raise _with_choices(service, query, problem) from None


def _values(service: Service, query: Query, fields: Fields) -> dict[str, str]:
    """The values of parameters. Raises Problem (``unknown-parameter``, ``missing-parameter``)."""
    names = [param.name for param in query.params]
    values: dict[str, str] = {}
    for key, value in fields:
        if key in _OWN:
            continue
        if key not in names:
            close = nearest(key, [*names, *_OWN], 1)
            raise Problem(
                "unknown-parameter", f"{query.name} has no parameter {key[:60]!r}",
                f"did you mean {close[0]}?" if close else "",
                {"parameter": key[:60], "allowed": [*names, *_OWN]},
            )  # fmt: skip
        if key in values:
            raise Problem(
                "bad-request", f"{key} is given twice", "give it once", {"parameter": key}
            )
        values[key] = value
    for param in query.params:
        if param.required and param.name not in values:
            missing = Problem(
                "missing-parameter", f"{query.name} needs {param.name}: {param.wanted}",
                more={"parameter": param.name},
            )  # fmt: skip
            raise _with_choices(service, query, missing)
    return values


def _with_choices(service: Service, query: Query, problem: Problem) -> Problem:
    """A problem with a parameter, which names it and lists the values that it may have."""
    if not problem.code.startswith(("parameter-", "missing-parameter")):
        return problem
    names = [param.name for param in query.params]
    name = problem.more.get("parameter") or next(
        (name for name in names if re.match(rf"{re.escape(name)}\b", problem.message)), ""
    )
    more = {**problem.more, "parameter": name}
    choices = service.catalogue.choices.get((query.name, name))
    if choices:
        more["allowed"] = [word for word, _ in choices]
    hint = problem.hint
    return Problem(problem.code, problem.message, hint if "-p " not in hint else "", more)


def _number(fields: Fields, name: str, least: int, most: int) -> int:
    """A whole number among the fields. Raises Problem (``parameter-type``)."""
    text = single(fields, name)
    if not text and not any(key == name for key, _ in fields):
        return least
    if not re.fullmatch(r"[0-9]{1,7}", text) or not max(least, 1) <= int(text) <= most:
        raise Problem(
            "parameter-type", f"{name} must be a whole number from {max(least, 1)} to {most:,}",
            more={"parameter": name},
        )  # fmt: skip
    return int(text)


async def _shown(
    service: Service, request: Request, query: Query, values: Mapping[str, str]
) -> Response:
    """The answer as a page with the query's form."""
    job = {
        "kind": "canned", "values": values, "format": "json", "page": 1, "size": _ON_A_PAGE,
        "accept": "", "gzip": False,
    }  # fmt: skip
    answer, links = b"", []
    try:
        reply = await while_there(request, service.pool.ask(job, query.name, asker(request.scope)))
        with io.BytesIO(reply.body) if isinstance(reply.body, bytes) else reply.body as body:
            body.seek(0)
            answer = body.read()
        shown = ("csv", "json", "tsv", "xml")
    except Problem as problem:
        if problem.code != "unknown-format":
            raise _with_choices(service, query, problem) from None
        shown = ("turtle", "ntriples", "jsonld", "rdfxml")
    for format in shown:
        address = f"{query.name}?{urlencode({**values, 'format': format})}"
        links.append(f'<a href="{escape(address)}">{format}</a>')
    return query_page(service.catalogue, query, values, answer, " · ".join(links))
