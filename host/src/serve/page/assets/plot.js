// @ts-check
// A small plot of the last hour.

import { drawing, element, setAttribute, setText } from "./dom.js";
import { HOUR } from "./series.js";

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
 * @typedef {object} Plot
 * @property {HTMLElement} root
 * @property {(value: string, alternative: string, lines: Line[], scale: (top: number) => string) => void} update
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
    element(
      "figcaption",
      {},
      element("span", { class: "plot-title" }, title),
      value,
    ),
    element("div", { class: "plot-picture" }, picture, top),
  );
  observer.observe(root);
  return {
    root,
    update(text, alternative, all, scale) {
      setText(value, text);
      setAttribute(picture, "aria-label", alternative);
      if (!visible.has(root)) return;
      const highest = niceAbove(
        kind === "areas"
          ? stackHeight(all)
          : Math.max(0, ...all.flatMap(values)),
      );
      setText(top, highest > 0 ? scale(highest) : "");
      const paths =
        kind === "areas"
          ? areas(all, highest)
          : all.map(({ spans }) => line(spans, highest));
      paths.forEach((d, index) => {
        const path =
          lines.children[index] ?? lines.appendChild(drawing("path", {}));
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
  const digit =
    [1, 2, 5, 10].find((digit) => digit * power >= value * 0.9999) ?? 10;
  return digit * power;
}

/** @param {Line[]} lines */
function stackHeight(lines) {
  const heights = lines[0]?.spans.map((_, index) =>
    lines.reduce((all, { spans }) => all + (spans[index]?.value ?? 0), 0),
  );
  return Math.max(0, ...(heights ?? []));
}

/** @param {number} seconds before now */
const across = (seconds) => (WIDTH * (1 - seconds / HOUR)).toFixed(1);

/**
 * @param {number} value
 * @param {number} highest
 */
const up = (value, highest) =>
  (HEIGHT - (highest > 0 ? (value / highest) * (HEIGHT - 2) : 0) - 0.5).toFixed(
    1,
  );

/**
 * Stacked areas, the first at the bottom.
 *
 * @param {Line[]} lines
 * @param {number} highest
 */
function areas(lines, highest) {
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
      const [high, low] = [
        up(above[index] ?? 0, highest),
        up(below[index] ?? 0, highest),
      ];
      there += `${back ? "L" : "M"}${across(from)} ${high}H${across(to)}`;
      back = `L${across(to)} ${low}H${across(from)}${back}`;
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
 */
function line(spans, highest) {
  let path = "";
  let open = false;
  for (const { from, to, value } of spans) {
    if (value > 0)
      path += `${open ? "L" : "M"}${across(from)} ${up(value, highest)}H${across(to)}`;
    open = value > 0;
  }
  return path;
}
