"""The server's side of a nursery: starting it, asking it for workers, hearing of their ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from collections import deque
from typing import Any, Final

from mesokg.errors import MesokgError, UsageError
from mesokg.serve.contents import Catalogue, Source
from mesokg.serve.limits import Limits
from mesokg.serve.nursery import FORK, KILL, Order
from mesokg.serve.problems import Problem
from mesokg.serve.wire import Channel, pack, receive

__all__ = ["Hand", "Keeper"]

#: Jobs after which a worker is replaced.
_LIFE: Final = 2000
_ENOUGH: Final = 0.5


class Hand:
    """One worker: a way to talk to it, and to end it."""

    def __init__(self, keeper: Keeper, pid: int, channel: Channel) -> None:
        self.keeper = keeper
        self.pid = pid
        self.channel = channel
        self.broken = False
        self.jobs: int = 0

    @property
    def worn(self) -> bool:
        """Whether it has done enough; counts one more job."""
        self.jobs += 1
        return self.jobs >= _LIFE

    def kill(self) -> None:
        """End it at once."""
        self.keeper.kill(self.pid)

    def close(self) -> None:
        """Let it go: it ends when it sees that nobody asks any more."""
        self.channel.close()

    async def closed(self) -> None:
        """Wait until it is let go."""
        await self.channel.closed()

    async def cause(self) -> str:
        """Why it has ended by itself: memory, or crash."""
        number = await self.keeper.death(self.pid)
        return "memory" if number in {signal.SIGABRT, signal.SIGKILL} else "crash"


class Keeper:
    """A nursery that has loaded its contents. Made by `open`."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket,
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, catalogue: Catalogue,
    ) -> None:  # fmt: skip
        self.catalogue = catalogue
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._process = process
        self._control = control
        self._reader = reader
        self._writer = writer
        self._births: deque[asyncio.Future[int]] = deque()
        self._deaths: dict[int, asyncio.Future[int]] = {}
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, source: Source, limits: Limits) -> Keeper:
        """Start a nursery and wait until it has loaded. Raises MesokgError as the source does."""
        if not hasattr(os, "fork"):
            raise UsageError(
                "serve needs a system with fork, such as Linux or macOS",
                code="no-fork",
                hint="run it in a container or in WSL",
            )
        ours, theirs = socket.socketpair()
        program = f"from mesokg.serve.nursery import main; main({theirs.fileno()})"
        command = [sys.executable, "-c", program]
        process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        control = ours.dup()
        control.setblocking(True)
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=1 << 20)
        try:
            catalogue = await _loaded(reader, writer, Order(source, limits))
        except BaseException:
            control.close()
            await _ended(process, writer)
            raise
        return cls(process, control, reader, writer, catalogue)

    @property
    def expecting(self) -> bool:
        """Whether a worker is being born."""
        return bool(self._births)

    async def fork(self) -> Hand:
        """A new worker. Raises Problem (``busy``) if there can be none."""
        ours, theirs = socket.socketpair()
        birth: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._births.append(birth)
        try:
            with theirs:
                socket.send_fds(self._control, [FORK], [theirs.fileno()])
            pid = await birth
        except OSError:
            ours.close()
            with contextlib.suppress(ValueError):
                self._births.remove(birth)
            raise Problem("busy", "the data are being loaded again", "try again") from None
        except BaseException:  # the worker sees that nobody wants it, and ends
            ours.close()
            raise
        self._deaths[pid] = asyncio.get_running_loop().create_future()
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_unix_connection(Channel, sock=ours)
        return Hand(self, pid, channel)

    def kill(self, pid: int) -> None:
        """End a worker."""
        with contextlib.suppress(OSError):
            self._control.sendall(KILL + struct.pack("!I", pid))

    async def death(self, pid: int) -> int:
        """The signal that ended a worker; 0 if none did or it is not known soon."""
        death = self._deaths.get(pid)
        if death is None:
            return 0
        try:
            return await asyncio.wait_for(asyncio.shield(death), _ENOUGH)
        except TimeoutError:
            return 0

    async def close(self) -> None:
        """End the nursery and with it every worker."""
        self._listening.cancel()
        self._control.close()
        await _ended(self._process, self._writer)

    async def _listen(self) -> None:
        try:
            while True:
                head, _ = await receive(self._reader)
                self._hear(head)
        except (asyncio.IncompleteReadError, ConnectionError):
            for birth in self._births:
                if not birth.done():
                    birth.set_exception(Problem("busy", "the data are being loaded again"))
            for death in self._deaths.values():
                if not death.done():
                    death.set_result(0)
            if not self.gone.done():
                self.gone.set_result(None)

    def _hear(self, head: dict[str, Any]) -> None:
        if "born" in head:
            birth = self._births.popleft()
            if not birth.done():
                birth.set_result(head["born"])
            return
        death = self._deaths.get(head["died"])
        if death and not death.done():
            death.set_result(head["signal"])
        if len(self._deaths) > 200:  # the oldest ones that are over interest nobody any more
            over = [pid for pid, end in self._deaths.items() if end.done()][:100]
            for pid in over:
                del self._deaths[pid]


async def _loaded(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, order: Order
) -> Catalogue:
    """What a nursery says when it has loaded. Raises MesokgError."""
    try:
        writer.write(pack({}, pickle.dumps(order)))
        head, body = await receive(reader)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise MesokgError(
            "the process that loads the data has ended",
            code="loading-failed",
            hint="is there enough memory for them?",
        ) from None
    if "error" in head:
        said = head["error"]
        kind = UsageError if head["usage"] else MesokgError
        code = said["code"]
        raise kind(said["message"], code=code, hint=said["hint"])
    catalogue = pickle.loads(body)
    assert isinstance(catalogue, Catalogue)
    return catalogue


async def _ended(process: subprocess.Popen[bytes], writer: asyncio.StreamWriter) -> None:
    """Wait for a nursery, which ends when nobody talks to it any more; for a while."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    for _ in range(100):
        if process.poll() is not None:
            return
        await asyncio.sleep(0.02)
    process.kill()
    process.wait(5)
