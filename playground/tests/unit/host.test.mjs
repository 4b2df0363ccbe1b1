// The backend that calls a host, against a server in Node.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MAX_BODY } from "../../src/backend/api";
import { Lost, Unavailable } from "../../src/backend/backend";
import { HostBackend } from "../../src/backend/host";
import { SITE } from "../fake/plugin.mjs";
import { start } from "../fake/server.mjs";

let server;
let backend;

before(async () => {
  server = await start(".");
  backend = new HostBackend(`${server.url}worker.js`);
});
after(() => server.stop());

const parent = (spec) => ({
  apiVersion: "example.com/v1",
  kind: "Site",
  metadata: { name: "blog", namespace: "web" },
  spec,
});

const call = (spec, more = {}) => ({
  plugin: "site",
  hook: "sync",
  parent: parent(spec),
  observed: [],
  related: [],
  settings: {},
  kinds: [],
  ...more,
});

test("plugins are described, with what they start with", async () => {
  const { plugins, cases } = await backend.catalogue();
  assert.equal(cases, "tests");
  const [site, bare] = plugins;
  assert.equal(site.id, "site");
  assert.deepEqual(site.settings, SITE.settingsSchema);
  assert.equal(site.start.text, SITE.text);
  assert.equal(bare.settings, null);
  assert.equal(bare.schema, undefined);
  assert.deepEqual(bare.start.settings, { greeting: "hello" });
  assert.equal(bare.parents.length, 2);
});

test("a call has its answer, its log and its cost", async () => {
  const outcome = await backend.run(call({ image: "nginx", replicas: 7 }));
  assert.equal(outcome.answer.children.length, 3);
  assert.equal(outcome.failure, undefined);
  assert.deepEqual(
    outcome.log.map(({ level }) => level),
    ["info", "warn"],
  );
  assert.equal(outcome.cost.runMicros, 1_230);
  assert.equal(outcome.review.length, 1);
  const { path, type, body } = server.requests.at(-1);
  assert.equal(path, "api/plugins/site/call");
  assert.equal(type, "application/json");
  assert.deepEqual(Object.keys(body).sort(), ["hook", "kinds", "observed", "parent", "related", "settings"]);
});

test("a sentence about the parent has its field", async () => {
  const { warnings } = await backend.run(call({ image: "nginx", replicas: "two" }));
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ["[spec][replicas]"],
  );
});

test("a plugin that traps is a failure with its trace", async () => {
  const outcome = await backend.run(call({ image: "trap" }));
  assert.equal(outcome.answer, undefined);
  assert.equal(outcome.failure.message, "the plugin trapped: unreachable");
  assert.deepEqual(outcome.failure.trace[0], "site::index");
});

test("a failure about a field has its path", async () => {
  const { failure } = await backend.run(call({ image: "" }));
  assert.equal(failure.path, "spec.image");
  assert.deepEqual(failure.trace, []);
});

test("a call that is given up ends", async () => {
  const controller = new AbortController();
  const running = backend.run(call({ image: "slow" }), controller.signal);
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(running, { name: "AbortError" });
});

test("a request that is too large is refused before it is sent", async () => {
  const sent = server.requests.length;
  const related = [{ ...parent({}), data: "x".repeat(MAX_BODY) }];
  await assert.rejects(backend.run(call({}, { related })), (error) => {
    assert.ok(error instanceof Unavailable && !(error instanceof Lost));
    assert.match(error.message, /^The request has 8\.0 MiB; metawasm playground reads at most 8 MiB\. /);
    return true;
  });
  assert.equal(server.requests.length, sent);
});

test("an error of the API is its sentence", async () => {
  const simulation = { parent: parent({}), related: [], settings: {}, kinds: [], steps: [{ dance: true }] };
  await assert.rejects(backend.simulate("site", simulation), (error) => {
    assert.match(error.message, /^steps\[0\]: expected one of /);
    return error instanceof Unavailable && !(error instanceof Lost);
  });
});

test("a server that is gone is lost, and found again", async () => {
  const { port } = server;
  await server.stop();
  await assert.rejects(backend.catalogue(), (error) => {
    assert.equal(error.message, "The connection to metawasm playground is lost; start it again.");
    return error instanceof Lost;
  });
  server = await start(".", { port });
  assert.equal((await backend.catalogue()).plugins.length, 2);
});

test("what is no answer of the API is not taken for one", async () => {
  const { fetch } = globalThis;
  try {
    for (const response of [
      () => new Response("<html>", { status: 200 }),
      () => new Response("", { status: 502 }),
    ]) {
      globalThis.fetch = async () => response();
      await assert.rejects(backend.catalogue(), Lost);
    }
  } finally {
    globalThis.fetch = fetch;
  }
});

test("a host that was started again has another address", async () => {
  const before = new HostBackend(`${new URL(server.url).origin}/before/`);
  await assert.rejects(before.catalogue(), (error) => {
    assert.match(error.message, /^metawasm playground was started again with another address; open /);
    return error instanceof Lost;
  });
});

test("a case is saved once", async () => {
  const { plugin, ...body } = call({ image: "nginx" });
  const saved = await backend.save(plugin, { name: "one", ...body });
  assert.equal(saved.path, "tests/one");
  await assert.rejects(backend.save(plugin, { name: "one", ...body }), /tests\/one exists/);
});

test("what a sync leaves out is empty", async () => {
  const simulation = { parent: parent({ image: "a" }), related: [], settings: {}, kinds: [], steps: [] };
  const { fetch } = globalThis;
  globalThis.fetch = async () =>
    Response.json({
      steps: [
        { name: "create", syncs: [{ writes: [{ verb: "create", object: { kind: "A", name: "b" } }] }] },
      ],
      objects: [],
      faults: [],
    });
  try {
    const { steps } = await backend.simulate("site", simulation);
    assert.deepEqual(steps[0].syncs[0], {
      hook: null,
      failure: null,
      status: null,
      refused: [],
      log: [],
      objects: [],
      writes: [{ verb: "create", object: "A/b", changes: [], overruled: [] }],
    });
  } finally {
    globalThis.fetch = fetch;
  }
});
