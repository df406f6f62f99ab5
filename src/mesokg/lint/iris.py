"""Rules about the form of IRIs: whole, in one spelling, and minted as this tool mints them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.lint.names import KIND_PATHS, did_you_mean, split_iri
from mesokg.lint.rule import Given, Lint, finding, spelled
from mesokg.report import Finding, Severity
from mesokg.terms import STANDARD_PREFIXES, VOCABULARY_BASE, nearest

__all__ = ["IRIS", "normal_iri"]

#: Other paths below a base: documents, graphs and products, which have rules of their own.
_OTHER_PATHS: Final = frozenset({"api", "context", "graph", "ns", "query", "release", "shapes"})
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_SLUG: Final = 60


def _told(
    given: Given, wrong: Mapping[ox.NamedNode, str], better: Mapping[ox.NamedNode, str]
) -> Iterator[Finding]:
    """A finding for each of these IRIs in each file that holds it, where it stands first."""
    told: set[tuple[object, object]] = set()
    for quad in given.facts.having(wrong):
        for place, term in enumerate((quad.subject, quad.predicate, quad.object)):
            if not isinstance(term, ox.NamedNode) or term not in wrong:
                continue
            if (term, quad.graph_name) in told:
                continue
            told.add((term, quad.graph_name))
            source = given.facts.sources.get(quad.graph_name)
            text = spelled(ox.NamedNode(better[term]), source) if term in better else None
            yield finding(
                given, quad, f"<{term.value}> {wrong[term]}", path=place > 0, value=place > 1,
                replacement=text,
            )  # fmt: skip


# --- the form of this tool -------------------------------------------------------------------


def _iri_form(given: Given) -> Iterator[Finding]:
    wrong: dict[ox.NamedNode, str] = {}
    better: dict[ox.NamedNode, str] = {}
    for iri in given.facts.iris:
        problem = _wrong_form(iri.value, given.dataset)
        if problem:
            wrong[iri] = problem
        base = _other_scheme(iri.value, given.dataset)
        if base:
            better[iri] = base + iri.value.partition("://")[2]
    yield from _told(given, wrong, better)


def _other_scheme(iri: str, dataset: Dataset) -> str:
    """The scheme that an IRI should have to lie below a base, with ://, or nothing."""
    for base in filter(None, (dataset.base, VOCABULARY_BASE)):
        scheme, _, rest = base.partition("://")
        other = "http" if scheme == "https" else "https"
        if iri.startswith(f"{other}://{rest}"):
            return f"{scheme}://"
    return ""


def _wrong_form(iri: str, dataset: Dataset) -> str:
    """What is wrong with the form of an IRI below a base, or nothing."""
    right = _other_scheme(iri, dataset)
    if right:
        return f"begins with {iri.partition('//')[0]}, the base with {right.removesuffix('//')}"
    parts = split_iri(iri, dataset)
    if parts is None or parts[1] in _OTHER_PATHS:
        return ""
    base, kind, slug = parts
    if kind not in KIND_PATHS:
        close = did_you_mean(f"{base}{name}/" for name in nearest(kind, KIND_PATHS, 1))
        return f"has no known kind of thing after the base{close}"
    if not _SLUG.fullmatch(slug):
        return "must end in a name of a-z, 0-9 and single hyphens"
    if len(slug) > _LONGEST_SLUG:
        return f"ends in a name of {len(slug)} characters; {_LONGEST_SLUG} are the most"
    return ""


# --- IRIs that are none ----------------------------------------------------------------------

#: Schemes that are in use (IANA's register), of which a prefix may have the name.
_SCHEMES: Final = frozenset(
    re.findall(
        r"\S+",
        "about acct ark arn bitcoin cid data dav dns doi example file ftp ftps geo git gopher http "
        "https imap info ipfs ipns irc isbn jar java javascript ldap ldaps local magnet mailto mid "
        "news nfs nntp oid pkcs11 pop resource rsync rtsp sftp sip sips sms snmp ssh tag tel "
        "telnet turn urn uuid view-source ws wss xmpp",
    )
)


def _iri_broken(given: Given) -> Iterator[Finding]:
    wrong: dict[ox.NamedNode, str] = {}
    better: dict[ox.NamedNode, str] = {}
    for iri in given.facts.iris:
        scheme, _, rest = iri.value.partition(":")
        if scheme in {"http", "https"}:
            if not re.match(r"//[^/?#]", rest):
                wrong[iri] = "has no host"
        elif scheme in given.dataset.prefixes and scheme.lower() not in _SCHEMES:
            if rest.startswith("//"):
                continue
            whole = given.dataset.prefixes[scheme] + rest
            wrong[iri] = f"is a prefixed name in angle brackets, which stands for <{whole}> nowhere"
            if scheme in STANDARD_PREFIXES:
                better[iri] = whole
    yield from _told(given, wrong, better)


def _iri_relative(given: Given) -> Iterator[Finding]:
    message = "is a place on one machine, most often a relative IRI that was resolved there"
    wrong = {iri: message for iri in given.facts.iris if iri.value[:5].lower() == "file:"}
    yield from _told(given, wrong, {})


#: Schemes of IRIs that hold a program or a document, or mean another thing in each program.
_NO_NAMES: Final = {
    "about": "means another thing in each program",
    "blob": "is a place in the memory of one program",
    "data": "is a document in itself, and no name of one",
    "javascript": "is a program that runs in a browser when somebody follows it",
    "vbscript": "is a program that runs in a browser when somebody follows it",
    "view-source": "means another thing in each program",
}


def _iri_scheme_odd(given: Given) -> Iterator[Finding]:
    wrong: dict[ox.NamedNode, str] = {}
    for iri in given.facts.iris:
        scheme, _, _ = iri.value.partition(":")
        why = _NO_NAMES.get(scheme.lower())
        if why and (scheme not in given.dataset.prefixes or scheme.lower() in _SCHEMES):
            wrong[iri] = why
    yield from _told(given, wrong, {})


# --- one spelling ----------------------------------------------------------------------------

#: How nearly every IRI begins.
_PLAIN: Final = re.compile(r"https?://[a-z0-9.-]+/")
_PARTS: Final = re.compile(r"([^:/?#]+)://([^/?#]*)([^?#]*)(.*)", re.DOTALL)
_AUTHORITY: Final = re.compile(r"((?:[^@]*@)?)(\[[^\]]*\]|[^:]*)((?::[0-9]*)?)")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = re.compile(rb"[A-Za-z0-9._~-]")
_PORTS: Final = {"http": ":80", "https": ":443"}


def normal_iri(iri: str) -> str:
    """The normal form of an IRI with a host: case, escapes, dots, port (RFC 3986, 6.2.2, 6.2.3).

    A missing path stays missing, since many vocabularies write it so; nothing is decoded that
    is not a letter, a digit or one of ``-._~``.

    >>> normal_iri("HTTP://Example.org:80/a/../%7eb/%c3%a9")
    'http://example.org/~b/%C3%A9'
    """
    parts = _PARTS.fullmatch(iri)
    if parts is None:
        return iri
    scheme, authority, path, rest = parts.groups()
    who = _AUTHORITY.fullmatch(authority)
    if who is not None:
        host = who[2].lower() if who[2].isascii() else who[2]
        port = "" if who[3] in {":", _PORTS.get(scheme.lower())} else who[3]
        authority = who[1] + host + port
    head = f"{scheme.lower()}://{authority}"
    return head + _without_dots(_escaped(path)) + _escaped(rest)


def _escaped(text: str) -> str:
    """A text with its percent-escapes in their normal form."""

    def right(match: re.Match[str]) -> str:
        byte = unquote_to_bytes(match[0])
        return byte.decode() if _UNRESERVED.fullmatch(byte) else match[0].upper()

    return _ESCAPE.sub(right, text)


def _without_dots(path: str) -> str:
    """A path without its segments . and .. (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for place, segment in enumerate(segments):
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
        if segment in {".", ".."} and place == len(segments) - 1:
            kept.append("")
    return "/".join(kept)


def _iri_unnormalised(given: Given) -> Iterator[Finding]:
    better: dict[ox.NamedNode, str] = {}
    for iri in given.facts.iris:
        text = iri.value
        if "%" not in text and "/." not in text and _PLAIN.match(text):
            continue
        normal = normal_iri(iri.value)
        if normal != iri.value:
            better[iri] = normal
    wrong = {iri: f"has another normal form: <{normal}>" for iri, normal in better.items()}
    yield from _told(given, wrong, better)


IRIS: Final = (
    Lint(
        "iri-broken",
        "An IRI is whole",
        "An address without a host leads nowhere. A prefixed name in angle brackets is not "
        "expanded: <skos:broader> is an IRI of its own, and no query finds it.",
        "write the whole IRI, or the prefixed name without angle brackets",
        Severity.VIOLATION,
        False,
        _iri_broken,
    ),
    Lint(
        "iri-form",
        "IRIs have the form of their kind",
        "A thing is named <base><kind>/<name>: a kind that the tool knows, a name of a-z, 0-9 and "
        "single hyphens, at most 60 characters. So its page, its prefix and its files can be "
        "found from its name.",
        "rename the thing before it is published",
        Severity.VIOLATION,
        False,
        _iri_form,
    ),
    Lint(
        "iri-relative",
        "No IRI depends on where a file lies",
        "A relative IRI means another thing on every machine. What it becomes, file:/home/..., "
        "says nothing to anybody else, and tells them how a disk is arranged.",
        "write the whole IRI, or declare a base that is an address",
        Severity.VIOLATION,
        False,
        _iri_relative,
    ),
    Lint(
        "iri-scheme-odd",
        "An IRI names something",
        "A javascript: IRI is a program, and whoever makes links of IRIs lets it run; a data: IRI "
        "is a document in itself; blob: and about: mean something in one program alone. None of "
        "them is a name by which two people mean one thing.",
        "name the thing by an IRI that others know, or give the content as a literal",
        Severity.WARNING,
        False,
        _iri_scheme_odd,
    ),
    Lint(
        "iri-unnormalised",
        "An IRI is in normal form",
        "RDF compares IRIs letter by letter: http://Example.org/a and http://example.org/a are two "
        "things, and so are %c3 and %C3, /a/../b and /b, with and without :80. Every web server "
        "takes them for one (RFC 3986, section 6.2).",
        "write the normal form, unless the owner of the IRI publishes the other one",
        Severity.WARNING,
        False,
        _iri_unnormalised,
    ),
)  # fmt: skip
