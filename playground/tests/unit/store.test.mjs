// The state of the page of a host: plugins, drafts, links, and a host that is gone.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { startOf, usesForm } from "../../src/model/draft";
import { CALM, noAnswer, RETRY } from "../../src/model/limits";
import { isForm } from "../../src/model/settings";
import { decode, encode } from "../../src/model/share";
import { isCurrent, Store } from "../../src/model/store";
import { BARE, SITE } from "../fake/plugin.mjs";

const described = ({ settingsSchema, text, observed, related, settings, ...plugin }) => ({
  ...plugin,
  settings: settingsSchema,
  start: { text, observed, related, settings },
});
const CATALOGUE = { plugins: [described(SITE), described(BARE)], cases: null };

let worker;
let store;

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  worker = { sent: [], postMessage: (message) => worker.sent.push(message), terminate() {} };
  store = new Store(() => worker, [], { deadline: () => 1e6, cancels: true });
  await store.open("");
});

const says = (data) => worker.onmessage({ data });
const asked = () => worker.sent.filter(({ type }) => type === "ask").at(-1)?.question;
const breaks = (message) =>
  says({ type: "reply", reply: { type: "broken", message, marks: [], report: null } });

test("the first plugin is asked about with what it starts with", () => {
  assert.deepEqual(worker.sent, [{ type: "describe" }]);
  says({ type: "catalogue", catalogue: CATALOGUE });
  const { plugin, hook, texts, settings, kinds } = asked();
  assert.deepEqual([plugin, hook, texts.text], ["site", "sync", SITE.text]);
  assert.deepEqual(settings, {});
  assert.deepEqual(kinds, ["ConfigMap.v1", "Deployment.apps/v1", "Service.v1"]);
});

test("each plugin keeps what was typed for it", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  breaks("no");
  store.edit("observed", "kind: Pod");
  breaks("no");
  store.chooseHook("finalize");
  breaks("no");
  store.choosePlugin("bare");
  assert.deepEqual([asked().plugin, asked().hook, asked().texts.observed], ["bare", "sync", ""]);
  assert.equal(asked().settings, null);
  assert.equal(asked().texts.settings, 'greeting: "hello"\n');
  breaks("no");
  store.choosePlugin("site");
  assert.deepEqual([asked().plugin, asked().hook, asked().texts.observed], ["site", "finalize", "kind: Pod"]);
});

test("an answer of the plugin before is not shown", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  store.choosePlugin("bare");
  breaks("of site");
  assert.equal(store.state.broken, null);
  breaks("of bare");
  assert.equal(store.state.broken, "of bare");
});

test("steps are no reason for a call, but for a time line", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  breaks("no");
  const { length } = worker.sent;
  let changes = 0;
  store.subscribe(() => (changes += 1));
  store.edit("steps", "steps: []");
  assert.equal(worker.sent.length, length);
  assert.equal(changes, 1);
  assert.equal(store.input().texts.steps, "steps: []");
});

test("a host that is lost is asked again until it answers", () => {
  says({ type: "lost", message: "gone" });
  assert.equal(store.state.lost, "gone");
  mock.timers.tick(RETRY);
  assert.deepEqual(worker.sent, [{ type: "describe" }, { type: "describe" }]);
  says({ type: "catalogue", catalogue: CATALOGUE });
  assert.equal(store.state.lost, null);
  says({ type: "reply", reply: { type: "lost", message: "gone again" } });
  assert.equal(store.state.lost, "gone again");
  const { length } = worker.sent;
  mock.timers.tick(RETRY);
  assert.equal(worker.sent.length, length + 1);
  breaks("an answer");
  assert.deepEqual([store.state.lost, store.state.broken], [null, "an answer"]);
});

test("a link has everything that was typed, and the plugin", async () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  store.choosePlugin("bare");
  for (const name of ["observed", "related", "settings", "steps"]) store.edit(name, `# ${name}`);
  const fragment = await store.fragment();
  const other = new Store(() => worker, [], { deadline: () => 1e6, cancels: true });
  await other.open(fragment);
  says({ type: "catalogue", catalogue: CATALOGUE });
  assert.equal(other.state.description.id, "bare");
  assert.deepEqual(other.texts, store.texts);
});

test("a link to a plugin that is not loaded says so", async () => {
  const fragment = await encode({
    text: "a: b",
    settings: {},
    kinds: [],
    plugin: "<b>other</b>",
    hook: "sync",
  });
  await store.open(fragment);
  says({ type: "catalogue", catalogue: CATALOGUE });
  assert.match(store.state.notice, /^The link is about the plugin <b>other<\/b>, which is not loaded here/);
  assert.equal(store.text, SITE.text);
});

test("fields of a link that are no texts damage it", async () => {
  for (const field of ["plugin", "hook", "observed", "related", "settingsText", "steps"]) {
    const damaged = await encode({ text: "", settings: {}, kinds: [], [field]: 7 });
    await assert.rejects(decode(damaged), /damaged/, field);
  }
});

test("settings are a form if one can show them all", () => {
  assert.ok(usesForm(described(SITE)));
  assert.ok(!usesForm(described(BARE)));
  const form = (property) => isForm({ type: "object", properties: { property } });
  assert.ok(form({ type: "array", items: { type: "string" } }));
  assert.ok(form({ type: "object", properties: { inner: { enum: ["a", "b"] } } }));
  assert.ok(!form({ type: "array", items: { type: "object" } }));
  assert.ok(!form({ type: "object", additionalProperties: { type: "string" } }));
  assert.ok(!form({ anyOf: [{ type: "string" }, { type: "integer" }] }));
  assert.ok(!form({ type: ["string", "null"] }));
  assert.deepEqual(startOf(described(SITE), null).settings, {});
});

const NEW_KIND = { apiVersion: "v1", kind: "Secret", resource: "secrets" };
const NEXT = {
  ...SITE,
  digest: "2",
  version: "1.3.0",
  hooks: ["sync", "customize"],
  children: [...SITE.children.filter(({ kind }) => kind !== "Service"), NEW_KIND],
};

test("a new version of the plugin replaces its description, and keeps what was typed", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  breaks("no");
  store.edit("text", "kind: Site");
  breaks("no");
  store.setKinds(["Deployment.apps/v1", "Service.v1", "Ingress.networking.k8s.io/v1"]);
  breaks("no");
  store.chooseHook("finalize");
  says({ type: "catalogue", catalogue: { ...CATALOGUE, plugins: [described(NEXT), described(BARE)] } });
  breaks("of the version before");
  assert.equal(store.state.description.version, "1.3.0");
  assert.equal(store.state.digest, "2");
  const { texts, hook, kinds } = asked();
  assert.deepEqual([texts.text, hook], ["kind: Site", "sync"]);
  // ConfigMap was off and stays off; Service is unknown now; Secret is new.
  assert.deepEqual(kinds, ["Deployment.apps/v1", "Ingress.networking.k8s.io/v1", "Secret.v1"]);
});

test("a catalogue that says nothing new is no reason for a call", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  breaks("no");
  const { length } = worker.sent;
  says({ type: "catalogue", catalogue: structuredClone(CATALOGUE) });
  assert.equal(worker.sent.length, length);
  store.choosePlugin("site");
  assert.equal(worker.sent.length, length);
});

test("what was typed for another plugin survives a new version of it", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  breaks("no");
  store.edit("observed", "kind: Pod");
  breaks("no");
  store.choosePlugin("bare");
  breaks("no");
  says({ type: "catalogue", catalogue: { ...CATALOGUE, plugins: [described(NEXT), described(BARE)] } });
  store.choosePlugin("site");
  assert.deepEqual([asked().texts.observed, store.state.description.version], ["kind: Pod", "1.3.0"]);
  assert.deepEqual(asked().kinds, ["ConfigMap.v1", "Deployment.apps/v1", "Secret.v1"]);
});

test("settings that become a text, or lose a field, follow their schema", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  breaks("no");
  store.setSettings({ port: 81 });
  breaks("no");
  const text = described({ ...SITE, digest: "2", settingsSchema: null });
  says({ type: "catalogue", catalogue: { ...CATALOGUE, plugins: [text] } });
  assert.deepEqual([store.input().settings, store.texts.settings], [null, "port: 81\n"]);
  const schema = { ...SITE.settingsSchema, properties: { host: { type: "string" } } };
  const less = described({ ...SITE, digest: "3", settingsSchema: schema });
  says({ type: "catalogue", catalogue: { ...CATALOGUE, plugins: [less] } });
  assert.deepEqual(store.input().settings, {});
});

test("a link does not hide a kind that is newer than the link", async () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  store.setKinds(["ConfigMap.v1", "Service.v1", "Ingress.networking.k8s.io/v1"]);
  const fragment = await store.fragment();
  const shared = await decode(fragment);
  assert.deepEqual(
    [shared.added, shared.removed, shared.kinds],
    [["Ingress.networking.k8s.io/v1"], ["Deployment.apps/v1"], undefined],
  );
  const other = new Store(() => worker, [], { deadline: () => 1e6, cancels: true });
  await other.open(fragment);
  says({ type: "catalogue", catalogue: { ...CATALOGUE, plugins: [described(NEXT)] } });
  assert.deepEqual(other.state.kinds, ["ConfigMap.v1", "Ingress.networking.k8s.io/v1", "Secret.v1"]);
  const old = { text: "a: b", settings: {}, kinds: ["Service.v1", "Gone.v1"] };
  assert.deepEqual(startOf(described(SITE), await decode(await encode(old))).kinds, ["Service.v1"]);
});

test("a call that is made again also asks for new versions of the plugins", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  breaks("no");
  const { round } = store.state;
  store.again();
  assert.deepEqual(
    worker.sent.slice(-2).map(({ type }) => type),
    ["refresh", "ask"],
  );
  assert.equal(store.state.round, round + 1);
});

const VIEW = { children: [], status: { id: "status" }, answer: {} };
const answers = () =>
  says({ type: "reply", reply: { type: "view", view: VIEW, marks: [], report: {}, parts: {} } });

test("a text that is emptied is asked about, and its answer is broken", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  answers();
  assert.ok(isCurrent(store.state));
  store.edit("text", "");
  assert.equal(asked().texts.text, "");
  assert.ok(!isCurrent(store.state));
  breaks("The text has no object.");
  assert.ok(!isCurrent(store.state));
  mock.timers.tick(CALM);
  assert.deepEqual([store.state.broken, store.state.parts], ["The text has no object.", null]);
});

test("an answer is current when nothing newer is asked", () => {
  says({ type: "catalogue", catalogue: CATALOGUE });
  answers();
  for (const change of [
    () => store.edit("observed", "# a"),
    () => store.chooseHook("finalize"),
    () => store.setKinds([]),
  ]) {
    change();
    assert.ok(!isCurrent(store.state));
    answers();
    assert.ok(isCurrent(store.state));
  }
  store.edit("observed", "# b");
  store.edit("observed", "# c");
  answers();
  assert.ok(!isCurrent(store.state));
  answers();
  assert.ok(isCurrent(store.state));
});

test("a call without an answer in time says what may be the reason", async () => {
  const make = async (more) => {
    const other = new Store(() => worker, [], { deadline: () => 17_000, cancels: true, ...more });
    await other.open("");
    says({ type: "catalogue", catalogue: CATALOGUE });
    mock.timers.tick(17_000);
    return other.state.broken;
  };
  assert.match(await make({}), /^The call was ended because it took longer than 17 s\. /);
  const message = await make({ expired: noAnswer });
  assert.match(message, /^There was no answer within 17 s\. Another call or a time line may be running/);
});
