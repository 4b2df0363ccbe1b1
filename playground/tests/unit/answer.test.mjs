import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, example, view } from "./backend.mjs";

const SEED = example("seed/async-input");

/** The text that a mark is at. */
function marked(text, { from, to }) {
  return text.slice(from, to);
}

test("the seed becomes the children of the proposal", async () => {
  const { children, columns } = await view(SEED);
  const kinds = children.map(({ kind, name }) => `${kind} ${name}`);
  for (const child of ["Deployment async-input", "Service async-input-svc", "HTTPScaledObject async-input"]) {
    assert.ok(kinds.includes(child), child);
  }
  assert.match(children[0].yaml, /^apiVersion: apps\/v1\nkind: Deployment\n/);
  assert.deepEqual(columns.slice(0, 2), [
    { name: "NAME", value: "async-input" },
    { name: "READY", value: "False" },
  ]);
});

test("a warning is at its field", async () => {
  const text = example("function");
  const { marks } = await ask(text);
  const port = marks.find(({ message }) => message.startsWith("spec.serving.triggers.http.port: "));
  assert.equal(port.severity, "warning");
  assert.equal(marked(text, port), '"8080"');
  assert.equal(text.split("\n")[port.line - 1].slice(port.column - 1, port.column + 5), '"8080"');
  assert.ok(marks.every(({ from, to }) => from < to && to <= text.length));
});

test("every mistake is an error at its field, and the children stay away", async () => {
  const text = SEED.replace("port: 8080", "port: eighty").replace(
    "maxReplicaCount: 10",
    "maxReplicaCount: -1",
  );
  const { type, marks } = await ask(text);
  assert.equal(type, "view");
  const errors = marks.filter(({ severity }) => severity === "error");
  assert.deepEqual(
    errors.map((mark) => marked(text, mark)),
    ["eighty", "-1"],
  );
});

test("an unknown field is marked at its key", async () => {
  const text = SEED.replace("minReplicaCount", "minReplicaCout");
  const { marks } = await ask(text);
  const mark = marks.find(({ message }) => message.includes("minReplicaCout"));
  assert.ok(["minReplicaCout", "0"].includes(marked(text, mark)));
});

test("broken YAML has its line and column", async () => {
  const reply = await ask("apiVersion: v1\nkind: [a, b\nmetadata: {}\n");
  assert.equal(reply.type, "broken");
  assert.match(reply.message, /^invalid YAML: /);
  assert.ok(reply.marks[0].line >= 2 && reply.marks[0].column >= 1);
});

test("a text that is no Function says what was expected", async () => {
  const broken = async (text, message) => {
    const reply = await ask(text);
    assert.equal(reply.type, "broken", text);
    assert.match(reply.message, message);
    return reply;
  };
  await broken("", /has no object/);
  await broken("# only a comment\n", /has no object/);
  await broken("- a\n- b\n", /expected an object/);
  await broken("just words", /expected an object/);
  await broken(
    "apiVersion: v1\nkind: Pod\n",
    /apiVersion: expected core.openfunction.io\/v1beta2, found "v1"/,
  );
  await broken("kind: Function\n", /found nothing/);
  const kind = await broken(
    SEED.replace("kind: Function", "kind: Functions"),
    /expected Function, found "Functions"/,
  );
  assert.equal(kind.marks[0].line, 4);
  await broken(SEED.replace("name: async-input", "name:"), /metadata.name: Required value/);
  const second = await broken(
    `${SEED}---\n${SEED}`,
    /expected one document; a second one starts at line 3\d/,
  );
  assert.ok(second.marks[0].line >= 30);
  await broken(`${SEED}\nkind: Function\n`, /unique/i);
});

test("a text over the limit is refused before it is read", async () => {
  const start = performance.now();
  const reply = await ask("a: b\n".repeat(1_000_000));
  assert.ok(performance.now() - start < 50);
  assert.match(reply.message, /^The text has 5.0 MB; at most 1 MB is allowed/);
});

test("a YAML bomb is refused", async () => {
  const levels = Array.from({ length: 12 }, (_, index) =>
    index === 0
      ? 'l0: &l0 ["lol"]'
      : `l${index}: &l${index} [${Array(9)
          .fill(`*l${index - 1}`)
          .join(",")}]`,
  );
  const reply = await ask(`${SEED}\n${levels.join("\n")}\n`);
  assert.equal(reply.type, "broken");
  assert.match(reply.message, /aliases/);
});

test("deep nesting is refused", async () => {
  for (const text of [
    "[".repeat(50_000),
    `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
    "{a: ".repeat(20_000),
  ]) {
    const reply = await ask(`spec: ${text}`);
    assert.equal(reply.type, "broken");
  }
});

test("names and messages that look like HTML are text like any other", async () => {
  const name = "<img src=x onerror=alert(1)>";
  const reply = await ask(SEED.replace("name: async-input", `name: "${name}"`));
  assert.equal(reply.type, "view");
  assert.equal(reply.view.parent.name, name);
});

test("members of JavaScript's own objects are no fields", async () => {
  const reply = await ask(`${SEED}\n__proto__:\n  polluted: true\n`);
  assert.ok(reply.type === "view" || reply.type === "broken");
  assert.equal({}.polluted, undefined);
});

test("an engine whose kind the cluster lacks says so", async () => {
  const { answer } = await view(example("knative"), { kinds: ["Deployment.apps/v1", "Service.v1"] });
  assert.equal(answer.status.conditions.find(({ type }) => type === "Ready").reason, "KindNotDeclared");
});

test("settings that the plugin refuses are the reason", async () => {
  const reply = await ask(SEED, { settings: { httpAddon: "0.1" } });
  assert.equal(reply.type, "broken");
  assert.match(reply.message, /^invalid settings: .*`0\.1`.*`0\.8`/);
});

test("the difference is against the baseline", async () => {
  const before = await view(SEED);
  const baseline = [...before.children, before.status];
  assert.deepEqual(before.difference.documents, []);
  const after = await view(SEED.replace("maxReplicaCount: 10", "maxReplicaCount: 25"), { baseline });
  const [scaler] = after.difference.documents;
  assert.equal(scaler.title, "HTTPScaledObject async-input");
  assert.equal(scaler.change, "changed");
  assert.deepEqual(
    scaler.lines
      .filter(({ sign }) => sign === "+" || sign === "-")
      .map(({ sign, text }) => sign + text.trim()),
    ["-max: 10", "+max: 25"],
  );
  const knative = await view(SEED.replace("port: 8080", "port: 8080\n        engine: knative"), { baseline });
  const changes = new Map(knative.difference.documents.map(({ title, change }) => [title, change]));
  assert.equal(changes.get("Deployment async-input"), "removed");
});
