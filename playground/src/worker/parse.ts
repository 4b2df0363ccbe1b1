// From text to a parent, with the place of every mistake.

import { type Document as YamlDocument, LineCounter, parseAllDocuments, YAMLParseError } from "yaml";
import type { Description, KubernetesObject } from "../backend/backend";
import { MAX_ALIASES, MAX_TEXT, tooLong } from "../model/limits";
import { locate, type Span } from "./locate";
import type { Mark } from "./protocol";

/** A text that could be read. */
export interface Parsed {
  parent: KubernetesObject;
  /** Makes a mark at a field. */
  mark(severity: Mark["severity"], path: string, message: string): Mark;
}

/** A text that could not be read: why, and where if that is known. */
export class Unreadable extends Error {
  constructor(
    message: string,
    readonly marks: Mark[] = [],
  ) {
    super(message);
  }
}

/** The sentence for a text that no parser of this page can read: no Function has a thousand levels. */
export const TOO_DEEP = "The text is nested too deeply.";

/** What the API server would have added to a parent. `metawasm render` adds the same. */
const COMPLETION = {
  uid: "00000000-0000-0000-0000-000000000000",
  generation: 1,
  creationTimestamp: "2000-01-01T00:00:00Z",
  resourceVersion: "1",
};

/** Reads the one object of a text. Throws `Unreadable`. */
export function parse(text: string, expected: Description["parent"]): Parsed {
  if (text.length > MAX_TEXT) throw new Unreadable(tooLong(text.length));
  const counter = new LineCounter();
  const document = theDocument(text, counter);
  const place = ({ from, to }: Span): Omit<Mark, "severity" | "message"> => {
    const { line, col } = counter.linePos(from);
    return { from, to, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const mark: Parsed["mark"] = (severity, path, message) => ({
    severity,
    message,
    ...place(locate(document, path)),
  });
  const refuse = (path: string, message: string): never => {
    throw new Unreadable(message, [mark("error", path, message)]);
  };

  const object = toJson(document, refuse);
  if (typeof object !== "object" || object === null || Array.isArray(object)) {
    return refuse("", `expected an object with apiVersion, kind and metadata: a ${expected.kind}`);
  }
  const { apiVersion, kind, metadata, ...rest } = object as Record<string, unknown>;
  const group = expected.apiVersion.split("/")[0];
  if (typeof apiVersion !== "string" || apiVersion.split("/")[0] !== group) {
    return refuse("apiVersion", `apiVersion: expected ${expected.apiVersion}, found ${shown(apiVersion)}`);
  }
  if (kind !== expected.kind) return refuse("kind", `kind: expected ${expected.kind}, found ${shown(kind)}`);
  const named = metadata as KubernetesObject["metadata"] | null | undefined;
  if (typeof named !== "object" || typeof named?.name !== "string" || named.name === "") {
    return refuse("metadata.name", "metadata.name: Required value: the name of the object");
  }
  const parent = { apiVersion, kind, metadata: { namespace: "default", ...COMPLETION, ...named }, ...rest };
  return { parent, mark };
}

function theDocument(text: string, counter: LineCounter): YamlDocument {
  const documents = parseAllDocuments(text, {
    lineCounter: counter,
    prettyErrors: false,
    // A warning would go to the console.
    logLevel: "error",
    merge: true,
    // As the API server has it: what is not JSON is text.
    schema: "core",
  });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (!document || document.contents === null)
    throw new Unreadable("The text has no object. Write one, or pick an example.");
  if (second && second.contents !== null) {
    const from = second.range?.[0] ?? 0;
    const { line, col } = counter.linePos(from);
    const message = `expected one document; a second one starts at line ${line}`;
    throw new Unreadable(message, [{ severity: "error", from, to: from + 1, line, column: col, message }]);
  }
  if (document.errors.length > 0) {
    const marks = document.errors.map((error) => markOf(error, counter));
    throw new Unreadable(marks[0]?.message ?? "invalid YAML", marks);
  }
  return document;
}

/** What the YAML library says when the stack ends. */
const STACK = /call stack|too much recursion/i;

function markOf(error: YAMLParseError, counter: LineCounter): Mark {
  const [from, to] = error.pos;
  const { line, col } = counter.linePos(from);
  return {
    severity: "error",
    from,
    to: Math.max(to, from + 1),
    line,
    column: col,
    message: STACK.test(error.message) ? TOO_DEEP : `invalid YAML: ${error.message}`,
  };
}

function toJson(document: YamlDocument, refuse: (path: string, message: string) => never): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError && !error.message.startsWith("Excessive alias count")) {
      return refuse("", `invalid YAML: ${error.message}`);
    }
    if (error instanceof ReferenceError) {
      return refuse(
        "",
        `the aliases of this text stand for too much: more than ${MAX_ALIASES} uses of one anchor`,
      );
    }
    throw error;
  }
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
}
