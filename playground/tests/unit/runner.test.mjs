import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { DEADLINE, FIRST_DEADLINE } from "../../src/model/limits";
import { Runner } from "../../src/model/runner";

const question = (text) => ({ text, settings: {}, kinds: [], baseline: null });
const DESCRIPTION = { type: "description", description: { name: "test" } };
const answerTo = (text) => ({ type: "reply", reply: { type: "broken", message: text, marks: [] } });

let workers;
let events;
let runner;

/** A worker that does nothing by itself. */
class FakeWorker {
  sent = [];
  ended = false;
  postMessage(message) {
    this.sent.push(message.type === "ask" ? message.question.text : message.type);
  }
  terminate() {
    this.ended = true;
  }
  says(data) {
    this.onmessage({ data });
  }
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  workers = [];
  events = [];
  const start = () => {
    workers.push(new FakeWorker());
    return workers.at(-1);
  };
  runner = new Runner(start, {
    described: ({ name }) => events.push(`described ${name}`),
    replied: (reply, { text }) => events.push(`${text}: ${reply.message}`),
    failed: (message) => events.push(`failed: ${message}`),
  });
  workers[0].says(DESCRIPTION);
});

test("only the newest of the waiting questions is asked", () => {
  for (const text of ["a", "b", "c"]) runner.ask(question(text));
  assert.deepEqual(workers[0].sent, ["describe", "a"]);
  workers[0].says(answerTo("a"));
  assert.deepEqual(workers[0].sent, ["describe", "a", "c"]);
  workers[0].says(answerTo("c"));
  assert.deepEqual(events, ["described test", "a: a", "c: c"]);
});

test("a call that takes too long is ended, and the next question is answered by a new worker", () => {
  runner.ask(question("slow"));
  runner.ask(question("next"));
  mock.timers.tick(DEADLINE - 1);
  assert.equal(workers[0].ended, false);
  mock.timers.tick(1);
  assert.equal(workers[0].ended, true);
  assert.match(events.at(-1), /^slow: The call was ended because it took longer than 4 s/);
  assert.deepEqual(workers[1].sent, ["next"]);
  workers[1].says(answerTo("next"));
  assert.equal(events.at(-1), "next: next");
});

test("a new worker has time to load the plugin", () => {
  runner.ask(question("slow"));
  mock.timers.tick(DEADLINE);
  runner.ask(question("first"));
  mock.timers.tick(FIRST_DEADLINE - 1);
  assert.equal(workers[1].ended, false);
  workers[1].says(answerTo("first"));
  runner.ask(question("second"));
  mock.timers.tick(DEADLINE);
  assert.equal(workers[1].ended, true);
});

test("a plugin that cannot be loaded is reported once", () => {
  runner.ask(question("a"));
  workers[0].says({ type: "fatal", message: "no module" });
  assert.equal(events.at(-1), "failed: no module");
  workers[0].onerror({ message: "", preventDefault() {} });
  assert.equal(events.at(-1), "failed: The worker cannot be started.");
});
