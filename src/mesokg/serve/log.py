"""The access log: one line of JSON for each request, which holds no secrets.

A query is named by the beginning of its SHA-256; its text is written only if asked for, and
addresses of clients never are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["AccessLog"]


def _nowhere(line: str) -> None:
    """Throw a line away."""


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Writes lines; `texts` says whether the texts of queries may stand in them."""

    write: Callable[[str], object] = _nowhere
    texts: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def request(
        self, method: str, path: str, status: int, seconds: float, size: int,
        said: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Write the line of one request."""
        entry: dict[str, Any] = {
            "time": self.clock().isoformat(timespec="milliseconds"),
            "method": method[:20],
            "path": path[:300],
            "status": status,
            "ms": round(seconds * 1000, 1),
            "bytes": size,
            "outcome": said.get("outcome") or ("ok" if status < 400 else "error"),
        }
        for name in ("query", "rows", "code", "error"):
            if said.get(name) is not None:
                entry[name] = said[name]
        for name in ("waited", "ran"):
            if name in said:
                entry[f"{name}_ms"] = round(said[name] * 1000, 1)
        if self.texts and "text" in said:
            entry["text"] = said["text"][:10_000]
        self.write(json.dumps(entry))

    def event(self, event: str, **said: object) -> None:
        """Write a line about the service itself."""
        time = self.clock().isoformat(timespec="milliseconds")
        self.write(json.dumps({"time": time, "event": event, **said}))
