// The plugin as `cargo xtask web` leaves it, from the folder of either flavour.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Returns the hooks, and for the ES module also what the WebAssembly module itself exports.
export async function load(folder) {
  const hooks = await import(pathToFileURL(join(folder, "function.js")));
  const module = hooks.initSync?.({ module: readFileSync(join(folder, "function_bg.wasm")) });
  return { hooks, module };
}
