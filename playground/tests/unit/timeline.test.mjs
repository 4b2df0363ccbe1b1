// From a script to a time line, against a server in Node.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HostBackend } from "../../src/backend/host";
import { changesAt, moments, observedAt, outcome, stateAt, summary } from "../../src/hosted/moments";
import { EMPTY } from "../../src/model/draft";
import { parseObjects } from "../../src/worker/parse";
import { timeline } from "../../src/worker/timeline";
import { start } from "../fake/server.mjs";

let server;
let backend;
let site;

before(async () => {
  server = await start(".");
  backend = new HostBackend(server.url);
  [site] = (await backend.catalogue()).plugins;
});
after(() => server.stop());

function play(steps, texts = {}) {
  const input = { type: "simulate", plugin: "site", hook: "sync", settings: {}, kinds: [] };
  return timeline(backend, site, { ...input, texts: { ...EMPTY, text: site.start.text, steps, ...texts } });
}

async function played(steps, texts) {
  const reply = await play(steps, texts);
  assert.equal(reply.type, "timeline", reply.message);
  return reply.timeline;
}

test("every sync is a moment, with what exists after it", async () => {
  const line = await played("steps:\n- ready: true\n- edit: {spec: {replicas: 3}}\n- delete: true\n");
  const all = moments(line);
  assert.deepEqual(
    line.steps.map(({ name }) => name),
    ["create", "ready", "edit", "delete"],
  );
  assert.deepEqual(all.map(({ number, step }) => [number, step]).slice(0, 4), [
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 1],
  ]);
  assert.equal(summary(line.steps, all), "4 steps, 7 syncs, 8 writes; every step settles");
  assert.equal(outcome(all[0].sync), "5 writes");
  assert.equal(outcome(all[1].sync), "nothing to write");
  assert.equal(outcome(all[6].sync), "nothing to ask");
  const first = stateAt(line, all[0]);
  assert.deepEqual(
    first.map(({ object, isChild }) => [object.kind, isChild]),
    [
      ["Site", false],
      ["ConfigMap", true],
      ["Deployment", true],
      ["Service", true],
      ["Ingress", true],
    ],
  );
  assert.deepEqual(stateAt(line, all[6]), []);
});

test("a moment differs from the one before it", async () => {
  const line = await played("steps:\n- edit: {spec: {replicas: 3}}\n");
  const all = moments(line);
  const created = changesAt(line, all, 0);
  assert.ok(created.documents.every(({ change }) => change === "added"));
  assert.deepEqual(changesAt(line, all, 1).documents, []);
  const edited = changesAt(line, all, 2);
  assert.deepEqual(
    edited.documents.map(({ title, change }) => `${title} ${change}`),
    ["Site blog changed", "Deployment blog changed"],
  );
});

test("what only Metacontroller reads is no change", async () => {
  const secret = (version) =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\n  resourceVersion: "${version}"\n  annotations: {a: b, metacontroller.k8s.io/last-applied-configuration: "${version}"}\n`;
  const [one, two] = [await played("", { related: secret(1) }), await played("", { related: secret(2) })];
  const of = (line) => stateAt(line, moments(line)[0]).find(({ object }) => object.kind === "Secret");
  assert.notEqual(of(one).document.yaml, of(two).document.yaml);
  assert.equal(of(one).plain.yaml, of(two).plain.yaml);
  assert.match(of(one).plain.yaml, /annotations:\n {4}a: b\n/);
});

test("the children of a moment can be observed", async () => {
  const line = await played("steps:\n- ready: true\n", {
    related: "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: web}\n",
  });
  const state = stateAt(line, moments(line).at(-1));
  assert.equal(state.length, 6);
  const observed = parseObjects(observedAt(state), "observed");
  assert.deepEqual(
    observed.map(({ kind }) => kind),
    ["ConfigMap", "Deployment", "Service", "Ingress"],
  );
  assert.deepEqual(observed[1].status, { replicas: 2, readyReplicas: 2 });
  const call = { plugin: "site", hook: "sync", related: [], settings: {}, kinds: [], observed };
  const { answer } = await backend.run({ ...call, parent: state[0].object });
  assert.equal(answer.status.conditions[0].status, "True");
});

test("objects of other namespaces have names of their own", async () => {
  const secret = (namespace) =>
    `apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: ${namespace}}\n`;
  const line = await played("", { related: `${secret("web")}---\n${secret("other")}` });
  const ids = stateAt(line, moments(line)[0]).map(({ document }) => document.id);
  assert.equal(new Set(ids).size, ids.length);
});

test("a step that fails is a fault", async () => {
  const line = await played("steps:\n- fail: {hook: sync, times: 9}\n");
  assert.deepEqual(
    line.faults.map(({ kind, step }) => [kind, step]),
    [["fails", "fail"]],
  );
  assert.equal(outcome(moments(line).at(-1).sync), "failed");
});

test("a step that the host does not know is marked", async () => {
  const steps = "steps:\n- ready: true\n- dance: true\n";
  const { type, message, marks } = await play(steps);
  assert.equal(type, "broken");
  assert.match(message, /^steps\[1\]: expected one of /);
  assert.deepEqual(
    marks.map(({ source, line, severity }) => [source, line, severity]),
    [["steps", 3, "error"]],
  );
});

test("a script that is none says so at its place", async () => {
  for (const [steps, message, line] of [
    ["steps: 7\n", /^steps: expected a list/, 1],
    ["- ready: true\n", /^expected a mapping/, 1],
    ["steps: []\nname: x\n", /^unknown field `name`; expected steps/, 2],
    ["steps:\n- [a\n", /^invalid YAML: /, 3],
  ]) {
    const reply = await play(steps);
    assert.equal(reply.type, "broken", steps);
    assert.match(reply.message, message);
    assert.deepEqual([reply.marks[0].source, reply.marks[0].line], ["steps", line], steps);
  }
});

test("what is observed by the call does not matter", async () => {
  const { steps } = await played("", { observed: "[broken" });
  assert.equal(steps.length, 1);
});

test("no steps are the creation alone", async () => {
  for (const steps of ["", "# nothing\n", "steps:\n", "steps: []\n"]) {
    assert.deepEqual(
      (await played(steps)).steps.map(({ name }) => name),
      ["create"],
    );
  }
});
