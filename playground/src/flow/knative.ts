// A function on Knative: its gateway, its pods, and its autoscaler.

import type { Builder } from "./graph";
import { addRoute } from "./http";
import { at, type Children, range, text } from "./read";
import { addWorkload, type Workload } from "./workload";

const SCALE = "autoscaling.knative.dev/";

export function drawKnative(builder: Builder, children: Children, found: Omit<Workload, "id">): Workload {
  const { name, namespace } = found.child.metadata;
  const way = addRoute(builder, children);
  const caller =
    way?.id ??
    builder.add(0, {
      id: "inside",
      role: "caller",
      caption: "inside or outside the cluster",
      name: "Caller",
    });
  const gate = builder.add(0, {
    id: "gateway",
    role: "cluster",
    caption: "Knative",
    name: "Gateway and activator",
    details: [`${name}.${namespace ?? "default"}`],
  });
  builder.join(caller, gate, "request", way?.port || "http");
  const annotation = (key: string) =>
    text(
      at(found.template, "metadata", "annotations", SCALE + key) ??
        at(found.child, "metadata", "annotations", SCALE + key),
    );
  const limit = text(at(found.template, "spec", "containerConcurrency"));
  const workload = addWorkload(builder, children, found, builder.next[0], [
    limit && `at most ${limit} requests per pod`,
  ]);
  builder.join(gate, workload.id, "request", found.port && `:${found.port}`, { container: "queue-proxy" });
  const target = annotation("target");
  const metric = annotation("metric") || "concurrency";
  const min = annotation("min-scale");
  const max = annotation("max-scale");
  const bounds = min === "" && max === "" ? "from 0 replicas" : range(min || "0", max, "replicas");
  const scaler = builder.add(
    1,
    {
      id: "autoscaler",
      role: "cluster",
      caption: "Knative",
      name: "Autoscaler",
      details: [bounds, target && `target: ${target} (${metric})`].filter((line) => line !== ""),
    },
    builder.row(workload.id),
  );
  builder.join(workload.id, scaler, "signal", "counts");
  builder.join(scaler, workload.id, "signal", "replicas");
  return workload;
}
