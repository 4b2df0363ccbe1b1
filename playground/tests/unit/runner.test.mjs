import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { DEADLINE, FIRST_DEADLINE } from "../../src/model/limits";
import { Runner } from "../../src/model/runner";

const question = (text) => ({ text });
const CATALOGUE = { type: "catalogue", catalogue: { plugins: ["test"] } };
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
  runner = started(false);
  workers[0].says(CATALOGUE);
});

/** A runner with fake workers. */
function started(cancels) {
  const start = () => {
    workers.push(new FakeWorker());
    return workers.at(-1);
  };
  const listener = {
    catalogued: ({ plugins }) => events.push(`plugins ${plugins}`),
    replied: (reply, { text }) => events.push(`${text}: ${reply.message}`),
    expired: (after, { text }) => events.push(`${text}: expired after ${after}`),
    lost: (message) => events.push(`lost: ${message}`),
    failed: (message) => events.push(`failed: ${message}`),
  };
  const deadline = (_, isFirst) => (isFirst ? FIRST_DEADLINE : DEADLINE);
  return new Runner(start, listener, { deadline, cancels });
}

test("only the newest of the waiting questions is asked", () => {
  for (const text of ["a", "b", "c"]) runner.ask(question(text));
  assert.deepEqual(workers[0].sent, ["describe", "a"]);
  workers[0].says(answerTo("a"));
  assert.deepEqual(workers[0].sent, ["describe", "a", "c"]);
  workers[0].says(answerTo("c"));
  assert.deepEqual(events, ["plugins test", "a: a", "c: c"]);
});

test("a call that takes too long is ended, and the next question is answered by a new worker", () => {
  runner.ask(question("slow"));
  runner.ask(question("next"));
  mock.timers.tick(DEADLINE - 1);
  assert.equal(workers[0].ended, false);
  mock.timers.tick(1);
  assert.equal(workers[0].ended, true);
  assert.match(events.at(-1), /^slow: expired after 4000$/);
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

test("a runner that cancels gives up an older question, and says nothing of it", () => {
  workers = [];
  runner = started(true);
  workers[0].says(CATALOGUE);
  events = [];
  for (const text of ["a", "b", "c"]) runner.ask(question(text));
  assert.deepEqual(workers[0].sent, ["describe", "a", "cancel"]);
  workers[0].says({ type: "cancelled" });
  assert.deepEqual(workers[0].sent, ["describe", "a", "cancel", "c"]);
  workers[0].says(answerTo("c"));
  assert.deepEqual(events, ["c: c"]);
});

test("plugins that cannot be reached are reported, and the next question is asked", () => {
  runner.ask(question("a"));
  runner.ask(question("b"));
  workers[0].says({ type: "lost", message: "gone" });
  assert.deepEqual(workers[0].sent, ["describe", "a", "b"]);
  workers[0].says(answerTo("b"));
  assert.deepEqual(events, ["plugins test", "lost: gone", "b: b"]);
});
