// @ts-check
// The last refusals and failures.

import { byId, element, list, setAttribute, setText } from "./dom.js";
import { clock, count } from "./format.js";

/** @import { Incident, Incidents } from "./types" */
/** @import { Part } from "./dom.js" */

const NONE = "Nothing was refused and nothing failed since the host started.";

/**
 * @typedef {{ process: string, incident: Incident, recording: boolean }} Shown
 */

const items = element("ol", { class: "incidents" });
const none = element("p", { class: "soft" }, NONE);
const missed = element("p", { class: "soft" });
byId("incidents").append(none, items, missed);

const show = list(
  items,
  // Each process counts from 1.
  (/** @type {Shown} */ { process, incident }) => `${process} ${incident.number}`,
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
  show(all.map((incident) => ({ process: incidents.process, incident, recording })));
}

/**
 * @param {Shown} shown
 * @returns {Part<Shown>}
 */
function incidentPart({ incident }) {
  const { plugin, hook, path, parent, outcome, status, sentence } = incident;
  const place = path ?? (hook ? `${plugin} / ${hook}` : plugin);
  const time = element("time");
  const more = element("p", { class: "soft more" });
  const again = replay();
  const root = element(
    "li",
    { class: "incident" },
    time,
    element("span", { class: "outcome" }, status === null ? outcome : `${outcome} ${status}`),
    element("span", { class: "incident-place" }, place),
    element("span", { class: "incident-parent" }, parent ?? ""),
    element("p", { class: "sentence" }, sentence),
    more,
    again.root,
  );
  return {
    root,
    update({ incident, recording }) {
      const { at, times, heldBack, trace } = incident;
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
      again.update(incident, recording);
    },
  };
}

/** How to run the request again. */
function replay() {
  const words = element("p", {});
  const command = element("code", {});
  const root = element(
    "details",
    {},
    element("summary", {}, "Replay"),
    element("div", { class: "replay" }, words, command),
  );
  return {
    root,
    /**
     * @param {Incident} incident
     * @param {boolean} recording
     */
    update(incident, recording) {
      setText(words, wayTo(incident, recording));
      setText(command, incident.replay ?? "");
      command.hidden = !incident.ran || incident.replay === null;
    },
  };
}

/**
 * @param {Incident} incident
 * @param {boolean} recording
 */
function wayTo(incident, recording) {
  if (!incident.ran) return "The plugin was not called for this request, so there is nothing to replay.";
  if (incident.replay === null) return "The plugin is not loaded any more.";
  return recording
    ? "Run the recorded requests of this hook about this parent again, where the directory is:"
    : "Requests are not recorded. Start the host with --record DIRECTORY (field record.directory). Once it happens again, run:";
}
