"""Asking somebody else's SPARQL endpoint as if it were our own engine, and changing it.

This module decides how long to wait, when to try again, whom to follow, and what
each failure is called. SPARQLWrapper writes the request; what comes back is
bounded in time and size, and read by the parsers that read our own files, so that
terms are the same on both sides.

Protocol: https://www.w3.org/TR/sparql11-protocol/
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import IO, Any, Final, Protocol
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import pyoxigraph as ox
from SPARQLWrapper import GET, JSON, POST, TURTLE, SPARQLWrapper

from mesokg.dataset import FORMATS, Dataset, parse
from mesokg.engine import Answer, Engine, Table, embed, sparql_tokens
from mesokg.errors import EndpointError, MesokgError, QueryError, UsageError

__all__ = ["Updates", "connect", "connect_updates"]

_TABLES: Final = frozenset({"SELECT", "ASK"})
_GRAPHS: Final = frozenset({"CONSTRUCT", "DESCRIBE"})
#: No XML: Oxigraph's reader of XML results trims literals.
_ACCEPT_TABLE: Final = "application/sparql-results+json, application/json;q=0.5"
_ACCEPT_GRAPH: Final = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5"
#: Longer queries go into the body: servers and proxies refuse long addresses.
_LONGEST_GET: Final = 1500
#: Answers that may be different in a moment.
_PASSING: Final = frozenset({429, 502, 503})
_CHUNK: Final = 65_536
_JSON_TOKEN: Final = re.compile(rb'[{}]|"(?:[^"\\]|\\.)*"', re.DOTALL)
_DEEPEST: Final = 200


def connect(
    url: str,
    *,
    user: str = "",
    password: str = "",
    timeout: float = 60,
    retries: int = 2,
    largest: int = 256 * 2**20,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Engine:
    """An engine that asks the SPARQL 1.1 endpoint at a URL. Nothing is sent before `run`.

    `timeout` (seconds) bounds the connection, each wait for more bytes and the
    answer as a whole; `largest` its size in bytes. An endpoint that is busy (429,
    502, 503) is asked again up to `retries` times, after the pause it asks for or
    after 1, 2, 4… seconds. Redirects are followed on the same host only, so that a
    password goes nowhere else. Only queries are sent, never updates.

    Literals come as the endpoint holds them. Raises UsageError
    (``endpoint-url``); `run` raises QueryError (``query-syntax``) and
    EndpointError (``endpoint-unreachable``, ``endpoint-timeout``,
    ``endpoint-redirect``, ``endpoint-refused``, ``endpoint-busy``,
    ``endpoint-failed``, ``endpoint-answer``, ``endpoint-too-large``).
    """
    return _remote(url, (user, password), timeout, retries, largest, sleep, clock)


class Updates(Protocol):
    """Whatever carries out SPARQL 1.1 updates."""

    def update(self, text: str) -> None:
        """Carry out one request, which may hold several operations. Raises EndpointError."""
        ...


def connect_updates(
    url: str,
    *,
    user: str = "",
    password: str = "",
    timeout: float = 60,
    retries: int = 2,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Updates:
    """What sends SPARQL 1.1 updates to the service at a URL; nothing is sent before `update`.

    Limits, redirects, repeats and errors are those of `connect`: a service that is busy is
    asked again, so that an update should do the same when it is carried out twice.
    """
    return _remote(url, (user, password), timeout, retries, 2**20, sleep, clock)


def _remote(
    url: str,
    login: tuple[str, str],
    timeout: float,
    retries: int,
    largest: int,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> _Remote:
    address, parameters = _checked(url)
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _SameHost(),
    ):
        opener.add_handler(handler)
    return _Remote(address, parameters, login, timeout, retries, largest, opener, sleep, clock)


def _checked(url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The address without its query string, and the parameters in that; or UsageError."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        usable = bool(host.encode("idna")) and parts.port != 0
        parameters = tuple(parse_qsl(parts.query, keep_blank_values=True))
        path = quote(parts.path, safe="/%:@!$&'()*+,;=~")
    except ValueError as error:
        raise _bad_url(url, f"is no URL ({error})") from None
    if parts.scheme not in {"http", "https"} or not usable:
        raise _bad_url(url, "is not the address of a web service")
    if parts.username is not None or parts.password is not None:
        raise _bad_url(url, "holds a user name or password")
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        raise _bad_url(url, "holds spaces or control characters")
    if any(name in {"query", "update"} for name, _ in parameters):
        raise _bad_url(url, "already holds a query")
    return urlunsplit((parts.scheme, parts.netloc, path, "", "")), parameters


def _bad_url(url: str, what: str) -> UsageError:
    return UsageError(
        f"{_without_secret(url)[:200]!r} {what}",
        code="endpoint-url",
        hint="write it like https://example.org/sparql; name and password go to "
        "MESOKG_ENDPOINT_USER and MESOKG_ENDPOINT_PASSWORD",
    )


def _without_secret(url: str) -> str:
    return re.sub(r"//[^/?#]*@", "//…@", url)


@dataclass(frozen=True, slots=True)
class _Remote:
    address: str
    parameters: tuple[tuple[str, str], ...]
    login: tuple[str, str]
    timeout: float
    retries: int
    largest: int
    opener: urllib.request.OpenerDirector
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    proof: _Proof = field(default_factory=lambda: _Proof())

    def run(self, query: str) -> Answer:
        form = _form(query)
        response, body = self._exchange(self._request(query, form), query)
        media_type = response.headers.get("Content-Type", "")
        if form in _TABLES:
            return self._table(body, media_type, form)
        return self._triples(body, media_type)

    def update(self, text: str) -> None:
        self._exchange(self._update_request(text), "")

    # --- sending

    def _exchange(
        self, request: urllib.request.Request, query: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """The response to a request and its body; without a query, the request is an update."""
        attempt = 0
        self.proof.sign(request, self.login)
        while True:
            try:
                with self._failures(), self._open(request) as response:
                    return response, self._body(response)
            except urllib.error.HTTPError as error:
                with error:
                    if self.proof.learns(error, request) and all(self.login):
                        self.proof.sign(request, self.login)
                        continue
                    pause = self._pause(error.code, error.headers, attempt)
                    if pause is None:
                        raise self._refusal(error, query) from None
            self.sleep(pause)
            attempt += 1

    def _update_request(self, text: str) -> urllib.request.Request:
        pairs = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in self.parameters)
        request = urllib.request.Request(
            f"{self.address}?{pairs}" if pairs else self.address,
            data=text.encode(),
            headers={"Content-Type": "application/sparql-update", "User-Agent": "mesokg"},
            method="POST",
        )
        if all(self.login):
            pair = base64.b64encode(":".join(self.login).encode()).decode()
            request.add_header("Authorization", f"Basic {pair}")
        return request

    def _request(self, query: str, form: str) -> urllib.request.Request:
        wrapper = SPARQLWrapper(self.address, returnFormat=TURTLE, agent="mesokg")
        for name, value in self.parameters:
            wrapper.addParameter(name, value)
        if all(self.login):
            wrapper.setCredentials(*self.login)
        # Its setQuery looks for the kind of query with patterns that comments can mislead.
        wrapper.queryString, wrapper.queryType = _without_comments(query), form
        wrapper.setReturnFormat(JSON if form in _TABLES else TURTLE)
        wrapper.setOnlyConneg(True)
        wrapper.addCustomHttpHeader("Accept", _ACCEPT_TABLE if form in _TABLES else _ACCEPT_GRAPH)
        wrapper.setMethod(GET if len(quote(wrapper.queryString)) <= _LONGEST_GET else POST)
        # Its query method sends through an opener that follows redirects anywhere.
        return wrapper._createRequest()

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        response: http.client.HTTPResponse = self.opener.open(request, timeout=self.timeout)
        return response

    def _pause(self, status: int, headers: Message, attempt: int) -> float | None:
        """How long to wait before asking again; None where that is of no use."""
        if status not in _PASSING or attempt == self.retries:
            return None
        asked = _retry_after(headers)
        if asked is None:
            return float(2**attempt)
        return asked if asked <= self.timeout else None

    # --- reading

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        length = response.headers.get("Content-Length", "")
        left = int(length) if length.isdecimal() and len(length) < 19 else None
        end = self.clock() + self.timeout
        found = bytearray()
        while left != 0:
            chunk = response.read1(_CHUNK if left is None else min(_CHUNK, left))
            if not chunk:
                break
            found += chunk
            left = None if left is None else left - len(chunk)
            if len(found) > self.largest:
                raise self._error(
                    f"answers with more than {self.largest:,} bytes",
                    code="endpoint-too-large",
                    hint="ask for less with LIMIT, or for counts instead of rows",
                )
            if self.clock() > end:
                raise TimeoutError
        if left:
            raise http.client.IncompleteRead(bytes(found), left)
        return bytes(found)

    def _table(self, body: bytes, media_type: str, form: str) -> Table | bool:
        json_format = ox.QueryResultsFormat.JSON
        if ox.QueryResultsFormat.from_media_type(media_type) != json_format:
            raise self._nonsense(f"{media_type or 'no media type'} instead of JSON", body)
        try:
            answer = _read_table(body)
        except (SyntaxError, ValueError):
            try:
                answer = _read_table(_tidied(body))
            except (SyntaxError, ValueError, RecursionError) as error:
                raise self._nonsense(f"JSON that is no query result ({error})", body) from None
        if form == "ASK" and isinstance(answer, Table) and answer.columns == ("__ASK_RETVAL",):
            answer = any(getattr(row[0], "value", "") == "1" for row in answer.rows)  # Virtuoso
        if isinstance(answer, bool) is not (form == "ASK"):
            raise self._nonsense("a table instead of yes or no, or the reverse", body)
        return answer

    def _triples(self, body: bytes, media_type: str) -> tuple[ox.Triple, ...]:
        found = ox.RdfFormat.from_media_type(media_type)
        name = next((name for name, known in FORMATS.items() if known == found), None)
        if name is None:
            raise self._nonsense(f"{media_type or 'no media type'} instead of RDF", body)
        try:
            parsed = parse(body.decode("utf-8-sig"), name, "answer", self.address)
        except UnicodeDecodeError:
            raise self._nonsense(f"{name} that is not UTF-8", body) from None
        for problem in parsed.problems:
            raise self._nonsense(f"{name} that does not parse ({problem.message})", body)
        return tuple(dict.fromkeys(quad.triple for quad in parsed.quads))

    # --- failing

    def _error(self, what: str, *, code: str, hint: str = "", status: int = 0) -> EndpointError:
        return EndpointError(f"{self.address} {what}", code=code, hint=hint, status=status)

    def _nonsense(self, what: str, body: bytes) -> EndpointError:
        line = _first_line(body)
        return self._error(
            f"answers with {what}{f': {line}' if line else ''}",
            code="endpoint-answer",
            hint="is this the address of the SPARQL endpoint itself, not of its web page?",
        )

    def _refusal(self, error: urllib.error.HTTPError, query: str) -> MesokgError:
        """What an HTTP status means, with the first line that the endpoint says about it."""
        status = error.code
        if 300 <= status < 400:
            return _elsewhere(self.address, error.headers.get("Location", ""))
        line = self._said(error)
        what = f"answers {status}{f': {line}' if line else ''}"
        if status == 429 or status == 503:
            asked = _retry_after(error.headers)
            wait = f"it asks to wait {asked:,.0f} s" if asked else "try again later"
            return self._error(what, code="endpoint-busy", hint=wait, status=status)
        if status >= 500:
            hint = "try again later, or a simpler query: it may be too much for this endpoint"
            return self._error(what, code="endpoint-failed", hint=hint, status=status)
        if status == 400 and query:
            _diagnose(query)
        hint = _HINTS.get(status, "") if query else _UPDATE_HINTS.get(status, "")
        return self._error(what, code="endpoint-refused", hint=hint, status=status)

    def _said(self, error: urllib.error.HTTPError) -> str:
        try:
            return _first_line(error.read1(2000))
        except (OSError, http.client.HTTPException):
            return ""

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Everything that can go wrong on the way, as one kind of error."""
        try:
            yield
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError as error:
            reason = error.reason
            raise self._unreachable(
                reason if isinstance(reason, Exception) else OSError(str(reason))
            ) from None
        except http.client.HTTPException as error:
            what = f"breaks off or does not speak HTTP ({type(error).__name__})"
            raise self._error(what, code="endpoint-answer", hint="try again") from None
        except OSError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> EndpointError:
        if isinstance(error, TimeoutError):
            return self._error(
                f"has not answered within {self.timeout:g} s",
                code="endpoint-timeout",
                hint="wait longer with --timeout, or ask for less",
            )
        if isinstance(error, socket.gaierror):
            what, hint = "cannot be reached: its name is not known", "check the spelling"
        elif isinstance(error, ssl.SSLError):
            what, hint = f"cannot be trusted: {error.reason or error}", "check its certificate"
        else:
            reason = getattr(error, "strerror", "") or str(error) or type(error).__name__
            what, hint = f"cannot be reached: {reason}", "is it running, and is the address right?"
        return self._error(what, code="endpoint-unreachable", hint=hint)


_HINTS: Final[Mapping[int, str]] = {
    400: "does the endpoint know everything that the query uses?",
    401: "set MESOKG_ENDPOINT_USER and MESOKG_ENDPOINT_PASSWORD",
    403: "set MESOKG_ENDPOINT_USER and MESOKG_ENDPOINT_PASSWORD",
    404: "check the path of the address; many endpoints end in /sparql or /query",
    405: "check the path of the address; many endpoints end in /sparql or /query",
    413: "the query is too long for this endpoint",
    414: "the query is too long for this endpoint",
}
_ELSEWHERE: Final = "many stores take updates at another address, such as /update: --update URL"
_UPDATE_HINTS: Final[Mapping[int, str]] = {
    400: _ELSEWHERE,
    401: "set MESOKG_ENDPOINT_USER and MESOKG_ENDPOINT_PASSWORD",
    403: "does this user have the right to write?",
    404: _ELSEWHERE,
    405: _ELSEWHERE,
    413: "send less at once with --chunk",
    415: _ELSEWHERE,
}


# --- passwords -------------------------------------------------------------------------------


class _Proof:
    """Proves who asks by digest access authentication, where a server wants that (RFC 7616).

    The challenge is kept and answered before it is made again: a server may refuse a request
    without reading all of it, which looks like a broken line.
    """

    def __init__(self) -> None:
        self._challenge: dict[str, str] = {}
        self._known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        self._handler = urllib.request.AbstractDigestAuthHandler(self._known)

    def learns(self, error: urllib.error.HTTPError, request: urllib.request.Request) -> bool:
        """Whether a refusal leads to a challenge that was not answered yet."""
        if error.code != 401:
            return False
        scheme, _, rest = error.headers.get("WWW-Authenticate", "").partition(" ")
        offered = request.get_header("Authorization", "").partition(" ")[0]
        if scheme.lower() != "digest":  # Virtuoso says how only when nothing was offered
            request.remove_header("Authorization")
            return offered == "Basic" and not scheme
        known = urllib.request.parse_keqv_list(urllib.request.parse_http_list(rest))
        stale = known.get("stale", "").lower() == "true"
        fresh = known.get("nonce") != self._challenge.get("nonce")
        self._challenge = known
        return offered != "Digest" or (stale and fresh)

    def sign(self, request: urllib.request.Request, login: tuple[str, str]) -> None:
        """Put the answer to the challenge into a request, once there is one."""
        if not self._challenge or not all(login):
            return
        self._known.add_password(None, request.full_url, *login)
        try:
            proof = self._handler.get_authorization(request, self._challenge)
        except (KeyError, ValueError):  # an algorithm that nobody knows here
            proof = None
        if proof:
            request.add_header("Authorization", f"Digest {proof}")


# --- redirects -------------------------------------------------------------------------------


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects on one host, with the same method and body, and no others."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        same = old.hostname == new.hostname and not new.username
        upgraded = (old.scheme, new.scheme) == ("http", "https")
        if not same or not (upgraded or (old.scheme, old.port) == (new.scheme, new.port)):
            fp.close()
            raise _elsewhere(_shown(req.full_url), newurl)
        data = None if code == 303 else req.data
        method = "GET" if code == 303 else req.get_method()
        return urllib.request.Request(newurl, data=data, headers=dict(req.headers), method=method)

    def http_error_302(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
    ) -> Any:
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except ValueError:  # the target cannot be read as an address
            fp.close()
            raise _elsewhere(_shown(req.full_url), headers.get("Location", "")) from None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _elsewhere(address: str, target: str) -> EndpointError:
    return EndpointError(
        f"{address} sends on to {_printable(_shown(target)) or 'nowhere'}, which was not followed",
        code="endpoint-redirect",
        hint="if you trust that address, name it as the endpoint",
    )


def _shown(url: str) -> str:
    """A URL as messages show it: without query string and password."""
    return _without_secret(re.split(r"[?#]", url)[0])[:200]


# --- small readers ---------------------------------------------------------------------------


def _form(query: str) -> str:
    """Which of the four kinds of query a text is. Raises QueryError (``query-syntax``)."""
    words = (text.upper() for kind, text, _ in sparql_tokens(query) if kind == "word")
    form = next((word for word in words if word not in {"BASE", "PREFIX"}), "")
    if form not in _TABLES | _GRAPHS:
        _diagnose(query)
        raise QueryError(
            f"the text is no query: it begins with {form or 'nothing'}", code="query-syntax"
        )
    try:
        query.encode()
    except UnicodeEncodeError:
        raise QueryError(
            "the query holds half a surrogate pair, which is no text", code="query-syntax"
        ) from None
    return form


def _diagnose(query: str) -> None:
    """Raise what our own parser says against a query, if anything; ask nobody."""
    if any(text.upper() == "SERVICE" for kind, text, _ in sparql_tokens(query) if kind == "word"):
        return
    try:
        embed(Dataset(())).run(query)
    except QueryError as error:
        if error.code != "query-failed":
            raise


def _without_comments(query: str) -> str:
    return "".join(text for kind, text, _ in sparql_tokens(query) if kind != "comment")


def _retry_after(headers: Message) -> float | None:
    """The pause that a server asks for, in seconds, if it says one that can be understood."""
    asked = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return float(asked)
    try:
        then = parsedate_to_datetime(asked)
        return max(0.0, (then - parsedate_to_datetime(headers.get("Date", ""))).total_seconds())
    except (TypeError, ValueError):
        return None


def _first_line(body: bytes) -> str:
    """The first words of a body as one short line, without markup and control characters."""
    text = body[:2000].decode("utf-8", "replace")
    if "<" in text:
        text = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>?", " ", text)
    lines = [" ".join(_printable(line).split()) for line in text.splitlines()]
    return next((line for line in lines if line), "")[:200]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _read_table(body: bytes) -> Table | bool:
    if b"triple" in body or b"\\u" in body:
        _refuse_deep(body)
    answer = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
    try:
        if isinstance(answer, ox.QueryBoolean):
            return bool(answer)
        columns = tuple(variable.value for variable in answer.variables)
        return Table(columns, tuple(map(tuple, answer)))
    finally:
        # Kept alive by a traceback, it might be freed by another thread, which it does not allow.
        del answer


def _refuse_deep(body: bytes) -> None:
    """Refuse nesting on which Oxigraph overruns the stack: 5,000 triple terms do (measured)."""
    depth = 0
    for match in _JSON_TOKEN.finditer(body):
        depth += {b"{": 1, b"}": -1}.get(match[0], 0)
        if depth > _DEEPEST:
            raise ValueError(f"it nests deeper than {_DEEPEST}")


def _tidied(body: bytes) -> bytes:
    """Results with nothing but what the standard knows, and blank nodes with plain names.

    Some endpoints add keys of their own and name blank nodes like nodeID://b1.
    """
    whole = json.loads(body)
    if not isinstance(whole, dict):
        raise ValueError("the answer is no object")
    if "boolean" in whole:
        return json.dumps({"head": {}, "boolean": whole["boolean"]}).encode()
    names: dict[str, str] = {}
    try:
        columns = list(whole["head"]["vars"])
        rows = [
            {name: _tidied_term(term, names) for name, term in row.items()}
            for row in whole["results"]["bindings"]
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"the answer lacks {error}") from None
    return json.dumps({"head": {"vars": columns}, "results": {"bindings": rows}}).encode()


def _tidied_term(term: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    if term["type"] == "bnode":
        return {"type": "bnode", "value": names.setdefault(str(term["value"]), f"b{len(names)}")}
    return {key: term[key] for key in ("type", "value", "xml:lang", "datatype") if key in term}
