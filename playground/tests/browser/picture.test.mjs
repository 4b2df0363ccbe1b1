// The picture of the README. `SCREENSHOT=1` writes it.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { cursorAfter, detail, onPage } from "./page.mjs";

/** A clone should stay small. */
const MOST = 150_000;

const path = fileURLToPath(new URL("../../../docs/playground.png", import.meta.url));

test("the picture of the README is small", async () => {
  if (process.env.SCREENSHOT === "1") await onPage(LOOK, take);
  const { size } = statSync(path);
  assert.ok(size < MOST, `${size} bytes`);
});

const LOOK = { viewport: { width: 1010, height: 800 }, colorScheme: "light" };

async function take(page) {
  await cursorAfter(page, "maxReplicaCount");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("25");
  await detail(page, "0–25 replicas").waitFor();
  await page.mouse.move(0, 0);
  await page.locator(".field-help").waitFor({ state: "detached" });
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({ path, caret: "hide" });
}
