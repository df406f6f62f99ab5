"""The service in OpenAPI 3.1, made from what the canned queries say of themselves."""

from __future__ import annotations

from typing import Any, Final

from mesokg import __version__
from mesokg.engine import sparql_tokens
from mesokg.queries import Param, Query
from mesokg.serve.contents import Catalogue
from mesokg.serve.limits import Limits
from mesokg.serve.media import GRAPHS, TABLES
from mesokg.serve.problems import MEDIA_TYPE

__all__ = ["openapi"]

#: Above this, values are described and no longer listed.
_MOST_LISTED: Final = 1000
_PROBLEM: Final = {"$ref": "#/components/responses/problem"}
_LITERAL_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "boolean": {"type": "boolean"},
    "decimal": {"type": "string", "pattern": r"^[+-]?[0-9]{1,18}(\.[0-9]{1,18})?$"},
    "integer": {"type": "integer", "minimum": -(10**18) + 1, "maximum": 10**18 - 1},
    "string": {"type": "string", "pattern": "^[^\\u0000]*$"},
    "year": {"type": "string", "pattern": "^-?[0-9]{4}$"},
}


def openapi(known: Catalogue, root: str, limits: Limits) -> dict[str, Any]:
    """The OpenAPI document of a service at this address."""
    about = known.about
    paths: dict[str, Any] = {
        "/api": {"get": _listing()},
        "/healthz": {"get": _health()},
        "/sparql": {"get": _sparql_get(known), "post": _sparql_post(known)},
    }
    for query in known.queries.values():
        paths[f"/api/{query.name}"] = {"get": _operation(known, query)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": about.title or "mesokg",
            "description": (
                f"{about.description}\n\n" if about.description else ""
            ) + "Read-only. It records what sources say and how surely; it gives no advice. "
            f"A query may run for {limits.seconds:g} s.",
            "version": about.version or __version__,
            **({"license": _licence(about.licence)} if about.licence else {}),
        },
        "servers": [{"url": root.rstrip("/")}],
        "tags": sorted(
            ({"name": tag} for tag in {t for q in known.queries.values() for t in q.tags}),
            key=lambda tag: tag["name"],
        ),
        "paths": paths,
        "components": {"responses": {"problem": _problem()}, "schemas": {"Problem": _schema()}},
    }  # fmt: skip


def _licence(text: str) -> dict[str, str]:
    if text.startswith(("http://", "https://")):
        return {"name": text, "url": text}
    return {"name": text}


def _operation(known: Catalogue, query: Query) -> dict[str, Any]:
    graph = _form(query.text) in {"CONSTRUCT", "DESCRIBE"}
    offered = GRAPHS if graph else TABLES
    parameters = [_parameter(known, query, param) for param in query.params]
    parameters.append(_format(list(dict.fromkeys(offered.values()))))
    if _form(query.text) == "SELECT":
        parameters += _paging()
    columns = [f"* `{name}`: {about}" for name, about in query.columns.items()]
    return {
        "operationId": query.name,
        "summary": query.summary or query.name,
        "description": "\n".join(filter(None, [query.question, *columns])) or query.name,
        **({"tags": list(query.tags)} if query.tags else {}),
        "parameters": parameters,
        "responses": {**_answered(list(offered)), **_failures()},
    }


def _parameter(known: Catalogue, query: Query, param: Param) -> dict[str, Any]:
    choices = known.choices.get((query.name, param.name), ())
    schema = dict(_LITERAL_SCHEMAS.get(param.type, {"type": "string"}))
    about = param.about or param.name
    if param.type in {"concept", "record"}:
        about = f"{about} ({param.wanted}; as a word, CURIE, IRI or label)"
        if choices and len(choices) <= _MOST_LISTED:
            schema["enum"] = [word for word, _ in choices]
    if param.default is not None:
        schema["default"] = {"true": True, "false": False}.get(param.default, param.default)
        if param.type == "integer":
            schema["default"] = int(param.default)
    return {
        "name": param.name,
        "in": "query",
        "description": about,
        "required": param.required,
        "schema": schema,
    }


def _format(formats: list[str]) -> dict[str, Any]:
    return {
        "name": "format",
        "in": "query",
        "description": "the format of the answer, if not chosen by Accept",
        "schema": {"type": "string", "enum": formats},
    }


def _paging() -> list[dict[str, Any]]:
    return [
        {
            "name": "page-size",
            "in": "query",
            "description": "rows on a page; without it the answer comes whole",
            "schema": {"type": "integer", "minimum": 1, "maximum": 10_000},
        },
        {
            "name": "page",
            "in": "query",
            "description": "the number of the page; the Link header names the others",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
        },
    ]


def _answered(types: list[str]) -> dict[str, Any]:
    headers = {
        "Link": {
            "description": "the first, previous, next and last page",
            "schema": {"type": "string"},
        },
        "ETag": {"description": "names this answer", "schema": {"type": "string"}},
    }
    content = {name: {"schema": _content(name)} for name in types}
    return {
        "200": {"description": "the answer", "headers": headers, "content": content},
        "304": {"description": "unchanged"},
    }


def _content(media_type: str) -> dict[str, Any]:
    if media_type in {"application/sparql-results+json"}:
        return {"type": "object", "required": ["head"]}
    return {}


def _failures(*more: str) -> dict[str, Any]:
    codes = ("400", "403", "404", "405", "406", "408", "413", "429", "503", *more)
    return dict.fromkeys(sorted(codes), _PROBLEM)


def _listing() -> dict[str, Any]:
    types = ["application/json", *(name for name in GRAPHS if name != "application/json")]
    return {
        "operationId": "queries",
        "summary": "The canned queries",
        "responses": {
            "200": {
                "description": "the queries",
                "content": {name: {"schema": {}} for name in [*types, "text/html"]},
            },
            "304": {"description": "unchanged"},
            **_failures(),
        },
    }


def _health() -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"type": "string"}},
    }
    ok = {"description": "it answers", "content": {"application/json": {"schema": schema}}}
    return {
        "operationId": "health",
        "summary": "Whether the service can answer",
        "responses": {"200": ok, **_failures()},
    }


def _sparql_get(known: Catalogue) -> dict[str, Any]:
    return {
        "operationId": "sparqlGet",
        "summary": "Ask a SPARQL query; without one: the service description",
        "parameters": [
            {"name": "query", "in": "query", "schema": {"type": "string", "minLength": 1}},
            *(_graphs(name, known) for name in ("default-graph-uri", "named-graph-uri")),
        ],
        "responses": {**_answered(list(dict.fromkeys([*TABLES, *GRAPHS]))), **_failures()},
    }


def _sparql_post(known: Catalogue) -> dict[str, Any]:
    fields = {
        "query": {"type": "string", "minLength": 1},
        "default-graph-uri": _graphs("", known)["schema"],
        "named-graph-uri": _graphs("", known)["schema"],
    }
    form = {"type": "object", "required": ["query"], "properties": fields}
    return {
        "operationId": "sparqlPost",
        "summary": "Ask a SPARQL query that is sent as a form or as it is",
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {"schema": form},
                "application/sparql-query": {"schema": {"type": "string", "minLength": 1}},
            },
        },
        "responses": {**_answered(list(dict.fromkeys([*TABLES, *GRAPHS]))), **_failures("415")},
    }


def _graphs(name: str, known: Catalogue) -> dict[str, Any]:
    graph: dict[str, Any] = {"type": "string", "format": "iri"}
    if 0 < len(known.graphs) <= _MOST_LISTED:
        graph["enum"] = list(known.graphs)
    schema = {"type": "array", "items": graph}
    return {"name": name, "in": "query", "schema": schema, "style": "form", "explode": True}


def _problem() -> dict[str, Any]:
    return {
        "description": "a problem document (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "code": text,
            "hint": text,
            "line": {"type": "integer"},
            "column": {"type": "integer"},
            "parameter": text,
            "allowed": {"type": "array", "items": text},
        },
    }


def _form(text: str) -> str:
    """SELECT, ASK, CONSTRUCT or DESCRIBE."""
    words = (word.upper() for kind, word, _ in sparql_tokens(text) if kind == "word")
    forms = {"ASK", "CONSTRUCT", "DESCRIBE", "SELECT"}
    return next((word for word in words if word in forms), "SELECT")
