// The engine: Oxigraph over one dataset, in a worker, so that a long query freezes nothing and can
// be stopped. Speaks in messages: start, ask, rows, text.
import init, { Store } from "oxigraph/web.js";
import { withTotalOrder } from "./order.js";
import { form } from "./tokens.js";

let store;
let last = { id: 0, kind: "", rows: [], query: "" };

async function unpacked(source) {
  let bytes = source;
  if (typeof source === "string") {
    const response = await fetch(source);
    if (!response.ok) throw new Error(`${source}: ${response.status} ${response.statusText}`);
    bytes = await response.arrayBuffer();
  }
  const head = new Uint8Array(bytes, 0, 2);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return new Uint8Array(bytes); // unpacked on the way
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function start({ wasm, data, merged }) {
  const began = performance.now();
  const [code, quads] = await Promise.all([
    unpacked(wasm).then((bytes) => init({ module_or_path: bytes })),
    unpacked(data),
  ]);
  void code;
  store = new Store();
  store.load(quads, { format: "application/n-quads", no_transaction: true });
  const named = store.size;
  for (const graph of merged) store.update(`ADD SILENT <${graph}> TO DEFAULT`);
  return { statements: named, ms: performance.now() - began };
}

function answer(query) {
  let text = withTotalOrder(query);
  try {
    return run(text);
  } catch (error) {
    if (isFatal(error) || text === query) throw error;
    return run(query); // says where the mistake is in what was written
  }
}

function run(text) {
  const kind = form(text);
  if (kind === "CONSTRUCT" || kind === "DESCRIBE") {
    const seen = new Map();
    for (const quad of store.query(text)) {
      const row = [quad.subject, quad.predicate, quad.object].map(fromRdfJs);
      seen.set(JSON.stringify(row), row);
    }
    const rows = [...seen.keys()].sort().map((key) => seen.get(key));
    return { kind: "graph", columns: ["subject", "predicate", "object"], rows };
  }
  const found = JSON.parse(store.query(text, { results_format: "application/sparql-results+json" }));
  if (typeof found.boolean === "boolean") return { kind: "truth", value: found.boolean, columns: [], rows: [] };
  const columns = found.head.vars ?? [];
  const rows = found.results.bindings.map((row) => columns.map((name) => fromJson(row[name])));
  return { kind: "table", columns, rows };
}

// Terms as small lists: ["i", IRI], ["b", label], ["l", text, language, datatype], ["t", text], null.
function fromJson(term) {
  if (!term) return null;
  if (term.type === "uri") return ["i", term.value];
  if (term.type === "bnode") return ["b", term.value];
  if (term.type === "triple") {
    const { subject, predicate, object } = term.value;
    return ["t", [subject, predicate, object].map((part) => written(fromJson(part))).join(" ")];
  }
  return ["l", term.value, term["xml:lang"] ?? "", term.datatype ?? ""];
}

function fromRdfJs(term) {
  if (term.termType === "NamedNode") return ["i", term.value];
  if (term.termType === "BlankNode") return ["b", term.value];
  if (term.termType !== "Literal") return ["t", term.toString()];
  const datatype = term.datatype.value;
  const plain = term.language || datatype === "http://www.w3.org/2001/XMLSchema#string";
  return ["l", term.value, term.language, plain ? "" : datatype];
}

function written(term) {
  if (term[0] === "i") return `<${term[1]}>`;
  if (term[0] === "b") return `_:${term[1]}`;
  return term[0] === "t" ? `<<( ${term[1]} )>>` : JSON.stringify(term[1]);
}

// --- answers as text -------------------------------------------------------------------------------

const value = (term) => (term === null ? "" : term[0] === "b" ? `_:${term[1]}` : term[1]);

/** CSV as `mesokg query -f csv` writes it: lines end in LF. */
function csv({ columns, rows }) {
  const cell = (text) =>
    /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const line = (cells) => (cells.length === 1 && cells[0] === "" ? '""' : cells.map(cell).join(",")) + "\n";
  return line(columns) + rows.map((row) => line(row.map(value))).join("");
}

const FORMATS = {
  json: "application/sparql-results+json",
  tsv: "text/tab-separated-values",
  ttl: "text/turtle",
  nt: "application/n-triples",
};

function text(id, format) {
  if (id !== last.id) throw new Error("the answer is no longer there; run the query again");
  if (format === "csv") return csv(last);
  return store.query(withTotalOrder(last.query), { results_format: FORMATS[format] });
}

const isFatal = (error) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
const SHOWN_FIRST = 100;

self.onmessage = async ({ data: { type, id, ...about } }) => {
  try {
    let reply;
    if (type === "start") reply = await start(about);
    if (type === "ask") {
      const began = performance.now();
      const found = answer(about.query);
      const ms = performance.now() - began;
      if (about.keep) last = { id, query: about.query, ...found };
      const rows = about.keep ? found.rows.slice(0, SHOWN_FIRST) : found.rows;
      reply = { ...found, rows, total: found.rows.length, ms };
    }
    if (type === "rows") reply = { rows: last.id === about.of ? last.rows.slice(about.from, about.to) : [] };
    if (type === "text") reply = { text: text(about.of, about.format) };
    self.postMessage({ id, reply });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error), fatal: isFatal(error) });
  }
};
self.postMessage({ id: 0, reply: {} });
