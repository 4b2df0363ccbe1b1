/** The longest text of a parent, in characters. Kubernetes stores no object that is much larger. */
export const MAX_TEXT = 1_000_000;
/** The longest state in a link after it is decompressed, in bytes. */
export const MAX_STATE = 4_000_000;
/** How often the aliases of a text may be resolved. A text with more is a "YAML bomb". */
export const MAX_ALIASES = 100;
/** The deepest nesting of a text. No object of Kubernetes comes near it; plugins and the host read 128 levels of JSON,
 *  of which a request needs some for itself. */
export const MAX_DEPTH = 100;
/** How long a call may take, in milliseconds, before its worker is ended. */
export const DEADLINE = 4_000;
/** The same for the first call of a worker, which also loads the plugin. */
export const FIRST_DEADLINE = 30_000;
/** How long a text is broken, in milliseconds, before the page says so: a text is often broken while somebody types. */
export const CALM = 400;
/** How long the page waits, in milliseconds, before it tries again to reach the plugins. */
export const RETRY = 2_000;
/** How long a queue, a transfer and the reading of texts may take, in milliseconds, besides a call in the host. */
export const AROUND_CALL = 15_000;
/** How long a simulation may take, in milliseconds: it is many calls. */
export const SIMULATION_DEADLINE = 60_000;
/** How long nothing changes, in milliseconds, before the time line is made again. */
export const SETTLED = 350;
/** How many differing lines between two versions of a child are looked for. */
export const MAX_EDITS = 2_000;

/** The sentence for a text that is too long. */
export function tooLong(length: number): string {
  return `The text has ${(length / 1e6).toFixed(1)} MB; at most ${MAX_TEXT / 1e6} MB is allowed, because Kubernetes stores no larger object. The text was not changed.`;
}

/** The sentence for a call in the host without an answer: the host may be busy with something else. */
export function noAnswer(seconds: number): string {
  return `There was no answer within ${seconds} s. Another call or a time line may be running in the host; the call is tried again when you edit the text, or with Call again.`;
}
