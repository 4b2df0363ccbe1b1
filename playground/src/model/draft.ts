// What a person types and chooses for one plugin, and where that starts.

import { type Description, kindKey } from "../backend/backend";
import type { Texts } from "../worker/protocol";
import { defaultKinds } from "./kinds";
import { isForm, type Settings } from "./settings";
import type { Shared } from "./share";

/** The input for one plugin. */
export interface Draft {
  texts: Texts;
  hook: string;
  settings: Settings;
  kinds: string[];
}

export const EMPTY: Texts = { text: "", observed: "", related: "", settings: "", steps: "" };

/** Whether the settings of a plugin are a form. Otherwise they are a text. */
export function usesForm({ settings }: Description): boolean {
  return settings !== null && isForm(settings);
}

/** Returns the input of a link, or what the plugin gives to start with. */
export function startOf(description: Description | null, shared: Shared | null): Draft {
  const start = description?.start;
  const form = description === null || usesForm(description);
  const texts: Texts = shared
    ? {
        text: shared.text,
        observed: shared.observed ?? "",
        related: shared.related ?? "",
        settings: shared.settingsText ?? "",
        steps: shared.steps ?? "",
      }
    : {
        text: start?.text ?? "",
        observed: start?.observed ?? "",
        related: start?.related ?? "",
        settings: form ? "" : lines(start?.settings ?? {}),
        steps: "",
      };
  return {
    texts,
    hook: description ? hookOf(description, shared) : (shared?.hook ?? "sync"),
    settings: shared?.settings ?? (form ? (start?.settings ?? {}) : {}),
    kinds: description ? kindsOf(description, shared) : [],
  };
}

/** The hook of a link if the plugin has it, otherwise `sync`. */
export function hookOf({ hooks }: Description, shared: Shared | null): string {
  const wanted = shared?.hook ?? "sync";
  return hooks.includes(wanted) ? wanted : (hooks[0] ?? "sync");
}

/** The kinds of a link that the plugin knows, or the default ones. */
export function kindsOf({ children }: Description, shared: Shared | null): string[] {
  const given = shared?.kinds;
  return given ? children.map(kindKey).filter((key) => given.includes(key)) : defaultKinds(children);
}

/** What a link to a draft contains. What is empty is left out, so that links stay short. */
export function shareable({ texts, hook, settings, kinds }: Draft, plugin: string | undefined): Shared {
  const { text, observed, related, settings: settingsText, steps } = texts;
  const some = Object.entries({ observed, related, settingsText, steps }).filter(([, value]) => value !== "");
  return {
    text,
    settings,
    kinds,
    ...(plugin === undefined ? {} : { plugin, hook }),
    ...Object.fromEntries(some),
  };
}

/** Settings as YAML: a line for each, whose value is JSON. */
function lines(settings: Settings): string {
  return Object.entries(settings)
    .map(
      ([key, value]) =>
        `${/^[A-Za-z]\w*$/.test(key) ? key : JSON.stringify(key)}: ${JSON.stringify(value)}\n`,
    )
    .join("");
}
