// The real `metawasm playground` with the Function plugin, for tests that have both: METAWASM is the program, and PLUGINS
// the directory of the plugins.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const { METAWASM, PLUGINS } = process.env;

/** Why these tests are skipped, if they are. */
export const skip = METAWASM && PLUGINS ? false : "METAWASM and PLUGINS are not set";

/** Starts it. Returns its address, the directory of its cases, and a function that stops it. */
export async function startHost(parent = "examples/keda-http.yaml") {
  const folder = mkdtempSync(join(tmpdir(), "playground-host-"));
  const cases = join(folder, "tests");
  const options = [
    "--file",
    join(root, parent),
    "--crds",
    join(root, "metacontroller/crd"),
    "--cases",
    cases,
  ];
  // A path that is the same on every machine: the page shows it.
  const plugin = join(basename(PLUGINS), "function.wasm");
  const host = spawn(METAWASM, ["playground", plugin, "--port", "0", ...options], {
    cwd: dirname(PLUGINS),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => host.once("exit", done));
  const stop = async () => {
    host.kill("SIGTERM");
    const code = await ended;
    rmSync(folder, { recursive: true, force: true });
    return code;
  };
  const lines = createInterface({ input: host.stdout });
  const url = await Promise.race([new Promise((done) => lines.once("line", done)), ended]);
  if (!String(url).startsWith("http://")) {
    await stop();
    throw new Error("metawasm playground did not print an address");
  }
  return { url, cases, stop };
}
