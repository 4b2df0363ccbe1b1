// The module lives on: neither its memory nor its table of JavaScript's values may grow with the number of calls.

import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { load } from "./load.mjs";

const { hooks, module } = await load(process.argv[2]);
const request = await text(process.stdin);
const object = JSON.parse(request);
const throwing = { parent: { get spec() { throw new Error(); } } };

function call() {
  hooks.sync(request);
  hooks.syncObject(object);
  for (const odd of [{ parent: undefined }, throwing, "no object", {}]) {
    assert.throws(() => hooks.syncObject(odd), { kind: "internal" });
  }
  assert.throws(() => hooks.sync("{"), { kind: "internal" });
}

function size() {
  return { memory: module.memory.buffer.byteLength, table: module.__wbindgen_externrefs.length };
}

for (let calls = 0; calls < 1_000; calls += 1) call();
const early = size();
for (let calls = 1_000; calls < 10_000; calls += 1) call();
assert.deepEqual(size(), early);
