import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, schema } from "playground:crd";
import { lookup, typeOf, valuesOf } from "../../src/schema/lookup";

test("the schema of the CustomResourceDefinition knows the fields of the seed", () => {
  const path = "spec.serving.scaleOptions.keda.httpScaledObject.maxReplicaCount".split(".");
  assert.match(typeOf(lookup(schema, path)), /^integer/);
  assert.ok(lookup(schema, path).description);
  const binding = lookup(schema, ["spec", "serving", "bindings", "any", "metadata", "[]"]);
  assert.ok(binding.properties.name);
});

test("a path that the schema does not know has none", () => {
  assert.equal(lookup(schema, ["spec", "nonsense", "deeper"]), undefined);
  assert.equal(lookup(schema, ["spec", "constructor"]), undefined);
  assert.equal(lookup(schema, ["spec", "__proto__"]), undefined);
});

test("words and Booleans are values to choose from", () => {
  const engine = lookup(schema, "spec.serving.triggers.http.engine".split("."));
  assert.deepEqual(valuesOf(engine).sort(), ["keda", "knative"]);
  assert.deepEqual(valuesOf({ type: "boolean" }), ["true", "false"]);
  assert.deepEqual(valuesOf({ type: "string" }), []);
});

test("the columns of kubectl get are there", () => {
  assert.ok(
    columns.some(({ name, jsonPath }) => name === "Ready" && jsonPath.startsWith(".status.conditions")),
  );
});
