// One question: read the texts, call the plugin, prepare what the page shows.

import {
  type Answer,
  type Backend,
  childrenOf,
  type Description,
  type Outcome,
  Lost,
  Unavailable,
} from "../backend/backend";
import { applied } from "./apply";
import { cells } from "./columns";
import { difference } from "./difference";
import { answerYaml, documentOf, statusOf, yaml } from "./documents";
import { parse, parseMapping, parseObjects } from "./parse";
import type {
  Answered,
  Away,
  Broken,
  Document,
  Input,
  Mark,
  Parts,
  Question,
  Reply,
  Report,
  View,
} from "./protocol";
import { type Read, Unreadable } from "./read";
import { remarks } from "./remarks";

/** What is read of the texts. */
interface Texts {
  parts: Parts;
  mark: Read["mark"];
}

/** Answers a question. Throws only what is a bug, and what ends an aborted call. */
export async function answer(
  backend: Backend,
  description: Description,
  question: Question,
  signal?: AbortSignal,
): Promise<Reply> {
  let texts: Texts;
  let outcome: Outcome;
  const { plugin, hook, kinds } = question;
  try {
    texts = read(question, description);
    outcome = await backend.run({ plugin, hook, kinds, ...texts.parts }, signal);
  } catch (error) {
    return refused(error);
  }
  const { parts, mark } = texts;
  const report = reportOf(hook, outcome);
  const answered: Answered = outcome.digest === undefined ? {} : { digest: outcome.digest };
  if (!outcome.answer) {
    const { message, path } = outcome.failure ?? { message: "The plugin did not answer." };
    const marks = path === undefined ? [] : [mark("error", path, message)];
    return { type: "broken", message, marks, report, ...answered };
  }
  if (question.type === "apply") {
    const text = applied(outcome.answer, parts).map(yaml).join("---\n");
    return { type: "applied", text, ...answered };
  }
  return {
    type: "view",
    view: viewOf(parts, description, outcome.answer, question.baseline),
    marks: marksOf(outcome, mark),
    report,
    parts,
    ...answered,
  };
}

/** Reads the texts of an input. Throws `Unreadable`. */
export function read({ texts, settings }: Input, description: Description): Texts {
  const { parent, mark } = parse(texts.text, description);
  const parts: Parts = {
    parent,
    observed: parseObjects(texts.observed, "observed"),
    related: parseObjects(texts.related, "related"),
    settings: settings ?? parseMapping(texts.settings, "settings").value,
  };
  return { parts, mark };
}

/** The reply for an input that was not sent, or not taken. Throws everything else again. */
export function refused(error: unknown): Broken | Away {
  if (error instanceof Lost) return { type: "lost", message: error.message };
  if (error instanceof Unreadable) {
    return { type: "broken", message: error.message, marks: error.marks, report: null };
  }
  if (error instanceof Unavailable)
    return { type: "broken", message: error.message, marks: [], report: null };
  throw error;
}

function reportOf(hook: string, outcome: Outcome): Report {
  const { failure = null, warnings, review, mismatches, log, logDropped, cost } = outcome;
  const messages = warnings.map(({ message }) => message);
  return { hook, failure, warnings: messages, review, mismatches, log, logDropped, cost };
}

function marksOf({ answer, warnings }: Outcome, mark: Read["mark"]): Mark[] {
  const conditions = answer?.status?.conditions;
  const marks = remarks(Array.isArray(conditions) ? conditions : []).map(({ severity, path, message }) =>
    mark(severity, path ?? "", message),
  );
  for (const { path, message } of warnings) {
    if (path !== undefined) marks.push(mark("warning", path, message));
  }
  return marks.sort((left, right) => left.from - right.from);
}

function viewOf(
  { parent, observed, related }: Parts,
  description: Description,
  answer: Answer,
  baseline: Document[] | null,
): View {
  const { apiVersion, kind, metadata } = parent;
  const { name, namespace = "" } = metadata;
  const children = childrenOf(answer).map((child) => documentOf(child, namespace || "default"));
  const status = statusOf(parent, answer.status);
  return {
    answer,
    yaml: answerYaml(answer, children),
    parent: { apiVersion, kind, name, namespace, spec: parent["spec"] },
    counts: { observed: observed.length, related: related.length },
    columns: cells(description.columns ?? [], { ...parent, status: answer.status }),
    children,
    status,
    difference: baseline
      ? difference(baseline, [...children, status])
      : { documents: [], added: 0, removed: 0 },
  };
}
