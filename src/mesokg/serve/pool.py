"""Who may ask now, for how long, and what happens to whoever asks too much.

Workers are processes that may be killed. A query gets one at once if one is free, else it
waits in a bounded queue. Three lanes keep a flood of heavy queries from standing in
everybody's way: queries that were quick before may use every worker, unknown ones all but
one, and those that were slow before half of them. The longer a query runs, the less of the
processors it gets; and while somebody waits, the one that has run longest gives way. No client
may have more than its share of the places, and whoever has the fewest workers gets the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from mesokg.serve.contents import Catalogue
from mesokg.serve.keeper import Hand, Keeper
from mesokg.serve.limits import MEBIBYTE, Limits
from mesokg.serve.problems import Problem
from mesokg.serve.wire import pack

__all__ = ["Pool", "Reply"]

_QUICK: Final = 0.25
#: Age in seconds at which a query loses rank, and the rank (niceness) that it then has.
_RANKS: Final = ((0.25, 5), (1.0, 10), (4.0, 19))
_REMEMBERED: Final = 10_000
#: An answer up to this size stays in memory until it is sent, a larger one on the disk.
_IN_MEMORY: Final = MEBIBYTE // 2
_KEEPABLE: Final = MEBIBYTE
_TICK: Final = 0.1


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: what the worker says of it, and its bytes, in memory or on the disk."""

    head: Mapping[str, Any]
    body: bytes | SpooledTemporaryFile[bytes]
    waited: float
    ran: float
    again: bool = False

    @property
    def length(self) -> int:
        """The number of bytes."""
        if isinstance(self.body, bytes):
            return len(self.body)
        return int(self.head["length"])


class _Run:
    """A worker at work. `reason` is why it was ended, if we ended it."""

    def __init__(self, hand: Hand, lane: int, client: str) -> None:
        self.hand = hand
        self.lane = lane
        self.client = client
        self.since = time.monotonic()
        self.rank = 0
        self.reason = ""


class _Waiting:
    def __init__(self, lane: int, client: str, future: asyncio.Future[_Run]) -> None:
        self.lane = lane
        self.client = client
        self.future = future
        self.since = time.monotonic()


_ENDED: Final[Mapping[str, tuple[str, str, str]]] = {
    "time": (
        "query-timeout", "the query was stopped after {seconds:g} s",
        "ask for less, or bind more variables; a product of unconnected patterns never ends",
    ),
    "way": (
        "busy", "the query had run for some time and gave way to others that waited",
        "try again when there is less to do, or ask for less",
    ),
    "memory": (
        "query-memory", "the query needs more than the {memory} MiB it may have",
        "ask for less: bind more variables, or sort and group fewer rows",
    ),
    "crash": (
        "query-crashed", "the query ended the process that evaluated it",
        "write it flatter or shorter",
    ),
    "stop": ("busy", "the server is stopping", "try again"),
}  # fmt: skip


class Pool:
    """Runs jobs in workers. All methods are to be called from one event loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.keeper: Keeper | None = None
        self._idle: deque[Hand] = deque()
        self._running: set[_Run] = set()
        self._waiting: deque[_Waiting] = deque()
        self._lanes: OrderedDict[bytes, int] = OrderedDict()
        self._places: Counter[str] = Counter()
        self._kept: OrderedDict[bytes, Reply] = OrderedDict()
        self._kept_bytes = 0
        self._ticker: asyncio.Task[None] | None = None
        self._retired: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def catalogue(self) -> Catalogue:
        """What is known of the contents that are served now. Raises Problem (``busy``)."""
        if self.keeper is None:
            raise Problem("busy", "the data are being loaded", "try again in a few seconds")
        return self.keeper.catalogue

    @property
    def state(self) -> dict[str, int]:
        """How many workers run, are free, and how many requests wait."""
        return {
            "running": len(self._running), "free": len(self._idle), "waiting": len(self._waiting),
        }  # fmt: skip

    async def use(self, keeper: Keeper) -> None:
        """Answer from this keeper's contents from now on; what runs on the old ones ends first."""
        fresh = [await keeper.fork() for _ in range(min(2, self.limits.workers))]
        # From here on all at once, so that nobody is answered from the new and then from the old.
        old, self.keeper = self.keeper, keeper
        self._idle.extend(fresh)
        self._kept.clear()
        self._kept_bytes = 0
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
        for hand in [hand for hand in self._idle if hand.keeper is old]:
            self._idle.remove(hand)
            hand.close()
        if old is not None:
            self._later(self._retire(old))
        self._dispatch()

    async def stop(self) -> None:
        """End everything."""
        self._stopping = True
        if self._ticker:
            self._ticker.cancel()
        for waiting in self._waiting:
            if not waiting.future.done():
                waiting.future.set_exception(self._ended("stop"))
        for run in self._running:
            self._end(run, "stop")
        for hand in self._idle:
            hand.close()
            await hand.closed()
        for task in tuple(self._retired):
            task.cancel()
        if self.keeper:
            await self.keeper.close()

    # --- asking

    async def ask(self, job: Mapping[str, Any], text: str, client: str = "") -> Reply:
        """The answer to a job. Cancelling this ends the query. Raises Problem.

        `client` is who asks; the requests of "" are not counted.
        """
        frame = pack(job, text.encode())
        kept = self._kept.get(frame)
        if kept is not None:
            self._kept.move_to_end(frame)
            return kept
        key = pack({**job, "accept": "", "format": "", "gzip": False}, text.encode())
        began = time.monotonic()
        lane = self._lanes.get(key, 1)
        async with self._place(client), self._worker(lane, client) as run:
            started = run.since
            digest = run.hand.keeper.catalogue.digest
            timer = asyncio.get_running_loop().call_later(
                self.limits.seconds, self._end, run, "time"
            )
            try:
                head, body = await self._collect(run, frame)
            finally:
                timer.cancel()
                ran = time.monotonic() - started
                self._remember(key, 2 if run.reason in {"time", "way"} or ran > 1 else 0, ran)
        if "problem" in head:
            said = head["problem"]
            problem = Problem(said["code"], said["detail"], said["hint"], said["more"])
            problem.trace = said["error"]
            raise problem
        reply = Reply(head, body, started - began, ran)
        if digest == self.catalogue.digest:
            self._keep(frame, reply)
        return reply

    async def _collect(
        self, run: _Run, frame: bytes
    ) -> tuple[dict[str, Any], bytes | SpooledTemporaryFile[bytes]]:
        """Send a job and gather what comes back, whole."""
        hand = run.hand
        spool: SpooledTemporaryFile[bytes] | None = None
        length = 0
        try:
            hand.channel.send(frame)
            head, body = await hand.channel.receive()
            while head.get("more"):
                spool = spool or SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
                spool.write(body)
                length += len(body)
                head, body = await hand.channel.receive()
        except (asyncio.IncompleteReadError, ConnectionError):
            if spool:
                spool.close()
            hand.broken = True
            raise self._ended(run.reason or await hand.cause()) from None
        except asyncio.CancelledError:
            if spool:
                spool.close()
            self._end(run, "gone")
            raise
        if spool is None or "problem" in head:
            return head, body
        spool.write(body)
        return {**head, "length": length + len(body)}, spool

    @contextlib.asynccontextmanager
    async def _place(self, client: str) -> AsyncIterator[None]:
        """One of the places that a client may have. Raises Problem (``too-many-requests``)."""
        if client and self._places[client] >= self.limits.share:
            raise Problem(
                "too-many-requests",
                f"{self.limits.share} requests from your address are running or waiting",
                "wait for their answers before you ask more",
            )
        self._places[client] += 1
        try:
            yield
        finally:
            self._places[client] -= 1
            if not self._places[client]:
                del self._places[client]

    @contextlib.asynccontextmanager
    async def _worker(self, lane: int, client: str) -> AsyncIterator[_Run]:
        """A worker to oneself, when it is one's turn."""
        run = await self._turn(lane, client)
        try:
            yield run
        finally:
            self._running.discard(run)
            self._put_back(run)
            self._dispatch()

    async def _turn(self, lane: int, client: str) -> _Run:
        if self._stopping:
            raise self._ended("stop")
        if self._idle and not self._waiting and self._may(lane):
            return self._start(lane, client)
        if len(self._waiting) >= self.limits.waiting:
            raise Problem("busy", "too many requests are waiting", "try again in a moment")
        waiting = _Waiting(lane, client, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._dispatch()
        try:
            return await asyncio.wait_for(waiting.future, self.limits.patience)
        except TimeoutError:
            raise Problem(
                "busy", f"no worker was free within {self.limits.patience:g} s",
                "try again in a moment",
            ) from None  # fmt: skip
        except asyncio.CancelledError:
            if waiting.future.done() and not waiting.future.cancelled():
                run = waiting.future.result()
                self._running.discard(run)
                self._put_back(run)
                self._dispatch()
            raise
        finally:
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiting)

    # --- whose turn it is

    def _may(self, lane: int) -> bool:
        """Whether a query of this lane may have one more worker."""
        workers = self.limits.workers
        if len(self._running) >= workers:
            return False
        others = sum(run.lane > 0 for run in self._running)
        if lane == 0 or others < max(1, workers - 1):
            return lane < 2 or sum(run.lane == 2 for run in self._running) < max(1, workers // 2)
        return False

    def _start(self, lane: int, client: str) -> _Run:
        run = _Run(self._idle.pop(), lane, client)  # the last one is still warm
        self._running.add(run)
        self._prepare()
        return run

    def _dispatch(self) -> None:
        """Give free workers to those who wait: the quick, who has the fewest, in order."""
        if not self._waiting:
            return
        busy = Counter(run.client for run in self._running if run.client)
        for waiting in sorted(self._waiting, key=lambda one: (one.lane, busy[one.client])):
            if waiting.future.done():
                continue
            if not self._may(waiting.lane):
                continue
            if not self._idle:
                self._prepare()
                return
            waiting.future.set_result(self._start(waiting.lane, waiting.client))

    def _prepare(self) -> None:
        """Have a worker ready for the next query, unless there are enough."""
        keeper = self.keeper
        if keeper is None or self._idle or keeper.expecting or self._stopping:
            return
        if len(self._running) < self.limits.workers + 1:
            self._later(self._fork(keeper))

    async def _fork(self, keeper: Keeper) -> None:
        with contextlib.suppress(Problem):
            hand = await keeper.fork()
            if keeper is self.keeper and not self._stopping:
                self._idle.append(hand)
            else:
                hand.close()
            self._dispatch()

    def _put_back(self, run: _Run) -> None:
        """A worker that is as good as new may go on; any other makes room for a new one."""
        hand = run.hand
        good = not (hand.broken or run.reason or run.rank or hand.worn)
        if good and hand.keeper is self.keeper and len(self._idle) < self.limits.workers:
            self._idle.append(hand)
        else:
            hand.close()
            self._prepare()

    # --- ending queries

    def _end(self, run: _Run, reason: str) -> None:
        if run in self._running and not run.reason:
            run.reason = reason
            run.hand.kill()

    def _ended(self, reason: str) -> Problem:
        code, detail, hint = _ENDED.get(reason, _ENDED["crash"])
        memory = self.limits.memory // MEBIBYTE
        return Problem(code, detail.format(seconds=self.limits.seconds, memory=memory), hint)

    async def _tick(self) -> None:
        """Look after queries that run long, and after the nursery."""
        while True:
            await asyncio.sleep(_TICK)
            now = time.monotonic()
            for run in self._running:
                self._demote(run, now - run.since)
            pressed = any(now - one.since > _TICK and not one.future.done() and one.lane < 2
                          for one in self._waiting)  # fmt: skip
            if pressed:
                oldest = min(
                    (run for run in self._running if not run.reason),
                    key=lambda run: run.since, default=None,
                )  # fmt: skip
                if oldest and now - oldest.since > self.limits.fair:
                    self._end(oldest, "way")
            self._dispatch()

    @staticmethod
    def _demote(run: _Run, age: float) -> None:
        rank = max((rank for after, rank in _RANKS if age > after), default=0)
        if rank > run.rank and not run.reason:
            run.rank = rank
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, run.hand.pid, rank)

    async def _retire(self, keeper: Keeper) -> None:
        """Close an old nursery when the last query that runs on it is done."""
        while any(run.hand.keeper is keeper for run in self._running):
            await asyncio.sleep(_TICK)
        await keeper.close()

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._retired.add(task)
        task.add_done_callback(self._retired.discard)

    # --- remembering

    def _remember(self, key: bytes, lane: int, ran: float) -> None:
        """Which lane a query belongs to, by how it went."""
        if lane == 0 and ran > _QUICK:
            lane = 1
        self._lanes[key] = lane
        self._lanes.move_to_end(key)
        if len(self._lanes) > _REMEMBERED:
            self._lanes.popitem(last=False)

    def _keep(self, frame: bytes, reply: Reply) -> None:
        body = reply.body
        if not isinstance(body, bytes) or not reply.head.get("stable") or len(body) > _KEEPABLE:
            return
        if not self.limits.kept:
            return
        self._kept[frame] = Reply(reply.head, body, 0.0, 0.0, again=True)
        self._kept_bytes += len(frame) + len(body)
        while self._kept_bytes > self.limits.kept:
            old, gone = self._kept.popitem(last=False)
            self._kept_bytes -= len(old) + gone.length
