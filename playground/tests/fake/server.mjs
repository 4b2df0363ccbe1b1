// The API of `metawasm playground` in Node, with a plugin in JavaScript, and the page below a secret path.

import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { BARE, SITE, sync } from "./plugin.mjs";
import { simulate } from "./world.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};

const LIMIT = 8 * 1024 * 1024;

/** Starts a server. `port` and `token` are those of one before, to come back after it was lost. */
export async function start(folder, { port = 0, token = "secret", cases = "tests" } = {}) {
  const saved = new Set();
  const requests = [];
  let plugins = [SITE, BARE];
  const digestOf = (id) => plugins.find((plugin) => plugin.id === id)?.digest;
  const api = {
    plugins: () => [200, { plugins, cases }],
    call: (body, id) => [200, { digest: digestOf(id), ...call(body) }],
    simulate: (body, id) => {
      try {
        return [200, { digest: digestOf(id), ...simulate(body) }];
      } catch (error) {
        return [400, { error: error.message }];
      }
    },
    save: ({ name, parent }) => {
      if (saved.has(name)) return [409, { error: `${cases}/${name} exists; choose another name` }];
      if (parent.spec.image === "trap") return [422, { error: "the hook does not answer" }];
      saved.add(name);
      const command = `metawasm test site.wasm ${cases} -k ${name}`;
      return [201, { path: `${cases}/${name}`, files: ["parent.yaml", "expected.yaml"], command }];
    },
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const below = path.startsWith(`/${token}/`) ? path.slice(token.length + 2) : null;
    const [, id, what] =
      /^api\/(?:plugins\/([a-z0-9-]+)\/)?(plugins|call|simulate|save)$/.exec(below ?? "") ?? [];
    if (what) {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const body = text === "" ? null : JSON.parse(text);
      requests.push({ what, path: below, body, type: request.headers["content-type"] });
      if (body?.parent?.spec?.image === "slow")
        await new Promise((done) => request.socket.once("close", done));
      const [status, answer] = text.length > LIMIT ? [413, { error: "too large" }] : api[what](body, id);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
      return;
    }
    if (below === null) {
      response.writeHead(403, { "content-type": "text/plain" }).end("open the complete address");
      return;
    }
    const name = below === "" ? "index.html" : below;
    if (!readdirSync(folder).includes(`${name}.gz`)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(name)],
      "content-encoding": "gzip",
      "cache-control": "no-store",
    });
    response.end(readFileSync(join(folder, `${name}.gz`)));
  });
  await new Promise((done, failed) => server.once("error", failed).listen(port, "127.0.0.1", done));
  const address = server.address().port;
  return {
    url: `http://127.0.0.1:${address}/${token}/`,
    port: address,
    requests,
    /** Replaces the files of the plugins. */
    replace: (next) => (plugins = next),
    stop: () => new Promise((done) => server.close(done).closeAllConnections()),
  };
}

function call({ hook, parent, observed, settings }) {
  const cost = {
    queueMicros: 42,
    runMicros: 1_230,
    reviewMicros: 87,
    memoryBytes: 1_179_648,
    requestBytes: 1_911,
    answerBytes: 2_345,
  };
  const rest = { review: [], mismatches: [], parentMismatches: [], log: [], logDropped: 0, cost };
  const { image = "", replicas } = parent.spec ?? {};
  if (typeof replicas === "string")
    rest.parentMismatches.push(`/spec/replicas: expected an integer, found ${JSON.stringify(replicas)}`);
  if (hook === "customize") {
    const related = [{ apiVersion: "v1", resource: "secrets", names: ["key"] }];
    return { answer: { relatedResources: related }, failure: null, ...rest };
  }
  try {
    const { answer, log } = sync(parent, observed, settings);
    rest.review.push("children[0].metadata.namespace: removed, it is the parent's");
    if (image.startsWith("<")) {
      rest.mismatches.push(`/children/1/spec/template/spec/containers/0/image: ${image}`);
      log.push({ level: "error", message: image });
    }
    return { answer, failure: null, ...rest, log };
  } catch (failure) {
    return { answer: null, failure, ...rest, cost: { ...cost, answerBytes: null, reviewMicros: null } };
  }
}
