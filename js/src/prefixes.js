// Prefixes: which a query lacks, how a line for one is added, how an IRI is shortened.
import { tokens } from "./tokens.js";

/** The uses of prefixes that are not declared before them: [{prefix, from, to}]. */
export function undeclared(text) {
  const declared = new Set(["_"]);
  const missing = [];
  let previous = "";
  for (const { kind, text: word, at } of tokens(text)) {
    if (kind === "name") {
      const prefix = word.slice(0, word.indexOf(":"));
      if (/^@?prefix$/i.test(previous)) declared.add(prefix);
      else if (!declared.has(prefix)) missing.push({ prefix, from: at, to: at + word.length });
    }
    if (kind !== "space" && kind !== "comment") previous = word;
  }
  return missing;
}

/** The prefixes a text declares. */
export function declarations(text) {
  const found = new Map();
  const list = tokens(text).filter(({ kind }) => kind !== "space" && kind !== "comment");
  list.forEach((token, i) => {
    if (/^prefix$/i.test(token.text) && list[i + 1]?.kind === "name" && list[i + 2]?.kind === "iri") {
      found.set(list[i + 1].text.slice(0, -1), list[i + 2].text.slice(1, -1));
    }
  });
  return found;
}

/** Where in a text a PREFIX line belongs: before what is said first, after leading comments. */
export function prologue(text) {
  const first = tokens(text).find(({ kind }) => kind !== "space" && kind !== "comment");
  return first ? text.lastIndexOf("\n", first.at - 1) + 1 : text.length;
}

export const prefixLine = (prefix, namespace) => `PREFIX ${prefix}: <${namespace}>\n`;

const LOCAL = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)?$/;

/** Shortens IRIs by a table prefix -> namespace, the longest namespace first; null where none fits. */
export function shortener(table) {
  const known = Object.entries(table).sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  return (iri) => {
    for (const [prefix, namespace] of known) {
      if (iri.startsWith(namespace)) {
        const local = iri.slice(namespace.length);
        if (local && LOCAL.test(local)) return { prefix, local, curie: `${prefix}:${local}` };
      }
    }
    return null;
  };
}
