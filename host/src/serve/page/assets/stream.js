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
 * @property {() => void} opened A stream begins. It is of one process, and its first events are complete.
 * @property {(event: string, data: unknown) => void} event An event has come.
 * @property {() => void} paused The page was hidden, or is visible again: what it shows is old until the next event.
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
    const end = await read(url, own, listener.opened, (event, data) => {
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
    listener.paused();
    if (document.visibilityState === "visible") void start();
  });
  if (document.visibilityState === "visible") void start();
}

/**
 * Reads one stream to its end.
 *
 * @param {string} url
 * @param {AbortController} own
 * @param {() => void} opened
 * @param {(event: string, data: unknown) => void} tell
 * @returns {Promise<{ sentence: string, again?: boolean }>}
 */
async function read(url, own, opened, tell) {
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
    const events = new Events();
    opened();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { sentence: "The host ended the stream." };
      again();
      const complete = events.add(decoder.decode(value, { stream: true }));
      if (events.length > MOST) return { sentence: "The host sent an event that is too large." };
      for (const lines of complete) {
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
 * Puts the events of a stream together from its pieces. Each character is looked at once, however many pieces an event
 * comes in.
 */
export class Events {
  constructor() {
    /**
     * The event that is not over yet.
     *
     * @type {string[]}
     */
    this.pieces = [];
    /** Its characters. */
    this.length = 0;
    /** The line break at its end: it ends the event if the next piece begins with another one. */
    this.held = "";
  }

  /**
   * Adds a piece, and returns the events that it completes.
   *
   * @param {string} piece
   * @returns {string[]}
   */
  add(piece) {
    /** @type {string[]} */
    const complete = [];
    (this.held + piece).split("\n\n").forEach((part, index) => {
      if (index > 0) {
        complete.push(this.pieces.join(""));
        this.pieces = [];
        this.length = 0;
      }
      this.pieces.push(part);
      this.length += part.length;
    });
    const last = this.pieces.pop() ?? "";
    this.held = last.endsWith("\n") ? "\n" : "";
    this.pieces.push(last.slice(0, last.length - this.held.length));
    this.length -= this.held.length;
    return complete;
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
