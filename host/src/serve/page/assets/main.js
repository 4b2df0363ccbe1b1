// @ts-check
// The host's page: follows the events of the host and shows them.

import { byId, setAttribute, setText } from "./dom.js";
import { showHost } from "./host.js";
import { showIncidents } from "./incidents.js";
import { showPlugins } from "./plugins.js";
import { Recent } from "./series.js";
import { follow } from "./stream.js";

/** @import { History, Incidents, State } from "./types" */

/** @type {State | undefined} */
let state;
/** @type {History | undefined} */
let history;
/** @type {Incidents | undefined} */
let incidents;
const recent = new Recent();
/** Whether the page shows data. */
let shows = false;

const line = byId("stream");

follow("events", {
  opened() {
    // It can be another process, whose history and incidents are others. Nothing is shown until its state has come.
    state = history = incidents = undefined;
  },
  event(name, data) {
    // The host is the only one who writes it, in this form.
    if (name === "state") state = /** @type {State} */ (data);
    else if (name === "history") history = /** @type {History} */ (data);
    else if (name === "incidents") incidents = /** @type {Incidents} */ (data);
    else return;
    if (name === "state" && state) recent.add(state);
    show(name);
  },
  paused() {
    isOld("Connecting …", "stream");
  },
  lost(sentence) {
    isOld(`✗ ${sentence}${shows ? " The page shows the last data." : ""}`, "stream lost");
    document.title = "✗ metawasm";
  },
});

/**
 * Says that the page shows old data, or none.
 *
 * @param {string} sentence
 * @param {string} kind The class of the sentence.
 */
function isOld(sentence, kind) {
  recent.clear();
  setText(line, sentence);
  setAttribute(line, "class", kind);
  setAttribute(byId("main"), "class", "stale");
}

/** @param {string} name Of the event that has come. */
function show(name) {
  if (!state) return;
  shows = true;
  setText(line, "● live");
  setAttribute(line, "class", "stream live");
  setAttribute(byId("main"), "class", "");
  if (name === "state") {
    document.title = `${state.host.ready ? "" : "✗ "}metawasm`;
    showHost(state.host);
  }
  if (name !== "incidents") showPlugins(state, history, recent);
  if (incidents) showIncidents(incidents, state.host.recording);
}
