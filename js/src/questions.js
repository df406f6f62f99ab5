// The canned questions as forms: what may be chosen comes from the data, and what is chosen becomes
// one term in the query's data block.
import { blocks } from "./tokens.js";
import { make } from "./dom.js";

const XSD = "http://www.w3.org/2001/XMLSchema#";
const LITERALS = {
  boolean: { pattern: /^(?:true|false)$/, datatype: "boolean", wanted: "true or false" },
  decimal: { pattern: /^[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?$/, datatype: "decimal", wanted: "a number such as 0.5" },
  integer: { pattern: /^[+-]?[0-9]{1,18}$/, datatype: "integer", wanted: "a whole number" },
  string: { pattern: /^[^]*$/, datatype: "string", wanted: "a text" },
  year: { pattern: /^-?[0-9]{4}$/, datatype: "gYear", wanted: "a year of four digits" },
};

/** A value as one SPARQL term; null where it is not what the parameter wants. */
export function term(param, value) {
  if (param.type === "concept" || param.type === "record") {
    return /^[^<>"{}|^`\\\x00-\x20]+$/.test(value) ? `<${value}>` : null;
  }
  const kind = LITERALS[param.type];
  if (!kind.pattern.test(value) || !value.isWellFormed()) return null;
  // Some readers exchange \uXXXX before they look for strings, so a u after a backslash is escaped
  // itself, and escapes always have eight digits.
  const safe = value.replace(/[\\"\x00-\x1f\x7f]|(?<=\\)[uU]/g, (sign) =>
    sign === "\\" || sign === '"' ? `\\${sign}` : `\\U${sign.charCodeAt(0).toString(16).toUpperCase().padStart(8, "0")}`);
  return param.type === "string" ? `"${safe}"` : `"${safe}"^^<${XSD}${kind.datatype}>`;
}

/** The text with the blocks of one parameter exchanged; null where it has none. */
export function filled(text, name, inside) {
  const found = blocks(text).filter((block) => block.name === name);
  if (!found.length) return null;
  let done = text;
  for (const { start, end } of found.reverse()) {
    const lines = text.slice(start, end).split("\n").length - 1;
    done = `${done.slice(0, start)} ${inside} ${"\n".repeat(lines)}${done.slice(end)}`;
  }
  return done;
}

/** What stands in the block of a parameter in the query as it came. */
export const original = (query, name) =>
  blocks(query.text).find((block) => block.name === name)?.words.join(" ") ?? "UNDEF";

const RDFS = "http://www.w3.org/2000/01/rdf-schema#";
const SKOS = "http://www.w3.org/2004/02/skos/core#";

const DCTERMS = "http://purl.org/dc/terms/";
/** By which else a thing may be called, as on the command line. */
const NAMES = `OPTIONAL { VALUES ?property { <${SKOS}prefLabel> <${SKOS}altLabel> <${SKOS}hiddenLabel> <${SKOS}notation>
  <${RDFS}label> <${DCTERMS}title> <${DCTERMS}identifier> } ?thing ?property ?name }`;
const folded = (text) => text.trim().split(/\s+/).join(" ").toLowerCase().normalize("NFC");

export class Form {
  #choices = new Map();

  constructor(place, { engine, things, change }) {
    this.place = place;
    this.engine = engine;
    this.things = things;
    this.change = change;
    this.values = {};
    this.unknown = []; // values that a link gave and the data do not have
  }

  clear() {
    this.query = null;
    this.values = {};
    this.unknown = [];
    this.place.replaceChildren();
  }

  /** Shows the fields of a query, with these values. */
  async show(query, values = {}) {
    this.query = query;
    this.values = {};
    this.unknown = [];
    const fields = await Promise.all(query.params.map((param) => this.#field(param, values[param.name])));
    if (this.query !== query) return;
    const parts = [];
    if (fields.length) parts.push(make("div", { class: "fields" }, ...fields));
    this.place.replaceChildren(...parts);
  }

  async #choicesOf(param) {
    const key = param.scheme || param.class;
    if (!this.#choices.has(key)) {
      const pattern = param.scheme
        ? `?thing <${SKOS}inScheme> <${param.scheme}> .`
        : `?thing a ?class . ?class <${RDFS}subClassOf>* <${param.class}> .`;
      const reply = await this.engine.ask(`SELECT DISTINCT ?thing ?name { ${pattern} ${NAMES} FILTER(isIRI(?thing)) }`);
      const names = new Map();
      for (const [[, iri], name] of reply.rows) {
        if (!names.has(iri)) names.set(iri, new Set());
        if (name?.[0] === "l") names.get(iri).add(folded(name[1]));
      }
      const found = [...names].map(([iri, known]) => [iri, this.things.label(iri) || iri, known]);
      found.sort((a, b) => a[1].localeCompare(b[1], "en") || (a[0] < b[0] ? -1 : 1));
      this.#choices.set(key, found);
    }
    return this.#choices.get(key);
  }

  async #field(param, given) {
    const id = `param-${param.name}`;
    const about = `${id}-about`;
    let control;
    if (param.type === "concept" || param.type === "record") {
      const choices = await this.#choicesOf(param);
      const chosen = given === undefined ? "" : meant(given, choices);
      if (given !== undefined && !chosen) this.unknown.push(`${words(param.name)} “${given}”`);
      control = select(this.#anything(param), choices, chosen);
      if (chosen) this.#take(param, chosen);
    } else if (param.type === "boolean") {
      control = select(this.#anything(param), [["true", "yes"], ["false", "no"]].filter(([v]) => v !== param.default), given ?? "");
      if (given !== undefined) this.#take(param, given);
    } else {
      control = make("input", { type: "text", value: given ?? "", placeholder: this.#anything(param), spellcheck: "false", autocomplete: "off" });
      if (param.type !== "string") control.inputMode = param.type === "decimal" ? "decimal" : "numeric";
      if (given !== undefined) this.#take(param, given);
    }
    control.id = id;
    control.setAttribute("aria-describedby", about);
    const note = make("span", { class: "field-about", id: about }, param.about);
    control.addEventListener("change", () => {
      const wrong = control.value !== "" && term(param, control.value) === null;
      control.setAttribute("aria-invalid", String(wrong));
      note.textContent = wrong ? `This must be ${LITERALS[param.type].wanted}.` : param.about;
      note.classList.toggle("wrong", wrong);
      if (wrong) return;
      this.#take(param, control.value);
      this.change();
    });
    return make("div", { class: "field" }, make("label", { for: id }, words(param.name)), control, note);
  }

  #anything(param) {
    if (param.default === null) return param.required ? "choose one" : "any";
    if (param.type === "boolean") return param.default === "true" ? "yes" : "no";
    const [start] = original(this.query, param.name).split(" ");
    const [, choices] = [...this.#choices].find(([key]) => key === (param.scheme || param.class)) ?? [];
    const named = choices?.find(([iri]) => iri.endsWith(`/${param.default}`) || iri === param.default);
    return `${named ? named[1] : param.default ?? start} (as it comes)`;
  }

  #take(param, value) {
    if (value === "") delete this.values[param.name];
    else this.values[param.name] = value;
  }

  /** The text of the query with what is chosen. */
  text() {
    let text = this.query.text;
    for (const param of this.query.params) {
      const value = this.values[param.name];
      const inside = value === undefined ? null : term(param, value);
      if (inside !== null) text = filled(text, param.name, inside) ?? text;
    }
    return text;
  }

  /** What must be chosen and is not. */
  missing() {
    return (this.query?.params ?? []).filter((p) => p.required && this.values[p.name] === undefined).map((p) => words(p.name));
  }
}

function select(anything, choices, chosen) {
  const element = make("select", {}, make("option", { value: "" }, anything),
    ...choices.map(([value, label]) => make("option", { value }, label)));
  element.value = chosen;
  return element;
}

/** The IRI that a word in a link means: itself, the end of it, or a name that only one thing has. */
function meant(word, choices) {
  const only = (fits) => {
    const found = choices.filter(fits);
    return found.length === 1 ? found[0][0] : "";
  };
  return only(([iri]) => iri === word) || only(([iri]) => iri.split(/[/#:]/).at(-1) === word) ||
    only(([, , known]) => known.has(folded(word)));
}

const words = (name) => {
  const text = name.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
  return text[0].toUpperCase() + text.slice(1);
};
