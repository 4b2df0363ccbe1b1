// The page's end of a worker: one question at a time, the newest next, and an end to those that take too long.

import type { Catalogue } from "../backend/backend";
import type { FromWorker, ToWorker } from "../worker/protocol";

/** The part of `Worker` that is used. */
export interface WorkerLike {
  postMessage(message: ToWorker<never>): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker<never>>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface Listener<Q, R> {
  catalogued?(catalogue: Catalogue): void;
  replied(reply: R, question: Q): void;
  /** The call was ended after some milliseconds. */
  expired(after: number, question: Q): void;
  /** The plugins cannot be reached now. */
  lost(message: string): void;
  /** The plugin cannot be loaded, or has a bug. */
  failed(message: string): void;
}

export interface Options<Q> {
  /** How long a question may take, in milliseconds. `isFirst` of a worker, which then also loads the plugin. */
  deadline(question: Q, isFirst: boolean): number;
  /** Whether a question is given up when there is a newer one. Otherwise the newer one waits. */
  cancels: boolean;
}

export class Runner<Q, R> {
  #worker: WorkerLike;
  /** Whether the worker has answered before: then the plugin is loaded. */
  #warm = false;
  #asked: Q | null = null;
  #waiting: Q | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly start: () => WorkerLike,
    private readonly listener: Listener<Q, R>,
    private readonly options: Options<Q>,
  ) {
    this.#worker = this.#started();
    if (listener.catalogued) this.describe();
  }

  /** Asks for the plugins. */
  describe(): void {
    this.#send({ type: "describe" });
  }

  /** Asks for the plugins again: they may have new versions. */
  refresh(): void {
    this.#send({ type: "refresh" });
  }

  /** Asks a question. One that waits already is dropped: its answer would be of an older text. */
  ask(question: Q): void {
    if (this.#asked) {
      if (this.options.cancels && !this.#waiting) this.#send({ type: "cancel" });
      this.#waiting = question;
      return;
    }
    this.#asked = question;
    const limit = this.options.deadline(question, !this.#warm);
    this.#timer = setTimeout(() => this.#expired(limit), limit);
    this.#send({ type: "ask", question });
  }

  #send(message: ToWorker<Q>): void {
    this.#worker.postMessage(message as ToWorker<never>);
  }

  #started(): WorkerLike {
    const worker = this.start();
    this.#warm = false;
    worker.onmessage = ({ data }) => this.#received(data as FromWorker<R>);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#finished();
      this.listener.failed(event.message || "The worker cannot be started.");
    };
    return worker;
  }

  #received(message: FromWorker<R>): void {
    if (message.type === "catalogue") {
      this.#warm = true;
      this.listener.catalogued?.(message.catalogue);
      return;
    }
    const question = this.#finished();
    if (message.type === "fatal") this.listener.failed(message.message);
    else if (message.type === "lost") this.listener.lost(message.message);
    else if (message.type === "reply" && question) {
      this.#warm = true;
      this.listener.replied(message.reply, question);
    }
    this.#next();
  }

  #expired(after: number): void {
    this.#worker.terminate();
    const question = this.#finished();
    this.#worker = this.#started();
    if (question) this.listener.expired(after, question);
    this.#next();
  }

  #finished(): Q | null {
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
