"""The service as an ASGI application: which address is answered by what, and what every answer has.

Around all routes stands a door that adds the headers of security and CORS, bounds how
long a client may take to read, and writes the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mesokg.errors import MesokgError
from mesokg.serve.api import answer_canned, list_queries, openapi_document, style
from mesokg.serve.askers import recognise
from mesokg.serve.contents import Source
from mesokg.serve.descriptions import described, service_description, void
from mesokg.serve.limits import Limits
from mesokg.serve.log import AccessLog
from mesokg.serve.pages import page
from mesokg.serve.pool import Pool
from mesokg.serve.problems import MEDIA_TYPE, Problem, problem_of
from mesokg.serve.protocol import sparql
from mesokg.serve.service import NOTE, Service, note
from mesokg.serve.supervision import supervise
from mesokg.serve.traffic import Gone

__all__ = ["make_app"]

_Handler = Callable[[Service, Request], Awaitable[Response]]

_DATA_CSP: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
#: A picture brings its colours along, as does a browser's own view of XML; they can run nothing.
_PICTURE_CSP: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
)
_PAGE_CSP: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "worker-src 'self' blob:; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
#: Thousands of media ranges would keep the process that talks HTTP from everybody else.
_LONGEST_ACCEPT: Final = 2000
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Location, ETag, Link, Location, Retry-After"),
)
_PREFLIGHT: Final = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match, "
    "X-Requested-With",
    "Access-Control-Max-Age": "86400",
}


def make_app(
    source: Source,
    limits: Limits | None = None,
    *,
    public: str = "",
    proxies: Collection[str] = (),
    watch: bool = False,
    log: AccessLog | None = None,
    pool: Pool | None = None,
) -> ASGIApp:
    """The service over a source, as an ASGI application for any server.

    It starts its workers with its lifespan and ends them with it. `public` is the address
    under which clients know it, `proxies` are those whose word on clients' addresses is taken,
    `watch` makes it look for changes of the source. Raises, when
    it starts, what the source raises; UsageError (``no-fork``) where the system has none.
    """
    limits = limits or Limits()
    pool = pool or Pool(limits)
    log = log or AccessLog()
    service = Service(pool, limits, public)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with supervise(pool, source, limits, log, watch=watch):
            yield

    routes = [
        _route(service, "/sparql", sparql, "GET", "POST"),
        _route(service, "/sparql/", sparql, "GET", "POST"),
        _route(service, "/.well-known/void", _void),
        _route(service, "/.well-known/sparql-service-description", _description),
        _route(service, "/healthz", _health),
        _route(service, "/api", list_queries),
        _route(service, "/api/", _to_api),
        _route(service, "/api/openapi.json", openapi_document),
        _route(service, "/api/style.css", style),
        _route(service, "/api/{name}", answer_canned),
        _route(service, "/{path:path}", page),
    ]
    handlers: dict[Any, Any] = {
        HTTPException: _http_error,
        MesokgError: _refused,
        Gone: _gone,
        Exception: _failed,
    }
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False
    return _Door(app, limits, log, frozenset(proxies))


def _route(service: Service, path: str, handler: _Handler, *methods: str) -> Route:
    async def endpoint(request: Request) -> Response:
        if len(request.headers.get("accept", "")) > _LONGEST_ACCEPT:
            raise Problem(
                "bad-request", f"the Accept header is longer than {_LONGEST_ACCEPT:,} characters",
                "name the types that you read",
            )  # fmt: skip
        return await handler(service, request)

    return Route(path, endpoint, methods=list(methods) or ["GET"])


async def _void(service: Service, request: Request) -> Response:
    return described(service, request, void(service.catalogue, service.root(request)))


async def _description(service: Service, request: Request) -> Response:
    triples = service_description(service.catalogue, service.root(request))
    return described(service, request, triples)


async def _to_api(service: Service, request: Request) -> Response:
    return RedirectResponse("../api", 301)


async def _health(service: Service, request: Request) -> Response:
    headers = {"Cache-Control": "no-store"}
    known = service.catalogue
    said = {"status": "ok", "digest": known.digest, "triples": known.triples, **service.pool.state}
    return JSONResponse(said, headers=headers)


# --- what goes wrong ------------------------------------------------------------------------


async def _refused(request: Request, error: MesokgError) -> Response:
    problem = error if isinstance(error, Problem) else problem_of(error)
    note(request, code=problem.code, outcome=problem.code, error=problem.trace or None)
    return Response(
        problem.document(),
        problem.status,
        {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", **problem.all_headers},
    )


async def _http_error(request: Request, error: HTTPException) -> Response:
    code = "method-not-allowed" if error.status_code == 405 else "not-found"
    headers = {"Allow": _allowed(request.scope["path"])} if error.status_code == 405 else {}
    detail = f"{request.method[:20]} is not answered here" if headers else "nothing is here"
    return await _refused(request, Problem(code, detail, headers=headers))


async def _gone(request: Request, error: Gone) -> Response:
    note(request, outcome="gone")
    return Response(status_code=499)


async def _failed(request: Request, error: Exception) -> Response:
    note(request, error="".join(traceback.format_exception(error))[-4000:])
    return await _refused(request, Problem("internal", "the server failed; it is not your fault"))


def _allowed(path: str) -> str:
    return "GET, HEAD, OPTIONS, POST" if path.rstrip("/") == "/sparql" else "GET, HEAD, OPTIONS"


# --- the door -------------------------------------------------------------------------------


class _Door:
    def __init__(
        self, app: ASGIApp, limits: Limits, log: AccessLog, proxies: frozenset[str]
    ) -> None:
        self.app = app
        self.proxies = proxies
        self.limits = limits
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        recognise(scope, self.proxies)
        out = _Out(send, self.limits.sending)
        said: dict[str, Any] = scope.setdefault(NOTE, {})
        try:
            if scope["method"] == "OPTIONS":
                await _options(scope["path"])(scope, receive, out.send)
            else:
                await self.app(scope, receive, out.send)
        except TimeoutError:
            said["outcome"] = "client-too-slow"
        except Exception:  # it stands in the log, and the answer says 500
            said.setdefault("outcome", "internal")
        finally:
            seconds = time.monotonic() - began
            self.log.request(scope["method"], scope["path"], out.status, seconds, out.size, said)


class _Out:
    """What goes out: with the headers that everything has, and not for ever."""

    def __init__(self, send: Send, patience: float) -> None:
        self._send = send
        self._patience = patience
        self.status = 0
        self.size = 0

    async def send(self, message: Message) -> None:
        """Send a message of ASGI. Raises TimeoutError if the client does not read."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), *_ALWAYS]
            names = {name for name, _ in headers}
            if b"content-security-policy" not in names:
                kind = next((v for n, v in headers if n == b"content-type"), b"")
                headers.append((b"content-security-policy", _policy(kind).encode()))
            message = {**message, "headers": headers}
        else:
            self.size += len(message.get("body", b""))
        async with asyncio.timeout(self._patience):
            await self._send(message)


def _policy(kind: bytes) -> str:
    """What a browser lets an answer of this type do."""
    if kind.startswith((b"text/html", b"text/javascript")):  # a worker has its script's policy
        return _PAGE_CSP
    return _PICTURE_CSP if b"xml" in kind else _DATA_CSP


def _options(path: str) -> Response:
    allowed = _allowed(path)
    headers = {"Allow": allowed, "Access-Control-Allow-Methods": allowed, **_PREFLIGHT}
    if path.rstrip("/") == "/sparql":
        headers["Accept-Post"] = "application/x-www-form-urlencoded, application/sparql-query"
    return Response(status_code=204, headers=headers)
