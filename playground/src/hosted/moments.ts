// The syncs of a time line, one after the other, and what can be said of each.

import type { Run, Sync } from "../backend/api";
import type { Answer, KubernetesObject } from "../backend/backend";
import { difference } from "../worker/difference";
import type { Stored, Timeline } from "../worker/hosted-protocol";
import type { Difference, Document } from "../worker/protocol";

/** A sync, and where it is. */
export interface Moment {
  /** Its number, from 1. */
  number: number;
  /** The place of its step. */
  step: number;
  sync: Sync;
}

/** Returns all syncs in their order. */
export function moments({ steps }: Timeline): Moment[] {
  return steps
    .flatMap(({ syncs }, step) => syncs.map((sync) => ({ step, sync })))
    .map((moment, index) => ({ number: index + 1, ...moment }));
}

/** `1 step`, `2 steps`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** What a sync did, in a few words. */
export function outcome({ writes, refused, failure, hook }: Sync): string {
  if (failure !== null) return "failed";
  const parts = [
    writes.length > 0 ? count(writes.length, "write") : "",
    refused.length > 0 ? `${refused.length} refused` : "",
  ].filter((part) => part !== "");
  return parts.join(", ") || (hook === null ? "nothing to ask" : "nothing to write");
}

/** `6 steps, 11 syncs, 7 writes; every step settles`. */
export function summary(steps: Run[], all: Moment[]): string {
  const writes = all.reduce((sum, { sync }) => sum + sync.writes.length, 0);
  const open = steps.filter(({ settled }) => !settled).length;
  const settled =
    open === 0 ? "every step settles" : open === 1 ? "1 step does not settle" : `${open} steps do not settle`;
  return `${count(steps.length, "step")}, ${count(all.length, "sync")}, ${count(writes, "write")}; ${settled}`;
}

/** What exists after a sync. The parent is the first, if it exists. */
export function stateAt({ objects }: Timeline, moment: Moment | undefined): Stored[] {
  return (moment?.sync.objects ?? []).flatMap((index) => objects[index] ?? []);
}

/** How the objects after a sync differ from those before it, without what only the API server and Metacontroller read. */
export function changesAt(timeline: Timeline, all: Moment[], at: number): Difference {
  const documents = (moment: Moment | undefined): Document[] =>
    stateAt(timeline, moment).map(({ plain }) => plain);
  return difference(documents(all[at - 1]), documents(all[at]));
}

/** The objects of a moment in the form of an answer, for the drawing. */
export function asAnswer(state: Stored[], status: Answer["status"]): Answer {
  const children: KubernetesObject[] = state.filter(({ isChild }) => isChild).map(({ object }) => object);
  return { children, ...(status ? { status } : {}) };
}

/** What a hook would observe at a moment, as a text. */
export function observedAt(state: Stored[]): string {
  return state
    .filter(({ isChild }) => isChild)
    .map(({ document }) => document.yaml)
    .join("---\n");
}
