"""Is a release whole, unchanged and from whom it says? Without a project, without a network.

This module decides what proves that: the list of checksums in the form of ``sha256sum``,
and a signature of that list. Whatever else is in the folder is not believed.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.rendering import visible
from mesokg.report import Finding, Location, NotRun, Report, Rule, Severity
from mesokg.signing import is_signed

__all__ = ["CHECKSUMS", "RULES", "SIGNATURE", "verify"]

#: The list of checksums, in the form of ``sha256sum``, and its signature.
CHECKSUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"

_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^\x00-\x1f\x7f\\]+)")
#: What is asked of a release, by the name of the rule that a finding has.
RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        name: Rule(
            name, title, about, "get the release again from where it is published",
            Severity.VIOLATION, "code",
        )
        for name, title, about in (
            ("release-checksums", "A release lists the checksum of every file",
             "SHA256SUMS has a line for each file of the release, in the form of sha256sum."),
            ("release-file-altered", "Every file is as it was released",
             "A file whose SHA-256 is not the one that is listed holds something else than was "
             "published: it was changed, or did not arrive whole."),
            ("release-file-extra", "Nothing was added to a release",
             "A file that is not listed is nobody's word, whatever it says."),
            ("release-file-kind", "A release consists of plain files",
             "A link or a device is never opened: what it leads to may be another thing for "
             "everybody."),
            ("release-file-missing", "Every file of a release is there",
             "A file that is listed and is not there was deleted, or did not arrive."),
            ("release-file-renamed", "Every file has the name that it was released under",
             "The content is listed under another name, so links to it lead nowhere."),
            ("release-signature", "A release is signed by whom you name",
             "The signature of SHA256SUMS is by the key that you gave. A signature that you "
             "named no key for is reported as not checked."),
        )
    }
)  # fmt: skip


def verify(folder: Path, key: bytes | None = None) -> Report:
    """What is wrong with a release: files altered, missing, added, renamed; a wrong signature.

    Files are held against ``SHA256SUMS``, and that against ``SHA256SUMS.sig`` if a public
    key is given; a signature that nobody checked is reported as not run. Links and other
    things that are no plain files are findings, and never opened. Raises InputError
    (``cannot-read`` for what is no folder, ``key-unusable``).
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder}: there is no such folder",
            code="cannot-read",
            hint="name the folder of a release",
        )
    found, odd = _walk(folder)
    findings = list(odd)
    if CHECKSUMS not in found:
        findings.append(
            _finding("release-checksums", CHECKSUMS, "the list of checksums is missing")
        )
        return _report(findings, 0)
    listing = read_bytes(folder / CHECKSUMS)
    listed, problems = _listed(listing)
    findings += problems
    skipped = {CHECKSUMS, SIGNATURE} | {f.location.path for f in odd if f.location}
    findings += _compared(listed, _digests(folder, found, skipped), skipped)
    signature = read_bytes(folder / SIGNATURE) if SIGNATURE in found else None
    not_run = []
    if key is not None:
        findings += _signature(listing, signature, key)
    elif signature is not None:
        not_run.append(NotRun("release-signature", "no public key was given"))
    return _report(findings, len(listed), *not_run)


def _report(findings: list[Finding], files: int, *not_run: NotRun) -> Report:
    return Report.of(findings, not_run=not_run, rules=len(RULES) - len(not_run), files=files)


def _finding(rule: str, path: str, message: str, fix: str = "") -> Finding:
    return Finding(
        rule,
        Severity.VIOLATION,
        message,
        location=Location(visible(path)),
        fix=fix or "get the release again from where it is published",
    )


# --- what is there ---------------------------------------------------------------------------


def _walk(folder: Path) -> tuple[set[str], list[Finding]]:
    """The plain files of a folder, by path; a finding for each thing that is none."""
    found: set[str] = set()
    odd: list[Finding] = []

    def unreadable(error: OSError) -> None:
        path = os.path.relpath(str(error.filename or folder), folder)
        odd.append(_finding("release-file-kind", path, f"cannot be read ({error.strerror})"))

    for here, folders, files in os.walk(folder, onerror=unreadable, followlinks=False):
        for name in (*folders, *files):
            path = Path(here, name)
            mode = path.lstat().st_mode
            inner = path.relative_to(folder).as_posix()
            if stat.S_ISREG(mode):
                found.add(inner)
            elif not stat.S_ISDIR(mode):
                kind = "link" if stat.S_ISLNK(mode) else "device or pipe"
                odd.append(_finding("release-file-kind", inner, f"is a {kind}, not a plain file"))
    return found, odd


def _digests(folder: Path, found: set[str], skipped: set[str]) -> dict[str, str]:
    """The SHA-256 of each file, by path; empty for one that cannot be read."""
    digests = {}
    for path in sorted(found - skipped):
        try:
            with (folder / path).open("rb") as stream:
                digests[path] = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            digests[path] = ""
    return digests


def _listed(data: bytes) -> tuple[dict[str, str], list[Finding]]:
    """Path -> checksum of a list of checksums, and what is wrong with its lines."""
    listed: dict[str, str] = {}
    problems = []
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        match = _LINE.fullmatch(line)
        inside = match and not (match[2].startswith("/") or ".." in match[2].split("/"))
        if match and inside and match[2] not in listed:
            listed[match[2]] = match[1]
        elif line:
            what = "names a file twice" if inside else "is no checksum and path inside the folder"
            problems.append(_finding("release-checksums", CHECKSUMS, f"line {number} {what}"))
    if not listed and not problems:
        problems.append(_finding("release-checksums", CHECKSUMS, "the list of checksums is empty"))
    return listed, problems


# --- comparing -------------------------------------------------------------------------------


def _compared(
    listed: Mapping[str, str], digests: Mapping[str, str], skipped: set[str]
) -> Iterator[Finding]:
    """A finding for each file that is not as it is listed."""
    missing = {path for path in listed.keys() - digests.keys() if path not in skipped}
    extra = digests.keys() - listed.keys()
    by_digest: dict[str, list[str]] = defaultdict(list)
    for path in sorted(extra):
        by_digest[digests[path]].append(path)
    for path in sorted(missing):
        new_names = by_digest.get(listed[path])
        if new_names:
            name = new_names.pop(0)
            extra = extra - {name}
            message = f"is called {visible(name)} here"
            yield _finding("release-file-renamed", path, message, f"call it {visible(path)} again")
        else:
            yield _finding("release-file-missing", path, "the file is missing")
    for path in sorted(extra):
        yield _finding(
            "release-file-extra", path, "the file is no part of the release", "take it away"
        )
    for path in sorted(listed.keys() & digests.keys()):
        if not digests[path]:
            yield _finding("release-file-kind", path, "the file cannot be read")
        elif digests[path] != listed[path]:
            yield _finding("release-file-altered", path, "the content is not what was released")


def _signature(listing: bytes, signature: bytes | None, key: bytes) -> Iterator[Finding]:
    if signature is None:
        is_signed(b"", b"", key)  # an unusable key is told of all the same
        yield _finding("release-signature", SIGNATURE, "the release is not signed")
    elif not is_signed(listing, signature, key):
        message = "the signature was not made with this key, or not for these checksums"
        yield _finding("release-signature", SIGNATURE, message)
