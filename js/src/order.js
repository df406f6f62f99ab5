// Sorting by the kind of a value before the value, as `mesokg.engine` does. SPARQL leaves open how
// values of different kinds compare, and Oxigraph's own order is no order where an integer and a
// string stand in one column: its sort can bring the engine down.
import { meaningful } from "./tokens.js";

const XSD = "http://www.w3.org/2001/XMLSchema#";
// Functions that give values of one kind only, whatever they are given.
const ONE_KIND = new Set(["COUNT", "LANG", "STR", "STRLEN"]);
const AFTER_ORDER = new Set(["LIMIT", "OFFSET", "VALUES"]);

const kindOf = (key) =>
  `IF(isNumeric(${key}), "", COALESCE(CONCAT(STR(DATATYPE(${key})), IF(DATATYPE(${key}) IN (` +
  `<${XSD}date>, <${XSD}dateTime>, <${XSD}time>` +
  `) && REGEX(STR(${key}), "(Z|[+-][0-9]{2}:[0-9]{2})$"), "Z", "")), ""))`;

/** The query with a kind before each sort key; other texts come back as they are. */
export function withTotalOrder(query) {
  const list = meaningful(query);
  const words = list.map((t) => (t.kind === "word" ? t.text.toUpperCase() : t.text));
  const added = [];
  for (let i = 0; i + 1 < words.length; i++) {
    if (words[i] === "ORDER" && words[i + 1] === "BY") added.push(...kinds(query, list, words, i + 2));
  }
  added.sort((a, b) => b.at - a.at);
  for (const { at, text } of added) query = `${query.slice(0, at)}${text} ${query.slice(at)}`;
  return query;
}

function kinds(query, list, words, from) {
  const found = [];
  let place = from;
  while (place < list.length && !AFTER_ORDER.has(words[place])) {
    const { kind, at } = list[place];
    const end = kind === "variable" || words[place] === "NOT" ? place + 1 : closed(list, place);
    if (end === place) break;
    const given = words[place] === "ASC" || words[place] === "DESC";
    const keyWords = given ? words.slice(place + 2, end - 1) : words.slice(place, end);
    if (words[place] !== "EXISTS" && words[place] !== "NOT" && !ofOneKind(keyWords)) {
      const last = list[end - 1];
      const key = query.slice(list[place + (given ? 1 : 0)].at, last.at + last.text.length);
      found.push({ at, text: `${given ? words[place] : "ASC"}(${kindOf(key)})` });
    }
    place = end;
  }
  return found;
}

/** Whether a sort key gives strings only, or numbers only: STR(?x), COALESCE(STR(?x), ""). */
function ofOneKind(key) {
  if (key[0] === "COALESCE" && key.length === 9 && /^["']/.test(key[7])) {
    return key[2] === "STR" && ofOneKind(key.slice(2, 6)) && key[6] === ",";
  }
  return key.length === 4 && ONE_KIND.has(key[0]) && key[1] === "(" && /^[?$]/.test(key[2]);
}

function closed(list, place) {
  let depth = 0;
  for (let end = place; end < list.length; end++) {
    const { kind, text } = list[end];
    if (kind === "mark" || kind === "name") {
      for (const sign of text) depth += "({".includes(sign) ? 1 : ")}".includes(sign) ? -1 : 0;
    }
    if (depth === 0 && (end > place || kind === "mark")) return ")}".includes(text) ? end + 1 : place;
  }
  return place;
}
