"""The process that loads the contents once and forks workers, which share what it loaded.

A worker is there within milliseconds and costs only what its query needs, however large the
dataset; and it may be killed at any time, since another takes its place at once. The nursery
itself evaluates nothing but the lists of choices of canned queries, while it loads.

It is a process of its own, which runs `main` on a socket. It reads its order there, says
"ready" with the catalogue or why not, and then takes one-byte commands: F with a descriptor
(fork a worker on it), K with a process number (kill that worker). It reports each worker that
was born or has died. When the other end closes, all of it ends.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Final

from mesokg.engine import embed, make_store
from mesokg.errors import MesokgError
from mesokg.exchange import bundled_context
from mesokg.serve.cell import enter
from mesokg.serve.contents import Contents, Source, catalogue
from mesokg.serve.limits import Limits
from mesokg.serve.wire import pack, unpack
from mesokg.serve.worker import Library, rehearse, work

__all__ = ["FORK", "KILL", "Order", "main"]

FORK: Final = b"F"
KILL: Final = b"K"
#: Room for recursion in a worker; only what is used of it costs memory.
_STACK: Final = 64 << 20
_NUMBER: Final = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class Order:
    """What a nursery is to load, and the bounds of its workers."""

    source: Source
    limits: Limits


def main(descriptor: int) -> None:
    """Load, say so, and fork and kill on command until the other end closes."""
    control = socket.socket(fileno=descriptor)
    order = _order(control)
    if order is None:
        return
    try:
        contents = order.source.read()
        known = catalogue(contents)
        library = _library(contents, order.limits)
    except MesokgError as error:
        said = {"message": error.message, "code": error.code, "hint": error.hint}
        control.sendall(pack({"error": said, "usage": error.exit_code == 2}))
        return
    rehearse(library)
    control.sendall(pack({"ready": True}, pickle.dumps(known)))
    del contents, known
    gc.collect()
    gc.freeze()
    _Nursery(control, library).run()


def _order(control: socket.socket) -> Order | None:
    frame = unpack(control)
    if frame is None:
        return None
    order = pickle.loads(frame[1])
    assert isinstance(order, Order)
    return order


def _library(contents: Contents, limits: Limits) -> Library:
    dataset = contents.dataset
    return Library(
        store=make_store(dataset),
        engine=embed(dataset, named=False),
        graphs=frozenset(graph.value for graph in dataset.graphs),
        prefixes=dataset.prefixes,
        base=dataset.base,
        queries=contents.queries,
        context=bundled_context(),
        limits=limits,
    )


class _Nursery:
    def __init__(self, control: socket.socket, library: Library) -> None:
        self.control = control
        self.library = library
        self.children: set[int] = set()

    def run(self) -> None:
        """Do what is asked until nobody is there to ask."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            while True:
                ready, _, _ = select.select([self.control.fileno(), woken], [], [])
                if woken in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(woken, 4096)
                    self._reap()
                if self.control.fileno() in ready and not self._command():
                    return
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            for child in self.children:
                os.kill(child, signal.SIGKILL)

    def _command(self) -> bool:
        command, descriptors, _, _ = socket.recv_fds(self.control, 1, 1)
        if command == FORK:
            self._fork(descriptors[0])
        elif command == KILL:
            number = _NUMBER.unpack(self.control.recv(_NUMBER.size, socket.MSG_WAITALL))[0]
            if number in self.children:  # not yet reaped, so the number still is this worker's
                os.kill(number, signal.SIGKILL)
        return bool(command)

    def _fork(self, descriptor: int) -> None:
        child = os.fork()
        if child:
            os.close(descriptor)
            self.children.add(child)
            self.control.sendall(pack({"born": child}))
            return
        try:
            way_out = enter(socket.socket(fileno=descriptor), self.library.limits.memory + _STACK)
            threading.stack_size(_STACK)
            # A thread of its own, as its random numbers would be those of its siblings otherwise.
            worker = threading.Thread(target=work, args=(way_out, self.library))
            worker.start()
            worker.join()
        finally:
            os._exit(0)

    def _reap(self) -> None:
        for child in tuple(self.children):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                self.children.discard(child)
                number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
                self.control.sendall(pack({"died": child, "signal": number}))
