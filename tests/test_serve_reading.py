"""What the server reads and counts fast, it reads and counts as the slow way would."""

from __future__ import annotations

import asyncio
import io
import socket
from typing import Any
from urllib.parse import parse_qsl

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.serve.problems import Problem
from mesokg.serve.traffic import form_fields
from mesokg.serve.wire import Channel, pack
from mesokg.serve.worker import _Rows

_PIECES = st.sampled_from(
    ["&", "=", "+", "%41", "%3d", "%26", "%25", "%C3%a9", "%0A", "a", "\n", " "]
)
_TEXTS = st.text(alphabet='[]{},":ab\\\n\r <>\t', max_size=12).filter(lambda t: "},{}" not in t)
_FORMATS = {
    "csv": ox.QueryResultsFormat.CSV, "json": ox.QueryResultsFormat.JSON,
    "tsv": ox.QueryResultsFormat.TSV, "xml": ox.QueryResultsFormat.XML,
}  # fmt: skip


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_forms_are_read_as_the_standard_library_reads_them(text: str) -> None:
    assert form_fields(text.encode(), "the form") == parse_qsl(text, keep_blank_values=True)


@pytest.mark.parametrize("text", ["a=%", "a=%4", "%zz", "a=%ff", "a=%00", "a=\xe9", "a&" * 101])
def test_what_is_no_form_is_refused(text: str) -> None:
    with pytest.raises(Problem) as raised:
        form_fields(text.encode("latin-1"), "the form")
    assert raised.value.code == "bad-request"


@given(
    st.lists(st.tuples(st.none() | _TEXTS, st.none() | _TEXTS), max_size=8),
    st.sampled_from(sorted(_FORMATS)),
    st.integers(1, 40),
)
def test_rows_are_counted_in_the_bytes_of_every_format(
    rows: list[tuple[str | None, str | None]], format: str, size: int
) -> None:
    def literal(text: str | None) -> str:
        return "UNDEF" if text is None else str(ox.Literal(text))

    values = " ".join(f"({literal(x)} {literal(y)})" for x, y in rows)
    answer = ox.Store().query(f"SELECT ?x ?y {{ VALUES (?x ?y) {{ {values} }} }}")
    assert isinstance(answer, ox.QuerySolutions)
    data = answer.serialize(format=_FORMATS[format])
    assert data is not None
    counted = _Rows(io.BytesIO(), format, 1_000)
    for place in range(0, len(data), size):
        counted.write(data[place : place + size])
    # A line end within a cell of CSV is counted, too: a bound may be too strict, never too wide.
    expected = data.count(b"\r\n") - 1 if format == "csv" else len(rows)
    assert counted.count == expected


@given(
    st.lists(st.tuples(st.integers(), st.binary(max_size=200_000)), min_size=1, max_size=5),
    st.integers(1, 70_000),
)
def test_frames_come_whole_however_they_are_cut(frames: list[tuple[int, bytes]], size: int) -> None:
    async def run() -> list[tuple[dict[str, Any], bytes]]:
        ours, theirs = socket.socketpair()
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_unix_connection(Channel, sock=ours)
        theirs.setblocking(False)
        data = b"".join(pack({"n": number}, body) for number, body in frames)

        async def send() -> None:
            with theirs:
                for place in range(0, len(data), size):
                    await loop.sock_sendall(theirs, data[place : place + size])

        sending = asyncio.create_task(send())
        found = [await channel.receive() for _ in frames]
        await sending
        with pytest.raises(asyncio.IncompleteReadError):
            await channel.receive()
        channel.close()
        await channel.closed()
        return found

    assert asyncio.run(run()) == [({"n": number}, body) for number, body in frames]


@pytest.mark.parametrize("data", [b"\0\0\0\1\0\0\0\0{", b"\xff" * 8, pack({}, b"x")[:-1]])
def test_a_worker_that_talks_nonsense_is_gone(data: bytes) -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair()
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_unix_connection(Channel, sock=ours)
        theirs.sendall(data)
        theirs.close()
        with pytest.raises(asyncio.IncompleteReadError):
            await channel.receive()
        await channel.closed()

    asyncio.run(run())
