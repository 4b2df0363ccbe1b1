// Which drawing an answer gets.

import { type Answer, childrenOf } from "../backend/backend";
import { draw } from "./draw";
import { drawAny } from "./any";
import type { Graph } from "./graph";

/** Draws the children of a Function as the proposal does, and those of other parents by what refers to what. */
export function picture(
  answer: Answer,
  { apiVersion, kind, spec }: { apiVersion: string; kind: string; spec: unknown },
): Graph {
  const isFunction = kind === "Function" && apiVersion.startsWith("core.openfunction.io/");
  return isFunction ? draw(answer, spec) : drawAny(childrenOf(answer));
}
