// The page of `metawasm playground` against the API in Node, where plugins fail as a test needs it.

import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "../fake/server.mjs";
import { onPage } from "./page.mjs";

const folder = process.env.HOSTED ?? fileURLToPath(new URL("../../dist", import.meta.url));

/** The server of this file's tests. */
export let server;

before(async () => {
  server = await start(folder);
});
after(() => server.stop());

/** Stops the server. Returns a function that starts it again at the same address. */
export async function lose() {
  const { port } = server;
  await server.stop();
  return async () => {
    server = await start(folder, { port });
  };
}

/** Runs a test on the page. */
export function onHosted(options, run) {
  return onPage({ url: server.url, ...options }, run);
}
