"""What the operating system keeps a worker from: files, connections, memory, children.

A worker holds four open descriptors and may open no fifth. So neither SERVICE nor anything
else that a query could bring an engine to do reaches a file or another machine, whatever
guards before it have missed.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
from typing import Final

__all__ = ["enter", "resident"]

#: The descriptor of the worker's only way out, after stdin, stdout and stderr.
_SOCKET: Final = 3
_PAGE: Final = resource.getpagesize()


def enter(way_out: socket.socket, memory: int) -> socket.socket:
    """Shut this process in, with `memory` more bytes than it has now; its way out remains."""
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    moved = os.dup(way_out.detach())
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.dup2(moved, _SOCKET)
    os.closerange(_SOCKET + 1, _highest() + 1)
    if sys.platform == "linux":  # elsewhere the limit is not kept, or counts what is only reserved
        _limit(resource.RLIMIT_AS, _reserved() + memory)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, _SOCKET + 1)
    gc.freeze()
    return socket.socket(fileno=_SOCKET)


def resident() -> int:
    """The bytes of memory that this process holds, at their peak."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))


def _highest() -> int:
    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65536)


def _reserved() -> int:
    """The bytes of address space that this process has."""
    with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123
        return int(stream.read().split()[0]) * _PAGE
