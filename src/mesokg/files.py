"""Writing: whole or not at all.

This module decides how bytes reach the disk. A file is replaced in one step,
a folder too, and a failure leaves what was there before. That holds for a process
that is killed as well: the folder that it had half written lies hidden beside the
one it was to replace, under a lock that ended with the process, and whoever writes
there next removes what nobody holds.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mesokg.errors import InputError, MesokgError

if sys.platform != "win32":
    import fcntl

__all__ = ["File", "read_bytes", "write_file", "write_tree"]

#: A folder written by `write_tree` holds this file; only such a folder is ever replaced.
_MARK = "index.json"
#: In the kernel's words: paths are relative to the working directory; exchange two names.
_AT_FDCWD = -100
_EXCHANGE = 2


@dataclass(frozen=True, slots=True)
class File:
    """A file to be: a relative path with forward slashes, and its bytes.

    `same_as` may name an earlier file of the same tree with the same bytes.
    """

    path: str
    data: bytes
    same_as: str = ""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises InputError (``cannot-read``) that says why not."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"{path}: there is no such file", code="cannot-read", hint="check the path"
        ) from None
    except IsADirectoryError:
        raise InputError(
            f"{path}: is a folder, a file is wanted", code="cannot-read", hint="name one file"
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        reason = getattr(error, "strerror", "") or error
        raise InputError(f"{path}: cannot be read ({reason})", code="cannot-read") from error


def write_file(path: Path, data: bytes) -> None:
    """Put the bytes at the path in one step; on failure what was there stays.

    A link is followed; into a pipe or device, such as ``/dev/null``, the bytes
    are simply written. Raises MesokgError (``write-failed``).
    """
    with _writing(path):
        path = _followed(path)
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_temporary(path))
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            _open_mode(temporary, 0o666)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_tree(folder: Path, files: Iterable[File]) -> int:
    """Replace a folder by these files in one step and say how many there are.

    The files are written beside the folder first; only when all of them are on
    the disk is the old folder exchanged for the new one, on Linux and macOS by
    one call that leaves no moment without either. A file that is the same as an
    earlier one is a second name of it (a hard link), where the disk knows such.
    An existing folder is replaced only if it is empty or was written by this function
    before (it holds ``index.json``). What a killed process left beside the folder is
    removed. Raises MesokgError (``write-failed``, ``folder-not-ours``,
    ``unsafe-path``).
    """
    with _writing(folder):
        folder = _followed(folder)
        _refuse_foreign(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh, lock = _workplace(folder)
        try:
            count = 0
            for file in files:
                target = fresh / _safe(file.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                if not (file.same_as and _is_linked(fresh / _safe(file.same_as), target)):
                    target.write_bytes(file.data)
                count += 1
            _open_mode(fresh, 0o777)
            _exchange(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            _let_go(lock)
        _sweep(folder)
    return count


def _is_linked(there: Path, target: Path) -> bool:
    """Whether the file got a second name; not every file system has them."""
    try:
        target.hardlink_to(there)
    except OSError:
        return False
    return True


def _workplace(folder: Path) -> tuple[Path, int | None]:
    """A new neighbour of a folder, held by this process."""
    while True:
        fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_temporary(folder)))
        lock = _hold(fresh)
        if lock is None or fresh.exists():  # else somebody swept before it was held
            return fresh, lock
        _let_go(lock)


def _sweep(folder: Path) -> None:
    """Remove the neighbours of a folder that nobody holds any more: their makers were killed."""
    for left in folder.parent.glob(f"{glob.escape(_temporary(folder))}*"):
        lock = _hold(left, wait=False)
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            _let_go(lock)


def _hold(path: Path, *, wait: bool = True) -> int | None:
    """A lock on a folder that ends with this process; None if another has it, or without locks."""
    if sys.platform == "win32":
        return None
    handle = None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # held by another, gone, or on a disk that knows no locks
        _let_go(handle)
        return None
    return handle


def _let_go(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _exchange(fresh: Path, folder: Path) -> None:
    """Put `fresh` in the place of `folder`; the old content is back if that fails."""
    if not folder.exists():
        fresh.replace(folder)
        return
    if _swapped(fresh, folder):
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_temporary(folder)))
    try:
        aside = old / folder.name
        folder.replace(aside)
        try:
            fresh.replace(folder)
        except OSError:
            aside.replace(folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _swapped(one: Path, other: Path) -> bool:
    """Whether two names were exchanged in one step; not every system and disk can."""
    if sys.platform == "linux":
        call, paths = "renameat2", (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
    elif sys.platform == "darwin":
        call, paths = "renamex_np", (os.fsencode(one), os.fsencode(other))
    else:
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), call, None)
    return rename is not None and rename(*paths, ctypes.c_uint(_EXCHANGE)) == 0


def _refuse_foreign(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise MesokgError(
            f"{folder}: is not empty and was not written by mesokg; it is left as it is",
            code="folder-not-ours",
            hint="name another folder with -o, or empty this one",
        )
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(None, "it is a file, a folder is wanted")


def _safe(path: str) -> PurePosixPath:
    """The path, if it stays inside the folder it is written to."""
    pure = PurePosixPath(path)
    odd = any(character in "\\\0" or "\ud800" <= character <= "\udfff" for character in path)
    if odd or pure.is_absolute() or not pure.parts or ".." in pure.parts:
        raise MesokgError(f"{path!r}: is not a path inside the folder", code="unsafe-path")
    return pure


def _followed(path: Path) -> Path:
    """The absolute path behind links. Raises OSError for links that go round in a circle."""
    try:
        return path.resolve()
    except RuntimeError:
        raise OSError(None, "its links go round in a circle") from None


def _temporary(path: Path) -> str:
    """How the temporary neighbour of a path is called: hidden, ours, and never too long."""
    return f".{path.name[:40]}.mesokg-"


def _open_mode(path: Path, mode: int) -> None:
    """Temporary files are private; give the result the mode any new file would have."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(mode & ~mask)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what the disk says into one error that names the path."""
    try:
        yield
    except OSError as error:
        raise MesokgError(
            f"{path}: cannot be written ({error.strerror or error})",
            code="write-failed",
            hint="nothing was changed; name another place with -o",
        ) from error
