// Messages about time lines, which only `metawasm playground` has.

import type { Fault, Run } from "../backend/api";
import type { KubernetesObject } from "../backend/backend";
import type { Answered, Away, Broken, Document, Input, Question, Reply } from "./protocol";

/** Runs the steps of the input. */
export interface Simulate extends Input {
  type: "simulate";
}

/** An object at a moment of a time line. */
export interface Stored {
  object: KubernetesObject;
  document: Document;
  /** The document without what the API server and Metacontroller only keep for themselves, to compare it. */
  plain: Document;
  /** Whether the parent controls it, so that a hook would observe it. */
  isChild: boolean;
}

/** What a simulation shows. */
export interface Timeline {
  steps: Run[];
  /** Every state of every object, once. Syncs name them by their places. */
  objects: Stored[];
  faults: Fault[];
}

export type TimelineReply = ({ type: "timeline"; timeline: Timeline } & Answered) | Broken | Away;

export type HostedQuestion = Question | Simulate;
export type HostedReply = Reply | TimelineReply;
