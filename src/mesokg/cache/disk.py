"""Entries on disk, by key: whole, or not there.

This module decides what can go wrong without anybody noticing: a disk that is full or
read-only, a folder that cannot be made, an entry that was cut short or changed, two runs
that write at once. In each case there is no entry, and never a wrong one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

__all__ = ["Entries", "default_folder"]

#: Bytes that all entries together may take; beyond, those go that were longest not used.
_MOST: Final = 512 * 1024 * 1024
_SUFFIX: Final = ".entry"


def default_folder(environment: Mapping[str, str], home: Path) -> Path:
    """Where caches of programs lie for this user: ``XDG_CACHE_HOME``, else ``~/.cache``.

    Not in the project: what is read back decides what a report says, so it must not
    come along with somebody else's files.
    """
    named = environment.get("XDG_CACHE_HOME", "")
    return (Path(named) if os.path.isabs(named) else home / ".cache") / "mesokg"  # noqa: PTH117


class Entries:
    """The entries of a folder. Nothing here raises because of what the disk does."""

    def __init__(self, folder: Path, most: int = _MOST) -> None:
        self._folder = folder
        self._most = most

    def get(self, key: str) -> bytes | None:
        """The entry of a key; None when there is none, or it is not what was written."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        digest, _, body = data.partition(b"\n")
        if digest.decode("ascii", "replace") != _digest(key, body):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return body

    def put(self, key: str, body: bytes) -> bool:
        """Write an entry in one step, and make room. Whether it was written."""
        path = self._path(key)
        temporary = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".writing-")
            temporary = Path(name)
            with os.fdopen(handle, "wb") as stream:
                stream.write(_digest(key, body).encode("ascii") + b"\n" + body)
            temporary.replace(path)
        except OSError:
            if temporary is not None:
                with contextlib.suppress(OSError):
                    temporary.unlink()
            return False
        self._make_room(path)
        return True

    def _path(self, key: str) -> Path:
        return self._folder / (hashlib.sha256(key.encode()).hexdigest()[:40] + _SUFFIX)

    def _make_room(self, written: Path) -> None:
        """Delete what was longest not used until the rest fits, and what a crash left behind."""
        with contextlib.suppress(OSError):
            found = sorted(self._all(), reverse=True)
            left = self._most
            for _, size, path in found:
                left -= size
                if left < 0 and path != written:
                    with contextlib.suppress(OSError):
                        path.unlink()

    def _all(self) -> Iterator[tuple[float, int, Path]]:
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX) or entry.name.startswith(".writing-"):
                    with contextlib.suppress(OSError):
                        about = entry.stat(follow_symlinks=False)
                        yield about.st_mtime, about.st_size, Path(entry.path)


def _digest(key: str, body: bytes) -> str:
    digest = hashlib.sha256(key.encode() + b"\0")
    digest.update(body)
    return digest.hexdigest()
