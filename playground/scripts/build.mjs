// Builds a page.
//
//   node scripts/build.mjs [--face DIR] [--out DIR]    the static page, with the Function plugin
//   node scripts/build.mjs --hosted DIR                the page of `metawasm playground`, without a plugin
//
//   --face  the JavaScript face of the Function plugin (`cargo xtask web`; default ../target/plugins/web/web)
//   --out   where the static page goes (default ../target/playground)
//
// Names of files contain a hash of their content, so that no cache mixes two versions; index.html has none. The host
// embeds the files of its page compressed: DIR gets NAME.gz of each.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { common, hosted, out, root } from "./common.mjs";
import { notices } from "./licenses.mjs";

/** The most that a browser may have to load of the static page, compressed, in bytes. */
const BUDGET = 600_000;
/** The same of the page of `metawasm playground`, which has no plugin. */
const HOSTED_BUDGET = 300_000;

const STATIC_PAGE = {
  folder: out,
  worker: "src/worker/main.ts",
  main: "src/main.tsx",
  style: "src/style/main.css",
  budget: BUDGET,
  html: {
    ABOUT:
      "See the Kubernetes objects that a Function becomes, and how requests and scaling signals flow through them",
    CSP: " 'wasm-unsafe-eval'",
    NEEDS: "JavaScript and WebAssembly",
  },
};
const HOSTED_PAGE = {
  folder: hosted,
  worker: "src/worker/hosted.ts",
  main: "src/hosted/main.tsx",
  style: "src/hosted/style.css",
  budget: HOSTED_BUDGET,
  html: {
    ABOUT: "See what a plugin answers, and what happens with it over time",
    CSP: "",
    NEEDS: "JavaScript",
  },
};

const page = hosted === null ? STATIC_PAGE : HOSTED_PAGE;

const options = {
  ...common,
  outdir: page.folder,
  write: false,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
};
const worker = await build({ ...options, entryPoints: [{ in: page.worker, out: "worker" }] });
const main = await build({
  ...options,
  entryPoints: [
    { in: page.main, out: "main" },
    { in: page.style, out: "style" },
  ],
  define: { WORKER: JSON.stringify(`./${entry(worker, "worker")}`) },
});
const start = await build({
  ...options,
  entryPoints: [{ in: "src/start.js", out: "start" }],
  format: "iife",
  // Old browsers run it, to say what they lack.
  target: ["es5"],
  define: { WORKER: JSON.stringify(`./${entry(worker, "worker")}`), RUNS_PLUGINS: String(hosted === null) },
});

const html = readFileSync(join(root, "src/index.html"), "utf8");
const marks = {
  ...page.html,
  STYLE: `./${entry(main, "style")}`,
  MAIN: `./${entry(main, "main")}`,
  START: `./${entry(start, "start")}`,
};
const files = new Map([
  ["index.html", Buffer.from(html.replace(/%([A-Z]+)%/g, (_, mark) => marks[mark]))],
  ...[start, main, worker].flatMap(outputs),
]);
const inputs = [worker, main].flatMap(({ metafile }) => Object.keys(metafile.inputs));
check(inputs);
report(files);
files.set("licenses.txt", Buffer.from(notices(root, inputs)));
write();

/** The names and contents of a bundle's files. */
function outputs({ outputFiles }) {
  return outputFiles.map(({ path, contents }) => [relative(page.folder, path), contents]);
}

/** The file that an entry point became. */
function entry(bundle, name) {
  return outputs(bundle)
    .map(([file]) => file)
    .find((file) => file.startsWith(`${name}-`));
}

/** The page of `metawasm playground` has nothing of the Function plugin. */
function check(inputs) {
  const foreign = inputs.filter((input) => /^made:|\.wasm$|backend\/wasm/.test(input));
  if (hosted !== null && foreign.length > 0) {
    throw new Error(`the page of the host contains ${foreign.join(", ")}`);
  }
}

/** Writes the files, and removes those of the build before. A file that is up to date keeps its time. */
function write() {
  const { folder } = page;
  mkdirSync(folder, { recursive: true });
  const wanted = new Map(
    [...files].map(([name, bytes]) =>
      hosted === null ? [name, bytes] : [`${name}.gz`, gzipSync(bytes, { level: 9 })],
    ),
  );
  for (const name of readdirSync(folder)) {
    if (!wanted.has(name) && name !== ".gitignore") rmSync(join(folder, name), { recursive: true });
  }
  for (const [name, bytes] of wanted) {
    const path = join(folder, name);
    if (!existsSync(path) || !readFileSync(path).equals(bytes)) writeFileSync(path, bytes);
  }
}

/** Prints the sizes of what a browser loads, and fails above the budget. */
function report(files) {
  const kilobytes = (bytes) => `${(bytes / 1e3).toFixed(1)} KB`.padStart(10);
  let total = 0;
  for (const [name, bytes] of files) {
    const packed = gzipSync(bytes, { level: 9 }).length;
    total += packed;
    console.log(`${kilobytes(bytes.length)} ${kilobytes(packed)} with gzip  ${name}`);
  }
  console.log(`${"".padStart(10)} ${kilobytes(total)} with gzip, of at most ${page.budget / 1e3} KB`);
  if (total > page.budget) {
    console.error(`error: the page is larger than ${page.budget / 1e3} KB with gzip`);
    process.exit(1);
  }
}
