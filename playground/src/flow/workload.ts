// The box of what runs the function, with its containers.

import type { KubernetesObject } from "../backend/backend";
import type { Builder } from "./graph";
import { at, box, type Children, list, text } from "./read";

const DAPR = "daprd";

/** A workload that has its box. */
export interface Workload {
  id: string;
  child: KubernetesObject;
  template: unknown;
  /** The port of the function. */
  port: string;
}

/** The kinds that run pods, and where their pod template is. */
const KINDS: [kind: string, group: string, template: string[]][] = [
  ["Deployment", "apps", ["spec", "template"]],
  ["StatefulSet", "apps", ["spec", "template"]],
  ["Service", "serving.knative.dev", ["spec", "template"]],
  ["Job", "batch", ["spec", "template"]],
  ["ScaledJob", "keda.sh", ["spec", "jobTargetRef", "template"]],
];

/** The same, with kinds that no Function becomes. */
const ALL_KINDS: typeof KINDS = [
  ...KINDS,
  ["DaemonSet", "apps", ["spec", "template"]],
  ["CronJob", "batch", ["spec", "jobTemplate", "spec", "template"]],
];

/** The pod template of an object that runs pods. */
export function templateOf(object: KubernetesObject): unknown {
  const { apiVersion, kind } = object;
  const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "";
  const path = ALL_KINDS.find(([name, of]) => name === kind && of === group)?.[2];
  return path && at(object, ...path);
}

/** Finds what runs the function, and not Dapr's proxy. */
export function findWorkload(children: Children): Omit<Workload, "id"> | undefined {
  for (const [kind, group, path] of KINDS) {
    const child = children
      .of(kind, group)
      .find((found) => found.metadata.labels?.["openfunction.io/role"] !== "dapr-proxy");
    if (child) {
      const template = at(child, ...path);
      return {
        child,
        template,
        port: text(at(template, "spec", "containers", 0, "ports", 0, "containerPort")),
      };
    }
  }
  return undefined;
}

/** Adds the box of a workload. */
export function addWorkload(
  builder: Builder,
  children: Children,
  found: Omit<Workload, "id">,
  row: number,
  details: string[],
): Workload {
  children.take(found.child);
  const id = builder.add(
    0,
    { ...box(found.child, details), containers: containers(found.template, found.child) },
    row,
  );
  return { ...found, id };
}

/** Whether pods get Dapr's sidecar. */
export function hasSidecar(template: unknown): boolean {
  return at(template, "metadata", "annotations", "dapr.io/enabled") === "true";
}

export function containers(template: unknown, child: KubernetesObject): { name: string; detail: string }[] {
  const own = list(at(template, "spec", "containers")).map((container) => {
    const port = text(at(container, "ports", 0, "containerPort"));
    return { name: text(at(container, "name")), detail: port && `:${port}` };
  });
  if (child.apiVersion.startsWith("serving.knative.dev/"))
    own.push({ name: "queue-proxy", detail: "counts" });
  if (hasSidecar(template)) own.push({ name: DAPR, detail: "Dapr sidecar" });
  return own;
}

/** A variable of the function's container. */
export function variable(template: unknown, name: string): string {
  for (const container of list(at(template, "spec", "containers"))) {
    for (const variable of list(at(container, "env"))) {
      if (at(variable, "name") === name) return text(at(variable, "value"));
    }
  }
  return "";
}
