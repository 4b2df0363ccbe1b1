// Messages between a page and its worker.

import type { Answer, Catalogue, Cost, Failure, KubernetesObject, LogLine } from "../backend/backend";

/** The texts that a person edits: the parent's first. */
export const TEXTS = ["text", "observed", "related", "settings", "steps"] as const;
export type TextName = (typeof TEXTS)[number];
export type Texts = Record<TextName, string>;

/** What a person can change. */
export interface Input {
  /** The id of a plugin. */
  plugin: string;
  hook: string;
  texts: Texts;
  /** The settings of the form; `null` if they are the text `settings`. */
  settings: Record<string, unknown> | null;
  /** Keys of the kinds that the cluster has. */
  kinds: string[];
}

/** A call; or what the API server would store of its answer, as a text for `observed`. */
export interface Question extends Input {
  type: "call" | "apply";
  /** The documents to compare with, if there are any. */
  baseline: Document[] | null;
}

/** A child, or the status, as YAML. */
export interface Document {
  id: string;
  /** As it is written in a sentence. */
  kind: string;
  apiVersion: string;
  name: string;
  yaml: string;
}

/** A sentence about a place in the text. Offsets count UTF-16 code units, lines and columns from 1. */
export interface Mark {
  /** The text that has the place. */
  source: TextName;
  severity: "error" | "warning";
  from: number;
  to: number;
  line: number;
  column: number;
  message: string;
}

/** A line of a difference; a gap stands for lines that are left out. */
export interface DiffLine {
  sign: "+" | "-" | " " | "gap";
  text: string;
}

/** How a document differs from the baseline. */
export interface DocumentDiff {
  id: string;
  title: string;
  change: "added" | "removed" | "changed";
  lines: DiffLine[];
}

export interface Difference {
  documents: DocumentDiff[];
  added: number;
  removed: number;
}

/** What came of a call, besides what the answer says. */
export interface Report {
  hook: string;
  failure: Failure | null;
  /** Sentences about the parent. */
  warnings: string[];
  review: string[];
  mismatches: string[];
  log: LogLine[];
  logDropped: number;
  cost: Cost;
}

/** An answer, ready to be shown. */
export interface View {
  answer: Answer;
  /** The whole answer as YAML. */
  yaml: string;
  parent: { apiVersion: string; kind: string; name: string; namespace: string; spec: unknown };
  /** How many objects were observed and related. */
  counts: { observed: number; related: number };
  /** The cells of `kubectl get`. */
  columns: { name: string; value: string }[];
  children: Document[];
  status: Document;
  difference: Difference;
}

/** What a case is saved from. */
export interface Parts {
  parent: KubernetesObject;
  observed: KubernetesObject[];
  related: KubernetesObject[];
  settings: Record<string, unknown>;
}

/** Which version of the plugin's file answered, if the file can change and a call was made. */
export interface Answered {
  digest?: string;
}

/** No view: the last view stays. */
export interface Broken extends Answered {
  type: "broken";
  message: string;
  marks: Mark[];
  /** What is known of the call, if there was one. */
  report: Report | null;
}

/** The question can be asked again later. */
export interface Away extends Answered {
  type: "lost";
  message: string;
}

/** What came of a question. */
export type Reply =
  | ({ type: "view"; view: View; marks: Mark[]; report: Report; parts: Parts } & Answered)
  | ({ type: "applied"; text: string } & Answered)
  | Broken
  | Away;

/** `refresh` is `describe` with new versions of the plugins. */
export type ToWorker<Q = Question> =
  { type: "describe" | "refresh" | "cancel" } | { type: "ask"; question: Q };

export type FromWorker<R = Reply> =
  | { type: "catalogue"; catalogue: Catalogue }
  | { type: "reply"; reply: R }
  | { type: "cancelled" }
  | { type: "lost"; message: string }
  | { type: "fatal"; message: string };
