// Bundles the unit tests and runs them in Node.
//
//   node scripts/unit.mjs [--face DIR]
//
// Some of them call the plugin, so the face must be built first (`cargo xtask web`).

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { common, face, root } from "./common.mjs";

const out = mkdtempSync(join(tmpdir(), "playground-unit-"));
try {
  const tests = readdirSync(join(root, "tests/unit")).filter((name) => name.endsWith(".test.mjs"));
  await build({
    ...common,
    entryPoints: tests.map((name) => join(root, "tests/unit", name)),
    outdir: out,
    entryNames: "[name]",
    minify: false,
    metafile: false,
    sourcemap: "inline",
    // The code that a browser gets, so nothing of Node but what the tests name.
    platform: "browser",
    external: ["node:*"],
    outExtension: { ".js": ".mjs" },
    define: {
      FACE_MODULE: JSON.stringify(join(face, "function_bg.wasm")),
      EXAMPLES: JSON.stringify(join(root, "../examples")),
    },
  });
  const files = tests.map((name) => join(out, name));
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
