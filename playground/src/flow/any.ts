// The drawing of children that belong to no known picture: routes lead to Services, Services to workloads, scalers act on
// workloads, and workloads use what they name.

import type { KubernetesObject } from "../backend/backend";
import { Builder, type Graph } from "./graph";
import { at, box, Children, entries, list, text } from "./read";
import { containers, templateOf } from "./workload";

/** Makes the drawing. Every child is in it. */
export function drawAny(objects: KubernetesObject[]): Graph {
  const builder = new Builder();
  const children = new Children(objects);
  for (const workload of objects.filter((object) => templateOf(object) !== undefined)) {
    drawWorkload(builder, children, workload);
  }
  drawRights(builder, children);
  const first = builder.free();
  children.rest().forEach((child, index) => {
    builder.add(index % 2 === 0 ? 0 : 1, box(child, [summary(child)]), first + Math.floor(index / 2));
  });
  return { nodes: builder.nodes, edges: builder.edges };
}

/** A workload below what leads to it, beside what scales it and what it uses. */
function drawWorkload(builder: Builder, children: Children, workload: KubernetesObject): void {
  const template = templateOf(workload);
  const rest = children.rest().filter((object) => inNamespaceOf(workload, object));
  const services = rest.filter((object) => isCore(object, "Service") && selects(object, template));
  const routes = rest.filter((object) => services.some((service) => leadsTo(object, service)));
  const ids = new Map<KubernetesObject, string>();
  const first = builder.free();
  [...routes, ...services].forEach((object, index) => {
    ids.set(children.take(object), builder.add(0, box(object, [summary(object)]), first + index));
  });
  // An arrow that would cross a box goes along the margin.
  const lead = (from: string | undefined, to: string | undefined, label = "") =>
    builder.join(
      from,
      to,
      "request",
      label,
      builder.row(to) > builder.row(from) + 1 ? { via: "margin" } : {},
    );
  for (const route of routes) {
    for (const service of services) {
      if (leadsTo(route, service)) lead(ids.get(route), ids.get(service));
    }
  }
  children.take(workload);
  const replicas = text(at(workload, "spec", "replicas"));
  const details = [replicas && `${replicas} ${replicas === "1" ? "replica" : "replicas"}`, summary(workload)];
  const row = Math.max(builder.next[0], first);
  const id = builder.add(0, { ...box(workload, details), containers: containers(template, workload) }, row);
  for (const service of services) lead(ids.get(service), id, portOf(service));
  beside(builder, children, workload, id, row);
}

/** The right column: scalers in the row of the workload, then what it uses. */
function beside(
  builder: Builder,
  children: Children,
  workload: KubernetesObject,
  id: string,
  row: number,
): void {
  const rest = children.rest().filter((object) => inNamespaceOf(workload, object));
  const scalers = rest.filter((object) => scales(object, workload));
  const names = namesOf(templateOf(workload), workload);
  const used = rest.filter((object) => names.has(`${object.kind}/${object.metadata.name}`));
  const near = [...scalers, ...used];
  near.forEach((object, index) => {
    children.take(object);
    const scaler = scalers.includes(object);
    const other = builder.add(1, box(object, [summary(object)]), row + index);
    const way = index === 0 ? {} : ({ via: "gutter" } as const);
    if (scaler) builder.join(other, id, "signal", index === 0 ? "replicas" : "", way);
    else builder.join(id, other, "uses", "", way);
  });
}

/** Bindings beside the roles that they grant. */
function drawRights(builder: Builder, children: Children): void {
  for (const binding of children.rest().filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind))) {
    const row = builder.free();
    const id = builder.add(0, box(children.take(binding), [summary(binding)]), row);
    const reference = at(binding, "roleRef");
    const role = children
      .rest()
      .find(
        ({ kind, metadata }) =>
          kind === text(at(reference, "kind")) && metadata.name === text(at(reference, "name")),
      );
    if (role) builder.join(id, builder.add(1, box(children.take(role)), row), "uses", "grants");
  }
}

/** A line that tells what an object is for, where that is short. */
function summary(object: KubernetesObject): string {
  const { kind } = object;
  const spec = (...path: (string | number)[]) => at(object, "spec", ...path);
  const all = (values: unknown[]) =>
    values
      .map(text)
      .filter((word) => word !== "")
      .join(", ");
  const bounds = `${text(spec("minReplicas")) || "1"}–${text(spec("maxReplicas"))} replicas`;
  const keys = [...entries(at(object, "data")), ...entries(at(object, "stringData"))].map(([key]) => key);
  const lines: Record<string, () => string> = {
    Service: () => all(list(spec("ports")).map((port) => `:${text(at(port, "port"))}`)),
    Ingress: () => all(list(spec("rules")).map((rule) => at(rule, "host"))),
    HTTPRoute: () => all(list(spec("hostnames"))),
    HorizontalPodAutoscaler: () => bounds,
    CronJob: () => text(spec("schedule")),
    ConfigMap: () => keys.join(", "),
    Secret: () => keys.join(", "),
    PersistentVolumeClaim: () => text(spec("resources", "requests", "storage")),
    RoleBinding: () => all(list(at(object, "subjects")).map((subject) => at(subject, "name"))),
    ClusterRoleBinding: () => all(list(at(object, "subjects")).map((subject) => at(subject, "name"))),
  };
  return Object.hasOwn(lines, kind) ? (lines[kind]?.() ?? "") : "";
}

function isCore({ apiVersion, kind }: KubernetesObject, wanted: string): boolean {
  return apiVersion === "v1" && kind === wanted;
}

/** Children without a namespace are in that of their parent. */
function inNamespaceOf(one: KubernetesObject, other: KubernetesObject): boolean {
  const [left, right] = [one.metadata.namespace, other.metadata.namespace];
  return left === undefined || right === undefined || left === right;
}

function selects(service: KubernetesObject, template: unknown): boolean {
  const wanted = entries(at(service, "spec", "selector"));
  const labels = at(template, "metadata", "labels");
  return wanted.length > 0 && wanted.every(([key, value]) => at(labels, key) === value);
}

/** Whether an Ingress or a route of the Gateway API names a Service. */
function leadsTo(route: KubernetesObject, service: KubernetesObject): boolean {
  const { name } = service.metadata;
  const rules = list(at(route, "spec", "rules"));
  const backends = [
    at(route, "spec", "defaultBackend", "service", "name"),
    ...rules.flatMap((rule) => [
      ...list(at(rule, "http", "paths")).map((path) => at(path, "backend", "service", "name")),
      ...list(at(rule, "backendRefs")).map((reference) => at(reference, "name")),
    ]),
  ];
  return backends.includes(name) && route !== service;
}

/** Whether an autoscaler, or something else with a target, is about a workload. */
function scales(object: KubernetesObject, workload: KubernetesObject): boolean {
  const target = at(object, "spec", "scaleTargetRef") ?? at(object, "spec", "targetRef");
  const kind = text(at(target, "kind")) || "Deployment";
  return text(at(target, "name")) === workload.metadata.name && kind === workload.kind;
}

/** What a workload names: `ConfigMap/settings`. */
function namesOf(template: unknown, workload: KubernetesObject): Set<string> {
  const names = new Set<string>();
  const add = (kind: string, name: unknown) => text(name) !== "" && names.add(`${kind}/${text(name)}`);
  const pod = at(template, "spec");
  add("ServiceAccount", at(pod, "serviceAccountName"));
  add("Service", at(workload, "spec", "serviceName"));
  for (const volume of list(at(pod, "volumes"))) {
    add("ConfigMap", at(volume, "configMap", "name"));
    add("Secret", at(volume, "secret", "secretName"));
    add("PersistentVolumeClaim", at(volume, "persistentVolumeClaim", "claimName"));
  }
  for (const container of [...list(at(pod, "containers")), ...list(at(pod, "initContainers"))]) {
    for (const source of list(at(container, "envFrom"))) {
      add("ConfigMap", at(source, "configMapRef", "name"));
      add("Secret", at(source, "secretRef", "name"));
    }
    for (const variable of list(at(container, "env"))) {
      add("ConfigMap", at(variable, "valueFrom", "configMapKeyRef", "name"));
      add("Secret", at(variable, "valueFrom", "secretKeyRef", "name"));
    }
  }
  return names;
}

function portOf(service: KubernetesObject): string {
  const port = text(at(service, "spec", "ports", 0, "targetPort"));
  return port && `:${port}`;
}
