"""What every route needs at hand: the pool, the bounds, how the service is called from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from mesokg.serve.askers import asker
from mesokg.serve.contents import Catalogue
from mesokg.serve.limits import Limits
from mesokg.serve.pool import Pool
from mesokg.serve.traffic import (
    accepts_gzip,
    etag,
    from_worker,
    origin,
    query_fields,
    unchanged,
    while_there,
)

__all__ = ["NOTE", "Service", "links", "note"]

#: Where in a request's scope stands what the access log says of it.
NOTE: Final = "mesokg.note"
#: Documents about the service that are kept.
_MOST_MADE: Final = 64


@dataclass(frozen=True, slots=True)
class Service:
    """The service as routes see it. `public` is its address, if not the one that is asked."""

    pool: Pool
    limits: Limits
    public: str = ""
    made: dict[tuple[str, ...], bytes] = field(default_factory=dict)

    def once(self, make: Callable[[], bytes], *parts: str) -> bytes:
        """What `make` gives for these parts, made once for the same contents."""
        key = (self.catalogue.digest, *parts)
        if key not in self.made:
            if len(self.made) >= _MOST_MADE:
                self.made.clear()
            self.made[key] = make()
        return self.made[key]

    @property
    def catalogue(self) -> Catalogue:
        """What is known of the contents. Raises Problem (``busy``)."""
        return self.pool.catalogue

    def root(self, request: Request) -> str:
        """The address of the service, with a slash at its end."""
        return origin(request, self.public)

    async def answer(
        self,
        request: Request,
        job: Mapping[str, Any],
        text: str,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Response:
        """The answer to a job, or 304 if the client has it. Raises Problem and Gone."""
        job = {
            **job,
            "accept": request.headers.get("accept", ""),
            "gzip": accepts_gzip(request),
        }
        note(request, query=sha256(text.encode()).hexdigest()[:16], text=text)
        tag = etag(self.catalogue.digest, sorted(job.items()), text)
        fresh = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Encoding"}
        safe = request.method in {"GET", "HEAD"}
        if safe and unchanged(request, tag):
            note(request, outcome="unchanged")
            return Response(status_code=304, headers={**fresh, **headers})
        reply = await while_there(request, self.pool.ask(job, text, asker(request.scope)))
        note(
            request, rows=reply.head["rows"], waited=reply.waited, ran=reply.ran,
            outcome="again" if reply.again else "ok",
        )  # fmt: skip
        if not (safe and reply.head["stable"]):
            fresh = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding"}
        return from_worker(reply, {**fresh, **headers, **links(request, job, reply.head)})


def note(request: Request, **said: object) -> None:
    """Say something of a request for the access log."""
    request.scope.setdefault(NOTE, {}).update(said)


def links(request: Request, job: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, str]:
    """The other pages of an answer that comes in pages (RFC 8288), relative to the request."""
    total, size = head.get("total"), job.get("size")
    if total is None or not size:
        return {}
    page, last = job["page"], max(1, -(-total // size))
    others = [(name, value) for name, value in query_fields(request) if name != "page"]
    pages = {"first": 1, "prev": min(page - 1, last), "next": page + 1, "last": last}
    found = [
        f'<?{urlencode([*others, ("page", number)])}>; rel="{rel}"'
        for rel, number in pages.items()
        if 1 <= number <= last
    ]
    return {"Link": ", ".join(found)}
