"""How much a request may cost: every bound of the server, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["MEBIBYTE", "Limits"]

MEBIBYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of every request; what exceeds one is ended and gets a problem document.

    `workers` processes at most answer at a time, each for `seconds` of wall time and with
    `memory` bytes beyond what the data take. `waiting` requests may queue, for `patience`
    seconds; one client may have `share` requests running or waiting. While somebody waits, a
    query that has run for `fair` seconds may have to give way. An answer holds at most `rows`
    rows and `size` bytes. `body` is the longest request body, `head` the longest request line
    with headers, which must come within `arrival` seconds; `sending` is how long a client may
    take to read a piece of the answer. `kept` bytes of answers are kept to be given again.
    """

    workers: int = 8
    seconds: float = 30.0
    memory: int = 512 * MEBIBYTE
    rows: int = 1_000_000
    size: int = 256 * MEBIBYTE
    waiting: int = 256
    patience: float = 10.0
    share: int = 32
    fair: float = 1.0
    body: int = 256 * 1024
    head: int = 64 * 1024
    arrival: float = 15.0
    sending: float = 30.0
    connections: int = 1000
    kept: int = 64 * MEBIBYTE
