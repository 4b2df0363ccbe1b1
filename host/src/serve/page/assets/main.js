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

const line = byId("stream");

follow("events", {
  event(name, data) {
    // The host is the only one who writes it, in this form.
    if (name === "state") state = /** @type {State} */ (data);
    else if (name === "history") history = /** @type {History} */ (data);
    else if (name === "incidents") incidents = /** @type {Incidents} */ (data);
    else return;
    if (name === "state" && state) recent.add(state);
    show(name);
  },
  lost(sentence) {
    setText(line, `✗ ${sentence}${state ? " The page shows the last data." : ""}`);
    setAttribute(line, "class", "stream lost");
    setAttribute(byId("main"), "class", "stale");
  },
});

/** @param {string} name Of the event that has come. */
function show(name) {
  if (!state) return;
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
