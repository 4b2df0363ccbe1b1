// From the conditions of an answer to sentences about fields.

import type { Condition, Remark } from "../backend/backend";

/** A message can be a list: each entry starts with the path of its field. */
const NEXT = /; (?=(?:spec|metadata)(?:[.[][^:;\s]*)?: )/;
const ENTRY = /^((?:spec|metadata)(?:\.[\w-]+|\[[^\]]*\])*): /;

export interface Found extends Remark {
  severity: "error" | "warning";
}

/** Returns every sentence about a field in the conditions, each once. */
export function remarks(conditions: Condition[]): Found[] {
  const found = new Map<string, Found>();
  for (const { type, status, reason, message } of conditions) {
    const severity = type === "Ready" && status === "False" && reason === "Invalid" ? "error" : "warning";
    for (const entry of message.split(NEXT)) {
      const path = ENTRY.exec(entry)?.[1];
      if (path !== undefined && !found.has(entry)) found.set(entry, { severity, message: entry, path });
    }
  }
  return [...found.values()];
}
