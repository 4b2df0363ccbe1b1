// Serves the built page on loopback.
//
//   node scripts/serve.mjs [--dir DIR] [--port PORT]

import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * Serves the files of a directory below a path. They are read once. `served` is told of each answer and its size.
 * Returns the address, and a function that stops.
 */
export async function serve(folder, { port = 0, base = "/", served = () => {} } = {}) {
  const files = new Map();
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    files.set(base + name, {
      type: TYPES[extname(name)] ?? "application/octet-stream",
      bytes,
      packed: gzipSync(bytes, { level: 9 }),
    });
  }
  files.set(base, files.get(`${base}index.html`));
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url, "http://localhost").pathname);
    if (!file || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("not found\n");
      return;
    }
    const gzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    served(request.url, gzip ? file.packed.length : file.bytes.length);
    const body = gzip ? file.packed : file.bytes;
    response.writeHead(200, {
      "content-type": file.type,
      "content-length": body.length,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      ...(gzip ? { "content-encoding": "gzip" } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  await new Promise((done, failed) => server.once("error", failed).listen(port, "127.0.0.1", done));
  const url = `http://127.0.0.1:${server.address().port}${base}`;
  return { url, stop: () => new Promise((done) => server.close(done).closeAllConnections()) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { dir: { type: "string" }, port: { type: "string", default: "0" } },
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
  const folder = values.dir ?? join(dirname(fileURLToPath(import.meta.url)), "../../target/playground");
  try {
    const { url } = await serve(resolve(folder), { port: Number(values.port) });
    console.log(`Serving the playground on ${url}. Press Ctrl-C to stop.`);
  } catch (error) {
    console.error(`error: cannot serve ${folder}: ${error.message}`);
    process.exit(1);
  }
}
