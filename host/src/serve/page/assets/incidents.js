// @ts-check
// The last refusals and failures.

import { byId, element, list, setAttribute, setText } from "./dom.js";
import { clock, count } from "./format.js";

/** @import { Incident, Incidents } from "./types" */
/** @import { Part } from "./dom.js" */

const NONE = "Nothing was refused and nothing failed since the host started.";

/**
 * @typedef {{ incident: Incident, recording: boolean }} Shown
 */

const items = element("ol", { class: "incidents" });
const none = element("p", { class: "soft" }, NONE);
const missed = element("p", { class: "soft" });
byId("incidents").append(none, items, missed);

const show = list(
  items,
  (/** @type {Shown} */ { incident, recording }) => `${incident.number} ${recording}`,
  incidentPart,
);

/**
 * @param {Incidents} incidents
 * @param {boolean} recording
 */
export function showIncidents(incidents, recording) {
  const all = incidents.incidents;
  setText(byId("incidents-count"), all.length > 0 ? count(all.length) : "");
  none.hidden = all.length > 0;
  items.hidden = all.length === 0;
  missed.hidden = incidents.missed === 0;
  setText(missed, `${count(incidents.missed)} more came at the same moment as others and are not listed.`);
  show(all.map((incident) => ({ incident, recording })));
}

/**
 * @param {Shown} shown
 * @returns {Part<Shown>}
 */
function incidentPart({ incident, recording }) {
  const { plugin, hook, path, parent, outcome, status, sentence } = incident;
  const place = path ?? (hook ? `${plugin} / ${hook}` : plugin);
  const time = element("time");
  const more = element("p", { class: "soft more" });
  const root = element(
    "li",
    { class: "incident" },
    time,
    element("span", { class: "outcome" }, status === null ? outcome : `${outcome} ${status}`),
    element("span", { class: "incident-place" }, place),
    element("span", { class: "incident-parent" }, parent ?? ""),
    element("p", { class: "sentence" }, sentence),
    more,
    replay(incident, recording),
  );
  return {
    root,
    update({ incident: { at, times, heldBack, trace } }) {
      const moment = new Date(at).toISOString();
      setText(time, clock(at));
      setAttribute(time, "datetime", moment);
      setAttribute(time, "title", moment);
      const facts = [
        times > 1 ? `${count(times)} times` : "",
        heldBack > 0 ? `${count(heldBack)} similar ones are not listed` : "",
        trace ? `trace ${trace}` : "",
      ];
      setText(more, facts.filter((fact) => fact !== "").join("; "));
      more.hidden = more.textContent === "";
    },
  };
}

/**
 * How to run the request again.
 *
 * @param {Incident} incident
 * @param {boolean} recording
 */
function replay(incident, recording) {
  /** @type {(Node | string)[]} */
  let words = [];
  if (!incident.ran) {
    words = ["The plugin was not called for this request, so there is nothing to replay."];
  } else if (incident.replay === null) {
    words = ["The plugin is not loaded any more."];
  } else {
    const command = element("code", {}, incident.replay);
    words = recording
      ? [
          element(
            "p",
            {},
            "Run the recorded requests of this hook about this parent again, where the directory is:",
          ),
          command,
        ]
      : [
          element(
            "p",
            {},
            "Requests are not recorded. Start the host with --record DIRECTORY (field record.directory). Once it happens again, run:",
          ),
          command,
        ];
  }
  return element(
    "details",
    {},
    element("summary", {}, "Replay"),
    element("div", { class: "replay" }, ...words),
  );
}
