// @ts-check
// The stream of events. It is read with fetch, which tells the sentence of a refusal, as EventSource does not.

/** Without an event for so long, the stream is lost: the host sends one every second. */
const SILENCE = 15_000;
/** Delays before the next attempt, in seconds. */
const DELAYS = [1, 2, 4, 8, 10];
/** Characters of an event at most. */
const MOST = 64 << 20;

/**
 * @typedef {object} Listener
 * @property {(event: string, data: unknown) => void} event An event has come.
 * @property {(sentence: string) => void} lost The stream is lost; the sentence says why and what is next.
 */

/**
 * Follows a stream for as long as the page is visible.
 *
 * @param {string} url
 * @param {Listener} listener
 */
export function follow(url, listener) {
  let failures = 0;
  /** @type {AbortController | undefined} */
  let running;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  const start = async () => {
    const own = new AbortController();
    running = own;
    const end = await read(url, own, (event, data) => {
      failures = 0;
      listener.event(event, data);
    });
    if (running !== own) return;
    running = undefined;
    if (end.again) {
      void start();
      return;
    }
    const delay = DELAYS[Math.min(failures, DELAYS.length - 1)] ?? 10;
    failures += 1;
    listener.lost(`${end.sentence} Trying again in ${delay} s.`);
    waiting = setTimeout(() => void start(), delay * 1000);
  };

  const stop = () => {
    clearTimeout(waiting);
    const own = running;
    running = undefined;
    own?.abort();
  };

  document.addEventListener("visibilitychange", () => {
    stop();
    if (document.visibilityState === "visible") void start();
  });
  if (document.visibilityState === "visible") void start();
}

/**
 * Reads one stream to its end.
 *
 * @param {string} url
 * @param {AbortController} own
 * @param {(event: string, data: unknown) => void} tell
 * @returns {Promise<{ sentence: string, again?: boolean }>}
 */
async function read(url, own, tell) {
  let silence = setTimeout(() => own.abort(), SILENCE);
  const again = () => {
    clearTimeout(silence);
    silence = setTimeout(() => own.abort(), SILENCE);
  };
  try {
    const response = await fetch(url, {
      signal: own.signal,
      cache: "no-store",
    });
    if (!response.ok || !response.body) {
      return {
        sentence: `The host refused the stream: ${(await response.text()).trim().slice(0, 300)}.`,
      };
    }
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { sentence: "The host ended the stream." };
      again();
      text += decoder.decode(value, { stream: true });
      if (text.length > MOST) return { sentence: "The host sent an event that is too large." };
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const lines of events) {
        const { event, data } = parse(lines);
        if (event === "renew") return { sentence: "", again: true };
        if (event === "drain") return { sentence: "The host is shutting down." };
        tell(event, data);
      }
    }
  } catch {
    return { sentence: "The connection to the host is lost." };
  } finally {
    clearTimeout(silence);
    own.abort();
  }
}

/**
 * @param {string} lines
 * @returns {{ event: string, data: unknown }}
 */
function parse(lines) {
  const of = (/** @type {string} */ name) => {
    const line = lines.split("\n").find((line) => line.startsWith(`${name}: `));
    return line?.slice(name.length + 2) ?? "";
  };
  return { event: of("event"), data: JSON.parse(of("data")) };
}
