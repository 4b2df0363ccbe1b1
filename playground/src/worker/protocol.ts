// Messages between the page and its worker.

import type { Answer, Description } from "../backend/backend";

/** The state from which an answer is computed. */
export interface Question {
  text: string;
  settings: Record<string, unknown>;
  /** Keys of the kinds that the cluster has. */
  kinds: string[];
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

/** An answer, ready to be shown. */
export interface View {
  answer: Answer;
  parent: { name: string; namespace: string; spec: unknown };
  /** The cells of `kubectl get`. */
  columns: { name: string; value: string }[];
  children: Document[];
  status: Document;
  difference: Difference;
  log: string[];
}

/** What came of a question. A `broken` one has no view: the last view stays. */
export type Reply =
  { type: "view"; view: View; marks: Mark[] } | { type: "broken"; message: string; marks: Mark[] };

export type ToWorker = { type: "describe" } | { type: "ask"; question: Question };

export type FromWorker =
  | { type: "description"; description: Description }
  | { type: "reply"; reply: Reply }
  | { type: "fatal"; message: string };
