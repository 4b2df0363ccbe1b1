// The loop of a worker: gets the plugins, then answers one question after the other.

import { type Backend, type Catalogue, type Description, Lost, Unavailable } from "../backend/backend";
import type { FromWorker, ToWorker } from "./protocol";

/** How a worker answers. */
export interface Service<B extends Backend, Q extends { plugin: string }, R> {
  load(): Promise<B>;
  answer(backend: B, description: Description, question: Q, signal: AbortSignal): Promise<R>;
}

/** Serves the messages that come to this worker. */
export function serve<B extends Backend, Q extends { plugin: string }, R>({
  load,
  answer,
}: Service<B, Q, R>): void {
  let loaded: Promise<{ backend: B; catalogue: Catalogue }> | null = null;
  let running = new AbortController();

  /** Loads the plugins once; again if that failed. */
  const ready = () => {
    loaded ??= load()
      .then(async (backend) => ({ backend, catalogue: await backend.catalogue() }))
      .catch((error: unknown) => {
        loaded = null;
        throw error;
      });
    return loaded;
  };

  const handle = async (message: ToWorker<Q>): Promise<FromWorker<R>> => {
    const { backend, catalogue } = await ready();
    if (message.type !== "ask") return { type: "catalogue", catalogue };
    const { question } = message;
    const description = catalogue.plugins.find(({ id }) => id === question.plugin);
    if (!description) throw new Unavailable(`The plugin ${question.plugin} is not loaded.`);
    return { type: "reply", reply: await answer(backend, description, question, running.signal) };
  };

  self.onmessage = async ({ data }: MessageEvent<ToWorker<Q>>) => {
    if (data.type === "cancel") {
      running.abort();
      return;
    }
    running = new AbortController();
    const { signal } = running;
    self.postMessage(await handle(data).catch((error: unknown) => failure(error, signal)));
  };
  // The plugin loads while the page does. A failure is the answer to the first message.
  ready().catch(() => {});
}

function failure(error: unknown, signal: AbortSignal): FromWorker<never> {
  if (signal.aborted) return { type: "cancelled" };
  const message = error instanceof Error ? error.message : String(error);
  return { type: error instanceof Lost ? "lost" : "fatal", message };
}
