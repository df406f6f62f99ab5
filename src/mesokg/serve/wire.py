"""How the server and its workers talk: frames of a JSON head and a body of bytes.

A job and its answer go through a socket pair, one job at a time. A worker has seen hostile
queries, so what comes from it is only ever read as JSON and bytes.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Protocol

__all__ = ["Channel", "Stream", "pack", "receive", "unpack"]

_SIZES: Final = struct.Struct("!II")
#: No frame is longer: a worker that says so is broken.
_LONGEST: Final = 1 << 30
_ROOM: Final = 64 * 1024


class Stream(Protocol):
    """What a worker reads jobs from: a socket."""

    def recv_into(self, buffer: memoryview, /) -> int:
        """Read some bytes; 0 at the end."""
        ...


def pack(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A frame.

    >>> len(pack({"kind": "sparql"}, b"ASK {}"))
    31
    """
    text = json.dumps(head, separators=(",", ":")).encode()
    return _SIZES.pack(len(text), len(body)) + text + body


async def receive(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """The next frame. Raises asyncio.IncompleteReadError where the other side is gone."""
    head, body = _SIZES.unpack(await reader.readexactly(_SIZES.size))
    if head + body > _LONGEST:
        raise asyncio.IncompleteReadError(b"", None)
    text = await reader.readexactly(head)
    return json.loads(text), await reader.readexactly(body) if body else b""


class Channel(asyncio.BufferedProtocol):
    """The server's end of a worker's socket: jobs go out, frames come in.

    Bytes are read into one buffer, which a stream of asyncio would make anew for each; and no
    more is read while frames wait to be received.
    """

    def __init__(self) -> None:
        self._buffer = bytearray(_ROOM)
        self._held = 0
        self._frames: deque[tuple[dict[str, Any], bytes]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self._lost.set_result(None)
        self._wake()

    def eof_received(self) -> bool:
        """Called by the event loop."""
        return False

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by the event loop."""
        return memoryview(self._buffer)[self._held :]

    def buffer_updated(self, nbytes: int) -> None:
        """Called by the event loop."""
        self._held += nbytes
        while self._held >= _SIZES.size:
            head, body = _SIZES.unpack_from(self._buffer)
            begin, end = _SIZES.size + head, _SIZES.size + head + body
            if end > _LONGEST:
                self.close()
                return
            if end > self._held:
                if end > len(self._buffer):
                    self._buffer = self._buffer[: self._held].ljust(end, b"\0")
                return
            with memoryview(self._buffer) as view:
                try:
                    said = json.loads(bytes(view[_SIZES.size : begin]))
                except (RecursionError, ValueError):
                    self.close()
                    return
                self._frames.append((said, bytes(view[begin:end])))
            rest = self._buffer[end : self._held]
            self._held = len(rest)
            if len(self._buffer) > _ROOM:
                self._buffer = bytearray(max(_ROOM, self._held))
            self._buffer[: self._held] = rest
        if self._frames and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def send(self, frame: bytes) -> None:
        """Send a frame."""
        if self._transport is not None:
            self._transport.write(frame)

    async def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next frame. Raises asyncio.IncompleteReadError where the other side is gone."""
        while not self._frames:
            if self._lost.done():
                raise asyncio.IncompleteReadError(b"", None)
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        frame = self._frames.popleft()
        if not self._frames and self._transport is not None:
            self._transport.resume_reading()
        return frame

    def close(self) -> None:
        """Say goodbye."""
        if self._transport is not None:
            self._transport.close()

    async def closed(self) -> None:
        """Wait until the connection is closed."""
        await self._lost

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def unpack(stream: Stream) -> tuple[dict[str, Any], bytes] | None:
    """The next frame of a blocking stream; None at its end."""
    sizes = _exactly(stream, _SIZES.size)
    if sizes is None:
        return None
    head, body = _SIZES.unpack(sizes)
    text = _exactly(stream, head)
    rest = _exactly(stream, body)
    return None if text is None or rest is None else (json.loads(text), rest)


def _exactly(stream: Stream, count: int) -> bytes | None:
    buffer = bytearray(count)
    view = memoryview(buffer)
    done = 0
    while done < count:
        got = stream.recv_into(view[done:])
        if not got:
            return None
        done += got
    return bytes(buffer)
