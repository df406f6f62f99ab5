// The editor: CodeMirror in a shadow root, so that its styles are constructed sheets, which the
// strictest style-src allows. Colours come from the page's custom properties.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { linter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { completions } from "./completion.js";
import { missingPrefixes } from "./problems.js";
import { prefixLine, prologue } from "./prefixes.js";

const colour = (name, fallback) => `var(--code-${name}, ${fallback})`;

const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: colour("keyword", "#6b2a8c"), fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: colour("text", "#1f6a2e") },
  { tag: tags.comment, color: colour("comment", "#5f6368"), fontStyle: "italic" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: colour("variable", "#8a3b00") },
  { tag: [tags.atom, tags.namespace, tags.standard(tags.variableName)], color: colour("name", "#0b4f8a") },
  { tag: [tags.number, tags.bool], color: colour("text", "#1f6a2e") },
]);

const theme = EditorView.theme({
  "&": { color: "var(--ink, CanvasText)", backgroundColor: "var(--code-paper, transparent)", fontSize: "0.875rem", minHeight: "13rem", maxHeight: "26rem" },
  "&.cm-focused": { outline: "3px solid var(--focus, Highlight)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono, monospace)", lineHeight: "1.55", fontSizeAdjust: "none" },
  ".cm-content": { caretColor: "var(--ink, CanvasText)", padding: "0.75rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink, CanvasText)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--soft, GrayText)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-line, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--code-selection, Highlight)",
  },
  ".cm-placeholder": { color: "var(--soft, GrayText)" },
  "&.cm-focused .cm-matchingBracket": { background: "none", outline: "1px solid currentColor" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "none", color: "var(--harm, #b3261e)" },
  ".cm-tooltip": { background: "var(--paper, Canvas)", color: "var(--ink, CanvasText)", border: "1px solid var(--soft, GrayText)", maxWidth: "min(40rem, 92vw)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono, monospace)", maxHeight: "16rem" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "0.2rem 0.5rem", display: "flex", gap: "0.75rem", alignItems: "baseline" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--code-chosen, Highlight)", color: "var(--paper, HighlightText)" },
  ".cm-completionDetail": { fontStyle: "normal", fontFamily: "var(--sans, sans-serif)", marginLeft: "auto", overflow: "hidden", textOverflow: "ellipsis" },
  ".cm-completionIcon": { display: "none" },
  ".cm-diagnostic": { borderLeft: "4px solid var(--harm, #b3261e)", padding: "0.4rem 0.6rem", fontFamily: "var(--sans, sans-serif)", whiteSpace: "normal" },
  ".cm-diagnosticAction": { font: "inherit", background: "var(--code-chosen, ButtonFace)", color: "var(--paper, ButtonText)", borderRadius: "3px", padding: "0.1rem 0.5rem", marginLeft: "0.5rem", cursor: "pointer" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy 1.5px var(--harm, #b3261e)", textUnderlineOffset: "3px" },
});

/** Puts an editor into a place. `about`: {doc, known (prefixes), things, vocabulary, run, change}. */
export function makeEditor(place, about) {
  const root = place.attachShadow({ mode: "open" });
  const fixes = (problem) => (problem.prefix ? [addPrefixes(about.known)] : []);
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: about.doc,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        EditorView.lineWrapping,
        placeholder("SELECT * WHERE { ?thing ?property ?value } LIMIT 10"),
        StreamLanguage.define(sparql),
        syntaxHighlighting(highlight),
        autocompletion({ override: [(context) => completions(context, about)], maxRenderedOptions: 60, icons: false }),
        linter((view) =>
          missingPrefixes(view.state.doc.toString(), about.known).map((problem) => ({
            ...problem, severity: "error", actions: fixes(problem),
          })), { delay: 500 }),
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (about.run(), true) }])),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
        EditorView.contentAttributes.of({
          "aria-label": "SPARQL query. Control and Enter runs it; Escape, then Tab, leaves the editor.",
          "aria-multiline": "true", tabindex: "0", spellcheck: "false", autocapitalize: "off", autocorrect: "off",
        }),
        EditorView.domEventHandlers({ beforeinput: typeOver }),
        EditorView.updateListener.of((update) => update.docChanged && about.change(update)),
        theme,
      ],
    }),
  });
  return new Editor(view, about);
}

/**
 * Replaces a selection by what is typed. Left to itself, Chromium first writes a span with an inline
 * style into the editor, which the page's policy refuses, with a complaint on the console.
 */
function typeOver(event, view) {
  const { inputType, data, isComposing } = event;
  if (inputType !== "insertText" || isComposing || view.state.selection.main.empty) return false;
  if (!data || /^["'([{]$/.test(data)) return false; // these go around what is selected
  view.dispatch(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
  event.preventDefault();
  return true;
}

const addPrefixes = (known) => ({ name: "Add the prefix", apply: (view) => insertPrefixes(view, known) });

/** Adds a line for every known prefix that is used and not declared. */
function insertPrefixes(view, known) {
  const text = view.state.doc.toString();
  const lines = missingPrefixes(text, known).filter((p) => p.prefix).map((p) => prefixLine(p.prefix, known[p.prefix]));
  if (lines.length) view.dispatch({ changes: { from: prologue(text), insert: lines.join("") }, userEvent: "input.fix" });
}

class Editor {
  constructor(view, about) {
    this.view = view;
    this.about = about;
  }

  /** What is written, with plain spaces for the ones that some keyboards and pages put instead. */
  get text() {
    return this.view.state.doc.toString().replaceAll("\u00a0", " ");
  }

  set text(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  focus() {
    this.view.focus();
  }

  addPrefixes() {
    insertPrefixes(this.view, this.about.known);
  }

  exchange({ from, to }, text) {
    this.view.dispatch({ changes: { from, to, insert: text }, userEvent: "input.fix" });
  }

  /** Marks a problem, or none. */
  mark(problem) {
    const shown = problem && problem.to > problem.from
      ? [{ from: problem.from, to: problem.to, severity: "error", message: problem.message }]
      : [];
    this.view.dispatch(setDiagnostics(this.view.state, shown));
  }

  goTo(at) {
    this.view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
    this.focus();
  }
}
