// @ts-check
// A hook: its rate, what came of its requests, and the times of its calls.

import { element, list, setText } from "./dom.js";
import { count, duration, rate, share } from "./format.js";
import { plot } from "./plot.js";
import { CLASSES, STEPS, lastHour, latest, rates, times } from "./series.js";

/** @import { ClassName, HookHistory, HookNow, StepName } from "./types" */
/** @import { Part } from "./dom.js" */

/**
 * @typedef {object} Hook
 * @property {string} name
 * @property {HookNow} now
 * @property {HookHistory | undefined} past
 * @property {number | undefined} rate Calls a second over the last seconds.
 * @property {number} seconds The interval of a point.
 * @property {number} period The time that plots show, in seconds.
 * @property {number} sampled Seconds since the last point.
 * @property {Record<string, number>} outcomes Since the start.
 */

const TITLES = { queue: "Queue", run: "Run", review: "Review" };

/**
 * @param {Hook} hook
 * @returns {Part<Hook>}
 */
export function hookPart(hook) {
  const shares = element("ul", { class: "shares" });
  const showShares = list(shares, shareKey, sharePart);
  const outcomes = element("p", { class: "soft" });
  const calls = plot("Calls", "areas");
  const steps = STEPS.map((step) => ({
    step,
    picture: plot(TITLES[step], "lines"),
  }));
  const root = element(
    "div",
    { class: "hook", role: "group", "aria-label": `Hook ${hook.name}` },
    element(
      "div",
      { class: "hook-about" },
      element("h4", {}, hook.name),
      shares,
      element("details", {}, element("summary", {}, "Outcomes since the start"), outcomes),
    ),
    calls.root,
    ...steps.map(({ picture }) => picture.root),
  );
  return {
    root,
    update(hook) {
      const hour = lastHour(hook.past, hook.now);
      const all = CLASSES.reduce((sum, [name]) => sum + hour[name], 0);
      showShares(
        CLASSES.filter(([name]) => name === "answered" || hour[name] > 0).map(([name, words]) => ({
          name,
          text: `${share(hour[name], all)} ${words}`,
        })),
      );
      const known = Object.entries(hook.outcomes).map(([outcome, times]) => `${outcome}: ${count(times)}`);
      setText(outcomes, known.join(", ") || "none");
      showCalls(calls, hook, all);
      for (const { step, picture } of steps) showStep(picture, step, hook);
    },
  };
}

/**
 * @typedef {{ name: ClassName, text: string }} Share
 */

/** @param {Share} share */
const shareKey = (share) => share.name;

/**
 * @param {Share} share
 * @returns {Part<Share>}
 */
function sharePart(share) {
  const text = element("span", {});
  const swatch = element("span", {
    class: `swatch ${share.name}`,
    "aria-hidden": "true",
  });
  return {
    root: element("li", {}, swatch, text),
    update: (share) => setText(text, share.text),
  };
}

/**
 * @param {import("./plot.js").Plot} picture
 * @param {Hook} hook
 * @param {number} all Calls in the last hour.
 */
function showCalls(picture, hook, all) {
  const { past, now, seconds, sampled } = hook;
  const lines = CLASSES.map(([name]) => ({
    kind: name,
    spans: rates(name, past, now, seconds, sampled),
  }));
  const present = hook.rate === undefined ? "" : rate(hook.rate);
  const alternative = `Calls of ${hook.name} over the last hour: ${count(all)}; now ${present || "unknown"}`;
  picture.update({ text: present, isOld: false }, alternative, lines, hook.period, rate);
}

/**
 * @param {import("./plot.js").Plot} picture
 * @param {StepName} step
 * @param {Hook} hook
 */
function showStep(picture, step, hook) {
  const { past, now, seconds, sampled } = hook;
  const of = (/** @type {0 | 1} */ quantile) => times(step, quantile, past, now, seconds, sampled);
  const [half, most] = [of(0), of(1)];
  const [median, tail] = [latest(half, sampled), latest(most, sampled)];
  const isOld = median?.isOld ?? false;
  const text =
    median && tail
      ? `${isOld ? "last " : ""}p50 ${duration(median.value)} · p99 ${duration(tail.value)}`
      : "no calls";
  const slowest = Math.max(0, ...most.map(({ value }) => value));
  const alternative = `${TITLES[step]} of ${hook.name} over the last hour: ${
    slowest > 0 ? `${isOld ? "" : "now "}${text}; highest p99 ${duration(slowest)}` : "no calls"
  }`;
  const lines = [
    { kind: "tail", spans: most },
    { kind: "median", spans: half },
  ];
  picture.update({ text, isOld }, alternative, lines, hook.period, duration);
}
