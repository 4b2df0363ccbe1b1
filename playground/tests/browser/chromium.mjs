// Chromium, and what axe finds in a page.

import assert from "node:assert/strict";
import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, resolve } from "node:path";
import { chromium as playwright } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Starts Chromium. */
export function chromium() {
  // In a container Chromium runs as root, which its own sandbox does not allow.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return playwright.launch({ executablePath: executable(), args });
}

/** Finds Chromium: the variable CHROMIUM (a path, or a name in PATH), or a usual name in PATH. */
function executable() {
  const names = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : ["chromium", "chromium-browser", "google-chrome"];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      try {
        const path = resolve(folder, name);
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  throw new Error(`Chromium is not installed (Debian: apt-get install chromium); tried ${names.join(", ")}`);
}

/** Fails for what axe finds. */
export async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}\n${failureSummary}`),
  );
  assert.deepEqual(found, [], what);
}
