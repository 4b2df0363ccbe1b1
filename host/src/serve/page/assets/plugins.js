// @ts-check
// The plugins: state, versions, and their hooks.

import { byId, element, list, setAttribute, setText } from "./dom.js";
import { bytes, count, shortDigest } from "./format.js";
import { hookPart } from "./hooks.js";
import { period } from "./series.js";

/** @import { History, Plugin, State, Version } from "./types" */
/** @import { Part } from "./dom.js" */
/** @import { Recent } from "./series.js" */

/** The words and the sign of each state. */
const STATES = {
  ready: "✓ ready",
  loading: "… loading",
  checking: "… checking",
  failed: "✗ failed",
};

/**
 * @typedef {object} Shown
 * @property {Plugin} plugin
 * @property {State} state
 * @property {History | undefined} history
 * @property {Recent} recent
 */

const show = list(byId("plugins"), (/** @type {Shown} */ shown) => shown.plugin.name, pluginPart);

/**
 * @param {State} state
 * @param {History | undefined} history
 * @param {Recent} recent
 */
export function showPlugins(state, history, recent) {
  const minutes = period(state.host.uptimeSeconds) / 60;
  const plugins = count(state.plugins.length);
  setText(byId("plugins-count"), `${plugins}; plots of the last ${count(minutes)} minutes`);
  show(state.plugins.map((plugin) => ({ plugin, state, history, recent })));
}

/**
 * @param {Shown} shown
 * @returns {Part<Shown>}
 */
function pluginPart({ plugin }) {
  const badge = element("span", { class: "badge" });
  const reason = element("p", { class: "reason bad" });
  const facts = element("dl", { class: "facts" });
  const showFacts = list(facts, factKey, factPart);
  const hooks = element("div", { class: "hooks" });
  const showHooks = list(hooks, (hook) => hook.name, hookPart);
  const quiet = element("p", { class: "soft quiet" }, "No hook was called yet.");
  const root = element(
    "article",
    { class: "plugin", "aria-label": `Plugin ${plugin.name}` },
    element("div", { class: "plugin-head" }, element("h3", {}, plugin.name), badge),
    reason,
    facts,
    hooks,
    quiet,
  );
  return {
    root,
    update({ plugin, state, history, recent }) {
      setText(badge, STATES[plugin.state] ?? plugin.state);
      setAttribute(badge, "class", `badge ${plugin.state}`);
      setText(reason, plugin.reason ?? "");
      reason.hidden = !plugin.reason;
      showFacts(factsOf(plugin));
      const shown = Object.entries(plugin.now).map(([name, now]) => ({
        name,
        now,
        past: history?.plugins[plugin.name]?.[name],
        rate: recent.rate(plugin.name, name),
        seconds: history?.seconds ?? 15,
        period: period(state.host.uptimeSeconds),
        sampled: state.sampled,
        outcomes: plugin.requests?.[name] ?? {},
      }));
      showHooks(shown);
      quiet.hidden = shown.length > 0;
    },
  };
}

/**
 * A label, and texts of which each may have a longer form for those who point at it.
 *
 * @typedef {{ label: string, texts: { text: string, title?: string }[], note?: string, bad?: boolean }} Fact
 */

/** @param {Fact} fact */
const factKey = (fact) => fact.label;

/**
 * @param {Fact} fact
 * @returns {Part<Fact>}
 */
function factPart(fact) {
  const texts = element("span", { class: "fact-texts" });
  const showTexts = list(
    texts,
    (/** @type {{ text: string, title?: string }} */ { text, title }) => `${text} ${title}`,
    ({ text, title }) => ({
      root: element("span", title ? { title } : {}, text),
      update() {},
    }),
  );
  const note = element("span", { class: "fact-note" });
  const value = element("dd", {}, texts, note);
  return {
    root: element("div", {}, element("dt", {}, fact.label), value),
    update(fact) {
      showTexts(fact.texts);
      setText(note, fact.note ?? "");
      setAttribute(value, "class", fact.bad ? "bad" : "");
    },
  };
}

/**
 * @param {string | null | undefined} digest
 */
const digestText = (digest) => (digest ? [{ text: shortDigest(digest), title: digest }] : []);

/** @param {Version} version */
const versionTexts = ({ version, digest, source }) => [
  { text: version },
  ...digestText(digest),
  { text: source },
];

/**
 * @param {Plugin} plugin
 * @returns {Fact[]}
 */
function factsOf(plugin) {
  /** @type {Fact[]} */
  const facts = [];
  if (plugin.version !== undefined) {
    const own = plugin.plugin && plugin.plugin !== plugin.name ? [{ text: plugin.plugin }] : [];
    facts.push({
      label: "Version",
      texts: [...own, { text: plugin.version }, ...digestText(plugin.digest)],
    });
    facts.push({ label: "Source", texts: [{ text: plugin.source ?? "" }] });
    facts.push({
      label: "Signature",
      texts: [
        {
          text: plugin.key ? `✓ checked with ${plugin.key}` : "not checked: no key is configured",
        },
      ],
    });
  }
  if (plugin.previous) {
    facts.push({
      label: "Last good",
      texts: versionTexts(plugin.previous),
      note: "served before; a roll-back returns to it",
    });
  }
  if (plugin.candidate) {
    const { source, digest, state, reason } = plugin.candidate;
    // Most reasons begin with the source.
    const place = reason?.includes(source) ? [] : [{ text: source }];
    facts.push({
      label: "Candidate",
      texts: [...(reason ? [] : [{ text: `… ${state}` }]), ...digestText(digest), ...place],
      note: reason ? `✗ failed: ${reason}` : "does not serve yet",
      bad: reason !== undefined,
    });
  }
  if (plugin.shadow) {
    const { compared, equal, different, failed, skipped } = plugin.shadowCounts ?? {
      compared: 0,
      equal: 0,
      different: 0,
      failed: 0,
      skipped: 0,
    };
    const counts = `${count(compared)} compared: ${count(equal)} equal, ${count(different)} different; ${count(failed)} failed, ${count(skipped)} skipped`;
    facts.push({
      label: "Shadow",
      texts: versionTexts(plugin.shadow),
      note: counts,
      bad: different + failed > 0,
    });
  }
  const { concurrency, memory } = plugin.limits ?? {};
  const limit = concurrency === undefined ? "" : ` of ${count(concurrency)}`;
  const most = plugin.mostMemory
    ? `, largest memory ${bytes(plugin.mostMemory)}${memory ? ` of ${bytes(memory)}` : ""}`
    : "";
  facts.push({
    label: "Calls",
    texts: [
      {
        text: `${count(plugin.running)}${limit} running, ${count(plugin.waiting)} waiting${most}`,
      },
    ],
  });
  return facts;
}
