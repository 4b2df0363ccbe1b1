// The loop of a worker: gets the plugins, then answers one question after the other.

import { type Backend, type Catalogue, type Description, Lost, Unavailable } from "../backend/backend";
import type { Answered, FromWorker, ToWorker } from "./protocol";

/** How a worker answers. */
export interface Service<B extends Backend, Q extends { plugin: string }, R extends Answered> {
  load(): Promise<B>;
  answer(backend: B, description: Description, question: Q, signal: AbortSignal): Promise<R>;
}

interface Loaded<B> {
  backend: B;
  catalogue: Catalogue;
}

/** Serves the messages that come to this worker. */
export function serve<B extends Backend, Q extends { plugin: string }, R extends Answered>({
  load,
  answer,
}: Service<B, Q, R>): void {
  let loaded: Promise<Loaded<B>> | null = null;
  let running = new AbortController();
  /** The catalogue that the page has. */
  let told: Catalogue | null = null;

  /** Loads the plugins once; again if that failed. */
  const ready = () => {
    if (loaded) return loaded;
    const loading: Promise<Loaded<B>> = load()
      .then(async (backend) => ({ backend, catalogue: await backend.catalogue() }))
      .catch((error: unknown) => {
        if (loaded === loading) loaded = null;
        throw error;
      });
    loaded = loading;
    return loading;
  };

  const post = (message: FromWorker<R>) => self.postMessage(message);

  const tell = (catalogue: Catalogue) => {
    told = catalogue;
    post({ type: "catalogue", catalogue });
  };

  /** Loads the plugins again: one of them has a new version. If that fails, the next message tries it again. */
  const reload = async () => {
    loaded = null;
    try {
      tell((await ready()).catalogue);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  };

  const ask = async (question: Q, signal: AbortSignal): Promise<FromWorker<R>> => {
    const { backend, catalogue } = await ready();
    if (told !== null && told !== catalogue) tell(catalogue);
    const description = catalogue.plugins.find(({ id }) => id === question.plugin);
    if (!description) throw new Unavailable(`The plugin ${question.plugin} is not loaded.`);
    const reply = await answer(backend, description, question, signal);
    if (reply.digest !== undefined && reply.digest !== description.digest) await reload();
    return { type: "reply", reply };
  };

  const handle = async (data: Exclude<ToWorker<Q>, { type: "cancel" }>, signal: AbortSignal) => {
    try {
      if (data.type === "ask") return post(await ask(data.question, signal));
      if (data.type === "refresh") loaded = null;
      tell((await ready()).catalogue);
    } catch (error) {
      post(failure(error, signal));
    }
  };

  self.onmessage = ({ data }: MessageEvent<ToWorker<Q>>) => {
    if (data.type === "cancel") {
      running.abort();
      return;
    }
    // Only a question can be given up.
    const controller = new AbortController();
    if (data.type === "ask") running = controller;
    void handle(data as Exclude<typeof data, { type: "cancel" }>, controller.signal);
  };
  // The plugin loads while the page does. A failure is the answer to the first message.
  ready().catch(() => {});
}

function failure(error: unknown, signal: AbortSignal): FromWorker<never> {
  if (signal.aborted) return { type: "cancelled" };
  const message = error instanceof Error ? error.message : String(error);
  return { type: error instanceof Lost ? "lost" : "fatal", message };
}
