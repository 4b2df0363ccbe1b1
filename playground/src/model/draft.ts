// What a person types and chooses for one plugin, and where that starts.

import { type Description, kindKey } from "../backend/backend";
import type { Texts } from "../worker/protocol";
import { choiceOf, chosenBy } from "./kinds";
import { isForm, known, type Settings } from "./settings";
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
    settings: settingsOf(description, shared?.settings ?? (form ? (start?.settings ?? {}) : {})),
    kinds: description ? kindsOf(description, shared) : [],
  };
}

/** The hook of a link if the plugin has it, otherwise `sync`. */
export function hookOf({ hooks }: Description, shared: Pick<Shared, "hook"> | null): string {
  const wanted = shared?.hook ?? "sync";
  return hooks.includes(wanted) ? wanted : (hooks[0] ?? "sync");
}

/** The kinds of a link that the plugin knows, or the default ones. */
export function kindsOf({ children }: Description, shared: Shared | null): string[] {
  const { kinds, added = [], removed = [] } = shared ?? {};
  if (kinds) return children.map(kindKey).filter((key) => kinds.includes(key));
  return chosenBy({ added, removed }, children);
}

/** Settings that a form can show. Others could not be seen, and the plugin would refuse them. */
function settingsOf(description: Description | null, settings: Settings): Settings {
  const schema = description?.settings;
  return schema && isForm(schema) ? known(schema, settings) : settings;
}

/** The input for a new version of a plugin: the texts stay, and so does what was chosen, if it is still possible. */
export function moved(draft: Draft, before: Description, now: Description): Draft {
  const { texts, hook, settings, kinds } = draft;
  // What was a form becomes a text.
  const isText = usesForm(before) && !usesForm(now) && texts.settings === "";
  return {
    texts: isText ? { ...texts, settings: lines(settings) } : texts,
    hook: hookOf(now, { hook }),
    settings: settingsOf(now, settings),
    kinds: chosenBy(choiceOf(before.children, kinds), now.children),
  };
}

/** What a link to a draft contains. What is empty is left out, so that links stay short. */
export function shareable(
  { texts, hook, settings, kinds }: Draft,
  description: Description | null,
  plugin: string | undefined,
): Shared {
  const { text, observed, related, settings: settingsText, steps } = texts;
  const { added, removed } = choiceOf(description?.children ?? [], kinds);
  const rest = { observed, related, settingsText, steps, added, removed };
  const some = Object.entries(rest).filter(([, value]) => value.length > 0);
  return {
    text,
    settings,
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
