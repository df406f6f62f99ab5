// The page where the data can be asked: questions with forms, the editor, answers.
import { Answer } from "./answer.js";
import { byId, count, make, took } from "./dom.js";
import { makeEditor } from "./editor.js";
import { Engine, Failed, Stopped } from "./engine.js";
import { shortener } from "./prefixes.js";
import { explain, missingPrefixes, placeOf } from "./problems.js";
import { Form } from "./questions.js";
import { Things } from "./things.js";
import { form } from "./tokens.js";

const about = window.mesokgSparql;
const things = new Things(about.things);
const engine = new Engine({ assets: "assets", data: about.data.path, merged: about.merged });
const shorten = shortener(about.prefixes);
const status = byId("status");
const problemPlace = byId("problem");
const runButton = byId("run");
const stopButton = byId("stop");
const picker = byId("question");
const answer = new Answer(byId("answer"), { engine, things, shorten });
const vocabulary = { known: about.prefixes, shorten, things, vocabulary: new Map() };
let running = false;
let again = false;
let setting = false;
let query = null;

byId("sparql").hidden = false; // before the editor measures itself
const editor = makeEditor(byId("editor"), {
  ...vocabulary,
  get vocabulary() {
    return vocabulary.vocabulary;
  },
  doc: "",
  run: () => void run(true),
  change: () => {
    problemPlace.hidden = true;
    if (!setting) leaveQuestion();
  },
});

const questionForm = new Form(byId("parameters"), {
  engine,
  things,
  change: () => {
    setText(questionForm.text());
    void run();
  },
});

function setText(text) {
  setting = true;
  editor.text = text;
  setting = false;
}

/** What is written is no longer the question as it came, so its form has no hold on it. */
function leaveQuestion() {
  if (!query || editor.text === questionForm.text()) return;
  query = null;
  picker.value = "";
  questionForm.clear();
  showAbout();
}

function showAbout() {
  const place = byId("question-about");
  if (!query) return place.replaceChildren();
  const parts = [query.summary ? `${query.summary}. ` : ""];
  if (query.page) parts.push(make("a", { href: query.page }, "The page of this question"));
  place.replaceChildren(...parts);
}

async function choose(name, values = {}) {
  query = about.queries.find((one) => one.name === name) ?? null;
  if (!query) return;
  picker.value = name;
  setText(query.text);
  showAbout();
  try {
    await questionForm.show(query, values);
  } catch (error) {
    return report(error);
  }
  setText(questionForm.text());
}

/** Whether a link asked for something that is not in the data; says so instead of answering another question. */
function refused() {
  if (!questionForm.unknown.length) return false;
  showProblem({ from: 0, to: 0, message: `The data have no ${questionForm.unknown.join(", ")}: choose another value` }, editor.text);
  return true;
}

// --- running ------------------------------------------------------------------------------------

function busy(on) {
  running = on;
  stopButton.hidden = !on;
  runButton.disabled = on;
}

/** Asks what is written. By a person: brings the answer into view if it lies below. */
async function run(person = false) {
  if (running) {
    again = true; // what is asked meanwhile is asked next
    return;
  }
  const missing = questionForm.missing();
  if (missing.length) return say(`Choose first: ${missing.join(", ")}.`);
  const text = editor.text;
  problemPlace.hidden = true;
  editor.mark(null);
  if (!form(text) || !text.trim()) return showProblem(explain("error at 1:1: ", text, about.prefixes), text);
  busy(true);
  say("Asking …");
  if (text !== about.first || location.hash) remember(text);
  try {
    const reply = await engine.ask(text, true);
    answer.show(reply, {
      columns: query?.columns,
      caption: query ? query.question : "What the query answers",
      file: query ? query.name : "answer",
    });
    if (person && byId("answer").getBoundingClientRect().top > innerHeight - 120) byId("reply").scrollIntoView();
    whisper(reply.kind === "truth" ? `Answer: ${reply.value ? "yes" : "no"}, in ${took(reply.ms)}.` : `${count(reply.total, reply.kind === "graph" ? "statement" : "row")} in ${took(reply.ms)}.`);
  } catch (error) {
    report(error, text);
  } finally {
    busy(false);
  }
  if (again) {
    again = false;
    await run(person);
  }
}

function report(error, text = editor.text) {
  if (error instanceof Stopped) return say("Stopped. The engine starts anew with the next question.");
  if (error instanceof Failed && !error.fatal) return showProblem(explain(error.message, text, about.prefixes), text);
  say("");
  const message = /stack|unreachable|memory|recursion/i.test(error.message)
    ? "This query was too much for the engine in the browser. It starts anew with the next question."
    : `The engine did not start: ${error.message}`;
  showProblem({ from: 0, to: 0, message }, text);
}

function showProblem(problem, text) {
  say("");
  answer.clear();
  editor.mark(problem);
  const parts = [];
  if (problem.to > problem.from) {
    parts.push(make("button", { type: "button", class: "place", onclick: () => editor.goTo(problem.from) }, placeOf(text, problem.from)), ": ");
  }
  parts.push(`${problem.message.replace(/[.?]$/, "")}${problem.message.endsWith("?") ? "?" : "."} `);
  const again = (fix) => () => {
    fix();
    problemPlace.hidden = true;
    void run();
  };
  if (problem.prefix !== undefined) {
    const lines = missingPrefixes(text, about.prefixes).filter((one) => one.prefix).length;
    const words = lines === 1 ? `Add ${problem.prefix}: and run` : `Add all ${lines} missing prefixes and run`;
    parts.push(make("button", { type: "button", class: "fix", onclick: again(() => editor.addPrefixes()) }, words));
  }
  if (problem.exchange) {
    parts.push(make("button", { type: "button", class: "fix", onclick: again(() => editor.exchange(problem, problem.exchange)) }, `Write ${problem.exchange} and run`));
  }
  problemPlace.replaceChildren(make("p", {}, ...parts));
  problemPlace.hidden = false;
}

/** Says something to everybody. */
function say(text) {
  status.textContent = text;
  status.classList.remove("visually-hidden");
}

/** Says what the page already shows, to those who do not see it. */
function whisper(text) {
  say(text);
  status.classList.add("visually-hidden");
}

// --- links --------------------------------------------------------------------------------------

/** The part of an address that brings a query back: a question with its choices, or the text. */
function fragment(text) {
  if (query && text === questionForm.text()) {
    const parts = new URLSearchParams({ query: query.name });
    for (const [name, value] of Object.entries(questionForm.values)) parts.set(`p.${name}`, value);
    return `#${parts}`;
  }
  return `#q=${encodeURIComponent(text)}`;
}

let written = "";

function remember(text) {
  written = fragment(text);
  history.replaceState(null, "", written);
}

async function share() {
  remember(editor.text);
  const field = byId("share-link");
  field.value = location.href;
  byId("share-box").hidden = false;
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is in the clipboard.");
  } catch {
    say("Copy the link from the field.");
  }
  field.focus();
  field.select();
}

async function follow() {
  if (location.hash === written && written) return;
  const parts = new URLSearchParams(location.hash.slice(1));
  const name = parts.get("query");
  const canned = parts.has("q") && about.queries.find(({ text }) => text.trim() === parts.get("q").trim());
  if (canned) await choose(canned.name);
  else if (parts.has("q")) {
    query = null;
    picker.value = "";
    questionForm.clear();
    showAbout();
    setText(parts.get("q"));
  } else if (name && about.queries.some((one) => one.name === name)) {
    const values = [...parts].filter(([key]) => key.startsWith("p.")).map(([key, value]) => [key.slice(2), value]);
    await choose(name, Object.fromEntries(values));
    if (refused()) return;
  } else if (!editor.text) setText(about.first);
  else return;
  await run();
}

// --- start --------------------------------------------------------------------------------------

async function learn() {
  const uses = await engine.ask("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p");
  const classes = await engine.ask("SELECT ?c (COUNT(*) AS ?n) { ?s a ?c } GROUP BY ?c");
  const found = new Map();
  for (const [isClass, { rows }] of [[false, uses], [true, classes]]) {
    for (const [name, n] of rows) if (name?.[0] === "i") found.set(name[1], { count: Number(n[1]), isClass });
  }
  vocabulary.vocabulary = found;
}

async function open() {
  byId("load").hidden = true;
  say("Loading the engine and the data …");
  runButton.disabled = true;
  try {
    const { statements, ms } = await engine.start();
    byId("engine").textContent = `The engine holds ${count(statements, "statement")}, loaded in ${took(ms)}.`;
    say("");
    document.documentElement.dataset.engine = "ready";
    runButton.disabled = false;
    await follow();
    if (!running) await learn();
  } catch (error) {
    report(error);
  } finally {
    runButton.disabled = running;
  }
}

picker.replaceChildren(make("option", { value: "" }, "Your own query"),
  ...about.groups.map(([label, names]) => make("optgroup", { label }, ...names.map((name) => {
    const { question, summary } = about.queries.find((one) => one.name === name);
    return make("option", { value: name }, question || summary || name);
  }))));
picker.addEventListener("change", async () => {
  if (!picker.value) return leaveQuestion();
  await choose(picker.value);
  await run();
});
runButton.addEventListener("click", () => void run(true));
stopButton.addEventListener("click", () => {
  again = false;
  engine.stop();
});
byId("share").addEventListener("click", () => void share());
byId("load").addEventListener("click", () => void open());
window.addEventListener("hashchange", () => void follow());
if (about.data.load === "auto") void open();
else {
  byId("load").hidden = false;
  byId("load").textContent = `Load the data (${Math.max(0.1, about.data.bytes / 1e6).toFixed(1)} MB)`;
  say(`${count(about.data.statements, "statement")}: too many to load unasked.`);
  runButton.disabled = true;
  const parts = new URLSearchParams(location.hash.slice(1));
  setText(parts.get("q") ?? about.first);
}
