"""How the server and its workers talk: frames of a JSON head and a body of bytes.

A job and its answer go through a socket pair, one job at a time. A worker has seen hostile
queries, so what comes from it is only ever read as JSON and bytes.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Mapping
from typing import Any, Final, Protocol

__all__ = ["Stream", "pack", "receive", "unpack"]

_SIZES: Final = struct.Struct("!II")
#: No frame is longer: a worker that says so is broken.
_LONGEST: Final = 1 << 30


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
