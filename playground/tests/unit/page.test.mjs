// What the host's page makes of its data: rates, times, and the events of a stream.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Recent, latest } from "../../../host/src/serve/page/assets/series.js";
import { Events } from "../../../host/src/serve/page/assets/stream.js";

/** A state at a second; `total` is of the hook sync, or undefined without the plugin. */
function state(second, total, process = "a") {
  const now = { sync: { total: { answered: total, failed: 0 } } };
  return {
    at: second * 1000,
    host: { process },
    plugins: total === undefined ? [] : [{ name: "function", now }],
  };
}

/** The rate after these states. */
function rate(...states) {
  const recent = new Recent();
  for (const each of states) recent.add(each);
  return recent.rate("function", "sync");
}

test("a rate is of the last seconds", () => {
  assert.equal(rate(state(0, 100)), undefined);
  assert.equal(rate(state(0, 100), state(1, 105), state(2, 120)), 10);
});

test("a plugin that returns has no calls of before", () => {
  assert.equal(rate(state(0, undefined), state(1, 5000)), undefined);
  assert.equal(rate(state(0, undefined), state(1, 5000), state(2, 5003)), 3);
  assert.equal(rate(state(0, 1), state(1, undefined), state(2, 5000), state(3, 5002)), 2);
  assert.equal(rate(state(0, 1), state(1, undefined)), undefined);
});

test("a rate is neither of an old state nor of another process", () => {
  assert.equal(rate(state(0, 100), state(16, 900)), undefined);
  assert.equal(rate(state(0, 100), state(16, 900), state(18, 904)), 2);
  assert.equal(rate(state(0, 100), state(1, 900, "b")), undefined);
  assert.equal(rate(state(0, 100), state(1, 900, "b"), state(2, 904, "b")), 4);
  const recent = new Recent();
  recent.add(state(0, 100));
  recent.clear();
  recent.add(state(1, 900));
  assert.equal(recent.rate("function", "sync"), undefined);
});

test("a time of the past is known as such", () => {
  const spans = (before, now, sampled) => [
    { from: sampled + 15, to: sampled, value: before },
    { from: sampled, to: 0, value: now },
  ];
  assert.deepEqual(latest(spans(7, 9, 5), 5), { value: 9, isOld: false });
  assert.deepEqual(latest(spans(7, 0, 5), 5), { value: 7, isOld: true });
  assert.deepEqual(latest(spans(7, 0, 1), 1), { value: 7, isOld: false }, "right after a point");
  assert.equal(latest(spans(0, 0, 5), 5), undefined);
});

test("events are the same however they are cut", () => {
  const text = "event: a\ndata: 1\n\nevent: b\ndata: 2\n\nevent: c\nda";
  const expected = ["event: a\ndata: 1", "event: b\ndata: 2"];
  for (let size = 1; size <= text.length; size += 1) {
    const events = new Events();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...events.add(text.slice(at, at + size)));
    assert.deepEqual(found, expected, `pieces of ${size}`);
    assert.equal(events.length, "event: c\nda".length);
    assert.deepEqual(events.add("ta: 3\n\n"), ["event: c\ndata: 3"]);
    assert.equal(events.length, 0);
  }
});
