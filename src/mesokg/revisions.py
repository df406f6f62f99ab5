"""The project at another revision, and what has changed since; the only module that runs git.

This module decides what "since" means. Git is a program: it is given lists of arguments,
never a line for a shell, a revision is looked up before anything else is asked, and what
comes out of a repository (names, links, sizes) is not trusted. Files are taken as
git keeps them, without filters: no line ends are changed, and what Git LFS holds stays
a pointer.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from mesokg.errors import MesokgError, UsageError
from mesokg.report import Finding, Report

__all__ = ["WHOLE", "Ranges", "changed_lines", "commit_of", "merge_base", "since", "tree_at"]

#: First and last lines, counted from 1.
Ranges = tuple[tuple[int, int], ...]
#: Every line of a file.
WHOLE: Final[Ranges] = ((1, sys.maxsize),)

#: Options that keep a repository's and a user's settings from changing what comes out.
_SETTINGS: Final = (
    "--no-pager", "--no-optional-locks",
    "-c", "core.quotePath=true", "-c", "core.fsmonitor=false",
)  # fmt: skip
_DIFF: Final = (
    "diff", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color",
    "--ignore-submodules=all", "--diff-algorithm=myers",
)  # fmt: skip
#: What git sets for its hooks; the repository is to be found from the folder instead.
_OF_HOOKS: Final = frozenset({"GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE"})


# --- revisions -------------------------------------------------------------------------------


def commit_of(root: Path, revision: str) -> str:
    """The id of the commit that a revision names in the repository of a folder.

    Raises MesokgError (``git-missing``, ``git-failed``) and UsageError
    (``no-repository``, ``unknown-revision``).
    """
    _need_repository(root)
    if not revision or revision.startswith("-") or not revision.isprintable():
        raise _unknown(f"{revision!r} is no revision")
    wanted = f"{revision}^{{commit}}"
    done = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    commit = done.stdout.decode("ascii", "replace").strip()
    if done.returncode or not re.fullmatch("[0-9a-f]{40,64}", commit):
        raise _unknown(f"there is no revision {revision!r} in the repository of {root}")
    return commit


def merge_base(root: Path, revision: str) -> str:
    """The commit at which what is checked out parted from a revision.

    What others have changed there since is no change of ours. Raises what `commit_of`
    raises, ``unknown-revision`` also when the two have no commit in common.
    """
    commit = commit_of(root, revision)
    done = _run(root, "merge-base", commit, commit_of(root, "HEAD"))
    base = done.stdout.decode("ascii", "replace").strip()
    if done.returncode or not base:
        raise _unknown(f"{revision!r} and HEAD have no commit in common")
    return base


def _unknown(problem: str) -> UsageError:
    return UsageError(
        problem,
        code="unknown-revision",
        hint="fetch it; a workflow's checkout has the whole history with `fetch-depth: 0`",
    )


def _need_repository(root: Path) -> None:
    done = _run(root, "rev-parse", "--is-inside-work-tree")
    if done.stdout.strip() != b"true":
        reason = _first_line(done.stderr).removeprefix("fatal: ") or "only a git folder"
        raise UsageError(
            f"{root}: no git repository to compare with ({reason})",
            code="no-repository",
            hint="go to a clone of the repository, or leave the revision out",
        )


# --- what has changed ------------------------------------------------------------------------


def changed_lines(root: Path, revision: str) -> dict[str, Ranges]:
    """What differs between a revision and the files as they lie in a folder now.

    File name, relative to the folder and with forward slashes -> the lines that are new or
    changed: all of them (`WHOLE`) for a file that git does not know yet or cannot read
    as text, none for one that only lost lines or is gone. Files that git ignores, those
    in submodules and those outside the folder are left out. A renamed file
    is a new one.

    Raises MesokgError (``git-missing``, ``git-failed``) and UsageError
    (``no-repository``, ``unknown-revision``).
    """
    commit = commit_of(root, revision)
    found: dict[str, list[tuple[int, int]] | None] = {}
    for entry in _stdout(root, *_DIFF, "--numstat", "-z", commit, "--").split(b"\0"):
        if entry:
            added, _, raw = entry.split(b"\t", 2)
            found[_text(raw)] = None if added == b"-" else []
    command = (
        *_DIFF,
        "--unified=0",
        "--inter-hunk-context=0",
        "--src-prefix=a/",
        "--dst-prefix=b/",
    )
    with _started(root, *command, commit, "--") as (_, lines):
        for name, first, last in _hunks(iter(lines)):
            ranges = found.setdefault(name, [])
            if ranges is not None:
                ranges.append((first, last))
    changed: dict[str, Ranges] = {
        name: WHOLE if ranges is None else tuple(ranges) for name, ranges in found.items()
    }
    others = _stdout(root, "ls-files", "--others", "--exclude-standard", "-z", "--")
    new = (_text(raw) for raw in others.split(b"\0"))
    changed |= {name: WHOLE for name in new if name and not name.endswith("/")}
    return dict(sorted(changed.items()))


_HUNK: Final = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def _hunks(lines: Iterator[bytes]) -> Iterator[tuple[str, int, int]]:
    """File name, first and last new line of each hunk of a diff without context that adds any."""
    name = ""
    for line in lines:
        hunk = _HUNK.match(line)
        if line.startswith(b"+++ "):
            name = _unquoted(line[4:]).removeprefix("b/")
        elif hunk:
            removed, first, added = (int(n) if n else 1 for n in (hunk[1], hunk[2], hunk[3]))
            if added:
                yield name, first, first + added - 1
            rest = removed + added  # lines of a file may look like any line of a diff
            while rest:
                rest -= not next(lines, b"").startswith(b"\\")


_ESCAPE: Final = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_ESCAPES: Final = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))


def _unquoted(name: bytes) -> str:
    r"""A name as a diff writes it: in quotes, with C's escapes, when it holds odd letters.

    >>> _unquoted(rb'"b/gr\303\274n.ttl"'), _unquoted(b"b/two words.ttl\t")
    ('b/grün.ttl', 'b/two words.ttl')
    """
    name = name.removesuffix(b"\n")
    if not name.startswith(b'"'):
        return _text(name.removesuffix(b"\t"))

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8) if len(code) == 3 else _ESCAPES[code[0]]])

    return _text(_ESCAPE.sub(plain, name[1:-1]))


# --- the files of a revision -----------------------------------------------------------------


@contextlib.contextmanager
def tree_at(
    root: Path, revision: str, wanted: Callable[[str], bool] | None = None
) -> Iterator[Path]:
    """The files of a folder as they were at a revision, in a folder that goes away afterwards.

    `wanted` says by name which ones are needed (all: None). Links and submodules are left
    out, and so are names that this system cannot hold. A folder that was not there is empty.

    Raises MesokgError (``git-missing``, ``git-failed``, ``unsafe-path``,
    ``write-failed``) and UsageError (``no-repository``, ``unknown-revision``).
    """
    commit = commit_of(root, revision)
    with tempfile.TemporaryDirectory(prefix="mesokg-") as temporary:
        folder = Path(temporary).resolve()
        _write_blobs(root, commit, folder, wanted or (lambda name: True))
        yield folder


def _write_blobs(root: Path, commit: str, folder: Path, wanted: Callable[[str], bool]) -> None:
    listing = _stdout(root, "ls-tree", "-r", "-z", commit)
    with _started(root, "cat-file", "--batch") as (questions, answers):
        for entry in listing.split(b"\0"):
            about, _, raw = entry.partition(b"\t")
            name = _text(raw)
            if about.split(b" ")[0] not in _FILE_MODES or not wanted(name):
                continue
            target = _target(folder, name)
            if target is None:
                continue
            questions.write(about.split(b" ")[2] + b"\n")
            questions.flush()
            header = answers.readline().split()
            if len(header) != 3 or header[1] != b"blob":
                raise _failed(f"cannot give {name!r} at {commit[:12]}")
            _write(target, answers, int(header[2]))
            answers.read(1)


_FILE_MODES: Final = frozenset({b"100644", b"100755", b"100664"})
_ODD_ON_WINDOWS: Final = re.compile(
    r'[<>:"\\|?*\x00-\x1f]|[. ]\Z|\A(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)', re.IGNORECASE
)
_BLOCK: Final = 1 << 20


def _target(folder: Path, name: str, windows: bool = os.name == "nt") -> Path | None:
    """Where a file goes; None when this system cannot hold its name."""
    parts = name.split("/")
    if any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts):
        raise MesokgError(f"{name!r}: is not a path inside the folder", code="unsafe-path")
    if windows and any(_ODD_ON_WINDOWS.search(part) for part in parts):
        return None
    return folder.joinpath(*parts)


def _write(target: Path, source: IO[bytes], size: int) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            while size:
                block = source.read(min(size, _BLOCK))
                if not block:
                    raise _failed("ended in the middle of a file")
                stream.write(block)
                size -= len(block)
    except OSError as error:
        raise MesokgError(
            f"{target}: cannot be written ({error.strerror or error})",
            code="write-failed",
            hint="make room where temporary files go, or set TMPDIR",
        ) from error


# --- what is new -----------------------------------------------------------------------------


def since(now: Report, then: Report, changed: Mapping[str, Ranges]) -> Report:
    """The report of now with the findings alone that changes have to do with.

    Those on a changed line (or without a line, in a changed file), and those that are new
    against the report of `then`, wherever they are: of findings with one fingerprint, as
    many as there are more now, those on changed lines first. What is waived stays so.
    """
    more = Counter(finding.fingerprint for finding in now.findings)
    more.subtract(finding.fingerprint for finding in then.findings)
    touched = [_touches(finding, changed) for finding in now.findings]
    for finding, is_touched in zip(now.findings, touched, strict=True):
        more[finding.fingerprint] -= is_touched
    kept: list[Finding] = []
    for finding, is_touched in zip(reversed(now.findings), reversed(touched), strict=True):
        if is_touched:
            kept.append(finding)
        elif more[finding.fingerprint] > 0:
            more[finding.fingerprint] -= 1
            kept.append(finding)
    return replace(now, findings=tuple(reversed(kept)))


def _touches(finding: Finding, changed: Mapping[str, Ranges]) -> bool:
    place = finding.location
    if place is None or place.path not in changed:
        return False
    first, last = place.line, place.end_line or place.line
    return not first or any(a <= last and first <= b for a, b in changed[place.path])


# --- running git -----------------------------------------------------------------------------


def _command(root: Path, arguments: tuple[str, ...]) -> list[str]:
    return ["git", *_SETTINGS, "-C", str(root), *arguments]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            _command(root, arguments), stdin=subprocess.DEVNULL, capture_output=True,
            env=_environment(), check=False,
        )  # fmt: skip
    except OSError as error:
        raise _missing(error) from None


def _stdout(root: Path, *arguments: str) -> bytes:
    done = _run(root, *arguments)
    if done.returncode:
        raise _failed(_first_line(done.stderr) or f"ended with {done.returncode}")
    return done.stdout


@contextlib.contextmanager
def _started(root: Path, *arguments: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """A git that runs: where to write to it and where to read from it, all of it."""
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                _command(root, arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, env=_environment(),
            )  # fmt: skip
        except OSError as error:
            raise _missing(error) from None
        with process:
            try:
                yield process.stdin, process.stdout  # type: ignore[misc]  # both are pipes
            except BrokenPipeError:
                raise _failed("stopped in the middle") from None
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            errors.seek(0)
            raise _failed(_first_line(errors.read()) or f"ended with {process.returncode}")


def _missing(error: OSError) -> MesokgError:
    return MesokgError(
        f"git cannot be started ({error.strerror or error})",
        code="git-missing",
        hint="install git, or leave the revision out",
    )


def _failed(problem: str) -> MesokgError:
    return MesokgError(
        f"git: {problem}", code="git-failed", hint="see whether `git status` and `git fsck` work"
    )


def _first_line(output: bytes) -> str:
    return output.decode("utf-8", "replace").strip().partition("\n")[0]


def _text(name: bytes) -> str:
    """A file name as Python has it; git writes UTF-8 or the bytes of the disk."""
    return name.decode("utf-8", "surrogateescape")
