// Search without a server: MiniSearch over a list that comes with the site. Works from a disk.
import MiniSearch from "minisearch";
import { byId, count, make } from "./dom.js";

const { kinds, entries } = window.mesokgSearch;
const FIELDS = ["title", "other", "name", "about"];
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const index = new MiniSearch({
  fields: FIELDS,
  processTerm: (term) => folded(term) || null,
  searchOptions: {
    boost: { title: 4, other: 3, name: 2 },
    prefix: (term) => term.length > 1,
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    combineWith: "AND",
    boostDocument: (id) => (entries[id][2].includes("/") ? 1 : 1.5), // the pages of whole parts first
  },
});
index.addAll(entries.map(([, title, path, other, about], id) => ({ id, title, other, about, name: path.replace(/\.html.*$/, "") })));

const field = byId("search-field");
const list = byId("results");
const status = byId("search-status");
const filters = byId("search-kinds");
const MOST = 50;
let kind = -1;

function find(text) {
  const all = index.search(text);
  const found = all.length ? all : index.search(text, { combineWith: "OR" });
  const wanted = folded(text);
  const exact = ({ id }) => (folded(entries[id][1]) === wanted ? 1 : 0);
  return found.sort((a, b) => exact(b) - exact(a) || b.score - a.score || a.id - b.id);
}

/** A text with the words that were found in <mark>. */
function marked(text, terms) {
  const wanted = terms.map(folded);
  return text.split(/([\p{L}\p{N}]+)/u).map((word, i) =>
    i % 2 && wanted.some((term) => folded(word) === term) ? make("mark", {}, word) : word);
}

function show() {
  const text = field.value.trim();
  remember(text);
  if (!text) {
    list.replaceChildren();
    filters.replaceChildren();
    status.textContent = `${count(entries.length, "page")} can be searched.`;
    return;
  }
  const all = find(text);
  const numbers = new Map();
  for (const { id } of all) numbers.set(entries[id][0], (numbers.get(entries[id][0]) ?? 0) + 1);
  if (!numbers.has(kind)) kind = -1;
  const found = kind < 0 ? all : all.filter(({ id }) => entries[id][0] === kind);
  filters.replaceChildren(...(numbers.size > 1 ? [button(-1, "All", all.length), ...[...numbers].sort((a, b) => a[0] - b[0]).map(([k, n]) => button(k, kinds[k], n))] : []));
  status.textContent = found.length ? `${count(found.length, "page")} found${found.length > MOST ? `, the best ${MOST} shown` : ""}.` : `Nothing is called “${text}”, and nothing sounds like it.`;
  list.replaceChildren(...found.slice(0, MOST).map(({ id, queryTerms, terms }) => {
    const [k, title, path, other, about] = entries[id];
    const words = [...terms, ...queryTerms];
    return make("li", {},
      make("a", { href: path }, make("span", { dir: "auto" }, ...marked(title, words))),
      make("span", { class: "result-kind" }, kinds[k]),
      ...names(other, words),
      about ? make("span", { class: "result-about", dir: "auto" }, ...marked(about, words)) : null);
  }));
}

/** The other names in which something was found; the rest would only be noise. */
function names(other, words) {
  const wanted = words.map(folded);
  const hit = (name) => folded(name).split(/[^\p{L}\p{N}]+/u).some((word) => wanted.includes(word));
  const found = other.split(" · ").filter((name) => name && hit(name));
  return found.length ? [make("span", { class: "result-other", dir: "auto" }, "also: ", ...marked(found.join(", "), words))] : [];
}

function button(which, label, n) {
  return make("button", { type: "button", "aria-pressed": String(which === kind), onclick: () => {
    kind = which;
    show();
    filters.querySelector("[aria-pressed=true]")?.focus();
  } }, `${label} ${n}`);
}

function remember(text) {
  try {
    history.replaceState(null, "", text ? `?q=${encodeURIComponent(text)}` : location.pathname);
  } catch {
    // from a disk some browsers forbid it; the search works all the same
  }
}

/** Arrow keys go through the results; from the first one up leads back to the field. */
function step(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = [...list.querySelectorAll("a")];
  const here = links.indexOf(document.activeElement);
  if (here < 0 && document.activeElement !== field) return;
  const next = here + (event.key === "ArrowDown" ? 1 : -1);
  const target = next < 0 ? field : links[Math.min(next, links.length - 1)];
  event.preventDefault();
  target?.focus();
}

byId("search").hidden = false;
document.addEventListener("keydown", step);
field.form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
field.addEventListener("input", show);
field.value = new URLSearchParams(location.search).get("q") ?? "";
show();
if (!field.value) field.focus();
