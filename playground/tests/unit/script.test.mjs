// Steps that the form writes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { append, scriptSchema, STEPS, write } from "../../src/hosted/script";
import { lookup } from "../../src/schema/lookup";

const FILLED = {
  patch: "{spec: {replicas: 3}}",
  object: "Deployment/web",
  yaml: "apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\n",
  duration: "10m",
  hook: "sync",
  times: 2,
  kind: "ConfigMap",
  force: true,
};
const PATCH = { spec: { replicas: 3 } };

test("every kind of step is written as the script has it", () => {
  const expected = {
    ready: true,
    edit: PATCH,
    editObject: { kind: "Deployment", name: "web", patch: PATCH },
    deleteObject: { kind: "Deployment", name: "web" },
    add: { apiVersion: "v1", kind: "Secret", metadata: { name: "key" } },
    wait: "10m",
    fail: { hook: "sync", times: 2 },
    default: { kind: "ConfigMap", set: PATCH, force: true },
    restart: true,
    delete: true,
  };
  assert.deepEqual(Object.keys(expected).sort(), STEPS.map(([kind]) => kind).sort());
  let script = "";
  for (const [kind, value] of Object.entries(expected)) {
    script = append(script, write(kind, FILLED));
    assert.deepEqual(parse(script).steps.at(-1), { [kind]: value });
  }
  assert.equal(parse(script).steps.length, STEPS.length);
});

test("a patch can be a block, deeper than it was typed or not at all", () => {
  for (const patch of [
    "spec:\n  replicas: 3",
    "    spec:\n      replicas: 3\n\n",
    "\n  spec: {replicas: 3}",
  ]) {
    for (const kind of ["edit", "editObject", "default"]) {
      const [step] = parse(append("", write(kind, { ...FILLED, patch }))).steps;
      assert.deepEqual(step[kind].patch ?? step[kind].set ?? step[kind], PATCH, `${kind} ${patch}`);
    }
  }
  assert.deepEqual(parse(write("edit", { ...FILLED, patch: " " })), [{ edit: {} }]);
});

test("words that YAML reads as something else are quoted", () => {
  for (const name of ["true", "007", "a: b", "x # y", "null", "- z"]) {
    const [step] = parse(write("deleteObject", { ...FILLED, object: `Secret/${name}` }));
    assert.deepEqual(step.deleteObject, { kind: "Secret", name });
  }
});

test("a step goes to the end of a script", () => {
  assert.deepEqual(parse(append("steps: []\n", "- wait: 1m\n")).steps, [{ wait: "1m" }]);
  assert.deepEqual(parse(append("# my steps\nsteps:\n- ready: true", "- wait: 1m\n")).steps.length, 2);
  const step = "- edit:\n    spec:\n      replicas: 3\n";
  for (const script of [
    "steps:\n  - ready: true\n",
    "steps:\n\n    # first\n    - ready: true\n    - wait: 1m\n",
    "# only a comment\n",
    "steps:\n",
  ]) {
    assert.deepEqual(parse(append(script, step)).steps.at(-1), { edit: { spec: { replicas: 3 } } }, script);
  }
});

test("steps are completed from a schema, edits from that of the parent", () => {
  const parent = {
    type: "object",
    properties: { spec: { type: "object", properties: { image: { type: "string" } } } },
  };
  const schema = scriptSchema(parent, ["sync", "finalize"]);
  assert.deepEqual(lookup(schema, ["steps", "[]", "fail", "hook"]).enum, ["sync", "finalize"]);
  assert.equal(lookup(schema, ["steps", "[]", "edit", "spec", "image"]).type, "string");
  const { properties } = lookup(schema, ["steps", "[]"]);
  for (const [kind] of STEPS) assert.ok(properties[kind].description, kind);
});
