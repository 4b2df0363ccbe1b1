// The worker: loads the plugin, then answers one question after the other.

import type { Backend, Description } from "../backend/backend";
import { WasmBackend } from "../backend/wasm";
import { answer } from "./answer";
import type { FromWorker, ToWorker } from "./protocol";

interface Loaded {
  backend: Backend;
  description: Description;
}

const loaded: Promise<Loaded> = WasmBackend.load().then(async (backend) => ({
  backend,
  description: await backend.describe(),
}));

// A failure is the answer to every message; it may happen before the first one.
loaded.catch(() => {});

async function handle(message: ToWorker): Promise<FromWorker> {
  try {
    const { backend, description } = await loaded;
    switch (message.type) {
      case "describe":
        return { type: "description", description };
      case "ask":
        return { type: "reply", reply: await answer(backend, description, message.question) };
    }
  } catch (error) {
    return { type: "fatal", message: error instanceof Error ? error.message : String(error) };
  }
}

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  self.postMessage(await handle(data));
};
