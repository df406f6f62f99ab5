"""Rules by which web servers answer for the IRIs of a site.

This module decides what each kind of host is told, all from one set of facts: things are
answered by 303 with the document that the Accept header names first, hash namespaces
by 200, what is not there by 404, and every file has its media type. Nothing of an IRI is
pasted into a configuration: what is not plain goes in as escaped bytes of a pattern.

nginx: https://nginx.org/en/docs/ · Apache: https://httpd.apache.org/docs/2.4/ · w3id.org:
https://github.com/perma-id/w3id.org
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from mesokg.addresses import Addresses
from mesokg.files import File
from mesokg.negotiation import MEDIA_TYPES, REPRESENTATIONS, first_named_pattern
from mesokg.terms import NS, SHAPES

__all__ = ["host_files"]

#: One step of a path that needs no care anywhere: what `Addresses` makes of any IRI.
_STEP: Final = "[A-Za-z0-9._~-]+"
_PATH: Final = f"(?:{_STEP}/)*{_STEP}"
_PLACE: Final = re.compile(rf"https?://[A-Za-z0-9.-]+(?::[0-9]+)?/(?:{_STEP}/)*")
#: Where the site of a project whose place is not known is said to be, to be changed by hand.
_SOMEWHERE: Final = "https://example.org/"
#: A description of the data without a suffix (https://www.w3.org/TR/void/#well-known).
_VOID: Final = ".well-known/void"
#: Suffixes by which some servers run a file, wherever in its name they stand.
_RUN: Final = ".asis .cgi .fcgi .phar .php .phtml .pl .py .rb .shtml .var"
_HEADERS: Final = (("Access-Control-Allow-Origin", "*"), ("X-Content-Type-Options", "nosniff"))
_NAMESPACES: Final = (NS.removesuffix("#"), SHAPES.removesuffix("#"))
#: Hosts of permanent addresses, which hold no files themselves.
_REDIRECTORS: Final = frozenset({"purl.org", "w3id.org", "www.purl.org"})
#: Hosts that read ``_redirects`` take about this many lines.
_MOST_REDIRECTS: Final = 2_000


def host_files(
    addresses: Addresses, documents: Collection[str] = _NAMESPACES, *, place: str = ""
) -> Iterator[File]:
    """The rule files of a site: paths start at its root, contents depend on nothing else.

    `documents` are the IRIs (without fragment) that are documents and answer 200: hash
    namespaces, those of the tool if nothing is said. `place` is the URL at which the site
    will be, where that is not the base IRI of the project.

    There are ``.nojekyll`` for GitHub Pages, ``.htaccess`` for Apache, ``_headers`` and
    ``_redirects`` for Netlify, Cloudflare Pages and the like, and ``hosting/nginx.conf``;
    where the base is not the place, or that of a redirecting service such as w3id.org,
    ``hosting/w3id/``, the folder that such a service wants.
    ``docs/hosting.md`` says how each is used.
    """
    rules = _Rules.of(addresses, documents, place or addresses.base)
    yield File(".htaccess", _apache(rules).encode())
    yield File(".nojekyll", b"")
    yield File("_headers", _headers(rules).encode())
    yield File("_redirects", _redirects(rules).encode())
    yield File("hosting/nginx.conf", _nginx(rules).encode())
    if rules.place != addresses.base or urlsplit(addresses.base).hostname in _REDIRECTORS:
        yield File("hosting/w3id/README.md", _w3id_readme(rules).encode())
        yield File("hosting/w3id/htaccess.txt", _w3id(rules).encode())


@dataclass(frozen=True, slots=True)
class _Rules:
    """The facts that all hosts are told.

    `prefix` is the path at which the site lies, `documents` the stems that answer 200,
    `odd` the IRIs whose stem is not their path: what is requested, percent-encoded, and
    the stem. `folders` are the first steps of all other stems, `roots` the stems of one step.
    """

    base: str
    place: str
    prefix: str
    documents: tuple[str, ...]
    odd: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]
    roots: tuple[str, ...]

    @classmethod
    def of(cls, addresses: Addresses, documents: Iterable[str], place: str) -> _Rules:
        base = addresses.base
        place = place if place.endswith("/") else f"{place}/"
        place = place if _PLACE.fullmatch(place) else _SOMEWHERE
        own = {iri: stem for iri, stem in addresses.stems.items() if iri.startswith(base)}
        odd = {_requested(iri[len(base) :]): s for iri, s in own.items() if iri != base + s}
        plain = {stem for iri, stem in own.items() if iri == base + stem}
        kept = {addresses.file_stem(iri) or "" for iri in documents if _is_plain(addresses, iri)}
        first = sorted({stem.partition("/")[0] for stem in plain if "/" in stem})
        return cls(
            base,
            place,
            urlsplit(place).path,
            tuple(sorted(kept)),
            tuple(sorted(odd.items())),
            tuple(first),
            tuple(sorted(stem for stem in plain if "/" not in stem)),
        )


def _is_plain(addresses: Addresses, iri: str) -> bool:
    """Whether an IRI ends in the path of its document."""
    stem = addresses.file_stem(iri)
    return bool(stem) and iri.endswith(f"/{stem}")


def _requested(path: str) -> str:
    """What a client asks for when it follows an IRI: other than ASCII percent-encoded."""
    return quote(path, safe="/?:@!$&'()*+,;=~-._%[]")


def _bytes_pattern(text: str) -> str:
    r"""A pattern for exactly this text, without a character that any configuration minds.

    >>> _bytes_pattern('a"} $')
    'a\\x22\\x7D\\x20\\x24'
    """
    return re.sub(
        rb"[^A-Za-z0-9/_-]", lambda match: b"\\x%02X" % match[0][0], text.encode()
    ).decode()


def _accepts() -> Iterator[tuple[str, str]]:
    """Suffix and pattern of every representation but the default."""
    available = tuple(REPRESENTATIONS.values())
    for suffix, media_type in tuple(REPRESENTATIONS.items())[1:]:
        yield suffix, first_named_pattern(media_type, available)


def _by_charset() -> dict[bool, dict[str, str]]:
    """Suffix -> media type without parameters, of those with a charset and of the others."""
    found: dict[bool, dict[str, str]] = defaultdict(dict)
    for suffix, content_type in MEDIA_TYPES.items():
        media_type, _, parameters = content_type.partition("; ")
        found[bool(parameters)][suffix] = media_type
    return found


# --- nginx ----------------------------------------------------------------------------------


def _nginx(rules: _Rules) -> str:
    prefix = rules.prefix
    lines = [
        "# Rules for nginx; mesokg wrote them. Say inside server { }, with the path of this file:",
        "#     include /var/www/example.org/hosting/nginx.conf;",
        f"# `root` must hold the files of the site at {prefix}",
        "",
        "# The first of our media types that the Accept header names; nginx compares no weights.",
        "set $mesokg_suffix .html;",
    ]
    for suffix, pattern in _accepts():
        lines.append(f'if ($http_accept ~* "{pattern}") {{ set $mesokg_suffix {suffix}; }}')
    if prefix != "/":
        lines += ["", f"location = {prefix[:-1]} {{ absolute_redirect off; return 301 {prefix}; }}"]
    lines += [
        "",
        f"location ^~ {prefix} {{",
        "    try_files $uri ${uri}index.html @mesokg;",
        *_nginx_common(rules),
        f"    location = {prefix}{_VOID} {{",
        "        try_files $uri @mesokg;",
        "        default_type text/turtle;",
        "    }",
    ]
    for stem in rules.documents:
        lines += [
            f"    location = {prefix}{stem} {{",
            f"        try_files {prefix}{stem}$mesokg_suffix {prefix}{stem}.html @mesokg;",
            *(f"        {line}" for line in _nginx_headers()),
            f"        add_header Content-Location {prefix}{stem}$mesokg_suffix;",
            "    }",
        ]
    return "\n".join([*lines, "}", "", *_nginx_things(rules), ""])


def _nginx_headers() -> Iterator[str]:
    """The headers of an answer that depends on Accept."""
    for name, value in (*_HEADERS, ("Vary", "Accept")):
        yield f'add_header {name} "{value}" always;'


def _nginx_common(rules: _Rules) -> Iterator[str]:
    """What holds for every file: media types, charsets, headers, compression, the 404."""
    charset = _by_charset()
    with_charset = sorted(set(charset[True].values()) - {"text/html"})
    yield "    default_type application/octet-stream;"
    yield "    types {"
    for suffix, media_type in sorted((charset[True] | charset[False]).items()):
        yield f"        {media_type} {suffix[1:]};"
    yield "    }"
    yield "    charset utf-8;"
    yield f"    charset_types {' '.join(with_charset)};"
    yield "    gzip on;"
    yield "    gzip_vary on;"
    yield f"    gzip_types application/json application/ld+json {' '.join(with_charset)};"
    yield "    absolute_redirect off;"
    yield f"    error_page 404 {rules.prefix}404.html;"
    for name, value in _HEADERS:
        yield f'    add_header {name} "{value}" always;'


def _nginx_things(rules: _Rules) -> Iterator[str]:
    """What is no file: a thing, a page without its suffix, a folder, or nothing."""
    prefix = rules.prefix
    yield "# What is no file. A redirect is sent only to a file that is there."
    yield "location @mesokg {"
    yield "    absolute_redirect off;"
    yield f"    error_page 404 {prefix}404.html;"
    yield from (f"    {line}" for line in _nginx_headers())
    yield '    set $mesokg_path "/-";'
    yield f'    if ($uri ~ "^({prefix}{_PATH})$") {{ set $mesokg_path $1; }}'
    for requested, stem in rules.odd:
        pattern = _bytes_pattern(prefix + requested)
        yield f'    if ($request_uri ~ "^{pattern}$") {{ set $mesokg_path {prefix}{stem}; }}'
    for stem in rules.documents:
        yield f"    if ($uri = {prefix}{stem}/) {{ return 302 {prefix}{stem}; }}"
    yield ("    if (-f $document_root$mesokg_path.nt) { return 303 $mesokg_path$mesokg_suffix; }")
    yield "    if (-f $document_root$mesokg_path.html) { return 301 $mesokg_path.html; }"
    yield "    if (-f $document_root$mesokg_path/index.html) { return 301 $mesokg_path/; }"
    yield '    set $mesokg_path "/-";'
    yield f'    if ($uri ~ "^({prefix}{_PATH})/$") {{ set $mesokg_path $1; }}'
    yield "    if (-f $document_root$mesokg_path.html) { return 302 $mesokg_path; }"
    yield "    return 404;"
    yield "}"


# --- Apache ---------------------------------------------------------------------------------


def _apache(rules: _Rules) -> str:
    charset = _by_charset()
    lines = [
        "# Rules for Apache 2.4; mesokg wrote them. They work in the folder that holds the site,",
        "# wherever it is, where AllowOverride is All, or FileInfo Indexes Options=MultiViews.",
        "Options -MultiViews",
        "DirectoryIndex index.html",
        f"ErrorDocument 404 {rules.prefix}404.html",
        "",
        "# Nothing here is a program, whatever its name.",
        f"RemoveHandler {_RUN}",
        *(
            f"AddType {kind} {end}"
            for end, kind in sorted((charset[True] | charset[False]).items())
        ),
        f"AddCharset utf-8 {' '.join(sorted(charset[True]))}",
        "# A compressed file is no text, and the description of the data has no suffix.",
        '<FilesMatch "\\.gz$">',
        f"    RemoveCharset {' '.join(sorted(charset[True]))}",
        "</FilesMatch>",
        '<Files "void">',
        "    ForceType text/turtle;charset=utf-8",
        "</Files>",
        "",
        "<IfModule mod_headers.c>",
        *(f'    Header always set {name} "{value}"' for name, value in _HEADERS),
        "    Header always merge Vary Accept env=MESOKG_ACCEPT",
        "    Header always merge Vary Accept env=REDIRECT_MESOKG_DOCUMENT",
        "    Header set Content-Location %{REDIRECT_MESOKG_DOCUMENT}e env=REDIRECT_MESOKG_DOCUMENT",
        "</IfModule>",
        "",
        "<IfModule mod_deflate.c>",
        f"    AddOutputFilterByType DEFLATE application/json application/ld+json "
        f"{' '.join(sorted(set(charset[True].values())))}",
        "</IfModule>",
        "",
        "RewriteEngine On",
        "",
        "# Files are files, and folders with an index are their index.",
        "RewriteCond %{REQUEST_FILENAME} -f [OR]",
        "RewriteCond %{REQUEST_FILENAME}index.html -f",
        "RewriteRule ^ - [L]",
        "",
        "# The folder of this file as the web sees it.",
        *_apache_root(),
        *_apache_accept(),
    ]
    return "\n".join([*lines, *_apache_odd(rules), *_apache_things(rules), ""])


def _apache_root() -> Iterator[str]:
    """Puts the path of the folder into MESOKG_ROOT; not for paths that are long or odd."""
    yield f"RewriteCond %{{REQUEST_URI}} ^/(?:{_PATH}/?)?$"
    yield "RewriteCond %{REQUEST_URI} ^.{1,400}$"
    yield "RewriteCond %{REQUEST_URI}::$1 ^(.*?/)(.*)::\\2$"
    yield "RewriteRule ^(.*)$ - [E=MESOKG_ROOT:%1]"


def _apache_accept() -> Iterator[str]:
    """Puts the suffix that the Accept header means into MESOKG_SUFFIX."""
    yield ""
    yield "# The first of our media types that the Accept header names; no weights are compared."
    yield "RewriteRule ^ - [E=MESOKG_SUFFIX:.html]"
    for suffix, pattern in _accepts():
        yield f'RewriteCond %{{HTTP:Accept}} "{pattern}" [NC]'
        yield f"RewriteRule ^ - [E=MESOKG_SUFFIX:{suffix}]"


def _apache_odd(rules: _Rules) -> Iterator[str]:
    """For each IRI whose document has another name than its path: that name, asked for anew."""
    if rules.odd:
        yield ""
        yield "# IRIs whose path is no plain file name."
    for requested, stem in rules.odd:
        yield "RewriteCond %{ENV:REDIRECT_STATUS} ^$"
        yield _requests(rules.prefix + requested)
        yield f"RewriteRule ^ {stem} [L,QSD]"


def _requests(path: str) -> str:
    """Asks whether exactly this was requested; the path as the client sent it."""
    return f'RewriteCond %{{THE_REQUEST}} "^[A-Z]+\\x20{_bytes_pattern(path)}\\x20"'


def _apache_things(rules: _Rules) -> Iterator[str]:
    here = "%{ENV:MESOKG_ROOT}"
    yield ""
    yield "# What is no file. A redirect is sent only to a file that is there."
    yield "RewriteCond %{ENV:MESOKG_ROOT} ^$"
    yield "RewriteRule ^ - [L]"
    if rules.documents:
        names = "|".join(map(re.escape, rules.documents))
        document = "$1%{ENV:MESOKG_SUFFIX}"
        yield "RewriteCond %{REQUEST_FILENAME}.html -f"
        yield f"RewriteRule ^({names})$ {document} [L,E=MESOKG_DOCUMENT:{here}{document}]"
    yield "RewriteCond %{PATH_INFO} ^$"
    yield "RewriteCond %{REQUEST_FILENAME}.nt -f"
    yield f"RewriteRule ^(.*[^/])$ {here}$1%{{ENV:MESOKG_SUFFIX}} [R=303,L,QSD,E=MESOKG_ACCEPT:1]"
    yield "RewriteCond %{PATH_INFO} ^$"
    yield "RewriteCond %{REQUEST_FILENAME}.html -f"
    yield f"RewriteRule ^(.*[^/])$ {here}$1.html [R=301,L]"
    yield "RewriteCond %{PATH_INFO} ^/?$"
    yield "RewriteCond %{REQUEST_FILENAME} ^(.*?)/?$"
    yield "RewriteCond %1.html -f"
    yield f"RewriteRule ^(.*)/$ {here}$1 [R=302,L]"
    yield "RewriteCond %{REQUEST_FILENAME} -d"
    yield "RewriteCond %{REQUEST_FILENAME}/index.html !-f"
    yield "RewriteRule ^ - [R=404,L]"


# --- hosts that read _headers and _redirects ------------------------------------------------


def _headers(rules: _Rules) -> str:
    """Headers by pattern; a star stands for any characters, slashes too."""
    lines = [
        "# Headers for Netlify, Cloudflare Pages and the like; mesokg wrote them.",
        "/*",
        *(f"  {name}: {value}" for name, value in _HEADERS),
    ]
    for suffix, content_type in MEDIA_TYPES.items():
        if suffix != ".html":  # pages are asked for without their suffix, too
            lines += [f"/*{suffix}", f"  Content-Type: {content_type}"]
    lines += [f"/{_VOID}", f"  Content-Type: {MEDIA_TYPES['.ttl']}"]
    return "\n".join([*lines, ""])


def _redirects(rules: _Rules) -> str:
    """Such hosts cannot ask for Accept: an odd IRI leads to its page, a plain one is a page."""
    lines = [
        "# Redirects for Netlify, Cloudflare Pages and the like; mesokg wrote them.",
        "# These hosts show the page of every IRI; they cannot choose by Accept (docs/hosting.md).",
    ]
    plain = [(r, s) for r, s in rules.odd if not re.search(r"[?*:#\s]", r)]
    for requested, stem in plain[:_MOST_REDIRECTS]:
        lines.append(f"/{requested} /{stem}.html 302")
    if left := len(rules.odd) - len(plain[:_MOST_REDIRECTS]):
        lines.append(f"# {left} IRIs cannot be told to these hosts.")
    return "\n".join([*lines, ""])


# --- w3id.org -------------------------------------------------------------------------------


def _w3id(rules: _Rules) -> str:
    """Redirects from a permanent base to where the site is; nothing can be looked up there."""
    site = "%{ENV:MESOKG_SITE}"
    suffixes = "|".join(sorted(suffix[1:] for suffix in MEDIA_TYPES))
    lines = [
        f"# The .htaccess of the folder for {_comment(rules.base)}; mesokg wrote it.",
        "Options +FollowSymLinks -MultiViews",
        "<IfModule mod_headers.c>",
        '    Header always set Access-Control-Allow-Origin "*"',
        "    Header always merge Vary Accept env=MESOKG_ACCEPT",
        "</IfModule>",
        "RewriteEngine On",
        "",
        "# Where the site is: the only line to change when it moves.",
        f"RewriteRule ^ - [E=MESOKG_SITE:{_elsewhere(rules)}]",
        *_apache_accept(),
        *_w3id_odd(rules, site),
        "",
        "# Files.",
        f"RewriteRule ^(?:{_PATH}\\.(?:{suffixes}))?$ {site}$0 [R=302,L]",
        "",
        "# Documents and things.",
    ]
    names = "|".join(map(re.escape, rules.roots))
    kinds = "|".join(map(re.escape, rules.folders))
    if names:
        lines.append(
            f"RewriteRule ^(?:{names})$ {site}$0%{{ENV:MESOKG_SUFFIX}} [R=303,L,E=MESOKG_ACCEPT:1]"
        )
    if kinds:
        target = f"{site}$0%{{ENV:MESOKG_SUFFIX}}"
        lines.append(f"RewriteRule ^(?:{kinds})/{_PATH}$ {target} [R=303,L,E=MESOKG_ACCEPT:1]")
        lines.append(f"RewriteRule ^(?:{kinds})$ {site}$0/ [R=302,L]")
    lines += ["", "# All else.", f"RewriteRule ^(?:{_PATH}/?)?$ {site}$0 [R=302,L]"]
    return "\n".join([*lines, ""])


def _w3id_odd(rules: _Rules, site: str) -> Iterator[str]:
    for requested, stem in rules.odd:
        yield _requests(urlsplit(rules.base).path + requested)
        yield f"RewriteRule ^ {site}{stem}%{{ENV:MESOKG_SUFFIX}} [R=303,L,QSD,E=MESOKG_ACCEPT:1]"


def _elsewhere(rules: _Rules) -> str:
    """Where the site is, if that is known; never the base, which would lead to itself."""
    return rules.place if rules.place != rules.base else _SOMEWHERE


def _w3id_readme(rules: _Rules) -> str:
    return (
        f"# {_comment(rules.base)}\n\n"
        f"Permanent IRIs of an evidence graph made with mesokg, whose site is at "
        f"{_elsewhere(rules)}\n\n"
        "To register them, copy this folder to the path of the base IRI in a clone of\n"
        "perma-id/w3id.org, rename htaccess.txt to .htaccess, write who looks after it below, and\n"
        "open a pull request.\n\n"
        "## Maintainers\n\n* (name, GitHub account)\n"
    )


def _comment(text: str) -> str:
    """Text that stays on its line and says nothing to Markdown."""
    return re.sub(r"[^A-Za-z0-9:/._~-]", "-", text)
