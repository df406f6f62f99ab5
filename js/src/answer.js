// An answer as people read it: a table whose cells lead to pages, a plain yes or no, a sentence
// where there is nothing.
import { count, make, save, took } from "./dom.js";

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(["integer", "decimal", "double", "float", "nonNegativeInteger", "int", "long"].map((n) => XSD + n));
const MORE = 500;

export class Answer {
  constructor(place, { engine, things, shorten }) {
    this.place = place;
    this.engine = engine;
    this.things = things;
    this.shorten = shorten;
  }

  clear() {
    this.place.replaceChildren();
  }

  /** Shows what the engine replied; `about` has the names of columns, and a name for files. */
  show(reply, about) {
    const parts = [this.#heading(reply, about)];
    if (reply.kind === "truth") parts.push(make("p", { class: "answer-truth" }, reply.value ? "Yes." : "No."));
    else if (reply.total === 0) parts.push(this.#nothing(reply));
    else parts.push(...this.#table(reply, about));
    this.place.replaceChildren(...parts);
  }

  #heading(reply, about) {
    const what =
      reply.kind === "truth" ? "Answer" : count(reply.total, reply.kind === "graph" ? "statement" : "row");
    const heading = make("h2", { id: "answer-heading", tabindex: "-1" }, what);
    const time = make("span", { class: "answer-time" }, `in ${took(reply.ms)}`);
    const formats = { table: ["csv", "tsv", "json"], graph: ["ttl", "nt", "csv"], truth: [] }[reply.kind];
    const buttons = formats.map((format) =>
      make("button", { type: "button", "data-format": format, onclick: () => this.#save(reply, format, about.file) },
        { csv: "CSV", tsv: "TSV", json: "JSON", ttl: "Turtle", nt: "N-Triples" }[format]),
    );
    const downloads = buttons.length
      ? make("span", { class: "answer-downloads", role: "group", "aria-label": "Download" }, make("span", {}, "Download"), ...buttons)
      : null;
    return make("div", { class: "answer-head" }, heading, time, downloads);
  }

  async #save(reply, format, file) {
    const types = { csv: "text/csv", tsv: "text/tab-separated-values", json: "application/sparql-results+json", ttl: "text/turtle", nt: "application/n-triples" };
    save(`${file}.${format}`, types[format], await this.engine.text(reply.id, format));
  }

  #nothing(reply) {
    const text =
      reply.kind === "graph"
        ? "The query describes nothing that is in the data."
        : "Nothing in the data fits all of these conditions. That says what the data hold, not what is true.";
    return make("p", { class: "answer-nothing" }, text);
  }

  #table(reply, about) {
    const columns = laidOut(reply);
    const head = columns.map(({ name, names, kind }) =>
      make("th", { scope: "col", role: "columnheader", class: kind },
        make("span", { class: "column" }, names.join(", ")),
        about.columns?.[name] ? make("span", { class: "column-about" }, about.columns[name]) : null),
    );
    const cell = (row, { name, at, twin, kind }) =>
      make("td", { role: "cell", class: kind, "data-column": about.columns?.[name] ?? name },
        this.#cell(row[at], twin < 0 ? null : row[twin]));
    const body = make("tbody", { role: "rowgroup" });
    const add = (rows) => body.append(...rows.map((row) => make("tr", { role: "row" }, ...columns.map((column) => cell(row, column)))));
    add(reply.rows);
    const table = make("table", { class: "answer-table", role: "table" },
      make("caption", { class: "visually-hidden" }, about.caption),
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)), body);
    const box = make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "The answer as a table" }, table);
    return reply.total > reply.rows.length ? [box, this.#more(reply, add)] : [box];
  }

  #more(reply, add) {
    let shown = reply.rows.length;
    const words = make("span", {}, `${count(shown, "row")} of ${reply.total.toLocaleString("en")} shown`);
    const button = make("button", { type: "button", onclick: async () => {
      const rows = await this.engine.rows(reply.id, shown, shown + MORE);
      add(rows);
      shown += rows.length;
      words.textContent = `${count(shown, "row")} of ${reply.total.toLocaleString("en")} shown`;
      if (shown >= reply.total || rows.length === 0) button.remove();
    } }, `Show ${Math.min(MORE, reply.total - shown)} more`);
    return make("p", { class: "answer-more" }, words, " ", button);
  }

  #cell(term, name) {
    const words = name?.[0] === "l" ? name[1] : "";
    if (term === null) return words ? make("span", { dir: "auto" }, words) : make("span", { class: "visually-hidden" }, "no value");
    const [kind, value, language, datatype] = term;
    if (kind === "i") return this.#iri(value, words);
    if (kind === "b") return make("span", { class: "blank", title: "a thing without a name" }, `_:${value.slice(0, 8)}`);
    if (kind === "t") return make("code", {}, value);
    const about = { dir: "auto" };
    if (language) about.lang = language;
    if (datatype && !NUMBERS.has(datatype)) about.title = datatype;
    return make("span", about, value);
  }

  #iri(iri, words) {
    const label = words || this.things.label(iri);
    const short = this.shorten(iri)?.curie ?? iri;
    const text = label ? make("span", { dir: "auto" }, label) : make("span", { class: "iri" }, short);
    const link = this.things.link(iri);
    if (!link) return make("span", { title: iri }, text);
    return make("a", { href: link.href, title: label ? short : iri, rel: link.local ? undefined : "noreferrer" }, text);
  }
}

/** The columns as people read them: a thing and its name, x and xLabel, are one. */
function laidOut({ columns, rows }) {
  const joined = new Set(columns.filter((name) => columns.includes(`${name}Label`)).map((name) => `${name}Label`));
  return columns.flatMap((name, at) => {
    if (joined.has(name)) return [];
    const twin = joined.has(`${name}Label`) ? columns.indexOf(`${name}Label`) : -1;
    const number = rows.length > 0 && rows.every((row) => !row[at] || NUMBERS.has(row[at][3])) && rows.some((row) => row[at]);
    const long = rows.some((row) => (row[twin < 0 ? at : twin]?.[1].length ?? 0) > 60);
    return [{ name, at, twin, kind: number ? "number" : long ? "long" : undefined, names: twin < 0 ? [name] : [name, `${name}Label`] }];
  });
}
