// What is wrong with a query, in words a person can use: where, why, and the way out. The engine's
// own messages list the characters that its grammar would have taken.
import { meaningful, tokens } from "./tokens.js";
import { undeclared } from "./prefixes.js";

const WORDS = `a abs add adjust all as asc ask avg base bind bnode bound by ceil clear coalesce concat
construct contains copy count create data datatype day default delete desc describe distinct drop
encode_for_uri exists false filter floor from graph group group_concat having hours if in insert into
iri isblank isiri isliteral isnumeric istriple isuri lang langdir haslang haslangdir langmatches lateral
lcase limit load max md5 min minus minutes month move named not now object offset optional order
predicate prefix rand reduced regex replace round sample sameterm seconds select separator service
sha1 sha256 sha384 sha512 silent sparql str strafter strbefore strdt strends strlang strlangdir strlen
strstarts struuid subject substr sum then timezone to triple true tz ucase undef union uri using uuid
values where with year`.split(/\s+/);
const KNOWN = new Set(WORDS);

/** Edit distance, exchanged neighbours counting once; more than `most` is not told apart. */
function distance(one, other) {
  const rows = [Array.from({ length: other.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= one.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[one.length][other.length];
}

/** The nearest of some words; "" where none is near. */
export function nearest(word, known) {
  const most = Math.max(1, Math.floor(word.length / 3));
  let best = "";
  let least = most + 1;
  for (const other of known) {
    if (Math.abs(other.length - word.length) > most) continue;
    const far = distance(word, other);
    if (far < least) [best, least] = [other, far];
  }
  return best;
}

/** Prefixes used and not declared, one problem for each, with a fix where the prefix is known. */
export function missingPrefixes(text, known) {
  const seen = new Set();
  return undeclared(text)
    .filter(({ prefix }) => !seen.has(prefix) && seen.add(prefix))
    .map(({ prefix, from, to }) => {
      const message = `the prefix ${prefix}: is not declared`;
      if (known[prefix] !== undefined) return { from, to, message, prefix };
      const close = nearest(prefix, Object.keys(known));
      const hint = close ? `, and not known here. Did you mean ${close}:?` : ", and not known here";
      return { from, to: from + prefix.length, message: message + hint, exchange: close || undefined };
    });
}

const CLOSES = { "}": "{", ")": "(", "]": "[" };

function strings(text) {
  for (const { kind, text: word, at } of tokens(text)) {
    if (kind !== "string") continue;
    const quote = /^("""|'''|"|')/.exec(word)[0];
    if (word.length < 2 * quote.length || !word.endsWith(quote)) {
      return { from: at, to: at + word.length, message: `this text has no closing ${quote}` };
    }
  }
  return null;
}

function brackets(list) {
  const open = [];
  for (const { kind, text: word, at } of list) {
    if (kind !== "mark") continue;
    if ("{([".includes(word)) open.push({ word, at });
    if (CLOSES[word] !== undefined) {
      const last = open.pop();
      if (last?.word !== CLOSES[word]) {
        const from = last ? last.at : at;
        const message = last
          ? `this ${last.word} is never closed: a ${word} comes first`
          : `this ${word} closes nothing`;
        return { from, to: from + 1, message };
      }
    }
  }
  const last = open.pop();
  return last ? { from: last.at, to: last.at + 1, message: `this ${last.word} is never closed` } : null;
}

function words(list) {
  for (const { kind, text: word, at } of list) {
    if (kind !== "word" || word.startsWith("@") || /^[0-9]/.test(word)) continue;
    if (KNOWN.has(word.toLowerCase())) continue;
    const close = nearest(word.toLowerCase(), WORDS).toUpperCase();
    const message = close
      ? `${word} is not a word of SPARQL. Did you mean ${close}?`
      : `${word} is not a word of SPARQL. A variable begins with ?, a name has a prefix, a text stands in quotes`;
    return { from: at, to: at + word.length, message, exchange: close || undefined };
  }
  return null;
}

/** A statement with fewer than three parts, right before a place. */
function shortStatement(list, place) {
  const end = list.findIndex(({ at }) => at >= place - 1);
  const until = end < 0 ? list.length : end;
  for (let i = until; i >= Math.max(1, until - 2); i--) {
    if (!list[i] || !/^[.}]$/.test(list[i].text)) continue;
    let count = 0;
    let from = i;
    while (from > 0 && ["iri", "name", "variable", "string"].includes(list[from - 1].kind)) {
      from -= 1;
      count += 1;
    }
    if ((count === 1 || count === 2) && /^[.{}]$/.test(list[from - 1]?.text ?? "")) {
      const last = list[i - 1];
      return {
        from: list[from].at,
        to: last.at + last.text.length,
        message: "a statement has three parts, subject, predicate and object; here are " + count,
      };
    }
  }
  return null;
}

const SAID = [
  [/variable that is unbound/, "a variable in SELECT is neither in GROUP BY nor inside COUNT, SUM or the like"],
  [/is already defined|already in use/, "a variable is given a value twice"],
  [/LOAD|INSERT|DELETE/, ""],
];

/** The problem behind a message of the engine: {from, to, message, prefix?, exchange?}. */
export function explain(raw, text, known) {
  if (!text.trim()) return { from: 0, to: 0, message: "there is no query yet" };
  const list = meaningful(text);
  const [prefix] = missingPrefixes(text, known);
  if (prefix) return prefix;
  const located = /error at (\d+):(\d+): ([^]*)/.exec(raw);
  if (!located) {
    const service = /The service <(.*)> is not supported/.exec(raw);
    const message = service
      ? "SERVICE asks another server, and this page asks none. Run the query with the command line or on an endpoint"
      : raw;
    return { from: 0, to: 0, message };
  }
  const update = list.find((t) => t.kind === "word" && /^(insert|delete|load|clear|drop|create|copy|move|add)$/i.test(t.text));
  if (update && list.indexOf(update) === 0) {
    const to = update.at + update.text.length;
    return { from: update.at, to, message: `${update.text} would change the data; here they can only be read` };
  }
  const place = offset(text, Number(located[1]), Number(located[2]));
  const phrase = SAID.find(([pattern, say]) => say && pattern.test(located[3]));
  return (
    strings(text) ??
    brackets(list) ??
    words(list) ??
    (phrase ? { from: 0, to: 0, message: phrase[1] } : null) ??
    shortStatement(list, place) ??
    unexpected(list, place, text)
  );
}

function unexpected(list, place, text) {
  const token = list.find((t) => t.at + t.text.length > place) ?? null;
  if (!token) return { from: text.length, to: text.length, message: "the query ends too early" };
  const from = token.at;
  return { from, to: from + token.text.length, message: `${token.text} is not expected here` };
}

function offset(text, line, column) {
  let at = 0;
  for (let i = 1; i < line; i++) at = text.indexOf("\n", at) + 1;
  return Math.min(text.length, at + [...text.slice(at)].slice(0, column - 1).join("").length);
}

/** "Line 3, column 7" of a place. */
export function placeOf(text, at) {
  const before = text.slice(0, at).split("\n");
  return `Line ${before.length}, column ${[...before.at(-1)].length + 1}`;
}
