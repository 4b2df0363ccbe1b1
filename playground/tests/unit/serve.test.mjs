// The loop of a worker, with the backend of a host and a server in Node.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { HostBackend } from "../../src/backend/host";
import { EMPTY } from "../../src/model/draft";
import { answer } from "../../src/worker/answer";
import { serve } from "../../src/worker/serve";
import { BARE, SITE } from "../fake/plugin.mjs";
import { start } from "../fake/server.mjs";

let server;
let messages;
let arrived;

before(async () => {
  server = await start(".");
});
after(() => {
  delete globalThis.self;
  return server.stop();
});

beforeEach(async () => {
  server.replace([SITE, BARE]);
  messages = [];
  globalThis.self = {
    postMessage(message) {
      messages.push(message);
      arrived?.();
    },
  };
  serve({ load: async () => new HostBackend(server.url), answer });
  send({ type: "describe" });
  await until(1);
});

const send = (data) => globalThis.self.onmessage({ data });

/** Waits for a number of messages. */
async function until(count) {
  while (messages.length < count) await new Promise((done) => (arrived = done));
}

const ask = (more = {}) =>
  send({
    type: "ask",
    question: {
      type: "call",
      plugin: "site",
      hook: "sync",
      texts: { ...EMPTY, text: SITE.text },
      settings: {},
      kinds: [],
      baseline: null,
      ...more,
    },
  });

const types = () => messages.map(({ type }) => type);

test("a reply of a new version brings its description", async () => {
  server.replace([{ ...SITE, digest: "2", version: "1.3.0" }, BARE]);
  ask();
  await until(3);
  assert.deepEqual(types(), ["catalogue", "catalogue", "reply"]);
  assert.equal(messages[1].catalogue.plugins[0].version, "1.3.0");
  assert.equal(messages[2].reply.digest, "2");
  ask();
  await until(4);
  assert.deepEqual(types().slice(3), ["reply"]);
});

test("a plugin that takes other parents now is found before its text is read", async () => {
  server.replace([{ ...SITE, digest: "2", parent: { ...SITE.parent, kind: "Page" } }, BARE]);
  ask({ texts: { ...EMPTY, text: SITE.text.replace("Site", "Page") } });
  await until(2);
  assert.equal(messages[1].reply.type, "broken");
  send({ type: "refresh" });
  ask({ texts: { ...EMPTY, text: SITE.text.replace("Site", "Page") } });
  await until(4);
  assert.deepEqual(types().slice(2), ["catalogue", "reply"]);
  assert.equal(messages[3].reply.type, "view");
});

test("a refresh does not take the place of a question that can be given up", async () => {
  ask({ texts: { ...EMPTY, text: SITE.text.replace("nginx:1.27", "slow") } });
  send({ type: "refresh" });
  await until(2);
  send({ type: "cancel" });
  await until(3);
  assert.deepEqual(types(), ["catalogue", "catalogue", "cancelled"]);
});
