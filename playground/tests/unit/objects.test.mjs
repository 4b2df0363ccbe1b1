// Observed and related objects, and answers that become observed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { applied } from "../../src/worker/apply";
import { answerYaml, documentOf } from "../../src/worker/documents";
import { parse, parseMapping, parseObjects } from "../../src/worker/parse";
import { depthOf } from "../../src/worker/depth";
import { documents, Unreadable } from "../../src/worker/read";
import { parse as parseYaml } from "yaml";

const pod = (name) => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`;

test("objects are the documents of a text, also those of a list", () => {
  const names = (text) => parseObjects(text, "observed").map(({ metadata }) => metadata.name);
  assert.deepEqual(names(""), []);
  assert.deepEqual(names("# none\n"), []);
  assert.deepEqual(names(`${pod("a")}---\n${pod("b")}---\n`), ["a", "b"]);
  const list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: c}}\n";
  assert.deepEqual(names(`${list}---\n${pod("d")}`), ["c", "d"]);
});

test("what is no object is marked in its text", () => {
  for (const [text, message, line] of [
    [`${pod("a")}---\n- b\n`, /^expected an object/, 5],
    [`${pod("a")}---\nkind: Pod\n`, /^apiVersion: Required value/, 5],
    ["apiVersion: v1\nkind: 7\nmetadata: {name: a}\n", /^kind: Required value: a text, found 7/, 2],
    ["apiVersion: v1\nkind: Pod\nmetadata: {}\n", /^metadata\.name: Required value/, 3],
    ["apiVersion: v1\nkind: List\nitems:\n- {}\n", /^items\[0\]\.apiVersion: Required value/, 4],
    ["a: [b\n", /^invalid YAML: /, 2],
  ]) {
    assert.throws(
      () => parseObjects(text, "related"),
      (error) => {
        assert.ok(error instanceof Unreadable);
        assert.match(error.message, message);
        assert.deepEqual([error.marks[0].source, error.marks[0].line], ["related", line], text);
        return true;
      },
    );
  }
});

test("a bomb in any text is refused", () => {
  const levels = Array.from({ length: 12 }, (_, index) =>
    index === 0
      ? 'l0: &l0 ["lol"]'
      : `l${index}: &l${index} [${Array(9)
          .fill(`*l${index - 1}`)
          .join(",")}]`,
  );
  const bomb = `${pod("a")}${levels.join("\n")}\n`;
  assert.throws(() => parseObjects(bomb, "observed"), /aliases/);
  assert.throws(() => parseMapping(bomb, "settings"), /aliases/);
});

test("nesting is measured before a text is parsed", () => {
  const nested = (levels) =>
    Array.from({ length: levels }, (_, index) => `${" ".repeat(index)}a:`).join("\n");
  const deep = [
    "[".repeat(50_000),
    "{a: ".repeat(20_000),
    "- ".repeat(5_000),
    "? ".repeat(5_000),
    "a:\n  [\n".repeat(300),
    nested(300),
  ];
  for (const text of deep) {
    assert.throws(
      () => parseObjects(text, "observed"),
      /nested too deeply; at most 100 levels/,
      text.slice(0, 9),
    );
  }
  assert.equal(depthOf("a:\n  b:\n  - c: [{}]\n\n  - d\n"), 5);
  assert.equal(depthOf(""), 0);
  // As deep as it may be, and read.
  const [value] = documents(`${nested(50)} ${"[".repeat(45)}${"]".repeat(45)}`, "observed");
  assert.ok(value.value.a.a.a);
  assert.throws(() => documents(`${nested(60)} ${"[".repeat(45)}`, "observed"), /nested too deeply/);
});

test("a decorator has parents of several kinds", () => {
  const parents = [
    { apiVersion: "v1", kind: "Namespace", resource: "namespaces" },
    { apiVersion: "apps/v1", kind: "Deployment", resource: "deployments" },
  ];
  const description = { parent: parents[0], parents };
  const text = (apiVersion, kind) => `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`;
  assert.equal(parse(text("v1", "Namespace"), description).parent.kind, "Namespace");
  assert.equal(parse(text("apps/v1", "Deployment"), description).parent.kind, "Deployment");
  assert.throws(
    () => parse(text("apps/v1", "Namespace"), description),
    /kind: expected Deployment, found "Namespace"/,
  );
  assert.throws(() => parse(text("batch/v1", "Job"), description), /apiVersion: expected v1 or apps\/v1/);
});

test("an answer that is applied has namespaces, and keeps what was observed", () => {
  const parent = { apiVersion: "a/v1", kind: "Site", metadata: { name: "blog", namespace: "web" } };
  const child = (apiVersion, kind, more = {}) => ({ apiVersion, kind, metadata: { name: "x", ...more } });
  const before = {
    ...child("apps/v1", "Deployment", { namespace: "web", uid: "7" }),
    spec: { old: true },
    status: { replicas: 2 },
  };
  const gone = child("v1", "Secret");
  const answer = {
    children: [
      { ...child("apps/v1", "Deployment"), spec: { replicas: 2 } },
      child("v1", "Namespace"),
      child("rbac.authorization.k8s.io/v1", "ClusterRole"),
      child("v1", "ConfigMap", { namespace: "other" }),
    ],
  };
  const stored = applied(answer, { parent, observed: [before, gone], related: [], settings: {} });
  assert.deepEqual(
    stored.map(({ kind, metadata }) => [kind, metadata.namespace]),
    [
      ["Deployment", "web"],
      ["Namespace", undefined],
      ["ClusterRole", undefined],
      ["ConfigMap", "other"],
    ],
  );
  assert.equal(stored[0].metadata.uid, "7");
  assert.deepEqual(stored[0].spec, { replicas: 2 });
  assert.deepEqual(stored[0].status, { replicas: 2 });
});

test("objects of several namespaces have names and ids of their own", () => {
  const at = (namespace) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "key", ...namespace } });
  const all = [{}, { namespace: "web" }, { namespace: "other" }].map((where) => documentOf(at(where), "web"));
  assert.deepEqual(
    all.map(({ name }) => name),
    ["key", "key", "other/key"],
  );
  assert.equal(new Set(all.map(({ id }) => id)).size, 3);
});

test("the YAML of an answer is the answer", () => {
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a" },
    data: { text: "two\n\nlines\n" },
  };
  for (const answer of [
    { children: [object, { ...object, metadata: { name: "b" } }], status: { ready: true } },
    { children: [], status: {} },
    { children: [object] },
    { attachments: [object], labels: { a: null } },
    { relatedResources: [{ apiVersion: "v1", resource: "secrets" }] },
    {},
  ]) {
    const documents = (answer.children ?? answer.attachments ?? []).map((child) =>
      documentOf(child, "default"),
    );
    assert.deepEqual(parseYaml(answerYaml(answer, documents)), answer);
  }
});

/** What `metawasm render -o request` shows for the same texts. */
const AS_THE_HOST = [
  ["yes Yes YES yES on ON y Y true True TRUE tRUE", true],
  ["no No off Off n N false FALSE", false],
  ["1_000", 1000],
  ["0b11 0B11 0b1_1 3 +3", 3],
  ["-0b11", -3],
  ["0o10 0o1_0 08 8 8.0", 8],
  ["0x1F 0X1F +0x1F 31", 31],
  ["010 +010 10", 10],
  ["-010", -10],
  [".5 +.5", 0.5],
  ["1e3 1e+3 1000", 1000],
  ["~ null NULL", null],
];

test("plain scalars are what the host reads", () => {
  const value = (text) => parseMapping(`a: ${text}`, "settings").value.a;
  for (const [texts, expected] of AS_THE_HOST)
    for (const text of texts.split(" ")) assert.equal(value(text), expected, text);
  const words = "1_ _1 1__0 0_7 0b2 0b_11 0x_1F 1_000.5 0.1_0 1e1_0 1:30 0x1p3 2001-01-01 yes2";
  for (const text of words.split(" ")) assert.equal(value(text), text);
  for (const text of ['"yes"', "'1_000'", "!!str yes"]) assert.equal(typeof value(text), "string", text);
  const { value: keys } = parseMapping("on: 1\n010: d\n1_000: g\n1.50: e\ntrue: c\n", "settings");
  assert.deepEqual(Object.keys(keys).sort(), ["010", "1.50", "1_000", "on", "true"]);
});

test("a number that JavaScript would change is marked", () => {
  assert.equal(parseMapping("a: 9007199254740991", "settings").value.a, 9007199254740991);
  for (const text of [
    "9007199254740993",
    "-12345678901234567",
    "0xFFFFFFFFFFFFFFFF",
    ".inf",
    ".nan",
    "1e400",
  ]) {
    assert.throws(
      () => parseMapping(`b: 1\na: [${text}]`, "settings"),
      ({ message, marks }) => {
        assert.equal(message, `the number ${text} cannot be represented exactly; quote it if it is a text`);
        assert.deepEqual([marks[0].line, marks[0].column, marks[0].to - marks[0].from], [2, 5, text.length]);
        return true;
      },
    );
    assert.equal(parseMapping(`a: "${text}"`, "settings").value.a, text);
  }
});
