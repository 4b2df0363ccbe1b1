import assert from "node:assert/strict";
import { test } from "node:test";
import { examples } from "playground:examples";
import { kindKey } from "../../src/backend/backend";
import { draw } from "../../src/flow/draw";
import { layout } from "../../src/flow/layout";
import { sentences } from "../../src/flow/words";
import { description, example, view } from "./backend.mjs";

const ALL = description.children.map(kindKey);
const GATEWAY = { exposure: { gateway: { name: "public" } } };

/** Ways in which an example can be answered. */
const CLUSTERS = [
  {},
  { kinds: ALL, settings: GATEWAY },
  { kinds: ALL, settings: { ...GATEWAY, httpAddon: "interceptor-route" } },
  { settings: { httpAddon: "0.5" } },
  { settings: { defaultEngine: "keda" } },
];

async function graphs() {
  const all = [];
  for (const { id, text } of examples) {
    for (const cluster of CLUSTERS) {
      const shown = await view(text, cluster);
      all.push({ id, shown, graph: draw(shown.answer, shown.parent.spec) });
    }
  }
  return all;
}

test("every child of every example has one box, and arrows join boxes", async () => {
  for (const { id, shown, graph } of await graphs()) {
    const boxes = graph.nodes.flatMap(({ document }) => document ?? []).sort();
    assert.deepEqual(boxes, shown.children.map((child) => child.id).sort(), id);
    const ids = new Set(graph.nodes.map((node) => node.id));
    assert.equal(ids.size, graph.nodes.length, id);
    for (const { from, to } of graph.edges)
      assert.ok(ids.has(from) && ids.has(to), `${id}: ${from} to ${to}`);
  }
});

test("no two boxes touch, at any width", async () => {
  for (const { id, graph } of await graphs()) {
    for (const width of [300, 360, 700, 1200]) {
      const placed = layout(graph, width);
      for (const [index, left] of placed.boxes.entries()) {
        assert.ok(left.x >= 0 && left.x + left.width <= placed.width, `${id} at ${width}`);
        assert.ok(left.y >= 0 && left.y + left.height <= placed.height, `${id} at ${width}`);
        for (const right of placed.boxes.slice(index + 1)) {
          const apart =
            left.x + left.width < right.x ||
            right.x + right.width < left.x ||
            left.y + left.height < right.y ||
            right.y + right.height < left.y;
          assert.ok(apart, `${id} at ${width}: ${left.node.id} and ${right.node.id}`);
        }
      }
      assert.ok(placed.arrows.every(({ path }) => !/NaN|undefined/.test(path)));
    }
  }
});

test("on a phone the drawing is as wide as the phone", async () => {
  const shown = await view(example("seed/async-input"));
  assert.equal(layout(draw(shown.answer, shown.parent.spec), 340).width, 340);
});

async function told(id, more) {
  const shown = await view(example(id), more);
  return sentences(draw(shown.answer, shown.parent.spec));
}

test("the picture of the proposal: requests through the interceptor, signals through KEDA", async () => {
  assert.deepEqual(await told("seed/async-input"), [
    "Caller outside the cluster sends requests or events to Ingress async-input (http).",
    "Caller in the cluster sends requests or events to Service async-input (:8080).",
    "Service async-input sends requests or events to KEDA's HTTP add-on Interceptor (:8080).",
    "Ingress async-input sends requests or events to Service async-input (:8080).",
    "KEDA's HTTP add-on Interceptor sends requests or events to Service async-input-svc (:80).",
    "KEDA's HTTP add-on Interceptor sends a scaling signal to KEDA's HTTP add-on External scaler (counts).",
    "KEDA's HTTP add-on External scaler sends a scaling signal to KEDA Operator (requests).",
    "Service async-input-svc sends requests or events to Deployment async-input (:8080).",
    "KEDA Operator sends a scaling signal to HTTPScaledObject async-input.",
    "HTTPScaledObject async-input sends a scaling signal to Deployment async-input (replicas).",
    "Deployment async-input sends requests or events to existing Component orders.",
  ]);
});

test("the second function of the proposal: an event of Dapr, and a list that KEDA watches", async () => {
  assert.deepEqual(await told("seed/async-output"), [
    "watched by KEDA redis sends a scaling signal to KEDA Operator (values).",
    "KEDA Operator sends a scaling signal to ScaledObject async-output.",
    "ScaledObject async-output sends a scaling signal to Deployment async-output (replicas).",
    "Component async-output-bindings-look sends requests or events to Deployment async-output.",
    "Deployment async-output sends requests or events to existing Component orders.",
  ]);
});

test("Knative has its own gateway and autoscaler", async () => {
  const words = await told("knative");
  assert.ok(
    words.includes(
      "Knative Gateway and activator sends requests or events to Knative Service greeter (:8080).",
    ),
  );
  assert.ok(
    words.includes("Knative Autoscaler sends a scaling signal to Knative Service greeter (replicas)."),
  );
});

test("an HTTPRoute leads to the interceptor, and the bridge stays for callers in the cluster", async () => {
  const words = await told("route-hosts", { kinds: ALL, settings: GATEWAY });
  assert.ok(
    words.some((word) =>
      /^HTTPRoute .* sends requests or events to KEDA's HTTP add-on Interceptor/.test(word),
    ),
    words.join("\n"),
  );
});

test("a child of no known kind has a box too", () => {
  const child = (kind, spec) => ({ apiVersion: "example.com/v1", kind, metadata: { name: "x" }, spec });
  const { nodes } = draw(
    { children: [child("Unknown", null), child("Deployment", "odd"), child("Build", [])] },
    null,
  );
  assert.deepEqual(
    nodes.map(({ caption }) => caption),
    ["Unknown", "Deployment", "Build"],
  );
});
