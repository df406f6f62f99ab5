// Reading a SPARQL text without parsing it: what is inside a string, an IRI or a comment, and what
// is not. The same rules as `mesokg.engine.sparql_tokens`, so that both mean the same places.

const WORD = "[\\p{L}\\p{N}_]";
const TOKEN = new RegExp(
  [
    `(?<comment>#[^\\n\\r]*)`,
    `(?<iri><[^<>"{}|^\`\\\\\\x00-\\x20]*>)`,
    `(?<string>"{3}(?:\\\\.|(?!"{3}).)*(?:"{3}|$)|'{3}(?:\\\\.|(?!'{3}).)*(?:'{3}|$)` +
      `|"(?:\\\\.|[^"\\\\\\n\\r])*"?|'(?:\\\\.|[^'\\\\\\n\\r])*'?)`,
    `(?<variable>[?$](?:${WORD}|\\u00b7)+)`,
    `(?<name>(?:${WORD}(?:${WORD}|-)*)?:(?:(?:${WORD}|[.:%\\\\~!$&'()*+,;=/?#@-])*(?:${WORD}|[:%\\\\-]))?)`,
    `(?<word>@?${WORD}(?:${WORD}|-)*)`,
    `(?<space>\\s+)`,
    `(?<mark>.)`,
  ].join("|"),
  "gsu",
);

/** The tokens of a text in order and without gaps: [{kind, text, at}]. */
export function tokens(text) {
  return Array.from(text.matchAll(TOKEN), (match) => ({
    kind: Object.keys(match.groups).find((kind) => match.groups[kind] !== undefined),
    text: match[0],
    at: match.index,
  }));
}

/** The tokens that mean something. */
export function meaningful(text) {
  return tokens(text).filter(({ kind }) => kind !== "space" && kind !== "comment");
}

const FORMS = new Set(["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]);

/** SELECT, ASK, CONSTRUCT or DESCRIBE; "" where a text has none of them. */
export function form(text) {
  const found = meaningful(text).find((t) => t.kind === "word" && FORMS.has(t.text.toUpperCase()));
  return found ? found.text.toUpperCase() : "";
}

/** The inside of each `VALUES ?name { … }`: {name, start, end, words}. */
export function blocks(text) {
  const list = meaningful(text);
  const found = [];
  for (let i = 0; i + 3 < list.length; i++) {
    if (list[i].kind !== "word" || list[i].text.toUpperCase() !== "VALUES") continue;
    if (list[i + 1].kind !== "variable" || list[i + 2].text !== "{") continue;
    const close = list.findIndex((t, at) => at > i + 2 && t.kind === "mark" && t.text === "}");
    if (close < 0) continue;
    found.push({
      name: list[i + 1].text.slice(1),
      start: list[i + 2].at + 1,
      end: list[close].at,
      words: list.slice(i + 3, close).map((t) => t.text),
    });
  }
  return found;
}
