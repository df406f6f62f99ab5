"""Reading requests and sending answers, with a bound for everything.

This module decides how long a body may be and may take, what a query string may hold, and
that an answer whose client has gone is not computed to its end.
"""

from __future__ import annotations

import asyncio
import re
from binascii import a2b_qp
from collections.abc import Awaitable, Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final, TypeVar

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mesokg.serve.limits import Limits
from mesokg.serve.pool import Reply
from mesokg.serve.problems import Problem

__all__ = [
    "Fields",
    "Gone",
    "accepts_gzip",
    "asked_format",
    "etag",
    "form_fields",
    "from_worker",
    "in_pieces",
    "origin",
    "query_fields",
    "read_body",
    "single",
    "unchanged",
    "while_there",
]

_Result = TypeVar("_Result")
_MOST_FIELDS: Final = 100
_PIECE: Final = 128 * 1024
_HOST: Final = re.compile(r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
#: Work that takes no longer is not watched for its client: there is little to save.
_QUICK: Final = 0.02

Fields = list[tuple[str, str]]


class Gone(Exception):  # noqa: N818 - nobody is told
    """The client is no longer there."""


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body. Raises Problem (``request-too-large``, ``too-slow``) and Gone."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and (len(said) > 12 or int(said) > limits.body):
        raise _too_large(limits.body)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.arrival):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body += message.get("body", b"")
                if len(body) > limits.body:
                    raise _too_large(limits.body)
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise Problem(
            "too-slow", f"the body did not come within {limits.arrival:g} s",
            headers={"Connection": "close"},
        ) from None  # fmt: skip


def _too_large(most: int) -> Problem:
    return Problem(
        "request-too-large", f"the body is longer than {most:,} bytes",
        "shorten the query", headers={"Connection": "close"},
    )  # fmt: skip


def query_fields(request: Request) -> Fields:
    """The names and values of the query string. Raises Problem (``bad-request``)."""
    return form_fields(request.scope["query_string"], "the query string")


def form_fields(data: bytes, where: str) -> Fields:
    """The names and values of a form. Raises Problem (``bad-request``)."""
    if _BAD_ESCAPE.search(data):
        said = "a percent sign stands before no two hex digits"
        raise Problem("bad-request", f"{where} cannot be read: {said}")
    if data.count(b"&") >= _MOST_FIELDS:
        raise Problem("bad-request", f"{where} has more than {_MOST_FIELDS} fields")
    try:
        data.decode("ascii")
        parts = (part.partition(b"=") for part in data.split(b"&") if part)
        fields = [(_decoded(name), _decoded(value)) for name, _, value in parts]
    except UnicodeDecodeError:
        raise Problem(
            "bad-request", f"{where} is not UTF-8 in percent encoding",
            "write every byte beyond ASCII as %XX, of text in UTF-8",
        ) from None  # fmt: skip
    for name, value in fields:
        if "\0" in name or "\0" in value:
            raise Problem("bad-request", f"{where} holds the character NUL", "leave it out")
    return fields


def _decoded(text: bytes) -> str:
    """What a percent-encoded text says. Quoted-printable differs in its sign only, and is in C."""
    return a2b_qp(
        text.replace(b"=", b"=3D").replace(b"+", b" ").replace(b"%", b"=")
    ).decode()  # fmt: skip


def single(fields: Iterable[tuple[str, str]], name: str) -> str:
    """The value of a field that may be given once. Raises Problem (``bad-request``)."""
    values = [value for key, value in fields if key == name]
    if len(values) > 1:
        raise Problem("bad-request", f"{name} is given {len(values)} times", "give it once")
    return values[0] if values else ""


def asked_format(fields: Fields) -> str:
    """The format that a request names, "" if it names none. Raises Problem."""
    asked = single(fields, "format")
    if not asked and any(name == "format" for name, _ in fields):
        raise Problem("unknown-format", "the format is empty", more={"parameter": "format"})
    return asked


def origin(request: Request, public: str) -> str:
    """The address of the service's root as clients see it, with a slash at its end."""
    if public:
        return public.rstrip("/") + "/"
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = "localhost"
    return f"{request.scope['scheme']}://{host}/"


def accepts_gzip(request: Request) -> bool:
    """Whether the client reads gzip."""
    said = request.headers.get("accept-encoding", "").lower()
    for part in said.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def etag(*parts: object) -> str:
    """A weak entity tag for an answer that these parts determine."""
    return f'W/"{blake2b(repr(parts).encode(errors="replace"), digest_size=12).hexdigest()}"'


def unchanged(request: Request, tag: str) -> bool:
    """Whether the client already has the answer with this tag (RFC 9110, 13.1.2)."""
    said = request.headers.get("if-none-match", "")
    known = {part.strip().removeprefix("W/") for part in said[:8000].split(",")}
    return bool(said) and (tag.removeprefix("W/") in known or "*" in known)


async def while_there(request: Request, work: Awaitable[_Result]) -> _Result:
    """The result of some work, which is cancelled when the client goes away. Raises Gone."""
    working = asyncio.ensure_future(work)
    leaving: asyncio.Future[None] | None = None
    try:
        await asyncio.wait({working}, timeout=_QUICK)
        if not working.done():
            leaving = asyncio.ensure_future(_left(request.receive))
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Gone
        return working.result()
    finally:
        if leaving is not None:
            leaving.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def in_pieces(
    data: bytes,
    status: int = 200,
    headers: Mapping[str, str] = MappingProxyType({}),
    media_type: str | None = None,
) -> Response:
    """Bytes that are sent piece by piece, so that a slow client holds few of them in memory."""
    return _Pieces(data, status, headers, media_type)


def from_worker(reply: Reply, headers: Mapping[str, str]) -> Response:
    """The answer of a worker, sent piece by piece from where it lies."""
    return _Answer(reply, headers)


class _Pieces(Response):
    """Bytes that are sent piece by piece, so that a slow client holds few of them in memory."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        start: dict[str, Any] = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        view = memoryview(bytes(self.body))
        for place in range(0, max(len(view), 1), _PIECE):
            piece, more = view[place : place + _PIECE], place + _PIECE < len(view)
            await send({"type": "http.response.body", "body": bytes(piece), "more_body": more})


class _Answer(Response):
    """The answer of a worker, sent piece by piece from where it lies."""

    def __init__(self, reply: Reply, headers: Mapping[str, str]) -> None:
        self.status_code = 200
        self.background: BackgroundTask | None = None
        self.reply = reply
        said = {
            "content-type": str(reply.head["type"]),
            "content-length": str(reply.length),
            **({"content-encoding": "gzip"} if reply.head["zipped"] else {}),
            **headers,
        }
        self.raw_headers: list[tuple[bytes, bytes]] = [
            (name.lower().encode(), text.encode()) for name, text in said.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        start: dict[str, Any] = {"type": "http.response.start", "status": self.status_code}
        body = self.reply.body
        if isinstance(body, bytes):
            await send({**start, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": body})
            return
        with body:
            await send({**start, "headers": self.raw_headers})
            body.seek(0)
            while piece := body.read(_PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
