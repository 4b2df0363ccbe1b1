// @ts-check
// A small plot of the last hour.

import { drawing, element, setAttribute, setText } from "./dom.js";

/** @import { Span } from "./series.js" */

const WIDTH = 240;
const HEIGHT = 48;

/** Plots that are on the screen, or near it: only those are drawn. */
const visible = new WeakSet();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) visible.add(target);
      else visible.delete(target);
    }
  },
  { rootMargin: "300px" },
);

/**
 * @typedef {object} Line
 * @property {Span[]} spans
 * @property {string} kind Its class in the style sheet.
 */

/**
 * The words above a plot, and whether they are about the past only.
 *
 * @typedef {{ text: string, isOld: boolean }} Value
 */

/**
 * @typedef {object} Plot
 * @property {HTMLElement} root
 * @property {(value: Value, alternative: string, lines: Line[], period: number, scale: (top: number) => string) => void} update
 */

/**
 * Creates a plot.
 *
 * @param {string} title
 * @param {"areas" | "lines"} kind Areas are stacked.
 * @returns {Plot}
 */
export function plot(title, kind) {
  const value = element("span", { class: "plot-value" });
  const top = element("span", { class: "plot-top", "aria-hidden": "true" });
  const lines = drawing("g", {});
  const picture = drawing(
    "svg",
    {
      role: "img",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
    },
    drawing("path", {
      class: "plot-grid",
      d: `M0 .5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}`,
    }),
    lines,
  );
  const root = element(
    "figure",
    { class: "plot" },
    element("figcaption", {}, element("span", { class: "plot-title" }, title), value),
    element("div", { class: "plot-picture" }, picture, top),
  );
  observer.observe(root);
  return {
    root,
    update({ text, isOld }, alternative, given, period, scale) {
      setText(value, text);
      setAttribute(value, "class", isOld ? "plot-value soft" : "plot-value");
      setAttribute(picture, "aria-label", alternative);
      if (!visible.has(root)) return;
      const all = given.map(({ kind, spans }) => ({
        kind,
        spans: within(spans, period),
      }));
      const highest = niceAbove(kind === "areas" ? stackHeight(all) : Math.max(0, ...all.flatMap(values)));
      setText(top, highest > 0 ? scale(highest) : "");
      const paths =
        kind === "areas" ? areas(all, highest, period) : all.map(({ spans }) => line(spans, highest, period));
      paths.forEach((d, index) => {
        const path = lines.children[index] ?? lines.appendChild(drawing("path", {}));
        setAttribute(path, "class", `plot-${kind} ${all[index]?.kind ?? ""}`);
        setAttribute(path, "d", d);
      });
    },
  };
}

/** @param {Line} line */
function values({ spans }) {
  return spans.map(({ value }) => value);
}

/**
 * The next of 1, 2, 5, 10, 20, …
 *
 * @param {number} value
 */
function niceAbove(value) {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [1, 2, 5, 10].find((digit) => digit * power >= value * 0.9999) ?? 10;
  return digit * power;
}

/** @param {Line[]} lines */
function stackHeight(lines) {
  const heights = lines[0]?.spans.map((_, index) =>
    lines.reduce((all, { spans }) => all + (spans[index]?.value ?? 0), 0),
  );
  return Math.max(0, ...(heights ?? []));
}

/**
 * The part of spans that a plot shows.
 *
 * @param {Span[]} spans
 * @param {number} period
 */
function within(spans, period) {
  const recent = spans.filter(({ to }) => to < period);
  return recent.map(({ from, to, value }) => ({
    from: Math.min(from, period),
    to,
    value,
  }));
}

/**
 * @param {number} seconds before now
 * @param {number} period
 */
const across = (seconds, period) => (WIDTH * (1 - seconds / period)).toFixed(1);

/**
 * @param {number} value
 * @param {number} highest
 */
const up = (value, highest) =>
  (HEIGHT - (highest > 0 ? (value / highest) * (HEIGHT - 2) : 0) - 0.5).toFixed(1);

/**
 * Stacked areas, the first at the bottom.
 *
 * @param {Line[]} lines
 * @param {number} highest
 * @param {number} period
 */
function areas(lines, highest, period) {
  /** @type {number[]} */
  let below = [];
  return lines.map(({ spans }) => {
    const above = spans.map(({ value }, index) => (below[index] ?? 0) + value);
    let there = "";
    let back = "";
    spans.forEach(({ from, to, value }, index) => {
      if (value === 0) {
        there += back && `${back}Z`;
        back = "";
        return;
      }
      const [high, low] = [up(above[index] ?? 0, highest), up(below[index] ?? 0, highest)];
      there += `${back ? "L" : "M"}${across(from, period)} ${high}H${across(to, period)}`;
      back = `L${across(to, period)} ${low}H${across(from, period)}${back}`;
    });
    below = above;
    return there + (back && `${back}Z`);
  });
}

/**
 * A line with gaps where there is no value.
 *
 * @param {Span[]} spans
 * @param {number} highest
 * @param {number} period
 */
function line(spans, highest, period) {
  let path = "";
  let open = false;
  for (const { from, to, value } of spans) {
    if (value > 0)
      path += `${open ? "L" : "M"}${across(from, period)} ${up(value, highest)}H${across(to, period)}`;
    open = value > 0;
  }
  return path;
}
