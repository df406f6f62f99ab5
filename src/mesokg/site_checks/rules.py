"""What is asked of a site, and how a breach is written down."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mesokg.report import Finding, Location, Rule, Severity

__all__ = ["RULES", "found"]

_V, _W = Severity.VIOLATION, Severity.WARNING
_TABLE: Final = (
    ("data-agrees-with-dump", _V, "Pages and dump say the same",
     "What a document says about its thing stands in the dump, and the other way round.",
     "build the site and the dump in one run"),
    ("data-formats-agree", _V, "All formats hold the same triples",
     "Turtle, JSON-LD and N-Triples of a page are one document in three spellings.",
     "build the site anew; write none of these files by hand"),
    ("data-names-its-thing", _V, "A document says something about its IRI",
     "The IRI that a page gives to cite is the subject or the object of a triple in its data.",
     "build the site anew"),
    ("data-parses", _V, "Data files can be read",
     "Every RDF and JSON file parses, without anything being fetched.",
     "build the site anew; if the file is large, look for a broken upload"),
    ("fair-access", _W, "The description leads to the whole data",
     "void:dataDump or dcat:downloadURL names a dump that is there (FAIR A1, RDA-A1-04D).",
     "publish the dump beside the site"),
    ("fair-description", _W, "The dataset is described for machines",
     "A dcat:Dataset or void:Dataset with title, description, publisher and a version or date "
     "(FAIR F2, R1.2).",
     "fill in [project] in mesokg.toml"),
    ("fair-findable", _W, "Crawlers find every page",
     "robots.txt leads to sitemap.xml, the map to pages that are there, and each page of a thing "
     "is in the map or linked (FAIR F4).",
     "build the site anew"),
    ("fair-identifier", _W, "A page with data names its IRI",
     "link rel=cite-as gives an http(s) IRI (FAIR F1, F3; RFC 8574).",
     "do not override the head of the base template"),
    ("fair-licence", _W, "The licence can be read by machines",
     "The dataset's description and its pages link to the licence (FAIR R1.1).",
     "give licence as an IRI in mesokg.toml"),
    ("fair-vocabulary", _W, "Terms of our own have a page",
     "Properties and classes whose IRI lies below the site's base are explained there (FAIR I2).",
     "describe the term in the vocabulary"),
    ("host-allows-others", _V, "Data may be read from other sites",
     "Access-Control-Allow-Origin is * on data and on redirects to it.",
     "use the rules in the site's folder hosting, see docs/hosting.md"),
    ("host-answers", _V, "The host answers in time",
     "Each request gets a whole answer.",
     "ask again; if it stays so, look into the server's log"),
    ("host-media-type", _V, "Files come with their media type",
     "Turtle is text/turtle and so on, with the charset where the type has one.",
     "use the rules in the site's folder hosting, see docs/hosting.md"),
    ("host-negotiates", _V, "An IRI answers in every format",
     "By Accept, the IRI of a thing leads by 303 to HTML, Turtle, JSON-LD or N-Triples, and that "
     "of a document is answered with it.",
     "use the rules in the site's folder hosting, or w3id.org, see docs/hosting.md"),
    ("host-slash", _W, "Each thing has one address",
     "With a slash too many an IRI is redirected or unknown, but never a second page.",
     "use the rules in the site's folder hosting, see docs/hosting.md"),
    ("host-unknown", _V, "What is not there is not found",
     "An IRI that does not exist is answered 404, and never by a redirect to nothing.",
     "use the rules in the site's folder hosting, see docs/hosting.md"),
    ("host-varies", _V, "Caches know what Accept changes",
     "An answer that depends on Accept says Vary: Accept.",
     "use the rules in the site's folder hosting, see docs/hosting.md"),
    ("page-alternates", _V, "A page offers its data in three formats",
     "link rel=alternate leads to Turtle, JSON-LD and N-Triples that are there.",
     "build the site anew; do not override the head of the base template"),
    ("page-anchor", _V, "Links to a part of a page find it",
     "The fragment of an internal link is the id of an element of that page.",
     "correct the template that writes the link"),
    ("page-canonical", _V, "A page has one address of its own",
     "There is one link rel=canonical, an absolute URL, and no other page has the same.",
     "do not override the head of the base template"),
    ("page-embedded-data", _V, "Embedded JSON-LD can be read",
     "A script of type application/ld+json is JSON with @context and @type.",
     "use the filter tojson in the template"),
    ("page-link", _V, "Internal links lead somewhere",
     "What a page links to or loads from the site is there.",
     "build the site anew, or correct the template or page that writes the link"),
    ("page-loads-elsewhere", _V, "A page loads nothing from elsewhere",
     "No script, style, image or frame comes from another host.",
     "put a copy into the site, or leave it out"),
    ("page-unsafe-link", _V, "Links are safe to follow",
     "No link has a scheme that runs or opens something: only http, https, mailto and tel.",
     "correct the template or the data that writes the link"),
    ("site-has-pages", _V, "There is a site",
     "The folder or address has a first page, and pages with data.",
     "name the folder that holds index.html, or the address that shows it"),
    ("site-not-found-page", _W, "There is a page for what is not there",
     "404.html is what hosts show for an unknown address.",
     "build the site anew"),
)  # fmt: skip
#: Every rule of `check_site` by its id.
RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        name: Rule(name, title, about, fix, severity, "code")
        for name, severity, title, about, fix in _TABLE
    }
)


def found(
    rule: str, message: str, path: str = "", line: int = 0, column: int = 0, *,
    focus: str = "", value: str = "",
) -> Finding:  # fmt: skip
    """A breach of a rule; `path` is that of a file of the site, `focus` and `value` are IRIs."""
    place = Location(path or "index.html", line, column)
    about = RULES[rule]
    return Finding(
        rule, about.severity, message,
        focus=f"<{focus}>" if focus else "", value=f"<{value}>" if value else "",
        location=place, fix=about.fix,
    )  # fmt: skip
