// The way of requests to a function that KEDA's HTTP add-on scales: the seed's first picture.

import type { KubernetesObject } from "../backend/backend";
import type { Builder } from "./graph";
import { at, box, type Children, list, range, text } from "./read";
import { addWorkload, type Workload } from "./workload";

const ADD_ON = "KEDA's HTTP add-on";

/** The Service of the interceptor, as the bridge names it. */
interface Interceptor {
  name: string;
  namespace: string;
  port: string;
}

export function drawHttp(builder: Builder, children: Children, found: Omit<Workload, "id">): Workload {
  const bridge = children.take(
    children.of("Service", "").find((service) => at(service, "spec", "type") === "ExternalName"),
  );
  const interceptor = interceptorOf(bridge);
  const way = addRoute(builder, children);
  const bridgeColumn = way?.kind === "HTTPRoute" ? 1 : 0;

  let bridgeId: string | undefined;
  if (bridge) {
    const caller = { id: "inside", role: "caller", caption: "in the cluster", name: "Caller" } as const;
    // Beside the route, or alone at the top.
    const inside = way
      ? builder.add(1, caller, bridgeColumn === 1 ? 0 : builder.next[0] - 1)
      : builder.add(0, caller);
    bridgeId = builder.add(bridgeColumn, box(bridge, ["leads to the interceptor"]), builder.row(inside) + 1);
    builder.join(inside, bridgeId, "request", portOf(bridge));
  }
  const gate = builder.add(
    0,
    {
      id: "interceptor",
      role: "cluster",
      caption: ADD_ON,
      name: "Interceptor",
      details: [`${interceptor.namespace}/${interceptor.name}`],
    },
    builder.free(),
  );
  builder.join(bridgeId, gate, "request", interceptor.port && `:${interceptor.port}`);
  if (way)
    builder.join(way.id, bridgeColumn === 0 && bridgeId !== undefined ? bridgeId : gate, "request", way.port);
  return drawBehind(builder, children, found, gate, interceptor);
}

/** From the interceptor to the pods, and back with the counts. */
function drawBehind(
  builder: Builder,
  children: Children,
  found: Omit<Workload, "id">,
  gate: string,
  interceptor: Interceptor,
): Workload {
  const rule = children.take(
    children.first("HTTPScaledObject", "http.keda.sh") ?? children.first("ScaledObject", "keda.sh"),
  );
  const route = children.take(children.first("InterceptorRoute", "http.keda.sh"));
  const service = children.take(children.first("Service", ""));
  let last = gate;
  if (route) {
    last = builder.add(0, box(route, [hosts(at(route, "spec", "rules", 0, "hosts")), target(route)]));
    builder.join(gate, last, "request");
  }
  if (service) {
    const id = builder.add(
      0,
      box(service, [`${portOf(service)} → :${text(at(service, "spec", "ports", 0, "targetPort"))}`]),
    );
    builder.join(last, id, "request", portOf(service));
    last = id;
  }
  const scaler = builder.add(
    1,
    {
      id: "external-scaler",
      role: "cluster",
      caption: ADD_ON,
      name: "External scaler",
      details: [`namespace ${interceptor.namespace}`],
    },
    builder.row(gate),
  );
  const keda = builder.add(1, { id: "keda", role: "cluster", caption: "KEDA", name: "Operator" });
  builder.join(gate, scaler, "signal", "counts");
  builder.join(scaler, keda, "signal", "requests");
  const row = Math.max(builder.next[0], builder.next[1]);
  const workload = addWorkload(builder, children, found, row, []);
  builder.join(last, workload.id, "request", found.port && `:${found.port}`, { container: "function" });
  if (rule) {
    const id = builder.add(1, box(rule, [...bounds(rule), target(rule)]), builder.row(workload.id));
    builder.join(keda, id, "signal");
    builder.join(id, workload.id, "signal", "replicas");
  }
  return workload;
}

/** Boxes from a caller outside to the object that leads on. */
export function addRoute(
  builder: Builder,
  children: Children,
): { id: string; kind: string; port: string } | undefined {
  const gateway = children.take(children.first("HTTPRoute", "gateway.networking.k8s.io"));
  const route = gateway ?? children.take(children.first("Ingress", "networking.k8s.io"));
  if (!route) return undefined;
  const names = gateway
    ? list(at(route, "spec", "hostnames"))
    : list(at(route, "spec", "rules")).map((rule) => at(rule, "host"));
  const port = gateway
    ? at(route, "spec", "rules", 0, "backendRefs", 0, "port")
    : at(route, "spec", "rules", 0, "http", "paths", 0, "backend", "service", "port", "number");
  const parent = text(at(route, "spec", "parentRefs", 0, "name"));
  const caller = builder.add(0, {
    id: "outside",
    role: "caller",
    caption: "outside the cluster",
    name: "Caller",
  });
  const secure = list(at(route, "spec", "tls")).length > 0;
  const id = builder.add(0, box(route, [hosts(names), parent && `Gateway ${parent}`]));
  builder.join(caller, id, "request", secure ? "https" : "http");
  return { id, kind: route.kind, port: text(port) && `:${text(port)}` };
}

function interceptorOf(bridge: KubernetesObject | undefined): Interceptor {
  const [name = "", namespace = ""] = text(at(bridge, "spec", "externalName")).split(".");
  return {
    name: name || "keda-add-ons-http-interceptor-proxy",
    namespace: namespace || "keda",
    port: text(at(bridge, "spec", "ports", 0, "port")),
  };
}

function portOf(service: KubernetesObject): string {
  const port = text(at(service, "spec", "ports", 0, "port"));
  return port && `:${port}`;
}

/** The first host, and how many more there are. */
export function hosts(names: unknown): string {
  const all = list(names)
    .map(text)
    .filter((name) => name !== "");
  const [first = "", ...more] = all;
  return more.length > 0 ? `${first} and ${more.length} more` : first;
}

/** The bounds and the cooldown of a scaler, in any of its shapes. */
export function bounds(rule: KubernetesObject): string[] {
  const replicas = at(rule, "spec", "replicas") ?? {};
  const min = at(replicas, "min") ?? at(rule, "spec", "minReplicaCount");
  const max = at(replicas, "max") ?? at(rule, "spec", "maxReplicaCount");
  return [range(min, max, "replicas")];
}

function target(rule: KubernetesObject): string {
  const concurrency = text(at(rule, "spec", "scalingMetric", "concurrency", "targetValue"));
  const rate = text(at(rule, "spec", "scalingMetric", "requestRate", "targetValue"));
  const pending = text(at(rule, "spec", "targetPendingRequests"));
  if (rate !== "") return `target: ${rate} requests per second`;
  const at_once = concurrency || pending;
  return at_once && `target: ${at_once} requests at a time`;
}
