import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { missingKinds } from "../../src/model/missing";
import { get, set } from "../../src/model/settings";
import { DamagedLink, decode, encode } from "../../src/model/share";
import { read } from "../../src/worker/columns";
import { remarks } from "../../src/worker/remarks";

const STATE = { text: "kind: Function # ✓ 😀\n", settings: { httpAddon: "0.7" }, kinds: ["Service.v1"] };

const packed = (value) => `#1.${deflateRawSync(Buffer.from(value)).toString("base64url")}`;

test("a link contains the state", async () => {
  const fragment = await encode(STATE);
  assert.match(fragment, /^#1\.[\w-]+$/);
  assert.deepEqual(await decode(fragment), STATE);
});

test("a fragment of another kind is no state", async () => {
  assert.equal(await decode(""), null);
  assert.equal(await decode("#elsewhere"), null);
});

test("a damaged link is an error", async () => {
  const fragment = await encode(STATE);
  const damaged = [
    "#1.",
    "#1.%%%",
    "#1.AAAA",
    fragment.slice(0, -5),
    packed("not JSON"),
    packed("null"),
    packed("[]"),
    packed('{"text":7,"settings":{},"kinds":[]}'),
    packed('{"text":"","settings":[],"kinds":[]}'),
    packed('{"text":"","settings":{},"kinds":[1]}'),
    packed(JSON.stringify({ ...STATE, text: "x".repeat(1_000_001) })),
    packed(" ".repeat(50_000_000)),
  ];
  for (const link of damaged) await assert.rejects(decode(link), DamagedLink, link.slice(0, 40));
});

test("a setting that is removed leaves nothing behind", () => {
  const some = set({}, ["exposure", "gateway", "name"], "public");
  assert.deepEqual(some, { exposure: { gateway: { name: "public" } } });
  assert.equal(get(some, ["exposure", "gateway", "name"]), "public");
  assert.equal(get(some, ["exposure", "gateway", "name", "length"]), undefined);
  assert.equal(get(some, ["toString"]), undefined);
  assert.deepEqual(set(some, ["exposure", "gateway", "name"], undefined), {});
  assert.deepEqual(set(set(some, ["a"], 1), ["exposure", "gateway", "name"], undefined), { a: 1 });
});

test("a list of findings becomes one sentence for each field", () => {
  const message =
    "spec.image: Invalid value: 7: must be a string; spec.serving.annotations[a.io/b]: is one; and more; spec.x[0]: no";
  const found = remarks([
    { type: "Ready", status: "False", reason: "Invalid", message },
    { type: "Normalized", status: "True", reason: "Warnings", message: "spec.y: is read as z" },
    { type: "Route", status: "True", reason: "Fine", message: "nothing about a field" },
  ]);
  assert.deepEqual(
    found.map(({ severity, path }) => [severity, path]),
    [
      ["error", "spec.image"],
      ["error", "spec.serving.annotations[a.io/b]"],
      ["error", "spec.x[0]"],
      ["warning", "spec.y"],
    ],
  );
  assert.equal(found[1].message, "spec.serving.annotations[a.io/b]: is one; and more");
});

test("columns are read by their JSONPath", () => {
  const object = { status: { conditions: [{ type: "Build" }, { type: "Ready", status: "True" }], n: 3 } };
  assert.equal(read(object, '.status.conditions[?(@.type=="Ready")].status'), "True");
  assert.equal(read(object, ".status.n"), 3);
  assert.equal(read(object, ".status.missing.deeper"), undefined);
});

test("kinds that a condition asks for can be added", () => {
  const kind = (name, apiVersion) => ({ kind: name, apiVersion, resource: "" });
  const known = [
    kind("Build", "shipwright.io/v1beta1"),
    kind("BuildRun", "shipwright.io/v1beta1"),
    kind("Job", "batch/v1"),
  ];
  const message =
    "add Build (apiVersion: shipwright.io/v1beta1, resource: builds) and BuildRun (apiVersion: shipwright.io/v1beta1, resource: buildruns) or Pod (apiVersion: v1, resource: pods)";
  const missing = missingKinds([{ type: "Build", status: "False", reason: "", message }], known, [
    "Build.shipwright.io/v1beta1",
  ]);
  assert.deepEqual(
    missing.map((found) => found.kind),
    ["BuildRun"],
  );
});
