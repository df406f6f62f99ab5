"""The service on a port: connections, their bounds, signals.

What uvicorn leaves open is closed here: how long a request line with its headers may be and
may take, and how many connections there are. Whatever is no HTTP gets a problem document and
a line in the log, like everything else.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Collection
from typing import Any, ClassVar, Final, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mesokg.errors import MesokgError, UsageError
from mesokg.serve.app import make_app
from mesokg.serve.contents import Source
from mesokg.serve.keeper import Keeper
from mesokg.serve.limits import Limits
from mesokg.serve.log import AccessLog
from mesokg.serve.pool import Pool
from mesokg.serve.problems import MEDIA_TYPE, Problem

__all__ = ["listen", "serve_forever"]

_LINGER: Final = 1.0
#: Bytes that are not held back to be sent with more.
_AT_ONCE: Final = 64 * 1024
_REASONS: Final = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def serve_forever(
    source: Source,
    limits: Limits,
    sockets: list[socket.socket],
    *,
    public: str = "",
    proxies: Collection[str] = (),
    watch: bool = False,
    log: AccessLog | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve on these sockets until a signal comes; then let what runs end, and stop.

    Raises what the source raises, before anything is served.
    """
    log = log or AccessLog()
    pool = Pool(limits)
    app = make_app(
        source, limits, public=public, proxies=proxies, watch=watch, log=log, pool=pool
    )  # fmt: skip
    asyncio.run(_serve(app, pool, source, limits, sockets, log, ready))


async def _serve(
    app: ASGIApp, pool: Pool, source: Source, limits: Limits, sockets: list[socket.socket],
    log: AccessLog, ready: Callable[[], None],
) -> None:  # fmt: skip
    await pool.use(await Keeper.open(source, limits))
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        app, http=_protocol(limits, log), ws="none", loop="asyncio", lifespan="on",
        log_config=None, access_log=False, server_header=False, proxy_headers=False, backlog=2048,
        timeout_keep_alive=15, timeout_graceful_shutdown=round(limits.seconds) + 5,
    )  # fmt: skip
    ready()
    await uvicorn.Server(config).serve(sockets=sockets)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address. Raises MesokgError (``cannot-listen``)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends small answers at once.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except (OSError, OverflowError, UnicodeError) as error:
        found.close()
        reason = getattr(error, "strerror", "") or error
        kind = UsageError if isinstance(error, socket.gaierror | UnicodeError) else MesokgError
        raise kind(
            f"cannot listen at {host} port {port}: {reason}",
            code="cannot-listen",
            hint="choose another --port, or stop what listens there",
        ) from None
    found.set_inheritable(False)
    return found


class _Gathering:
    """A transport that sends a head and its body together: a client need be woken only once."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._length = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._length += len(data)
        if self._length > _AT_ONCE:
            self._flush()

    def write_eof(self) -> None:
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held, self._length = self._held, [], 0
        if held:
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))


class _Bounded(HttpToolsProtocol):
    """Ends a connection whose request does not come, or comes without end."""

    limits: ClassVar[Limits]
    log: ClassVar[AccessLog]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arriving = True
        self.arrived = 0
        self.refused = False
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", _Gathering(transport, self.loop)))
        if len(self.connections) > self.limits.connections:
            self._refuse(503, Problem("busy", "there are too many connections"))
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrive()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.refused or self.transport.is_closing():
            return
        self.arrived += len(data)
        super().data_received(data)
        if self.arriving and self.arrived > self.limits.head:
            what = f"the request line and headers are longer than {self.limits.head:,} bytes"
            self._refuse(431, Problem("request-too-large", what))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        self._arrive()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, Problem("bad-request", "this is no HTTP request"))

    def _wait(self) -> None:
        self.arriving, self.arrived = True, 0
        if self.timer is None:
            self.timer = self.loop.call_later(self.limits.arrival, self._late)

    def _arrive(self) -> None:
        self.arriving = False
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _late(self) -> None:
        what = f"no request came within {self.limits.arrival:g} s"
        self._refuse(408, Problem("too-slow", what))

    def _refuse(self, status: int, problem: Problem) -> None:
        self._arrive()
        body = problem.document().replace(b'"status": 413', b'"status": %d' % status)
        lines = (
            f"HTTP/1.1 {status} {_REASONS[status]}",
            f"content-type: {MEDIA_TYPE}",
            f"content-length: {len(body)}",
            *(f"{name}: {text}" for name, text in problem.all_headers.items()),
            "connection: close",
        )
        if self.refused or self.transport.is_closing():
            return
        self.refused = True
        self.log.request("-", "-", status, 0.0, len(body), {"outcome": problem.code})
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.transport.write_eof()
        # What the client still sends is thrown away, so that it can read why.
        self.loop.call_later(_LINGER, self.transport.close)


def _protocol(limits: Limits, log: AccessLog) -> type[asyncio.Protocol]:
    """The protocol of connections with these bounds."""
    return type("Bounded", (_Bounded,), {"limits": limits, "log": log})
