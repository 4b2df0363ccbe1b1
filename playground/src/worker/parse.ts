// From texts to objects of Kubernetes.

import type { Description, KubernetesObject } from "../backend/backend";
import type { TextName } from "./protocol";
import { documents, isObject, type Read, shown, Unreadable } from "./read";

/** A text that could be read. */
export interface Parsed {
  parent: KubernetesObject;
  mark: Read["mark"];
}

type Expected = Pick<Description, "parent" | "parents">;

/** Reads the one object of a text. Throws `Unreadable`. */
export function parse(text: string, { parent, parents = [parent] }: Expected): Parsed {
  const [document, second] = documents(text, "text");
  if (!document) throw new Unreadable("The text has no object. Write one, or pick an example.");
  if (second) {
    const { line } = second.mark("error", "", "");
    const message = `expected one document; a second one starts at line ${line}`;
    throw new Unreadable(message, [second.mark("error", "", message)]);
  }
  const { value, mark } = document;
  const refuse = refusal(mark);
  const kinds = [...new Set(parents.map(({ kind }) => kind))].join(" or ");
  if (!isObject(value)) {
    return refuse("", `expected an object with apiVersion, kind and metadata: a ${kinds}`);
  }
  const { apiVersion, kind } = value;
  const ofGroup = parents.filter((known) => groupOf(known.apiVersion) === groupOf(apiVersion));
  if (ofGroup.length === 0) {
    const versions = [...new Set(parents.map((known) => known.apiVersion))].join(" or ");
    return refuse("apiVersion", `apiVersion: expected ${versions}, found ${shown(apiVersion)}`);
  }
  if (!ofGroup.some((known) => known.kind === kind)) {
    const expected = ofGroup.map((known) => known.kind).join(" or ");
    return refuse("kind", `kind: expected ${expected}, found ${shown(kind)}`);
  }
  return { parent: named(value, refuse), mark };
}

/** Reads the objects of a text, also those of a `List`. Throws `Unreadable`. */
export function parseObjects(text: string, source: TextName): KubernetesObject[] {
  return documents(text, source).flatMap(({ value, mark }) => {
    const list = isObject(value) && Array.isArray(value["items"]) && /List$/.test(String(value["kind"]));
    if (!list) return [anObject(value, "", mark)];
    const items = value["items"] as unknown[];
    return items.map((item, index) => anObject(item, `items[${index}]`, mark));
  });
}

/** Reads a text with one mapping, such as settings. No text is an empty one. Throws `Unreadable`. */
export function parseMapping(
  text: string,
  source: TextName,
): { value: Record<string, unknown>; mark: Read["mark"] } {
  const [document, second] = documents(text, source);
  if (!document)
    return {
      value: {},
      mark: () => ({ source, severity: "error", from: 0, to: 1, line: 1, column: 1, message: "" }),
    };
  const wrong = second ?? (isObject(document.value) ? undefined : document);
  if (wrong) return refusal(wrong.mark)("", second ? "expected one document" : "expected a mapping");
  return { value: document.value as Record<string, unknown>, mark: document.mark };
}

function anObject(value: unknown, path: string, mark: Read["mark"]): KubernetesObject {
  const refuse = refusal(mark);
  const at = (field: string) => (path === "" ? field : `${path}.${field}`);
  if (!isObject(value)) return refuse(path, "expected an object with apiVersion, kind and metadata");
  for (const field of ["apiVersion", "kind"]) {
    if (typeof value[field] === "string" && value[field] !== "") continue;
    return refuse(at(field), `${at(field)}: Required value: a text, found ${shown(value[field])}`);
  }
  return named(value, refuse, path);
}

function named(value: Record<string, unknown>, refuse: Refuse, path = ""): KubernetesObject {
  const field = path === "" ? "metadata.name" : `${path}.metadata.name`;
  const { metadata } = value;
  if (!isObject(metadata) || typeof metadata["name"] !== "string" || metadata["name"] === "") {
    return refuse(field, `${field}: Required value: the name of the object`);
  }
  return value as unknown as KubernetesObject;
}

type Refuse = (path: string, message: string) => never;

function refusal(mark: Read["mark"]): Refuse {
  return (path, message) => {
    throw new Unreadable(message, [mark("error", path, message)]);
  };
}

function groupOf(apiVersion: unknown): string | undefined {
  return typeof apiVersion === "string" ? apiVersion.replace(/\/?[^/]*$/, "") : undefined;
}
