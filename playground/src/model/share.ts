// The state in the fragment of the address: JSON, deflated, base64url. The fragment is not sent to the server.

import { MAX_STATE, MAX_TEXT } from "./limits";

/** What a link contains. */
export interface Shared {
  text: string;
  settings: Record<string, unknown>;
  /** Kinds that are on, or off, other than by default. */
  added?: string[];
  removed?: string[];
  /** All kinds that are on, in links of older pages. */
  kinds?: string[];
  /** The id of the plugin, if the page can have several. */
  plugin?: string;
  hook?: string;
  observed?: string;
  related?: string;
  /** The settings, if they are a text. */
  settingsText?: string;
  steps?: string;
}

const LISTS = ["added", "removed", "kinds"] as const;
const OPTIONAL = ["plugin", "hook", "observed", "related", "settingsText", "steps"] as const;

/** A link that cannot be read. */
export class DamagedLink extends Error {}

const PREFIX = "#1.";

/** Returns the fragment of a state. */
export async function encode(state: Shared): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  return (
    PREFIX + toBase64(await through(new CompressionStream("deflate-raw"), bytes, Number.POSITIVE_INFINITY))
  );
}

/** Reads a fragment: `null` if it has no state. Throws `DamagedLink`. */
export async function decode(fragment: string): Promise<Shared | null> {
  if (!fragment.startsWith(PREFIX)) return null;
  try {
    const packed = fromBase64(fragment.slice(PREFIX.length));
    const bytes = await through(new DecompressionStream("deflate-raw"), packed, MAX_STATE);
    return checked(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (error) {
    throw new DamagedLink("The link is damaged or incomplete.", { cause: error });
  }
}

function checked(value: unknown): Shared {
  const { text, settings, ...rest } = value as Partial<Shared>;
  const fits = isText(text) && typeof settings === "object" && settings !== null && !Array.isArray(settings);
  if (!fits) throw new TypeError("not a state");
  const more: Partial<Shared> = {};
  for (const name of LISTS) {
    const given: unknown = rest[name];
    if (given === undefined) continue;
    if (!Array.isArray(given) || !given.every((kind) => typeof kind === "string"))
      throw new TypeError("not a state");
    more[name] = given;
  }
  for (const name of OPTIONAL) {
    const given = rest[name];
    if (given === undefined) continue;
    if (!isText(given)) throw new TypeError("not a state");
    more[name] = given;
  }
  return { text, settings, ...more };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT;
}

/** Sends bytes through a transformer, and stops it once more than `limit` bytes come out. */
async function through(
  transformer: { readable: ReadableStream<Uint8Array>; writable: WritableStream<BufferSource> },
  bytes: Uint8Array<ArrayBuffer>,
  limit: number,
): Promise<Uint8Array> {
  const writer = transformer.writable.getWriter();
  // A failure is seen at the other end.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = transformer.readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new RangeError("too large");
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
