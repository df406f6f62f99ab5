"""Pages of the service itself, for whoever comes with a browser and no site is served.

They need no script and nothing from elsewhere: a form is a form. Text gets in by escaping
only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from starlette.responses import Response

from mesokg.queries import Param, Query
from mesokg.serve.contents import Catalogue
from mesokg.terms import Prefixes

__all__ = ["CSS", "list_page", "query_form", "query_page"]

_CSP: Final = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

CSS: Final = """\
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --link: #8ab8ff; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.1rem; margin-bottom: .25rem; }
a { color: var(--link); } :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
form { background: var(--soft); border: 1px solid var(--line); border-radius: .5rem;
  padding: 1rem; display: grid; gap: .75rem 1.25rem;
  grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); align-items: end; }
label { display: grid; grid-template-columns: minmax(0, 1fr); gap: .2rem; font-weight: 600; }
label:has(textarea) { grid-column: 1 / -1; }
label small { font-weight: 400; }
input, select, textarea, button { font: inherit; font-weight: 400; padding: .35rem .5rem;
  max-width: 100%; }
textarea, pre, code { font-family: ui-monospace, monospace; font-size: .9rem; }
button { justify-self: start; padding: .4rem 1.2rem; }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; border-radius: .5rem; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid var(--line); max-width: 26rem; overflow-wrap: break-word; }
th { white-space: nowrap; }
ul.list { list-style: none; padding: 0; } ul.list li { padding: .4rem 0; }
"""


def query_form(known: Catalogue) -> Response:
    """A page to write a query on."""
    body = f"""<h1>{escape(known.about.title)}: SPARQL</h1>
<form action="sparql" method="get">
<label>Query
<textarea name="query" rows="14" spellcheck="false">SELECT *
WHERE {{ ?subject ?predicate ?object }}
LIMIT 20</textarea></label>
<label>Format of the answer <select name="format">{_options(("json", "csv", "tsv", "xml"), "csv")}
</select></label>
<button>Ask</button></form>
<p><a href="api">Canned queries</a> · <a href=".well-known/void">About the data</a></p>"""
    return _page(f"{known.about.title}: SPARQL", body, "api/style.css")


def list_page(known: Catalogue) -> Response:
    """A page that lists the canned queries."""
    items = "".join(
        f'<li><a href="api/{escape(name)}">{escape(query.question or query.summary or name)}</a>'
        f"<br><small><code>{escape(name)}</code></small></li>"
        for name, query in known.queries.items()
    )
    body = f"""<h1>{escape(known.about.title)}: questions</h1>
<p>Each question is a page, and an address that programs can ask:
<a href="api/openapi.json">OpenAPI description</a>, <a href="sparql">SPARQL endpoint</a>.</p>
<ul class="list">{items}</ul>"""
    return _page(f"{known.about.title}: questions", body, "api/style.css")


def query_page(
    known: Catalogue, query: Query, values: Mapping[str, str], answer: bytes, links: str
) -> Response:
    """A page for one canned query: its form, its answer, its text."""
    fields = "".join(_field(known, query, param, values) for param in query.params)
    title = query.question or query.summary or query.name
    body = f"""<p><a href="../api">All questions</a></p>
<h1>{escape(title)}</h1>
<form action="{escape(query.name)}" method="get">{fields}
<label>Format <select name="format">{
        _options(("", "json", "csv", "tsv", "xml"), "", {"": "this page"})
    }</select></label>
<button>Ask</button></form>
<h2>Answer</h2>
{"".join(_table(answer, Prefixes(known.prefixes)))}
<p>{links}</p>
<details><summary>The query</summary><pre>{escape(query.text)}</pre></details>"""
    return _page(title, body, "style.css")


def _page(title: str, body: str, css: str) -> Response:
    text = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{css}"></head>
<body><main>
{body}
</main></body></html>
"""
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-cache", "Vary": "Accept"}
    return Response(text, media_type="text/html", headers=headers)


def _options(values: Sequence[str], chosen: str, names: Mapping[str, str] | None = None) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape((names or {}).get(value, value))}</option>"
        for value in values
    )


def _field(known: Catalogue, query: Query, param: Param, values: Mapping[str, str]) -> str:
    chosen = values.get(param.name, "")
    about = f"<small>{escape(param.about)}</small>" if param.about else ""
    choices = known.choices.get((query.name, param.name))
    standing = f"default: {param.default}" if param.default is not None else "any"
    name = escape(param.name)
    if choices is None:
        needed = " required" if param.required else ""
        shown = f'value="{escape(chosen)}" placeholder="{escape(standing)}"'
        control = f'<input name="{name}" {shown}{needed}>'
    else:
        labels = {"": standing, **dict(choices)}
        if chosen and chosen not in labels:
            labels[chosen] = chosen
        control = f'<select name="{name}">{_options(list(labels), chosen, labels)}</select>'
    return f"<label>{name} {about}{control}</label>"


def _table(answer: bytes, prefixes: Prefixes) -> Iterator[str]:
    said: dict[str, Any] = json.loads(answer) if answer else {}
    if "boolean" in said:
        yield f"<p><strong>{'yes' if said['boolean'] else 'no'}</strong></p>"
        return
    if "results" not in said:
        yield "<p>Choose a value for each parameter that is needed, or a format of RDF.</p>"
        return
    columns, rows = said["head"]["vars"], said["results"]["bindings"]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    yield f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>'
    for row in rows:
        cells = "".join(f"<td>{_cell(row.get(name), prefixes)}</td>" for name in columns)
        yield f"<tr>{cells}</tr>"
    yield f"</tbody></table></div><p>{len(rows)} rows on this page.</p>"


def _cell(term: Mapping[str, Any] | None, prefixes: Prefixes) -> str:
    if term is None:
        return ""
    value = term["value"]
    if not isinstance(value, str):
        return escape(json.dumps(value))
    if term["type"] == "uri" and value.startswith(("http://", "https://")):
        short = prefixes.shorten(value).removeprefix("<").removesuffix(">")
        return f'<a href="{escape(value)}">{escape(short)}</a>'
    return escape(value)
