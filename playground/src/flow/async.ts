// A function that events start: the sources that KEDA watches, and the way from its operator to the pods.

import type { Builder } from "./graph";
import { bounds } from "./http";
import { at, box, type Children, entries, list, range, text } from "./read";
import { addWorkload, type Workload } from "./workload";

/** Metadata of triggers that say what is watched, the most telling first. */
const TELLING = [
  "listName",
  "topic",
  "queueName",
  "subscriptionName",
  "query",
  "metricName",
  "start",
  "value",
  "scalerAddress",
];

export function drawAsync(
  builder: Builder,
  children: Children,
  found: Omit<Workload, "id">,
  above: (row: number) => void,
): Workload {
  const rule = children.take(children.first("ScaledObject", "keda.sh"));
  const scaled = rule ?? (found.child.kind === "ScaledJob" ? found.child : undefined);
  const headless = children.take(children.first("Service", ""));
  const sources = list(at(scaled, "spec", "triggers")).map((trigger, index) => {
    const type = text(at(trigger, "type"));
    return builder.add(1, {
      id: `source-${index}`,
      role: "cluster",
      caption: "watched by KEDA",
      name: type,
      details: [telling(at(trigger, "metadata"))],
    });
  });
  const keda = scaled && builder.add(1, { id: "keda", role: "cluster", caption: "KEDA", name: "Operator" });
  sources.forEach((source, index) => {
    const last = index === sources.length - 1;
    builder.join(source, keda, "signal", last ? "values" : "", last ? {} : { via: "margin" });
  });
  // The box that scales is beside the workload; a ScaledJob is both.
  const row = Math.max(rule || !keda ? builder.next[1] : builder.row(keda), 0);
  above(row);
  const service =
    headless && builder.add(0, box(headless, ["DNS names of the pods"]), Math.max(row - 1, builder.next[0]));
  const fixed = rule
    ? ""
    : range(at(found.child, "spec", "replicas"), at(found.child, "spec", "replicas"), "replicas");
  const jobs = text(at(found.child, "spec", "maxReplicaCount"));
  const workload = addWorkload(builder, children, found, Math.max(row, builder.next[0]), [
    fixed,
    found.child.kind === "ScaledJob" && jobs ? `at most ${jobs} Jobs at a time` : "",
  ]);
  builder.join(service, workload.id, "request", found.port && `:${found.port}`);
  if (rule) {
    const id = builder.add(1, box(rule, bounds(rule)), builder.row(workload.id));
    builder.join(keda, id, "signal");
    builder.join(id, workload.id, "signal", "replicas");
  } else {
    builder.join(keda, workload.id, "signal", "Jobs");
  }
  return workload;
}

function telling(metadata: unknown): string {
  const all = new Map(entries(metadata));
  const key = TELLING.find((name) => all.has(name)) ?? [...all.keys()][0];
  return key === undefined ? "" : `${key}: ${text(all.get(key))}`;
}
