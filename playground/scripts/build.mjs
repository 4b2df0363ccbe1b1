// Builds the static page.
//
//   node scripts/build.mjs --face DIR --out DIR
//
//   --face  the JavaScript face of the Function plugin (`cargo xtask web`; default ../target/plugins/web/web)
//   --out   where the page goes (default ../target/playground)
//
// Names of files contain a hash of their content, so that no cache mixes two versions; index.html has none.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { readCrd, readExamples } from "./data.mjs";
import { notices } from "./licenses.mjs";

/** All files together, compressed. */
const BUDGET = 600_000;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({ options: { face: { type: "string" }, out: { type: "string" } } });
const face = resolve(values.face ?? join(root, "../target/plugins/web/web"));
const out = resolve(values.out ?? join(root, "../target/playground"));
if (!existsSync(join(face, "function.js"))) {
  console.error(`error: ${face} has no function.js; run \`cargo xtask web\`, or name its directory with --face`);
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
      contents: Object.entries(data[path]()).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join("\n"),
      loader: "js",
    }));
  },
};

const common = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["es2022"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".wasm": "file" },
  alias: { "metawasm-function/module": join(face, "function_bg.wasm"), "metawasm-function": join(face, "function.js") },
  plugins: [made],
  logLevel: "warning",
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const worker = await build({ ...common, entryPoints: [{ in: "src/worker/main.ts", out: "worker" }] });
const page = await build({
  ...common,
  entryPoints: [
    { in: "src/main.tsx", out: "main" },
    { in: "src/style.css", out: "style" },
  ],
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { WORKER: JSON.stringify(`./${nameOf(worker, "worker")}`) },
});

const start = readFileSync(join(root, "src/start.js"), "utf8").replace("%WORKER%", nameOf(worker, "worker"));
const startName = `start-${createHash("sha256").update(start).digest("hex").slice(0, 8)}.js`;
writeFileSync(join(out, startName), start);
const names = { "%STYLE%": nameOf(page, "style"), "%MAIN%": nameOf(page, "main"), "%START%": startName };
const html = readFileSync(join(root, "src/index.html"), "utf8").replace(/%[A-Z]+%/g, (mark) => `./${names[mark]}`);
writeFileSync(join(out, "index.html"), html);
const inputs = [worker, page].flatMap(({ metafile }) => Object.keys(metafile.inputs));
writeFileSync(join(out, "licenses.txt"), notices(root, inputs));

report(["index.html", ...[worker, page].flatMap(({ metafile }) => Object.keys(metafile.outputs).map((path) => relative(out, join(root, path)))), startName]);

/** The file that an entry point became. */
function nameOf({ metafile }, entry) {
  const found = Object.keys(metafile.outputs).find((path) => relative(out, join(root, path)).startsWith(`${entry}-`));
  return relative(out, join(root, found));
}

/** Prints the sizes of what a browser loads, and fails above the budget. */
function report(files) {
  let total = 0;
  for (const file of files) {
    const bytes = readFileSync(join(out, file));
    const packed = gzipSync(bytes, { level: 9 }).length;
    total += packed;
    console.log(`${(bytes.length / 1e3).toFixed(1).padStart(8)} KB ${(packed / 1e3).toFixed(1).padStart(8)} KB gzip  ${file}`);
  }
  console.log(`${"".padStart(11)} ${(total / 1e3).toFixed(1).padStart(8)} KB gzip  in all, of at most ${BUDGET / 1e3} KB`);
  if (total > BUDGET) {
    console.error(`error: the page is larger than ${BUDGET / 1e3} KB with gzip`);
    process.exit(1);
  }
}
