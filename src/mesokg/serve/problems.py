"""What went wrong, as a problem document (RFC 9457), and which HTTP status says so.

This module decides the status of each code. A problem names a way out, and, where there is
one, the line and column of the query or the parameter with the values that it may have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from mesokg.errors import MesokgError
from mesokg.terms import VOCABULARY_BASE

__all__ = ["MEDIA_TYPE", "STATUSES", "Problem", "problem_of"]

MEDIA_TYPE: Final = "application/problem+json"

#: Code -> status and title. What is missing here is the server's own fault: 500.
STATUSES: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "bad-request": (400, "The request cannot be read"),
        "endpoint-unreachable": (403, "Other services are not asked"),
        "missing-parameter": (400, "A parameter is missing"),
        "parameter-ambiguous": (400, "A parameter's value means several things"),
        "parameter-type": (400, "A parameter's value is of the wrong type"),
        "parameter-value": (400, "A parameter has no such value"),
        "query-failed": (400, "The query cannot be answered"),
        "query-refused": (403, "The query is refused"),
        "query-syntax": (400, "The query does not parse"),
        "query-too-deep": (400, "The query nests too deep or is too long a chain"),
        "read-only": (403, "This service only reads"),
        "unknown-graph": (400, "The dataset has no such graph"),
        "unknown-parameter": (400, "There is no such parameter"),
        "not-found": (404, "Nothing is here"),
        "unknown-query": (404, "There is no such query"),
        "method-not-allowed": (405, "The method is not allowed here"),
        "not-acceptable": (406, "There is no such format"),
        "unknown-format": (406, "There is no such format"),
        "wrong-format": (406, "The format cannot hold this kind of answer"),
        "not-writable": (406, "The format cannot hold this answer"),
        "too-slow": (408, "The request came too slowly"),
        "answer-too-large": (413, "The answer is too large"),
        "request-too-large": (413, "The request is too large"),
        "media-type": (415, "The body is in no form that is read here"),
        "too-many-requests": (429, "One client asks too much at a time"),
        "query-crashed": (503, "The query ended its worker"),
        "query-memory": (503, "The query needs too much memory"),
        "query-timeout": (503, "The query takes too long"),
        "busy": (503, "The server is busy"),
    }
)
#: Problems that pass: seconds after which to try again.
_AGAIN: Final[Mapping[str, int]] = {
    "busy": 2, "query-timeout": 60, "query-memory": 60, "too-many-requests": 1,
}  # fmt: skip
_PLACE: Final = re.compile(r"^(?:query|[^\s:]*):(\d+)(?::(\d+))?: (.*)", re.DOTALL)


class Problem(MesokgError):  # noqa: N818 - so the standard calls it
    """Why a request got no answer. `more` are members beside those of the standard."""

    def __init__(
        self,
        code: str,
        detail: str,
        hint: str = "",
        more: Mapping[str, Any] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(detail, code=code, hint=hint)
        self.more: dict[str, Any] = dict(more)
        self.headers: dict[str, str] = dict(headers)
        self.trace = ""  # for the log, where it is the server's own fault

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUSES.get(self.code, (500, ""))[0]

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers that go with it."""
        again = _AGAIN.get(self.code)
        return {**({"Retry-After": str(again)} if again else {}), **self.headers}

    def document(self, instance: str = "") -> bytes:
        """The problem as JSON."""
        said: dict[str, Any] = {
            "type": f"{VOCABULARY_BASE}errors#{self.code}",
            "title": STATUSES.get(self.code, (500, "The server failed"))[1],
            "status": self.status,
            "detail": self.message,
            "code": self.code,
        }
        if self.hint:
            said["hint"] = self.hint
        if instance:
            said["instance"] = instance
        said.update(self.more)
        return json.dumps(said, ensure_ascii=True).encode() + b"\n"


def problem_of(error: MesokgError) -> Problem:
    """The problem that an error of the tool is; a place in the query becomes line and column.

    >>> from mesokg.errors import QueryError
    >>> problem_of(QueryError("query:2:9: a dot was expected", code="query-syntax")).more
    {'line': 2, 'column': 9}
    """
    more: dict[str, Any] = {}
    match = _PLACE.match(error.message)
    if match and error.code == "query-syntax":
        more["line"] = int(match[1])
        if match[2]:
            more["column"] = int(match[2])
    return Problem(error.code, error.message, error.hint, more)
