// Builds the static page.
//
//   node scripts/build.mjs [--face DIR] [--out DIR]
//
//   --face  the JavaScript face of the Function plugin (`cargo xtask web`; default ../target/plugins/web/web)
//   --out   where the page goes (default ../target/playground)
//
// Names of files contain a hash of their content, so that no cache mixes two versions; index.html has none.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { common, out, root } from "./common.mjs";
import { notices } from "./licenses.mjs";

/** The most that a browser may have to load, compressed, in bytes. */
const BUDGET = 600_000;

const options = { ...common, outdir: out, entryNames: "[name]-[hash]", assetNames: "[name]-[hash]" };

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const worker = await build({ ...options, entryPoints: [{ in: "src/worker/main.ts", out: "worker" }] });
const page = await build({
  ...options,
  entryPoints: [
    { in: "src/main.tsx", out: "main" },
    { in: "src/style/main.css", out: "style" },
  ],
  define: { WORKER: JSON.stringify(`./${entry(worker, "worker")}`) },
});

const start = readFileSync(join(root, "src/start.js"), "utf8").replace("%WORKER%", entry(worker, "worker"));
const startName = `start-${createHash("sha256").update(start).digest("hex").slice(0, 8)}.js`;
writeFileSync(join(out, startName), start);

const names = { "%STYLE%": entry(page, "style"), "%MAIN%": entry(page, "main"), "%START%": startName };
const html = readFileSync(join(root, "src/index.html"), "utf8");
writeFileSync(
  join(out, "index.html"),
  html.replace(/%[A-Z]+%/g, (mark) => `./${names[mark]}`),
);

const inputs = [worker, page].flatMap(({ metafile }) => Object.keys(metafile.inputs));
writeFileSync(join(out, "licenses.txt"), notices(root, inputs));
report(["index.html", startName, ...outputs(page), ...outputs(worker)]);

/** The files of a bundle. */
function outputs({ metafile }) {
  return Object.keys(metafile.outputs).map((path) => relative(out, join(root, path)));
}

/** The file that an entry point became. */
function entry(bundle, name) {
  return outputs(bundle).find((path) => path.startsWith(`${name}-`));
}

/** Prints the sizes of what a browser loads, and fails above the budget. */
function report(files) {
  const kilobytes = (bytes) => `${(bytes / 1e3).toFixed(1)} KB`.padStart(10);
  let total = 0;
  for (const file of files) {
    const bytes = readFileSync(join(out, file));
    const packed = gzipSync(bytes, { level: 9 }).length;
    total += packed;
    console.log(`${kilobytes(bytes.length)} ${kilobytes(packed)} with gzip  ${file}`);
  }
  console.log(`${"".padStart(10)} ${kilobytes(total)} with gzip, of at most ${BUDGET / 1e3} KB`);
  if (total > BUDGET) {
    console.error(`error: the page is larger than ${BUDGET / 1e3} KB with gzip`);
    process.exit(1);
  }
}
