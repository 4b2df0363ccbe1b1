// The drawing of children that belong to no known picture.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawAny } from "../../src/flow/any";
import { layout } from "../../src/flow/layout";
import { picture } from "../../src/flow/picture";
import { sentences } from "../../src/flow/words";
import { sync } from "../fake/plugin.mjs";

const object = (apiVersion, kind, name, more = {}) => ({ apiVersion, kind, metadata: { name }, ...more });

const PARENT = object("example.com/v1", "Site", "blog", {
  spec: { image: "nginx", replicas: 2, host: "blog.example.com" },
});

test("requests lead to a workload, and it uses what it names", () => {
  const { children } = sync(PARENT, [], {}).answer;
  const graph = drawAny(children);
  assert.equal(graph.nodes.length, children.length);
  assert.deepEqual(sentences(graph).sort(), [
    "Deployment blog uses ConfigMap blog.",
    "Ingress blog sends requests or events to Service blog.",
    "Service blog sends requests or events to Deployment blog (:8080).",
  ]);
});

test("a scaler and what a pod uses are beside it", () => {
  const template = {
    metadata: { labels: { app: "a" } },
    spec: {
      serviceAccountName: "robot",
      containers: [
        {
          name: "a",
          envFrom: [{ secretRef: { name: "token" } }],
          env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "settings", key: "x" } } }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    },
  };
  const graph = drawAny([
    object("apps/v1", "StatefulSet", "a", { spec: { template } }),
    object("autoscaling/v2", "HorizontalPodAutoscaler", "a", {
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: "a" },
        minReplicas: 2,
        maxReplicas: 9,
      },
    }),
    object("v1", "ServiceAccount", "robot"),
    object("v1", "Secret", "token", { stringData: { key: "secret" } }),
    object("v1", "ConfigMap", "settings", { data: { x: "1" } }),
    object("v1", "PersistentVolumeClaim", "data", { spec: { resources: { requests: { storage: "1Gi" } } } }),
    object("v1", "ConfigMap", "unused"),
  ]);
  const words = sentences(graph);
  assert.ok(words.includes("HorizontalPodAutoscaler a sends a scaling signal to StatefulSet a (replicas)."));
  for (const used of [
    "ServiceAccount robot",
    "Secret token",
    "ConfigMap settings",
    "PersistentVolumeClaim data",
  ]) {
    assert.ok(words.includes(`StatefulSet a uses ${used}.`), used);
  }
  assert.ok(!words.some((sentence) => sentence.includes("unused")));
  assert.equal(graph.nodes.length, 7);
  const { boxes, arrows } = layout(graph, 700);
  assert.equal(boxes.length, 7);
  assert.equal(arrows.length, graph.edges.length);
});

test("several workloads do not share boxes, and a CronJob is one", () => {
  const template = (app) => ({ metadata: { labels: { app } }, spec: { containers: [{ name: app }] } });
  const service = (app) => object("v1", "Service", app, { spec: { selector: { app } } });
  const graph = drawAny([
    object("apps/v1", "Deployment", "a", { spec: { template: template("a") } }),
    object("apps/v1", "DaemonSet", "b", { spec: { template: template("b") } }),
    object("batch/v1", "CronJob", "c", {
      spec: { schedule: "* * * * *", jobTemplate: { spec: { template: template("c") } } },
    }),
    service("b"),
    service("a"),
    object("rbac.authorization.k8s.io/v1", "Role", "r"),
    object("rbac.authorization.k8s.io/v1", "RoleBinding", "r", {
      roleRef: { kind: "Role", name: "r" },
      subjects: [{ kind: "Group", name: "people" }],
    }),
  ]);
  assert.deepEqual(sentences(graph).sort(), [
    "RoleBinding r uses Role r (grants).",
    "Service a sends requests or events to Deployment a.",
    "Service b sends requests or events to DaemonSet b.",
  ]);
  const places = graph.nodes.map(({ row, column }) => `${row}/${column}`);
  assert.equal(new Set(places).size, graph.nodes.length);
  assert.ok(graph.nodes.find(({ name }) => name === "c").details.includes("* * * * *"));
});

test("objects of other shapes never stop the drawing", () => {
  for (const spec of [null, 7, "x", [], { rules: 3, template: [], selector: "a", ports: {} }]) {
    for (const [apiVersion, kind] of [
      ["v1", "Service"],
      ["apps/v1", "Deployment"],
      ["networking.k8s.io/v1", "Ingress"],
      ["batch/v1", "CronJob"],
    ]) {
      const graph = drawAny([
        object(apiVersion, kind, "a", { spec, data: spec, subjects: spec, roleRef: spec }),
      ]);
      assert.equal(graph.nodes.length, 1);
    }
  }
});

test("the drawing says how many pods are ready", () => {
  const deployment = object("apps/v1", "Deployment", "a", {
    spec: { template: { spec: {} } },
    status: { replicas: 3, readyReplicas: 1 },
  });
  const { nodes } = picture({ children: [deployment] }, PARENT);
  assert.deepEqual(nodes[0].details, ["1 of 3 ready"]);
});
