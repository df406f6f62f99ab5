"""The page that answers SPARQL in the browser, in a real one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pyoxigraph as ox
import pytest

from browser import Browser, Tab, serve
from mesokg.engine import Table
from mesokg.queries import load_queries, query
from mesokg.results import results
from mesokg.site import Site, sparql_page

READY = "await page.locator('[data-engine=ready] #run:enabled').waitFor();"
EDITOR = "#editor .cm-content"
CLAIMS = "SELECT ?claim ?label WHERE {\n  ?claim a meso:Claim ; rdfs:label ?label .\n}\nLIMIT 20"
PREFIXES = (
    "PREFIX meso: <https://w3id.org/mesokg/ns#>\n"
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
)


def open_page(tab: Tab, address: str, text: str = "", fragment: str = "") -> None:
    tab.open(f"{address}/sparql.html{fragment or (text and '#q=' + quote(text))}")
    tab.run(READY)


def written(tab: Tab) -> str:
    """What stands in the editor."""
    lines: list[str] = tab.run(
        "return await page.locator('#editor .cm-line').evaluateAll(l => l.map(e => e.textContent))"
    )
    return "\n".join(lines)


def write(tab: Tab, text: str) -> None:
    """Puts a text in the place of what stands in the editor."""
    tab.run(
        """await page.locator("#editor .cm-content").click();
        await page.keyboard.press("Control+A");
        if (args.text) await page.keyboard.insertText(args.text);
        else await page.keyboard.press("Delete");""",
        text=text,
    )


def run(tab: Tab, text: str, until: str) -> None:
    """Runs a text from the keyboard, and waits for what a condition says of the page."""
    write(tab, text)
    tab.run(
        """await page.keyboard.press("Control+Enter");
        await page.waitForFunction(new Function(`return ${args.until}`));""",
        until=until,
    )


def clean(tab: Tab) -> None:
    """Nothing was asked of another host, and the browser had nothing to complain of."""
    seen = tab.seen
    assert seen["refused"] == []
    assert seen["errors"] == []


# --- the same answers --------------------------------------------------------------------------

ASK_ALL = """
return await page.evaluate(async () => {
  const worker = new Worker("assets/worker.js");
  const about = window.mesokgSparql;
  const here = (path) => new URL(path, location.href).href;
  let number = 0;
  const send = (type, more) => new Promise((resolve) => {
    const id = ++number;
    worker.addEventListener("message", function listen({ data }) {
      if (data.id !== id) return;
      worker.removeEventListener("message", listen);
      resolve(data);
    });
    worker.postMessage({ type, id, ...more });
  });
  const { data, merged } = about;
  await send("start", { wasm: here("assets/oxigraph.wasm.gz"), data: here(data.path), merged });
  const answers = {};
  for (const { name, text } of about.queries) answers[name] = await send("ask", { query: text });
  return answers;
});
"""

XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"


def as_listed(term: object) -> object:
    """A term of ours as the worker lists it; blank nodes without their label."""
    if isinstance(term, ox.NamedNode):
        return ("i", term.value)
    if isinstance(term, ox.Literal):
        plain = term.language or term.datatype.value == XSD_STRING
        return ("l", term.value, term.language or "", "" if plain else term.datatype.value)
    return None if term is None else ("b",)


def listed(row: Sequence[Sequence[str] | None]) -> tuple[object, ...]:
    return tuple(t and (("b",) if t[0] == "b" else tuple(t)) for t in row)


def test_every_canned_query_answers_as_on_the_command_line(
    browser: Browser, address: str, site: Site, folder: Path
) -> None:
    with browser.tab() as tab:
        open_page(tab, address)
        answers = tab.run(ASK_ALL)
    queries = load_queries(site.project)
    assert set(answers) == set(queries)
    assert len(answers) > 50
    wrong = []
    for name, one in queries.items():
        expected = query(site.engine, one, {}, site.prefixes)
        assert "error" not in answers[name], f"{name}: {answers[name]['error']}"
        reply = answers[name]["reply"]
        rows = [listed(row) for row in reply["rows"]]
        if isinstance(expected, bool):
            same = reply["value"] is expected
        elif isinstance(expected, Table):
            ours = [tuple(map(as_listed, row)) for row in expected.rows]
            same = tuple(reply["columns"]) == expected.columns and rows == ours
        else:
            same = Counter(rows) == Counter(tuple(map(as_listed, t)) for t in set(expected))
        if not same:
            wrong.append(name)
        published = folder / "query" / f"{name}.json"
        if isinstance(expected, Table) and published.exists():
            assert published.read_bytes() == results(expected, "json", site.prefixes), name
    assert wrong == []


# --- asking ------------------------------------------------------------------------------------


def test_page_is_ready_with_a_first_answer(browser: Browser, address: str, site: Site) -> None:
    with browser.tab() as tab:
        open_page(tab, address)
        tab.run("await page.waitForSelector('#answer table')")
        assert f"{len(site.derived.quads):,} statements" in tab.text("#engine")
        assert tab.text("#answer h2").endswith("rows")
        clean(tab)


def test_typed_query_with_spaces_runs_under_the_real_policy(browser: Browser, address: str) -> None:
    text = "ASK { ?thing  a  ?class }"
    with browser.tab() as tab:
        open_page(tab, address)
        tab.run(
            """await page.locator(args.editor).click();
            await page.keyboard.press("Control+A");
            await page.keyboard.type(args.text, { delay: 5 });
            await page.keyboard.press("Control+Enter");
            await page.waitForSelector(".answer-truth");""",
            editor=EDITOR,
            text=text,
        )
        assert written(tab) == text
        assert tab.text(".answer-truth") == "Yes."
        white = tab.run(
            "return await page.locator(args.of).evaluate(e => getComputedStyle(e).whiteSpace)",
            of=EDITOR,
        )
        assert white in {"break-spaces", "pre-wrap", "pre"}
        clean(tab)


def test_missing_prefixes_are_located_and_added_in_one_click(
    browser: Browser, address: str
) -> None:
    with browser.tab() as tab:
        open_page(tab, address, CLAIMS)
        tab.run("await page.waitForSelector('#problem .fix')")
        assert tab.text("#problem").startswith(
            "Line 2, column 12: the prefix meso: is not declared."
        )
        tab.run("await page.click('#problem .fix'); await page.waitForSelector('#answer table')")
        assert written(tab) == PREFIXES + CLAIMS
        assert tab.text("#answer h2") == "20 rows"
        clean(tab)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELCT * { ?s ?p ?o }", "Line 1, column 1: SELCT is not a word of SPARQL. Did you mean"),
        ("SELECT * {\n  ?s ?p ?o ", "Line 1, column 10: this { is never closed."),
        ('SELECT * {\n  ?s ?p "abc\n}', 'Line 2, column 9: this text has no closing ".'),
        ("SELECT * {\n  ?s ?p\n}", "Line 2, column 3: a statement has three parts"),
        ("SELECT * { ?s ?p ?o } } ", "Line 1, column 23: this } closes nothing."),
        ("SELECT ?x (COUNT(*) AS ?n) { ?x ?p ?o }", "a variable in SELECT is neither in GROUP BY"),
        ("SELECT * { ?s foaf2:x ?o }", "Line 1, column 15: the prefix foaf2: is not declared"),
        ("INSERT DATA { <http://e/s> <http://e/p> 1 }", "Line 1, column 1: INSERT would change"),
        ("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }", "SERVICE asks another server"),
        ("", "there is no query yet."),
    ],
    ids=lambda value: value.split()[0] if value else "empty",
)  # fmt: skip
def test_mistakes_are_explained(browser: Browser, address: str, text: str, said: str) -> None:
    with browser.tab() as tab:
        open_page(tab, address, "ASK {}")
        run(tab, text, "!document.querySelector('#problem').hidden")
        assert tab.text("#problem").startswith(said)
        clean(tab)


@pytest.mark.parametrize(
    ("text", "heading", "first"),
    [
        ("ASK { ?s ?p 'no such text' }", "Answer", "No."),
        ("SELECT * { ?s <http://e/none> ?o }", "0 rows", "Nothing in the data"),
        (PREFIXES + "CONSTRUCT WHERE { ?c a meso:Claim ; rdfs:label ?l }", "statements", ""),
        ("DESCRIBE <https://w3id.org/mesokg/ns#Claim>", "statements", ""),
    ],
    ids=["ask", "empty", "construct", "describe"],
)  # fmt: skip
def test_every_form_of_query(
    browser: Browser, address: str, text: str, heading: str, first: str
) -> None:
    with browser.tab() as tab:
        open_page(tab, address, text)
        tab.run("await page.waitForSelector('#answer h2')")
        assert heading in tab.text("#answer h2")
        assert first in tab.text("#answer")
        clean(tab)


YES = "document.querySelector('.answer-truth')?.textContent === 'Yes.'"


def test_running_query_can_be_stopped_and_the_next_one_runs(browser: Browser, address: str) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with browser.tab() as tab:
        open_page(tab, address, "ASK {}")
        run(tab, endless, "!document.querySelector('#stop').hidden")
        tab.run(
            """await page.waitForTimeout(300);
            await page.click("#stop");
            await page.getByText("Stopped").waitFor();"""
        )
        run(tab, "ASK { ?a ?b ?c }", YES)
        clean(tab)


def test_query_that_brings_the_engine_down_is_survived(browser: Browser, address: str) -> None:
    deep = "ASK { FILTER(" + "(" * 6000 + "1" + ")" * 6000 + ") }"
    with browser.tab() as tab:
        open_page(tab, address, "ASK {}")
        run(tab, deep, "!document.querySelector('#problem').hidden")
        assert "too much for the engine" in tab.text("#problem")
        run(tab, "ASK { ?a ?b ?c }", YES)


# --- forms, links, files -----------------------------------------------------------------------


def test_form_offers_what_is_in_the_data_and_binds_it(
    browser: Browser, address: str, site: Site
) -> None:
    with browser.tab() as tab:
        open_page(tab, address, fragment="#query=list-claims")
        tab.run("await page.waitForSelector('#param-kind')")
        offered = tab.run(
            "return await page.locator('#param-kind option').evaluateAll(o => o.map(e => e.value))"
        )
        scheme = site.incoming(
            "https://w3id.org/mesokg/scheme/kind", "http://www.w3.org/2004/02/skos/core#inScheme"
        )
        assert set(offered) - {""} == set(scheme)
        tab.run(
            """await page.selectOption("#param-kind", { label: "harm" });
            await page.waitForFunction(() => /^\\d+ rows/.test(
              document.querySelector("#answer h2")?.textContent.replace("59 rows", "")));"""
        )
        expected = query(
            site.engine, load_queries(None)["list-claims"], {"kind": "harm"}, site.prefixes
        )
        assert isinstance(expected, Table)
        assert 0 < len(expected) < 59
        assert tab.text("#answer h2") == f"{len(expected)} rows"
        clean(tab)


@pytest.mark.parametrize(
    ("name", "param", "value"),
    [
        ("compare-years", "all", "true"),
        ("list-claims-on-miscited-references", "field", "year"),
        ("list-benefits", "certainty", "low"),
        ("trace-claim", "claim", "c01"),
    ],
)  # fmt: skip
def test_every_type_of_parameter_gives_the_answer_of_the_command_line(
    browser: Browser, address: str, site: Site, name: str, param: str, value: str
) -> None:
    expected = query(site.engine, load_queries(None)[name], {param: value}, site.prefixes)
    assert isinstance(expected, Table)
    with browser.tab() as tab:
        open_page(tab, address, fragment=f"#query={name}&p.{param}={value}")
        tab.run("await page.waitForSelector('#answer h2')")
        assert tab.text("#answer h2").split()[0] == str(len(expected))
        assert download(tab, "csv") == results(expected, "csv", site.prefixes).decode()


def download(tab: Tab, format: str) -> str:
    return str(
        tab.run(
            """const [file] = await Promise.all([
              page.waitForEvent("download"), page.click(`[data-format=${args.format}]`)]);
            const parts = [];
            for await (const part of await file.createReadStream()) parts.push(part);
            return Buffer.concat(parts).toString("utf8");""",
            format=format,
        )
    )


def test_link_with_a_value_that_is_not_there_says_so(browser: Browser, address: str) -> None:
    with browser.tab() as tab:
        open_page(tab, address, fragment="#query=list-claims&p.kind=no-such-kind")
        tab.run("await page.waitForSelector('#problem:not([hidden])')")
        assert "Kind “no-such-kind”" in tab.text("#problem")
        assert tab.text("#answer") == ""


def test_string_parameter_cannot_leave_its_quotes(browser: Browser, address: str) -> None:
    hostile = 'x" } } ASK { ?a ?b "\\u0022 <script>alert(1)</script>'
    with browser.tab() as tab:
        open_page(tab, address, fragment="#query=list-claims-on-miscited-references")
        tab.run(
            """await page.waitForSelector("#param-field");
            await page.fill("#param-field", args.text);
            await page.press("#param-field", "Tab");
            await page.waitForFunction(() =>
              document.querySelector("#answer h2")?.textContent === "0 rows");""",
            text=hostile,
        )
        assert "Nothing in the data fits" in tab.text("#answer")
        clean(tab)


@pytest.mark.parametrize("start", [PREFIXES + CLAIMS, ""], ids=["text", "question"])
def test_share_link_brings_the_same_query_back(browser: Browser, address: str, start: str) -> None:
    fragment = "" if start else "#query=list-claims&p.kind=harm"
    with browser.tab() as tab:
        open_page(tab, address, start, fragment)
        tab.run("await page.waitForSelector('#answer h2'); await page.click('#share')")
        link = tab.run("return await page.inputValue('#share-link')")
        before = written(tab), tab.text("#answer table")
    with browser.tab() as tab:
        tab.open(link)
        tab.run(READY + "; await page.waitForSelector('#answer table')")
        assert (written(tab), tab.text("#answer table")) == before


def test_link_from_the_page_of_a_question_brings_its_form(
    browser: Browser, address: str, site: Site
) -> None:
    body = "\n".join(
        line for line in load_queries(None)["list-claims"].text.splitlines() if line[:2] != "#+"
    )
    with browser.tab() as tab:
        open_page(tab, address, body)
        tab.run("await page.waitForSelector('#param-kind')")
        assert tab.run("return await page.inputValue('#question')") == "list-claims"


def test_files_hold_the_whole_answer(browser: Browser, address: str, site: Site) -> None:
    expected = query(site.engine, load_queries(None)["list-claims-about"], {}, site.prefixes)
    assert isinstance(expected, Table)
    assert len(expected) > 100, "more rows than are shown at first"
    with browser.tab() as tab:
        open_page(tab, address, fragment="#query=list-claims-about")
        tab.run("await page.waitForSelector('.answer-more')")
        assert download(tab, "csv") == results(expected, "csv", site.prefixes).decode()
        found = json.loads(download(tab, "json"))
        assert len(found["results"]["bindings"]) == len(expected)
        tab.run("await page.click('.answer-more button')")
        rows = tab.run(
            "await page.waitForTimeout(100); return await page.locator('#answer tbody tr').count()"
        )
        assert rows == len(expected)


def test_cells_lead_to_pages_by_their_names(browser: Browser, address: str, folder: Path) -> None:
    text = PREFIXES + "SELECT ?thing { ?thing a ?class . FILTER(isIRI(?thing)) } ORDER BY ?thing"
    with browser.tab() as tab:
        open_page(tab, address, text)
        tab.run("await page.waitForSelector('#answer table')")
        links = tab.run(
            """return await page.locator("#answer td a").evaluateAll(
              a => a.map(e => [e.getAttribute("href"), e.textContent]))"""
        )
    local = [(href, words) for href, words in links if not urlsplit(href).scheme]
    assert len(local) > 50
    missing = {href for href, _ in local if not (folder / unquote(urlsplit(href).path)).is_file()}
    assert missing == set()
    assert all(words.strip() for _, words in local)


# --- writing ------------------------------------------------------------------------------------


def test_completion_offers_what_is_in_the_data_with_counts(browser: Browser, address: str) -> None:
    with browser.tab() as tab:
        open_page(tab, address, "ASK {}")
        tab.run("await page.waitForSelector('.answer-truth'); await page.waitForTimeout(500)")
        tab.run(
            """await page.locator(args.editor).click();
            await page.keyboard.press("Control+A");
            await page.keyboard.type("SELECT * WHERE { ?claim stated", { delay: 20 });
            await page.waitForSelector("#editor .cm-tooltip-autocomplete");""",
            editor=EDITOR,
        )
        option = tab.text("#editor .cm-tooltip-autocomplete [aria-selected]")
        assert "meso:statedIn" in option
        assert "59×" in option
        tab.run("await page.waitForTimeout(150); await page.keyboard.press('Enter')")
        lines = written(tab).splitlines()
        assert lines[0] == "PREFIX meso: <https://w3id.org/mesokg/ns#>"
        assert lines[1].startswith("SELECT * WHERE { ?claim meso:statedIn")


def test_keyboard_reaches_the_editor_and_leaves_it(browser: Browser, address: str) -> None:
    with browser.tab() as tab:
        open_page(tab, address, "ASK {}")
        where = """return await page.evaluate(() => {
          const inside = document.activeElement?.shadowRoot?.activeElement;
          return inside ? "editor" : document.activeElement?.id ?? "";
        })"""
        tab.run("await page.waitForSelector('.answer-truth'); await page.focus('#question')")
        steps = []
        for _ in range(6):
            tab.run("await page.keyboard.press('Tab')")
            steps.append(tab.run(where))
            if steps[-1] == "editor":
                break
        assert steps[-1] == "editor"
        tab.run("await page.keyboard.press('Tab')")
        assert tab.run(where) == "editor", "Tab indents"
        tab.run("await page.keyboard.press('Escape'); await page.keyboard.press('Tab')")
        assert tab.run(where) == "run"
        tab.run("await page.keyboard.press('Enter'); await page.waitForSelector('.answer-truth')")
        clean(tab)


# --- other hosts ---------------------------------------------------------------------------------


def test_whole_page_works_from_a_disk(browser: Browser, folder: Path) -> None:
    with browser.tab() as tab:
        open_page(tab, folder.as_uri(), fragment="#query=list-claims&p.kind=harm")
        tab.run("await page.waitForSelector('#answer table')")
        assert tab.text("#answer h2").endswith("rows")
        seen = tab.seen["requests"]
        assert all(url.startswith(("file:", "blob:", "data:")) for url in seen)
        clean(tab)


def test_files_that_a_host_unpacks_by_itself_are_read(browser: Browser, folder: Path) -> None:
    with serve(folder, unpacking=True) as url, browser.tab() as tab:
        open_page(tab, url, "ASK { ?s ?p ?o }")
        tab.run("await page.waitForSelector('.answer-truth')")
        assert tab.text(".answer-truth") == "Yes."
        clean(tab)


def test_large_graph_waits_until_it_is_wanted(
    browser: Browser, folder: Path, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sparql_page, "LOADED", 100)
    for file in sparql_page.files(site):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    (tmp_path / "sparql.html").write_bytes((folder / "sparql.html").read_bytes())
    with serve(tmp_path) as url, browser.tab() as tab:
        tab.open(f"{url}/sparql.html")
        tab.run("await page.waitForSelector('#load:not([hidden])')")
        assert not any("data.nq" in url for url in tab.seen["requests"])
        assert "0.1 MB" in tab.text("#load")
        tab.run("await page.click('#load'); " + READY)
        assert "statements" in tab.text("#engine")
