// From text to the documents of YAML, with the place of every mistake.

import { type Document, LineCounter, parseAllDocuments, YAMLParseError } from "yaml";
import { MAX_ALIASES, MAX_DEPTH, MAX_TEXT, tooLong } from "../model/limits";
import { depthOf } from "./depth";
import { locate, type Span } from "./locate";
import type { Mark, TextName } from "./protocol";
import { inexact, READING, settle } from "./scalars";

/** A text that could not be read: why, and where if that is known. */
export class Unreadable extends Error {
  constructor(
    message: string,
    readonly marks: Mark[] = [],
  ) {
    super(message);
  }
}

/** The sentence for a text whose levels could exhaust the stack of the parser. */
export const TOO_DEEP = `The text is nested too deeply; at most ${MAX_DEPTH} levels are allowed.`;

/** One document of a text. */
export interface Read {
  value: unknown;
  /** Makes a mark at a field. */
  mark(severity: Mark["severity"], path: string, message: string): Mark;
}

/** Reads all documents of a text that have contents. Throws `Unreadable`. */
export function documents(text: string, source: TextName): Read[] {
  if (text.length > MAX_TEXT) throw new Unreadable(tooLong(text.length));
  if (depthOf(text) > MAX_DEPTH) throw new Unreadable(TOO_DEEP);
  try {
    return read(text, source);
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable(TOO_DEEP);
    throw error;
  }
}

function read(text: string, source: TextName): Read[] {
  const counter = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: counter,
    prettyErrors: false,
    // A warning would go to the console.
    logLevel: "error",
    merge: true,
    // As the host reads it, so that both see the same values.
    ...READING,
  });
  if (!Array.isArray(parsed)) return [];
  const errors = parsed.flatMap((document) => document.errors);
  if (errors.length > 0) {
    const marks = errors.map((error) => markOf(error, counter, source));
    throw new Unreadable(marks[0]?.message ?? "invalid YAML", marks);
  }
  const all = parsed.map((document) => {
    const mark: Read["mark"] = (severity, path, message) => ({
      source,
      severity,
      message,
      ...place(locate(document, path), counter),
    });
    const wrong = settle(document);
    if (wrong) {
      const [from, to] = wrong.range ?? [0, 1];
      const message = inexact(wrong);
      const at = place({ from, to: Math.max(to, from + 1) }, counter);
      throw new Unreadable(message, [{ source, severity: "error", message, ...at }]);
    }
    return { value: toJson(document, mark), mark };
  });
  return all.filter(({ value }) => value !== null && value !== undefined);
}

function place({ from, to }: Span, counter: LineCounter): Pick<Mark, "from" | "to" | "line" | "column"> {
  const { line, col } = counter.linePos(from);
  return { from, to, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** What the YAML library says when the stack ends. */
const STACK = /call stack|too much recursion/i;

function markOf(error: YAMLParseError, counter: LineCounter, source: TextName): Mark {
  const [from, to] = error.pos;
  return {
    source,
    severity: "error",
    ...place({ from, to: Math.max(to, from + 1) }, counter),
    message: STACK.test(error.message) ? TOO_DEEP : `invalid YAML: ${error.message}`,
  };
}

function toJson(document: Document, mark: Read["mark"]): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const message = error.message.startsWith("Excessive alias count")
      ? `the aliases of this text stand for too much: more than ${MAX_ALIASES} uses of one anchor`
      : `invalid YAML: ${error.message}`;
    throw new Unreadable(message, [mark("error", "", message)]);
  }
}

/** A value in a message. */
export function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
}

/** Whether a value is a mapping. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
