// The page's end of the worker: one question at a time, the newest next, and an end to those that take too long.

import type { Description } from "../backend/backend";
import type { FromWorker, Question, Reply, ToWorker } from "../worker/protocol";
import { DEADLINE, FIRST_DEADLINE } from "./limits";

/** The part of `Worker` that is used. */
export interface WorkerLike {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface Listener {
  described(description: Description): void;
  replied(reply: Reply, question: Question): void;
  /** The plugin cannot be loaded, or has a bug. */
  failed(message: string): void;
}

export class Runner {
  #worker: WorkerLike;
  /** Whether the worker has answered before: then the plugin is loaded. */
  #warm = false;
  #asked: Question | null = null;
  #waiting: Question | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly start: () => WorkerLike,
    private readonly listener: Listener,
  ) {
    this.#worker = this.#started();
    this.#worker.postMessage({ type: "describe" });
  }

  /** Asks a question. One that waits already is dropped: its answer would be of an older text. */
  ask(question: Question): void {
    if (this.#asked) {
      this.#waiting = question;
      return;
    }
    this.#asked = question;
    this.#timer = setTimeout(() => this.#expired(), this.#warm ? DEADLINE : FIRST_DEADLINE);
    this.#worker.postMessage({ type: "ask", question });
  }

  #started(): WorkerLike {
    const worker = this.start();
    this.#warm = false;
    worker.onmessage = ({ data }) => this.#received(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#finished();
      this.listener.failed(event.message || "The worker cannot be started.");
    };
    return worker;
  }

  #received(message: FromWorker): void {
    if (message.type === "description") {
      this.#warm = true;
      this.listener.described(message.description);
      return;
    }
    const question = this.#finished();
    if (message.type === "fatal") this.listener.failed(message.message);
    else if (question) {
      this.#warm = true;
      this.listener.replied(message.reply, question);
    }
    this.#next();
  }

  #expired(): void {
    this.#worker.terminate();
    const seconds = (this.#warm ? DEADLINE : FIRST_DEADLINE) / 1000;
    const question = this.#finished();
    this.#worker = this.#started();
    if (question) {
      const message = `The call was ended because it took longer than ${seconds} s. Edit the text to try again.`;
      this.listener.replied({ type: "broken", message, marks: [] }, question);
    }
    this.#next();
  }

  #finished(): Question | null {
    clearTimeout(this.#timer);
    const question = this.#asked;
    this.#asked = null;
    return question;
  }

  #next(): void {
    const question = this.#waiting;
    this.#waiting = null;
    if (question) this.ask(question);
  }
}
