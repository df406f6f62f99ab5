// Completion from what is loaded: properties and classes with how often they are used, things by
// their labels, prefixes, the query's own variables, the words of SPARQL.
import { declarations, prefixLine, prologue } from "./prefixes.js";
import { tokens } from "./tokens.js";

const KEYWORDS = ["SELECT", "DISTINCT", "WHERE", "FILTER", "OPTIONAL", "UNION", "MINUS", "GRAPH", "VALUES", "BIND", "AS",
  "ORDER BY", "GROUP BY", "HAVING", "LIMIT", "OFFSET", "ASC", "DESC", "COUNT", "SUM", "AVG", "MIN", "MAX", "SAMPLE",
  "GROUP_CONCAT", "SEPARATOR", "STR", "LANG", "LANGMATCHES", "DATATYPE", "BOUND", "IF", "COALESCE", "REGEX", "REPLACE",
  "CONTAINS", "STRSTARTS", "STRENDS", "STRAFTER", "STRBEFORE", "STRLEN", "SUBSTR", "LCASE", "UCASE", "CONCAT", "IN",
  "NOT EXISTS", "EXISTS", "NOT IN", "IRI", "YEAR", "isIRI", "isLiteral", "isNumeric", "ASK", "CONSTRUCT", "DESCRIBE", "PREFIX"];
const MOST = 60;

/** What may stand at the cursor. `about`: {known, shorten, things, vocabulary: Map(IRI -> count)}. */
export function completions(context, about) {
  const before = context.state.sliceDoc(0, context.pos);
  const last = tokens(before).at(-1);
  if (!last || last.kind === "comment" || last.kind === "string") return null;
  const typed = ["name", "word", "variable"].includes(last.kind) || /^[?$]$/.test(last.text) ? last.text : "";
  if (!typed && !context.explicit) return null;
  const from = context.pos - typed.length;
  const options = /^[?$]/.test(typed) ? variables(context, typed) : names(context, typed, about);
  return options.length ? { from, options: options.slice(0, MOST), filter: false } : null;
}

function variables(context, typed) {
  const text = context.state.doc.toString();
  const counts = new Map();
  for (const token of tokens(text)) {
    if (token.kind === "variable" && token.at + token.text.length !== context.pos) {
      counts.set(token.text, (counts.get(token.text) ?? 0) + 1);
    }
  }
  return [...counts].filter(([name]) => name.startsWith(typed)).map(([label]) => ({ label, type: "variable" }));
}

function names(context, typed, about) {
  const lower = typed.toLowerCase();
  const afterA = /(?:^|[\s;{])a\s+\S*$/.test(context.state.sliceDoc(Math.max(0, context.pos - 80), context.pos));
  const found = [];
  for (const entry of entries(about)) {
    const score = fit(entry, lower, typed);
    if (score > 0) found.push({ entry, score: score + (afterA && entry.isClass ? 50 : 0) + Math.log2(1 + (entry.count ?? 0)) });
  }
  found.sort((a, b) => b.score - a.score || (a.entry.curie < b.entry.curie ? -1 : 1));
  const things = found.slice(0, MOST).map(({ entry }) => option(entry, about));
  if (typed.includes(":")) return things;
  const prefixes = Object.keys(about.known).filter((p) => p && p.startsWith(typed)).map((prefix) => ({ label: `${prefix}:`, detail: about.known[prefix] }));
  const words = KEYWORDS.filter((word) => word.toLowerCase().startsWith(lower) && lower).map((label) => ({ label, type: "keyword" }));
  return [...words, ...prefixes.slice(0, 12), ...things];
}

let cache = { of: null, entries: [] };

/** Everything that can be named, each with its CURIE, label and count; made once for a vocabulary. */
function entries(about) {
  if (cache.of === about.vocabulary) return cache.entries;
  const all = new Map();
  for (const [iri, label] of about.things.named) all.set(iri, { iri, label });
  for (const [iri, { count, isClass }] of about.vocabulary) all.set(iri, { iri, label: all.get(iri)?.label ?? "", count, isClass });
  const list = [];
  for (const entry of all.values()) {
    const short = about.shorten(entry.iri);
    list.push({ ...entry, ...(short ?? { curie: `<${entry.iri}>` }), words: `${entry.label} ${short?.local ?? ""}`.toLowerCase() });
  }
  cache = { of: about.vocabulary, entries: list };
  return list;
}

function fit({ curie, local, words }, lower, typed) {
  const name = curie.toLowerCase();
  if (typed.includes(":")) {
    if (name.startsWith(lower)) return 100;
    const rest = lower.slice(lower.indexOf(":") + 1);
    return name.startsWith(lower.slice(0, lower.indexOf(":") + 1)) && rest && words.includes(rest) ? 40 : 0;
  }
  if (!lower) return 10;
  if (local?.toLowerCase().startsWith(lower)) return 60;
  return lower.length > 2 && ` ${words}`.includes(` ${lower}`) ? 30 : 0;
}

function option({ curie, label, count, prefix }, about) {
  const times = count ? `${count.toLocaleString("en")}×` : "";
  const own = label && label.toLowerCase() !== curie.slice(curie.indexOf(":") + 1).toLowerCase() ? label : "";
  return {
    label: curie,
    detail: [own, times].filter(Boolean).join(" · "),
    apply: (view, _, from, to) => {
      const text = view.state.doc.toString();
      const changes = [{ from, to, insert: curie }];
      if (prefix && !declarations(text).has(prefix)) {
        changes.unshift({ from: prologue(text.slice(0, from) + curie), insert: prefixLine(prefix, about.known[prefix]) });
      }
      const shift = changes.length > 1 ? changes[0].insert.length : 0;
      view.dispatch({ changes, selection: { anchor: from + curie.length + shift }, userEvent: "input.complete" });
    },
  };
}
