"""Rules about prefixes, which are in the text of a file and not in its triples."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from mesokg.lint.names import did_you_mean
from mesokg.lint.rule import FileLint
from mesokg.lint.scan import Declaration, ScannedFile
from mesokg.report import Finding, Location, Related, Rule, Severity
from mesokg.terms import STANDARD_PREFIXES, VOCABULARY_BASE, nearest

__all__ = ["PREFIXES", "PREFIX_UNDEFINED"]


def _finding(
    file: ScannedFile,
    prefix: Declaration,
    message: str,
    *,
    related: Sequence[Related] = (),
    namespace: str = "",
) -> Finding:
    """A finding about a declaration; with a namespace, about the IRI, which it should be."""
    start = prefix.end - len(prefix.iri) - 2 if namespace else prefix.start
    return Finding(
        "",
        Severity.INFO,
        message,
        location=Location.within(file.source.name, file.text, start, prefix.end),
        related=tuple(related),
        replacement=f"<{namespace}>" if namespace else None,
    )


def _prefix_unused(files: Sequence[ScannedFile]) -> Iterator[Finding]:
    for file in files:
        for prefix in file.declared:
            if prefix.name not in file.used:
                yield _finding(file, prefix, f"nothing begins with {prefix.name}:")


def _prefix_redefined(files: Sequence[ScannedFile]) -> Iterator[Finding]:
    for file in files:
        first: dict[str, Declaration] = {}
        for prefix in file.declared:
            before = first.setdefault(prefix.name, prefix)
            if before.iri != prefix.iri:
                there = Location.within(file.source.name, file.text, before.start, before.end)
                yield _finding(
                    file, prefix,
                    f"{prefix.name}: was <{before.iri}> before, and is <{prefix.iri}> from here",
                    related=[Related(f"{prefix.name}: is <{before.iri}> from here", there)],
                )  # fmt: skip


#: Prefixes that stand for nothing else anywhere.
_RESERVED: Final = frozenset({"owl", "rdf", "rdfs", "skos", "xsd"})


def _prefix_odd(files: Sequence[ScannedFile]) -> Iterator[Finding]:
    for file in files:
        for prefix in file.declared:
            meant = _meant(prefix) if prefix.name in file.used else ""
            if meant:
                message = f"{prefix.name}: stands for <{prefix.iri}>{did_you_mean([f'<{meant}>'])}"
                yield _finding(file, prefix, message, namespace=meant)


def _meant(prefix: Declaration) -> str:
    """The well-known namespace that a declaration fails to be, or nothing."""
    if prefix.iri in _KNOWN:
        return ""
    own = STANDARD_PREFIXES.get(prefix.name, "")
    if own.startswith(VOCABULARY_BASE) or _key(prefix.iri) == "schema.org":
        return ""  # both forms of schema.org are allowed
    if own and (prefix.name in _RESERVED or nearest(prefix.iri, [own], 1)):
        return own if prefix.name in _RESERVED or _is_near(prefix.iri, own) else ""
    return _BY_KEY.get(_key(prefix.iri), "")


def _is_near(iri: str, known: str) -> bool:
    """Whether two namespaces differ as by a slip: in few letters, or at their edges."""
    if _key(iri) == _key(known):
        return True
    size = abs(len(iri) - len(known))
    return size <= 2 and sum(a != b for a, b in zip(iri, known, strict=False)) <= 3


def _key(namespace: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", namespace.lower()).rstrip("#/")


_KNOWN: Final = frozenset(STANDARD_PREFIXES.values())
_BY_KEY: Final = {_key(iri): iri for iri in STANDARD_PREFIXES.values()}


def _prefix_differs(files: Sequence[ScannedFile]) -> Iterator[Finding]:
    uses: dict[str, dict[str, list[tuple[ScannedFile, Declaration]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for file in files:
        last = {prefix.name: prefix for prefix in file.declared}
        for prefix in last.values():
            if prefix.name:
                uses[prefix.name][prefix.iri].append((file, prefix))
    for name, places in sorted(uses.items()):
        ranked = sorted(places.items(), key=lambda item: (-len(item[1]), item[1][0][0].source.name))
        usual, most = ranked[0]
        rest = sum(len(found) for _, found in ranked[1:])
        # three namespaces and more are a prefix that each file has for itself, such as ex:
        if len(ranked) < 2 or (len(ranked) > 2 and len(most) <= rest):
            continue
        file, prefix = most[0]
        there = Location.within(file.source.name, file.text, prefix.start, prefix.end)
        for iri, found in ranked[1:]:
            for file, prefix in found:
                yield _finding(
                    file, prefix,
                    f"{name}: is <{iri}> here and <{usual}> in {most[0][0].source.name}"
                    + (f" and {len(most) - 1} other files" if len(most) > 1 else ""),
                    related=[Related(f"{name}: is <{usual}> here", there)],
                )  # fmt: skip


PREFIXES: Final = (
    FileLint(
        "prefix-differs",
        "A prefix stands for one namespace in all files",
        "Whoever reads a name such as claim:tea-1 knows from its prefix what it is. If the prefix "
        "means another namespace in one file, that file says other things than it seems to.",
        "use the namespace of the other files, or another prefix",
        Severity.WARNING,
        True,
        _prefix_differs,
    ),
    FileLint(
        "prefix-odd",
        "A well-known prefix stands for its namespace",
        "A namespace with a letter wrong, https for http or without its # makes other terms of "
        "all that begin with the prefix, and nothing finds them.",
        "write the namespace as its vocabulary does",
        Severity.VIOLATION,
        False,
        _prefix_odd,
    ),
    FileLint(
        "prefix-redefined",
        "A prefix means one thing within a file",
        "A prefix may be declared again with another namespace, and then the same name means one "
        "thing above and another below. Nobody reads a file that way.",
        "use two prefixes",
        Severity.WARNING,
        False,
        _prefix_redefined,
    ),
    FileLint(
        "prefix-unused",
        "Every prefix that is declared is used",
        "A prefix that nothing begins with is left over, or a name that was to begin with it was "
        "written with another.",
        "delete the declaration",
        Severity.INFO,
        False,
        _prefix_unused,
    ),
)

#: What the reader of a file finds, which names the prefix: no rule of ours can see such a file.
PREFIX_UNDEFINED: Final = Rule(
    "prefix-undefined",
    "Every prefix that is used is declared",
    "A name whose prefix stands for nothing is no IRI, and the statement it is in says nothing. "
    "Most often the prefix is mistyped, or its declaration was left out when lines were copied.",
    "declare the prefix at the top of the file, or correct it",
    Severity.VIOLATION,
    "code",
)
