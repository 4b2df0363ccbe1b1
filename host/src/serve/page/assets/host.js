// @ts-check
// The host: readiness, calls, connections, memory.

import { byId, element, list, setAttribute, setText } from "./dom.js";
import { bytes, count, span } from "./format.js";

/** @import { Host } from "./types" */

/**
 * A label, a value, and what else there is to say.
 *
 * @typedef {{ label: string, value: string, note: string, warn?: boolean }} Tile
 */

const tiles = list(
  byId("host"),
  (/** @type {Tile} */ tile) => tile.label,
  (tile) => {
    const value = element("span", { class: "tile-value" });
    const note = element("span", { class: "tile-note" });
    const root = element("div", {}, element("dt", {}, tile.label), element("dd", {}, value, note));
    return {
      root,
      update(tile) {
        setText(value, tile.value);
        setText(note, tile.note);
        setAttribute(root, "class", tile.warn ? "tile warn" : "tile");
      },
    };
  },
);

const problems = list(
  byId("problems"),
  (/** @type {string} */ sentence) => sentence,
  (sentence) => ({
    root: element("p", { class: "notice bad" }, element("strong", {}, "✗ "), sentence),
    update() {},
  }),
);

/** @param {Host} host */
export function showHost(host) {
  setText(byId("version"), host.version);
  problems(host.draining ? [] : host.problems);
  tiles(all(host));
}

/**
 * @param {Host} host
 * @returns {Tile[]}
 */
function all(host) {
  const { memo, pool, memory, connections } = host;
  const { open, turnedAway, displaced, slow, handshakesFailed } = connections.hooks;
  const bad = [
    [turnedAway, "turned away"],
    [displaced, "displaced"],
    [slow, "too slow"],
    [handshakesFailed, "failed handshakes"],
  ];
  const faults = bad
    .filter(([times]) => times !== 0)
    .map(([times, words]) => `${count(Number(times))} ${words}`);
  const state = host.draining ? "⏻ shutting down" : host.ready ? "✓ ready" : "✗ not ready";
  return [
    {
      label: "State",
      value: state,
      note: `up for ${span(host.uptimeSeconds)}`,
      warn: !host.ready,
    },
    {
      label: "Calls",
      value: `${count(host.running)} running`,
      note: `${count(host.waiting)} waiting in the queue`,
      warn: host.waiting > 0,
    },
    {
      label: "Requests",
      value: `${count(host.inFlight)} in progress`,
      note: `${bytes(host.bodiesBytes)} of bodies`,
    },
    {
      label: "Connections",
      value: `${count(open)} of ${count(connections.most)}`,
      note: faults.length > 0 ? faults.join(", ") : `${count(connections.hooks.accepted)} accepted`,
      warn: turnedAway > 0,
    },
    {
      label: "Memo",
      value: memo ? bytes(memo.bytes) : "off",
      note: memo ? `${count(memo.entries)} entries, ${count(memo.evictions)} removed for room` : "",
    },
    {
      label: "Instance pool",
      value: pool ? `${count(pool.instances)} in use` : "off",
      note: pool ? `${count(pool.warmMemories)} free and warm, ${bytes(pool.keptBytes)} kept` : "",
    },
    {
      label: "Memory",
      value: bytes(memory.resident),
      note: `${bytes(memory.anonymous)} anonymous`,
    },
  ];
}
