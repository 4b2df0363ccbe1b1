// When a time line is made again.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Player } from "../../src/hosted/player";
import { SETTLED } from "../../src/model/limits";

const INPUT = {
  plugin: "site",
  hook: "sync",
  texts: { text: "a: b", observed: "", related: "", settings: "", steps: "" },
  settings: {},
  kinds: [],
};

let store;
let follow;
let asked;
let player;
let worker;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  asked = [];
  store = {
    state: { digest: "1", round: 0 },
    texts: INPUT.texts,
    given: INPUT,
    renewed: [],
    input: () => store.given,
    mark() {},
    catalogued: (catalogue) => store.renewed.push(catalogue),
    subscribe: (listener) => (follow = listener),
  };
  worker = {
    postMessage: (message) => message.type === "ask" && asked.push(message.question),
    terminate() {},
  };
  player = new Player(store, () => worker);
  player.watch();
  mock.timers.tick(SETTLED);
  worker.onmessage({ data: { type: "reply", reply: { type: "broken", message: "no", marks: [] } } });
});

/** Changes the state, and returns how many questions follow. */
function after(change) {
  const { length } = asked;
  change();
  follow();
  mock.timers.tick(SETTLED);
  worker.onmessage({ data: { type: "reply", reply: { type: "broken", message: "no", marks: [] } } });
  return asked.length - length;
}

test("a new version of the plugin, and a call that is made again, make a new time line", () => {
  assert.equal(asked.length, 1);
  assert.deepEqual(Object.keys(asked[0]).sort(), [...Object.keys(INPUT), "type"].sort());
  assert.equal(
    after(() => {}),
    0,
  );
  assert.equal(
    after(() => (store.state = { ...store.state, digest: "2" })),
    1,
  );
  assert.equal(
    after(() => (store.state = { ...store.state, round: 1 })),
    1,
  );
  assert.equal(
    after(() => (store.given = { ...INPUT, hook: "finalize" })),
    0,
  );
});

test("an emptied text is the reason why there is no time line", () => {
  const texts = { ...INPUT.texts, text: "" };
  assert.equal(
    after(() => (store.given = { ...INPUT, texts })),
    1,
  );
  assert.equal(player.state.problem, "no");
});

test("a new version that the time line sees first is told to the page", () => {
  worker.onmessage({ data: { type: "catalogue", catalogue: { plugins: [] } } });
  assert.deepEqual(store.renewed, [{ plugins: [] }]);
});
