// The YAML editor: CodeMirror with the parent's schema, marks at fields, and a limit on the size of its text.

import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { type IndentContext, bracketMatching, indentService, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { MAX_TEXT, tooLong } from "../model/limits";
import type { Editor } from "../model/store";
import { completions, helpAt, hoverHelp, type SchemaSource } from "../schema/assist";
import type { Mark } from "../worker/protocol";
import { toggleHelp, helpField } from "./help";
import { theme } from "./theme";
import { yaml } from "./yaml";

export interface Options {
  /** What the text is, for screen readers. */
  label: string;
  schema: SchemaSource;
  edited(text: string): void;
  /** A change was not made, because the text would be too long. */
  refused(message: string): void;
}

/** Marks changes that the page makes, not the person. */
const FromPage = Annotation.define<boolean>();

/** Creates the editor in an element. */
export function createEditor(parent: HTMLElement, options: Options): Editor & { view: EditorView } {
  const view = new EditorView({ parent, state: EditorState.create({ extensions: extensions(options) }) });
  return {
    view,
    setText(text) {
      if (view.state.doc.toString() === text) return;
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: 0 },
        annotations: FromPage.of(true),
        scrollIntoView: true,
      });
    },
    setMarks(marks) {
      view.dispatch(setDiagnostics(view.state, diagnostics(marks, view.state.doc.length)));
    },
  };
}

function diagnostics(marks: Mark[], length: number) {
  return marks.map(({ severity, from, to, message }) => ({
    severity,
    from: Math.min(from, length),
    to: Math.min(to, length),
    message,
  }));
}

function extensions({ label, schema, edited, refused }: Options): Extension[] {
  return [
    lineNumbers(),
    lintGutter(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentUnit.of("  "),
    EditorState.tabSize.of(2),
    bracketMatching(),
    EditorView.lineWrapping,
    closeBrackets(),
    highlightSelectionMatches(),
    yaml,
    indentService.of(indentation),
    autocompletion({ override: [completions(schema)], icons: false }),
    hoverHelp(schema),
    helpField,
    // Tab is not bound: it leaves the editor, as a person without a mouse needs.
    keymap.of([
      { key: "F1", run: toggleHelp((state, pos) => helpAt(state, pos, schema())) },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
    ]),
    limit(refused),
    // The nonce of the Content-Security-Policy in index.html: the editor creates style sheets.
    EditorView.cspNonce.of("playground-style"),
    EditorView.contentAttributes.of({
      "aria-label": label,
      tabindex: "0",
      spellcheck: "false",
      autocapitalize: "off",
    }),
    EditorView.updateListener.of((update) => {
      const own = update.transactions.some((transaction) => transaction.annotation(FromPage));
      if (update.docChanged && !own) edited(update.state.doc.toString());
    }),
    theme,
  ];
}

/** Refuses texts that are too long: pasted and dropped ones before the editor has looked at them. */
function limit(refused: (message: string) => void): Extension {
  const check = (event: Event, data: DataTransfer | null) => {
    const length = data?.getData("text/plain").length ?? 0;
    if (length <= MAX_TEXT) return false;
    event.preventDefault();
    refused(tooLong(length));
    return true;
  };
  return [
    EditorView.domEventHandlers({
      paste: (event) => check(event, event.clipboardData),
      drop: (event) => check(event, event.dataTransfer),
    }),
    EditorState.changeFilter.of((transaction) => {
      if (!transaction.docChanged || transaction.newDoc.length <= MAX_TEXT) return true;
      refused(tooLong(transaction.newDoc.length));
      return false;
    }),
  ];
}

/** A new line after a key without a value is deeper, and one after an item's key is below that key. */
function indentation(context: IndentContext, pos: number): number {
  const { text, from } = context.lineAt(pos, -1);
  const before = text.slice(0, pos - from);
  const [, dash, colon, value] = /^\s*(- )?[^#]*?(:)(?:\s+(.*))?$/.exec(before) ?? [];
  const own = context.lineIndent(pos, -1) + (dash && colon ? 2 : 0);
  return colon && /^([|>][-+0-9]*)?\s*(#.*)?$/.test(value ?? "") ? own + 2 : own;
}
