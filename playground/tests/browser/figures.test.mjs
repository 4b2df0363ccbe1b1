// Size and speed. The figures are printed with the limits of README.md. Only the size is asserted: times depend on the machine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cursorAfter, onPage, served } from "./page.mjs";

const EDITS = 100;

const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];

test("the page is small", async (t) => {
  served.length = 0;
  await onPage({}, async () => {});
  const bytes = served.reduce((sum, answer) => sum + answer.bytes, 0);
  t.diagnostic(
    `transfer: ${(bytes / 1e3).toFixed(0)} KB in ${served.length} requests, compressed; limit 600 KB`,
  );
  assert.ok(bytes <= 600_000, `${bytes} bytes`);
  assert.equal(new Set(served.map(({ path }) => path)).size, served.length, "a file is loaded twice");
});

test("the first answer comes within a second", async (t) => {
  const times = [];
  for (let count = 0; count < 5; count += 1) {
    await onPage({}, async (page) => {
      times.push(
        await page.evaluate(() => {
          const [{ loadEventEnd }] = performance.getEntriesByType("navigation");
          const [{ startTime }] = performance.getEntriesByName("first-answer");
          return { total: startTime, afterLoad: startTime - loadEventEnd };
        }),
      );
    });
  }
  const total = median(times.map((time) => time.total));
  const afterLoad = median(times.map((time) => time.afterLoad));
  t.diagnostic(
    `first answer: ${total.toFixed(0)} ms after the start, ${afterLoad.toFixed(0)} ms after load; limit 1000 ms`,
  );
  assert.ok(Number.isFinite(afterLoad));
});

/** Runs in the page: `window.shown` becomes the time until a line is in the drawing. */
function watch(wanted) {
  const picture = document.querySelector(".picture");
  const start = performance.now();
  window.shown = new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error(`${wanted} is not shown`)), 10_000);
    const observer = new MutationObserver(() => {
      const lines = [...picture.querySelectorAll(".detail")];
      if (!lines.some(({ textContent }) => textContent === wanted)) return;
      clearTimeout(late);
      observer.disconnect();
      done(performance.now() - start);
    });
    observer.observe(picture, { subtree: true, childList: true, characterData: true });
  });
}

test("an edit needs little scripting", (t) =>
  onPage({}, async (page, context) => {
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    const scripting = async () => {
      const { metrics } = await session.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "ScriptDuration").value * 1_000;
    };
    await cursorAfter(page, "maxReplicaCount");
    const times = [];
    const waits = [];
    for (let count = 0; count < EDITS; count += 1) {
      const [key, expected] = count % 2 === 0 ? ["5", "0–105 replicas"] : ["Backspace", "0–10 replicas"];
      const before = await scripting();
      // The observer is there before the key is pressed.
      await page.evaluate(watch, expected);
      await page.keyboard.press(key);
      waits.push(await page.evaluate(() => window.shown));
      times.push((await scripting()) - before);
    }
    t.diagnostic(
      `edit: ${median(times).toFixed(1)} ms of scripting, ${median(waits).toFixed(1)} ms until it is shown; limit 16 ms of scripting (median of ${EDITS})`,
    );
    assert.ok(Number.isFinite(median(times)));
  }));
