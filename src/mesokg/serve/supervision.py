"""Keeping the service supplied: the first nursery, a new one when the data have changed or it died.

The old workers answer until the new ones stand ready, so nobody waits for a reload; contents
that cannot be read are reported and change nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from mesokg.errors import MesokgError
from mesokg.serve.contents import Source
from mesokg.serve.keeper import Keeper
from mesokg.serve.limits import Limits
from mesokg.serve.log import AccessLog
from mesokg.serve.pool import Pool

__all__ = ["supervise"]

#: Seconds between two looks at the files, and after a failure to load.
_LOOK: Final = 0.5
_AGAIN: Final = 2.0


@contextlib.asynccontextmanager
async def supervise(
    pool: Pool, source: Source, limits: Limits, log: AccessLog, *, watch: bool
) -> AsyncIterator[None]:
    """Give the pool what it needs for as long as this lasts. Raises what the source raises."""
    stamp = source.stamp() if watch else ""
    if pool.keeper is None:
        await pool.use(await Keeper.open(source, limits))
    log.event("ready", digest=pool.catalogue.digest, triples=pool.catalogue.triples)
    looking = asyncio.create_task(_look_after(pool, source, limits, log, stamp, watch=watch))
    try:
        yield
    finally:
        looking.cancel()
        await pool.stop()
        log.event("stopped")


async def _look_after(
    pool: Pool, source: Source, limits: Limits, log: AccessLog, stamp: str, *, watch: bool
) -> None:
    while True:
        keeper = pool.keeper
        if keeper is None or keeper.gone.done():
            log.event("nursery-lost")
        else:
            await asyncio.wait({keeper.gone}, timeout=_LOOK)
            if not keeper.gone.done():
                fresh = await _changed(source, stamp) if watch else stamp
                if fresh == stamp:
                    continue
                stamp = fresh
        try:
            fresh_keeper = await Keeper.open(source, limits)
            await pool.use(fresh_keeper)
            log.event("reloaded", digest=fresh_keeper.catalogue.digest)
        except MesokgError as error:
            log.event("reload-failed", code=error.code, detail=error.message)
            await asyncio.sleep(_AGAIN)


async def _changed(source: Source, stamp: str) -> str:
    """The stamp of the source, when it has come to rest."""
    fresh = await asyncio.to_thread(source.stamp)
    while fresh != stamp:
        await asyncio.sleep(_LOOK / 2)
        again = await asyncio.to_thread(source.stamp)
        if again == fresh:
            return fresh
        fresh = again
    return stamp
