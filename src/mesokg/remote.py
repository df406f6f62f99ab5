"""Asking somebody else's store: the SPARQL 1.1 protocol over HTTP.

This module decides how an endpoint is asked (SPARQLWrapper builds the request),
how long is waited, what is tried again, and what each way of failing is called.
The answer is read by the same parser as everywhere else, so a term that comes
over the wire equals one from a file.

Spec: https://www.w3.org/TR/sparql11-protocol/
"""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any, Final
from urllib.parse import urlsplit

import pyoxigraph as ox
from SPARQLWrapper import GET, JSON, POST, TURTLE, SPARQLWrapper

from mesokg import __version__
from mesokg.engine import Answer, Engine, Table
from mesokg.errors import EndpointError, UsageError

__all__ = ["connect"]

#: Queries longer than this go by POST: proxies and servers cut URLs from about 8,000 on.
_LONGEST_GET: Final = 2000
_LARGEST: Final = 1 << 30
_CHUNK: Final = 1 << 16
#: Answers that mean "not now".
_BUSY: Final = frozenset({429, 502, 503, 504})
_TRIPLE_FORMATS: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/turtle": ox.RdfFormat.TURTLE,
    "application/x-turtle": ox.RdfFormat.TURTLE,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "text/rdf+n3": ox.RdfFormat.TURTLE,
    "text/turtle": ox.RdfFormat.TURTLE,
}
_RESULT_FORMATS: Final = {
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "application/xml": ox.QueryResultsFormat.XML,
}


def connect(
    url: str,
    *,
    timeout: float = 60,
    retries: int = 2,
    user: str = "",
    password: str = "",
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Engine:
    """An engine that asks a SPARQL 1.1 endpoint; nothing is sent before the first query.

    A query has `timeout` seconds in all, tries and pauses included. An endpoint
    that says it is busy is asked again `retries` times, after the pause it asks
    for. Redirects are not followed: the error names the new address. User name
    and password are sent as Basic authentication, to this address only.

    Raises UsageError (``endpoint-url``); its queries raise EndpointError
    (``endpoint-…``) for every way in which an endpoint can fail.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(
            f"{url!r} is not the address of a SPARQL endpoint",
            code="endpoint-url",
            hint="give an http or https URL without ? and #, such as https://example.org/sparql",
        )
    return _Remote(url, timeout, retries, user, password, sleep, clock)


@dataclass(frozen=True, slots=True)
class _Remote:
    url: str
    timeout: float
    retries: int
    user: str
    password: str = field(repr=False)
    sleep: Callable[[float], None]
    clock: Callable[[], float]

    def run(self, query: str) -> Answer:
        """The endpoint's answer; see `connect`."""
        wrapper = self._wrapper(query)
        deadline = self.clock() + self.timeout
        for turn in range(self.retries + 1):
            left = deadline - self.clock()
            if left <= 0:
                raise self._too_slow()
            wrapper.setTimeout(max(1, int(left)))
            try:
                return self._answer(wrapper, deadline)
            except _BusyError as busy:
                pause = busy.pause if busy.pause is not None else 0.5 * 2**turn
                if turn == self.retries or self.clock() + pause >= deadline:
                    raise self._failure(
                        f"is busy ({busy.status})", "endpoint-unavailable", "try again later"
                    ) from None
                self.sleep(pause)
        raise self._too_slow()

    def _wrapper(self, query: str) -> Any:
        wrapper = SPARQLWrapper(self.url, agent=f"mesokg/{__version__}")
        wrapper.setOnlyConneg(True)
        wrapper.setQuery(query)
        wrapper.setMethod(POST if len(query) > _LONGEST_GET else GET)
        wrapper.setReturnFormat(JSON if wrapper.queryType in {"SELECT", "ASK"} else TURTLE)
        if self.user:
            wrapper.setCredentials(self.user, self.password)
        return wrapper

    def _answer(self, wrapper: Any, deadline: float) -> Answer:
        opener = urllib.request.build_opener(_NoRedirect())
        try:
            with opener.open(wrapper._createRequest(), timeout=wrapper.timeout) as response:
                kind = response.headers.get_content_type()
                body = self._body(response, deadline)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except TimeoutError:
            raise self._too_slow() from None
        except urllib.error.URLError as error:
            raise self._unreachable(error.reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(
                f"broke off its answer ({type(error).__name__})", "endpoint-answer", "try again"
            ) from None
        return self._read(body, kind)

    def _body(self, response: IO[bytes], deadline: float) -> bytes:
        """The whole answer, unless it takes too long or too much room."""
        chunks, size = [], 0
        while chunk := response.read(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if self.clock() > deadline:
                raise self._too_slow()
            if size > _LARGEST:
                raise self._failure(
                    f"sends more than {_LARGEST:,} bytes", "endpoint-answer", "ask for less: LIMIT"
                )
        return b"".join(chunks)

    def _read(self, body: bytes, kind: str) -> Answer:
        try:
            if kind in _RESULT_FORMATS:
                found = ox.parse_query_results(body, _RESULT_FORMATS[kind])
                if isinstance(found, ox.QueryBoolean):
                    return bool(found)
                columns = tuple(variable.value for variable in found.variables)
                return Table(columns, tuple(tuple(row) for row in found))
            if kind in _TRIPLE_FORMATS:
                parsed = ox.parse(body, format=_TRIPLE_FORMATS[kind], base_iri=self.url)
                return tuple(dict.fromkeys(quad.triple for quad in parsed))
        except (SyntaxError, ValueError, OSError) as error:
            raise self._failure(
                f"sent a result that does not parse: {error}", "endpoint-answer", "try again"
            ) from None
        raise self._failure(
            f"answered with {kind}, which is no SPARQL result",
            "endpoint-answer",
            "check that the address is that of the endpoint, not of a page about it",
        )

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        """What a status other than 200 means."""
        if error.code in _BUSY:
            return _BusyError(error.code, _seconds(error.headers.get("Retry-After")))
        if 300 <= error.code < 400:
            target = error.headers.get("Location", "elsewhere")
            return self._failure(
                f"has moved to {target}", "endpoint-refused", "ask that address, if you trust it"
            )
        said = _first_line(error)
        hint = "check the query; run it against a file to see what is wrong"
        if error.code in {401, 403}:
            hint = "set MESOKG_ENDPOINT_USER and MESOKG_ENDPOINT_PASSWORD"
        elif error.code == 404:
            hint = "check the address; endpoints often end in /sparql or /query"
        code = "endpoint-refused" if error.code < 500 else "endpoint-unavailable"
        return self._failure(f"answered {error.code}{said}", code, hint)

    def _unreachable(self, reason: object) -> EndpointError:
        if isinstance(reason, TimeoutError):
            return self._too_slow()
        if isinstance(reason, socket.gaierror):
            return self._failure("has a name that is not known", "endpoint-unavailable", "check it")
        return self._failure(
            f"cannot be reached ({getattr(reason, 'strerror', None) or reason})",
            "endpoint-unavailable",
            "check the address, and that the server runs",
        )

    def _too_slow(self) -> EndpointError:
        return self._failure(
            f"did not answer within {self.timeout:g} seconds",
            "endpoint-timeout",
            "ask for less, or allow more time with --timeout",
        )

    def _failure(self, what: str, code: str, hint: str) -> EndpointError:
        return EndpointError(f"{self.url} {what}", code=code, hint=hint)


class _BusyError(Exception):
    """The endpoint said "not now", and perhaps for how many seconds."""

    def __init__(self, status: int, pause: float | None) -> None:
        super().__init__(status)
        self.status = status
        self.pause = pause


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as it is: a query, or a password, goes only where it was sent."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """No new request: urllib then reports the status."""
        return


def _seconds(header: str | None) -> float | None:
    """The seconds of a Retry-After header; its other form, a date, counts as not given."""
    return float(header) if header and header.isascii() and header.isdigit() else None


def _first_line(error: urllib.error.HTTPError) -> str:
    """The first line of an error's body, made safe to print."""
    try:
        body = error.read(2000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        return ""
    line = "".join(c for c in body.partition("\n")[0] if c.isprintable())[:200]
    return f": {line}" if line and not line.startswith("<") else ""
