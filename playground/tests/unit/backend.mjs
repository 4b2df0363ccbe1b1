// The plugin in Node, for tests.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import init from "metawasm-function";
import { WasmBackend } from "../../src/backend/wasm";
import { defaultKinds } from "../../src/model/kinds";
import { EMPTY } from "../../src/model/draft";
import { answer } from "../../src/worker/answer";

await init({ module_or_path: readFileSync(FACE_MODULE) });

export const backend = new WasmBackend();
const { plugins } = await backend.catalogue();
export const [description] = plugins;

/** An example's text. */
export function example(id) {
  return readFileSync(join(EXAMPLES, `${id}.yaml`), "utf8");
}

/** Answers a text. */
export function ask(text, { observed = "", related = "", ...more } = {}) {
  const question = {
    type: "call",
    plugin: "function",
    hook: "sync",
    texts: { ...EMPTY, text, observed, related },
    settings: {},
    kinds: defaultKinds(description.children),
    baseline: null,
    ...more,
  };
  return answer(backend, description, question);
}

/** The view of a text that must have one. */
export async function view(text, more) {
  const reply = await ask(text, more);
  if (reply.type !== "view") throw new Error(reply.message);
  return reply.view;
}
