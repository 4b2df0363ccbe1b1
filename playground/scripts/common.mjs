// What the bundles of the pages and of their unit tests share.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readCrd, readExamples } from "./data.mjs";

/** The directory `playground/`. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const { values } = parseArgs({
  options: { face: { type: "string" }, out: { type: "string" }, hosted: { type: "string" } },
});

/** Where the page of `metawasm playground` goes, if that one is built. */
export const hosted = values.hosted === undefined ? null : resolve(values.hosted);

/** The JavaScript face of the Function plugin. */
export const face = resolve(values.face ?? join(root, "../target/plugins/web/web"));

/** Where the static page goes. */
export const out = resolve(values.out ?? join(root, "../target/playground"));

if (hosted === null && !existsSync(join(face, "function.js"))) {
  console.error(
    `error: ${face} has no function.js; run \`cargo xtask web\`, or name its directory with --face`,
  );
  process.exit(1);
}

const data = {
  "playground:crd": () => readCrd(join(root, "../metacontroller/crd/function.yaml")),
  "playground:examples": () => ({ examples: readExamples(join(root, "../examples")) }),
};

/** Modules that are made from other files of the repository. */
const made = {
  name: "made",
  setup(builder) {
    builder.onResolve({ filter: /^playground:/ }, ({ path }) => ({ path, namespace: "made" }));
    builder.onLoad({ filter: /.*/, namespace: "made" }, ({ path }) => ({
      contents: Object.entries(data[path]())
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
        .join("\n"),
      loader: "js",
    }));
  },
};

/** Options of esbuild. */
export const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".wasm": "file" },
  alias: {
    "metawasm-function/module": join(face, "function_bg.wasm"),
    "metawasm-function": join(face, "function.js"),
  },
  plugins: [made],
  logLevel: "warning",
};
