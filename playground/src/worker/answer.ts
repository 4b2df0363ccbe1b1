// One question: read the text, call the plugin, prepare what the page shows.

import { stringify } from "yaml";
import {
  type Answer,
  type Backend,
  type Description,
  type KubernetesObject,
  type ObjectsByKind,
  spokenKind,
} from "../backend/backend";
import { cells } from "./columns";
import { difference } from "./difference";
import { type Parsed, parse, TOO_DEEP, Unreadable } from "./parse";
import type { Document, Mark, Question, Reply, View } from "./protocol";
import { remarks } from "./remarks";

/** Answers a question. Throws only what is a bug. */
export async function answer(backend: Backend, description: Description, question: Question): Promise<Reply> {
  let parsed: Parsed;
  try {
    parsed = parse(question.text, description.parent);
  } catch (error) {
    if (error instanceof Unreadable) return { type: "broken", message: error.message, marks: error.marks };
    if (error instanceof RangeError) return { type: "broken", message: TOO_DEEP, marks: [] };
    throw error;
  }
  const { parent, mark } = parsed;
  const observed: ObjectsByKind = Object.fromEntries(question.kinds.map((key) => [key, {}]));
  const outcome = await backend.run({ parent, observed, related: {}, settings: question.settings });
  if (!outcome.answer) {
    const { message, path } = outcome.failure ?? { message: "The plugin did not answer." };
    return { type: "broken", message, marks: path === undefined ? [] : [mark("error", path, message)] };
  }
  const conditions = outcome.answer.status?.conditions ?? [];
  const marks: Mark[] = remarks(conditions).map(({ severity, path, message }) =>
    mark(severity, path ?? "", message),
  );
  for (const { path, message } of outcome.warnings)
    if (path !== undefined) marks.push(mark("warning", path, message));
  marks.sort((left, right) => left.from - right.from);
  return {
    type: "view",
    view: view(parent, description, outcome.answer, outcome.log, question.baseline),
    marks,
  };
}

function view(
  parent: KubernetesObject,
  description: Description,
  answer: Answer,
  log: string[],
  baseline: Document[] | null,
): View {
  const children = (answer.children ?? []).map(document);
  const status: Document = {
    id: "status",
    kind: "Status of",
    apiVersion: parent.apiVersion,
    name: parent.metadata.name,
    yaml: yaml({ status: answer.status ?? {} }),
  };
  const { name, namespace = "" } = parent.metadata;
  return {
    answer,
    parent: { name, namespace, spec: parent["spec"] },
    columns: cells(description.columns ?? [], { ...parent, status: answer.status }),
    children,
    status,
    difference: baseline
      ? difference(baseline, [...children, status])
      : { documents: [], added: 0, removed: 0 },
    log,
  };
}

function document(child: KubernetesObject): Document {
  const { apiVersion, kind, metadata } = child;
  const { name } = metadata;
  return {
    id: `${kind}.${apiVersion}/${name}`,
    kind: spokenKind(child),
    apiVersion,
    name,
    yaml: yaml(child),
  };
}

/** YAML as `kubectl` prints it: no aliases, no folded lines. */
function yaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, indentSeq: false, version: "1.1" });
}
