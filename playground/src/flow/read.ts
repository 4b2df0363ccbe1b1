// Reading of objects whose shape nobody promises: children can be those of any plugin, and of any version.

import { documentId, type KubernetesObject, spokenKind } from "../backend/backend";

/** The value at a path, if there is one. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

export function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** The children by kind. */
export class Children {
  /** Those that a box stands for already. */
  readonly #taken = new Set<KubernetesObject>();

  constructor(private readonly all: KubernetesObject[]) {}

  /** Every child of a kind that has no box yet. The group tells apart kinds of the same name. */
  of(kind: string, group: string): KubernetesObject[] {
    return this.rest().filter((child) => child.kind === kind && groupOf(child) === group);
  }

  first(kind: string, group: string): KubernetesObject | undefined {
    return this.of(kind, group)[0];
  }

  take<T extends KubernetesObject | undefined>(child: T): T {
    if (child) this.#taken.add(child);
    return child;
  }

  rest(): KubernetesObject[] {
    return this.all.filter((child) => !this.#taken.has(child));
  }
}

function groupOf({ apiVersion }: KubernetesObject): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** The box of a child. */
export function box(child: KubernetesObject, details: string[] = []) {
  const id = documentId(child);
  return {
    id,
    role: "child" as const,
    caption: spokenKind(child),
    name: child.metadata.name,
    document: id,
    details: [...details, readiness(child)].filter((line) => line !== ""),
  };
}

/** `1 of 2 ready`, for an object whose status counts pods. */
function readiness(object: KubernetesObject): string {
  const total = text(at(object, "status", "replicas"));
  const ready = text(at(object, "status", "readyReplicas")) || "0";
  return total === "" ? "" : `${ready} of ${total} ready`;
}

/** `0–10 replicas`. */
export function range(min: unknown, max: unknown, what: string): string {
  const [low, high] = [text(min), text(max)];
  if (low === "" && high === "") return "";
  if (low === high) return `${low} ${low === "1" ? what.replace(/s$/, "") : what}`;
  return high === "" ? `at least ${low} ${what}` : `${low || "0"}–${high} ${what}`;
}
