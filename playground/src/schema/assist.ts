// Completion and help for the editor, from the schema of the parent.

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { EditorState } from "@codemirror/state";
import { type EditorView, type Tooltip, hoverTooltip } from "@codemirror/view";
import type { Schema } from "../backend/backend";
import { lookup, typeOf, valuesOf } from "./lookup";
import { positionAt } from "./position";

/** Gets the schema when it is needed: it arrives after the editor is there. */
export type SchemaSource = () => Schema | undefined;

/** Returns a source of completions: keys of a mapping, and values where they are few. */
export function completions(source: SchemaSource) {
  return (context: CompletionContext): CompletionResult | null => {
    const root = source();
    if (!root) return null;
    const { lines, row, column } = place(context.state, context.pos);
    const { path, key, word, siblings } = positionAt(lines, row, column);
    if (word === "" && !context.explicit) return null;
    const from = context.pos - word.length;
    if (key !== null) {
      const schema = lookup(root, [...path, key]);
      if (!schema) return null;
      const quoted = schema.type === "string";
      const options = valuesOf(schema).map((value) => ({
        label: value,
        apply: quoted ? quote(value) : value,
        type: "enum",
      }));
      return options.length > 0 ? { from, options, validFor: /^[\w./-]*$/ } : null;
    }
    const properties = lookup(root, path)?.properties ?? {};
    const options = Object.entries(properties)
      .filter(([name]) => !siblings.has(name))
      .map(([name, schema]) => option(name, schema, context.state, context.pos));
    return options.length > 0 ? { from, options, validFor: /^[\w./-]*$/ } : null;
  };
}

function option(name: string, schema: Schema, state: EditorState, pos: number): Completion {
  // A key that has its colon keeps it.
  const rest = state.doc.lineAt(pos).text.slice(pos - state.doc.lineAt(pos).from);
  const nested = schema.properties ?? schema.items ?? schema.additionalProperties;
  return {
    label: name,
    type: "property",
    detail: typeOf(schema),
    apply: /^\s*:/.test(rest) ? name : `${name}:${nested ? "" : " "}`,
    ...(schema.description ? { info: () => help(name, schema) } : {}),
  };
}

/** A word that YAML would not read as a string needs quotes. */
function quote(value: string): string {
  return /^[a-zA-Z][\w-]*$/.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

/** Shows the description of the key under the pointer. */
export function hoverHelp(source: SchemaSource) {
  return hoverTooltip((view: EditorView, pos: number): Tooltip | null => helpAt(view.state, pos, source()));
}

/** Returns the description of the key in whose line a place is. */
export function helpAt(state: EditorState, pos: number, root: Schema | undefined): Tooltip | null {
  if (!root) return null;
  const { lines, row } = place(state, pos);
  const text = lines[row] ?? "";
  const match = /^(\s*(?:- +)*)([\w./-]+):/.exec(text);
  const [, prefix, name] = match ?? [];
  if (prefix === undefined || name === undefined) return null;
  const { path } = positionAt(lines, row, prefix.length + name.length);
  const schema = lookup(root, [...path, name]);
  if (!schema) return null;
  const start = state.doc.line(row + 1).from + prefix.length;
  return {
    pos: start,
    end: start + name.length,
    above: true,
    create: () => ({ dom: help([...path, name].join(".").replaceAll(".[]", "[]"), schema) }),
  };
}

function place(state: EditorState, pos: number): { lines: string[]; row: number; column: number } {
  const line = state.doc.lineAt(pos);
  return { lines: state.doc.toString().split("\n"), row: line.number - 1, column: pos - line.from };
}

/** The help of a field. Everything in it is text. */
function help(path: string, schema: Schema): HTMLElement {
  const box = document.createElement("div");
  box.className = "field-help";
  const add = (className: string, text: string) => {
    const line = box.appendChild(document.createElement("div"));
    line.className = className;
    line.textContent = text;
  };
  add("field-path", path);
  add("field-type", typeOf(schema));
  if (schema.description) add("field-about", schema.description);
  const values = schema.enum ? valuesOf(schema) : [];
  if (values.length > 0) add("field-values", `one of ${values.join(", ")}`);
  return box;
}
