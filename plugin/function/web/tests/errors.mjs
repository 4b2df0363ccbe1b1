// What a caller does wrong is an Error with a kind and a sentence, and the module goes on.

import assert from "node:assert/strict";
import test from "node:test";
import { runInNewContext } from "node:vm";
import { load } from "./load.mjs";

const { hooks } = await load(process.argv[2]);

const LIMIT = 4 << 20;
const REQUEST = "invalid request: ";
const SETTINGS = "invalid settings: ";

const container = { name: "function", securityContext: {} };
const request = {
  parent: {
    metadata: { name: "hello", namespace: "demo", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: {
      image: "example.com/hello:v1",
      serving: {
        template: { containers: [container] },
        triggers: { http: { engine: "keda" } },
      },
    },
  },
  children: { "Deployment.apps/v1": {}, "Service.v1": {}, "HTTPScaledObject.http.keda.sh/v1alpha1": {} },
};

function thrown(call) {
  try {
    call();
  } catch (error) {
    assert(error instanceof Error);
    assert(!(error instanceof WebAssembly.RuntimeError), error);
    return { message: error.message, ...error };
  }
  assert.fail("nothing is thrown");
}

function internal(message) {
  return { kind: "internal", message };
}

// A request with something odd deep inside.
function odd(value) {
  const copy = structuredClone(request);
  copy.parent.spec.serving.template.containers[0].securityContext = value;
  return copy;
}

function nested(levels, innermost) {
  let value = innermost;
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
}

const AT = "parent.spec.serving.template.containers[0].securityContext";


const circular = { on: {} };
circular.on.and = circular;
const holes = [1, 2];
holes.length = 3;
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const endless = () => ({ get deeper() { return endless(); } });
class Pod {}

const NO_JSON = [
  ["undefined", undefined, ": undefined cannot be written as JSON: omit the member"],
  ["undefined in a member", { user: undefined }, ".user: undefined cannot be written as JSON: omit the member"],
  ["a hole in a list", holes, "[2]: undefined cannot be written as JSON: omit the member"],
  ["a BigInt", 7n, ": a BigInt cannot be written as JSON"],
  ["a symbol", Symbol("s"), ": a symbol cannot be written as JSON"],
  ["a function", { toJSON() {} }, ".toJSON: a function cannot be written as JSON"],
  ["NaN", { runAsUser: NaN }, ".runAsUser: NaN and Infinity cannot be written as JSON"],
  ["Infinity", [-Infinity], "[0]: NaN and Infinity cannot be written as JSON"],
  ["2^53", 2 ** 53, ": a whole number beyond 2^53 is not exact in JavaScript: use the hook on JSON texts"],
  ["-1e300", -1e300, ": a whole number beyond 2^53 is not exact in JavaScript: use the hook on JSON texts"],
  ["a Map", new Map([["a", 1]]), ": only plain objects and arrays are JSON"],
  ["a Set", new Set(), ": only plain objects and arrays are JSON"],
  ["a Date", new Date(), ": only plain objects and arrays are JSON"],
  ["a wrapped number", Object(1), ": only plain objects and arrays are JSON"],
  ["bytes", new Uint8Array(2), ": only plain objects and arrays are JSON"],
  ["an instance of a class", new Pod(), ": only plain objects and arrays are JSON"],
  ["half a surrogate pair", "\ud83d", ": half a surrogate pair is not a character"],
  ["half a surrogate pair in a key", { "\ude00": 1 }, ": half a surrogate pair is not a character"],
  ["a getter that throws", { get a() { throw null; } }, ": reading it throws an error"],
  ["a revoked Proxy", revoked.proxy, ": reading it throws an error"],
  ["a Proxy that throws", new Proxy({}, { getPrototypeOf() { throw 1; } }), ": reading it throws an error"],
  ["a Proxy without keys", new Proxy({}, { ownKeys: 7 }), ": reading it throws an error"],
];

for (const [name, value, sentence] of NO_JSON) {
  test(`syncObject refuses ${name}`, () => {
    const request = odd({});
    request.parent.spec.serving.template.containers[0].securityContext = value;
    assert.deepEqual(thrown(() => hooks.syncObject(request)), internal(`${REQUEST}${AT}${sentence}`));
  });
}

test("syncObject refuses what contains itself, or never ends", () => {
  for (const value of [circular, endless(), nested(200, 1)]) {
    const request = odd({});
    request.parent.spec.serving.template.containers[0].securityContext = value;
    const { kind, message } = thrown(() => hooks.syncObject(request));
    assert.equal(kind, "internal");
    assert.match(message, /: it is nested deeper than 128 levels, or contains itself$/);
  }
});

test("objects are read as deep as texts are", () => {
  // The request has 7 levels around it, and the answer 8.
  const deepest = odd(nested(119, 1));
  assert.deepEqual(hooks.syncObject(deepest), JSON.parse(hooks.sync(JSON.stringify(deepest))));
  const deeper = odd(nested(122, 1));
  assert.match(thrown(() => hooks.syncObject(deeper)).message, /nested deeper than 128 levels/);
  assert.match(thrown(() => hooks.sync(JSON.stringify(deeper))).message, /nested deeper than 128/);
});

test("no depth of a text is too much", () => {
  for (const text of ["[".repeat(LIMIT), '{"parent":'.repeat(LIMIT / 10), `{"parent":{"spec":${"[".repeat(LIMIT / 2)}`]) {
    for (const hook of [hooks.sync, hooks.customize, hooks.finalize]) {
      assert.equal(thrown(() => hook(text)).kind, "internal");
      assert.equal(thrown(() => hook("{}", text)).kind, "internal");
    }
  }
});

test("what is too large is not copied", () => {
  const whole = "x".repeat(LIMIT + 1);
  const sentence = "it is larger than 4 MiB";
  assert.deepEqual(thrown(() => hooks.sync(whole)), internal(`${REQUEST}${sentence}`));
  assert.deepEqual(thrown(() => hooks.sync("{}", whole)), internal(`${SETTINGS}${sentence}`));
  const pieces = Array(5).fill("x".repeat(LIMIT / 4));
  assert.deepEqual(thrown(() => hooks.syncObject({ pieces })), internal(`${REQUEST}pieces[3]: ${sentence}`));
  // Small in memory, 8^10 elements when it is written down.
  const shared = Array(10).fill().reduce((all) => Array(8).fill(all), 1);
  assert.match(thrown(() => hooks.syncObject({ shared })).message, /: it is larger than 4 MiB$/);
});

// No other text takes more memory for a byte: that it is answered is what the limit is for.
test("as much as is let in is answered", () => {
  const head = '{"children":{},"parent":{"metadata":{"name":"hello"},"spec":[';
  const count = Math.floor((LIMIT - head.length) / 3) - 2;
  const { status } = JSON.parse(hooks.sync(`${head}${"{},".repeat(count)}{}]}}`));
  assert.equal(status.conditions[0].reason, "Invalid");
});

test("a text must be a string, and JSON", () => {
  for (const value of [undefined, null, 7, true, 7n, Symbol("s"), {}, [], Object("{}"), () => "{}", request]) {
    for (const hook of [hooks.sync, hooks.customize, hooks.finalize]) {
      assert.deepEqual(thrown(() => hook(value)), internal(`${REQUEST}it is not a string`));
      if (value != null) assert.deepEqual(thrown(() => hook("{}", value)), internal(`${SETTINGS}it is not a string`));
    }
  }
  const sentence = "half a surrogate pair is not a character";
  assert.deepEqual(thrown(() => hooks.sync('{"parent":"\ud83d"}')), internal(`${REQUEST}${sentence}`));
  assert.deepEqual(
    thrown(() => hooks.sync("")),
    internal(`${REQUEST}line 1, column 1: the text ends here, inside of a value`),
  );
  assert.deepEqual(
    thrown(() => hooks.sync("{}", "")),
    internal(`${SETTINGS}EOF while parsing a value at line 1 column 0`),
  );
});

test("an object must be one", () => {
  for (const value of [null, 7, true, "{}", []]) {
    assert.deepEqual(thrown(() => hooks.syncObject(value)), internal(`${REQUEST}it must be an object`));
  }
  const sentence = "undefined cannot be written as JSON: omit the member";
  assert.deepEqual(thrown(() => hooks.syncObject()), internal(`${REQUEST}${sentence}`));
  assert.match(thrown(() => hooks.syncObject(request, "{}")).message, /^invalid settings: /);
  assert.deepEqual(
    thrown(() => hooks.syncObject(request, { httpAddon: undefined })),
    internal(`${SETTINGS}httpAddon: ${sentence}`),
  );
});

test("settings may be left out", () => {
  const answer = hooks.syncObject(request);
  assert.deepEqual(hooks.syncObject(request, undefined), answer);
  assert.deepEqual(hooks.syncObject(request, null), answer);
  assert.deepEqual(hooks.syncObject(request, {}), answer);
  const text = JSON.stringify(request);
  assert.equal(hooks.sync(text, null), hooks.sync(text, "{}"));
});

test("what is JSON in all but name is read as it", () => {
  const expected = JSON.parse(hooks.sync(JSON.stringify(odd({ a: [0, 0.5, 2 ** 53 - 1, "\ufffd", "😀\u0000\"", null] }))));
  const foreign = runInNewContext('({ a: [-0, 0.5, 2 ** 53 - 1, "\\ufffd", "😀\\u0000\\"", null] })');
  const bare = Object.assign(Object.create(null), foreign);
  const proxy = new Proxy(foreign, {});
  for (const value of [foreign, bare, proxy]) {
    const request = odd({});
    request.parent.spec.serving.template.containers[0].securityContext = value;
    assert.deepEqual(hooks.syncObject(request), expected);
  }
});

test("an answer that JavaScript would change is an error", () => {
  // Read as text, the memory of a child may hold what an object may not.
  const remembering = (spec) => {
    const child = { apiVersion: "v1", kind: "Service", metadata: { name: "hello", namespace: "demo" } };
    const memory = JSON.stringify(child).replace(/}$/, `,"spec":${spec}}`);
    child.metadata = { ...child.metadata, annotations: { "metacontroller.k8s.io/last-applied-configuration": memory } };
    const held = structuredClone(request);
    held.parent.spec.image = 7;
    held.children["Service.v1"] = { "demo/hello": child };
    return held;
  };
  for (const [spec, why] of [
    ['{"a":9007199254740993}', /9007199254740993 can't be represented as a JavaScript number/],
    ['{"a":{"__proto__":{"b":1}}}', /it has a member __proto__/],
    ['{"a":{"\\u005f_proto__":{"b":1}}}', /it has a member __proto__/],
  ]) {
    const request = remembering(spec);
    assert.equal(JSON.parse(hooks.sync(JSON.stringify(request))).children.length, 1);
    const { kind, message } = thrown(() => hooks.syncObject(request));
    assert.equal(kind, "internal");
    assert.match(message, why);
    assert.match(message, /^the answer cannot become a JavaScript object: .*; use the hook on JSON texts$/);
  }
});

test("a hook may be called while its argument is read", () => {
  const outer = odd({ get inner() { return hooks.syncObject(request).children.length; } });
  assert.equal(hooks.syncObject(outer).children.length, hooks.syncObject(request).children.length);
});

test("after all that it still answers", () => {
  assert.equal(hooks.syncObject(request).children.length, 4);
});
