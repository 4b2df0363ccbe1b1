// @ts-check
// What the plots show: the points of the history, and the interval that is not over yet.

/** @import { ClassName, HookHistory, HookNow, State, StepName } from "./types" */

/** The classes from the bottom of a plot to its top, with the words for them. */
export const CLASSES = /** @type {const} */ ([
  ["answered", "answered"],
  ["unchanged", "unchanged (304)"],
  ["deferred", "told to retry"],
  ["failed", "failed"],
]);

export const STEPS = /** @type {const} */ (["queue", "run", "review"]);

/** What the plots can show, in seconds: at first less than the hour that the host keeps. */
const PERIODS = [600, 1800, 3600];

/**
 * Returns the time that the plots show of a host, in seconds.
 *
 * @param {number} uptime in seconds
 */
export function period(uptime) {
  return PERIODS.find((seconds) => seconds >= uptime) ?? 3600;
}

/**
 * A value from a time to another, in seconds before now.
 *
 * @typedef {{ from: number, to: number, value: number }} Span
 */

/**
 * Returns a value for each interval, the oldest first.
 *
 * @param {number[]} points
 * @param {number} seconds of a point
 * @param {number} sampled seconds since the last point
 * @param {number} last the value since then
 * @returns {Span[]}
 */
function spans(points, seconds, sampled, last) {
  const before = points.map((value, index) => {
    const to = sampled + (points.length - 1 - index) * seconds;
    return { from: to + seconds, to, value };
  });
  return [...before, { from: sampled, to: 0, value: last }];
}

/** For so many seconds after a point, the interval that is not over yet says too little. */
const SHORT = 3;

/**
 * Returns the last value above 0, and whether it is of the past only.
 *
 * @param {Span[]} spans
 * @param {number} sampled seconds since the last point
 */
export function latest(spans, sampled) {
  const span = spans.findLast(({ value }) => value > 0);
  return span && { value: span.value, isOld: span.to > (sampled < SHORT ? sampled : 0) };
}

/**
 * Returns the calls a second of a class.
 *
 * @param {ClassName} name
 * @param {HookHistory | undefined} past
 * @param {HookNow} now
 * @param {number} seconds
 * @param {number} sampled
 */
export function rates(name, past, now, seconds, sampled) {
  const points = (past?.[name] ?? []).map((calls) => calls / seconds);
  const last = sampled < SHORT ? (points.at(-1) ?? 0) : now.since[name] / sampled;
  return spans(points, seconds, sampled, last);
}

/**
 * Returns a quantile of the time of a step in microseconds; 0 where there were no calls.
 *
 * @param {StepName} step
 * @param {0 | 1} quantile
 * @param {HookHistory | undefined} past
 * @param {HookNow} now
 * @param {number} seconds
 * @param {number} sampled
 */
export function times(step, quantile, past, now, seconds, sampled) {
  return spans(past?.[step][quantile] ?? [], seconds, sampled, now[step][quantile]);
}

/**
 * Returns the requests of the last hour by class.
 *
 * @param {HookHistory | undefined} past
 * @param {HookNow} now
 * @returns {Record<ClassName, number>}
 */
export function lastHour(past, now) {
  const sum = (/** @type {ClassName} */ name) =>
    (past?.[name] ?? []).reduce((all, calls) => all + calls, now.since[name]);
  return {
    answered: sum("answered"),
    unchanged: sum("unchanged"),
    deferred: sum("deferred"),
    failed: sum("failed"),
  };
}

/** States that are kept. */
const RECENT = 10;
/** The time that a present rate is taken over at most, in milliseconds. */
const LONGEST = 15_000;

/**
 * The last states, for the present rate of a hook.
 */
export class Recent {
  constructor() {
    /** @type {State[]} */
    this.states = [];
  }

  /** @param {State} state */
  add(state) {
    // Another process counts from zero.
    if (this.states.at(-1)?.host.process !== state.host.process) this.clear();
    this.states = [...this.states.slice(-RECENT), state];
  }

  clear() {
    this.states = [];
  }

  /**
   * Calls a second of a hook over the last ten seconds; undefined with the first state that has the hook.
   *
   * @param {string} plugin
   * @param {string} hook
   */
  rate(plugin, hook) {
    const last = this.states.at(-1);
    if (!last) return undefined;
    const total = (/** @type {State} */ state) => {
      const classes = state.plugins.find(({ name }) => name === plugin)?.now[hook]?.total;
      return classes && Object.values(classes).reduce((all, calls) => all + calls, 0);
    };
    const isOfNow = (/** @type {State} */ state) =>
      total(state) !== undefined && last.at - state.at <= LONGEST;
    // A plugin that was away for a while counts from its return.
    const first = this.states[this.states.findLastIndex((state) => !isOfNow(state)) + 1];
    if (!first || first.at >= last.at) return undefined;
    return Math.max(0, (total(last) ?? 0) - (total(first) ?? 0)) / ((last.at - first.at) / 1000);
  }
}
